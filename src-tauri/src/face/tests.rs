//! The tray's face for chosen states.

use contract::backup::ProofView;
use contract::number::Count;
use contract::platform::PlatformKindView;
use contract::project::LabelView;
use contract::schedule::{NextRunView, PausedView, WorkView};

use super::*;

const NIGHT_MS: i64 = 1_795_231_200_000; // 2026-11-21 03:20 UTC

fn now() -> Zoned {
    "2026-11-21T09:00:00[UTC]".parse().unwrap()
}

fn project(name: &str, state: ProjectState, proof_at_ms: Option<i64>) -> ProjectRow {
    let best_proof = proof_at_ms.map(|at_ms| ProofView {
        level: LevelView::Readable,
        verdict: VerdictView::Pass,
        at_ms: Millis(at_ms),
        elapsed_ms: Millis(1),
        reason: String::new(),
    });
    ProjectRow {
        id: format!("id-{name}"),
        name: name.to_owned(),
        label: LabelView::Production,
        is_sample: false,
        is_archived: false,
        place: String::new(),
        state,
        state_words: String::new(),
        has_database: true,
        parts: Vec::new(),
        platform: None,
        recovery_point: None,
        oldest_part: None,
        points: Vec::new(),
        goal_ms: Millis(0),
        best_proof,
        restore_ms: None,
        days: Vec::new(),
        backups: Count(0),
        newest_bytes: None,
        coverage: None,
        copies: None,
        next_run: None,
        job: None,
        failure: None,
    }
}

fn home(projects: Vec<ProjectRow>) -> HomeView {
    HomeView {
        sentence: "A sentence.".to_owned(),
        support: String::new(),
        needs: Vec::new(),
        projects,
        running: 0,
        paused: None,
    }
}

fn job(state: JobStateView) -> JobRow {
    JobRow {
        id: "j".to_owned(),
        kind: "backup".to_owned(),
        title: "Backing up shop".to_owned(),
        project_id: None,
        project: None,
        state,
        percent: Some(61.7),
        phase: None,
        waits_for: None,
        trigger: String::new(),
        is_mine: true,
        created_at_ms: Millis(0),
        started_at_ms: None,
        finished_at_ms: None,
        outcome: None,
    }
}

#[test]
fn the_worst_project_gives_the_shape() {
    let projects = vec![
        project("a", ProjectState::Ok, None),
        project("b", ProjectState::Danger, None),
        project("c", ProjectState::Warn, None),
    ];
    assert_eq!(Face::of(&home(projects), &[], &now()).mark, Mark::NeedsYou);
}

#[test]
fn an_archived_project_needs_nobody() {
    let mut archived = project("a", ProjectState::Danger, None);
    archived.is_archived = true;
    let face = Face::of(&home(vec![archived]), &[], &now());
    assert_eq!((face.mark, face.projects.len()), (Mark::Well, 0));
}

#[test]
fn each_database_that_is_reached_is_offered_to_be_backed_up_also_one_on_a_platform() {
    let cloud = Some(PlatformKindView::Supabase);
    let all = [("own", true, None), ("both", true, cloud), ("there", false, cloud), ("files", false, None)];
    let projects = all.map(|(name, has_database, platform)| ProjectRow {
        has_database,
        platform,
        ..project(name, ProjectState::Danger, None)
    });
    let face = Face::of(&home(projects.into()), &[], &now());
    let offered: Vec<&str> = face.projects.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!((face.mark, offered), (Mark::NeedsYou, vec!["own", "both"]));
}

#[test]
fn a_run_shows_its_per_cent_and_a_finished_one_does_not() {
    let face = Face::of(&home(Vec::new()), &[job(JobStateView::Running)], &now());
    assert_eq!((face.mark, face.job.as_deref()), (Mark::Running, Some("Backing up shop, 61 %")));
    assert_eq!(Face::of(&home(Vec::new()), &[job(JobStateView::Succeeded)], &now()).job, None);
}

#[test]
fn the_newest_proof_is_named_with_its_day() {
    let day_ms = 24 * 3_600_000;
    let projects = vec![
        project("old", ProjectState::Ok, Some(NIGHT_MS - 40 * day_ms)),
        project("shop", ProjectState::Ok, Some(NIGHT_MS)),
    ];
    assert_eq!(Face::of(&home(projects), &[], &now()).proof, "Last proof: shop readable, today 03:20");
    assert_eq!(moment(Millis(NIGHT_MS - day_ms), &now()), "yesterday 03:20");
    assert_eq!(moment(Millis(NIGHT_MS - 18 * day_ms), &now()), "3 Nov 03:20");
    assert_eq!(Face::of(&home(Vec::new()), &[], &now()).proof, "No proof yet");
}

#[test]
fn the_next_run_is_named_and_a_pause_says_until_when() {
    let hour_ms = 3_600_000;
    let planned = |name: &str, at_ms: i64, state| ProjectRow {
        next_run: Some(NextRunView {
            schedule: "backup".to_owned(),
            work: WorkView::Backup,
            often: "daily".to_owned(),
            state,
            because: String::new(),
            why: None,
            at_ms: Some(Millis(at_ms)),
        }),
        ..project(name, ProjectState::Ok, None)
    };
    let projects = vec![
        planned("late", NIGHT_MS + 24 * hour_ms, ScheduleStateView::Planned),
        planned("soon", NIGHT_MS + 20 * hour_ms, ScheduleStateView::Planned),
        planned("now", NIGHT_MS, ScheduleStateView::Running),
    ];
    let all = home(projects);
    assert_eq!(Face::of(&all, &[], &now()).next, "Next: soon, today 23:20");
    let paused = PausedView { at_ms: Millis(NIGHT_MS), until_ms: Some(Millis(NIGHT_MS + 24 * hour_ms)) };
    let face = Face::of(&HomeView { paused: Some(paused), ..all }, &[], &now());
    assert_eq!((face.mark, face.next.as_str()), (Mark::Paused, "Schedules are paused until tomorrow 03:20"));
    assert_eq!(Face::of(&home(Vec::new()), &[], &now()).next, "Nothing is planned");
}
