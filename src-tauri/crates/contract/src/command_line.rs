//! The command line that says the same as a request: asked for by the window, which composes none itself.
//!
//! A secret is no part of it: a request that would hold one is asked about with an empty text in its place.

use base::command::{
    self, About, BackupRun, BackupSave, BundleExport, BundleImport, Command, DrillRun, Packing, Place,
    PlatformAt, ProjectSet, RestorePlan, RestoreTo, SaveForm, SshAt, TableChoice, TableWay,
};
use postgres::connection::Settings;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::{BackupRef, LevelView, StartBackup, VerifyBackup};
use crate::bundle::ImportFiles;
use crate::component::{AddComponent, PlanParts};
use crate::connection::ConnectionView;
use crate::coverage::ChooseParts;
use crate::diff::CompareBackups;
use crate::drill::{AddAssertion, AskDrill, SetGoal};
use crate::export::{ExportBackup, ExportTarget, PackingView, PartForm, SavePart};
use crate::noted::{NoteBackup, RecordDrills, TestNoted};
use crate::notify::{ChannelRef, SetChannel};
use crate::platform::{
    AddAccountProjects, CreateRemote, MakeRemoteProject, PlanRemoteImport, PlanRemoteRestore,
    PlatformActRequest, PlatformKindView, PlatformSettingsView, ReadLogs, RemoteRef, SetPlatformPassphrase,
    StartPull, UploadToPlatform,
};
use crate::portable::{DeletePortable, FetchPortable, SendPortable};
use crate::project::{AddProject, EditProject, LabelView, ProjectRef};
use crate::prune::PlanPrune;
use crate::replica::{AddReplica, CopyVault, DeclarePlace, ReplicaRef};
use crate::report::SaveReport;
use crate::restore::{PlanRestore, PlanUndo, RestoreRef, TableModeView, TargetRequest};
use crate::retention::{ExpireBackup, HoldBackup, SetComponentGoal, SetRetention};
use crate::rows::{BackupRows, FileRows, TableRange};
use crate::runbook::{FindClean, SaveRecoveryPlan};
use crate::schedule::{PauseAll, SetSchedule};
use crate::tables::{ChooseTables, TableChoiceView};
use crate::vault::{AddVaultKey, RevokeVaultKey};

mod around;
mod at_platform;
mod settings;

/// How much of the vault may be unused, where nobody says it.
const UNUSED_PERCENT: u8 = 5;

