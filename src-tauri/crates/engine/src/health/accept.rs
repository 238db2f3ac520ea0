//! Accepting sizes and rows as normal: later backups are compared from there on.

use crate::engine::Engine;
use crate::figures;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::Catalog;
use ledger::event::Topic;

impl Engine {
    /// Notes that the size of a project's newest backup and the rows of its tables are as they should be: what
    /// comes is compared with it, and with nothing before it.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` where it has no backup.
    #[crate::boxed]
    pub async fn accept_figures(&self, project: &str) -> Result<(), Failure> {
        let project = self.profile.project(project).await?;
        let Some(newest) = self.profile.catalog.newest_seen(Some(&project.id), 0).await?.pop() else {
            return Err(Failure::invalid(
                format!("{} has no backup whose figures could be accepted", project.name),
                "Make a backup first.",
            ));
        };
        let subject = Subject::project(&project);
        let details = Details::none().with("backup", Fact::Id(&newest.backup_id));
        let mut writing = self.profile.audit.begin(Act::FiguresAccepted, &subject, details).await?;
        Catalog::accept_on(writing.connection(), &project.id, newest.at_ms).await?;
        writing.commit().await?;
        figures::weigh(&self.profile.catalog, &project.id).await?;
        self.profile.jobs.changed(&[Topic::Projects, Topic::Backups]);
        Ok(())
    }
}
