//! `holdfast project`: add, list, show, test, edit, remove, and the sample.

mod coverage;
pub(crate) mod database;
mod docker;
mod label;
pub(crate) mod many;
mod platform;
mod ssh;
mod tables;
mod test;

use std::collections::BTreeMap;

use base::Code;
use base::command::{About, Command};
use clap::{Args, Subcommand};
use contract::api;
use contract::command::Nothing;
use contract::connection::ConnectionView;
use contract::error::UserError;
use contract::platform::PlatformSettingsView;
use contract::project::{
    AddProject, ComponentPointView, EditProject, ProjectRef, ProjectRow, ProjectView, RemovalPlan,
    RemoveProject,
};

use self::coverage::CoverageOf;
use self::docker::DockerSource;
pub(crate) use self::label::Label;
use self::many::Many;
pub(crate) use self::platform::PlatformSource;
pub(crate) use self::ssh::SshSource;
use self::tables::Tables;
use self::test::Test;
use crate::connection;
use crate::console::Console;
use crate::error::{Ended, failure};
use crate::follow::follow;
use crate::prompt;
use crate::secrets::PasswordSource;
use crate::status::{Status, taught};
use crate::table::{Side, listed, pairs, parts, table};
use crate::words;

/// What to do with projects.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast project add shop --postgres postgresql://reader@db.example:5432/shop --password-stdin < password
  holdfast project add shop --supabase abcdefghijklmnopqrst --credential-file token=F --find-database
                                                  the platform names the database's address; its password is asked for
  holdfast project add site --no-database         files, configuration or Redis alone: `holdfast component add site …`
  holdfast project add --supabase --choose abcdefghijklmnopqrst,bcdefghijklmnopqrstu --credential-file token=F
  holdfast project add --all --from shop          every project of the account with which shop signs in
  holdfast project test shop                      name, connection, TLS, sign-in, version, rights, size, clock, tools
  holdfast project test --postgres postgresql://reader@db.example/shop
  holdfast project add shop --postgres postgresql://reader@localhost/shop --ssh me@db.example --ssh-key ~/.ssh/id_ed25519
                                                  by way of an SSH server; the host is as it is seen from there
  holdfast project add shop --postgres postgresql://postgres@localhost/shop --ssh me@db.example --docker shop-db
  holdfast project edit shop --ssh-host-key SHA256:…
                                                  that server's key, once you have compared it
  holdfast project edit shop --label production
  holdfast project edit shop --supabase abcdefghijklmnopqrst --credential-file token=token.txt
                                                  its platform too; its database stays as it is
  holdfast project coverage shop                  what it has, and what of it backups take
  holdfast project tables shop --without-rows 'audit.*'
  holdfast project remove shop                    shows what it would do
  holdfast project remove shop --confirm shop --keep-backups
  holdfast project sample                         a private Postgres with a small shop in it, to try things"))]
pub(crate) enum Verb {
    /// Add a project; nothing is contacted but a platform that is asked for the database's address.
    Add(Box<Add>),
    /// Make the sample project.
    Sample,
    /// Projects, most at risk first.
    List,
    /// One project.
    Show {
        /// Id or name.
        project: String,
    },
    /// Test a connection, rung by rung.
    Test(Box<Test>),
    /// What it has, and what of it backups take.
    Coverage(CoverageOf),
    /// Which rows of its database backups take.
    Tables(Tables),
    /// Change a project; what is not given stays.
    Edit(Box<Edit>),
    /// Remove a project; without --confirm it only shows what that would do.
    Remove {
        /// Id or name.
        project: String,
        /// The project's name, typed.
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
        /// Keep its backups; the project stays in the list as not protected any more.
        #[arg(long)]
        keep_backups: bool,
    },
}

/// A project to be added.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Name, unique.
    #[arg(required_unless_present_any = ["all", "choose"])]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    many: Many,
    /// The database: a URL without a password in it.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Ask the platform where the database is, and add its session pooler as the connection.
    #[arg(long, requires = "platform", conflicts_with_all = ["postgres", "all", "choose"])]
    find_database: bool,
    /// It has no database and no platform: its files, configuration or Redis are added by `holdfast component add`.
    #[arg(long, requires = "name", conflicts_with_all = ["postgres", "platform", "find_database", "ssh", "docker", "password_file", "password_stdin"])]
    no_database: bool,
    /// What the platform said.
    #[arg(skip)]
    found: Option<ConnectionView>,
    #[command(flatten)]
    ssh: SshSource,
    #[command(flatten)]
    docker: DockerSource,
    #[command(flatten)]
    platform: PlatformSource,
    /// What the project is to you.
    #[arg(long, value_enum, default_value_t = Label::Production)]
    label: Label,
    #[command(flatten)]
    password: PasswordSource,
}

