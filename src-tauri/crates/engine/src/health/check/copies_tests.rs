//! How copies are counted, over all that can be known of them.

use std::sync::LazyLock;

use super::*;
use crate::health::check::testing::{HOUR, NOW, places, well};

fn medium(machine: &str, disk: &str) -> Medium {
    Medium::parse(&format!("{machine}\t{disk}")).unwrap()
}

fn declared(is_elsewhere: bool) -> Declared {
    Declared { is_elsewhere, at_ms: NOW - 9 * DAY_MS, by: Some("anna".into()) }
}

/// A NAS in another building, as somebody said, which has what is two hours old.
fn replica() -> ReplicaSeen {
    ReplicaSeen {
        place: PlaceSeen {
            name: "NAS".into(),
            medium: Some(Medium::of_host("nas.example")),
            declared: Some(declared(true)),
        },
        is_same_disk: false,
        newest_ms: Some(NOW - 2 * HOUR),
        is_damaged: false,
    }
}

fn of(places: &PlacesSeen) -> Copies {
    static STANDING: LazyLock<ProjectStanding> = LazyLock::new(|| well().standing);
    count(&STANDING, Some(NOW - 2 * HOUR), places, NOW)
}

fn with(replica: ReplicaSeen) -> Copies {
    of(&PlacesSeen { replicas: vec![replica], ..places() })
}

#[test]
fn the_original_the_vault_and_a_replica_elsewhere_are_the_rule_kept() {
    let copies = with(replica());
    assert!(copies.are_enough, "{copies:?}");
    assert_eq!((copies.have, copies.media, copies.elsewhere), (3, 3, Elsewhere::Yes));
    assert_eq!(copies.places, "the original, and the backups in “Anchor” and in “NAS” (elsewhere)");
    let line = copies.each[2].words();
    assert!(line.starts_with("NAS on the server nas.example, declared elsewhere on "), "{line}");
    assert!(line.ends_with(" by anna: counts."), "{line}");
    let mut facts = well();
    facts.places.replicas = vec![replica()];
    assert_eq!(check(&facts).severity, Severity::Ok);
}

#[test]
fn a_replica_beside_the_vault_is_neither_a_copy_nor_a_medium_whatever_was_declared() {
    let mut beside = replica();
    beside.place.medium = Some(Medium::of_host("localhost"));
    let copies = with(beside);
    assert_eq!((copies.have, copies.are_enough), (2, false));
    assert!(copies.each[2].note.contains("on the vault’s disk"), "{copies:?}");
    let measured = with(ReplicaSeen { is_same_disk: true, ..replica() });
    assert_eq!((measured.have, measured.are_enough), (2, false), "the system says that it is one disk");
    // Another disk of the vault's computer is a copy, but no second medium, and not elsewhere.
    let mut inside = replica();
    inside.place.medium = Some(medium("computer", "another disk"));
    let mut local = places();
    local.original = Some(Medium::of_host("localhost"));
    local.replicas = vec![inside];
    let copies = of(&local);
    assert_eq!((copies.have, copies.media, copies.are_enough), (3, 1, false));
    assert_eq!(copies.each[2].note, "It was declared elsewhere, and is in the computer of the vault.");
}

#[test]
fn what_nobody_declared_is_not_known_and_what_was_declared_to_be_here_is_not_elsewhere() {
    let mut undeclared = replica();
    undeclared.place.declared = None;
    let copies = with(undeclared.clone());
    assert_eq!((copies.have, copies.elsewhere, copies.are_enough), (3, Elsewhere::NotKnown, false));
    undeclared.place.declared = Some(declared(false));
    let mut places = PlacesSeen { replicas: vec![undeclared], ..places() };
    places.vault.as_mut().unwrap().declared = Some(declared(false));
    assert_eq!(of(&places).elsewhere, Elsewhere::No);
    places.vault.as_mut().unwrap().declared = Some(declared(true));
    assert!(of(&places).are_enough, "the vault is elsewhere than the original");
    places.original_ms = None;
    let copies = of(&places);
    assert_eq!((copies.elsewhere, copies.have), (Elsewhere::No, 2), "there is no original that answers");
}

#[test]
fn an_original_counts_while_it_answers() {
    for (age_ms, have) in [
        (Some(0), 2),
        (Some(ANSWERS_WITHIN_MS), 2),
        (Some(ANSWERS_WITHIN_MS + 1), 1),
        (Some(-AHEAD_MS), 2),
        (Some(-400 * DAY_MS), 1),
        (None, 1),
    ] {
        let original_ms = age_ms.map(|age| NOW - age);
        assert_eq!(of(&PlacesSeen { original_ms, ..places() }).have, have, "{age_ms:?}");
    }
    let mut facts = well();
    facts.standing.project.connection = None;
    assert_eq!(check(&facts).value.unwrap().words, "1", "imported files have no original that we know");
}

