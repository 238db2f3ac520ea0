//! The vault's data is read again part by part: by each backup a bit, and whenever somebody asks. All of it
//! is read within a cycle, damage is named, and no backup fails for what is wrong with older ones.

use base::Code;
use contract::api;
use contract::command::Nothing;
use engine::proof::Rolling;
use engine::restore::RestoreTarget;
use ledger::catalog::{JobState, ProofLevel, Verdict};
use ledger::job::Job;
use testkit::{CommandLine, Console, Database, PROJECT, Server, VaultFile, flip, poll};

use crate::jobs::fill;

/// More runs than a cycle has parts.
const RUNS_MAX: usize = 20;

async fn rolling(console: &Console) -> Rolling {
    console.engine.rolling().await.unwrap()
}

/// The phase that reads older data, where the run had one.
fn older(job: &Job) -> Option<&str> {
    let phase = job.progress.phases.iter().find(|phase| phase.id == "older")?;
    Some(&phase.sentence)
}

async fn back_up(console: &Console, project: &str) -> Job {
    let job = console.engine.start_backup(project, None).await.unwrap();
    console.succeeded(&job).await
}

/// A profile with a project of its own rows, and another one.
async fn two_projects(server: &'static Server) -> (Console, Database<'static>, Database<'static>) {
    let (one, other) = (server.database().await, server.database().await);
    fill(&one, 3_000).await;
    fill(&other, 3_000).await;
    let console = Console::new().await.with_vault().await.with_project(server, one.name()).await;
    console.add_project("other", other.settings(), server.password()).await.unwrap();
    (console, one, other)
}

#[tokio::test]
async fn each_backup_reads_a_part_of_what_was_there_before_until_all_of_it_was_read() {
    let Some(server) = Server::shared() else { return };
    let (console, _one, _other) = two_projects(server).await;
    let first = back_up(&console, PROJECT).await;
    assert_eq!(older(&first), None, "there was nothing older");
    assert_eq!(rolling(&console).await.started_at_ms, None);
    let backup = first.output.unwrap().backup_id.unwrap();
    assert_eq!(console.engine.coverage(&backup).await.unwrap().proven_at_ms(), None);

    let second = back_up(&console, "other").await;
    assert!(older(&second).unwrap().contains(" of 12"), "{:?}", older(&second));
    let mut covered = false;
    for _ in 0..RUNS_MAX {
        let run = back_up(&console, "other").await;
        assert!(older(&run).is_some());
        covered |= console.engine.coverage(&backup).await.unwrap().proven_at_ms().is_some();
        if rolling(&console).await.last_cycle.is_some() {
            break;
        }
        let open = rolling(&console).await;
        assert_eq!((open.parts, open.done.is_empty()), (12, false));
    }

    assert!(covered, "everything was read, and so was this backup");
    let (started_at_ms, _) = rolling(&console).await.last_cycle.unwrap();
    let proofs = console.engine.backup_details(&backup).await.unwrap().proofs;
    let last = proofs.iter().find(|proof| proof.level == ProofLevel::Bytes).unwrap();
    assert_eq!(last.verdict, Verdict::Pass);
    assert!(last.reason.contains("part by part") && last.at_ms >= started_at_ms, "{last:?}");
    let oldest = console.engine.coverage(&backup).await.unwrap().oldest_at_ms.unwrap();
    assert!(last.at_ms <= oldest, "no newer than the pack that was read longest ago");
}

#[tokio::test]
async fn what_was_written_or_read_within_the_hour_is_not_read_again_by_a_backup() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 10).await;
    let console = Console::with(|options| options.read_older_after = None).await;
    let console = console.with_vault().await.with_project(server, database.name()).await;
    for _ in 0..3 {
        assert_eq!(older(&back_up(&console, PROJECT).await), None);
    }
    let asked = console.engine.start_next_part(None).await.unwrap();
    console.succeeded(&asked).await;
    assert_eq!(older(&back_up(&console, PROJECT).await), None);
    let impatient =
        Console::with(|_| {}).await.with_vault().await.with_project(server, database.name()).await;
    assert_eq!(older(&back_up(&impatient, PROJECT).await), None);
    assert!(older(&back_up(&impatient, PROJECT).await).is_some());
}

#[tokio::test]
async fn who_waits_for_a_backup_does_not_wait_for_the_reading_of_older_data() {
    let Some(server) = Server::shared() else { return };
    let (console, one, _other) = two_projects(server).await;
    back_up(&console, PROJECT).await;
    let session = one.session().await;
    session.client.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let first = console.engine.start_backup(PROJECT, None).await.unwrap();
    console.wait_for_phase(&first, "snapshot").await;
    let second = console.engine.start_backup("other", None).await.unwrap();
    session.client.batch_execute("rollback").await.unwrap();

    let (first, second) = (console.succeeded(&first).await, console.succeeded(&second).await);

    assert_eq!(older(&first), None, "the other one was waiting");
    assert!(older(&second).is_some());
}

