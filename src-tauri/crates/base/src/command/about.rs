//! Verbs with exactly one subject.

use super::line::Line;

/// Verbs that are about one thing, and take no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Backups of a project.
    BackupList,
    /// A backup.
    BackupShow,
    /// Drills of a project.
    DrillList,
    /// A drill.
    DrillShow,
    /// Goals of a project.
    GoalShow,
    /// A run.
    JobShow,
    /// End a run.
    JobCancel,
    /// Try a channel.
    NotifyTest,
    /// Remove a channel.
    NotifyRemove,
    /// What a project's database notes.
    NotedList,
    /// A platform.
    PlatformShow,
    /// Test a project's connection.
    ProjectTest,
    /// What backups take of a project.
    ProjectCoverage,
    /// Contacts of a project.
    ContactsList,
    /// A restore.
    RestoreShow,
    /// Plan to drop what a restore kept.
    RestoreDiscard,
    /// What a policy keeps.
    RetentionPreview,
    /// Schedules of a project.
    ScheduleShow,
    /// Remove a replica.
    StoreRemove,
    /// Save the recovery kit.
    VaultKit,
}

impl About {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::BackupList,
        Self::BackupShow,
        Self::DrillList,
        Self::DrillShow,
        Self::GoalShow,
        Self::JobShow,
        Self::JobCancel,
        Self::NotifyTest,
        Self::NotifyRemove,
        Self::NotedList,
        Self::PlatformShow,
        Self::ProjectTest,
        Self::ProjectCoverage,
        Self::ContactsList,
        Self::RestoreShow,
        Self::RestoreDiscard,
        Self::RetentionPreview,
        Self::ScheduleShow,
        Self::StoreRemove,
        Self::VaultKit,
    ];

    pub(super) fn line(self, of: &str) -> Line {
        let verb = match self {
            Self::BackupList => "backup list",
            Self::BackupShow => "backup show",
            Self::DrillList => "drill list",
            Self::DrillShow => "drill show",
            Self::GoalShow => "goal show",
            Self::JobShow => "job show",
            Self::JobCancel => "job cancel",
            Self::NotifyTest => "notify test",
            Self::NotifyRemove => "notify remove",
            Self::NotedList => "noted list",
            Self::PlatformShow => "platform show",
            Self::ProjectTest => "project test",
            Self::ProjectCoverage => "project coverage",
            Self::ContactsList => "recovery-plan contacts list",
            Self::RestoreShow => "restore show",
            Self::RestoreDiscard => "restore discard",
            Self::RetentionPreview => "retention preview",
            Self::ScheduleShow => "schedule show",
            Self::StoreRemove => "store remove",
            Self::VaultKit => return Line::of("vault kit").option("to", of),
        };
        let line = Line::of(verb).argument(of);
        if self == Self::RestoreDiscard { line.option("out", super::restore::PLAN) } else { line }
    }
}
