//! Backups that hold different components: each is decided on by itself.

use engine::retention::{Candidate, Policy};
use ledger::component::{Component, Components};
use proptest::prelude::*;

use super::history::{DAY, HOUR, backup, fates, history, kept, nothing, now, policy};

fn holding(words: &str, backup: Candidate) -> Candidate {
    Candidate { holds: Components::of_words(words.split(',')), ..backup }
}

/// Any history, of backups that hold any components, some of which need another one.
fn mixed() -> impl Strategy<Value = Vec<Candidate>> {
    let of =
        prop::collection::vec((0_i64..32, prop::option::weighted(0.2, any::<prop::sample::Index>())), 120);
    (history(), of).prop_map(|(mut backups, of)| {
        let ids: Vec<String> = backups.iter().map(|one| one.id.clone()).collect();
        for (one, (bits, needs)) in backups.iter_mut().zip(of) {
            one.holds = Components::from(bits);
            one.needs_id = needs.map(|at| ids[at.index(ids.len())].clone());
        }
        backups
    })
}

/// The world in which projects are made of one component alone.
fn only(component: Component, backups: &[Candidate]) -> Vec<Candidate> {
    let alone = Components::NONE.with(component);
    let holders = backups.iter().filter(|one| one.holds.contains(component)).cloned();
    holders.map(|one| Candidate { holds: alone, ..one }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_set_of_backups_without_a_component_takes_a_place_of_one_with_it(
        backups in mixed(),
        policy in policy(),
    ) {
        let stays = kept(&policy, &backups);
        for component in Component::ALL {
            for id in kept(&policy, &only(component, &backups)) {
                prop_assert!(stays.contains(&id), "{id} stays for its {} alone, and goes", component.words());
            }
        }
    }

    #[test]
    fn what_a_backup_that_stays_needs_stays_too(backups in mixed(), policy in policy()) {
        let stays = kept(&policy, &backups);
        for one in backups.iter().filter(|one| stays.contains(&one.id)) {
            if let Some(needed) = one.needs_id.as_ref().filter(|needed| **needed != one.id) {
                prop_assert!(stays.contains(needed), "{} stays, and {needed} goes", one.id);
            }
        }
    }
}

#[test]
fn files_alone_at_night_do_not_push_out_the_database_of_the_day() {
    let mut backups = Vec::new();
    for day in 0..30 {
        backups.push(holding("storage", backup(&format!("files {day:02}"), day * DAY + HOUR)));
        backups.push(holding("database", backup(&format!("database {day:02}"), day * DAY + 10 * HOUR)));
    }
    for policy in [Policy { daily: 7, ..nothing() }, Policy { keep_last: 7, ..nothing() }] {
        let kept = kept(&policy, &backups);
        let databases = kept.iter().filter(|id| id.starts_with("database")).count();
        assert_eq!((databases, kept.len()), (7, 14), "{kept:?}");
    }
}

#[test]
fn a_full_backup_holds_the_places_of_all_its_components_and_is_kept_once() {
    let policy = Policy { keep_last: 2, ..nothing() };
    let backups: Vec<Candidate> = (0..5)
        .map(|day| holding("database,storage,config", backup(&format!("full {day}"), day * DAY)))
        .collect();
    assert_eq!(kept(&policy, &backups), ["full 0", "full 1"]);
    let reasons = fates(&policy, &backups, now()).remove(0).reasons;
    let codes: Vec<&str> = reasons.iter().map(engine::retention::Reason::code).collect();
    assert_eq!(codes, ["newest_verified", "floor", "last"], "what all components say is said once");
}

#[test]
fn what_an_incremental_needs_stays_with_it_and_says_why() {
    let policy = Policy { keep_last: 1, ..nothing() };
    let full = Candidate { remote_id: Some("there".into()), ..backup("full", 3 * DAY) };
    let incremental = Candidate { needs_id: Some("there".into()), ..backup("incremental", DAY) };
    let between = backup("between", 2 * DAY);
    let all = [full.clone(), between, incremental.clone()];
    let fates_of = fates(&policy, &all, now());
    let why = |id: &str| {
        let fate = fates_of.iter().find(|fate| fate.id == id).unwrap();
        (fate.is_kept, fate.reasons.iter().map(|one| one.code().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(why("full"), (true, vec!["needed_by".to_owned()]));
    assert_eq!(why("between"), (false, vec!["no_rule".to_owned()]));
    // Without its full one it counts for nothing, and takes no place.
    let kept =
        kept(&policy, &[backup("older", 40 * DAY), Candidate { at_ms: now() - 30 * DAY, ..incremental }]);
    assert_eq!(kept, ["incremental", "older"], "newer than the newest that counts, and that one");
}

#[test]
fn what_is_held_back_counts_for_nothing_and_says_why() {
    let policy = Policy { keep_last: 1, ..nothing() };
    let cut = Candidate { held_back: Some("table orders was cut".into()), ..backup("cut", 30 * DAY) };
    let all = [backup("whole", DAY), cut.clone(), backup("before", 31 * DAY)];
    let fates_of = fates(&policy, &all, now());
    let (held, before) = (&fates_of[1], &fates_of[2]);
    assert!(!held.counts && !held.is_kept && !before.is_kept, "{fates_of:?}");
    assert_eq!(held.reasons[0].code(), "held_back");
    assert_eq!(kept(&policy, &[cut, backup("before", 31 * DAY)]), ["cut", "before"], "nothing newer counts");
}
