//! What runs in a private server does nothing outside of it, whatever it is and whoever's rights it has. Each way
//! out is tried twice: behind the wall, and in a server like it without one, where it has to work.

mod drilled;
mod reached;
mod settings;

use camino::{Utf8Path, Utf8PathBuf};
use postgres::cluster::{Cluster, ClusterSpec, Confinement, Gap, Purpose, Wall};
use postgres::connection::{ConnectOptions, Session, connect};
use postgres::tools::{SearchRoots, Tools};
use testkit::skip;

/// A private server as drills have it, and another that differs in nothing but that no wall is around it.
pub(crate) struct Pair {
    walled: Cluster,
    open: Cluster,
    /// Where everybody may write, and files lie that everybody may read.
    folder: tempfile::TempDir,
    _profile: tempfile::TempDir,
}

impl Pair {
    /// `None`, loudly, where there is no Postgres or no wall that keeps programs, files and the network out.
    async fn start(parameters: &[(&str, &str)]) -> Option<Self> {
        let tools = Tools::discover(&SearchRoots::of_this_system());
        let set = match tools.newest_server() {
            Ok(set) => set,
            Err(error) => {
                skip(&format!("{error}. {}", error.hint()));
                return None;
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(profile.path()).unwrap();
        let started = async |confinement| {
            let mut spec = ClusterSpec::new(home, Purpose::Scratch, set, home.join("owner.lock"));
            spec.confinement = confinement;
            spec.parameters =
                parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            let cluster = Cluster::create(spec).await.unwrap();
            cluster.start().await.unwrap();
            cluster
        };
        let walled = started(Confinement::Walled).await;
        let wall = walled.wall().unwrap();
        let is_enough = match &wall {
            Wall::Whole => true,
            Wall::Partly { missing } => !missing.contains(&Gap::Calls),
            Wall::None { .. } => false,
        };
        if !is_enough {
            skip(&format!("this system has no such wall: {wall:?}"));
            return None;
        }
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(folder.path(), everybody).unwrap();
        Some(Self { walled, open: started(Confinement::Open).await, folder, _profile: profile })
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(name)
    }

    /// Behind the wall, then without it.
    fn both(&self) -> [(&Cluster, bool); 2] {
        [(&self.walled, true), (&self.open, false)]
    }

    async fn remove(self) {
        self.walled.remove().await.unwrap();
        self.open.remove().await.unwrap();
    }
}

/// A session of the superuser.
async fn session(cluster: &Cluster) -> Session {
    let settings = cluster.settings("postgres");
    connect(&settings, Some(cluster.password()), &ConnectOptions::new("test")).await.unwrap()
}

/// Gives a file or folder to the account that runs the cluster.
fn give(cluster: &Cluster, path: &Utf8Path) {
    use std::os::unix::fs::MetadataExt as _;
    let owner = cluster.record().place.data().metadata().unwrap();
    std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
}

#[tokio::test]
async fn a_superuser_of_a_private_server_starts_no_program_and_touches_no_file_outside_of_it() {
    let Some(pair) = Pair::start(&[]).await else { return };
    let library = session(&pair.open).await;
    let folder = "select setting || '/plpgsql.so' from pg_catalog.pg_config() where name = 'PKGLIBDIR'";
    let installed: String = library.client.query_one(folder, &[]).await.unwrap().get(0);
    library.close().await;
    std::fs::copy(installed, pair.path("library.so")).unwrap();
    std::fs::write(pair.path("read"), "a line\n").unwrap();
    let space = pair.path("space");
    std::fs::create_dir(&space).unwrap();
    give(&pair.open, &space);
    let at = |name: &str| pair.path(name).to_string();
    // What is tried, and the file that tells that it worked; without one, that it was no error.
    let tries = [
        ("a program", format!("copy (select 1) to program 'touch {}'", at("program")), Some("program")),
        ("a program's output", "create temp table got (t text); copy got from program 'echo 1'".into(), None),
        ("writing a file", format!("copy (select 1) to '{}'", at("written")), Some("written")),
        (
            "exporting an object",
            format!(
                "select pg_catalog.lo_from_bytea(4242, 'x'); select pg_catalog.lo_export(4242, '{}')",
                at("object")
            ),
            Some("object"),
        ),
        ("a tablespace", format!("create tablespace elsewhere location '{space}'"), None),
        (
            "reading a file",
            format!("create temp table lines (t text); copy lines from '{}'", at("read")),
            None,
        ),
        ("the accounts", "select pg_catalog.pg_read_file('/etc/passwd')".into(), None),
        ("importing an object", format!("select pg_catalog.lo_import('{}')", at("read")), None),
        ("listing a folder", "select pg_catalog.pg_ls_dir('/etc')".into(), None),
        ("a process", "select pg_catalog.pg_read_binary_file('/proc/self/environ')".into(), None),
        ("a library", format!("load '{}'", at("library.so")), None),
    ];

    for (cluster, is_walled) in pair.both() {
        let session = session(cluster).await;
        for (what, sql, file) in &tries {
            let mut error = None;
            for statement in sql.split("; ") {
                error = session.client.batch_execute(statement).await.err().or(error);
            }
            let has_worked = file.map_or(error.is_none(), |name| pair.path(name).exists());
            assert_eq!(has_worked, !is_walled, "{what}, walled {is_walled}: {error:?}");
        }
        session.close().await;
    }
    pair.remove().await;
}

#[tokio::test]
async fn a_server_behind_its_wall_does_what_servers_do() {
    let Some(pair) = Pair::start(&[]).await else { return };
    let session = session(&pair.walled).await;
    let all = "
        set search_path = public; create table numbers as select i, md5(i::text) t from generate_series(1, 50000) i;
        set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
        set min_parallel_table_scan_size = 0; set work_mem = '64MB'; set enable_mergejoin = off;
        create index on numbers (t); vacuum full numbers;
        create database another; drop database another;
        set timezone = 'Europe/Berlin'; create temp table moments as select '2026-07-01 12:00+00'::timestamptz::text as at;
        select pg_catalog.lo_from_bytea(4243, 'x'); checkpoint";
    for statement in all.split(';').map(str::trim) {
        session
            .client
            .batch_execute(statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }

    let joined = "select count(*) from numbers a join numbers b using (t)";
    assert_eq!(session.client.query_one(joined, &[]).await.unwrap().get::<_, i64>(0), 50_000);
    let zoned: String = session.client.query_one("select at from moments", &[]).await.unwrap().get(0);
    assert_eq!(zoned, "2026-07-01 14:00:00+02");
    let shown = "select setting from pg_catalog.pg_settings where name = 'dynamic_shared_memory_type'";
    assert_eq!(session.client.query_one(shown, &[]).await.unwrap().get::<_, String>(0), "mmap");
    session.close().await;
    pair.remove().await;
}

#[tokio::test]
async fn a_lock_file_that_names_another_process_ends_nothing_but_its_own_server() {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    let Some(pair) = Pair::start(&[]).await else { return };
    let place = pair.walled.record().place;
    let owner = place.data().metadata().unwrap();
    // Another program of the account that runs the server.
    let mut bystander = std::process::Command::new("sleep");
    bystander.arg("300").current_dir("/").uid(owner.uid()).gid(owner.gid());
    let mut bystander = testkit::child::Guarded::start(&mut bystander);
    let lock = place.data().join("postmaster.pid");
    let before = std::fs::read_to_string(&lock).unwrap();
    let server: u32 = before.lines().next().unwrap().parse().unwrap();
    let lines: Vec<String> = before.lines().skip(1).map(|line| format!("'{}'", line.trim())).collect();
    let session = session(&pair.walled).await;
    let lie = format!(
        "copy (select pg_catalog.unnest(array['{}', {}])) to '{lock}'",
        bystander.child().id(),
        lines.join(", ")
    );
    session.client.batch_execute(&lie).await.unwrap();
    session.close().await;

    // Another process than the one that started it knows no better than the file.
    let swept =
        Cluster::attach(pair.walled.record(), pair.walled.tools(), pair.walled.password().clone()).unwrap();
    swept.stop().await.unwrap();
    assert!(
        Utf8PathBuf::from(format!("/proc/{server}")).exists(),
        "what the file does not name is not ended by it"
    );
    pair.remove().await;

    assert_eq!(bystander.child().try_wait().unwrap(), None, "a program of somebody else was ended");
    assert!(!Utf8PathBuf::from(format!("/proc/{server}")).exists() && !place.directory.exists());
}
