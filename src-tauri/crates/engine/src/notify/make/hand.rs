//! Failed runs that were started by hand and that nobody saw.
//!
//! A window with focus reports that each half minute; a command line with a terminal counts as watched. So a
//! failed run is sent if the window had no focus within five minutes after its end, or if the command line
//! had no terminal or was ended from outside.

use base::Severity;
use jiff::SignedDuration;

use super::{LOOK_BACK, Look};
use crate::engine::Engine;
use crate::notify::message::{Message, MessageKind};
use crate::notify::notifier::Telling;
use crate::schedule::words::sentence;
use base::clock::now_ms;
use base::command::{About, Command};
use base::failure::Failure;
use base::words::span_words;
use ledger::catalog::{HandFailure, JobState};
use ledger::job::Trigger;

/// So long a person has to look at the window after a run of it has ended.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// When somebody last looked at the window, in UTC milliseconds.
const LOOKED_AT: &str = "window_looked_at_ms";

/// Since when such failures are told, in UTC milliseconds.
const SINCE: &str = "hand_failures_since_ms";

impl Engine {
    /// Notes that somebody looks at the window now.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn window_looked_at(&self) -> Result<(), Failure> {
        Ok(self.profile.catalog.keep_setting(LOOKED_AT, &now_ms().to_string()).await?)
    }
}

impl Telling {
    /// Failures of runs that were begun by hand, which nobody saw.
    pub(super) async fn make_hand_failures(&self, look: &Look) -> Result<usize, Failure> {
        let catalog = &self.engine.profile.catalog;
        let since = catalog.setting(SINCE).await?.and_then(|at| at.parse::<i64>().ok());
        let since_ms = look.before(LOOK_BACK).max(since.unwrap_or(i64::MIN));
        let failures = catalog.hand_failures(since_ms).await?;
        if failures.is_empty() {
            return Ok(0);
        }
        let looked_ms = catalog.setting(LOOKED_AT).await?.and_then(|at| at.parse::<i64>().ok());
        let mut made = 0;
        for one in failures {
            if is_unseen(&one, looked_ms, look) {
                made += self.put(look, message(&one), None).await?;
            }
        }
        Ok(made)
    }
}

fn is_unseen(one: &HandFailure, looked_ms: Option<i64>, look: &Look) -> bool {
    if one.trigger == Trigger::CommandLine {
        return one.is_unattended || one.state == JobState::Interrupted;
    }
    let is_seen = looked_ms.is_some_and(|at| at >= one.finished_at_ms);
    !is_seen && one.finished_at_ms <= look.before(SEEN_WITHIN)
}

fn message(one: &HandFailure) -> Message {
    let failure = one.failure.as_deref().and_then(|text| serde_json::from_str::<Failure>(text).ok());
    let verb = if one.state == JobState::Interrupted { "was interrupted" } else { "failed" };
    let mut message = Message::new(
        MessageKind::HandFailed,
        Severity::Critical,
        format!("hand:{}", one.job_id),
        one.finished_at_ms,
        format!("{} {verb}", one.title),
    );
    message.job_id = Some(one.job_id.clone());
    if let (Some(id), Some(name)) = (&one.project_id, &one.project) {
        message = message.of_project(id, name);
    }
    if let Some(failure) = failure {
        message = message.line(sentence(&failure.message));
        if let Some(hint) = failure.hint {
            message = message.line(hint);
        }
    }
    let begun = if one.trigger == Trigger::CommandLine {
        "It was begun by a command line, with nobody before it."
    } else {
        "It was begun by hand, and nobody has looked at the window since it ended."
    };
    message = message.line(begun).line(format!(
        "Command: {}",
        Command::about(About::JobShow, one.job_id.get(..16).unwrap_or(&one.job_id))
    ));
    match one.started_at_ms {
        Some(started_ms) => message.figure("Took", span_words(one.finished_at_ms - started_ms)),
        None => message,
    }
}
