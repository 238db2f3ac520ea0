//! `holdfast platform`: what the platform of a project has, and what it is asked for.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use contract::api;
use contract::job::JobStarted;
use contract::number::Millis;
use contract::platform::{
    ApplyRemotePlan, CreateRemote, ImportAtPlatform, MakeRemoteProject, PlanRemoteImport, PlanRemoteRestore,
    PlatformActRequest, RemotePlanView, RemoteRef, RemoteScheduleView, SetPlatformPassphrase,
    SetRemoteSchedule, UploadToPlatform,
};
use contract::project::ProjectRef;

use crate::backup;
use crate::console::Console;
use crate::error::Ended;
use crate::follow::follow;
use crate::logs::Logs;
use crate::platform_words::{plan_words, scheduled, shown};
use crate::project;
use crate::secrets::from_file;
use crate::status::{Status, taught};

/// What to do with a platform.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast platform show shop                              its backups there, and what it can do for this account
  holdfast platform projects shop                          every project of the account that shop signs in with
  holdfast platform projects --supabase --credential-file token=F
  holdfast platform database --supabase abcdefghijklmnopqrst --credential-file token=F
  holdfast platform create shop --kind database --pull     it makes one, which then comes into the vault
  holdfast platform create shop --kind logs --from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z --pull
  holdfast platform new-project shop --name shop-new       an empty project of the same account, region and organisation
  holdfast platform delete shop ID                         shows what it would do
  holdfast platform delete shop ID --confirm shop
  holdfast platform restore shop ID                        shows what comes back, and what is kept first
  holdfast platform restore shop ID --database --confirm shop
  holdfast platform restore shop --at 2026-11-14T02:00:00Z
  holdfast platform upload shop 1a2b3c4d                   its file back, once it was deleted there
  holdfast platform import shop export.tar.gz --as shop2   a new project there
  holdfast platform import shop --backup 1a2b3c4d --as shop2 --confirm shop
  holdfast platform ask shop pause
  holdfast platform logs shop --from 2026-11-01 --to 2026-11-07 --to-file shop.jsonl
  holdfast platform logs shop --from 2026-11-01 --to 2026-11-07 --source postgres --keep
  holdfast platform passphrase shop --file F               opens what it encrypts, for pulls that nobody watches
  holdfast platform passphrase shop --forget
  holdfast platform schedule shop --frequency daily --time 02:00 --retention 7

What a platform says is a claim: only what is pulled and checks out counts as a backup."))]
pub(crate) enum Verb {
    /// What it has, and what it can do.
    Show {
        /// Id or name of the project.
        project: String,
    },
    /// The projects that an account sees; of a project here, or of an account that is named.
    Projects(Projects),
    /// Where the database of a project is, as the platform says; of a project here, or of one that is named.
    Database(Projects),
    /// Start a backup there, and watch it.
    Create(Create),
    /// Make a new, empty project there, wait until it can be used, and add it here. It may cost money.
    NewProject(NewProject),
    /// Delete a backup there; without --confirm shows what it would do.
    Delete {
        /// Id or name of the project.
        project: String,
        /// The backup's id there.
        id: String,
        /// The project's name, typed.
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
    /// Restore there, over the project; without --confirm shows what it would do.
    Restore(Restore),
    /// Ask for something that is done at once: `pause`, `resume`, `trigger_cron`, `add_restore_point`.
    Ask {
        /// Id or name of the project.
        project: String,
        /// What.
        act: String,
        /// A name, where the act takes one.
        #[arg(long)]
        name: Option<String>,
    },
    /// Give the file that a backup was made of back to the platform.
    Upload {
        /// Id or name of the project.
        project: String,
        /// The backup's id here, or a unique prefix of one.
        backup: String,
    },
    /// Make a new project of an exported file there: of this disk, or of a backup in the vault.
    Import(Import),
    /// Read its logs for a range of days, into a file or into the vault.
    Logs(Logs),
    /// Change its schedule.
    Schedule(Schedule),
    /// Store the passphrase that opens what it encrypts, in the keychain of this computer; or forget it.
    Passphrase {
        /// Id or name of the project.
        project: String,
        /// A file that holds the passphrase.
        #[arg(long, value_name = "FILE", required_unless_present = "forget", conflicts_with = "forget")]
        file: Option<Utf8PathBuf>,
        /// Forget the stored one.
        #[arg(long)]
        forget: bool,
    },
}

/// An account, and where that matters its project.
#[derive(Debug, Args)]
pub(crate) struct Projects {
    /// A project here that signs in with the account.
    project: Option<String>,
    #[command(flatten)]
    account: project::PlatformSource,
    #[command(flatten)]
    password: crate::secrets::PasswordSource,
}

/// A project to be made there.
#[derive(Debug, Args)]
pub(crate) struct NewProject {
    /// Id or name of the project whose account makes it.
    #[arg(value_name = "LIKE")]
    like: String,
    /// Its name, there and here.
    #[arg(long)]
    name: String,
    /// What it is to you.
    #[arg(long, value_enum, default_value_t = project::Label::Staging)]
    label: project::Label,
    /// The organisation that pays for it [default: that of LIKE].
    #[arg(long, value_name = "SLUG")]
    organization: Option<String>,
    /// Where it runs, in the platform's words [default: where LIKE runs].
    #[arg(long)]
    region: Option<String>,
    /// How large its server is, in the platform's words [default: its smallest].
    #[arg(long)]
    size: Option<String>,
}

/// A backup to be started there.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Id or name of the project.
    project: String,
    /// Kind, as `holdfast platform show` names them; also `export` and `logs` [default: the usual one].
    #[arg(long)]
    kind: Option<String>,
    /// Do not compress it, where there is a choice.
    #[arg(long)]
    no_compression: bool,
    /// Let the platform encrypt it, where it can.
    #[arg(long)]
    encrypt: bool,
    /// `sql`, `tar`, `json`, `text`, where there is a choice.
    #[arg(long)]
    format: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Whom the platform tells.
    #[arg(long, value_name = "E-MAIL")]
    notify: Option<String>,
    /// First moment, of logs.
    #[arg(long, value_name = "TIME", requires = "to")]
    from: Option<jiff::Timestamp>,
    /// Last moment, of logs.
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<jiff::Timestamp>,
    /// Pull it once it is done.
    #[arg(long)]
    pull: bool,
}

