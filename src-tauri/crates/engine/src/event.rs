//! What happened, for whoever listens; lost events do no harm, since they only say what to ask again.

use crate::job::Progress;

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
}

/// An event.
#[derive(Debug, Clone)]
pub enum Event {
    /// Answers about these are out of date.
    Changed(Vec<Topic>),
    /// A job's progress moved; at most ten times a second.
    Progress {
        /// The job.
        job_id: String,
        /// Where it is.
        progress: Box<Progress>,
    },
}
