//! The old database of a swap, dropped on the date that the swap's plan contained.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::engine::Engine;
use crate::restore::{Restore, RestoreState, Strategy};
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;

const LOOK_EVERY: Duration = Duration::from_hours(1);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Restores that are looked through, newest first.
const RESTORES_MAX: u32 = 500;

impl Engine {
    /// Looks every hour for old databases whose date has come, until it is dropped.
    #[crate::boxed]
    pub async fn tend_kept(self) {
        let mut hourly = tokio::time::interval(LOOK_EVERY);
        hourly.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            hourly.tick().await;
            if let Err(failure) = self.discard_due().await {
                tracing::warn!(%failure, "old databases could not be looked for");
            }
        }
    }

    /// Drops the old databases whose agreed date has passed, each by its own plan and job. Connected sessions
    /// are not ended, and another database of that name is not touched; a failed drop is retried a day later.
    /// Returns the jobs.
    ///
    /// # Errors
    /// When the catalogue cannot be read or written.
    #[crate::boxed]
    pub async fn discard_due(&self) -> Result<Vec<String>, Failure> {
        let now = now_ms();
        let mut jobs = Vec::new();
        for mut restore in self.restores(RESTORES_MAX).await?.into_iter().filter(|one| is_due(one, now)) {
            restore.traces.discard_tried_ms = Some(now);
            restore.note(&self.profile.catalog, restore.state).await?;
            match Box::pin(self.discard_as_agreed(&restore)).await {
                Ok(job) => jobs.push(job),
                Err(failure) => {
                    tracing::warn!(%failure, restore = %restore.id, "an old database could not be dropped on its date");
                }
            }
        }
        Ok(jobs)
    }

    async fn discard_as_agreed(&self, restore: &Restore) -> Result<String, Failure> {
        let plan = self.plan_discard(&restore.id).await?;
        if let Some(blocker) = plan.blockers.first() {
            return Err(Failure::new(Code::PlanBlocked, blocker, "Look at it: `holdfast restore show`."));
        }
        self.apply_restore(&plan.id, &plan.database, false).await
    }
}

fn is_due(restore: &Restore, now: i64) -> bool {
    restore.state == RestoreState::Done
        && restore.plan.strategy == Strategy::Swap
        && restore.plan.keep_until_ms.is_some_and(|until| until <= now)
        && restore.traces.discard_tried_ms.is_none_or(|tried| now - tried >= DAY_MS)
}
