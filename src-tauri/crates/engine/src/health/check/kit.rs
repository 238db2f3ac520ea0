//! The recovery kit: saved and read back, and how long ago.

use crate::health::finding::{Act, Code, Finding, Measure};
use crate::health::words::age_words;
use base::Severity;

use super::DAY_MS;
use ledger::catalog::VaultRecord;

/// After so long it is worth a look whether it can still be found.
const LONG_AGO_MS: i64 = 365 * DAY_MS;

pub(crate) fn kit(vault: &VaultRecord, now_ms: i64) -> Finding {
    let subject = format!("Vault “{}”", vault.name);
    let of = |severity, what: String| Finding::profile(Code::Kit, severity, &subject, what);
    let Some(age) = vault.kit_confirmed_at_ms.map(|at| now_ms - at) else {
        return of(Severity::Critical, "has no saved recovery kit.".into())
            .why("Until it is saved no backup counts as done: if this computer is lost, so is the vault.")
            .act("Save it, and keep it apart from this computer.", Act::SaveKit);
    };
    let words = age_words(age);
    if age > LONG_AGO_MS {
        return of(Severity::Info, format!("has a recovery kit that was saved {words} ago."))
            .value(Measure::age(age))
            .why("It still opens the vault; whether it can still be found is another matter.")
            .act("Look for it, or save it again.", Act::SaveKit);
    }
    of(Severity::Ok, format!("has a recovery kit, saved {words} ago.")).value(Measure::age(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(age_ms: Option<i64>) -> Severity {
        let now = 1_795_000_000_000;
        let vault = VaultRecord {
            id: "v".into(),
            name: "Anchor".into(),
            path: "/v".into(),
            created_at_ms: 0,
            kit_confirmed_at_ms: age_ms.map(|age| now - age),
        };
        kit(&vault, now).severity
    }

    #[test]
    fn no_kit_is_critical_and_an_old_one_worth_a_look() {
        assert_eq!(at(None), Severity::Critical);
        assert_eq!(at(Some(LONG_AGO_MS)), Severity::Ok);
        assert_eq!(at(Some(LONG_AGO_MS + 1)), Severity::Info);
    }
}
