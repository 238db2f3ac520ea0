//! Schedules: which work of a project is due when, which process does it, and the result.
//!
//! What is due follows from what was verified last, never from finished runs: `plan` is a pure function of
//! the time, the rules, and the records. A slot is a moment at which work is due; one statement claims it in
//! the catalogue, so that no two processes do the same work. `scheduler` does due work through the same verbs
//! that a person uses.

mod checked;
mod claim;
mod conditions;
mod creates;
mod cron;
mod edit;
mod facts;
mod house;
mod next;
mod outlook;
mod pause;
mod place;
mod plan;
mod rule;
mod scheduler;
mod slots;
mod surroundings;
pub(crate) mod words;
mod work;

pub use base::clock::{Clock, SystemClock};
pub use conditions::{Conditions, Maintenance, QuietHours};
pub use creates::Creates;
pub use edit::{NewSchedule, Paused, ScheduleStanding};
pub use next::NextRun;
pub use outlook::{Facts, Outlook, Run, ScheduleFacts, State};
pub use place::DrillPlace;
pub use plan::{ATTEMPTS_MAX, look};
pub use rule::{Rule, TimeOfDay, Work, Zone};
pub use scheduler::{RunReport, Scheduler};
pub use slots::{first_after, last_within, upcoming};
pub use surroundings::{Power, Seen, Surroundings, ThisComputer};
pub use work::{Doing, Ended, Worker};

/// One schedule of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Id.
    pub id: String,
    /// The project's id.
    pub project_id: String,
    /// The project's name.
    pub project: String,
    /// What people call it.
    pub name: String,
    /// What is done.
    pub work: Work,
    /// When.
    pub rule: Rule,
    /// By which clock.
    pub zone: Zone,
    /// When not.
    pub conditions: Conditions,
    /// Each run begins up to so many seconds later; how much is the schedule's own, and always the same.
    pub jitter_s: u32,
    /// How long its backups are kept, overriding the policy; absent leaves that to the policy.
    pub keep_ms: Option<i64>,
    /// What its platform makes before it fetches; absent where it only fetches.
    pub creates: Option<Creates>,
    /// Where its drills bring the backup back.
    pub place: DrillPlace,
    /// The name of the project whose server lends a database for them.
    pub lender: Option<String>,
    /// When it was set; nothing before is due.
    pub set_at_ms: i64,
    /// When it was paused, where it is.
    pub paused: Option<Paused>,
}

impl Schedule {
    /// Delay of its runs after their slots. Constant for a schedule, so that the next run can be shown, and
    /// different between schedules with the same rule, so that they do not all start at once.
    pub fn delay(&self) -> jiff::SignedDuration {
        let hash = xxhash_rust::xxh3::xxh3_64(self.id.as_bytes());
        let seconds = hash % (u64::from(self.jitter_s) + 1);
        jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0))
    }
}