#[tokio::test]
async fn a_backup_is_done_also_when_it_is_cancelled_while_older_data_is_read() {
    let Some(server) = Server::shared() else { return };
    let (console, one, _other) = two_projects(server).await;
    one.run("drop table t").await;
    fill(&one, 400_000).await;
    back_up(&console, PROJECT).await;
    for _ in 0..3 {
        let job = console.engine.start_backup("other", None).await.unwrap();
        poll::until("it reads older data, or was faster", async || {
            let job = console.engine.job(&job).await.unwrap();
            let is_there = job.progress.current().is_some_and(|phase| phase.id == "older");
            (is_there || job.record.state.is_final()).then_some(())
        })
        .await;
        if let Err(failure) = console.engine.cancel_job(&job).await {
            assert_eq!(failure.code, Code::JobOver);
        }

        let ended = console.succeeded(&job).await;

        let backup = ended.output.unwrap().backup_id.unwrap();
        assert_eq!(console.engine.backup(&backup).await.unwrap().level, Some(ProofLevel::Readable));
    }
}

#[tokio::test]
async fn a_restore_does_not_wait_for_the_reading_of_older_data_after_its_safety_backup() {
    let Some(server) = Server::shared() else { return };
    let (console, _one, _other) = two_projects(server).await;
    let backup = back_up(&console, PROJECT).await.output.unwrap().backup_id.unwrap();
    let plan = console.plan(&backup, RestoreTarget::InPlace { project: None }).await.unwrap();
    let job = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap();

    let ended = console.succeeded(&job).await;

    let phases: Vec<&str> = ended.progress.phases.iter().map(|phase| phase.id.as_str()).collect();
    assert!(phases.contains(&"dump"), "a safety backup was made: {phases:?}");
    assert_eq!(older(&ended), None);
}

#[tokio::test]
async fn damage_of_older_data_is_named_and_fails_no_backup_but_those_that_need_it() {
    let Some(server) = Server::shared() else { return };
    let (console, _one, _other) = two_projects(server).await;
    let damaged = back_up(&console, PROJECT).await.output.unwrap().backup_id.unwrap();
    let pack = console.vault().join(VaultFile::Rows.find(console.vault()));
    flip(&pack);

    let mut named = None;
    for _ in 0..RUNS_MAX {
        let run = back_up(&console, "other").await;
        if run.record.outcome.as_ref().unwrap().contains("damaged") {
            named = Some(run);
            break;
        }
    }

    let run = named.expect("the part with the damaged pack is read in the end");
    let outcome = run.record.outcome.unwrap();
    assert!(outcome.contains(pack.file_name().unwrap()) && outcome.contains("1 backup needs"), "{outcome}");
    assert_eq!(run.output.unwrap().verdict, Some(Verdict::Pass), "the new one is whole");
    assert!(console.engine.backup("other@latest").await.unwrap().level.is_some());
    assert_eq!(console.engine.backup(&damaged).await.unwrap().level, None);
    let coverage = console.engine.coverage(&damaged).await.unwrap();
    assert_eq!((coverage.damaged.len(), coverage.proven_at_ms()), (1, None));
    let home = api::home(&console.engine, Nothing {}).await.unwrap();
    assert!(home.needs.iter().any(|need| need.what.contains("damaged pack")), "{:?}", home.needs);

    let repair = console.engine.start_repair().await.unwrap();
    console.succeeded(&repair).await;
    assert_eq!(rolling(&console).await.damaged, [], "nothing refers to it any more");
}

#[tokio::test]
async fn a_disk_that_is_gone_in_the_middle_of_a_reading_damages_nothing() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    fill(&database, 400_000).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    let aside = console.folder().join("aside");
    for phase in ["check", "part", "part", "part"] {
        let job = console.engine.start_next_part(Some(1)).await.unwrap();
        poll::until(phase, async || {
            let job = console.engine.job(&job).await.unwrap();
            let is_there = job.progress.current().is_some_and(|current| current.id == phase);
            (is_there || job.record.state.is_final()).then_some(())
        })
        .await;
        std::fs::rename(console.vault(), &aside).unwrap();
        let ended = console.wait(&job).await;
        std::fs::rename(&aside, console.vault()).unwrap();

        // It was faster than the disk, or it says that the disk is gone.
        if ended.record.state == JobState::Failed {
            assert_eq!(ended.failure.unwrap().code, Code::VaultGone);
        }
        assert_eq!(rolling(&console).await.damaged, []);
        assert!(console.engine.backup(&backup).await.unwrap().level.is_some());
    }
}

#[tokio::test]
async fn the_next_part_on_the_command_line_goes_on_where_the_last_one_ended() {
    let Some(server) = Server::shared() else { return };
    let line = CommandLine::new();
    let database = server.database().await;
    fill(&database, 3_000).await;
    let (password, url) = line.credentials(server, database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);
    assert!(line.expect(0, &["vault", "info"]).output.contains("not yet"));

    let mut said = Vec::new();
    for _ in 0..RUNS_MAX {
        said.push(line.expect(0, &["vault", "check", "--read-data", "next/3"]).output);
        if line.expect(0, &["vault", "info"]).output.contains("everything was last read") {
            break;
        }
    }
    let packs: u64 = said
        .iter()
        .map(|said| said.split("Read ").nth(1).unwrap().split(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    let all = std::fs::read_dir(line.folder().join("vault/data")).unwrap().flatten();
    let files: usize = all.map(|folder| std::fs::read_dir(folder.path()).unwrap().count()).sum();
    assert_eq!(packs, files as u64, "each pack once: {said:?}");
    assert!(said.len() <= 3, "{said:?}");
    line.expect(2, &["vault", "check", "--read-data", "next/0"]);
    line.expect(2, &["vault", "check", "--read-data", "next/20000"]);
    line.expect(0, &["vault", "check", "--read-data"]);
    assert!(line.expect(0, &["vault", "info"]).output.contains("everything was last read"));
}
