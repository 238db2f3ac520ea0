//! A server with an extension that a database uses everywhere: `tests/fixtures/terra`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use postgres::tools::{Program, SearchRoots, Tools};

use crate::database::Database;
use crate::installation::Installation;
use crate::peer::skip;
use crate::server::{Server, every_version};

/// The server, and its programs.
#[derive(Debug)]
pub struct Terra {
    server: Server,
    installation: Installation,
}

impl Terra {
    /// On the version of this system; `None`, loudly, on a computer without Postgres.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Terra, String>> = OnceLock::new();
        let started = || {
            let tools = Tools::discover(&SearchRoots::of_this_system());
            tools.newest_server().map(Self::of).map_err(|error| format!("{error}. {}", error.hint()))
        };
        SHARED.get_or_init(started).as_ref().inspect_err(|why| skip(why)).ok()
    }

    /// On version 16 or 18, which `tools/setup test` brings.
    pub fn of_major(major: u16) -> Option<&'static Self> {
        static SIXTEEN: OnceLock<Result<Terra, String>> = OnceLock::new();
        static EIGHTEEN: OnceLock<Result<Terra, String>> = OnceLock::new();
        let started = || {
            let tools = Tools::discover(&every_version());
            let found = tools.found.iter().find(|set| set.major() == major && set.can_run_a_server());
            let missing = || format!("there is no Postgres {major} here; `tools/setup test` brings it");
            found.map(Self::of).ok_or_else(missing)
        };
        let of_it = if major == 16 { &SIXTEEN } else { &EIGHTEEN };
        of_it.get_or_init(started).as_ref().inspect_err(|why| skip(why)).ok()
    }

    fn of(set: &postgres::tools::ToolSet) -> Self {
        let installation = Installation::of(set, &[fixtures().join("extensions")]);
        Self { server: Server::start_in_thread(installation.tools(), &[]), installation }
    }

    /// A new database that uses it, with so many rows of the user's in the extension's own table.
    pub async fn database(&self, rows: u64) -> Database<'_> {
        let database = self.server.database().await;
        let output = database
            .client(Program::Psql)
            .args(["-qXw", "-v", &format!("rows={rows}"), "-f"])
            .arg(fixtures().join("build.sql"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        database
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Its programs, with the extension beside them.
    pub fn with_extensions(&self) -> SearchRoots {
        self.installation.roots()
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/terra")
}
