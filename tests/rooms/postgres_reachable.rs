//! A real private Postgres: reached, refused in every way that has a name, dumped, cancelled, removed.

use std::io::Read as _;
use std::process::Command;
use std::time::Duration;

use base::secret::Secret;
use camino::{Utf8Path, Utf8PathBuf};
use engine::sample;
use postgres::cluster::{Cluster, ClusterSpec, Listens, Purpose, records, sweep};
use postgres::connection::{
    CertificateProblem, ConnectError, ConnectOptions, Session, Settings, TlsMode, connect,
};
use postgres::dump::{Dump, DumpError, DumpFailure, DumpRequest, Holder, RolesRequest};
use postgres::ladder::{Ladder, Rung, RungId, RungState, Suggestion, climb, read_only_role_sql};
use postgres::process::terminate_backends;
use postgres::tools::{Program, SearchRoots, ToolSet, Tools};
use testkit::poll::soon;

/// A profile, and the tools to run servers in it.
struct Bench {
    profile: tempfile::TempDir,
    tools: Tools,
}

impl Bench {
    /// `None`, loudly, on a computer without Postgres; in CI that is a failure.
    fn new() -> Option<Self> {
        let tools = Tools::discover(&SearchRoots::of_this_system());
        if let Err(error) = tools.newest_server() {
            testkit::skip(&format!("{error}. {}", error.hint()));
            return None;
        }
        Some(Self { profile: tempfile::tempdir().unwrap(), tools })
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.profile.path()).unwrap()
    }

    fn set(&self) -> &ToolSet {
        self.tools.newest_server().unwrap()
    }

    fn spec(&self, purpose: Purpose) -> ClusterSpec {
        ClusterSpec::new(self.path(), purpose, self.set(), self.path().join("owner.lock"))
    }

    async fn cluster(&self) -> Cluster {
        let cluster = Cluster::create(self.spec(Purpose::Scratch)).await.unwrap();
        cluster.start().await.unwrap();
        cluster
    }

    async fn cluster_on_loopback(&self, parameters: &[(&str, &str)]) -> Cluster {
        let mut spec = self.spec(Purpose::Scratch);
        spec.listens = Listens::AlsoOnLoopback;
        spec.parameters =
            parameters.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Cluster::create(spec).await.unwrap()
    }

    async fn climb(&self, settings: &Settings, password: Option<&Secret>) -> Vec<Rung> {
        let mut told = 0;
        let ladder = Ladder { settings, password, tools: &self.tools, options: &options("ladder") };
        let rungs = climb(ladder, &mut |_| told += 1).await;
        let all = RungId::of(settings).count();
        assert_eq!((rungs.len(), told), (all, all));
        rungs
    }
}

fn options(name: &str) -> ConnectOptions {
    ConnectOptions { timeout: Duration::from_secs(5), ..ConnectOptions::new(name) }
}

/// A session as an application has it, with the path of its role.
async fn session(cluster: &Cluster, database: &str) -> Session {
    let settings = cluster.settings(database);
    let session = connect(&settings, Some(cluster.password()), &options("test")).await.unwrap();
    session.client.batch_execute("reset search_path").await.unwrap();
    session
}

async fn refusal(settings: &Settings, password: Option<&Secret>) -> ConnectError {
    let error = connect(settings, password, &options("test")).await.unwrap_err();
    if let Some(password) = password {
        assert!(!format!("{error:?} {error}").contains(password.expose()), "{error:?}");
    }
    error
}

