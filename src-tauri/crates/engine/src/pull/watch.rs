//! Watching something that goes on at a platform, until it ended or stands still.

use std::time::{Duration, Instant};

use super::diagnosis::{self, Sight};
use crate::failure::Failure;
use crate::job::JobContext;
use crate::platform::{Platform, PlatformError, Ticket, Watched};

/// How soon it is asked again at first, and at last.
const ASK_FIRST: Duration = Duration::from_secs(1);
const ASK_LAST: Duration = Duration::from_secs(15);
/// A platform that says the same for so long does nothing any more.
const STANDING_MAX: Duration = Duration::from_mins(30);
/// A network that is gone for longer ends the watching; what goes on there does so without us.
const AWAY_MAX: Duration = Duration::from_mins(10);

/// How it ended.
pub(super) struct Ended {
    /// The backup that it made, or the project.
    pub(super) id: Option<String>,
    /// What it said, as sentences.
    pub(super) notes: Vec<String>,
}

/// Watches `ticket`. A failed job that may be tried again is tried again once.
pub(super) async fn watch(
    context: &JobContext,
    platform: &dyn Platform,
    place: &str,
    mut ticket: Ticket,
) -> Result<Ended, Failure> {
    let (mut pause, mut said, mut since) = (ASK_FIRST, String::new(), Instant::now());
    let (mut away, mut was_retried) = (None::<Instant>, false);
    loop {
        let looked = context.unless_cancelled(platform.watch(&ticket)).await?;
        match looked {
            Ok(Watched::Done { id, notes }) => return Ok(Ended { id, notes }),
            Ok(Watched::Failed { said, can_retry }) => {
                if can_retry && !was_retried {
                    context.warn("platform", format!("{place} failed ({said}); it is asked to try again"));
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
                    context.info("platform", format!("{place}: {now}"));
                    context.sentence("platform", format!("{place} says: {now}."));
                    (said, since, pause) = (now, Instant::now(), ASK_FIRST);
                }
                let standing = since.elapsed();
                if standing > STANDING_MAX {
                    let (kind, act, id) = (platform.kind(), ticket.act, ticket.id.as_str());
                    return Err(diagnosis::stuck(&Sight { kind, place, act, id, words: &said, standing }));
                }
            }
            // The network may come back; what goes on there does so meanwhile.
            Err(error @ (PlatformError::Unreachable { .. } | PlatformError::Silent { .. })) => {
                if away.get_or_insert_with(Instant::now).elapsed() > AWAY_MAX {
                    return Err(error.into());
                }
                context.warn("platform", format!("{error}; it is asked again"));
            }
            Err(error) => return Err(error.into()),
        }
        // Waiting is no standstill of ours: its limit is the one above.
        context.meter().beat();
        context.unless_cancelled(tokio::time::sleep(pause)).await?;
        pause = (pause * 2).min(ASK_LAST);
    }
}

/// Watches something that makes no backup; what it said at the end, as sentences.
pub(crate) async fn watched(
    context: &JobContext,
    platform: &dyn Platform,
    place: &str,
    ticket: Ticket,
) -> Result<Vec<String>, Failure> {
    Ok(watch(context, platform, place, ticket).await?.notes)
}
