//! Command lines to paste: the window, plans, findings, papers and hints all print commands built here from a
//! typed request. The command line's parser must yield the same request (`cli/src/round_trip.rs`), so that no
//! option is lost.
//!
//! Callers translate their request into these types.

use std::fmt;

mod about;
mod backup;
mod component;
mod line;
mod noted;
mod platform;
mod portable;
mod project;
mod restore;
mod settings;
mod tables;
mod vault;

pub use about::About;
pub use backup::{
    BackupRows, BackupRun, BackupSave, BundleExport, BundleImport, BundleReceipt, BundleRows, DrillRun,
    Packing, Report, SaveForm,
};
pub use component::{ComponentAdd, ComponentAt, PartTo, PartsPlan};
pub use line::{is_meant, joined_names, split_names, split_table, table_word};
pub use noted::Noted;
pub use platform::{LogFile, PlatformCreate, PlatformLogs, PlatformNewProject, PlatformRestore, Pull};
pub use portable::Portable;
pub use project::{PlatformAt, ProjectSet, ProjectsAdd, SshAt};
pub use restore::{RestorePlan, RestoreTo, TableWay};
pub use settings::{
    BATTERY_PERCENT_MIN, ChannelSet, ChannelTo, ChannelWhat, GoalSet, Policy, RetentionSet, ScheduleCreates,
    ScheduleSet, ScheduleWhen,
};
pub use tables::TableChoice;
pub use vault::{Place, VaultKey};

use line::Line;

/// Stands for a file that a person names.
const FILE: &str = "FILE";

