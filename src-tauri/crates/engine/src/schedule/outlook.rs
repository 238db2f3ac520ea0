//! The inputs for what is due, and the result.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::surroundings::Seen;
use super::{Paused, Schedule};
use ledger::catalog::SlotState;

/// What holds for all schedules.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Now.
    pub now: Timestamp,
    /// The time zone that this computer is in.
    pub zone: TimeZone,
    /// Power and network.
    pub seen: Seen,
    /// The pause of all schedules, where there is one.
    pub paused: Option<Paused>,
}

impl Facts {
    /// The pause that holds for a schedule now: its own, or that of all, whichever is longer.
    pub(super) fn pause_of(&self, schedule: &Schedule) -> Option<Paused> {
        let holding =
            [schedule.paused, self.paused].into_iter().flatten().filter(|paused| paused.holds(self.now));
        holding.max_by_key(|paused| paused.until_ms.unwrap_or(i64::MAX))
    }
}

/// A slot that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The slot.
    pub slot: Timestamp,
    /// What became of it.
    pub state: SlotState,
    /// How often it was begun.
    pub attempts: u32,
    /// When the last attempt ended.
    pub ended: Option<Timestamp>,
    /// The run that did it.
    pub job_id: Option<String>,
    /// What it came to.
    pub said: Option<String>,
}

/// What holds for one schedule.
#[derive(Debug, Clone)]
pub struct ScheduleFacts {
    /// The schedule.
    pub schedule: Schedule,
    /// The newest verified success that is not of the future.
    pub last_success: Option<Timestamp>,
    /// A verified success that is of the future: a clock was set back since.
    pub future_success: Option<Timestamp>,
    /// The slots that were claimed last.
    pub runs: Vec<Run>,
    /// The run of its project that goes on.
    pub busy: Option<String>,
    /// What else is in the way, as the rest of a sentence.
    pub obstacle: Option<String>,
    /// Whether it needs a network.
    pub needs_network: bool,
    /// When its platform deletes the first of what is not here, where that is near and it would fetch it.
    pub goes_there_at: Option<Timestamp>,
    /// The newest recovery point of its project.
    pub recovery_point: Option<Timestamp>,
    /// How old that may get.
    pub goal_ms: i64,
}

/// How a schedule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// To be done now.
    Due,
    /// Nothing to do before the next slot.
    Planned,
    /// Due, and something is in the way.
    Waiting,
    /// It failed, and is tried again at the time that is shown.
    Retrying,
    /// It failed so often that a person is needed; the next slot is tried again.
    GivenUp,
    /// It goes on.
    Running,
    /// A person paused it.
    Paused,
    /// Its rule does not come any more.
    Over,
}

/// What is to be done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// How it stands.
    pub state: State,
    /// The slot that is due, whether or not something is in the way.
    pub slot: Option<Timestamp>,
    /// Attempts at that slot so far.
    pub attempts: u32,
    /// When something will happen next, where a time is known.
    pub next_at: Option<Timestamp>,
    /// Why, as a sentence.
    pub because: String,
    /// What is in the way, until when it is paused, or what failed: in a few words.
    pub why: Option<String>,
    /// What else is to be said: clocks that were set, conditions that give way.
    pub notes: Vec<String>,
}
