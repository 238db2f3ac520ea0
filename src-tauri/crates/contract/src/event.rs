//! Events: small messages that tell the window what to ask for again.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What a cached answer depends on; events and commands name the tags that they invalidate.
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
}

/// The name under which events reach the page.
pub const EVENT_NAME: &str = "holdfast";

/// An event.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Event {
    /// Answers with these tags are out of date.
    Changed {
        /// The tags.
        tags: Vec<Tag>,
    },
    /// Progress of a job moved; at most ten times a second.
    Progress {
        /// The job.
        job: Box<crate::job::JobView>,
    },
    /// A person clicked a notification: the page of that run is to be shown.
    #[serde(rename_all = "camelCase")]
    OpenRun {
        /// The run.
        job_id: String,
    },
}

impl From<engine::event::Topic> for Tag {
    fn from(topic: engine::event::Topic) -> Self {
        use engine::event::Topic;
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
        }
    }
}

impl Event {
    /// Encodes an event of the engine; progress is completed with what the job's row says.
    ///
    /// # Errors
    /// When the job is not in the catalogue (any more).
    pub async fn encode(
        engine: &engine::Engine,
        event: engine::event::Event,
    ) -> Result<Self, crate::error::UserError> {
        match event {
            engine::event::Event::Changed(topics) => {
                Ok(Self::Changed { tags: topics.into_iter().map(Tag::from).collect() })
            }
            engine::event::Event::Progress { job_id, progress } => {
                let mut job = engine.job(&job_id).await?;
                job.progress = *progress;
                Ok(Self::Progress { job: Box::new(job.into()) })
            }
        }
    }
}