/// A request, whose command line is asked for.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "of", content = "request")]
pub enum AskCommand {
    /// Back a project up.
    BackupRun(StartBackup),
    /// Give parts of a project up, or want them again.
    ProjectCoverage(ChooseParts),
    /// Choose which rows backups take.
    ProjectTables(ChooseTables),
    /// Add a component beside a database.
    ComponentAdd(AddComponent),
    /// Plan to bring parts of a backup back.
    PartsPlan(PlanParts),
    /// Show a backup.
    BackupShow(BackupRef),
    /// Compare two.
    BackupDiff(CompareBackups),
    /// Rows of a backup.
    BackupRows(BackupRows),
    /// Save a part.
    BackupSave(SavePart),
    /// Hold one.
    BackupHold(HoldBackup),
    /// Keep one until a date.
    BackupExpire(ExpireBackup),
    /// Export one.
    BundleExport(ExportBackup),
    /// Keep files.
    BundleImport(ImportFiles),
    /// Rows of files.
    BundleRows(FileRows),
    /// Send a file into a chat.
    BundleSend(SendPortable),
    /// Fetch it back.
    BundleFetch(FetchPortable),
    /// Delete it there.
    BundleForget(DeletePortable),
    /// Prove one.
    Verify(VerifyBackup),
    /// Plan a restore.
    RestorePlan(PlanRestore),
    /// Plan its undo.
    RestoreUndo(PlanUndo),
    /// Plan to drop what it kept.
    RestoreDiscard(RestoreRef),
    /// Make a drill.
    DrillRun(AskDrill),
    /// Add an assertion.
    DrillAssertAdd(AddAssertion),
    /// Pull.
    Pull(StartPull),
    /// Show a platform.
    PlatformShow(ProjectRef),
    /// Start a backup there.
    PlatformCreate(CreateRemote),
    /// Make a new, empty project there.
    PlatformNewProject(MakeRemoteProject),
    /// Delete one there.
    PlatformDelete(RemoteRef),
    /// Restore there.
    PlatformRestore(PlanRemoteRestore),
    /// Ask for something that is done at once.
    PlatformAsk(PlatformActRequest),
    /// Store a passphrase, or forget it.
    PlatformPassphrase(SetPlatformPassphrase),
    /// Give a file back.
    PlatformUpload(UploadToPlatform),
    /// Make a new project there.
    PlatformImport(PlanRemoteImport),
    /// Read its logs.
    PlatformLogs(ReadLogs),
    /// Add a project.
    ProjectAdd(AddProject),
    /// Change one.
    ProjectEdit(EditProject),
    /// Add projects of an account.
    ProjectAddChosen(AddAccountProjects),
    /// What a project's database notes.
    NotedList(ProjectRef),
    /// Have it note a backup.
    NotedStart(NoteBackup),
    /// Have it test one.
    NotedTest(TestNoted),
    /// Write the results of drills there.
    NotedDrills(RecordDrills),
    /// Set a schedule.
    ScheduleSet(SetSchedule),
    /// Pause all schedules.
    SchedulePauseAll(PauseAll),
    /// Resume them.
    ScheduleResumeAll,
    /// Set a policy.
    RetentionSet(SetRetention),
    /// Set goals.
    GoalSet(SetGoal),
    /// Set the goal of a part.
    GoalComponentSet(SetComponentGoal),
    /// Add a channel, or change one.
    NotifySet(SetChannel),
    /// Remove one.
    NotifyRemove(ChannelRef),
    /// Add a replica.
    StoreAdd(AddReplica),
    /// Copy to replicas.
    StoreCopy(CopyVault),
    /// Remove one.
    StoreRemove(ReplicaRef),
    /// Say where the vault or a replica is.
    PlaceDeclare(DeclarePlace),
    /// Add a key.
    VaultKeyAdd(AddVaultKey),
    /// Revoke one.
    VaultKeyRevoke(RevokeVaultKey),
    /// Free space.
    VaultPrune(PlanPrune),
    /// Write the steps of a project, from a file.
    StepsSet(ProjectRef),
    /// The report of a period.
    Report(SaveReport),
    /// Save a recovery plan.
    RecoveryPlanShow(SaveRecoveryPlan),
    /// Find a clean backup.
    CleanBefore(FindClean),
}

/// A command line.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CommandLineView {
    /// As it is pasted.
    pub command: String,
}

impl From<TableChoiceView> for TableChoice {
    fn from(choice: TableChoiceView) -> Self {
        let TableChoiceView { only, without_rows } = choice;
        Self { only, without_rows }
    }
}

