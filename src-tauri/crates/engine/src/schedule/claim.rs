//! Claims: one of all processes does due work, and a dead process's claim is released.

use jiff::Timestamp;

use super::outlook::{Outlook, ScheduleFacts};
use crate::at_work::SlotAtWork;
use crate::engine::Engine;
use base::clock::Clock;
use base::failure::Failure;
use ledger::catalog::{Claim, SlotRecord, SlotState};
use ledger::job::is_dead;

impl Engine {
    /// Frees what dead processes claimed, and what this one claimed and is not at work on.
    pub(super) async fn free_dead_slots(&self, now: Timestamp) -> Result<(), Failure> {
        let (catalog, mine) = (&self.profile.catalog, self.profile.jobs.process().id());
        for slot in catalog.slots(None).await? {
            let SlotRecord { schedule_id: id, slot_ms, process, .. } = &slot;
            let is_left = || {
                if process == mine {
                    !self.profile.slots_at_work.contains(id, *slot_ms)
                } else {
                    is_dead(&self.profile.home, process)
                }
            };
            if slot.state == SlotState::Running && is_left() {
                let said = "Its process ended in the middle.";
                let (state, now_ms) = (SlotState::Interrupted, now.as_millisecond());
                catalog.end_slot(id, *slot_ms, process, state, Some(said), now_ms).await?;
            }
        }
        Ok(())
    }

    /// Claims a slot, and looks once more: another process may have done the same work for another schedule. Nothing
    /// where it is not to be done any more.
    pub(super) async fn claim(
        &self,
        one: &ScheduleFacts,
        outlook: &Outlook,
        slot: Timestamp,
        clock: &dyn Clock,
    ) -> Result<Option<SlotAtWork>, Failure> {
        let profile = &self.profile;
        let (id, slot_ms) = (one.schedule.id.as_str(), slot.as_millisecond());
        let process = profile.jobs.process().id();
        let claim = Claim {
            schedule_id: id,
            set_at_ms: one.schedule.set_at_ms,
            slot_ms,
            attempts: outlook.attempts,
            process,
            now_ms: clock.now().as_millisecond(),
        };
        // Before the claim, so that nobody takes it for a leftover.
        let Some(at_work) = SlotAtWork::on(&profile.slots_at_work, id, slot_ms) else { return Ok(None) };
        if !profile.catalog.claim_slot(&claim).await? {
            return Ok(None);
        }
        // By the clock as it is once the claim is won: what was done while this one waited for it counts.
        let now_ms = clock.now().as_millisecond();
        let seen = profile.catalog.schedule_seen(Some(&one.schedule.project_id), now_ms).await?;
        let success =
            seen.into_iter().find(|seen| seen.schedule_id == id).and_then(|seen| seen.success_at_ms);
        if success.is_some_and(|at| at >= slot_ms) {
            let said = Some("It was done meanwhile, by another schedule or a person.");
            profile.catalog.end_slot(id, slot_ms, process, SlotState::Succeeded, said, now_ms).await?;
            return Ok(None);
        }
        Ok(Some(at_work))
    }
}