#[tokio::test]
async fn each_reason_for_no_session_has_its_own_name() {
    let Some(bench) = Bench::new() else { return };
    let cluster = bench.cluster_on_loopback(&[]).await;
    cluster.start().await.unwrap();
    let password = Some(cluster.password());
    let right = cluster.loopback_settings("postgres");
    let wrong = Secret::new("hunter2-not-it");

    connect(&right, password, &options("test")).await.unwrap().close().await;

    assert!(matches!(refusal(&right, Some(&wrong)).await, ConnectError::WrongPassword { .. }));
    assert!(matches!(refusal(&right, None).await, ConnectError::PasswordMissing { .. }));
    let nowhere = right.with_database("nowhere");
    assert!(
        matches!(refusal(&nowhere, password).await, ConnectError::UnknownDatabase { database } if database == "nowhere")
    );
    let encrypted = Settings { tls: TlsMode::Require, ..right.clone() };
    assert!(matches!(refusal(&encrypted, password).await, ConnectError::TlsNotOffered { .. }));
    let stranger = Settings { host: "no-such-host.invalid".into(), ..right.clone() };
    assert!(matches!(refusal(&stranger, password).await, ConnectError::UnknownHost { .. }));
    let no_socket = Settings { host: bench.path().to_string(), ..right.clone() };
    assert!(matches!(refusal(&no_socket, password).await, ConnectError::NoSocket { .. }));

    cluster.stop().await.unwrap();
    assert!(matches!(refusal(&right, password).await, ConnectError::Refused { .. }));
    cluster.remove().await.unwrap();
}

#[tokio::test]
async fn a_self_signed_certificate_is_used_and_trusted_only_where_it_is_given() {
    let Some(bench) = Bench::new() else { return };
    let cluster = bench.cluster_on_loopback(&[("ssl", "on")]).await;
    let root = certificate(&cluster, bench.path());
    cluster.start().await.unwrap();
    let with = |host: &str, tls, root: Option<&Utf8PathBuf>| Settings {
        host: host.into(),
        tls,
        root_certificate: root.cloned(),
        ssh: None,
        container: None,
        ..cluster.loopback_settings("postgres")
    };
    let password = Some(cluster.password());

    for settings in [
        with("localhost", TlsMode::Prefer, None),
        with("localhost", TlsMode::Require, None),
        with("localhost", TlsMode::VerifyCa, Some(&root)),
        with("localhost", TlsMode::VerifyFull, Some(&root)),
        with("127.0.0.1", TlsMode::VerifyCa, Some(&root)),
    ] {
        let session = connect(&settings, password, &options("test")).await.unwrap();
        let row =
            session.client.query_one("select version from pg_stat_ssl where pid = pg_backend_pid()", &[]);
        assert_eq!(row.await.unwrap().get::<_, &str>(0), "TLSv1.3", "{}", settings.redacted_url());
        assert_eq!(session.tls.as_ref().unwrap().version, "TLSv1.3");
        session.canceller().cancel().await.unwrap();
        session.close().await;
    }
    let refused = refusal(&with("localhost", TlsMode::VerifyFull, None), password).await;
    assert!(
        matches!(refused, ConnectError::Certificate { problem: CertificateProblem::UnknownAuthority, .. }),
        "{refused:?}"
    );
    let refused = refusal(&with("127.0.0.1", TlsMode::VerifyFull, Some(&root)), password).await;
    assert!(
        matches!(refused, ConnectError::Certificate { problem: CertificateProblem::OtherName, .. }),
        "{refused:?}"
    );

    let rungs = bench.climb(&with("localhost", TlsMode::VerifyFull, None), password).await;
    assert_eq!((rungs[2].state, rungs[2].code), (RungState::Failed, Some("HF-TLS-003")));
    assert!(rungs[3..].iter().all(|rung| rung.state == RungState::Waiting));
    cluster.remove().await.unwrap();
}