impl From<AskCommand> for Command {
    #[expect(clippy::too_many_lines, reason = "one arm for each request, and none is left out")]
    fn from(asked: AskCommand) -> Self {
        match asked {
            AskCommand::BackupRun(StartBackup { project, reason, only, tables }) => {
                let tables = tables.unwrap_or_default().into();
                Self::BackupRun(BackupRun { project, reason, only, tables })
            }
            AskCommand::ProjectCoverage(ChooseParts { project, without, with }) => {
                Self::ProjectCoverage { project, without, with }
            }
            AskCommand::ProjectTables(ChooseTables { project, choice }) => {
                Self::ProjectTables { project, choice: choice.into() }
            }
            AskCommand::ComponentAdd(component) => component.into(),
            AskCommand::PartsPlan(plan) => Self::PartsPlan((&plan).into()),
            AskCommand::BackupShow(BackupRef { backup }) => Self::About(About::BackupShow, backup),
            AskCommand::BackupDiff(CompareBackups { one, other }) => Self::BackupDiff { one, other },
            AskCommand::BackupRows(rows) => rows.into(),
            AskCommand::BackupSave(save) => save.into(),
            AskCommand::BackupHold(HoldBackup { backup, reason }) => Self::BackupHold { backup, reason },
            AskCommand::BackupExpire(ExpireBackup { backup, until_ms }) => {
                Self::BackupExpire { backup, until_ms: until_ms.map(|at| at.0) }
            }
            AskCommand::BundleExport(export) => export.into(),
            AskCommand::BundleImport(import) => import.into(),
            AskCommand::BundleRows(rows) => rows.into(),
            AskCommand::BundleSend(send) => Self::Portable(send.into()),
            AskCommand::BundleFetch(fetch) => Self::Portable(fetch.into()),
            AskCommand::BundleForget(forget) => Self::Portable(forget.into()),
            AskCommand::Verify(verify) => verify.into(),
            AskCommand::RestorePlan(plan) => plan.into(),
            AskCommand::RestoreUndo(PlanUndo { restore, no_safety_because }) => {
                Self::RestoreUndo { restore, no_safety_because }
            }
            AskCommand::RestoreDiscard(RestoreRef { restore }) => Self::About(About::RestoreDiscard, restore),
            AskCommand::DrillRun(drill) => drill.into(),
            AskCommand::DrillAssertAdd(AddAssertion { project, name, query }) => {
                Self::DrillAssertAdd { project, name, query }
            }
            AskCommand::Pull(pull) => pull.into(),
            AskCommand::PlatformShow(ProjectRef { project }) => Self::About(About::PlatformShow, project),
            AskCommand::PlatformCreate(create) => create.into(),
            AskCommand::PlatformNewProject(new) => new.into(),
            AskCommand::PlatformDelete(RemoteRef { project, id }) => Self::PlatformDelete { project, id },
            AskCommand::PlatformRestore(restore) => restore.into(),
            AskCommand::PlatformAsk(PlatformActRequest { project, act, name }) => {
                Self::PlatformAsk { project, act, name }
            }
            AskCommand::PlatformPassphrase(SetPlatformPassphrase { project, passphrase }) => {
                Self::PlatformPassphrase { project, forget: passphrase.is_none() }
            }
            AskCommand::PlatformUpload(UploadToPlatform { project, backup }) => {
                Self::PlatformUpload { project, backup }
            }
            AskCommand::PlatformImport(PlanRemoteImport { project, backup, new_name }) => {
                Self::PlatformImport { project, backup, new_name }
            }
            AskCommand::PlatformLogs(logs) => logs.into(),
            AskCommand::ProjectAdd(project) => project.into(),
            AskCommand::ProjectEdit(project) => project.into(),
            AskCommand::ProjectAddChosen(projects) => projects.into(),
            AskCommand::NotedList(ProjectRef { project }) => Self::About(About::NotedList, project),
            AskCommand::NotedStart(start) => Self::Noted(start.into()),
            AskCommand::NotedTest(test) => Self::Noted(test.into()),
            AskCommand::NotedDrills(drills) => Self::Noted(drills.into()),
            AskCommand::ScheduleSet(schedule) => schedule.into(),
            AskCommand::SchedulePauseAll(PauseAll { until_ms }) => {
                Self::SchedulePauseAll { until_ms: until_ms.map(|at| at.0) }
            }
            AskCommand::ScheduleResumeAll => Self::ScheduleResumeAll,
            AskCommand::RetentionSet(retention) => retention.into(),
            AskCommand::GoalSet(goal) => goal.into(),
            AskCommand::GoalComponentSet(SetComponentGoal { project, component, rpo_ms }) => {
                Self::GoalComponentSet { project, component, rpo_ms: rpo_ms.map(|rpo| rpo.0) }
            }
            AskCommand::NotifySet(channel) => channel.into(),
            AskCommand::NotifyRemove(ChannelRef { channel }) => Self::About(About::NotifyRemove, channel),
            AskCommand::StoreAdd(AddReplica { path, name, is_elsewhere }) => {
                Self::StoreAdd { path, name, is_elsewhere: is_elsewhere == Some(true) }
            }
            AskCommand::StoreCopy(CopyVault { replica, let_go }) => Self::StoreCopy { replica, let_go },
            AskCommand::StoreRemove(ReplicaRef { replica }) => Self::About(About::StoreRemove, replica),
            AskCommand::PlaceDeclare(DeclarePlace { replica, is_elsewhere }) => {
                Self::Place(Place { replica, is_elsewhere })
            }
            AskCommand::VaultKeyAdd(add) => Self::VaultKey(add.into()),
            AskCommand::VaultKeyRevoke(revoke) => Self::VaultKey(revoke.into()),
            AskCommand::VaultPrune(PlanPrune { unused_percent_max }) => {
                Self::VaultPrune { max_unused: unused_percent_max.unwrap_or(UNUSED_PERCENT) }
            }
            // The document is a file that a person makes with `steps list --json`.
            AskCommand::StepsSet(ProjectRef { project }) => {
                Self::StepsSet { project, file: "steps.json".to_owned() }
            }
            AskCommand::Report(report) => report.into(),
            AskCommand::RecoveryPlanShow(SaveRecoveryPlan { project, path }) => {
                Self::RecoveryPlanShow { project, html: Some(path) }
            }
            AskCommand::CleanBefore(FindClean { project, before_ms }) => {
                Self::CleanBefore { project, before_ms: before_ms.0 }
            }
        }
    }
}

