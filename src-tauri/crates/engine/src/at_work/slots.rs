//! Slots of schedules.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The slots that this process is at work on. A claim of this process that is not among them is a leftover: its end
/// could not be written.
#[derive(Debug, Clone, Default)]
pub(crate) struct SlotsAtWork(Arc<Mutex<HashSet<(String, i64)>>>);

impl SlotsAtWork {
    /// Whether this process is at work on a slot.
    pub(crate) fn contains(&self, schedule_id: &str, slot_ms: i64) -> bool {
        self.set().contains(&(schedule_id.to_owned(), slot_ms))
    }

    fn set(&self) -> MutexGuard<'_, HashSet<(String, i64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work on a claimed slot, for as long as this is there.
#[derive(Debug)]
pub(crate) struct SlotAtWork {
    all: SlotsAtWork,
    slot: (String, i64),
}

impl SlotAtWork {
    /// Nothing where this process is at work on it already.
    pub(crate) fn on(all: &SlotsAtWork, schedule_id: &str, slot_ms: i64) -> Option<Self> {
        let slot = (schedule_id.to_owned(), slot_ms);
        let is_new = all.set().insert(slot.clone());
        is_new.then(|| Self { all: all.clone(), slot })
    }
}

impl Drop for SlotAtWork {
    fn drop(&mut self) {
        self.all.set().remove(&self.slot);
    }
}
