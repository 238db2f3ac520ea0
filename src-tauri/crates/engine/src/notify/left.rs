//! Frees what was claimed for a channel by whoever does not send it any more.
//!
//! A claim is a row under the name of a process, and as long as it stands nobody sends to that channel. What a dead
//! process claimed is told by its lock; what a living one left is told by `at_work`.

use jiff::{SignedDuration, Timestamp};

use crate::engine::Engine;
use base::failure::Failure;
use ledger::job::is_dead;

/// What was left is sent after so long: what kept it from being written down may keep on, and it may have arrived.
const SEND_AGAIN: SignedDuration = SignedDuration::from_mins(1);

impl Engine {
    /// Lets wait again what was claimed by whoever does not send it any more: a dead process, or this one.
    pub(super) async fn free_left_messages(&self, now: Timestamp) -> Result<(), Failure> {
        let (catalog, mine) = (&self.profile.catalog, self.profile.jobs.process().id());
        for process in catalog.senders().await? {
            if process != mine && is_dead(&self.profile.home, &process) {
                catalog.free_deliveries(&process).await?;
            }
        }
        let due = now.checked_add(SEND_AGAIN).unwrap_or(now).as_millisecond();
        // What cannot be freed is left again, and freed at the next look.
        while let Some(turn) = self.at_work.left() {
            catalog.free_channel(mine, turn.channel(), due).await?;
            turn.over();
        }
        Ok(())
    }
}