/// What changes in a project.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// Id or name.
    project: String,
    /// New name.
    #[arg(long)]
    name: Option<String>,
    /// New connection: a URL without a password in it.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    #[command(flatten)]
    ssh: SshSource,
    /// Reach it straight from here on, by way of no SSH server.
    #[arg(long, conflicts_with_all = ["ssh", "ssh_key", "ssh_host_key", "ssh_secret_file"])]
    no_ssh: bool,
    #[command(flatten)]
    docker: DockerSource,
    /// Reach it from inside no container from here on.
    #[arg(long, conflicts_with = "docker")]
    no_docker: bool,
    /// How it is reached now.
    #[arg(skip)]
    known: Option<ConnectionView>,
    #[command(flatten)]
    platform: PlatformSource,
    /// What the project is to you.
    #[arg(long, value_enum)]
    label: Option<Label>,
    #[command(flatten)]
    password: PasswordSource,
}

impl Verb {
    /// Whether secrets are needed.
    pub(crate) fn needs_secrets(&self) -> bool {
        !matches!(self, Self::List | Self::Show { .. })
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Add(add) => add.run(console).await,
            Self::Sample => {
                let view = make_sample(console).await?;
                console.output.answer(&view, || words_of(&view));
                Ok(Status::Done)
            }
            Self::List => {
                let all = api::project_list(&console.engine, Nothing {}).await?;
                console.output.answer(&all, || list_words(&all));
                Ok(Status::Done)
            }
            Self::Show { project } => {
                let view = api::project_show(&console.engine, ProjectRef { project }).await?;
                console.output.answer(&view, || words_of(&view));
                Ok(Status::Done)
            }
            Self::Test(test) => test.run(console).await,
            Self::Coverage(coverage) => coverage.run(console).await,
            Self::Tables(tables) => tables.run(console).await,
            Self::Edit(edit) => edit.run(console).await,
            Self::Remove { project, confirm, keep_backups } => {
                remove(console, project, confirm, keep_backups).await
            }
        }
    }
}

impl Add {
    async fn run(mut self, console: &Console<'_>) -> Ended {
        let Some(name) = self.name.clone() else {
            let Self { many, platform, label, password, .. } = self;
            return many.run(console, &platform, label.into(), &password).await;
        };
        let mut signed_in_with = BTreeMap::new();
        if self.find_database {
            let (connection, credentials) = database::find(console, &self.platform).await?;
            (self.found, signed_in_with) = (Some(connection), credentials);
        }
        let mut request = self.request(name).await?;
        request.credentials.extend(signed_in_with);
        if let (Some(_), Some(settings)) = (&request.connection, &request.platform) {
            ask_for_platform(settings, &mut request.credentials).await?;
        }
        let view = api::project_add(&console.engine, request).await?;
        console.output.answer(&view, || {
            let next = match &view.connection {
                None if view.platform.is_none() => {
                    "Add what is to be backed up: `holdfast component add PROJECT …`".to_owned()
                }
                _ => format!("Test its connection: {}", Command::about(About::ProjectTest, &view.row.name)),
            };
            parts(&[words_of(&view), next])
        });
        Ok(Status::Done)
    }

    /// What is asked for, where projects of an account are chosen.
    #[cfg(test)]
    pub(crate) async fn request_of_many(self) -> Result<contract::platform::AddAccountProjects, UserError> {
        let Self { many, platform, label, password, .. } = self;
        many.request(&platform, label.into(), &password).await
    }

    /// What is asked for.
    pub(crate) async fn request(self, name: String) -> Result<AddProject, UserError> {
        let Self { postgres, no_database, found, ssh, docker, platform, label, password, .. } = self;
        if no_database {
            return Ok(AddProject {
                name,
                label: label.into(),
                connection: None,
                password: None,
                ssh_secret: None,
                platform: None,
                credentials: BTreeMap::new(),
            });
        }
        let mut connection = postgres.as_deref().map(connection::read).transpose()?.or(found);
        if let Some(connection) = &mut connection {
            ssh.apply(connection)?;
            docker.apply(connection);
        } else if ssh.is_given() {
            return Err(failure(
                Code::InvalidRequest,
                "an SSH server was named, and no database behind it",
                "Name the database as it is seen from there: --postgres postgresql://USER@localhost/DATABASE.",
            ));
        } else {
            docker.refuse_alone()?;
        }
        let (settings, mut credentials) = (platform.settings()?, platform.credentials()?);
        let question = match (&connection, &settings) {
            (Some(to), _) => format!("Password of {} at {} (empty for none):", to.user, to.host),
            (None, Some(settings)) => {
                format!("The {} for {}:", PlatformSource::main_credential(settings), settings.address)
            }
            (None, None) => {
                return Err(failure(
                    Code::InvalidRequest,
                    "neither a database nor a platform was named",
                    "Name one: --postgres URL, --supamanager URL, --supabase REF, --opttius URL or --telegram-platform URL; or --no-database, where only files, configuration or Redis are to be backed up. A backup file becomes a project with `holdfast bundle import`.",
                ));
            }
        };
        let ssh_secret =
            ssh.secret(connection.as_ref().and_then(|connection| connection.ssh.as_ref())).await?;
        let mut password = password.read(Some(&question)).await?;
        if let (None, Some(settings)) = (&connection, &settings)
            && let Some(secret) = password.take()
        {
            credentials.insert(PlatformSource::main_credential(settings).to_owned(), secret);
        }
        let label = label.into();
        Ok(AddProject { name, label, connection, password, ssh_secret, platform: settings, credentials })
    }
}

