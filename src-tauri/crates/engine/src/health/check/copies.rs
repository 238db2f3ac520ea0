//! How many copies there are, and where: the rule of three copies on two media with one elsewhere.

use super::DAY_MS;
use crate::health::facts::{ProjectFacts, ReplicaSeen};
use crate::health::finding::{Act, Code, Finding, Measure, Severity, Unit};
use crate::project::ProjectStanding;
use crate::words::argument_words;

/// Where nobody said another number: three copies, the original among them.
const COPIES_USUAL: u32 = 3;

/// How many copies there are of a project, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copies {
    /// How many, the original among them.
    pub have: u32,
    /// How many there should be: what was asked for, or three.
    pub wanted: u32,
    /// Where they are: `the original, and the backups in “Anchor” and in “NAS”`.
    pub places: String,
    /// Whether there are enough of them, and one is known to be elsewhere.
    pub are_enough: bool,
    /// Replicas that have nothing of it, what is too old to count, or what does not read back.
    pub behind: Vec<String>,
    has_replica: bool,
    is_elsewhere: bool,
}

/// Counts the copies of a project whose newest backup is of `newest_ms`.
pub(crate) fn count(
    standing: &ProjectStanding,
    newest_ms: Option<i64>,
    vault: Option<&str>,
    replicas: &[ReplicaSeen],
    now_ms: i64,
) -> Copies {
    let wanted = standing.goals.copies.unwrap_or(COPIES_USUAL);
    // The vault is one copy; what was imported may have its original nowhere else.
    let has_original = standing.project.has_source();
    // Copies come each day at most: what they have is a copy for two, or as long as may be lost.
    let age_max = standing.goals.rpo_ms.unwrap_or(0).max(2 * DAY_MS);
    let is_recent = |at: i64| newest_ms.is_none_or(|newest| at >= newest) || now_ms - at <= age_max;
    let (recent, behind): (Vec<&ReplicaSeen>, Vec<&ReplicaSeen>) =
        replicas.iter().partition(|one| !one.is_damaged && one.newest_ms.is_some_and(is_recent));
    let have = 1 + u32::from(has_original) + u32::try_from(recent.len()).unwrap_or(u32::MAX);
    let is_elsewhere = has_original || recent.iter().any(|replica| replica.is_elsewhere);
    let original = if has_original { "the original" } else { "no known original" };
    Copies {
        have,
        wanted,
        places: format!("{original}, and {}", places(vault.unwrap_or("the vault"), &recent)),
        are_enough: have >= wanted && is_elsewhere,
        behind: behind.iter().map(|one| one.name.clone()).collect(),
        has_replica: !recent.is_empty(),
        is_elsewhere,
    }
}

pub(super) fn check(facts: &ProjectFacts) -> Finding {
    let project = &facts.standing.project;
    let newest = facts.newest.as_ref().map(|newest| newest.at_ms);
    let copies = count(&facts.standing, newest, facts.vault.as_deref(), &facts.replicas, facts.now_ms);
    let severity = match facts.standing.goals.copies {
        _ if copies.are_enough && copies.behind.is_empty() => Severity::Ok,
        Some(goal) if copies.have < goal => Severity::Warning,
        _ => Severity::Info,
    };
    let Copies { have, wanted, .. } = copies;
    let what = format!("has {have} of {wanted} copies: {}.", copies.places);
    let finding = Finding::of(project, Code::Copies, severity, what)
        .value(Measure::new(i64::from(have), Unit::Count, have.to_string()))
        .limit(Measure::new(i64::from(wanted), Unit::Count, wanted.to_string()));
    if severity == Severity::Ok {
        return finding;
    }
    let (why, act) = advice(&copies);
    finding.why(why).act(act, Act::None)
}

fn places(vault: &str, replicas: &[&ReplicaSeen]) -> String {
    let replica =
        |one: &&ReplicaSeen| format!("“{}”{}", one.name, if one.is_elsewhere { " (elsewhere)" } else { "" });
    let names: Vec<String> = replicas.iter().map(replica).collect();
    let vault = format!("the backups in “{vault}”");
    if names.is_empty() { vault } else { format!("{vault} and in {}", names.join(", ")) }
}

fn advice(copies: &Copies) -> (String, String) {
    if let Some(late) = copies.behind.first() {
        return (
            format!("What “{late}” has of it is too old to count, or does not read back."),
            format!("Copy to it: `holdfast store copy {}`.", argument_words(late)),
        );
    }
    if !copies.has_replica {
        return (
            "The backups lie in one place only: what takes that disk takes all of them.".into(),
            "Add a folder on another disk as a replica: `holdfast store add PATH`.".into(),
        );
    }
    let why = if copies.is_elsewhere {
        "There are fewer than were asked for."
    } else {
        "None of them is known to be elsewhere."
    };
    (why.into(), "Add a replica in another place: `holdfast store add PATH --elsewhere`.".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, NOW, well};

    fn replica(age_ms: i64) -> ReplicaSeen {
        ReplicaSeen {
            name: "NAS".into(),
            is_elsewhere: true,
            newest_ms: Some(NOW - age_ms),
            is_damaged: false,
        }
    }

    #[test]
    fn without_a_replica_the_vault_and_the_original_are_two_copies_and_never_three() {
        let mut facts = well();
        assert_eq!(check(&facts).severity, Severity::Info);
        for (goal, severity) in [(1, Severity::Ok), (2, Severity::Ok), (3, Severity::Warning)] {
            facts.standing.goals.copies = Some(goal);
            assert_eq!(check(&facts).severity, severity, "{goal}");
        }
        assert_eq!(check(&facts).value.unwrap().number, 2);
        facts.standing.project.connection = None;
        assert_eq!(check(&facts).value.unwrap().words, "1", "imported files have no original that we know");
    }

    #[test]
    fn a_replica_is_a_copy_as_long_as_what_it_has_is_recent() {
        let mut facts = well();
        facts.standing.goals.copies = Some(3);
        facts.replicas = vec![replica(2 * HOUR)];
        let found = check(&facts);
        assert_eq!((found.severity, found.value.unwrap().number), (Severity::Ok, 3));
        facts.replicas = vec![replica(5 * DAY_MS)];
        let found = check(&facts);
        assert_eq!((found.severity, found.value.unwrap().number), (Severity::Warning, 2), "it is behind");
        facts.replicas = vec![ReplicaSeen { newest_ms: None, ..replica(0) }];
        assert_eq!(check(&facts).value.unwrap().number, 2, "it has none of this project");
        facts.replicas = vec![ReplicaSeen { is_damaged: true, ..replica(0) }];
        assert_eq!(check(&facts).value.unwrap().number, 2, "it does not read back");
    }
}