#[test]
fn a_replica_is_a_copy_as_long_as_what_it_has_is_recent_and_reads_back() {
    for (replica, have) in [
        (replica(), 3),
        (ReplicaSeen { newest_ms: Some(NOW - 5 * DAY_MS), ..replica() }, 2),
        (ReplicaSeen { newest_ms: None, ..replica() }, 2),
        (ReplicaSeen { is_damaged: true, ..replica() }, 2),
    ] {
        let copies = with(replica.clone());
        assert_eq!((copies.have, copies.behind.is_empty()), (have, have == 3), "{replica:?}");
    }
    let one = replica();
    let mut other = replica();
    other.place.name = "the same NAS".into();
    let copies = of(&PlacesSeen { replicas: vec![one, other], ..places() });
    assert_eq!((copies.have, copies.media), (3, 3), "two folders of one server are one copy more");
}

#[test]
fn a_goal_that_is_not_kept_is_a_warning_and_without_one_it_is_a_note() {
    let mut facts = well();
    assert_eq!(check(&facts).severity, Severity::Info);
    for (goal, severity) in [(1, Severity::Ok), (2, Severity::Warning), (3, Severity::Warning)] {
        facts.standing.goals.copies = Some(goal);
        assert_eq!(check(&facts).severity, severity, "{goal}");
    }
}

/// How green it is: nothing of it may grow by taking something away.
fn green(copies: &Copies) -> [u32; 4] {
    [u32::from(copies.are_enough), copies.have, copies.media, u32::from(copies.elsewhere == Elsewhere::Yes)]
}

fn is_greener(than: &PlacesSeen, less: &PlacesSeen) -> bool {
    green(&of(than)).iter().zip(green(&of(less))).any(|(than, less)| less > *than)
}

#[test]
fn no_place_that_goes_and_nothing_that_is_not_declared_any_more_ever_makes_it_greener() {
    let media = [
        None,
        Some(medium("computer", "1")),
        Some(medium("computer", "2")),
        Some(medium("local:3", "3")),
        Some(medium("host:a", "host:a")),
        Some(medium("external:4", "external:4")),
    ];
    let declarations = [None, Some(declared(false)), Some(declared(true))];
    let mut replicas = vec![None];
    for medium in &media {
        for declared in &declarations {
            for is_damaged in [false, true] {
                let place =
                    PlaceSeen { name: "x".into(), medium: medium.clone(), declared: declared.clone() };
                replicas.push(Some(ReplicaSeen { place, is_damaged, ..replica() }));
            }
        }
    }
    let vaults = media.iter().flat_map(|medium| {
        declarations.iter().map(|declared| PlaceSeen {
            name: "v".into(),
            medium: medium.clone(),
            declared: declared.clone(),
        })
    });
    let mut combinations = 0;
    for vault in vaults {
        for (original_ms, original) in
            [(None, 1), (Some(NOW), 1), (Some(NOW), 4)].map(|(at, medium)| (at, media[medium].clone()))
        {
            for one in &replicas {
                for other in replicas.iter().step_by(5) {
                    let replicas = [one, other].into_iter().flatten().cloned().collect();
                    let all = PlacesSeen {
                        original_ms,
                        original: original.clone(),
                        vault: Some(vault.clone()),
                        replicas,
                    };
                    let mut less = vec![PlacesSeen { original_ms: None, ..all.clone() }];
                    let mut undeclared = all.clone();
                    undeclared.vault.as_mut().unwrap().declared = None;
                    less.push(undeclared);
                    for at in 0..all.replicas.len() {
                        let mut without = all.clone();
                        without.replicas.remove(at);
                        let mut undeclared = all.clone();
                        undeclared.replicas[at].place.declared = None;
                        less.extend([without, undeclared]);
                    }
                    for less in &less {
                        assert!(!is_greener(&all, less), "{all:?}\n{less:?}");
                    }
                    let copies = of(&all);
                    let is_rule = copies.have >= 3 && copies.media >= 2 && copies.elsewhere == Elsewhere::Yes;
                    assert_eq!(copies.are_enough, is_rule, "{all:?}");
                    combinations += 1;
                }
            }
        }
    }
    assert!(combinations > 10_000, "{combinations}");
}
