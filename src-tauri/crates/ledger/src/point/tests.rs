//! What counts as a recovery point, over any backups.

use proptest::prelude::*;

use super::*;

const DAY_MS: i64 = 86_400_000;
const NOW_MS: i64 = 1_000 * DAY_MS;

fn of(words: &str) -> Components {
    Components::of_words(words.split(','))
}

fn goals(own: &[(Component, i64)]) -> PointGoals {
    PointGoals { project_ms: DAY_MS, own: own.to_vec() }
}

fn project(points: &RecoveryPoints) -> Option<(Component, &str)> {
    let one = points.project()?;
    Some((one.component, one.point.as_ref()?.backup_id.as_str()))
}

#[test]
fn files_that_came_alone_do_not_hide_how_old_the_database_is() {
    let mut seen = Seen::of(&[(of("database,storage,config"), "full", 2), (of("storage"), "files", 23)]);
    let points = RecoveryPoints::of(seen.clone(), Expects::PLATFORM, &goals(&[]));
    assert_eq!(project(&points), Some((Component::Database, "full")));
    assert!(points.is_of_a_part());

    seen.see(of("database,storage,config"), "next", 26, true);
    let points = RecoveryPoints::of(seen, Expects::PLATFORM, &goals(&[]));
    assert_eq!(project(&points), Some((Component::Database, "next")));
    assert!(!points.is_of_a_part());
}

#[test]
fn what_a_full_backup_once_held_is_missed_when_only_the_database_is_fetched() {
    let seen = Seen::of(&[(of("database,storage"), "full", 2), (of("database"), "dump", 9)]);
    let points = RecoveryPoints::of(seen, Expects::PLATFORM, &goals(&[]));
    assert_eq!(project(&points), Some((Component::Files, "full")));
}

#[test]
fn a_file_that_somebody_dropped_is_expected_of_nobody() {
    let mut seen = Seen::of(&[(of("database"), "dump", 9)]);
    seen.see(of("logs"), "log", 1, true);
    seen.see(of("database,storage,config"), "dropped", 2, false);
    let points = RecoveryPoints::of(seen, Expects::PLATFORM, &goals(&[]));
    assert_eq!(project(&points), Some((Component::Database, "dump")));
    assert_eq!(points.components.len(), 1);
}

#[test]
fn without_its_database_a_project_has_no_recovery_point() {
    let seen = Seen::of(&[(of("storage"), "files", 9), (of("config"), "config", 9)]);
    assert_eq!(project(&RecoveryPoints::of(seen.clone(), Expects::PLATFORM, &goals(&[]))), None);
    // Files that were imported are all that there is.
    let points = RecoveryPoints::of(seen, Expects::NOTHING, &goals(&[]));
    assert_eq!(project(&points), Some((Component::Files, "files")));
}

#[test]
fn imported_logs_are_a_recovery_point_only_where_there_is_nothing_else() {
    let mut seen = Seen::of(&[(of("logs"), "log", 1)]);
    assert_eq!(
        project(&RecoveryPoints::of(seen.clone(), Expects::NOTHING, &goals(&[]))),
        Some((Component::Logs, "log"))
    );
    seen.see(of("database"), "dump", 9, false);
    assert_eq!(
        project(&RecoveryPoints::of(seen, Expects::NOTHING, &goals(&[]))),
        Some((Component::Database, "dump"))
    );
}

#[test]
fn a_goal_of_its_own_says_how_old_a_component_may_get_and_that_it_is_expected() {
    let seen = Seen::of(&[(of("database"), "dump", 100 * DAY_MS), (of("config"), "config", 80 * DAY_MS)]);
    let now_ms = 100 * DAY_MS;
    let month = RecoveryPoints::of(
        seen.clone(),
        Expects::PLATFORM,
        &goals(&[(Component::Configuration, 30 * DAY_MS)]),
    );
    assert_eq!(project(&month), Some((Component::Database, "dump")), "it is over its goal first");
    assert_eq!(month.over(now_ms), None);
    let week = RecoveryPoints::of(
        seen.clone(),
        Expects::PLATFORM,
        &goals(&[(Component::Configuration, 7 * DAY_MS)]),
    );
    assert_eq!(project(&week), Some((Component::Configuration, "config")));
    assert_eq!(week.over(now_ms).map(|one| one.component), Some(Component::Configuration));
    // What no backup holds is over its goal, and takes nothing from what is there.
    let redis = RecoveryPoints::of(seen, Expects::PLATFORM, &goals(&[(Component::Redis, DAY_MS)]));
    assert_eq!(project(&redis), Some((Component::Database, "dump")));
    assert_eq!(redis.over(now_ms).map(|one| one.component), Some(Component::Redis));
}

