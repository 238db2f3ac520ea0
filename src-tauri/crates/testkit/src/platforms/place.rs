//! The database behind a stand-in, and the programs that dump and restore it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use postgres::tools::Program;

use crate::database::Database;

/// A database, who may do everything in it, and where the programs are.
#[derive(Debug, Clone)]
pub struct Place {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Role.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Database.
    pub database: String,
    /// Folder of `pg_dump`, `pg_restore` and `psql`.
    pub programs: PathBuf,
}

impl From<&Database<'_>> for Place {
    fn from(database: &Database<'_>) -> Self {
        let settings = database.settings();
        let programs = database.server.program(Program::PgDump).parent().unwrap().as_std_path().to_owned();
        Self {
            host: settings.host.clone(),
            port: settings.port,
            user: settings.user.clone(),
            password: database.server.password().expose().to_owned(),
            database: settings.database.clone(),
            programs,
        }
    }
}

impl Place {
    /// Runs a program with this input; what it wrote, or what it complained of.
    pub(super) async fn run(&self, program: &str, args: &[&str], input: Vec<u8>) -> Result<Vec<u8>, String> {
        let mut command = Command::new(self.programs.join(program));
        command.args(args).env("PGHOST", &self.host).env("PGPORT", self.port.to_string());
        command.env("PGUSER", &self.user).env("PGDATABASE", &self.database).env("PGPASSWORD", &self.password);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let ran = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().map_err(|error| error.to_string())?;
            let mut stdin = child.stdin.take().unwrap();
            let writer = std::thread::spawn(move || stdin.write_all(&input));
            let output = child.wait_with_output().map_err(|error| error.to_string())?;
            // A program that ended early did not read all of it.
            let _ = writer.join();
            if output.status.success() {
                return Ok(output.stdout);
            }
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        });
        ran.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    /// Runs a script, whole or not at all.
    pub(super) async fn script(&self, sql: Vec<u8>) -> Result<Vec<u8>, String> {
        let args =
            ["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", "-At", "--file=-"];
        self.run("psql", &args, sql).await
    }
}
