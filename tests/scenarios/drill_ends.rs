//! Drills that are killed, and drills on the command line.

use camino::Utf8PathBuf;
use engine::catalog::JobState;
use engine::drill::DrillRequest;
use engine::source::postgres::cluster;
use serde_json::Value;
use testkit::{CommandLine, Console, PROJECT, Server, child, poll};

use crate::drill::{SHOP, backed_up, drill, request};

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
    assert!(next.drills(None, 10).await.unwrap().is_empty());
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
        let job =
            console.engine.jobs(None, 1).await.unwrap().pop().filter(|job| job.record.kind == "drill")?;
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
