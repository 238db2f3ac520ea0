//! Pauses or resumes a project at its platform, and waits for it: the answer to the call is a claim; the
//! project's reported state decides.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use base::meter::Meter;
use remote::platform::{Platform, PlatformError, Running};

/// First and longest interval between queries of the project's state at the platform.
const LOOK_AGAIN: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

/// So long a platform says that a project runs before that is believed, where it was asked to pause it and nothing
/// is known to have come of that: the old word may stand for a moment, and the pause come after it.
pub(super) const STANDS: Duration = Duration::from_mins(1);

/// What is wanted of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Paused,
    Running,
}

impl Wanted {
    fn is(self, found: Running) -> bool {
        match self {
            Self::Paused => found == Running::Paused,
            Self::Running => found == Running::Yes,
        }
    }

    /// Whether the platform can be asked now. One that is at something is asked once that is over: a project that is
    /// resumed in the middle of a restore would be broken.
    fn can_ask(self, found: Running) -> bool {
        match self {
            Self::Paused => matches!(found, Running::Yes | Running::Unwell | Running::Failed),
            Self::Running => matches!(found, Running::Paused | Running::Failed),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Running => "running",
        }
    }
}

/// What it was asked, and what it said before that.
struct Asked {
    word_before: String,
}

/// What is brought about, and how it is waited for.
pub(super) struct Asking<'a> {
    pub(super) platform: &'a dyn Platform,
    pub(super) wanted: Wanted,
    pub(super) limit: Duration,
    /// How long its first word has to stand before it is believed; absent where nothing is doubted.
    pub(super) stands: Option<Duration>,
    /// Whether a pause may have been heard that is not known to have come to its end; kept for what is asked later.
    pub(super) open_pause: &'a AtomicBool,
}

/// A word that may be of before something that was asked for.
struct Doubted {
    since: Option<Instant>,
    stands: Duration,
}

impl Doubted {
    /// Whether the word that is wanted has stood for long enough.
    fn is_over(&mut self) -> bool {
        self.since.get_or_insert_with(Instant::now).elapsed() >= self.stands
    }
}

/// Brings it about; what came of it in words, or why it did not work.
pub(super) async fn run(
    Asking { platform, wanted, limit, stands, open_pause }: Asking<'_>,
    token: &CancellationToken,
    meter: &Meter,
) -> Result<String, String> {
    let name = platform.kind().name();
    let mut doubted = stands.map(|stands| Doubted { since: None, stands });
    let end = Instant::now() + limit;
    let mut asked: Option<Asked> = None;
    let mut pause = LOOK_AGAIN.0;
    loop {
        // Somebody else works, which is no stall.
        meter.beat();
        let seen = match word(platform, token).await? {
            Some(word) => {
                let found = Running::of(&word);
                let is_wanted = wanted.is(found);
                // The old word may be of one that runs and is unwell; any other shows that it changes.
                if !matches!(found, Running::Yes | Running::Unwell) {
                    doubted = None;
                }
                if is_wanted && doubted.as_mut().is_none_or(Doubted::is_over) {
                    open_pause.store(false, Ordering::Relaxed);
                    return Ok(done(wanted, &word, asked.is_some()));
                }
                match &asked {
                    _ if is_wanted => {}
                    None if wanted.can_ask(found) => {
                        ask(platform, wanted, token, open_pause).await?;
                        asked = Some(Asked { word_before: word.clone() });
                        pause = LOOK_AGAIN.0;
                    }
                    // The old word may stand for a moment after the call.
                    Some(asked) if found == Running::Failed && word != asked.word_before => {
                        return Err(format!("{name} says {word} of the project"));
                    }
                    _ => {}
                }
                word
            }
            None => "nothing: it could not be reached".to_owned(),
        };
        if Instant::now() >= end {
            let (wanted, limit) = (wanted.words(), limit.as_secs());
            if doubted.is_some_and(|doubted| doubted.since.is_some()) {
                return Err(format!(
                    "{name} says {seen} since it was asked to pause the project; whether that is still to come is not known after {limit} seconds"
                ));
            }
            return Err(format!("the project is not {wanted} after {limit} seconds; {name} says {seen}"));
        }
        tokio::select! {
            () = token.cancelled() => return Err(cancelled(asked.is_some(), name)),
            () = tokio::time::sleep(pause.min(end.saturating_duration_since(Instant::now()))) => {}
        }
        pause = (pause * 2).min(LOOK_AGAIN.1);
    }
}

/// The platform's word for the project; absent where it cannot be reached just now.
async fn word(platform: &dyn Platform, token: &CancellationToken) -> Result<Option<String>, String> {
    let project = tokio::select! {
        biased;
        () = token.cancelled() => return Err("the run was cancelled".to_owned()),
        project = platform.project() => project,
    };
    match project {
        Ok(project) => Ok(Some(project.status.unwrap_or_default())),
        Err(error) if may_pass(&error) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Asks once. Where no answer came it may have been heard: its word shows it, and it is not asked twice.
async fn ask(
    platform: &dyn Platform,
    wanted: Wanted,
    token: &CancellationToken,
    open_pause: &AtomicBool,
) -> Result<(), String> {
    if wanted == Wanted::Paused {
        open_pause.store(true, Ordering::Relaxed);
    }
    let call = async {
        match wanted {
            Wanted::Paused => platform.pause().await,
            Wanted::Running => platform.resume().await,
        }
    };
    let asked = tokio::select! {
        biased;
        () = token.cancelled() => return Err(cancelled(true, platform.kind().name())),
        asked = call => asked,
    };
    match asked {
        Err(PlatformError::Unreachable { .. } | PlatformError::Silent { .. }) | Ok(()) => Ok(()),
        Err(error) => {
            if is_refusal(&error) {
                open_pause.store(false, Ordering::Relaxed);
            }
            Err(error.to_string())
        }
    }
}

/// Whether it said no before it began.
fn is_refusal(error: &PlatformError) -> bool {
    matches!(
        error,
        PlatformError::CannotDo { .. }
            | PlatformError::Forbidden { .. }
            | PlatformError::NotFound { .. }
            | PlatformError::NotSignedIn { .. }
            | PlatformError::TooMany { .. }
    )
}

fn may_pass(error: &PlatformError) -> bool {
    matches!(
        error,
        PlatformError::Unreachable { .. } | PlatformError::Silent { .. } | PlatformError::TooMany { .. }
    )
}

fn cancelled(was_asked: bool, name: &str) -> String {
    if was_asked {
        format!("the run was cancelled; {name} goes on with what it was asked for")
    } else {
        "the run was cancelled".to_owned()
    }
}

fn done(wanted: Wanted, word: &str, was_asked: bool) -> String {
    let already = if was_asked { "" } else { " already" };
    match wanted {
        Wanted::Paused => format!("the project is paused{already} ({word})"),
        Wanted::Running => format!("the project runs{already} ({word})"),
    }
}
