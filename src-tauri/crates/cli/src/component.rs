//! `holdfast component`: what a project has beside its database.

use base::Code;
use camino::Utf8PathBuf;
use clap::{ArgGroup, Args, Subcommand};
use contract::api;
use contract::component::{AddComponent, ComponentLookView, ComponentRef, ComponentSourceView, PlaceRequest};
use contract::error::UserError;
use contract::project::ProjectRef;

use crate::console::Console;
use crate::error::{Ended, failure, unreadable};
use crate::project::SshSource;
use crate::secrets::PasswordSource;
use crate::status::{Status, taught};
use crate::table::{Side, parts, table};

/// What names a container, where a table or a folder might.
const CONTAINER: &str = "docker:";
/// The column that most tables of logs have.
const TIME_COLUMN: &str = "created_at";

/// What to do with components.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast component add shop --files /srv/shop/uploads               every file in it, at every backup
  holdfast component add shop --files /srv/shop/uploads --sftp        the same on the server of its database, by SSH
  holdfast component add shop --config /srv/shop --sftp --ssh deploy@shop.example
  holdfast component add shop --bucket s3://shop-uploads --endpoint https://s3.example --region eu-1 \\
      --access-key AKIA… --secret-file secret.txt                     what changed in a bucket, and nothing else
  holdfast component add shop --storage-api https://abc.supabase.co --secret-file service-key.txt
  holdfast component add shop --config /srv/shop                      of a folder what is called like configuration
  holdfast component add shop --config /srv/shop/.env --config /etc/nginx/sites-enabled/shop.conf
  holdfast component add shop --config /srv/shop --pattern '*.yml' --pattern 'certs/**'
  holdfast component add shop --redis redis://cache.example --password-stdin < password
  holdfast component add shop --logs public.project_logs --time-column created_at
  holdfast component add shop --logs docker:shop-api
  holdfast component add shop --logs /var/log/shop --pattern '*.log'
  holdfast component test shop
  holdfast component list shop
  holdfast component remove shop uploads                              what backups hold of it stays

The next backup takes them together with the database, and counts for each component by itself. What has not changed is
not read again. A component that cannot be read is named, and the backup then counts for none of it.
Bring them back: holdfast restore plan shop@latest --component files --to-folder DIR --out plan.json"))]
pub(crate) enum Verb {
    /// The components of a project beside its database.
    List {
        /// Id or name of the project.
        project: String,
    },
    /// Add one, or put another place behind its name.
    Add(Box<Add>),
    /// Look at one as a backup would, or at all of them; nothing is read of their content.
    Test {
        /// Id or name of the project.
        project: String,
        /// The component's name.
        name: Option<String>,
    },
    /// Back one up no more; what backups hold of it stays.
    Remove {
        /// Id or name of the project.
        project: String,
        /// The component's name.
        name: String,
    },
}

/// A component to be added.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("place").required(true)))]
pub(crate) struct Add {
    /// Id or name of the project.
    project: String,
    /// Uploaded files: a folder of this computer.
    #[arg(long, value_name = "DIR", group = "place")]
    files: Option<String>,
    /// Uploaded files: a bucket of an object store that speaks S3, or what of it begins with a prefix.
    #[arg(long, value_name = "s3://BUCKET[/PREFIX]", group = "place", requires = "endpoint")]
    bucket: Option<String>,
    /// The store of the bucket: `https://s3.eu-central-1.amazonaws.com`.
    #[arg(long, value_name = "URL", requires = "bucket")]
    endpoint: Option<String>,
    /// Its region.
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,
    /// The id of the access key; without one, nothing is signed.
    #[arg(long, value_name = "ID", requires_all = ["bucket", "secret_file"], group = "signing")]
    access_key: Option<String>,
    /// A file with the secret of the access key, or with the service key of the storage.
    #[arg(long, value_name = "FILE", requires = "signing")]
    secret_file: Option<Utf8PathBuf>,
    /// The bucket is a part of the host's name, as AWS wants it; without this it is the beginning of the path.
    #[arg(long, requires = "bucket")]
    bucket_in_host: bool,
    /// Uploaded files: every bucket of a Supabase project, by its Storage API: `https://REF.supabase.co`, or the address of
    /// a storage service whole. Its service key is read from --secret-file, --password-file or --password-stdin. Where the
    /// database is backed up in the same run, its rows tell what is there.
    #[arg(long, value_name = "URL", groups = ["place", "signing"])]
    storage_api: Option<String>,
    /// Configuration: a file, or a folder of which is taken what is called like configuration. May be given more than once.
    #[arg(long, value_name = "PATH", group = "place")]
    config: Vec<String>,
    /// A Redis server: `redis://HOST:6379`, `rediss://` where it is encrypted; no password in it. Where the project's database
    /// is reached by way of an SSH server, so is this.
    #[arg(long, value_name = "URL", group = "place")]
    redis: Option<String>,
    /// The Redis server is reached from inside this container, by `docker exec`; host and port are as they are seen there.
    #[arg(long, value_name = "CONTAINER", requires = "redis")]
    docker: Option<ssh::Container>,
    /// Logs: a table of the project's database; a folder, which has a slash in its name; or what a container printed, by
    /// day: on the SSH server of the project's database, on that of --ssh, or on this computer.
    #[arg(long, value_name = "TABLE|DIR|docker:NAME", group = "place")]
    logs: Option<String>,
    /// The column with the time of a row [default: `created_at`].
    #[arg(long, value_name = "COLUMN", requires = "logs")]
    time_column: Option<String>,
    /// Only files whose name, or whose path in the folder, matches. May be given more than once.
    #[arg(long, value_name = "GLOB", conflicts_with_all = ["redis", "storage_api"])]
    pattern: Vec<String>,
    /// The folder is on an SSH server, and is read by SFTP: on the one by way of which the project's database is reached, or
    /// on that of --ssh. The path is as it is seen there.
    #[arg(long, conflicts_with_all = ["bucket", "storage_api", "redis", "time_column"])]
    sftp: bool,
    #[command(flatten)]
    ssh: SshSource,
    /// What to call it [default: the folder's or the table's name].
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    password: PasswordSource,
}