/// A command, and everything that is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A verb, and the one thing that it is about.
    About(About, String),
    /// Back a project up.
    BackupRun(BackupRun),
    /// Give parts of a project up, or want them again.
    ProjectCoverage {
        /// Id or name of the project.
        project: String,
        /// Parts that are not wanted.
        without: Vec<String>,
        /// Parts that are wanted again.
        with: Vec<String>,
    },
    /// Choose which rows the backups of a project take.
    ProjectTables {
        /// Id or name of the project.
        project: String,
        /// What is chosen; nothing means all rows.
        choice: TableChoice,
    },
    /// Add a component beside a database.
    ComponentAdd(ComponentAdd),
    /// Plan to bring parts of a backup back.
    PartsPlan(PartsPlan),
    /// Compare two backups.
    BackupDiff {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// Rows of a table of a backup.
    BackupRows(BackupRows),
    /// Save a part of a backup.
    BackupSave(BackupSave),
    /// Hold a backup.
    BackupHold {
        /// Which.
        backup: String,
        /// Why.
        reason: String,
    },
    /// Keep a backup until a moment.
    BackupExpire {
        /// Which.
        backup: String,
        /// Until when; absent takes the date away.
        until_ms: Option<i64>,
    },
    /// Delete a backup.
    BackupDelete {
        /// Which.
        backup: String,
        /// What is typed.
        confirm: Option<String>,
    },
    /// Write a whole backup into a file.
    BundleExport(BundleExport),
    /// Keep files.
    BundleImport(BundleImport),
    /// Rows of a table of files.
    BundleRows(BundleRows),
    /// Write the receipt of a file that was sent.
    BundleReceipt(BundleReceipt),
    /// Send a file into a chat, fetch it back, delete it there.
    Portable(Portable),
    /// Prove a backup.
    Verify {
        /// Which.
        backup: String,
        /// `bytes`, `readable`, `restored`.
        level: &'static str,
    },
    /// Plan a restore.
    RestorePlan(RestorePlan),
    /// Apply a plan.
    RestoreApply {
        /// The plan's file.
        plan: String,
        /// What is typed.
        confirm: String,
        /// Consent to end sessions of others.
        end_connections: bool,
    },
    /// Plan the undo of a restore.
    RestoreUndo {
        /// Which.
        restore: String,
        /// Why no safety backup is made.
        no_safety_because: Option<String>,
    },
    /// Make a drill.
    DrillRun(DrillRun),
    /// Add an assertion.
    DrillAssertAdd {
        /// Id or name of the project.
        project: String,
        /// What it says.
        name: String,
        /// The query.
        query: String,
    },
    /// Pull what a platform backed up.
    Pull(Pull),
    /// Start a backup at a platform.
    PlatformCreate(PlatformCreate),
    /// Make a new, empty project there.
    PlatformNewProject(PlatformNewProject),
    /// Delete a backup there.
    PlatformDelete {
        /// Id or name of the project.
        project: String,
        /// Its id there.
        id: String,
    },
    /// Restore there.
    PlatformRestore(PlatformRestore),
    /// Ask a platform for something that is done at once.
    PlatformAsk {
        /// Id or name of the project.
        project: String,
        /// What.
        act: String,
        /// A name, where the act takes one.
        name: Option<String>,
    },
    /// Store the passphrase that opens what a platform encrypts, or forget it.
    PlatformPassphrase {
        /// Id or name of the project.
        project: String,
        /// Whether it is forgotten.
        forget: bool,
    },
    /// Give a file back to the platform.
    PlatformUpload {
        /// Id or name of the project.
        project: String,
        /// The backup here.
        backup: String,
    },
    /// Make a new project there, of a backup.
    PlatformImport {
        /// Id or name of a project there.
        project: String,
        /// The backup here.
        backup: String,
        /// Name of the new project.
        new_name: String,
    },
    /// Read its logs.
    PlatformLogs(PlatformLogs),
    /// Add a project, or change one.
    ProjectSet(ProjectSet),
    /// Add projects of an account.
    ProjectsAdd(ProjectsAdd),
    /// Have a project's database note something, or test it.
    Noted(Noted),
    /// Remove a project.
    ProjectRemove {
        /// Id or name.
        project: String,
        /// What is typed.
        confirm: Option<String>,
        /// Whether its backups stay.
        keep_backups: bool,
    },
    /// Set a schedule.
    ScheduleSet(ScheduleSet),
    /// Pause all schedules.
    SchedulePauseAll {
        /// Until when; absent means until they are resumed.
        until_ms: Option<i64>,
    },
    /// End that pause.
    ScheduleResumeAll,
    /// Set a policy.
    RetentionSet(RetentionSet),
    /// Remove what a policy does not keep, as a plan showed it.
    RetentionApply {
        /// Id or name of the project.
        project: String,
        /// The plan's id, and what is typed.
        confirmed: Option<(String, String)>,
    },
    /// Say what a project is held to.
    GoalSet(GoalSet),
    /// Say what one of its parts is held to.
    GoalComponentSet {
        /// Id or name of the project.
        project: String,
        /// The part.
        component: String,
        /// How old it may get; absent takes the goal away.
        rpo_ms: Option<i64>,
    },
    /// Add a channel, or change one.
    ChannelSet(ChannelSet),
    /// Add a replica.
    StoreAdd {
        /// The folder.
        path: String,
        /// What it is called.
        name: Option<String>,
        /// Whether it is in another place.
        is_elsewhere: bool,
    },
    /// Copy the vault to its replicas.
    StoreCopy {
        /// Which; absent for all.
        replica: Option<String>,
        /// What is typed where it lets go of what only it has.
        let_go: Option<String>,
    },
    /// Say where the vault or a replica is.
    Place(Place),
    /// Add a key of the vault, or revoke one.
    VaultKey(VaultKey),
    /// Free space of the vault.
    VaultPrune {
        /// How much of what is left may be unused, per cent.
        max_unused: u8,
    },
    /// Say that a step that waits for a person is done, or stop the run there.
    JobContinue {
        /// Which run.
        job: String,
        /// Whether it stops.
        stop: bool,
    },
    /// Go on with a pull.
    JobResume {
        /// Which run.
        job: String,
        /// Whether a passphrase opens what it pulls.
        is_encrypted: bool,
    },
    /// Make a vault.
    VaultInit {
        /// Its folder.
        path: String,
        /// What it is called.
        name: String,
        /// Where its recovery kit goes.
        kit: Option<String>,
    },
    /// Open a vault.
    VaultOpen {
        /// Its folder.
        path: String,
    },
    /// Write the steps of a project.
    StepsSet {
        /// Id or name of the project.
        project: String,
        /// The document.
        file: String,
    },
    /// The auditor's report.
    Report(Report),
    /// The recovery plan of a project.
    RecoveryPlanShow {
        /// Id or name of the project.
        project: String,
        /// The page to write.
        html: Option<String>,
    },
    /// The newest clean backup before a moment.
    CleanBefore {
        /// Id or name of the project.
        project: String,
        /// The moment.
        before_ms: i64,
    },
}

