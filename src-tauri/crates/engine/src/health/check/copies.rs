//! The copies rule: three copies on two media, one of them elsewhere.
//!
//! The original counts while it answers, the vault counts, and a replica counts while its content is recent,
//! reads back, and is on another disk than the vault. Media are measured: one disk or one machine is one
//! medium. Elsewhere is declared by a person; without a declaration it is unknown and never makes the check
//! green.

use base::Severity;
use std::collections::BTreeSet;

use super::DAY_MS;
use crate::health::facts::{PlaceSeen, PlacesSeen, ProjectFacts, ReplicaSeen};
use crate::health::finding::{Act, Code, Finding, Measure, Unit};
use crate::health::words::age_words;
use crate::medium::Medium;
use crate::project::ProjectStanding;
use base::command::Command;
use base::words::counted;
use ledger::catalog::Declared;

/// Where nobody said another number: three copies, the original among them.
const COPIES_USUAL: u32 = 3;
/// On so many media they should be, where there is more than one.
const MEDIA_WANTED: u32 = 2;
/// An original that was not reached for longer may not be there any more.
pub(crate) const ANSWERS_WITHIN_MS: i64 = 7 * DAY_MS;
/// Clocks may differ by so much; a contact that is later is of a clock that was wrong.
const AHEAD_MS: i64 = 60_000;

/// Whether one copy is in another place than the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// A person declared that it is, and nothing that was measured says otherwise.
    Yes,
    /// A person declared of each place that it is not.
    No,
    /// Nobody declared it.
    NotKnown,
}

/// One place that has a copy, or should have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyPlace {
    /// `the original`, or the name of the vault or the replica.
    pub name: String,
    /// Whether it counts.
    pub counts: bool,
    /// What it is on, in words; empty where that is not known.
    pub medium: String,
    /// What a person declared of it; of the original nobody has to.
    pub declared: Option<Declared>,
    /// What is to be known of it beyond that, as a sentence; may be empty.
    pub note: String,
}

/// How many copies there are of a project, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copies {
    /// How many, the original among them.
    pub have: u32,
    /// How many there should be: what was asked for, or three.
    pub wanted: u32,
    /// On how many media they are known to be.
    pub media: u32,
    /// Whether one of them is elsewhere.
    pub elsewhere: Elsewhere,
    /// Where they are: `the original, and the backups in “Anchor” and in “NAS”`.
    pub places: String,
    /// Each place by itself: the original, the vault, the replicas.
    pub each: Vec<CopyPlace>,
    /// Whether there are enough of them, on two media, and one is declared to be elsewhere.
    pub are_enough: bool,
    /// Replicas that have nothing of it, what is too old to count, or what does not read back.
    pub behind: Vec<String>,
}

/// A copy that counts, as far as the rule needs it. Pure data: what was measured, and what was declared.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted<'a> {
    /// What is lost with it by what takes a machine; absent where that is not known.
    machine: Option<&'a str>,
    /// The disk of a replica: of two on one disk one counts.
    disk: Option<&'a str>,
    /// Whether it was declared to be elsewhere, and that can be so.
    is_elsewhere: bool,
}

/// What the copies come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tally {
    have: u32,
    media: u32,
    is_elsewhere: bool,
    is_enough: bool,
}