/// A restore there.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an argument of its own")]
pub(crate) struct Restore {
    /// Id or name of the project.
    project: String,
    /// The backup's id there.
    id: Option<String>,
    /// Go back to this moment instead.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["id", "point"])]
    at: Option<jiff::Timestamp>,
    /// Go back to this restore point instead.
    #[arg(long, value_name = "NAME", conflicts_with = "id")]
    point: Option<String>,
    /// Bring back the database [default: every part that the platform can bring back of that backup].
    #[arg(long, conflicts_with = "no_database")]
    database: bool,
    /// Leave the database as it is.
    #[arg(long)]
    no_database: bool,
    /// Bring back stored files.
    #[arg(long, conflicts_with = "no_storage")]
    storage: bool,
    /// Leave stored files as they are.
    #[arg(long)]
    no_storage: bool,
    /// Bring back the configuration.
    #[arg(long, conflicts_with = "no_config")]
    config: bool,
    /// Leave the configuration as it is.
    #[arg(long)]
    no_config: bool,
    /// Make no safety backup first, because of this.
    #[arg(long, value_name = "REASON")]
    no_safety_because: Option<String>,
    /// What the safety backup cannot hold may be lost, because of this.
    #[arg(long, value_name = "REASON")]
    uncovered_because: Option<String>,
    /// The project's name, typed.
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

/// A new project there.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Id or name of a project on that platform.
    pub(crate) project: String,
    /// The file.
    #[arg(required_unless_present = "backup", conflicts_with_all = ["backup", "confirm"])]
    file: Option<camino::Utf8PathBuf>,
    /// The file that this backup was made of; without --confirm shows what it would do.
    #[arg(long, value_name = "ID")]
    pub(crate) backup: Option<String>,
    /// Name of the new project there.
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) new_name: String,
    /// The name of the project that it is made beside, typed; with --backup.
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

/// A schedule.
#[derive(Debug, Args)]
pub(crate) struct Schedule {
    /// Id or name of the project.
    project: String,
    /// `hourly`, `daily`, `weekly`.
    #[arg(long)]
    frequency: String,
    /// `HH:MM`, UTC.
    #[arg(long, default_value = "02:00")]
    time: String,
    /// Kind of backup.
    #[arg(long)]
    kind: Option<String>,
    /// How many are kept.
    #[arg(long)]
    retention: Option<u32>,
    /// Switch it off.
    #[arg(long)]
    off: bool,
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Show { project } => {
                let view = api::platform_show(&console.engine, ProjectRef { project }).await?;
                console.output.answer(&view, || shown(&view));
                Ok(Status::Done)
            }
            Self::Projects(Projects { project, account, password }) => {
                let account = project::many::account(&account, &password, project).await?;
                let all = api::platform_projects(&console.engine, account).await?;
                console.output.answer(&all, || project::many::list_words(&all));
                Ok(Status::Done)
            }
            Self::Database(Projects { project, account, password }) => {
                let account = project::many::account(&account, &password, project).await?;
                let found = api::platform_database(&console.engine, account).await?;
                console.output.answer(&found, || project::database::address_words(&found));
                Ok(Status::Done)
            }
            Self::Create(create) => create.run(console).await,
            Self::NewProject(new) => {
                let started = api::platform_new_project(&console.engine, new.request()).await?;
                done(console, started).await
            }
            Self::Delete { project, id, confirm } => {
                let plan = api::platform_deletion_plan(&console.engine, RemoteRef { project, id }).await?;
                apply(console, plan, confirm).await
            }
            Self::Restore(restore) => restore.run(console).await,
            Self::Ask { project, act, name } => {
                let request = PlatformActRequest { project, act, name };
                let done = api::platform_act(&console.engine, request).await?;
                let facts = || {
                    done.facts.iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect::<Vec<_>>()
                };
                console.output.answer(&done, || facts().join("\n"));
                Ok(Status::Done)
            }
            Self::Upload { project, backup } => {
                let request = UploadToPlatform { project, backup };
                done(console, api::platform_upload(&console.engine, request).await?).await
            }
            Self::Import(import) => import.run(console).await,
            Self::Logs(logs) => Box::pin(logs.run(console)).await,
            Self::Schedule(schedule) => schedule.run(console).await,
            Self::Passphrase { project, file, forget: _ } => {
                let passphrase = file.as_deref().map(from_file).transpose()?;
                let said = if passphrase.is_some() {
                    "Stored. Pulls of this project open with it what the platform encrypted."
                } else {
                    "Forgotten. What the platform encrypts needs its passphrase at each pull."
                };
                let request = SetPlatformPassphrase { project, passphrase };
                let done = api::platform_passphrase_set(&console.engine, request).await?;
                console.output.answer(&done, || said.to_owned());
                Ok(Status::Done)
            }
        }
    }
}