impl From<BackupRows> for Command {
    fn from(BackupRows { backup, table }: BackupRows) -> Self {
        let TableRange { schema, name, first, count } = table;
        Self::BackupRows(command::BackupRows { backup, schema, name, first: first.0, count })
    }
}

impl From<FileRows> for Command {
    fn from(FileRows { paths: files, passphrase, table }: FileRows) -> Self {
        let TableRange { schema, name, first, count } = table;
        let (is_encrypted, first) = (passphrase.is_some(), first.0);
        Self::BundleRows(command::BundleRows { files, is_encrypted, schema, name, first, count })
    }
}

impl From<PackingView> for Packing {
    fn from(packing: PackingView) -> Self {
        match packing {
            PackingView::None => Self::None,
            PackingView::Gzip => Self::Gzip,
            PackingView::Zstd => Self::Zstd,
        }
    }
}

impl From<SavePart> for Command {
    fn from(SavePart { backup, part, tables, form, clean, no_owner, to }: SavePart) -> Self {
        let ExportTarget { path: file, packing, passphrase, replace } = to;
        let form = form.map(|form| match form {
            PartForm::AsItIs => SaveForm::Dump,
            PartForm::Sql => SaveForm::Sql,
            PartForm::Tar => SaveForm::Tar,
            PartForm::Json => SaveForm::Json,
        });
        let (packing, is_encrypted) = (packing.into(), passphrase.is_some());
        Self::BackupSave(BackupSave {
            backup,
            part,
            tables,
            form,
            clean,
            no_owner,
            file,
            packing,
            is_encrypted,
            replace,
        })
    }
}

impl From<ExportBackup> for Command {
    fn from(ExportBackup { backup, to }: ExportBackup) -> Self {
        let ExportTarget { path: file, packing, passphrase, replace } = to;
        let (packing, is_encrypted) = (packing.into(), passphrase.is_some());
        Self::BundleExport(BundleExport { backup, file, packing, is_encrypted, replace })
    }
}

impl From<ImportFiles> for Command {
    fn from(request: ImportFiles) -> Self {
        let ImportFiles { paths: files, passphrase, into, as_project, reason, is_trusted } = request;
        let is_encrypted = passphrase.is_some();
        Self::BundleImport(BundleImport { files, is_encrypted, into, as_project, reason, is_trusted })
    }
}

impl From<VerifyBackup> for Command {
    fn from(VerifyBackup { backup, level }: VerifyBackup) -> Self {
        let level = match level {
            LevelView::Bytes => "bytes",
            LevelView::Readable => "readable",
            LevelView::Restored => "restored",
        };
        Self::Verify { backup, level }
    }
}

fn way_of(mode: TableModeView) -> TableWay {
    match mode {
        TableModeView::Beside => TableWay::Beside,
        TableModeView::Replace => TableWay::Replace,
        TableModeView::MissingRows => TableWay::MissingRows,
        TableModeView::Merge => TableWay::Merge,
    }
}

