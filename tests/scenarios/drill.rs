//! Drills: a backup brought back to see that it comes back; proof only where all of it did; nothing left.

use base::Code;
use engine::drill::{Depth, Drill, DrillRequest};
use ledger::catalog::{DrillKind, JobState, ProofLevel, Verdict};
use ledger::job::{Check, CheckVerdict};
use postgres::cluster;
use postgres::tools::{Program, SearchRoots, Tools};
use testkit::{Console, Database, Extension, PROJECT, Server, VaultFile, flip};

/// Orders of customers, an empty table, a view, a policy, a sequence, indexes.
pub(crate) const SHOP: &str = "
    create table customers (id serial primary key, name text not null);
    insert into customers (name) select md5(i::text) from generate_series(1, 300) i;
    create table orders (id int primary key, customer int not null references customers, total numeric);
    insert into orders select i, 1 + i % 300, i from generate_series(1, 2000) i;
    create table returns (id int primary key);
    create index orders_by_total on orders (total); create unique index customers_by_name on customers (name);
    create view large as select * from orders where total > 1000;
    alter table orders enable row level security;
    create policy everybody on orders using (true);";

/// A profile with one backup of the shop.
pub(crate) async fn backed_up(server: &'static Server, more: &str) -> (Console, Database<'static>, String) {
    let database = server.database().await;
    database.run(SHOP).await;
    database.run(more).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await;
    (console, database, backup.record.id)
}

pub(crate) fn request() -> DrillRequest {
    DrillRequest::of_backup(PROJECT.to_owned())
}

/// Makes a drill, and gives what it came to.
pub(crate) async fn drill(console: &Console, request: DrillRequest) -> Drill {
    let job = console.engine.start_drill(request).await.unwrap();
    console.succeeded(&job).await;
    console.engine.drill(&job).await.unwrap()
}

pub(crate) fn check<'a>(drill: &'a Drill, id: &str) -> &'a Check {
    let found = drill.report.checks.iter().find(|check| check.id == id);
    found.unwrap_or_else(|| panic!("no check {id}: {} {:?}", drill.row.record.reason, drill.report.checks))
}

async fn level(console: &Console, backup: &str) -> Option<ProofLevel> {
    console.engine.backup(backup).await.unwrap().level
}

fn assert_nothing_is_left(console: &Console) {
    assert!(cluster::records(console.home()).unwrap().is_empty());
    let run = console
        .home()
        .join("run")
        .read_dir_utf8()
        .map(|entries| entries.flatten().map(|entry| entry.file_name().to_owned()).collect::<Vec<_>>());
    let left: Vec<_> =
        run.unwrap_or_default().into_iter().filter(|name| name.starts_with("restore-")).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_drill_brings_the_newest_backup_back_proves_it_and_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, _, backup) = backed_up(server, "").await;

    let drill = drill(&console, request()).await;

    let record = &drill.row.record;
    assert_eq!((record.verdict, record.kind), (Verdict::Pass, DrillKind::Full), "{}", record.reason);
    for (id, figure) in [
        ("tables", "3 of 3"),
        ("rows", "2,300"),
        ("fingerprints", "3 of 3"),
        ("sequences", "1 of 1"),
        ("constraints", "4 of 4"),
        ("indexes", "2 of 2"),
        ("large_objects", "0"),
        ("orphans", "0"),
    ] {
        let check = check(&drill, id);
        assert_eq!((check.verdict, check.figure.as_str()), (CheckVerdict::Pass, figure), "{check:?}");
    }
    assert_eq!(check(&drill, "access").verdict, CheckVerdict::Pass, "{:?}", check(&drill, "access"));
    // What nobody looked at is said.
    assert_eq!(check(&drill, "assertions").verdict, CheckVerdict::NotChecked);
    assert_eq!(level(&console, &backup).await, Some(ProofLevel::Restored));
    assert_eq!(console.engine.standing(PROJECT).await.unwrap().restore_ms, record.rto_ms);
    let phases: Vec<&str> = drill.report.phases.iter().map(|phase| phase.id.as_str()).collect();
    assert_eq!(phases, ["preflight", "server", "structure", "rows", "indexes", "check", "clean"]);
    assert_nothing_is_left(&console);
}

