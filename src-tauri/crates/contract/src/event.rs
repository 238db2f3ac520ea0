//! Events: small messages that tell the window what to ask for again, or bring the row that changed.

use ledger::event::Topic;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::job::JobView;
use crate::number::Count;

/// What a cached answer depends on; events name the tags whose answers are out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// Settings, secrets, tools.
    Setup,
    /// The vault.
    Vault,
    /// Projects and the home screen.
    Projects,
    /// Backups and proofs.
    Backups,
    /// Jobs and their logs.
    Jobs,
    /// Scratch clusters.
    Scratch,
    /// Drills, assertions, goals.
    Drills,
    /// Schedules, and what became of their runs.
    Schedules,
    /// Channels of notifications, and how they stand.
    Notify,
    /// The log of acts.
    Audit,
}

/// The name under which events reach the page.
pub const EVENT_NAME: &str = "holdfast";

/// An event.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Event {
    /// Answers with these tags are out of date. Only the engine says so: a command has no list of its own.
    Changed {
        /// Counts these events from 1, so that the page knows of one that it missed.
        number: Count,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// Progress of a job moved; at most ten times a second. It is the answer of `job_show`, so that nobody asks.
    Progress {
        /// The job.
        job: Box<JobView>,
    },
    /// A person clicked a notification: the page of that run is to be shown.
    #[serde(rename_all = "camelCase")]
    OpenRun {
        /// The run.
        job_id: String,
    },
}

impl From<Topic> for Tag {
    fn from(topic: Topic) -> Self {
        match topic {
            Topic::Setup => Self::Setup,
            Topic::Vault => Self::Vault,
            Topic::Projects => Self::Projects,
            Topic::Backups => Self::Backups,
            Topic::Jobs => Self::Jobs,
            Topic::Scratch => Self::Scratch,
            Topic::Drills => Self::Drills,
            Topic::Schedules => Self::Schedules,
            Topic::Notify => Self::Notify,
            Topic::Audit => Self::Audit,
        }
    }
}
