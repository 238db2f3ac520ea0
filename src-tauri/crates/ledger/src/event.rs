//! Change notices for listeners such as the window. Losing one does no harm: it only tells which query to
//! repeat, or brings a row that the next one brings again.
//!
//! The only place where it is said what became stale: whoever changes something says so where it is done, and
//! nobody who gave the order repeats it.

use crate::job::Job;

/// What a cached answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Settings, secrets, tools.
    Setup,
    /// The vault.
    Vault,
    /// Projects.
    Projects,
    /// Backups and proofs.
    Backups,
    /// Jobs.
    Jobs,
    /// Scratch clusters.
    Scratch,
    /// Drills, assertions, goals.
    Drills,
    /// Schedules, and what became of their runs.
    Schedules,
    /// Channels of notifications, and how they stand.
    Notify,
    /// The audit chain; said by whatever records, so that no act has to.
    Audit,
}

impl Topic {
    /// All of them, for when it is not known what changed.
    pub const ALL: [Self; 10] = [
        Self::Setup,
        Self::Vault,
        Self::Projects,
        Self::Backups,
        Self::Jobs,
        Self::Scratch,
        Self::Drills,
        Self::Schedules,
        Self::Notify,
        Self::Audit,
    ];
}

/// An event.
#[derive(Debug, Clone)]
pub enum Event {
    /// Answers about these are out of date.
    Changed(Vec<Topic>),
    /// A job's progress moved; at most ten times a second. It is the whole job, so that nobody has to ask for it.
    Progress(Box<Job>),
}