fn url_of(connection: ConnectionView) -> String {
    Settings::from(connection).redacted_url()
}

impl From<PlanRestore> for Command {
    fn from(
        PlanRestore { backup, target, no_safety_because, let_writers_write, after }: PlanRestore,
    ) -> Self {
        let to = match target {
            TargetRequest::Scratch => RestoreTo::Scratch,
            TargetRequest::NewDatabase { name, project: on } => RestoreTo::NewDatabase { name, on },
            TargetRequest::OtherServer { name, connection, password } => {
                RestoreTo::OtherServer { name, url: url_of(*connection), has_password: password.is_some() }
            }
            TargetRequest::Swap { project: on, keep_days } => RestoreTo::Swap { on, keep_days },
            TargetRequest::InPlace { project: on } => RestoreTo::InPlace { on },
            TargetRequest::Tables { project: on, tables, mode } => {
                RestoreTo::Tables { on, tables, way: way_of(mode) }
            }
            TargetRequest::AllRows { project: on, mode, makes } => {
                RestoreTo::AllRows { on, way: way_of(mode), makes }
            }
        };
        Self::RestorePlan(RestorePlan {
            backup,
            to,
            no_safety_because,
            lets_writers_write: let_writers_write,
            after,
            out: "plan.json".to_owned(),
        })
    }
}

impl From<AskDrill> for Command {
    fn from(AskDrill { reference, data_only, tables, on, image, program }: AskDrill) -> Self {
        let pull = image.as_ref().is_some_and(|image| image.pull);
        let image = image.map(|image| image.name);
        Self::DrillRun(DrillRun { reference, data_only, tables, on, image, pull, program })
    }
}

fn label_word(label: LabelView) -> String {
    let word = match label {
        LabelView::Production => "production",
        LabelView::Staging => "staging",
        LabelView::Development => "development",
    };
    word.to_owned()
}

impl From<PlatformSettingsView> for PlatformAt {
    fn from(view: PlatformSettingsView) -> Self {
        let PlatformSettingsView { kind, address, reference, account, more } = view;
        let kind = match kind {
            PlatformKindView::Supamanager => "supamanager",
            PlatformKindView::Supabase => "supabase",
            PlatformKindView::Opttius => "opttius",
            PlatformKindView::TelegramPlatform => "telegram-platform",
        };
        Self { kind, address, reference, account, more }
    }
}

/// The way by SSH, as it is typed.
fn ssh_of(connection: &ConnectionView) -> Option<SshAt> {
    let ssh::Address { host, port, user, key, host_key } = connection.ssh.clone()?.into();
    let account = ssh::Address { host, port, user, key: None, host_key: None }.to_string();
    Some(SshAt { account, key: key.map(Into::into), host_key })
}

impl From<AddProject> for Command {
    fn from(request: AddProject) -> Self {
        let AddProject { name, label, connection, password, ssh_secret, platform, credentials } = request;
        Self::ProjectSet(ProjectSet {
            project: None,
            name: Some(name),
            label: Some(label_word(label)),
            ssh: connection.as_ref().and_then(ssh_of),
            has_ssh_secret: ssh_secret.is_some(),
            container: connection.as_ref().and_then(|connection| connection.container.clone()),
            postgres: connection.map(url_of),
            has_password: password.is_some(),
            platform: platform.map(Into::into),
            credentials: credentials.into_keys().collect(),
        })
    }
}

impl From<EditProject> for Command {
    fn from(request: EditProject) -> Self {
        let EditProject { project, name, label, connection, password, ssh_secret, platform, credentials } =
            request;
        Self::ProjectSet(ProjectSet {
            project: Some(project),
            name,
            label: label.map(label_word),
            ssh: connection.as_ref().and_then(ssh_of),
            has_ssh_secret: ssh_secret.is_some(),
            container: connection.as_ref().and_then(|connection| connection.container.clone()),
            postgres: connection.map(url_of),
            has_password: password.is_some(),
            platform: platform.map(Into::into),
            credentials: credentials.into_keys().collect(),
        })
    }
}