/// The rule itself.
fn tally(copies: &[Counted<'_>], wanted: u32) -> Tally {
    let disks: BTreeSet<&str> = copies.iter().filter_map(|one| one.disk).collect();
    let others = copies.iter().filter(|one| one.disk.is_none()).count();
    let have = u32::try_from(others + disks.len()).unwrap_or(u32::MAX);
    let machines: BTreeSet<&str> = copies.iter().filter_map(|one| one.machine).collect();
    let media = u32::try_from(machines.len()).unwrap_or(u32::MAX);
    let is_elsewhere = copies.iter().any(|one| one.is_elsewhere);
    let is_enough = have >= wanted && (wanted <= 1 || (media >= MEDIA_WANTED && is_elsewhere));
    Tally { have, media, is_elsewhere, is_enough }
}

/// Counts the copies of a project whose newest backup is of `newest_ms`.
pub(crate) fn count(
    standing: &ProjectStanding,
    newest_ms: Option<i64>,
    places: &PlacesSeen,
    now_ms: i64,
) -> Copies {
    let wanted = standing.goals.copies.unwrap_or(COPIES_USUAL);
    // Copies come each day at most: what they have is a copy for two, or as long as may be lost.
    let age_max = standing.goals.rpo_ms.unwrap_or(0).max(2 * DAY_MS);
    let is_recent = |at: i64| newest_ms.is_none_or(|newest| at >= newest) || now_ms - at <= age_max;
    let is_current = |one: &ReplicaSeen| !one.is_damaged && one.newest_ms.is_some_and(is_recent);
    let original = of_original(standing, places, now_ms);
    let vault = of_vault(places.vault.as_ref(), original.counts);
    let replicas: Vec<CopyPlace> =
        places.replicas.iter().map(|one| of_replica(one, places, is_current(one))).collect();
    let mut copies = Vec::new();
    if original.counts {
        copies.push(Counted {
            machine: machine(places.original.as_ref(), false),
            disk: None,
            is_elsewhere: false,
        });
    }
    copies.push(Counted {
        machine: machine(places.vault.as_ref().and_then(|vault| vault.medium.as_ref()), false),
        disk: None,
        // It is elsewhere than the original, where there is one.
        is_elsewhere: original.counts && places.vault.as_ref().is_some_and(is_declared),
    });
    for (one, _) in places.replicas.iter().zip(&replicas).filter(|(_, place)| place.counts) {
        let is_elsewhere = is_declared(&one.place) && can_be_elsewhere(&one.place, places);
        let medium = one.place.medium.as_ref();
        let disk = medium.map(|medium| medium.disk.as_str());
        copies.push(Counted { machine: machine(medium, is_elsewhere), disk, is_elsewhere });
    }
    let Tally { have, media, is_elsewhere, is_enough } = tally(&copies, wanted);
    let behind = places.replicas.iter().filter(|one| !is_current(one));
    let behind = behind.map(|one| one.place.name.clone()).collect();
    let each: Vec<CopyPlace> = [original, vault].into_iter().chain(replicas).collect();
    let is_all_declared = each.iter().skip(1).all(|one| one.declared.is_some());
    let elsewhere = match (is_elsewhere, is_all_declared) {
        (true, _) => Elsewhere::Yes,
        (false, true) => Elsewhere::No,
        (false, false) => Elsewhere::NotKnown,
    };
    let words = words(&each, places);
    Copies { have, wanted, media, elsewhere, places: words, each, are_enough: is_enough, behind }
}

fn machine(medium: Option<&Medium>, is_elsewhere: bool) -> Option<&str> {
    medium.map(|medium| medium.machine(is_elsewhere))
}

fn is_declared(place: &PlaceSeen) -> bool {
    place.declared.as_ref().is_some_and(|declared| declared.is_elsewhere)
}

/// What is in the very machine of the vault is not elsewhere, whatever anybody declared.
fn can_be_elsewhere(place: &PlaceSeen, places: &PlacesSeen) -> bool {
    let vault = places.vault.as_ref().and_then(|vault| vault.medium.as_ref());
    match (place.medium.as_ref(), vault) {
        (Some(ours), Some(theirs)) => ours.machine(true) != theirs.machine(false) && ours.disk != theirs.disk,
        _ => false,
    }
}

fn of_original(standing: &ProjectStanding, places: &PlacesSeen, now_ms: i64) -> CopyPlace {
    let project = &standing.project;
    // What was imported may have its original nowhere else.
    let is_known = project.connection.is_some() || project.platform.is_some();
    let age_ms = places.original_ms.map(|at| now_ms - at);
    let answers = age_ms.is_some_and(|age| (-AHEAD_MS..=ANSWERS_WITHIN_MS).contains(&age));
    let note = match age_ms {
        _ if !is_known => "No original is known: what was imported may be the only one.".to_owned(),
        Some(age) if answers => format!("It answered {} ago.", age_words(age)),
        Some(age) if age > 0 => {
            format!(
                "It was last reached {} ago; it counts for {} days.",
                age_words(age),
                ANSWERS_WITHIN_MS / DAY_MS
            )
        }
        Some(_) => "It was last reached at a time that is to come: a clock was wrong.".to_owned(),
        None => "It was never reached from here.".to_owned(),
    };
    CopyPlace {
        name: "the original".into(),
        counts: is_known && answers,
        medium: places.original.as_ref().map(ToString::to_string).unwrap_or_default(),
        declared: None,
        note,
    }
}

fn of_vault(vault: Option<&PlaceSeen>, has_original: bool) -> CopyPlace {
    let declared = vault.and_then(|vault| vault.declared.clone());
    let note = if declared.as_ref().is_some_and(|one| one.is_elsewhere) && !has_original {
        "There is no original that answers, than which it could be elsewhere."
    } else {
        ""
    };
    CopyPlace {
        name: vault.map_or_else(|| "the vault".to_owned(), |vault| vault.name.clone()),
        counts: true,
        medium: vault.and_then(|vault| vault.medium.as_ref()).map(ToString::to_string).unwrap_or_default(),
        declared,
        note: note.into(),
    }
}

fn of_replica(one: &ReplicaSeen, places: &PlacesSeen, is_current: bool) -> CopyPlace {
    let vault = places.vault.as_ref().and_then(|vault| vault.medium.as_ref());
    let is_same_disk = one.is_same_disk
        || one.place.medium.as_ref().zip(vault).is_some_and(|(ours, theirs)| ours.disk == theirs.disk);
    let note = if !is_current {
        "What it has is too old to count, or does not read back."
    } else if is_same_disk {
        "It is on the vault’s disk or server: what takes the one takes both, and so it is no further copy."
    } else if one.place.medium.is_none() {
        "It is not known what it is on, so that it does not count; connect it, and copy to it."
    } else if is_declared(&one.place) && !can_be_elsewhere(&one.place, places) {
        "It was declared elsewhere, and is in the computer of the vault."
    } else {
        ""
    };
    CopyPlace {
        name: one.place.name.clone(),
        counts: is_current && !is_same_disk && one.place.medium.is_some(),
        medium: one.place.medium.as_ref().map(ToString::to_string).unwrap_or_default(),
        declared: one.place.declared.clone(),
        note: note.into(),
    }
}

/// Where the copies are that count.
fn words(each: &[CopyPlace], places: &PlacesSeen) -> String {
    let [original, vault, replicas @ ..] = each else { return String::new() };
    let replica = |one: &CopyPlace| {
        let place = places.replicas.iter().find(|replica| replica.place.name == one.name);
        let is_elsewhere = place
            .is_some_and(|replica| is_declared(&replica.place) && can_be_elsewhere(&replica.place, places));
        format!("“{}”{}", one.name, if is_elsewhere { " (elsewhere)" } else { "" })
    };
    let names: Vec<String> = replicas.iter().filter(|one| one.counts).map(replica).collect();
    let vault = match &places.vault {
        Some(_) => format!("the backups in “{}”", vault.name),
        None => "the backups in the vault".to_owned(),
    };
    let backups = if names.is_empty() { vault } else { format!("{vault} and in {}", names.join(", ")) };
    let original = if original.counts { "the original" } else { "no original that answers" };
    format!("{original}, and {backups}")
}

pub(super) fn check(facts: &ProjectFacts) -> Finding {
    let project = &facts.standing.project;
    let newest = facts.newest.as_ref().map(|newest| newest.at_ms);
    let copies = count(&facts.standing, newest, &facts.places, facts.now_ms);
    let severity = match facts.standing.goals.copies {
        _ if copies.are_enough && copies.behind.is_empty() => Severity::Ok,
        Some(_) if !copies.are_enough => Severity::Warning,
        _ => Severity::Info,
    };
    let Copies { have, wanted, media, .. } = copies;
    let media = counted(u64::from(media), "medium").replace("mediums", "media");
    let what =
        format!("has {have} of {wanted} copies on {media}, {}: {}.", copies.elsewhere.words(), copies.places);
    let finding = Finding::of(project, Code::Copies, severity, what)
        .value(Measure::new(i64::from(have), Unit::Count, have.to_string()))
        .limit(Measure::new(i64::from(wanted), Unit::Count, wanted.to_string()))
        .details(copies.each.iter().map(CopyPlace::words).collect());
    if severity == Severity::Ok {
        return finding;
    }
    let (why, act) = advice(&copies);
    finding.why(why).act(act, Act::None)
}

impl Elsewhere {
    /// As a part of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Yes => "one elsewhere",
            Self::No => "none elsewhere",
            Self::NotKnown => "none known to be elsewhere",
        }
    }
}