impl Command {
    /// A verb about one thing.
    pub fn about(verb: About, of: impl Into<String>) -> Self {
        Self::About(verb, of.into())
    }

    /// Back a project up.
    pub fn back_up(project: impl Into<String>) -> Self {
        Self::BackupRun(BackupRun { project: project.into(), ..BackupRun::default() })
    }

    /// A drill of all of a backup, or of a project's newest.
    pub fn drill(reference: impl Into<String>) -> Self {
        Self::DrillRun(DrillRun { reference: reference.into(), ..DrillRun::default() })
    }

    /// A pull of the newest that is not here yet.
    pub fn pull(project: impl Into<String>) -> Self {
        Self::Pull(Pull { project: project.into(), ..Pull::default() })
    }

    /// A pull of all that is not here yet.
    pub fn pull_all(project: impl Into<String>) -> Self {
        Self::Pull(Pull { project: project.into(), all: true, ..Pull::default() })
    }

    /// A proof that a backup is readable.
    pub fn verify(backup: impl Into<String>) -> Self {
        Self::Verify { backup: backup.into(), level: "readable" }
    }

    /// Copy the vault to one replica.
    pub fn copy_to(replica: impl Into<String>) -> Self {
        Self::StoreCopy { replica: Some(replica.into()), let_go: None }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each command, and none is left out")]
    fn line(&self) -> Line {
        match self {
            Self::About(verb, of) => verb.line(of),
            Self::BackupRun(run) => run.line(),
            Self::ProjectCoverage { project, without, with } => tables::parts_line(project, without, with),
            Self::ProjectTables { project, choice } => {
                let line = Line::of("project tables").argument(project);
                choice.on(line, "only").flag("all", *choice == TableChoice::default())
            }
            Self::ComponentAdd(component) => component.line(),
            Self::PartsPlan(plan) => plan.line(),
            Self::BackupDiff { one, other } => Line::of("backup diff").argument(one).argument(other),
            Self::BackupRows(rows) => rows.line(),
            Self::BackupSave(save) => save.line(),
            Self::BackupHold { backup, reason } => {
                Line::of("backup hold").argument(backup).option("reason", reason)
            }
            Self::BackupExpire { backup, until_ms } => {
                let line = Line::of("backup expire").argument(backup);
                line.maybe("on", until_ms.map(backup::day_or_moment)).flag("never", until_ms.is_none())
            }
            Self::BackupDelete { backup, confirm } => {
                Line::of("backup delete").argument(backup).maybe("confirm", confirm.as_ref())
            }
            Self::BundleExport(export) => export.line(),
            Self::BundleImport(import) => import.line(),
            Self::BundleRows(rows) => rows.line(),
            Self::BundleReceipt(receipt) => receipt.line(),
            Self::Portable(portable) => portable.line(),
            Self::Verify { backup, level } => Line::of("verify").argument(backup).option("level", level),
            Self::RestorePlan(plan) => plan.line(),
            Self::RestoreApply { plan, confirm, end_connections } => Line::of("restore apply")
                .argument(plan)
                .option("confirm", confirm)
                .flag("end-connections", *end_connections),
            Self::RestoreUndo { restore, no_safety_because } => Line::of("restore undo")
                .argument(restore)
                .maybe("no-safety-backup", no_safety_because.as_ref())
                .option("out", restore::PLAN),
            Self::DrillRun(drill) => drill.line(),
            Self::DrillAssertAdd { project, name, query } => {
                Line::of("drill assert add").argument(project).argument(name).argument(query)
            }
            Self::Pull(pull) => pull.line(),
            Self::PlatformCreate(create) => create.line(),
            Self::PlatformNewProject(new) => new.line(),
            Self::PlatformDelete { project, id } => {
                Line::of("platform delete").argument(project).argument(id)
            }
            Self::PlatformRestore(restore) => restore.line(),
            Self::PlatformAsk { project, act, name } => {
                Line::of("platform ask").argument(project).argument(act).maybe("name", name.as_ref())
            }
            Self::PlatformPassphrase { project, forget } => Line::of("platform passphrase")
                .argument(project)
                .maybe("file", (!forget).then_some(FILE))
                .flag("forget", *forget),
            Self::PlatformUpload { project, backup } => {
                Line::of("platform upload").argument(project).argument(backup)
            }
            Self::PlatformImport { project, backup, new_name } => {
                Line::of("platform import").argument(project).option("backup", backup).option("as", new_name)
            }
            Self::PlatformLogs(logs) => logs.line(),
            Self::ProjectSet(project) => project.line(),
            Self::ProjectsAdd(projects) => projects.line(),
            Self::Noted(noted) => noted.line(),
            Self::ProjectRemove { project, confirm, keep_backups } => Line::of("project remove")
                .argument(project)
                .maybe("confirm", confirm.as_ref())
                .flag("keep-backups", *keep_backups),
            Self::ScheduleSet(schedule) => schedule.line(),
            Self::SchedulePauseAll { until_ms } => {
                Line::of("schedule pause").flag("all", true).maybe("until", until_ms.map(moment))
            }
            Self::ScheduleResumeAll => Line::of("schedule resume").flag("all", true),
            Self::RetentionSet(retention) => retention.line(),
            Self::RetentionApply { project, confirmed } => {
                let line = Line::of("retention apply").argument(project);
                match confirmed {
                    Some((plan, confirm)) => line.option("plan", plan).option("confirm", confirm),
                    None => line,
                }
            }
            Self::GoalSet(goal) => goal.line(),
            Self::GoalComponentSet { project, component, rpo_ms } => Line::of("goal set")
                .argument(project)
                .option("component", component)
                .option("rpo", settings::wish(*rpo_ms)),
            Self::ChannelSet(channel) => channel.line(),
            Self::StoreAdd { path, name, is_elsewhere } => Line::of("store add")
                .argument(path)
                .maybe("name", name.as_ref())
                .flag("elsewhere", *is_elsewhere),
            Self::StoreCopy { replica, let_go } => {
                let line = replica.iter().fold(Line::of("store copy"), |line, name| line.argument(name));
                line.flag("let-go", let_go.is_some()).maybe("confirm", let_go.as_ref())
            }
            Self::Place(place) => place.line(),
            Self::VaultKey(key) => key.line(),
            Self::VaultPrune { max_unused } => {
                Line::of("vault prune").option("max-unused", max_unused.to_string())
            }
            Self::JobContinue { job, stop } => Line::of("job continue").argument(job).flag("stop", *stop),
            Self::JobResume { job, is_encrypted } => {
                backup::passphrase(Line::of("job resume").argument(job), *is_encrypted)
            }
            Self::VaultInit { path, name, kit } => {
                Line::of("vault init").option("path", path).option("name", name).maybe("kit", kit.as_ref())
            }
            Self::VaultOpen { path } => Line::of("vault open").option("path", path),
            Self::StepsSet { project, file } => Line::of("steps set").argument(project).argument(file),
            Self::Report(report) => report.line(),
            Self::RecoveryPlanShow { project, html } => {
                Line::of("recovery-plan show").argument(project).maybe("html", html.as_ref())
            }
            Self::CleanBefore { project, before_ms } => {
                Line::of("recovery-plan clean-before").argument(project).option("before", moment(*before_ms))
            }
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line().fmt(f)
    }
}

impl From<Command> for String {
    fn from(command: Command) -> Self {
        command.to_string()
    }
}

/// A moment in UTC, to the millisecond.
fn moment(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().to_string()
}
