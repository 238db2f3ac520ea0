//! The removal as a run: it waits for nobody's second turn, says how far it came, and is cancelled between two backups.

use base::Code;
use ledger::catalog::{JobState, RunState};
use testkit::{PROJECT, Server, poll};

use super::{assert_there, last, nights};
use crate::catalogue::open_catalogue;

#[tokio::test]
async fn a_run_removes_what_was_shown_and_says_what_it_came_to() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(3, 3))).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    assert!(plan.going_added_bytes > 0, "what they added is said");
    for (id, confirm, code) in [("0000", PROJECT, Code::PlanStale), (&plan.id, "another", Code::NotConfirmed)]
    {
        assert_eq!(engine.start_retention(PROJECT, id, confirm).await.unwrap_err().code, code);
    }

    let job = engine.start_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    let ended = console.succeeded(&job).await;

    assert_eq!((ended.record.kind.as_str(), ended.record.writes_vault), ("retention", true));
    assert!(ended.record.outcome.unwrap().starts_with("2 backups of shop removed."));
    assert_there(&console, &ids[..3]).await;
    assert_eq!(engine.retention(PROJECT).await.unwrap().last_run.unwrap().state, RunState::Done);
}

#[tokio::test]
async fn cancelled_in_the_middle_what_is_left_is_whole_and_the_same_plan_goes_on() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 12).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    let job = engine.start_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    poll::soon("the first is gone", async || console.vault_files("snapshots").len() < 12).await;
    engine.cancel_job(&job).await.unwrap();

    let ended = console.wait(&job).await;

    let left = console.vault_files("snapshots").len();
    assert_eq!(ended.record.state, JobState::Cancelled, "{left} are left: {:?}", ended.record.outcome);
    assert!((2..12).contains(&left), "{left} are left, so it was not cancelled in the middle");
    assert_there(&console, &ids[..left]).await;
    let run = engine.retention(PROJECT).await.unwrap().last_run.unwrap();
    assert_eq!((run.state, run.code.as_deref()), (RunState::Stopped, Some("cancelled")));
    assert_eq!(run.removed, 12 - left as u64);
    let again = engine.start_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    console.succeeded(&again).await;
    assert_there(&console, &ids[..1]).await;
    console.succeeded(&engine.start_check(Some((1, 1))).await.unwrap()).await;
}

#[tokio::test]
async fn beside_another_run_of_its_project_none_begins_and_what_stands_in_the_way_fails_it() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let engine = &console.engine;
    engine.set_retention(PROJECT, Some(last(1, 1))).await.unwrap();
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    let backup = engine.start_backup(PROJECT, None).await.unwrap();
    let busy = engine.start_retention(PROJECT, &plan.id, PROJECT).await.unwrap_err();
    assert_eq!(busy.code, Code::ProjectBusy);
    console.succeeded(&backup).await;
    let plan = engine.plan_retention(PROJECT).await.unwrap();
    let (file, aside) = (console.vault().join("snapshots").join(&ids[3]), console.folder().join("aside"));
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    std::fs::write(file.join("in the way"), "").unwrap();

    let job = engine.start_retention(PROJECT, &plan.id, PROJECT).await.unwrap();
    let failure = console.failed(&job).await;

    let run = engine.retention(PROJECT).await.unwrap().last_run.unwrap();
    assert_eq!((run.state, run.removed, run.code), (RunState::Stopped, 1, Some(failure.code.to_string())));
}

#[tokio::test]
async fn what_becomes_of_each_backup_is_said_and_a_date_a_week_ahead_once_for_all() {
    let Some(server) = Server::shared() else { return };
    let (console, ids) = nights(server, 5).await;
    let engine = &console.engine;
    let soon = jiff::Timestamp::now().as_millisecond() + 5 * super::DAY_MS;
    for id in &ids[3..] {
        engine.expire_backup(id, Some(soon)).await.unwrap();
    }
    let needs = async || {
        let home = contract::api::home(engine, contract::command::Nothing {}).await.unwrap();
        home.needs.into_iter().map(|need| format!("{} {}", need.subject, need.what)).collect::<Vec<_>>()
    };
    let expires =
        |needs: &[String]| needs.iter().filter(|need| need.contains("expire")).cloned().collect::<Vec<_>>();
    assert!(expires(&needs().await).is_empty(), "without a policy nothing goes");
    engine.set_retention(PROJECT, Some(last(5, 1))).await.unwrap();
    engine.hold_backup(&ids[1], "the audit").await.unwrap();

    let fates = engine.backup_fates(&ids).await.unwrap();

    assert_eq!(expires(&needs().await), ["shop has 2 backups that expire, the first one in 5 days."]);
    let of = |id: &String| fates.iter().find(|one| one.fate.id == *id).unwrap();
    assert_eq!((of(&ids[3]).expires_ms, of(&ids[3]).fate.until_ms), (Some(soon), Some(soon)));
    assert_eq!(
        (of(&ids[1]).keeping.hold_reason.as_deref(), of(&ids[1]).expires_ms),
        (Some("the audit"), None)
    );
    engine.hold_backup(&ids[4], "since then").await.unwrap();
    assert_eq!(expires(&needs().await), ["shop has a backup that expires in 5 days."]);
    assert_eq!(engine.backup_fates(&vec!["x".into(); 501]).await.unwrap_err().code, Code::InvalidRequest);
}

