//! `kill -9` at random moments, one after another over one profile: the moments are drawn from a seed
//! that is printed, and that `HOLDFAST_SEED` sets.

use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use engine::restore::RestoreTarget;
use ledger::catalog::JobState;
use serde_json::Value;
use testkit::{CommandLine, Console, Database, Server, child, find_program, poll};

use crate::jobs::fill;

const BACKUP_KILLS: u32 = 10;
const RESTORE_KILLS: u32 = 3;
/// About 80 MB in the dump, so that several packs and indexes are written.
const ROWS: u32 = 700_000;

/// Moments within a typical run, from a seed (the mixer of splitmix64).
struct Moments(u64);

impl Moments {
    fn new(what: &str) -> Self {
        let drawn =
            || u64::from(std::process::id()) << 32 | u64::from(Instant::now().elapsed().subsec_nanos());
        let seed =
            std::env::var("HOLDFAST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(drawn);
        eprintln!("{what}: HOLDFAST_SEED={seed}");
        Self(seed)
    }

    fn within(&mut self, typical: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        typical
            .mul_f64(f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()) / f64::from(u32::MAX))
    }
}

/// The one document that a call printed.
fn answer(line: &CommandLine, arguments: &[&str]) -> Value {
    let called = line.expect(0, arguments);
    serde_json::from_str(&called.output).unwrap_or_else(|error| panic!("{error}: {called:?}"))
}

fn newest_job(line: &CommandLine) -> Value {
    answer(line, &["--json", "job", "list"])[0].clone()
}

/// Starts a command that makes a job, waits for the job to run, then so long, and kills it. The job's id. The
/// delay waits for nothing: whatever has happened by then, the same has to hold.
async fn kill_after(line: &CommandLine, arguments: &[&str], delay: Duration, before: &Value) -> String {
    let mut command = line.command(arguments);
    let running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    poll::soon("its job runs", async || {
        let newest = newest_job(line);
        newest["id"] != *before && newest["state"] != "queued"
    })
    .await;
    tokio::time::sleep(delay).await;
    running.kill();
    newest_job(line)["id"].as_str().unwrap().to_owned()
}

/// Runs a backup, and kills it once what it stored can be found again: the moments before may all have
/// been too early for that.
async fn kill_once_indexed(line: &CommandLine) {
    let before = files(line, "index").len();
    let mut command = line.command(&["backup", "run", "shop"]);
    let mut running = child::Guarded::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    poll::soon("an index is written, or it is over", async || {
        files(line, "index").len() > before || running.child().try_wait().unwrap().is_some()
    })
    .await;
    running.kill();
}

/// No program and no session of a dead job goes on.
async fn assert_nothing_runs(database: &Database<'_>, job: &str) {
    let application = format!("holdfast {job}");
    poll::soon("no program is left", async || child::with_variable("PGAPPNAME", &application).is_empty())
        .await;
    let sessions = format!("select count(*) from pg_stat_activity where application_name = '{application}'");
    poll::soon("no session is left", async || database.value(&sessions).await == "0").await;
}

fn files(line: &CommandLine, folder: &str) -> Vec<String> {
    let Ok(entries) = line.folder().join("vault").join(folder).read_dir_utf8() else { return Vec::new() };
    entries.flatten().map(|entry| entry.file_name().to_owned()).collect()
}

