//! What can be done: one stable code each. A code is never changed and never used for something else.

use crate::job::JobKind;

macro_rules! acts {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        /// Something that a person or a schedule did.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Act {
            $(#[doc = $title] $name,)*
        }

        impl Act {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code, as it is stored and filtered by.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// For people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

acts! {
    ChainStarted = "chain.started", "Log begun";
    ChainBroken = "chain.broken", "Break in the log found";
    AuditExported = "audit.exported", "Log exported";
    VaultCreated = "vault.created", "Vault created";
    VaultOpened = "vault.opened", "Vault opened with its key";
    VaultKeyUsed = "vault.key_used", "Key of the vault used";
    VaultKitSaved = "vault.kit_saved", "Recovery kit saved";
    VaultKitConfirmed = "vault.kit_confirmed", "Recovery kit confirmed";
    VaultKeyAdded = "vault.key_added", "Key of the vault added";
    VaultKeyRevoked = "vault.key_revoked", "Key of the vault revoked";
    VaultCatalogRebuilt = "vault.catalog_rebuilt", "Catalogue rebuilt from the vault";
    ProjectAdded = "project.added", "Project added";
    ProjectEdited = "project.edited", "Project changed";
    ProjectAcknowledged = "project.acknowledged", "Failure acknowledged";
    FiguresAccepted = "project.figures_accepted", "Sizes and rows accepted";
    ProjectRemovalPlanned = "project.removal_planned", "Removal of a project planned";
    ProjectRemovalRefused = "project.removal_refused", "Removal of a project refused";
    ProjectRemovalConfirmed = "project.removal_confirmed", "Removal of a project confirmed";
    ProjectRemovalFailed = "project.removal_failed", "Removal of a project failed";
    ProjectRemoved = "project.removed", "Project removed";
    BackupStarted = "backup.started", "Backup started";
    BackupFinished = "backup.finished", "Backup made";
    BackupFailed = "backup.failed", "Backup failed";
    BackupCancelled = "backup.cancelled", "Backup cancelled";
    BackupInterrupted = "backup.interrupted", "Backup interrupted";
    BackupDeletionPlanned = "backup.deletion_planned", "Deletion of a backup planned";
    BackupDeletionRefused = "backup.deletion_refused", "Deletion of a backup refused";
    BackupDeletionConfirmed = "backup.deletion_confirmed", "Deletion of a backup confirmed";
    BackupDeletionFailed = "backup.deletion_failed", "Deletion of a backup failed";
    BackupDeleted = "backup.deleted", "Backup deleted";
    BackupHeld = "backup.held", "Backup held";
    BackupReleased = "backup.released", "Backup released";
    BackupExpirySet = "backup.expiry_set", "Date of a backup set";
    ReceiptRemoved = "receipt.removed", "Receipt of a deleted file removed from the vault";
    BackupExported = "backup.exported", "Backup taken out of the vault";
    VerifyStarted = "verify.started", "Verification started";
    VerifyFinished = "verify.finished", "Verification finished";
    VerifyFailed = "verify.failed", "Verification failed";
    VerifyCancelled = "verify.cancelled", "Verification cancelled";
    VerifyInterrupted = "verify.interrupted", "Verification interrupted";
    CheckStarted = "check.started", "Check of the vault started";
    CheckFinished = "check.finished", "Check of the vault finished";
    CheckFailed = "check.failed", "Check of the vault failed";
    CheckCancelled = "check.cancelled", "Check of the vault cancelled";
    CheckInterrupted = "check.interrupted", "Check of the vault interrupted";
    RepairStarted = "repair.started", "Repair of the vault started";
    RepairFinished = "repair.finished", "Vault repaired";
    RepairFailed = "repair.failed", "Repair of the vault failed";
    RepairCancelled = "repair.cancelled", "Repair of the vault cancelled";
    RepairInterrupted = "repair.interrupted", "Repair of the vault interrupted";
    PruneStarted = "prune.started", "Prune of the vault started";
    PruneFinished = "prune.finished", "Vault pruned";
    PruneFailed = "prune.failed", "Prune of the vault failed";
    PruneCancelled = "prune.cancelled", "Prune of the vault cancelled";
    PruneInterrupted = "prune.interrupted", "Prune of the vault interrupted";
    ExportStarted = "export.started", "Export started";
    ExportFinished = "export.finished", "Export finished";
    ExportFailed = "export.failed", "Export failed";
    ExportCancelled = "export.cancelled", "Export cancelled";
    ExportInterrupted = "export.interrupted", "Export interrupted";
    RestorePlanned = "restore.planned", "Restore planned";
    RestoreRefused = "restore.refused", "Restore refused";
    RestoreConfirmed = "restore.confirmed", "Restore confirmed";
    RestoreStarted = "restore.started", "Restore started";
    RestoreApplied = "restore.applied", "Restore applied";
    RestoreFailed = "restore.failed", "Restore failed";
    RestoreCancelled = "restore.cancelled", "Restore cancelled";
    RestoreInterrupted = "restore.interrupted", "Restore interrupted";
    DrillStarted = "drill.started", "Drill started";
    DrillFinished = "drill.finished", "Drill finished";
    DrillFailed = "drill.failed", "Drill failed";
    DrillCancelled = "drill.cancelled", "Drill cancelled";
    DrillInterrupted = "drill.interrupted", "Drill interrupted";
    ComponentAdded = "component.added", "Component added";
    ComponentChanged = "component.changed", "Component changed";
    ComponentRemoved = "component.removed", "Component removed";
    AssertionAdded = "assertion.added", "Assertion added";
    AssertionRemoved = "assertion.removed", "Assertion removed";
    TablesChosen = "project.tables", "Tables chosen";
    CoverageChosen = "project.coverage", "Parts chosen";
    GoalSet = "goal.set", "Goal set";
    ScheduleSet = "schedule.set", "Schedule set";
    SchedulePaused = "schedule.paused", "Schedule paused";
    ScheduleResumed = "schedule.resumed", "Schedule resumed";
    ScheduleRemoved = "schedule.removed", "Schedule removed";
    RetentionSet = "retention.set", "Retention set";
    RetentionPlanned = "retention.planned", "Removal of old backups planned";
    RetentionRefused = "retention.refused", "Removal of old backups refused";
    RetentionConfirmed = "retention.confirmed", "Removal of old backups confirmed";
    RetentionApplied = "retention.applied", "Old backups removed";
    RetentionStopped = "retention.stopped", "Removal of old backups stopped";
    RetentionInterrupted = "retention.interrupted", "Removal of old backups interrupted";
    RetentionStarted = "retention.started", "Run that removes old backups started";
    RetentionFinished = "retention.finished", "Run that removes old backups finished";
    RetentionFailed = "retention.failed", "Run that removes old backups failed";
    RetentionCancelled = "retention.cancelled", "Run that removes old backups cancelled";
    RetentionRunInterrupted = "retention.run_interrupted", "Run that removes old backups interrupted";
    ChannelAdded = "channel.added", "Notification channel added";
    ChannelEdited = "channel.edited", "Notification channel changed";
    ChannelRemoved = "channel.removed", "Notification channel removed";
    ChannelTested = "channel.tested", "Notification channel tested";
    ReplicaAdded = "replica.added", "Replica added";
    PlaceDeclared = "place.declared", "Place declared";
    ReplicaRemoved = "replica.removed", "Replica removed";
    ReplicaLetGo = "replica.let_go", "Replica told to let go of what only it has";
    CopyStarted = "copy.started", "Copy to replicas started";
    CopyFinished = "copy.finished", "Copy to replicas made";
    CopyFailed = "copy.failed", "Copy to replicas failed";
    CopyCancelled = "copy.cancelled", "Copy to replicas cancelled";
    CopyInterrupted = "copy.interrupted", "Copy to replicas interrupted";
    ContactsSet = "contacts.set", "Contacts changed";
    KitPlaceSet = "vault.kit_place_set", "Place of the recovery kit noted";
    RecoveryPlanFolderSet = "recovery_plan.folder_set", "Folder of the recovery plans set";
    RecoveryPlanSaved = "recovery_plan.saved", "Recovery plan saved";
    ReportSaved = "report.saved", "Report saved";
    RecoveryStepsSet = "recovery_steps.set", "Recovery steps changed";
    RunContinued = "run.continued", "Waiting run continued";
    RunStopped = "run.stopped", "Waiting run stopped";
    SampleStarted = "sample.started", "Making of the sample started";
    SampleFinished = "sample.finished", "Sample made";
    SampleFailed = "sample.failed", "Making of the sample failed";
    SampleCancelled = "sample.cancelled", "Making of the sample cancelled";
    SampleInterrupted = "sample.interrupted", "Making of the sample interrupted";
    PullStarted = "pull.started", "Pull started";
    PullFinished = "pull.finished", "Pull finished";
    PullFailed = "pull.failed", "Pull failed";
    PullCancelled = "pull.cancelled", "Pull cancelled";
    PullInterrupted = "pull.interrupted", "Pull interrupted";
    ImportStarted = "import.started", "Import started";
    ImportFinished = "import.finished", "Import finished";
    ImportFailed = "import.failed", "Import failed";
    ImportCancelled = "import.cancelled", "Import cancelled";
    ImportInterrupted = "import.interrupted", "Import interrupted";
    PlatformStarted = "platform.started", "Act on a platform started";
    PlatformFinished = "platform.finished", "Act on a platform finished";
    PlatformFailed = "platform.failed", "Act on a platform failed";
    PlatformCancelled = "platform.cancelled", "Act on a platform cancelled";
    PlatformInterrupted = "platform.interrupted", "Act on a platform interrupted";
    PlatformDeleted = "platform.deleted", "Backup deleted on a platform";
    PlatformActed = "platform.acted", "Asked of a platform";
    PlatformPassphraseStored = "platform.passphrase_stored", "Passphrase of a platform stored";
    PlatformPassphraseForgotten = "platform.passphrase_forgotten", "Passphrase of a platform forgotten";
    PlatformPlanned = "platform.planned", "Act on a platform planned";
    PlatformConfirmed = "platform.confirmed", "Act on a platform confirmed";
    ScratchRemovalConfirmed = "scratch.removal_confirmed", "Removal of a scratch database confirmed";
    ScratchRemovalFailed = "scratch.removal_failed", "Removal of a scratch database failed";
    ScratchRemoved = "scratch.removed", "Scratch database removed";
    RunCancelAsked = "run.cancel_asked", "End of a run asked for";
    SettingsChanged = "settings.changed", "Settings changed";
    SecretsPlaceChanged = "secrets.place_changed", "Place of the secrets changed";
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It was asked for.
    Started,
    /// It ended well.
    Finished,
    /// It did not work.
    Failed,
    /// Somebody ended it.
    Cancelled,
    /// Its process died.
    Interrupted,
}

impl Act {
    /// The act with this code; nothing for codes of a newer version, or of nobody.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.code() == code)
    }

    /// The act of a run. A check of the vault that writes is its repair.
    pub fn of_run(kind: JobKind, writes_vault: bool, stage: Stage) -> Self {
        let kind = match kind {
            // A check that writes is a repair: earlier versions stored it so.
            JobKind::Check if writes_vault => JobKind::Repair,
            kind => kind,
        };
        let [started, finished, failed, cancelled, interrupted] = Self::of_kind(kind);
        match stage {
            Stage::Started => started,
            Stage::Finished => finished,
            Stage::Failed => failed,
            Stage::Cancelled => cancelled,
            Stage::Interrupted => interrupted,
        }
    }

    /// The acts of each kind of run: started, finished, failed, cancelled, interrupted.
    #[expect(clippy::too_many_lines, reason = "a table, read as one")]
    fn of_kind(kind: JobKind) -> [Self; 5] {
        match kind {
            JobKind::Check => [
                Self::CheckStarted,
                Self::CheckFinished,
                Self::CheckFailed,
                Self::CheckCancelled,
                Self::CheckInterrupted,
            ],
            JobKind::Retention => [
                Self::RetentionStarted,
                Self::RetentionFinished,
                Self::RetentionFailed,
                Self::RetentionCancelled,
                Self::RetentionRunInterrupted,
            ],
            JobKind::Backup => [
                Self::BackupStarted,
                Self::BackupFinished,
                Self::BackupFailed,
                Self::BackupCancelled,
                Self::BackupInterrupted,
            ],
            JobKind::Restore => [
                Self::RestoreStarted,
                Self::RestoreApplied,
                Self::RestoreFailed,
                Self::RestoreCancelled,
                Self::RestoreInterrupted,
            ],
            JobKind::Verify => [
                Self::VerifyStarted,
                Self::VerifyFinished,
                Self::VerifyFailed,
                Self::VerifyCancelled,
                Self::VerifyInterrupted,
            ],
            JobKind::Sample => [
                Self::SampleStarted,
                Self::SampleFinished,
                Self::SampleFailed,
                Self::SampleCancelled,
                Self::SampleInterrupted,
            ],
            JobKind::Pull => [
                Self::PullStarted,
                Self::PullFinished,
                Self::PullFailed,
                Self::PullCancelled,
                Self::PullInterrupted,
            ],
            JobKind::Import => [
                Self::ImportStarted,
                Self::ImportFinished,
                Self::ImportFailed,
                Self::ImportCancelled,
                Self::ImportInterrupted,
            ],
            JobKind::Export => [
                Self::ExportStarted,
                Self::ExportFinished,
                Self::ExportFailed,
                Self::ExportCancelled,
                Self::ExportInterrupted,
            ],
            JobKind::Platform => [
                Self::PlatformStarted,
                Self::PlatformFinished,
                Self::PlatformFailed,
                Self::PlatformCancelled,
                Self::PlatformInterrupted,
            ],
            JobKind::Repair => [
                Self::RepairStarted,
                Self::RepairFinished,
                Self::RepairFailed,
                Self::RepairCancelled,
                Self::RepairInterrupted,
            ],
            JobKind::Prune => [
                Self::PruneStarted,
                Self::PruneFinished,
                Self::PruneFailed,
                Self::PruneCancelled,
                Self::PruneInterrupted,
            ],
            JobKind::Copy => [
                Self::CopyStarted,
                Self::CopyFinished,
                Self::CopyFailed,
                Self::CopyCancelled,
                Self::CopyInterrupted,
            ],
            JobKind::Drill => [
                Self::DrillStarted,
                Self::DrillFinished,
                Self::DrillFailed,
                Self::DrillCancelled,
                Self::DrillInterrupted,
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_act_has_a_code_and_a_title_of_its_own() {
        let codes: HashSet<_> = Act::ALL.iter().map(|act| act.code()).collect();
        let titles: HashSet<_> = Act::ALL.iter().map(|act| act.title()).collect();
        assert_eq!((codes.len(), titles.len()), (Act::ALL.len(), Act::ALL.len()));
        for act in Act::ALL {
            assert_eq!(Act::from_code(act.code()), Some(*act));
            let (noun, verb) = act.code().split_once('.').unwrap();
            assert!(
                [noun, verb].iter().all(|part| part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
            );
        }
    }

    #[test]
    fn every_kind_of_run_begins_and_ends_in_the_chain_under_its_own_noun() {
        for kind in JobKind::ALL {
            let writes = kind == JobKind::Repair;
            let noun = kind.as_str();
            for stage in
                [Stage::Started, Stage::Finished, Stage::Failed, Stage::Cancelled, Stage::Interrupted]
            {
                let code = Act::of_run(kind, writes, stage).code();
                assert!(code.starts_with(&format!("{noun}.")), "{kind:?} {stage:?}: {code}");
            }
        }
    }
}
