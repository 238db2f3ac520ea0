//! Drills that are killed, and drills on the command line.

use base::Code;
use camino::Utf8PathBuf;
use engine::drill::{Depth, DrillRequest};
use ledger::catalog::{DrillKind, JobState, ProofLevel, Verdict};
use postgres::cluster;
use serde_json::Value;
use testkit::{CommandLine, Console, Fault, FaultProxy, PROJECT, Server, child, poll};

use crate::drill::{SHOP, backed_up, drill, request};
use crate::jobs::STALL_LIMIT;

/// Names the profile, and the project that lends a server, to the part that is killed.
const HOME: &str = "DRILL_HOME";
const ON: &str = "DRILL_ON";

async fn drill_until_killed() {
    let home = Utf8PathBuf::from(std::env::var(HOME).unwrap());
    let engine = engine::Engine::open(Console::options(&home)).await.unwrap();
    let on = std::env::var(ON).ok();
    engine.start_drill(DrillRequest { on, ..request() }).await.unwrap();
    // It never gets there.
    poll::until("death", async || None::<()>).await;
}

/// Many rows, so that the drill is still at it when it is killed.
const MANY: &str = "insert into orders select i, 1 + i % 300, i from generate_series(3000, 400000) i";

#[tokio::test]
async fn a_killed_drill_is_swept_at_the_next_start() {
    if child::part().is_some() {
        return drill_until_killed().await;
    }
    let Some(server) = Server::shared() else { return };
    let (console, _, _) = backed_up(server, MANY).await;
    let mut again = child::again("drill_ends::a_killed_drill_is_swept_at_the_next_start", "is killed");
    let drilling = child::Guarded::start(again.env(HOME, console.home()));
    let place = poll::until("its server runs", async || {
        let record = cluster::records(console.home()).unwrap().pop()?;
        let lock = std::fs::read_to_string(record.place.data().join("postmaster.pid")).ok()?;
        lock.contains("ready").then_some(record.place)
    })
    .await;

    drilling.kill();
    let next = console.second_engine().await;

    assert!(!place.directory.exists(), "{} is still there", place.directory);
    assert!(cluster::records(console.home()).unwrap().is_empty());
    let job = next.jobs(None, 1).await.unwrap().pop().unwrap();
    assert_eq!((job.record.state, job.record.kind.as_str()), (JobState::Interrupted, "drill"));
    let history = next.drills(None, 10).await.unwrap();
    let [one] = history.as_slice() else { panic!("{history:?}") };
    assert_eq!((one.record.verdict, one.record.kind), (Verdict::Inconclusive, DrillKind::Full));
    assert!(one.record.reason.contains("process of the drill ended in the phase"), "{}", one.record.reason);
    assert_eq!((one.record.id.as_str(), one.record.rto_ms), (job.record.id.as_str(), None));
    assert!(!next.drill(&one.record.id).await.unwrap().report.phases.is_empty());
    let backup = next.backup(&one.record.backup_id).await.unwrap();
    assert_eq!(backup.level, Some(ProofLevel::Readable), "what was shown before stays shown");
    assert_eq!(backup.last_proof.unwrap().verdict, Verdict::Inconclusive);
}

#[tokio::test]
async fn a_drill_that_stands_still_is_in_the_history_and_a_cancelled_one_is_not() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    database.run(MANY).await;
    let proxy = FaultProxy::to(server.port());
    let console = Console::with(|options| options.stall_limit = Some(STALL_LIMIT)).await;
    let console = console.with_vault().await;
    let mut connection = database.settings();
    connection.port = proxy.port();
    console.add_project(PROJECT, connection, server.password()).await.unwrap();
    let backup = console.backup().await.record.id;
    for (depth, kind) in [(Depth::Everything, DrillKind::Full), (Depth::Data, DrillKind::Data)] {
        let asked = DrillRequest { on: Some(PROJECT.to_owned()), depth, ..request() };
        let job = console.engine.start_drill(asked.clone()).await.unwrap();
        console.wait_for_phase(&job, "rows").await;
        proxy.set(Fault::Stall);
        let failure = console.failed(&job).await;
        proxy.set(Fault::None);
        assert_eq!(failure.code, Code::Stalled, "{failure:?}");

        let history = console.engine.drills(None, 10).await.unwrap();
        let newest = &history[0].record;
        assert_eq!(
            (newest.id.as_str(), newest.kind, newest.verdict),
            (job.as_str(), kind, Verdict::Inconclusive)
        );
        assert!(newest.reason.contains("stood still: nothing moved"), "{}", newest.reason);
        let cancelled = console.engine.start_drill(asked).await.unwrap();
        console.wait_for_phase(&cancelled, "rows").await;
        console.engine.cancel_job(&cancelled).await.unwrap();
        console.wait(&cancelled).await;
        assert_eq!(console.engine.drills(None, 10).await.unwrap().len(), history.len());
    }
    let proofs = console.engine.backup_details(&backup).await.unwrap().proofs;
    let tried: Vec<_> = proofs.iter().filter(|proof| proof.level == ProofLevel::Restored).collect();
    assert_eq!(tried.len(), 1, "only the drill of everything is in the ledger: {tried:?}");
    assert_eq!(console.engine.standing(PROJECT).await.unwrap().restore_ms, None);
}

