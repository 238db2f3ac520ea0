//! Projects that exceeded their goal, and recovered: by the age of verified backups, never by runs.

use base::Severity;
use jiff::Timestamp;

use super::Look;
use crate::notify::message::{Message, MessageKind};
use crate::notify::notifier::Telling;
use crate::project::ProjectStanding;
use crate::schedule::words::{sentence, when};
use base::failure::Failure;
use base::words::span_words;
use ledger::catalog::Told;

const OVER: &str = "over";
const WITHIN: &str = "within";

impl Telling {
    pub(super) async fn make_goals(&self, look: &Look) -> Result<usize, Failure> {
        let mut made = 0;
        for standing in self.engine.standings().await? {
            // Files that were imported get no newer by themselves.
            if standing.project.is_archived || !standing.project.has_source() {
                continue;
            }
            if let Some((message, told)) = change(&standing, look) {
                made += self.put(look, message, Some(told)).await?;
            }
        }
        Ok(made)
    }
}

/// What changed since it was told last, if anything.
fn change(standing: &ProjectStanding, look: &Look) -> Option<(Message, Told)> {
    let (_, point_ms) = standing.recovery_point.as_ref()?;
    let goal_ms = standing.recovery_goal_ms();
    let (project, subject) = (&standing.project, format!("goal:{}", standing.project.id));
    let known = look.state(&subject);
    let was_over = known.is_some_and(|told| told.state == OVER);
    let over_since_ms = point_ms.saturating_add(goal_ms);
    let is_over = look.now_ms() > over_since_ms;
    // Where the project is made of more, it is said which part of it that is.
    let copy = standing
        .oldest_component()
        .map_or_else(|| "copy".into(), |part| format!("copy of its {}", part.words()));
    let age = span_words(look.now_ms() - point_ms);
    let goal = span_words(goal_ms);
    let of = |kind, severity, key, subject: String| {
        Message::new(kind, severity, key, look.now_ms(), subject).of_project(&project.id, &project.name)
    };
    match (was_over, is_over) {
        (false, true) => {
            let key = format!("over_goal:{}:{over_since_ms}", project.id);
            let since = Timestamp::from_millisecond(over_since_ms).unwrap_or(look.now);
            let mut message = of(
                MessageKind::OverGoal,
                Severity::Critical,
                key,
                format!("{} is over its goal", project.name),
            )
            .line(format!(
                "The newest verified {copy} is {age} old, and may be {goal} old; over it since {}.",
                when(since, &look.zone)
            ))
            .figure("Age", age)
            .figure("Goal", goal);
            if let Some(open) = &standing.failure {
                message = message.line(sentence(&format!("the last run failed: {}", open.failure.message)));
                message.job_id = Some(open.job_id.clone());
            }
            Some((message, Told { subject, state: OVER.into(), since_ms: over_since_ms }))
        }
        (true, false) => {
            let key = format!("within_goal:{}:{}", project.id, known.map_or(0, |told| told.since_ms));
            let message = of(
                MessageKind::WithinGoal,
                Severity::Info,
                key,
                format!("{} is within its goal again", project.name),
            )
            .line(format!("The newest verified {copy} is {age} old, and may be {goal} old."))
            .figure("Age", age)
            .figure("Goal", goal);
            Some((message, Told { subject, state: WITHIN.into(), since_ms: look.now_ms() }))
        }
        _ => None,
    }
}
