//! Components beside a database on a command line: adding them, bringing them back from a backup.

use super::FILE;
use super::line::Line;
use super::restore::PLAN;

/// A component to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentAdd {
    /// Id or name of the project.
    pub project: String,
    /// Where it is.
    pub at: ComponentAt,
    /// Patterns for names.
    pub patterns: Vec<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whether there is a password.
    pub has_password: bool,
}

/// Where a component is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentAt {
    /// Files of a folder.
    Files(String),
    /// A bucket.
    Bucket {
        /// `s3://BUCKET/PREFIX`.
        url: String,
        /// The store.
        endpoint: String,
        /// Its region.
        region: String,
        /// The id of the access key.
        access_key: Option<String>,
        /// Whether the bucket is a part of the host's name.
        is_in_host: bool,
    },
    /// A storage service of Supabase, by its URL.
    StorageApi(String),
    /// A folder of an SSH server.
    Sftp {
        /// `files`, `config`, `logs`.
        component: String,
        /// The folder there.
        path: String,
        /// `USER@HOST`; absent takes that of the project's database.
        account: Option<String>,
        /// The file of the key that signs in.
        key: Option<String>,
        /// The fingerprint of the server's key.
        host_key: Option<String>,
    },
    /// Configuration: files and folders.
    Configuration(Vec<String>),
    /// A Redis server.
    Redis {
        /// Its URL, without a password.
        url: String,
        /// The container from inside of which it is seen.
        container: Option<String>,
    },
    /// Logs: what a container printed.
    ContainerLog {
        /// Its name.
        container: String,
        /// `USER@HOST`; absent takes that of the project's database, or this computer.
        account: Option<String>,
        /// The file of the key that signs in.
        key: Option<String>,
        /// The fingerprint of the server's key.
        host_key: Option<String>,
    },
    /// Logs: a folder, or a table as `schema.name`.
    Logs(String),
    /// The same, a table with the column of its time.
    LogTable {
        /// The table, as `schema.name`.
        table: String,
        /// The column.
        column: String,
    },
}

impl ComponentAdd {
    pub(super) fn line(&self) -> Line {
        let Self { project, at, patterns, name, has_password } = self;
        let line = Line::of("component add").argument(project);
        let line = match at {
            ComponentAt::Files(path) => line.option("files", path),
            ComponentAt::Bucket { url, endpoint, region, access_key, is_in_host } => line
                .option("bucket", url)
                .option("endpoint", endpoint)
                .option("region", region)
                .maybe("access-key", access_key.as_ref())
                .flag("bucket-in-host", *is_in_host)
                .maybe("secret-file", has_password.then_some(FILE)),
            ComponentAt::StorageApi(url) => {
                line.option("storage-api", url).maybe("secret-file", has_password.then_some(FILE))
            }
            ComponentAt::Sftp { component, path, account, key, host_key } => line
                .option(sftp_option(component), path)
                .flag("sftp", true)
                .maybe("ssh", account.as_ref())
                .maybe("ssh-key", key.as_ref())
                .maybe("ssh-host-key", host_key.as_ref())
                .maybe("ssh-secret-file", has_password.then_some(FILE)),
            ComponentAt::Configuration(paths) => {
                paths.iter().fold(line, |line, path| line.option("config", path))
            }
            ComponentAt::Redis { url, container } => {
                line.option("redis", url).maybe("docker", container.as_ref())
            }
            ComponentAt::ContainerLog { container, account, key, host_key } => line
                .option("logs", format!("docker:{container}"))
                .maybe("ssh", account.as_ref())
                .maybe("ssh-key", key.as_ref())
                .maybe("ssh-host-key", host_key.as_ref())
                .maybe("ssh-secret-file", has_password.then_some(FILE)),
            ComponentAt::Logs(path) => line.option("logs", path),
            ComponentAt::LogTable { table, column } => {
                line.option("logs", table).option("time-column", column)
            }
        };
        patterns
            .iter()
            .fold(line, |line, pattern| line.option("pattern", pattern))
            .maybe("name", name.as_ref())
            .maybe(
                "password-file",
                (*has_password && matches!(at, ComponentAt::Redis { .. })).then_some(FILE),
            )
    }
}

/// The option that names a folder of a component.
fn sftp_option(component: &str) -> &'static str {
    match component {
        "config" | "configuration" => "config",
        "logs" => "logs",
        _ => "files",
    }
}

/// Parts of a backup to be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsPlan {
    /// Which backup.
    pub backup: String,
    /// `files`, `config`, `redis`, `logs`.
    pub component: String,
    /// One of its sources.
    pub name: Option<String>,
    /// Only names that begin so.
    pub prefix: Option<String>,
    /// Only names with a day in them, of this one or later.
    pub from: Option<String>,
    /// Of this one or earlier.
    pub until: Option<String>,
    /// Where to.
    pub to: PartTo,
    /// Whether what the backup does not have goes.
    pub deletes_extra: bool,
    /// Why no safety backup is made.
    pub no_safety_because: Option<String>,
}

/// Where parts come back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartTo {
    /// A folder.
    Folder(String),
    /// Where they came from.
    InPlace,
}

impl PartsPlan {
    pub(super) fn line(&self) -> Line {
        let Self { backup, component, name, prefix, from, until, to, deletes_extra, no_safety_because } =
            self;
        let line = Line::of("restore plan").argument(backup).option("component", component);
        let line = line.maybe("name", name.as_ref()).maybe("prefix", prefix.as_ref());
        let line = line.maybe("from", from.as_ref()).maybe("until", until.as_ref());
        let line = match to {
            PartTo::Folder(path) => line.option("to-folder", path),
            PartTo::InPlace => line.flag("in-place", true),
        };
        line.flag("delete-extra", *deletes_extra)
            .maybe("no-safety-backup", no_safety_because.as_ref())
            .option("out", PLAN)
    }
}
