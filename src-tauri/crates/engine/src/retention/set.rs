//! The policy of a project, shown and set.

use super::{Applied, Policy};
use crate::engine::Engine;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ProjectRecord, RetentionRun, RunState};
use ledger::event::Topic;
use ledger::job;

/// The retention of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// The project's id.
    pub project_id: String,
    /// The project's name.
    pub project: String,
    /// Its policy; without one everything is kept.
    pub policy: Option<Policy>,
    /// The last plan that was confirmed, and how far it came.
    pub last_run: Option<RetentionRun>,
}

impl Engine {
    /// The retention of a project.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn retention(&self, project: &str) -> Result<Retention, Failure> {
        let project = self.profile.project(project).await?;
        Ok(Retention {
            policy: self.policy(&project).await?,
            last_run: self.last_retention(&project).await?,
            project_id: project.id,
            project: project.name,
        })
    }

    /// The outcome of a project's last confirmed plan: removed backups, and those still to be removed. `None`
    /// if none was started since the run `before`.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn last_applied(&self, project: &str, before: Option<&str>) -> Result<Applied, Failure> {
        let project = self.profile.project(project).await?;
        let last = self.last_retention(&project).await?.filter(|run| Some(run.id.as_str()) != before);
        let (removed, left) = last.map_or_else(Default::default, |run| {
            // Each went by itself, in this order.
            let gone = usize::try_from(run.removed).unwrap_or(usize::MAX).min(run.planned.len());
            let mut removed = run.planned;
            let left = removed.split_off(gone);
            (removed, left)
        });
        Ok(Applied { project: project.name, removed, left, stopped: None })
    }

    /// Sets the policy of a project; absent takes it away, and everything is kept. Removes nothing.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request` for a policy that makes no sense.
    #[crate::boxed]
    pub async fn set_retention(&self, project: &str, policy: Option<Policy>) -> Result<Retention, Failure> {
        let known = self.profile.project(project).await?;
        let policy = policy.map(Policy::checked).transpose()?;
        let words = policy.as_ref().map_or_else(|| "everything is kept".to_owned(), Policy::words);
        let details = Details::none().with("policy", Fact::Name(&words));
        let mut writing =
            self.profile.audit.begin(Act::RetentionSet, &Subject::project(&known), details).await?;
        match &policy {
            Some(policy) => {
                Catalog::set_retention_on(writing.connection(), &known.id, &policy.record()).await?;
            }
            None => Catalog::remove_retention_on(writing.connection(), &known.id).await?,
        }
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Projects, Topic::Backups]);
        self.retention(&known.id).await
    }

    pub(crate) async fn policy(&self, project: &ProjectRecord) -> Result<Option<Policy>, Failure> {
        Ok(self.profile.catalog.retention(&project.id).await?.map(Policy::of_record))
    }

    /// The last confirmed plan; one whose process died is interrupted from then on.
    pub(super) async fn last_retention(
        &self,
        project: &ProjectRecord,
    ) -> Result<Option<RetentionRun>, Failure> {
        let catalog = &self.profile.catalog;
        let Some(run) = catalog.last_retention(&project.id).await? else { return Ok(None) };
        let mine = self.profile.jobs.process().id();
        if run.state != RunState::Running
            || run.process == mine
            || !job::is_dead(&self.profile.home, &run.process)
        {
            return Ok(Some(run));
        }
        let details =
            Details::none().with("run", Fact::Id(&run.id)).with("removed", Fact::Count(run.removed));
        let subject = Subject::project(project);
        let mut writing = self.profile.audit.begin(Act::RetentionInterrupted, &subject, details).await?;
        let state = RunState::Interrupted;
        // Whoever looked at the same moment wrote it already.
        if Catalog::end_retention_on(writing.connection(), &run.id, state, None, now_ms()).await? {
            writing.commit().await?;
        }
        Ok(catalog.last_retention(&project.id).await?)
    }
}