/// For `localhost` by name only, where the server looks for it. Returns a copy for the client.
fn certificate(cluster: &Cluster, home: &Utf8Path) -> Utf8PathBuf {
    let data = cluster.record().place.data();
    let (key, own) = (data.join("server.key"), data.join("server.crt"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-keyout", key.as_str(), "-out", own.as_str()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let owner = data.metadata().unwrap();
        for file in [&key, &own] {
            std::os::unix::fs::chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let copy = home.join("root.crt");
    std::fs::copy(&own, &copy).unwrap();
    copy
}

#[tokio::test]
async fn a_dump_shows_the_moment_of_its_snapshot_and_nothing_later() {
    let Some(bench) = Bench::new() else { return };
    let cluster = bench.cluster().await;
    sample::create(&cluster).await.unwrap();
    let settings = cluster.settings(sample::DATABASE);
    let holder = Holder::open(&settings, Some(cluster.password()), &options("holder")).await.unwrap();

    let facts = holder.facts().await.unwrap();
    let rows: Vec<(&str, u64)> = facts
        .tables
        .iter()
        .filter(|table| table.schema == "public")
        .map(|table| (table.name.as_str(), table.rows_estimated.unwrap()))
        .collect();
    assert_eq!(rows, sample::TABLES);
    assert_eq!(facts.migrations[0].newest, sample::MIGRATION);
    assert_eq!(facts.server.major, bench.set().major());
    assert!(facts.server.system_identifier.is_some() && facts.server.lsn.is_some());
    assert!(facts.unreadable.is_empty());
    // It is one clock: no further apart than what half of the way there and back leaves open.
    assert!(facts.clock.skew_ms.abs() <= facts.clock.round_trip_ms / 2 + 2, "{:?}", facts.clock);

    let other = session(&cluster, sample::DATABASE).await;
    other
        .client
        .batch_execute("insert into \"Gift Cards\" values ('TOO-LATE', 1, '2027-01-01', null)")
        .await
        .unwrap();
    let archive = bench.path().join("shop.dump");
    let mut dump = Dump::spawn(&request(&bench, &cluster, &settings, &holder, "the dump")).unwrap();
    let mut output = dump.take_output().unwrap();
    let target = archive.clone();
    let written = tokio::task::spawn_blocking(move || {
        std::io::copy(&mut output, &mut std::fs::File::create(target).unwrap()).unwrap()
    });
    assert!(written.await.unwrap() > 2_000_000);
    tokio::task::spawn_blocking(|| dump.finish()).await.unwrap().unwrap();

    let cards = Command::new(bench.set().path(Program::PgRestore))
        .args(["--data-only", "--table=Gift Cards", "--file=-", archive.as_str()])
        .output()
        .unwrap();
    let cards = String::from_utf8(cards.stdout).unwrap();
    assert!(cards.matches("2027-").count() > 100 && !cards.contains("TOO-LATE"), "{cards}");
    assert_eq!(roles(&bench, &cluster, &settings, &holder).await.matches("CREATE ROLE shop_app").count(), 1);

    holder.close().await;
    other.close().await;
    cluster.remove().await.unwrap();
}

fn request<'a>(
    bench: &'a Bench,
    cluster: &'a Cluster,
    settings: &'a Settings,
    holder: &'a Holder,
    application_name: &'a str,
) -> DumpRequest<'a> {
    DumpRequest {
        tools: bench.tools.for_dump(bench.set().major()).unwrap(),
        settings,
        password: Some(cluster.password()),
        peer: holder.peer(),
        snapshot: holder.snapshot(),
        application_name,
        lock_wait: Duration::from_secs(5),
        encoding: None,
        output: &[],
        left_out: &[],
    }
}

async fn roles(bench: &Bench, cluster: &Cluster, settings: &Settings, holder: &Holder) -> String {
    let mut roles = Dump::spawn_roles(&RolesRequest {
        tools: bench.set(),
        settings,
        password: Some(cluster.password()),
        peer: holder.peer(),
        application_name: "the roles",
    })
    .unwrap();
    let mut output = roles.take_output().unwrap();
    tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        roles.finish().unwrap();
        text
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_cancelled_dump_leaves_no_process_and_no_backend() {
    let Some(bench) = Bench::new() else { return };
    let cluster = bench.cluster().await;
    sample::create(&cluster).await.unwrap();
    let settings = cluster.settings(sample::DATABASE);
    let holder = Holder::open(&settings, Some(cluster.password()), &options("holder")).await.unwrap();
    let watcher = session(&cluster, "postgres").await;
    let backends = async |name: &str| -> i64 {
        let count = "select count(*) from pg_stat_activity where application_name = $1";
        watcher.client.query_one(count, &[&name]).await.unwrap().get(0)
    };

    // It fills the pipe and stands still there.
    let mut dump = Dump::spawn(&request(&bench, &cluster, &settings, &holder, "to cancel")).unwrap();
    let mut first = [0; 5];
    dump.take_output().map(|mut output| output.read_exact(&mut first).map(|()| output)).unwrap().unwrap();
    assert_eq!(&first, b"PGDMP");
    let mut dump = Dump::spawn(&request(&bench, &cluster, &settings, &holder, "to cancel")).unwrap();
    let output = dump.take_output();
    soon("the dump has a backend", async || backends("to cancel").await >= 1).await;
    dump.kill_handle().kill();
    let end = tokio::task::spawn_blocking(|| dump.finish()).await.unwrap();
    assert!(matches!(end, Err(DumpError::Cancelled)), "{end:?}");
    drop(output);
    soon("the backends are gone", async || backends("to cancel").await == 0).await;

    let mut dump = Dump::spawn(&request(&bench, &cluster, &settings, &holder, "to lose")).unwrap();
    let output = dump.take_output();
    soon("the dump has a backend", async || backends("to lose").await == 1).await;
    assert_eq!(terminate_backends(&watcher, "to lose").await.unwrap(), 1);
    drop(output);
    let end = tokio::task::spawn_blocking(|| dump.finish()).await.unwrap();
    let Err(DumpError::Failed { failure, .. }) = end else { panic!("{end:?}") };
    assert!(
        matches!(failure, DumpFailure::Terminated | DumpFailure::ServerGone | DumpFailure::OutputClosed),
        "{failure:?}"
    );

    holder.close().await;
    watcher.close().await;
    cluster.remove().await.unwrap();
}

#[tokio::test]
async fn a_dump_without_its_snapshot_or_its_rights_is_an_error_even_when_bytes_came() {
    let Some(bench) = Bench::new() else { return };
    let cluster = bench.cluster().await;
    sample::create(&cluster).await.unwrap();
    let settings = cluster.settings(sample::DATABASE);
    let holder = Holder::open(&settings, Some(cluster.password()), &options("holder")).await.unwrap();
    let gone =
        DumpRequest { snapshot: "00000003-0000001B-1", ..request(&bench, &cluster, &settings, &holder, "x") };

    let dump = Dump::spawn(&gone).unwrap();
    let end = tokio::task::spawn_blocking(|| dump.finish()).await.unwrap();
    assert!(matches!(end, Err(DumpError::Failed { failure: DumpFailure::SnapshotGone, .. })), "{end:?}");

    holder.close().await;
    cluster.remove().await.unwrap();
}

#[tokio::test]
async fn the_ladder_stops_at_rights_with_the_sql_that_grants_them() {
    let Some(bench) = Bench::new() else { return };
    let cluster = bench.cluster().await;
    sample::create(&cluster).await.unwrap();
    let admin = session(&cluster, sample::DATABASE).await;
    let all = bench.climb(&cluster.settings(sample::DATABASE), Some(cluster.password())).await;
    assert!(all.iter().all(|rung| rung.state == RungState::Passed), "{all:#?}");

    let reader = Settings { user: "holdfast_reader".into(), ..cluster.settings(sample::DATABASE) };
    let password = Secret::new("read-only");
    admin.client.batch_execute("create role holdfast_reader login password 'read-only'").await.unwrap();
    let rungs = bench.climb(&reader, Some(&password)).await;
    assert_eq!((rungs[5].state, rungs[5].code), (RungState::Failed, Some("HF-RIGHT-001")), "{rungs:#?}");
    let Some(Suggestion::Sql(grant)) = rungs[5].fix.clone().unwrap().suggestion else { panic!("{rungs:#?}") };
    admin.client.batch_execute(&grant).await.unwrap();
    assert!(read_only_role_sql("holdfast_reader").ends_with(&grant));

    let rungs = bench.climb(&reader, Some(&password)).await;
    assert_eq!((rungs[5].state, rungs[5].code), (RungState::Failed, Some("HF-RIGHT-002")), "{rungs:#?}");
    let Some(Suggestion::Sql(bypass)) = rungs[5].fix.clone().unwrap().suggestion else {
        panic!("{rungs:#?}")
    };
    admin.client.batch_execute(&bypass).await.unwrap();
    let rungs = bench.climb(&reader, Some(&password)).await;
    assert!(rungs.iter().all(|rung| rung.state == RungState::Passed), "{rungs:#?}");

    let none = Tools::discover(&SearchRoots::none());
    let ladder =
        Ladder { settings: &reader, password: Some(&password), tools: &none, options: &options("ladder") };
    let rungs = climb(ladder, &mut |_| {}).await;
    assert_eq!((rungs[4].state, rungs[4].code), (RungState::Failed, Some("HF-VER-001")), "{rungs:#?}");
    admin.close().await;
    cluster.remove().await.unwrap();
}

#[tokio::test]
async fn a_removed_or_dropped_cluster_leaves_nothing() {
    let Some(bench) = Bench::new() else { return };
    for is_dropped in [false, true] {
        let cluster = bench.cluster().await;
        let place = cluster.record().place;
        let lock = std::fs::read_to_string(place.data().join("postmaster.pid")).unwrap();
        let server: u32 = lock.lines().next().unwrap().parse().unwrap();
        assert!(!place.directory.join("pw").exists(), "the password's file is gone");
        if is_dropped {
            tokio::task::spawn_blocking(|| drop(cluster)).await.unwrap();
        } else {
            cluster.remove().await.unwrap();
        }
        assert!(!place.directory.exists() && !place.directory.parent().unwrap().exists(), "{place:?}");
        assert!(!place.socket_directory.unwrap().exists());
        assert!(records(bench.path()).unwrap().is_empty());
        assert!(!Utf8PathBuf::from(format!("/proc/{server}")).exists());
    }
}

#[tokio::test]
async fn a_sweep_removes_what_a_dead_owner_left_and_nothing_else() {
    let Some(bench) = Bench::new() else { return };
    let cluster = bench.cluster().await;
    let place = cluster.record().place;
    // As if this process had been killed: nobody drops, and the server runs on.
    std::mem::forget(cluster);

    let lock = std::fs::File::create(bench.path().join("owner.lock")).unwrap();
    lock.lock().unwrap();
    assert!(sweep(bench.path()).unwrap().removed.is_empty(), "the owner lives");
    drop(lock);
    let report = sweep(bench.path()).unwrap();

    assert_eq!((report.removed, report.failed.len()), (vec![place.directory.clone()], 0));
    assert!(!place.directory.exists() && records(bench.path()).unwrap().is_empty());
}

#[tokio::test]
async fn a_sample_outlives_its_maker_and_is_taken_up_again() {
    let Some(bench) = Bench::new() else { return };
    let cluster = Cluster::create(bench.spec(Purpose::Sample)).await.unwrap();
    cluster.start().await.unwrap();
    let password = cluster.password().clone();
    drop(cluster);

    let record = records(bench.path()).unwrap().remove(0);
    let again = Cluster::attach(record, bench.set(), password).unwrap();
    assert!(again.is_running() && sweep(bench.path()).unwrap().removed.is_empty());
    session(&again, "postgres").await.close().await;
    again.stop().await.unwrap();
    assert!(!again.is_running());
    again.start().await.unwrap();
    session(&again, "postgres").await.close().await;
    let directory = again.record().place.directory;
    again.remove().await.unwrap();
    assert!(!directory.exists());
}

/// A server that lets everybody in, and then answers the first query with one message of this head, whose rest never
/// comes. It ends once the client is gone.
fn lets_in_and_says(head: [u8; 5]) -> u16 {
    use std::io::Write as _;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut asked = [0; 4096];
        let _ = client.read(&mut asked).unwrap();
        // Signed in, and ready.
        client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 0, b'Z', 0, 0, 0, 5, b'I']).unwrap();
        let _ = client.read(&mut asked).unwrap();
        client.write_all(&head).unwrap();
        let _ = client.read_to_end(&mut Vec::new());
    });
    port
}

#[tokio::test]
async fn a_server_that_claims_more_than_any_answer_has_is_left_at_once_and_not_waited_for() {
    for kind in *b"DENS" {
        let port = lets_in_and_says([kind, 0x7f, 0xff, 0xff, 0xff]);
        let (host, database, user) = ("127.0.0.1".into(), "shop".into(), "anna".into());
        let settings = Settings {
            host,
            port,
            database,
            user,
            tls: TlsMode::Disable,
            root_certificate: None,
            ssh: None,
            container: None,
        };

        let error = connect(&settings, None, &ConnectOptions::new("a test")).await.unwrap_err();

        assert!(!matches!(error, ConnectError::Timeout { .. }), "{}: {error}", char::from(kind));
    }
}
