//! How many copies there are, and where: the rule of three copies on two media with one elsewhere.

use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure, Severity, Unit};

/// Where nobody said another number: three copies, the original among them.
const COPIES_USUAL: u32 = 3;

pub(super) fn check(facts: &ProjectFacts) -> Finding {
    let project = &facts.standing.project;
    let goal = facts.standing.goals.copies;
    let wanted = goal.unwrap_or(COPIES_USUAL);
    // The vault is one copy; what was imported may have its original nowhere else.
    let has_original = project.kind() != "files";
    let have = 1 + u32::from(has_original);
    let vault = facts.vault.as_deref().unwrap_or("the vault");
    let place = if has_original { "the original" } else { "no known original" };
    let what = format!("has {have} of {wanted} copies: {place}, and the backups in “{vault}”.");
    let severity = match goal {
        Some(goal) if have >= goal => Severity::Ok,
        Some(_) => Severity::Warning,
        None => Severity::Info,
    };
    let finding = Finding::of(project, Code::Copies, severity, what)
        .value(Measure::new(i64::from(have), Unit::Count, have.to_string()))
        .limit(Measure::new(i64::from(wanted), Unit::Count, wanted.to_string()));
    if severity == Severity::Ok {
        return finding;
    }
    finding
        .why("The backups lie in one place only, and none is known to be elsewhere: what takes that disk takes all of them.")
        .act(
            "Copy the folder of the vault to another disk and to another place; it holds only sealed files, and opens with the recovery kit.",
            Act::None,
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::well;

    #[test]
    fn the_vault_and_the_original_are_two_copies_and_never_three() {
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
}
