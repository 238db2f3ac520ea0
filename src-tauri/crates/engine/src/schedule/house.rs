//! Scheduled retention: removes what the policy does not keep, then prunes what no backup needs.
//!
//! The plan is the one that a person would see, with the same guards: the newest verified backup, the floor,
//! holds, and the pause while the source fails. The audit chain and the run's text name what was removed.

use vault::PruneOptions;

use super::work::Begun;
use crate::engine::Engine;
use base::failure::Failure;
use ledger::catalog::JobState;

impl Engine {
    /// Removes what a project's policy does not keep, and starts a prune if that frees anything. A paused or
    /// missing policy is reported and is not a failure: it keeps more, never less.
    pub(super) async fn keep_house(&self, project: &str) -> Result<Begun, Failure> {
        // What could not be written when it was sent, because the vault was away.
        self.keep_receipts_if_possible().await;
        let plan = self.plan_retention(project).await?;
        let said = if plan.policy.is_none() {
            "Every backup is kept: there is no policy.".to_owned()
        } else if let Some(pause) = &plan.pause {
            format!("No backup was removed: {}.", pause.trim_end_matches('.'))
        } else if plan.going().is_empty() {
            "No backup was to be removed.".to_owned()
        } else {
            let job_id = self.start_retention(project, &plan.id, &plan.project).await?;
            let job = self.wait_for_end(&job_id).await?;
            if job.record.state != JobState::Succeeded {
                return Ok(Begun { said: String::new(), job_id: Some(job_id) });
            }
            job.record.outcome.unwrap_or_default()
        };
        let plan = self.plan_prune(PruneOptions::default()).await?;
        if plan.is_empty() {
            return Ok(Begun { said: format!("{said} There was nothing to free."), job_id: None });
        }
        let job_id = self.start_prune(plan.options, &plan.seen.to_string()).await?;
        Ok(Begun { said, job_id: Some(job_id) })
    }
}
