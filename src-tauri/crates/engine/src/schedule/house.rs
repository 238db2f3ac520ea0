//! Retention by itself: what the policy does not keep goes, then what no backup needs.
//!
//! The plan is the one that a person would be shown, and the same guards hold it: the newest verified backup, the
//! floor, holds, and the pause while the source fails. What went is in the audit chain and in the run's words.

use vault::PruneOptions;

use super::work::Begun;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::words::counted;

impl Engine {
    /// Removes what a project's policy does not keep, and begins a prune of the vault where that frees anything.
    /// That retention is paused, or that there is no policy, is said and is no failure: what is kept then is more,
    /// never less.
    pub(super) async fn keep_house(&self, project: &str) -> Result<Begun, Failure> {
        let said = self.remove_expired(project).await?;
        let plan = self.plan_prune(PruneOptions::default()).await?;
        if plan.is_empty() {
            return Ok(Begun { said: format!("{said} There was nothing to free."), job_id: None });
        }
        let job_id = self.start_prune(plan.options, &plan.seen.to_string()).await?;
        Ok(Begun { said, job_id: Some(job_id) })
    }

    async fn remove_expired(&self, project: &str) -> Result<String, Failure> {
        let plan = self.plan_retention(project).await?;
        if plan.policy.is_none() {
            return Ok("Every backup is kept: there is no policy.".into());
        }
        if let Some(pause) = &plan.pause {
            return Ok(format!("No backup was removed: {}.", pause.trim_end_matches('.')));
        }
        let applied = self.apply_retention(project, &plan.id, &plan.project).await?;
        match applied.stopped {
            Some(failure) => Err(failure),
            None if applied.removed.is_empty() => Ok("No backup was to be removed.".into()),
            None => Ok(format!(
                "{} removed, as the policy says.",
                counted(applied.removed.len() as u64, "backup")
            )),
        }
    }
}