impl NewProject {
    /// What is asked for.
    pub(crate) fn request(self) -> MakeRemoteProject {
        let Self { like, name, label, organization, region, size } = self;
        MakeRemoteProject { like, name, label: label.into(), organization, region, size }
    }
}

impl Create {
    async fn run(self, console: &Console<'_>) -> Ended {
        let pull = self.pull;
        let started = api::platform_create(&console.engine, self.request()).await?;
        if pull {
            return backup::follow_to_backup(console, started).await;
        }
        done(console, started).await
    }

    /// What is asked for.
    pub(crate) fn request(self) -> CreateRemote {
        let millis = |at: jiff::Timestamp| Millis(at.as_millisecond());
        let Self {
            project,
            kind,
            no_compression,
            encrypt,
            format,
            reason,
            notify: notify_email,
            from,
            to,
            pull: then_pull,
        } = self;
        CreateRemote {
            project,
            kind,
            compress: !no_compression,
            encrypt,
            format,
            reason,
            notify_email,
            from_ms: from.map(millis),
            to_ms: to.map(millis),
            then_pull,
        }
    }
}

impl Restore {
    async fn run(self, console: &Console<'_>) -> Ended {
        let confirm = self.confirm.clone();
        let plan = api::platform_restore_plan(&console.engine, self.request()).await?;
        apply(console, plan, confirm).await
    }

    /// What is asked for.
    pub(crate) fn request(self) -> PlanRemoteRestore {
        let said = |wanted: bool, unwanted: bool| (wanted || unwanted).then_some(wanted);
        PlanRemoteRestore {
            project: self.project,
            id: self.id,
            at_ms: self.at.map(|at| Millis(at.as_millisecond())),
            point: self.point,
            database: said(self.database, self.no_database),
            storage: said(self.storage, self.no_storage),
            config: said(self.config, self.no_config),
            no_safety_because: self.no_safety_because,
            uncovered_because: self.uncovered_because,
        }
    }
}

impl Import {
    async fn run(self, console: &Console<'_>) -> Ended {
        let Self { project, file, backup, new_name, confirm } = self;
        if let Some(backup) = backup {
            let request = PlanRemoteImport { project, backup, new_name };
            let plan = api::platform_import_plan(&console.engine, request).await?;
            return apply(console, plan, confirm).await;
        }
        let file = file.unwrap_or_default();
        let path = camino::absolute_utf8(&file).unwrap_or(file).into_string();
        let request = ImportAtPlatform { project, path, new_name };
        done(console, api::platform_import(&console.engine, request).await?).await
    }
}

impl Schedule {
    async fn run(self, console: &Console<'_>) -> Ended {
        let Self { project, frequency, time, kind, retention, off } = self;
        let schedule = RemoteScheduleView { enabled: !off, frequency, time, kind, retention };
        let set =
            api::platform_schedule_set(&console.engine, SetRemoteSchedule { project, schedule }).await?;
        console.output.answer(&set, || scheduled(&set));
        Ok(Status::Done)
    }
}

/// Shows the plan; does it where it was confirmed.
async fn apply(console: &Console<'_>, plan: RemotePlanView, confirm: Option<String>) -> Ended {
    let Some(confirm) = confirm else {
        console.output.answer(&plan, || plan_words(&plan));
        return Ok(if plan.blockers.is_empty() { Status::Done } else { Status::Refused });
    };
    let request = ApplyRemotePlan { plan_id: plan.plan_id, confirm };
    let started = api::platform_apply(&console.engine, request).await?;
    done(console, started).await
}

async fn done(console: &Console<'_>, started: JobStarted) -> Ended {
    let job = follow(console, started).await?;
    console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
    Ok(job.verdict.map_or(Status::Done, Status::from))
}
