//! The database behind a stand-in, reached with the programs that the real servers run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::str::FromStr as _;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::Database;

/// A database by its connection string, and where the client programs are.
#[derive(Debug, Clone)]
pub struct Postgres {
    config: Config,
    programs: PathBuf,
}

impl Postgres {
    /// By a connection string, as libpq takes it, and the folder of `pg_dump`.
    pub fn new(connection: &str, programs: impl Into<PathBuf>) -> Self {
        Self { config: Config::from_str(connection).unwrap(), programs: programs.into() }
    }

    /// A database of the tests' server.
    pub fn of(database: &Database<'_>) -> Self {
        let settings = database.settings();
        let mut config = Config::new();
        config.host(&settings.host).port(settings.port).user(&settings.user).dbname(&settings.database);
        config.password(database.server.password().expose());
        let program = database.server.program(postgres::tools::Program::PgDump);
        Self { config, programs: program.parent().unwrap().as_std_path().to_owned() }
    }

    /// Another database of the same server, made empty.
    pub(super) async fn create(&self, name: &str) -> Result<Self, String> {
        self.query(&format!("create database \"{name}\" template template0")).await?;
        let mut config = self.config.clone();
        config.dbname(name);
        Ok(Self { config, programs: self.programs.clone() })
    }

    /// Dumps it into a file.
    pub(super) fn dump(&self, format: &str, file: &Path) -> Result<(), String> {
        let mut command = self.command("pg_dump");
        command.arg(format!("--format={format}")).arg("--file").arg(file);
        must(command.output())
    }

    /// Restores a dump over what is there.
    pub(super) fn restore(&self, file: &Path) -> Result<(), String> {
        let mut command = self.command("pg_restore");
        command.args(["--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname"]);
        must(command.arg(self.config.get_dbname().unwrap()).arg(file).output())
    }

    /// The first column of the last row, as text.
    pub(super) async fn query(&self, sql: &str) -> Result<String, String> {
        let client = self.connect().await?;
        query(&client, sql).await
    }

    pub(super) async fn connect(&self) -> Result<Client, String> {
        let (client, connection) = self.config.connect(NoTls).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(client)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some(Host::Tcp(host)) = self.config.get_hosts().first() {
            command.env("PGHOST", host);
        }
        command.env("PGPORT", self.config.get_ports().first().unwrap_or(&5432).to_string());
        command.env("PGUSER", self.config.get_user().unwrap_or("postgres"));
        command.env("PGDATABASE", self.config.get_dbname().unwrap_or("postgres"));
        if let Some(password) = self.config.get_password() {
            command.env("PGPASSWORD", String::from_utf8_lossy(password).as_ref());
        }
        command.stdin(Stdio::null());
        command
    }
}

/// The first column of the last row, as text; Postgres' own words where it fails.
pub(super) async fn query(client: &Client, sql: &str) -> Result<String, String> {
    let words = |error: tokio_postgres::Error| {
        error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
    };
    let rows = client.simple_query(sql).await.map_err(words)?;
    let last = rows.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    });
    Ok(last.unwrap_or_default())
}

/// What a program said where it failed.
pub(super) fn must(output: std::io::Result<Output>) -> Result<(), String> {
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
