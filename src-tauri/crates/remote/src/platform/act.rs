//! What can be asked of a platform, and whether it can do it: known before somebody asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What can be asked of a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// List its backups.
    List,
    /// Start one.
    Create,
    /// Say how far it is.
    Watch,
    /// Give its bytes.
    Download,
    /// Delete one.
    Delete,
    /// Restore one over the project there.
    Restore,
    /// Say its schedule.
    ReadSchedule,
    /// Change it.
    WriteSchedule,
    /// Export the project as one file.
    Export,
    /// Make a new project of such a file.
    Import,
    /// Run its scheduled backups now.
    TriggerCron,
    /// Count what it has.
    Statistics,
    /// Name a moment, and go back to it.
    RestorePoints,
    /// Go back to any second.
    PointInTime,
    /// Pause the project.
    Pause,
    /// Resume it.
    Resume,
    /// Export its logs.
    ExportLogs,
    /// Give its logs at once.
    ReadLogs,
    /// Try a failed job again.
    Retry,
    /// Take a backup file back.
    Upload,
    /// Give the configuration.
    ReadConfiguration,
    /// Lend a role that may read the database.
    LendRole,
    /// Make a new, empty project.
    NewProject,
}

impl Act {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 23] = [
        Self::List,
        Self::Create,
        Self::Watch,
        Self::Download,
        Self::Delete,
        Self::Restore,
        Self::ReadSchedule,
        Self::WriteSchedule,
        Self::Export,
        Self::Import,
        Self::TriggerCron,
        Self::Statistics,
        Self::RestorePoints,
        Self::PointInTime,
        Self::Pause,
        Self::Resume,
        Self::ExportLogs,
        Self::ReadLogs,
        Self::Retry,
        Self::Upload,
        Self::ReadConfiguration,
        Self::LendRole,
        Self::NewProject,
    ];

    /// As in "cannot …".
    pub fn words(self) -> &'static str {
        match self {
            Self::List => "list backups",
            Self::Create => "start a backup",
            Self::Watch => "say how far a backup is",
            Self::Download => "give a backup's bytes",
            Self::Delete => "delete a backup",
            Self::Restore => "restore a backup",
            Self::ReadSchedule => "say its schedule",
            Self::WriteSchedule => "change its schedule",
            Self::Export => "export the project",
            Self::Import => "import a project",
            Self::TriggerCron => "run its scheduled backups now",
            Self::Statistics => "count its backups",
            Self::RestorePoints => "keep restore points",
            Self::PointInTime => "go back to any second",
            Self::Pause => "pause the project",
            Self::Resume => "resume the project",
            Self::ExportLogs => "export logs",
            Self::ReadLogs => "give its logs at once",
            Self::Retry => "try a job again",
            Self::Upload => "take a backup file back",
            Self::ReadConfiguration => "give its configuration",
            Self::LendRole => "lend a role that reads the database",
            Self::NewProject => "make a new project",
        }
    }
}

/// Whether something can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Ability {
    /// It can.
    Yes,
    /// It cannot, and why, as a sentence without its full stop.
    No {
        /// Why not.
        reason: String,
    },
}

impl Ability {
    /// No, because of this.
    pub fn no(reason: impl Into<String>) -> Self {
        Self::No { reason: reason.into() }
    }

    /// Whether it can.
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes)
    }
}

/// What a platform can do for the account that is signed in. What is not named cannot be done.
pub type Abilities = BTreeMap<Act, Ability>;