#[tokio::test]
async fn a_killed_drill_on_a_lent_database_is_swept_at_the_next_start() {
    if child::part().is_some() {
        return drill_until_killed().await;
    }
    let Some(server) = Server::shared() else { return };
    let (console, database, _) = backed_up(server, MANY).await;
    let test = "drill_ends::a_killed_drill_on_a_lent_database_is_swept_at_the_next_start";
    let drilling =
        child::Guarded::start(child::again(test, "is killed").env(HOME, console.home()).env(ON, PROJECT));
    let admin = server.at("postgres");
    let lent = poll::until("its database is being filled", async || {
        let job = console
            .engine
            .jobs(None, 1)
            .await
            .unwrap()
            .pop()
            .filter(|job| job.record.kind == ledger::job::JobKind::Drill)?;
        let name = format!("holdfast_drill_{}", &job.record.id[..12]);
        let there = format!("select count(*) from pg_database where datname = '{name}'");
        (admin.value(&there).await == "1").then_some(there)
    })
    .await;

    drilling.kill();
    let next = console.second_engine().await;

    poll::soon("the lent database is gone", async || admin.value(&lent).await == "0").await;
    drop(next);
    assert_eq!(database.value("select count(*) from customers").await, "300");
    drill(&console, request()).await;
}

fn answer(line: &CommandLine, status: i32, arguments: &[&str]) -> Value {
    let called = line.expect(status, arguments);
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

#[tokio::test]
async fn the_command_line_drills_lists_shows_and_saves_and_its_status_is_the_verdict() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    database.run(SHOP).await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    line.expect(0, &["goal", "set", "shop", "--back-within", "30"]);

    let passed = answer(&line, 0, &["--json", "drill", "run", "shop"]);
    line.expect(0, &["drill", "assert", "add", "shop", "<b>none</b>", "select * from orders"]);
    let failed = answer(&line, 1, &["--json", "drill", "run", "shop@latest"]);
    let verified = answer(&line, 1, &["--json", "verify", "shop@latest", "--level", "restored"]);
    line.expect(0, &["drill", "assert", "remove", "shop", "<b>none</b>"]);

    assert_eq!((&passed["verdict"], &passed["goalMs"]), (&Value::from("pass"), &Value::from(1_800_000)));
    assert_eq!((&failed["verdict"], &verified["verdict"]), (&Value::from("fail"), &Value::from("fail")));
    assert_eq!(answer(&line, 0, &["--json", "drill", "list", "shop"]).as_array().unwrap().len(), 3);
    let id = failed["id"].as_str().unwrap();
    let saved = ["drill", "show", id, "--html", "drill.html", "--json-file", "drill.json"];
    line.expect(0, &saved);
    line.expect(4, &saved);
    let page = std::fs::read_to_string(line.folder().join("drill.html")).unwrap();
    assert!(page.contains("&lt;b&gt;none&lt;/b&gt;") && !page.contains("<b>none"), "{page}");
    for remote in ["<script", "http://", "https://", "url(", "src=", "<link"] {
        assert!(!page.contains(remote), "{remote} is in the page");
    }
    let kept: Value =
        serde_json::from_str(&std::fs::read_to_string(line.folder().join("drill.json")).unwrap()).unwrap();
    assert_eq!((&kept["id"], &kept["checks"]), (&failed["id"], &failed["checks"]));
}