impl Add {
    /// What is asked for.
    pub(crate) async fn request(self) -> Result<AddComponent, UserError> {
        if self.bucket.is_some() {
            return self.of_bucket();
        }
        if self.storage_api.is_some() {
            return self.of_storage_api().await;
        }
        if self.sftp {
            return self.of_sftp().await;
        }
        if self.container().is_some() {
            return self.of_container().await;
        }
        if self.ssh.is_given() {
            return Err(failure(
                Code::InvalidRequest,
                "an SSH server was named, and nothing that is read there",
                "Add --sftp, and give the folder as it is seen from the server.",
            ));
        }
        let Self {
            project,
            files,
            config,
            redis,
            docker,
            logs,
            time_column,
            pattern: patterns,
            name,
            password,
            ..
        } = self;
        let is_redis = redis.is_some();
        let place = match (files, redis, logs) {
            (Some(path), _, _) => PlaceRequest::Files { path, patterns },
            (None, Some(url), _) => {
                refuse_password(&url)?;
                PlaceRequest::Redis { url, container: docker.map(Into::into) }
            }
            (None, None, Some(logs)) if time_column.is_none() && logs.contains(['/', '\\']) => {
                PlaceRequest::LogFolder { path: logs, patterns }
            }
            (None, None, Some(table)) => {
                let (schema, table) = base::command::split_table(&table);
                let column = time_column.unwrap_or_else(|| TIME_COLUMN.to_owned());
                PlaceRequest::LogTable { schema, table, column }
            }
            (None, None, None) => PlaceRequest::Configuration { paths: config, patterns },
        };
        let password = if is_redis { password.read(None).await? } else { None };
        Ok(AddComponent { project, name, place, password })
    }
}

impl Add {
    /// The container in `docker:NAME`.
    fn container(&self) -> Option<&str> {
        self.logs.as_deref().filter(|_| self.time_column.is_none())?.strip_prefix(CONTAINER)
    }

    async fn of_container(self) -> Result<AddComponent, UserError> {
        let container = self.container().unwrap_or_default().to_owned();
        let account = self.ssh.address()?;
        let password = match &account {
            Some(account) => self.ssh.secret(Some(account)).await?,
            None => None,
        };
        let Self { project, name, .. } = self;
        let place = PlaceRequest::ContainerLog { container, ssh: account };
        Ok(AddComponent { project, name, place, password })
    }

    async fn of_sftp(self) -> Result<AddComponent, UserError> {
        let Self { project, files, config, logs, pattern: patterns, name, ssh, .. } = self;
        let mut paths = config.into_iter();
        let (component, path) = match (files, logs, paths.next()) {
            (Some(path), _, _) => ("files", path),
            (None, Some(path), _) => ("logs", path),
            (None, None, path) => ("config", path.unwrap_or_default()),
        };
        if paths.next().is_some() {
            return Err(failure(
                Code::InvalidRequest,
                "several folders of an SSH server were named",
                "Add each as a component of its own, with --name.",
            ));
        }
        let account = ssh.address()?;
        let password = match &account {
            Some(account) => ssh.secret(Some(account)).await?,
            None => None,
        };
        let place = PlaceRequest::Sftp { component: component.to_owned(), path, patterns, ssh: account };
        Ok(AddComponent { project, name, place, password })
    }