fn assert_restic_is_content(line: &CommandLine) {
    let Some(restic) = find_program("restic") else { return };
    let kit = std::fs::read_to_string(line.folder().join("kit.txt")).unwrap();
    let key = kit.lines().find_map(|line| line.strip_prefix("Key: ")).unwrap().to_owned();
    // The dead run could not remove its lock.
    let mut command = Command::new(restic);
    command.args(["check", "--no-lock", "--no-cache", "--repo", "vault"]).current_dir(line.folder());
    let output = command.env("RESTIC_PASSWORD", key).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn set_up(server: &Server, database: &Database<'_>) -> CommandLine {
    let line = CommandLine::new();
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line
}

#[tokio::test]
async fn a_backup_killed_at_any_moment_leaves_nothing_that_looks_good_and_the_next_one_uses_it() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, ROWS).await;
    let fresh = set_up(server, &database);
    let start = Instant::now();
    fresh.expect(0, &["backup", "run", "shop"]);
    let mut typical = start.elapsed();
    let added = |line: &CommandLine| {
        answer(line, &["--json", "backup", "list"])["backups"][0]["addedBytes"].as_u64().unwrap()
    };
    let added_fresh = added(&fresh);
    let line = set_up(server, &database);
    let mut moments = Moments::new("backups");
    let (mut last_job, mut kills, mut known) = (Value::Null, Vec::new(), HashSet::new());

    // A run that was over before it was killed is none of them, and says that runs are shorter by now.
    let mut hits = 0;
    for _ in 0..3 * BACKUP_KILLS {
        if hits == BACKUP_KILLS {
            break;
        }
        let delay = moments.within(typical);
        let job = kill_after(&line, &["backup", "run", "shop"], delay, &last_job).await;
        last_job = Value::from(job.clone());

        let ended = newest_job(&line);
        assert_nothing_runs(&database, &job).await;
        let listed = answer(&line, &["--json", "backup", "list"]);
        let listed = listed["backups"].as_array().unwrap();
        for backup in listed.iter().filter(|backup| known.insert(backup["id"].clone())) {
            // What looks good has to be good.
            if !backup["level"].is_null() {
                line.expect(0, &["verify", backup["id"].as_str().unwrap()]);
            }
        }
        let unproven = listed.iter().filter(|backup| backup["level"].is_null()).count();
        let state = ended["state"].as_str().unwrap().to_owned();
        // A kill that comes after its end finds it done.
        assert!(["interrupted", "succeeded"].contains(&state.as_str()), "{ended}");
        if state == "interrupted" {
            hits += 1;
        } else {
            typical = typical.mul_f64(0.8);
        }
        kills.push((delay, state, listed.len(), unproven, files(&line, "snapshots").len()));
        assert_restic_is_content(&line);
    }
    eprintln!("after, state, listed, unproven, snapshots: {kills:?}");

    assert!(hits >= 5, "kills have to hit runs: {kills:?}");
    kill_once_indexed(&line).await;
    line.expect(0, &["backup", "run", "shop"]);
    let listed = answer(&line, &["--json", "backup", "list"]);
    assert_eq!(listed["total"], files(&line, "snapshots").len(), "a snapshot is not listed: {listed}");
    assert_eq!(listed["backups"][0]["level"], "readable", "{listed}");
    eprintln!("added {} of {added_fresh}", added(&line));
    assert!(added(&line) < added_fresh * 3 / 4, "{} of {added_fresh} were written again", added(&line));
    for folder in ["locks", "tmp"] {
        assert_eq!(files(&line, folder), Vec::<String>::new(), "{folder}");
    }
    line.expect(0, &["vault", "check", "--read-data"]);
    line.expect(0, &["verify", "shop@latest"]);
}