impl Edit {
    async fn run(mut self, console: &Console<'_>) -> Ended {
        if self.postgres.is_some() || self.is_about_its_way() {
            let project = self.project.clone();
            self.known = api::project_show(&console.engine, ProjectRef { project }).await?.connection;
        }
        let view = api::project_edit(&console.engine, self.request().await?).await?;
        console.output.answer(&view, || words_of(&view));
        Ok(Status::Done)
    }

    /// What is asked for.
    pub(crate) async fn request(self) -> Result<EditProject, UserError> {
        let connection = self.connection()?;
        let ssh_secret = self.ssh.secret(None).await?;
        let (platform, mut credentials) = (self.platform.settings()?, self.platform.credentials()?);
        let mut password = self.password.read(None).await?;
        if let (None, Some(settings)) = (&connection, &platform)
            && let Some(secret) = password.take()
        {
            credentials.insert(PlatformSource::main_credential(settings).to_owned(), secret);
        }
        let (project, name, label) = (self.project, self.name, self.label.map(Into::into));
        Ok(EditProject { project, name, label, connection, password, ssh_secret, platform, credentials })
    }

    fn is_about_its_way(&self) -> bool {
        self.ssh.is_given() || self.no_ssh || self.docker.is_given() || self.no_docker
    }

    /// The new connection, where anything of it changes.
    fn connection(&self) -> Result<Option<ConnectionView>, UserError> {
        let given = self.postgres.as_deref().map(connection::read).transpose()?;
        let known = self.known.as_ref().and_then(|known| known.ssh.as_ref());
        if let (Some(_), Some(ssh), false, None) = (&given, known, self.no_ssh, self.ssh.account()) {
            // Straight to the same name would be another server, and would get its password.
            return Err(failure(
                Code::InvalidRequest,
                format!("{} is reached by way of the SSH server {}", self.project, ssh.host),
                format!(
                    "Add --ssh {}, or --no-ssh to reach the new address straight.",
                    ::ssh::Address::from(ssh.clone())
                ),
            ));
        }
        if given.is_some() && !self.no_docker {
            self.docker.refuse_silence(&self.project, self.known.as_ref())?;
        }
        let is_about_its_way = self.is_about_its_way();
        let Some(mut connection) = given.or_else(|| self.known.clone().filter(|_| is_about_its_way)) else {
            return if self.docker.is_given() { self.docker.refuse_alone().map(|()| None) } else { Ok(None) };
        };
        if self.no_docker {
            connection.container = None;
        }
        self.docker.apply(&mut connection);
        if self.no_ssh {
            connection.ssh = None;
        } else {
            connection.ssh = connection.ssh.or_else(|| known.cloned());
            self.ssh.apply(&mut connection)?;
        }
        Ok(Some(connection))
    }
}

/// Beside the database's password: what signs in at the platform, where no file has it and a person can answer.
async fn ask_for_platform(
    settings: &PlatformSettingsView,
    credentials: &mut BTreeMap<String, String>,
) -> Result<(), UserError> {
    let name = PlatformSource::main_credential(settings);
    if credentials.contains_key(name) || !prompt::is_possible() {
        return Ok(());
    }
    let secret = prompt::ask(&format!("The {name} for {}:", settings.address)).await?;
    if !secret.is_empty() {
        credentials.insert(name.to_owned(), secret);
    }
    Ok(())
}

/// Makes the sample project, and follows its making.
pub(crate) async fn make_sample(console: &Console<'_>) -> Result<ProjectView, UserError> {
    let started = api::sample_add(&console.engine, Nothing {}).await?;
    follow(console, started).await?;
    let all = api::project_list(&console.engine, Nothing {}).await?;
    let made = all.into_iter().find(|row| row.is_sample && !row.is_archived);
    let made = made.ok_or_else(|| {
        failure(Code::SampleGone, "the sample project is not in the list", "Make it again.")
    })?;
    api::project_show(&console.engine, ProjectRef { project: made.id }).await
}

