//! Immediate acts at a platform; each is in the audit chain, whatever its outcome.

use crate::engine::Engine;
use base::failure::Failure;
use ledger::audit::{Act as Audited, Details, Fact, Subject};
use ledger::event::Topic;
use remote::platform::{RemoteFact, RemoteSchedule};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Pause the project there.
    Pause,
    /// Resume it.
    Resume,
    /// Run its scheduled backups now.
    TriggerCron,
    /// Name the present moment.
    AddRestorePoint(String),
}

impl Engine {
    /// Requests an immediate act of a platform. Returns its outcome.
    ///
    /// # Errors
    /// `no_platform`, `platform_cannot`, or why it did not work.
    #[crate::boxed]
    pub async fn ask_platform(&self, project: &str, asked: Asked) -> Result<Vec<RemoteFact>, Failure> {
        let project = self.profile.project(project).await?;
        let platform = self.platform_of(&project).await?;
        let (word, done) = match &asked {
            Asked::Pause => ("pause", platform.pause().await.map(|()| said("State", "asked to pause"))),
            Asked::Resume => ("resume", platform.resume().await.map(|()| said("State", "asked to resume"))),
            Asked::TriggerCron => ("trigger_cron", platform.trigger_cron().await),
            Asked::AddRestorePoint(name) => (
                "add_restore_point",
                platform.add_restore_point(name).await.map(|point| said(&point.name, &point.status)),
            ),
        };
        let done = done.map_err(Failure::from);
        let mut details = Details::none().with("act", Fact::Word(word));
        if let Err(failure) = &done {
            details = details.failure(failure);
        }
        self.audit(Audited::PlatformActed, &Subject::project(&project), details).await?;
        // Also where it failed: what the platform did of it only it knows.
        self.profile.jobs.changed(&[Topic::Projects]);
        done
    }

    /// Changes a platform's schedule; gives back what it then says.
    ///
    /// # Errors
    /// As `ask_platform`.
    #[crate::boxed]
    pub async fn set_platform_schedule(
        &self,
        project: &str,
        schedule: &RemoteSchedule,
    ) -> Result<RemoteSchedule, Failure> {
        let project = self.profile.project(project).await?;
        let platform = self.platform_of(&project).await?;
        let done = platform.set_schedule(schedule).await.map_err(Failure::from);
        let mut details = Details::none().with("act", Fact::Word("set_schedule"));
        if let Err(failure) = &done {
            details = details.failure(failure);
        }
        self.audit(Audited::PlatformActed, &Subject::project(&project), details).await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        done
    }
}

fn said(name: &str, value: &str) -> Vec<RemoteFact> {
    vec![RemoteFact { name: name.to_owned(), value: value.to_owned() }]
}