#[tokio::test]
async fn a_tampered_vault_fails_the_drill_and_the_component_is_named() {
    let Some(server) = Server::shared() else { return };
    let more = "insert into customers (name) select md5(i::text || 'x') from generate_series(1, 90000) i";
    let (console, _, backup) = backed_up(server, more).await;
    flip(&console.vault().join(VaultFile::Rows.find(console.vault())));

    let drill = drill(&console, request()).await;

    let record = &drill.row.record;
    assert_eq!((record.verdict, record.rto_ms), (Verdict::Fail, None), "{}", record.reason);
    assert!(record.reason.contains("component database (/database/"), "{}", record.reason);
    // What was read when it was made is all that stands of it: it counts as verified no more.
    assert_eq!(level(&console, &backup).await, Some(ProofLevel::Bytes));
    assert!(console.engine.standing(PROJECT).await.unwrap().recovery_point.is_none());
    assert_nothing_is_left(&console);
}

#[tokio::test]
async fn a_missing_extension_is_named_and_its_rows_come_back_all_the_same() {
    let Some(server) = Server::doomed() else { return };
    let Some(extension) = Extension::install(&server).await else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    let made = format!(
        "create schema holdfast_conf; create extension {0}; insert into {0}.conf values ('mine', 'kept')",
        Extension::NAME
    );
    database.run(&made).await;
    let console = Console::new().await.with_vault().await.with_project(&server, database.name()).await;
    let backup = console.backup().await.record.id;
    assert_eq!(drill(&console, request()).await.row.record.verdict, Verdict::Pass);
    drop(extension);

    let plan = console.engine.plan_drill(request()).await.unwrap();
    let drill = drill(&console, request()).await;

    assert_eq!(plan.obstacles, Vec::<String>::new());
    assert!(plan.warnings.iter().any(|warning| warning.contains(Extension::NAME)), "{:?}", plan.warnings);
    let record = &drill.row.record;
    assert_eq!(record.verdict, Verdict::Pass, "{}", record.reason);
    assert!(record.reason.contains(Extension::NAME), "{}", record.reason);
    assert_eq!(drill.report.limits.len(), 1, "{:?}", drill.report.limits);
    assert_eq!(level(&console, &backup).await, Some(ProofLevel::Restored));
}

/// A folder with the client's programs alone.
fn clients_only(folder: &camino::Utf8Path) -> SearchRoots {
    let tools = Tools::discover(&SearchRoots::of_this_system());
    let set = tools.newest_server().unwrap();
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    for program in Program::CLIENTS {
        std::os::unix::fs::symlink(set.path(program), bin.join(program.name())).unwrap();
    }
    SearchRoots::none().with_directory(bin)
}

#[tokio::test]
async fn without_server_programs_a_drill_is_refused_and_a_named_server_lends_a_database() {
    let Some(server) = Server::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let roots = clients_only(camino::Utf8Path::from_path(folder.path()).unwrap());
    let database = server.database().await;
    database.run(SHOP).await;
    let console = Console::with(|options| options.tool_roots = roots).await.with_vault().await;
    let console = console.with_project(server, database.name()).await;
    console.backup().await;

    let refused = console.engine.start_drill(request()).await.unwrap_err();
    let lent = drill(&console, DrillRequest { on: Some(PROJECT.into()), ..request() }).await;

    assert_eq!(refused.code, Code::NoServerPrograms);
    let hint = refused.hint.unwrap();
    assert!(hint.contains("postgresql") && hint.contains("--on PROJECT"), "{hint}");
    let record = &lent.row.record;
    assert_eq!(record.verdict, Verdict::Pass, "{}", record.reason);
    let count =
        format!("select count(*) from pg_database where datname like 'holdfast_drill_{}%'", &record.id[..12]);
    assert_eq!(server.at("postgres").value(&count).await, "0");
}

