//! Runs, as the window and the command line ask for them.

use base::Failure;

use crate::engine::Engine;
use ledger::catalog::{JobLine, Level};
use ledger::job::Job;

impl Engine {
    /// Runs, newest first, of one project or of all.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request` for a limit of 0 or above 500.
    #[crate::boxed]
    pub async fn jobs(&self, project: Option<&str>, limit: u32) -> Result<Vec<Job>, Failure> {
        let project = match project {
            Some(project) => Some(self.profile.project(project).await?.id),
            None => None,
        };
        self.profile.jobs.list(project.as_deref(), limit).await
    }

    /// One run by id or unique prefix.
    ///
    /// # Errors
    /// `job_not_found`, `ambiguous_job`.
    #[crate::boxed]
    pub async fn job(&self, reference: &str) -> Result<Job, Failure> {
        self.profile.jobs.find(reference).await
    }

    /// Lines of a run's log after the line `after`, of `level` and above.
    ///
    /// # Errors
    /// `job_not_found`, `invalid_request` for a limit of 0 or above 2000.
    #[crate::boxed]
    pub async fn job_log(
        &self,
        reference: &str,
        after: i64,
        level: Level,
        limit: u32,
    ) -> Result<Vec<JobLine>, Failure> {
        self.profile.jobs.log(reference, after, level, limit).await
    }

    /// Asks a run to end, in this process or in another.
    ///
    /// # Errors
    /// `job_not_found`; `job_over` when it has ended already.
    #[crate::boxed]
    pub async fn cancel_job(&self, reference: &str) -> Result<(), Failure> {
        let job = self.profile.jobs.unended(reference).await?;
        self.profile.jobs.cancel(&job.record.id).await
    }
}
