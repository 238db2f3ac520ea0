//! Watches an operation at a platform until it ends or stalls.

use std::time::{Duration, Instant};

use super::diagnosis::{self, Sight};
use base::failure::Failure;
use ledger::job::JobContext;
use remote::platform::{Platform, PlatformError, Ticket, Watched};

/// How soon it is asked again at first, and at last.
const ASK_FIRST: Duration = Duration::from_secs(1);
const ASK_LAST: Duration = Duration::from_secs(15);
/// A network that is gone for longer ends the watching; what goes on there does so without us.
const AWAY_MAX: Duration = Duration::from_mins(10);

/// How it ended.
pub(super) struct Ended {
    /// The backup that it made, or the project.
    pub(super) id: Option<String>,
    /// What it said, as sentences.
    pub(super) notes: Vec<String>,
}

/// What is watched, and where in the run it shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watching<'a> {
    /// The platform, as a person calls it.
    pub(crate) place: &'a str,
    /// The phase of the run.
    pub(crate) phase: &'a str,
    /// How long the platform may say the same.
    pub(crate) standing: Duration,
}

/// Watches `ticket`. A failed job that may be tried again is tried again once.
pub(super) async fn watch(
    context: &JobContext,
    platform: &dyn Platform,
    watching: Watching<'_>,
    mut ticket: Ticket,
) -> Result<Ended, Failure> {
    let Watching { place, phase, standing: standing_max } = watching;
    let (mut pause, mut said, mut since) = (ASK_FIRST, String::new(), Instant::now());
    let (mut away, mut was_retried) = (None::<Instant>, false);
    loop {
        let looked = context.unless_cancelled(platform.watch(&ticket)).await?;
        match looked {
            Ok(Watched::Done { id, notes }) => return Ok(Ended { id, notes }),
            Ok(Watched::Failed { said, can_retry }) => {
                if can_retry && !was_retried {
                    context.warn(phase, format!("{place} failed ({said}); it is asked to try again"));
                    ticket = platform.retry(&ticket).await?;
                    was_retried = true;
                    since = Instant::now();
                } else {
                    return Err(diagnosis::failed(platform.kind(), place, ticket.act, &said, can_retry));
                }
            }
            Ok(Watched::Running { percent, words }) => {
                away = None;
                let now = percent.map_or_else(|| words.clone(), |percent| format!("{words}, {percent} %"));
                if now != said {
                    context.info(phase, format!("{place}: {now}"));
                    context.sentence(phase, format!("{place} says: {now}."));
                    (said, since, pause) = (now, Instant::now(), ASK_FIRST);
                }
                let standing = since.elapsed();
                if standing > standing_max {
                    let (kind, act, id) = (platform.kind(), ticket.act, ticket.id.as_str());
                    return Err(diagnosis::stuck(&Sight { kind, place, act, id, words: &said, standing }));
                }
            }
            // The network may come back; what goes on there does so meanwhile.
            Err(error) if passes(&error) => {
                if away.get_or_insert_with(Instant::now).elapsed() > AWAY_MAX {
                    return Err(error.into());
                }
                context.warn(phase, format!("{error}; it is asked again"));
            }
            Err(error) => return Err(error.into()),
        }
        // Waiting is no standstill of ours: its limit is the one above.
        context.meter().beat();
        context.unless_cancelled(tokio::time::sleep(pause)).await?;
        pause = (pause * 2).min(ASK_LAST);
    }
}

/// Whether it says nothing of what goes on there: a network that is gone, a gateway that restarts.
fn passes(error: &PlatformError) -> bool {
    matches!(
        error,
        PlatformError::Unreachable { .. }
            | PlatformError::Silent { .. }
            | PlatformError::TooMany { .. }
            | PlatformError::Failed { may_work_now: true, .. }
    )
}

/// Watches something that makes no backup; what it said at the end, as sentences.
pub(crate) async fn watched(
    context: &JobContext,
    platform: &dyn Platform,
    watching: Watching<'_>,
    ticket: Ticket,
) -> Result<Vec<String>, Failure> {
    Ok(watch(context, platform, watching, ticket).await?.notes)
}