impl CopyPlace {
    /// As a line.
    pub fn words(&self) -> String {
        let on = if self.medium.is_empty() { String::new() } else { format!(" on {}", self.medium) };
        let declared = self.declared.as_ref().map(|one| format!(", {}", one.words())).unwrap_or_default();
        let counts = if self.counts { "counts" } else { "does not count" };
        format!("{}{on}{declared}: {counts}. {}", self.name, self.note).trim_end().to_owned()
    }
}

fn advice(copies: &Copies) -> (String, String) {
    if let Some(late) = copies.behind.first() {
        return (
            format!("What “{late}” has of it is too old to count, or does not read back."),
            format!("Copy to it: `{}`.", Command::copy_to(late)),
        );
    }
    let is_original = copies.each.first().is_some_and(|one| one.counts);
    if copies.have < copies.wanted {
        let replicas = copies.each.iter().skip(2).any(|one| one.counts);
        return match (is_original, replicas) {
            (true, false) => (
                "The backups lie in one place only: what takes that disk takes all of them.".into(),
                "Add a folder on another disk as a replica: `holdfast store add PATH`.".into(),
            ),
            (true, true) => (
                "There are fewer than were asked for.".into(),
                "Add a replica in another place: `holdfast store add PATH --elsewhere`.".into(),
            ),
            (false, _) => (
                copies.each.first().map(|one| one.note.clone()).unwrap_or_default(),
                "Test the project’s connection, or add a replica in its place: `holdfast store add PATH`."
                    .into(),
            ),
        };
    }
    if copies.media < MEDIA_WANTED {
        return (
            "They are not known to be on two media: what takes one computer takes all of them.".into(),
            "Add a replica on another computer or on a disk that can be taken away: `holdfast store add PATH`.".into(),
        );
    }
    let why = match copies.elsewhere {
        Elsewhere::NotKnown => "Nobody declared that one of them is elsewhere.",
        Elsewhere::Yes | Elsewhere::No => "None of them is elsewhere: one fire takes all of them.",
    };
    (
        why.into(),
        "Where one is in another building, declare it: `holdfast store place NAME --elsewhere`, or `holdfast vault place --elsewhere`; else add a replica there: `holdfast store add PATH --elsewhere`."
            .into(),
    )
}

#[cfg(test)]
#[path = "copies_tests.rs"]
mod tests;
