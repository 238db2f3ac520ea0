//! Claims: of all processes one does what is due, and what a dead one claimed is free again.

use jiff::Timestamp;

use super::outlook::{Outlook, RunState, ScheduleFacts};
use crate::catalog::Claim;
use crate::engine::Engine;
use crate::job::is_dead;
use base::failure::Failure;

impl Engine {
    /// Frees what dead processes claimed.
    pub(super) async fn free_dead_slots(&self, now: Timestamp) -> Result<(), Failure> {
        let (catalog, mine) = (&self.profile.catalog, self.profile.jobs.process().id());
        for slot in catalog.slots(None).await? {
            let is_held = slot.state == RunState::Running && slot.process != mine;
            if is_held && is_dead(&self.profile.home, &slot.process) {
                let said = "Its process ended in the middle.";
                let (id, at, by) = (&slot.schedule_id, slot.slot_ms, &slot.process);
                catalog.end_slot(id, at, by, RunState::Interrupted, Some(said), now.as_millisecond()).await?;
            }
        }
        Ok(())
    }

    /// Claims a slot, and looks once more: another process may have done the same work for another schedule.
    pub(super) async fn claim(
        &self,
        one: &ScheduleFacts,
        outlook: &Outlook,
        slot: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let profile = &self.profile;
        let (id, slot_ms) = (one.schedule.id.as_str(), slot.as_millisecond());
        let process = profile.jobs.process().id();
        let claim = Claim {
            schedule_id: id,
            set_at_ms: one.schedule.set_at_ms,
            slot_ms,
            attempts: outlook.attempts,
            process,
            now_ms: now.as_millisecond(),
        };
        if !profile.catalog.claim_slot(&claim).await? {
            return Ok(false);
        }
        let seen =
            profile.catalog.schedule_seen(Some(&one.schedule.project_id), now.as_millisecond()).await?;
        let success =
            seen.into_iter().find(|seen| seen.schedule_id == id).and_then(|seen| seen.success_at_ms);
        if success.is_some_and(|at| at >= slot_ms) {
            let said = Some("It was done meanwhile, by another schedule or a person.");
            let (state, now_ms) = (RunState::Succeeded, now.as_millisecond());
            profile.catalog.end_slot(id, slot_ms, process, state, said, now_ms).await?;
            return Ok(false);
        }
        Ok(true)
    }
}