#[tokio::test]
async fn a_drill_of_data_and_keys_is_called_so_and_proves_nothing() {
    let Some(server) = Server::shared() else { return };
    // The key of a partitioned table is put together from its parts; its other index stays in the vault.
    let more = "create table parted (id int primary key, v text) partition by range (id);
        create table part partition of parted for values from (0) to (100); create index on parted (v);
        insert into parted values (1, 'a'); create table refers (id int references parted);
        insert into refers values (1);";
    let (console, _, backup) = backed_up(server, more).await;

    let drill = drill(&console, DrillRequest { depth: Depth::Data, ..request() }).await;

    let record = &drill.row.record;
    assert_eq!((record.verdict, record.kind), (Verdict::Pass, DrillKind::Data), "{}", record.reason);
    assert!(record.reason.starts_with("Data and keys only: "), "{}", record.reason);
    assert_eq!(check(&drill, "constraints").figure, "7 of 7");
    assert!(check(&drill, "orphans").done.contains("2 foreign keys"), "{:?}", check(&drill, "orphans"));
    // Of the two indexes the unique one is a key.
    let indexes = check(&drill, "indexes");
    assert_eq!(
        (indexes.verdict, indexes.figure.as_str()),
        (CheckVerdict::NotChecked, "1 of 1"),
        "{indexes:?}"
    );
    assert_eq!(check(&drill, "access").verdict, CheckVerdict::NotChecked);
    assert_eq!(level(&console, &backup).await, Some(ProofLevel::Readable));
    assert_eq!(console.engine.standing(PROJECT).await.unwrap().restore_ms, None);
}

#[tokio::test]
async fn a_sample_brings_back_the_chosen_tables_is_called_so_and_proves_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, _, backup) = backed_up(server, "select lo_from_bytea(0, '\\x01')").await;

    // Its key points to customers, whose rows stay in the vault.
    let drill = drill(&console, DrillRequest { tables: vec!["orders".into()], ..request() }).await;

    let record = &drill.row.record;
    assert_eq!((record.verdict, record.kind), (Verdict::Pass, DrillKind::Sample), "{}", record.reason);
    assert!(record.reason.contains("A sample of public.orders only"), "{}", record.reason);
    assert_eq!(
        (check(&drill, "rows").figure.as_str(), check(&drill, "fingerprints").figure.as_str()),
        ("2,000", "1 of 1")
    );
    assert_eq!(check(&drill, "large_objects").verdict, CheckVerdict::NotChecked);
    assert_eq!(level(&console, &backup).await, Some(ProofLevel::Readable));
    let unknown = DrillRequest { tables: vec!["nowhere".into()], ..request() };
    assert_eq!(console.engine.start_drill(unknown).await.unwrap_err().code, Code::TableNotInBackup);
}

#[tokio::test]
async fn two_drills_at_once_of_strangely_named_projects_both_pass() {
    let Some(server) = Server::shared() else { return };
    let (console, database, _) = backed_up(server, "").await;
    let names = ["it's \"odd\"; drop table x --", "ünï/../cödé $(x)"];
    for name in names {
        console.add_project(name, database.settings(), server.password()).await.unwrap();
        let job = console.engine.start_backup(name, None).await.unwrap();
        console.succeeded(&job).await;
    }

    let mut jobs = Vec::new();
    for name in names {
        jobs.push(console.engine.start_drill(DrillRequest::of_backup(name.into())).await.unwrap());
    }
    for job in &jobs {
        console.succeeded(job).await;
    }

    for (job, name) in jobs.iter().zip(names) {
        let drill = console.engine.drill(job).await.unwrap();
        assert_eq!((drill.row.record.verdict, drill.row.project.as_str()), (Verdict::Pass, name));
        assert!(!drill.html().contains("\"odd\""), "a name is not escaped");
    }
    assert_nothing_is_left(&console);
}

#[tokio::test]
async fn a_cancelled_drill_leaves_nothing_and_says_nothing_of_the_backup() {
    let Some(server) = Server::shared() else { return };
    let (console, _, backup) = backed_up(server, "").await;
    let job = console.engine.start_drill(request()).await.unwrap();
    console.wait_for_phase(&job, "server").await;

    console.engine.cancel_job(&job).await.unwrap();

    assert_eq!(console.wait(&job).await.record.state, JobState::Cancelled);
    assert_eq!(console.engine.drill(&job).await.unwrap_err().code, Code::DrillNotFound);
    assert_eq!(level(&console, &backup).await, Some(ProofLevel::Readable));
    assert_nothing_is_left(&console);
}