async fn remove(
    console: &Console<'_>,
    project: String,
    confirm: Option<String>,
    keep_backups: bool,
) -> Ended {
    let plan = api::project_removal_plan(&console.engine, ProjectRef { project: project.clone() }).await?;
    let Some(confirm) = confirm else {
        console.output.answer(&plan, || plan_words(&plan));
        return Ok(Status::Refused);
    };
    // Half of it would be worse than all: the first Ctrl-C waits.
    let _hearing = console.interrupts.hear();
    let removed =
        api::project_remove(&console.engine, RemoveProject { project, keep_backups, confirm }).await?;
    console.output.answer(&removed, || match (plan.backups.0, keep_backups) {
        (0, _) => format!("{} is removed.", plan.name),
        (backups, true) => {
            format!("{} is not protected any more; {} kept.", plan.name, words::counted(backups, "backup"))
        }
        (backups, false) => format!("{} is removed, with {}.", plan.name, words::counted(backups, "backup")),
    });
    Ok(Status::Done)
}

fn list_words(all: &[ProjectRow]) -> String {
    if all.is_empty() {
        return "No projects yet. Add one: `holdfast project add NAME --postgres URL`, or try `holdfast project sample`.".into();
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|row| {
            vec![
                row.name.clone(),
                row.state_words.clone(),
                row.recovery_point.as_ref().map(|point| words::moment(point.at_ms)).unwrap_or_default(),
                words::level(row.best_proof.as_ref().map(|proof| proof.level)).into(),
                words::count(row.backups.0),
                row.place.clone(),
            ]
        })
        .collect();
    let columns = [
        ("PROJECT", Side::Left),
        ("STATE", Side::Left),
        ("RESTORABLE TO", Side::Left),
        ("PROVEN", Side::Left),
        ("BACKUPS", Side::Right),
        ("PLACE", Side::Left),
    ];
    table(&columns, &rows)
}

/// What each part of a project can be brought back to, where it has more than one.
fn of_parts(points: &[ComponentPointView]) -> String {
    let moment = |one: &ComponentPointView| {
        let point = one.point.as_ref().map_or_else(|| "none".to_owned(), |point| words::moment(point.at_ms));
        format!("{} {point}", one.words)
    };
    points.iter().map(moment).collect::<Vec<_>>().join(", ")
}

fn words_of(view: &ProjectView) -> String {
    let (row, connection) = (&view.row, view.connection.as_ref());
    let tls = connection.and_then(|connection| serde_json::to_value(connection.tls).ok());
    let tls = tls.and_then(|tls| tls.as_str().map(str::to_owned));
    let platform = view.platform.as_ref();
    pairs(&[
        ("Project", row.name.clone()),
        ("Id", row.id.clone()),
        ("Label", format!("{:?}", row.label).to_lowercase()),
        ("State", row.state_words.clone()),
        ("Place", row.place.clone()),
        ("Database", connection.map(|to| format!("{} as {}", to.database, to.user)).unwrap_or_default()),
        ("By way of", connection.and_then(|to| to.ssh.as_ref()).map(ssh::words).unwrap_or_default()),
        ("In the container", connection.and_then(|to| to.container.clone()).unwrap_or_default()),
        ("Platform", platform.map(|platform| platform.address.clone()).unwrap_or_default()),
        ("There", platform.map(|platform| platform.reference.clone()).unwrap_or_default()),
        ("Account", platform.and_then(|platform| platform.account.clone()).unwrap_or_default()),
        ("TLS", tls.unwrap_or_default()),
        ("Password", if view.has_password { "stored".into() } else { "none".into() }),
        (
            "Restorable to",
            row.recovery_point.as_ref().map(|point| words::moment(point.at_ms)).unwrap_or_default(),
        ),
        ("Of these", of_parts(&row.points)),
        ("Backups", words::count(row.backups.0)),
        ("Last failure", row.failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default()),
        ("Back it up", view.backup_command.clone()),
    ])
}

fn plan_words(plan: &RemovalPlan) -> String {
    let newest = plan
        .newest_at_ms
        .map(|at| format!("The newest backup is of {}.", words::moment(at)))
        .unwrap_or_default();
    let (project, confirm) = (plan.name.clone(), Some(plan.name.clone()));
    let remove = Command::ProjectRemove { project, confirm, keep_backups: false };
    let end = format!("Nothing was removed. To do it: {remove}\nWith its backups kept, add --keep-backups.");
    parts(&[listed(&format!("Removing {}:", plan.name), &plan.effects), newest, end])
}
