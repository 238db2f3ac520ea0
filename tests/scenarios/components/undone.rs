//! A restore of parts is taken back: what it did, and nothing that was done since.

use base::Code;
use engine::parts::{PartPlan, PartRequest, PartTarget};
use ledger::catalog::{JobState, Verdict};
use ledger::component::Component;
use ledger::job::Job;
use testkit::{CommandLine, Console, Redis};

use super::{applied, apply, backup, console_of, files, folder, plan, redis, refused, tree, wanted, write};

async fn restored(console: &Console, backup: &str, deletes_extra: bool) -> Job {
    let request = PartRequest { deletes_extra, ..wanted(backup, Component::Files, PartTarget::InPlace) };
    let job = applied(console, &plan(console, request).await).await;
    assert_eq!(job.output.as_ref().unwrap().verdict, Some(Verdict::Pass), "{:?}", job.output);
    job
}

async fn undo(console: &Console, run: &Job) -> PartPlan {
    console.engine.plan_parts_undo(&run.record.id, None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_restore_did_is_taken_back_and_what_was_done_since_stays() {
    let (_kept, place) = folder();
    for name in ["kept", "changed", "edited", "lost/a", "lost/b", "lost/c"] {
        write(&place, name, format!("old {name}"));
    }
    let console = console_of(vec![files(&place)]).await;
    let (first, _) = backup(&console).await;
    std::fs::remove_dir_all(place.join("lost")).unwrap();
    for name in ["changed", "edited", "work", "more work", "current"] {
        write(&place, name, format!("before the restore: {name}"));
    }
    let before = tree(&place);

    let run = restored(&console, &first.record.id, true).await;
    // What the restore brought back is worked on, what it deleted is made again, and there is new work.
    write(&place, "edited", "since");
    write(&place, "lost/b", "since");
    std::fs::remove_file(place.join("lost/c")).unwrap();
    write(&place, "more work", "since");
    write(&place, "new", "since");
    std::os::unix::fs::symlink("new", place.join("current")).unwrap();

    let planned = undo(&console, &run).await;
    let total = planned.total();
    // Back: work. Given its state of before: changed. Gone: lost/a. Left: edited, lost/b, more work, and a link.
    assert_eq!((total.add, total.replace, total.delete, total.extra), (1, 1, 1, 4), "{planned:?}");
    assert!(planned.makes_safety);
    let steps = planned.steps.join(" ");
    for words in ["Bring 1 file back", "Delete 1 file that the restore added", "Leave 4 files alone"] {
        assert!(steps.contains(words), "{steps}");
    }
    // It is void once what is there is not what was shown.
    write(&place, "newer", "1");
    assert_eq!(refused(&console, &planned).await.code, Code::PlanStale);
    std::fs::remove_file(place.join("newer")).unwrap();

    let planned = undo(&console, &run).await;
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert!(outcome.contains("4 files stayed: changed or deleted since the restore"), "{outcome}");
    assert!(place.join("current").is_symlink());
    let mut expected = before;
    expected.insert("current".to_owned(), "since".into());
    for (name, content) in
        [("edited", "since"), ("lost/b", "since"), ("more work", "since"), ("new", "since")]
    {
        expected.insert(name.to_owned(), content.into());
    }
    assert_eq!(tree(&place), expected);

    let again = undo(&console, &run).await;
    assert_eq!(again.blockers, ["Nothing of what the restore did is left to be taken back."]);
    assert_eq!(refused(&console, &again).await.code, Code::PlanBlocked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_into_an_empty_place_goes_and_where_nobody_knows_what_was_there_nothing_does() {
    let (_kept, place) = folder();
    let uploads = place.join("uploads");
    for name in ["a", "b", "c/d"] {
        write(&uploads, name, name);
    }
    let console = console_of(vec![files(&uploads)]).await;
    let (first, _) = backup(&console).await;
    std::fs::remove_dir_all(&uploads).unwrap();

    let run = restored(&console, &first.record.id, false).await;
    write(&uploads, "b", "since");
    let planned = undo(&console, &run).await;
    assert_eq!((planned.total().delete, planned.total().extra), (2, 1), "{planned:?}");
    assert_eq!(apply(&console, &planned).await.0, Verdict::Pass);
    assert_eq!(tree(&uploads).into_keys().collect::<Vec<_>>(), ["b"]);

    // One file was there and the same: whether the others were added by it or by somebody else is in no backup.
    write(&uploads, "b", "b");
    let run = restored(&console, &first.record.id, false).await;
    let refused = console.engine.plan_parts_undo(&run.record.id, None).await.unwrap_err();
    assert_eq!(refused.code, Code::NothingToUndo);
    assert!(refused.message.contains("no safety backup"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_was_cancelled_in_the_middle_is_taken_back_too() {
    let (_kept, place) = folder();
    for number in 0..400 {
        write(&place, &format!("{}/{number}", number % 9), format!("old {number}").repeat(2_000));
    }
    let console = console_of(vec![files(&place)]).await;
    let (first, _) = backup(&console).await;
    for number in 0..400 {
        write(&place, &format!("{}/{number}", number % 9), format!("new {number}").repeat(2_000));
    }
    let before = tree(&place);
    let planned = plan(&console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    let run = console.engine.apply_parts(&planned.id, &planned.project).await.unwrap();
    // Names are put in place whole, so that a file that is looked at meanwhile is there or is not yet.
    let is_old = |number: usize| {
        let content = std::fs::read(place.join(format!("{}/{number}", number % 9)));
        content.is_ok_and(|content| content.starts_with(b"old"))
    };
    while !(0..400).any(is_old) {
        let job = console.engine.job(&run).await.unwrap();
        assert!(!job.record.state.is_final(), "{:?}", job.failure);
    }
    console.engine.cancel_job(&run).await.unwrap();
    let ended = console.wait(&run).await;
    assert_eq!(ended.record.state, JobState::Cancelled);
    assert_ne!(tree(&place), before);
    assert!(!(0..400).all(is_old), "it came to its end before it was cancelled");

    let undone = undo(&console, &ended).await;
    assert!(undone.total().replace > 0, "{undone:?}");
    assert_eq!(apply(&console, &undone).await.0, Verdict::Pass);
    assert_eq!(tree(&place), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_redis_that_a_restore_brought_back_get_their_values_of_before() {
    let Some(server) = Redis::start().await else { return };
    let console = console_of(vec![redis(&server)]).await;
    server.run(0, &["set", "greeting", "hello"]);
    let (first, _) = backup(&console).await;
    server.run(0, &["set", "greeting", "changed"]);
    let request = wanted(&first.record.id, Component::Redis, PartTarget::InPlace);
    let run = applied(&console, &plan(&console, request).await).await;
    assert_eq!(server.run(0, &["get", "greeting"]), "hello");
    let planned = undo(&console, &run).await;
    assert!(planned.warnings.iter().any(|one| one.contains("keys that it added stay")), "{planned:?}");
    assert_eq!(apply(&console, &planned).await.0, Verdict::Pass);
    assert_eq!(server.run(0, &["get", "greeting"]), "changed");
}

#[test]
fn by_command_line_a_run_is_undone_by_its_id_as_a_restore_of_a_database_is() {
    let (_kept, place) = folder();
    write(&place, "a", "old");
    let line = CommandLine::new();
    let document = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&line.expect(0, &[&["--json"], arguments].concat()).output).unwrap()
    };
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "site", "--no-database"]);
    line.expect(0, &["component", "add", "site", "--files", place.as_str()]);
    line.expect(0, &["backup", "run", "site"]);
    write(&place, "a", "new");
    line.expect(
        0,
        &["restore", "plan", "site@latest", "--component", "files", "--in-place", "--out", "p.json"],
    );
    let run = document(&["restore", "apply", "p.json", "--confirm", "site"])["row"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(std::fs::read_to_string(place.join("a")).unwrap(), "old");
    assert_eq!(document(&["job", "show", &run])["undoesParts"], true);

    let shown = line.expect(0, &["restore", "undo", &run[..12], "--out", "u.json"]).output;
    assert!(shown.contains("Undo: 1 file in site"), "{shown}");
    line.expect(0, &["restore", "apply", "u.json", "--confirm", "site"]);
    assert_eq!(std::fs::read_to_string(place.join("a")).unwrap(), "new");
    let called = line.call(&["--json", "restore", "undo", "0000", "--out", "x.json"]);
    assert!(called.output.contains("restore_not_found"), "{called:?}");
}
