//! A project paused or resumed at its platform, and waited for: what the platform answers to the call is a claim, and
//! its word for the project decides.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use base::meter::Meter;
use remote::platform::{Platform, PlatformError, Running};

/// How soon the platform is asked how the project stands, and how long at most lies between two questions.
const LOOK_AGAIN: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

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

/// Brings it about; what came of it in words, or why it did not work.
pub(super) async fn run(
    platform: &dyn Platform,
    wanted: Wanted,
    limit: Duration,
    token: &CancellationToken,
    meter: &Meter,
) -> Result<String, String> {
    let name = platform.kind().name();
    let end = Instant::now() + limit;
    let mut asked: Option<Asked> = None;
    let mut pause = LOOK_AGAIN.0;
    loop {
        // Somebody else works, which is no stall.
        meter.beat();
        let seen = match word(platform, token).await? {
            Some(word) => {
                let found = Running::of(&word);
                if wanted.is(found) {
                    return Ok(done(wanted, &word, asked.is_some()));
                }
                match &asked {
                    None if wanted.can_ask(found) => {
                        ask(platform, wanted, token).await?;
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
async fn ask(platform: &dyn Platform, wanted: Wanted, token: &CancellationToken) -> Result<(), String> {
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
        Err(error) => Err(error.to_string()),
    }
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
