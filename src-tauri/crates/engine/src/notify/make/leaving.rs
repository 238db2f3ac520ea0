//! Backups that a policy releases, without an expiry date: announced before the next removal deletes them, as
//! one message a day for each project, and each backup once.

use base::Severity;
use jiff::{SignedDuration, Timestamp};

use super::Look;
use crate::health::Leaving;
use crate::notify::message::{Message, MessageKind};
use crate::notify::notifier::Telling;
use crate::notify::route;
use crate::schedule::words::when;
use base::command::{About, Command};
use base::failure::Failure;
use base::words::counted;

/// Policies let something go most days; a project is told of no more often.
const APART: SignedDuration = SignedDuration::from_hours(20);
/// So many at once are what a policy does every day; more are worth a warning.
const USUAL_MAX: usize = 3;
/// More backups are not named one by one.
const NAMED_MAX: usize = 10;

impl Telling {
    pub(super) async fn make_leaving(&self, look: &Look, projects: Vec<Leaving>) -> Result<usize, Failure> {
        if projects.is_empty() {
            return Ok(0);
        }
        let catalog = &self.engine.profile.catalog;
        let told = catalog.leaving_told().await?;
        let mut made = 0;
        for mut project in projects {
            let was_told = |at: &i64| *at > look.before(APART) && *at <= look.now_ms();
            let is_soon_again = told.of_project(&project.project_id).is_some_and(|at| was_told(&at));
            project.backups.retain(|(id, _)| !told.backups.contains(id));
            if project.backups.is_empty() || is_soon_again {
                continue;
            }
            let message = message(&project, look);
            let goes_to = look.goes_to(&message, |channel| route::takes(channel, &message));
            let ids: Vec<String> = project.backups.into_iter().map(|(id, _)| id).collect();
            made += usize::from(catalog.put_leaving(&message.record()?, &goes_to, &ids).await?);
        }
        Ok(made)
    }
}

fn message(project: &Leaving, look: &Look) -> Message {
    let Leaving { project_id, project, backups } = project;
    let moment = |ms: i64| when(Timestamp::from_millisecond(ms).unwrap_or(look.now), &look.zone);
    let severity = if backups.len() > USUAL_MAX { Severity::Warning } else { Severity::Info };
    let count = counted(backups.len() as u64, "backup");
    let subject = format!("{project}: {count} may go by its policy");
    let mut message = Message::new(MessageKind::Expiring, severity, String::new(), look.now_ms(), subject)
        .of_project(project_id, project)
        .line("The next removal of old backups takes what nothing holds.");
    // What keeps it from being told twice is that each backup is noted with it.
    message.key = format!("leaving:{}", message.id);
    for (id, at_ms) in backups.iter().take(NAMED_MAX) {
        message = message.line(format!("{}: {}", id.get(..8).unwrap_or(id), moment(*at_ms)));
    }
    if backups.len() > NAMED_MAX {
        message = message.line(format!("And {} more.", backups.len() - NAMED_MAX));
    }
    message
        .line("To keep one: holdfast backup hold ID --reason 'why'")
        .line(format!("All of them: {}", Command::about(About::RetentionPreview, project)))
}