#[tokio::test]
async fn a_part_over_its_own_goal_is_the_projects_state_and_the_proposal_takes_the_tightest() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = nights(server, 2).await;
    let engine = &console.engine;
    let catalogue = open_catalogue(&console).await;
    sqlx::query("update backup set at_ms = at_ms - 2 * 3600000").execute(&catalogue).await.unwrap();
    let before = engine.goal_standing(PROJECT).await.unwrap();
    assert!(!engine.standing(PROJECT).await.unwrap().is_over_goal());
    assert_eq!(before.goal_components.len(), 1, "only its database is backed up");
    for (component, rpo_ms) in [("logs", 3_600_000), ("everything", 3_600_000), ("database", 1)] {
        let refused = engine.set_component_goal(PROJECT, component, Some(rpo_ms)).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidRequest, "{component} {rpo_ms}");
    }

    engine.set_component_goal(PROJECT, "database", Some(3_600_000)).await.unwrap();

    assert!(engine.standing(PROJECT).await.unwrap().is_over_goal());
    let home = contract::api::home(engine, contract::command::Nothing {}).await.unwrap();
    assert!(home.needs[0].what.starts_with("has no new copy of its database for "), "{}", home.needs[0].what);
    assert_eq!(home.projects[0].state_words, "Over its goal: database");
    let after = engine.goal_standing(PROJECT).await.unwrap();
    assert!(after.proposal.schedule.every_ms < 3_600_000 && before.proposal.schedule.every_ms > 3_600_000);
    sqlx::query("update backup set components = 'config'").execute(&catalogue).await.unwrap();
    let lacking = engine.goal_standing(PROJECT).await.unwrap();
    assert_eq!(lacking.components[0].at_ms, None, "a backup without a database shows nothing of it");
    engine.set_component_goal(PROJECT, "database", None).await.unwrap();
    assert!(engine.goal_standing(PROJECT).await.unwrap().components.is_empty());
}

#[tokio::test]
async fn what_is_there_already_is_said_and_imported_files_are_offered_no_backups() {
    let Some(server) = Server::shared() else { return };
    let console = testkit::Console::new().await.with_vault().await.with_project(server, "postgres").await;
    let engine = &console.engine;
    let standing = engine.goal_standing(PROJECT).await.unwrap();
    assert!(standing.lines.iter().all(|line| line.in_place.is_none() && line.replaces.is_none()));
    for line in standing.lines {
        match line.part {
            engine::proposal::Part::Schedule { work, rule } => {
                let schedule = contract::schedule::SetSchedule {
                    project: PROJECT.into(),
                    name: None,
                    work: Some(work.into()),
                    rule: rule.into(),
                    zone: contract::schedule::ZoneView::Local,
                    jitter_s: 0,
                    keep_ms: None,
                    creates: None,
                    on: None,
                    image: None,
                    conditions: None,
                };
                contract::api::schedule_set(engine, schedule).await.unwrap();
            }
            engine::proposal::Part::Retention(policy) => {
                engine.set_retention(PROJECT, Some(policy)).await.unwrap();
            }
        }
    }

    let taken = engine.goal_standing(PROJECT).await.unwrap();

    let open: Vec<_> = taken.lines.iter().filter(|line| line.in_place.is_none()).collect();
    assert!(open.is_empty(), "{open:?}");
    let goals = engine::project::preset(ledger::catalog::Category::UserData);
    engine.set_goals(PROJECT, goals).await.unwrap();
    let tighter = engine.goal_standing(PROJECT).await.unwrap();
    assert!(
        tighter.lines[0].replaces.as_deref().is_some_and(|words| words.contains("your schedule “backup”"))
    );
    let catalogue = open_catalogue(&console).await;
    sqlx::query("update project set connection = 'null'").execute(&catalogue).await.unwrap();
    let files = engine.goal_standing(PROJECT).await.unwrap();
    let ids: Vec<&str> = files.lines.iter().map(|line| line.id).collect();
    assert_eq!(ids, ["retention", "drills", "replicas"]);
    assert!(files.goal_components.is_empty());
    let platform = r#"{"kind":"supamanager","address":"https://manager.example","reference":"shop"}"#;
    sqlx::query("update project set platform = ?").bind(platform).execute(&catalogue).await.unwrap();
    let pulled = engine.goal_standing(PROJECT).await.unwrap();
    assert!(pulled.lines[0].title.starts_with("Pull every "), "{:?}", pulled.lines[0]);
    let is_pull = |part: &engine::proposal::Part| {
        matches!(part, engine::proposal::Part::Schedule { work: engine::schedule::Work::Pull, .. })
    };
    assert!(is_pull(&pulled.lines[0].part));
}