#[tokio::test]
async fn a_restore_killed_at_any_moment_leaves_no_database_that_looks_complete() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 200_000).await;
    database.run("alter table t add primary key (i); create index on t (filler)").await;
    let line = set_up(server, &database);
    line.expect(0, &["backup", "run", "shop"]);
    let plan = |name: &str| {
        let _ = std::fs::remove_file(line.folder().join("plan.json"));
        line.expect(0, &["restore", "plan", "shop@latest", "--to-new-database", name, "--out", "plan.json"]);
    };
    let name = server.free_name();
    plan(&name);
    let start = Instant::now();
    line.expect(0, &["restore", "apply", "plan.json", "--confirm", &name]);
    let (typical, mut moments) = (start.elapsed(), Moments::new("restores"));

    for _ in 0..RESTORE_KILLS {
        let name = server.free_name();
        plan(&name);
        let before = newest_job(&line)["id"].clone();
        let delay = moments.within(typical);
        let apply = ["restore", "apply", "plan.json", "--confirm", &name];
        let job = kill_after(&line, &apply, delay, &before).await;

        let ended = newest_job(&line);
        assert_nothing_runs(&database, &job).await;
        let there =
            database.value(&format!("select count(*) from pg_database where datname = '{name}'")).await;
        eprintln!("after {delay:?}: {}, {there}", ended["state"]);
        match ended["state"].as_str() {
            Some("interrupted") if there == "1" => {
                // It has its name only since it is whole: the kill fell between that and the note of it.
                assert_eq!(server.at(&name).census().await, database.census().await);
                let standing = answer(&line, &["--json", "restore", "show", &job]);
                assert_eq!(standing["restore"]["state"], "done", "{standing}");
            }
            Some("interrupted") => {
                let shown = answer(&line, &["--json", "job", "show", &job]);
                assert!(shown["safeNext"].as_str().unwrap().contains("holdfast restore undo"), "{shown}");
                take_away(&line, &job);
                let left = format!(
                    "select count(*) from pg_database where datname like 'holdfast_incomplete_{}'",
                    &job[..8]
                );
                assert_eq!(database.value(&left).await, "0");
            }
            state => assert_eq!((state, there.as_str()), (Some("succeeded"), "1"), "{ended}"),
        }
        assert_eq!(files_of_restores(&line), Vec::<String>::new());
    }
    let name = server.free_name();
    plan(&name);
    line.expect(0, &["restore", "apply", "plan.json", "--confirm", &name]);
    assert_eq!(server.at(&name).census().await, database.census().await);
}

/// Does what `restore show` offers after a kill, where it offers something.
fn take_away(line: &CommandLine, restore: &str) {
    let standing = answer(line, &["--json", "restore", "show", restore]);
    if standing["canUndo"] == true {
        line.expect(0, &["restore", "undo", restore, "--out", "undo.json"]);
        let left = format!("holdfast_incomplete_{}", &restore[..8]);
        line.expect(0, &["restore", "apply", "undo.json", "--confirm", &left]);
    }
}

/// Private folders of restores that the profile still has.
fn files_of_restores(line: &CommandLine) -> Vec<String> {
    let Ok(entries) = line.folder().join("profile/run").read_dir_utf8() else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name().to_owned());
    names.filter(|name| name.starts_with("restore-")).collect()
}

/// Names the profile to the part that is killed.
const HOME: &str = "KILLED_HOME";

#[tokio::test]
async fn a_backup_killed_while_it_verifies_is_listed_and_not_proven() {
    if child::part().is_some() {
        let home = camino::Utf8PathBuf::from(std::env::var(HOME).unwrap());
        let engine = engine::Engine::open(Console::options(&home)).await.unwrap();
        engine.start_backup(testkit::PROJECT, None).await.unwrap();
        // It never gets there.
        return poll::until("death", async || None::<()>).await;
    }
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, ROWS).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let test = "killed::a_backup_killed_while_it_verifies_is_listed_and_not_proven";
    let running = child::Guarded::start(child::again(test, "is killed").env(HOME, console.home()));
    poll::soon("its backup is listed", async || console.count().await == 1).await;
    running.kill();

    let next = console.second_engine().await;

    let job = next.jobs(None, 1).await.unwrap().pop().unwrap();
    assert_eq!(job.record.state, JobState::Interrupted);
    let outcome = job.record.outcome.unwrap();
    assert!(outcome.contains("listed, and not proven"), "{outcome}");
    assert!(job.progress.safe_next.contains("Verify the backup"), "{}", job.progress.safe_next);
    let (_, backups) = next.backups(None, 0, 10).await.unwrap();
    assert!(backups[0].level.is_none() && !backups[0].is_newest_verified);
    assert!(next.standing(testkit::PROJECT).await.unwrap().recovery_point.is_none());
    // It is whole all the same, and shown to be once somebody looks.
    let id = backups[0].record.id.clone();
    let verify = next.start_verify(&id, ledger::catalog::ProofLevel::Readable).await.unwrap();
    console.succeeded(&verify).await;
    console.plan(&id, RestoreTarget::Scratch).await.unwrap();
}
