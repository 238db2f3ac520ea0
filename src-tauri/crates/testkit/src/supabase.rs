//! A server as a Supabase project has it: its roles, extensions and services, and the user's `postgres`, which is no
//! superuser. `tests/fixtures/supabase` says how true it is.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use base::secret::Secret;
use postgres::connection::Settings;
use postgres::tools::{Program, SearchRoots, ToolSet, Tools};

use crate::console::{Console, PROJECT};
use crate::database::Database;
use crate::installation::Installation;
use crate::peer::skip;
use crate::server::{Server, every_version};

/// What users sign in as.
const USER: &str = "postgres";
/// Who the platform is.
const ADMIN: &str = "supabase_admin";
const USER_PASSWORD: &str = "a password of its own";

/// The server with its extensions.
#[derive(Debug)]
pub struct Supabase {
    server: Server,
    installation: Installation,
    /// The same programs without any of them, where they are not those of this system.
    plain: Option<Installation>,
    number: AtomicU32,
}

impl Supabase {
    /// The one that all tests of this binary share; `None`, loudly, on a computer without Postgres.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Supabase, String>> = OnceLock::new();
        SHARED.get_or_init(Self::started).as_ref().inspect_err(|why| skip(why)).ok()
    }

    /// One of each version that is here, the system's first.
    pub fn each() -> impl Iterator<Item = &'static Self> {
        [Self::shared(), Self::of_major(16), Self::of_major(18)].into_iter().flatten()
    }

    /// On version 16 or 18, which `tools/setup test` brings: without contrib, which has stand-ins then.
    pub fn of_major(major: u16) -> Option<&'static Self> {
        static NEWER: [OnceLock<Result<Supabase, String>>; 2] = [OnceLock::new(), OnceLock::new()];
        let started = || {
            let tools = Tools::discover(&every_version());
            let found = tools.found.iter().find(|set| set.major() == major && set.can_run_a_server());
            let missing = || format!("there is no Postgres {major} here; `tools/setup test` brings it");
            let set = found.ok_or_else(missing)?;
            let plain = Installation::of(set, &[]);
            plain.remove("vector");
            Ok(Self::start(set, &["extensions", "contrib"], Some(plain)))
        };
        let of_it = &NEWER[usize::from(major == 18)];
        of_it.get_or_init(started).as_ref().inspect_err(|why| skip(why)).ok()
    }

    fn started() -> Result<Self, String> {
        let tools = Tools::discover(&SearchRoots::of_this_system());
        let set = tools.newest_server().map_err(|error| format!("{error}. {}", error.hint()))?;
        Ok(Self::start(set, &["extensions"], None))
    }

    fn start(set: &ToolSet, stand_ins: &[&str], plain: Option<Installation>) -> Self {
        let folders: Vec<PathBuf> = stand_ins.iter().map(|folder| fixtures().join(folder)).collect();
        let installation = Installation::of(set, &folders);
        let parameters = &[("wal_level", "logical"), ("max_wal_senders", "4")];
        let server = Server::start_in_thread(installation.tools(), parameters);
        let supabase = Self { server, installation, plain, number: AtomicU32::new(1) };
        std::thread::scope(|scope| scope.spawn(|| supabase.make_roles()).join().unwrap());
        supabase
    }

    /// In a thread of its own, since each test has a runtime of its own.
    fn make_roles(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let first = self.server.at("postgres");
        let password = self.server.password().expose();
        runtime.block_on(first.run(&format!(
            "create role {ADMIN} superuser login password '{password}'; create role {USER} login"
        )));
        script(&first, "roles.sql");
        runtime.block_on(first.run(&format!("alter role {USER} password '{USER_PASSWORD}'")));
    }

    /// A new database with everything in it.
    pub async fn database(&self) -> Database<'_> {
        self.built("build.sql").await
    }

    /// A database as a project has it that was made a moment ago: what is the platform's, and nothing of the user's.
    pub async fn new_project(&self) -> Database<'_> {
        self.built("new_project.sql").await
    }

    async fn built(&self, file: &str) -> Database<'_> {
        let name = format!("supabase_{}", self.number.fetch_add(1, Ordering::Relaxed));
        let make = format!("create database {name} owner {USER} template template0 encoding 'UTF8'");
        self.server.at("postgres").run(&make).await;
        let database = self.server.at(&name);
        // It makes its role a superuser for a moment, which two at once would take from each other.
        let building = BUILDING.lock().await;
        script(&database, file);
        drop(building);
        database
    }

    /// The server, for its own superuser.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Its programs, with the extensions: a computer that has them all.
    pub fn with_extensions(&self) -> SearchRoots {
        self.installation.roots()
    }

    /// Programs of the same version on a computer that has none of the extensions.
    pub fn without_extensions(&self) -> SearchRoots {
        self.plain.as_ref().map_or_else(SearchRoots::of_this_system, Installation::roots)
    }

    /// How the user signs in.
    pub fn settings(&self, database: &str) -> Settings {
        Settings { user: USER.to_owned(), ..self.server.settings(database) }
    }

    /// The user's password.
    pub fn password(&self) -> Secret {
        Secret::new(USER_PASSWORD.to_owned())
    }

    /// A console with a vault and the database as a project of the user's, on a computer with or without the extensions.
    pub async fn console(&self, database: &str, roots: SearchRoots) -> Console {
        let console = Console::with(|options| options.tool_roots = roots).await.with_vault().await;
        console.add_project(PROJECT, self.settings(database), &self.password()).await.unwrap();
        console
    }
}

fn script(database: &Database<'_>, file: &str) {
    let output = database
        .client(Program::Psql)
        .env("PGUSER", ADMIN)
        .env("PGOPTIONS", "-c client_min_messages=warning")
        .args(["-qXw", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f"])
        .arg(fixtures().join(file))
        .output()
        .unwrap();
    assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
}

static BUILDING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/supabase")
}