    async fn of_storage_api(self) -> Result<AddComponent, UserError> {
        let key = match secret_in(self.secret_file.as_ref())? {
            Some(key) => Some(key),
            None => self.password.read(None).await?,
        };
        let Self { project, name, storage_api, .. } = self;
        let place = PlaceRequest::StorageApi { url: storage_api.unwrap_or_default() };
        Ok(AddComponent { project, name, place, password: key })
    }

    fn of_bucket(self) -> Result<AddComponent, UserError> {
        let url = self.bucket.unwrap_or_default();
        let rest = url.strip_prefix("s3://").ok_or_else(|| {
            failure(
                Code::InvalidRequest,
                format!("{url:?} does not begin with s3://"),
                "Write it as s3://BUCKET, or s3://BUCKET/PREFIX.",
            )
        })?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let password = secret_in(self.secret_file.as_ref())?;
        Ok(AddComponent {
            project: self.project,
            name: self.name,
            place: PlaceRequest::Bucket {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
                endpoint: self.endpoint.unwrap_or_default(),
                region: self.region,
                access_key: self.access_key,
                in_host: self.bucket_in_host,
            },
            password,
        })
    }
}

fn secret_in(file: Option<&Utf8PathBuf>) -> Result<Option<String>, UserError> {
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(file).map_err(|source| unreadable(file, &source))?;
    Ok(Some(text.trim().to_owned()))
}

/// Everybody on this computer reads what a command was started with.
fn refuse_password(url: &str) -> Result<(), UserError> {
    let account =
        url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(account, _)| account);
    match account.and_then(|account| account.split_once(':')) {
        Some((_, password)) if !password.is_empty() => Err(failure(
            Code::InvalidRequest,
            "the address of the Redis server has a password in it",
            "Leave it out, and give it with --password-file or --password-stdin.",
        )),
        _ => Ok(()),
    }
}

impl Verb {
    /// Whether secrets are needed.
    pub(crate) fn needs_secrets(&self) -> bool {
        !matches!(self, Self::List { .. })
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let engine = &console.engine;
        match self {
            Self::List { project } => {
                let all = api::component_list(engine, ProjectRef { project }).await?;
                console.output.answer(&all, || listed(&all));
            }
            Self::Add(add) => {
                let added = api::component_add(engine, add.request().await?).await?;
                console.output.answer(&added, || {
                    format!(
                        "{} “{}”: {}. The next backup takes it.",
                        words(&added.component),
                        added.name,
                        added.place
                    )
                });
            }
            Self::Test { project, name } => return test(console, project, name).await,
            Self::Remove { project, name } => {
                api::component_remove(engine, ComponentRef { project, name: name.clone() }).await?;
                console.output.answer(&contract::command::Nothing {}, || {
                    format!("“{name}” is backed up no more. What backups hold of it stays.")
                });
            }
        }
        Ok(Status::Done)
    }
}

async fn test(console: &Console<'_>, project: String, name: Option<String>) -> Ended {
    let engine = &console.engine;
    let names = if let Some(name) = name {
        vec![name]
    } else {
        let all = api::component_list(engine, ProjectRef { project: project.clone() }).await?;
        all.into_iter().map(|one| one.name).collect()
    };
    let mut looks = Vec::new();
    for name in names {
        looks.push(api::component_test(engine, ComponentRef { project: project.clone(), name }).await?);
    }
    let is_whole = looks.iter().all(|look| look.left_out_count.0 == 0);
    console.output.answer(&looks, || {
        if looks.is_empty() {
            return "It has nothing beside its database. Add something: `holdfast component add PROJECT …`."
                .into();
        }
        parts(&looks.iter().map(look).collect::<Vec<_>>())
    });
    Ok(if is_whole { Status::Done } else { Status::Inconclusive })
}

fn look(look: &ComponentLookView) -> String {
    let mut lines =
        vec![format!("{} “{}”: {}", words(&look.source.component), look.source.name, look.sentence)];
    lines.extend(look.left_out.iter().map(|one| format!("  not taken: {one}")));
    lines.join("\n")
}

fn listed(all: &[ComponentSourceView]) -> String {
    if all.is_empty() {
        return "Nothing beside its database. Add files, configuration, Redis or logs: `holdfast component add PROJECT …`."
            .into();
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| vec![words(&one.component).to_owned(), one.name.clone(), one.place.clone()])
        .collect();
    table(&[("Component", Side::Left), ("Name", Side::Left), ("Where", Side::Left)], &rows)
}

/// For people.
pub(crate) fn words(component: &str) -> &'static str {
    match component {
        "storage" => "Files",
        "config" => "Configuration",
        "redis" => "Redis",
        "logs" => "Logs",
        "database" => "Database",
        _ => "Other files",
    }
}