fn link<'a>(id: &'a str, needs_id: Option<&'a str>, at_ms: i64, holds: &str) -> Link<'a> {
    Link { id, remote_id: None, needs_id, at_ms, holds: of(holds), stands: true }
}

#[test]
fn an_incremental_is_worth_what_its_chain_is_worth() {
    let full = Link { remote_id: Some("full_there"), ..link("full", None, 1, "database,storage") };
    let first = link("first", Some("full_there"), 2, "database,storage,config");
    let second = link("second", Some("first"), 3, "storage");
    let is = |backups: &[Link<'_>]| wholes(backups).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(is(&[full, first, second]), ["database,storage", "database,storage", "storage"]);
    let broken = Link { stands: false, ..full };
    assert_eq!(is(&[broken, first, second]), ["", "", ""]);
    assert_eq!(is(&[first, second]), ["", ""], "what it needs is not there");
    let later = Link { at_ms: 9, ..full };
    assert_eq!(is(&[later, first]), ["database,storage", ""], "what it needs was made after it");
    let round = [
        link("a", Some("b"), 1, "database"),
        link("b", Some("a"), 1, "database"),
        link("c", Some("c"), 1, "database"),
    ];
    assert_eq!(
        is(&round),
        ["", "", ""],
        "two that need each other, and one that needs itself, come to no end"
    );
    assert_eq!(needed(&[full, first, second]), [vec![], vec![0], vec![1]]);
}

proptest! {
    /// Adding a backup without a component never moves that component's recovery point; and the project's is
    /// never younger than its database's.
    #[test]
    fn nothing_without_a_component_moves_its_recovery_point(
        before in prop::collection::vec((0_i64..32, 0_i64..1000), 0..12),
        added in prop::collection::vec((0_i64..32, 0_i64..1000), 0..12),
        lacking in 0_usize..5,
        has_source: bool,
    ) {
        let component = Component::ALL[lacking];
        let mut seen = Seen::default();
        for (at, (holds, at_ms)) in before.iter().enumerate() {
            seen.see(Components::from(*holds), &format!("b{at}"), *at_ms, true);
        }
        let first = seen.newest[lacking].clone();
        for (at, (holds, at_ms)) in added.iter().enumerate() {
            let holds = Components::from(*holds).without(Components::NONE.with(component));
            seen.see(holds, &format!("a{at}"), *at_ms, true);
        }
        prop_assert_eq!(&seen.newest[lacking], &first);
        let points = RecoveryPoints::of(seen.clone(), if has_source { Expects::PLATFORM } else { Expects::NOTHING }, &goals(&[]));
        if let (Some(one), Some(database)) = (points.project().and_then(|one| one.point.as_ref()), &seen.newest[0]) {
            prop_assert!(one.at_ms <= database.at_ms);
        }
        prop_assert_eq!(points.project().is_none(), points.components.iter().all(|one| one.point.is_none())
            || has_source && seen.newest[0].is_none());
    }
}

#[test]
fn what_is_read_beside_a_database_is_expected_and_what_no_longer_is_is_not() {
    let files = Components::NONE.with(Component::Files);
    let both = files.with(Component::Database);
    let seen = Seen::of(&[
        (both, "both", NOW_MS - 2 * DAY_MS),
        (Components::NONE.with(Component::Database), "dump", NOW_MS),
    ]);
    let of = |parts| {
        RecoveryPoints::of(seen.clone(), Expects { database: true, platform: false, parts }, &goals(&[]))
    };
    assert_eq!(project(&of(files)), Some((Component::Files, "both")));
    assert_eq!(project(&of(Components::NONE)), Some((Component::Database, "dump")), "it was removed");
    let never = of(Components::NONE.with(Component::Redis));
    assert_eq!(never.over(NOW_MS).map(|one| one.component), Some(Component::Redis), "no backup holds it");
}
