//! How much of the vault's data was read again, and what of it was damaged.

use crate::health::finding::{Act, Code, Finding, Measure};
use crate::health::words::age_words;
use crate::proof::Rolling;
use base::Severity;
use base::words::counted;

use super::DAY_MS;

/// A round through the data takes as many backups as it has parts; after so long, too few were made or it is stuck.
const LONG_AGO_MS: i64 = 90 * DAY_MS;
/// More damaged packs are not named one by one.
const NAMED_MAX: usize = 20;

pub(crate) fn reread(vault: &str, rolling: &Rolling, oldest_backup_ms: Option<i64>, now_ms: i64) -> Finding {
    let subject = format!("Vault “{vault}”");
    let of = |severity, what: String| Finding::profile(Code::Reread, severity, &subject, what);
    if let Some(first) = rolling.damaged.first() {
        let what = match rolling.damaged.len() {
            1 => "holds a damaged pack.".to_owned(),
            count => format!("holds {count} damaged packs."),
        };
        let details = rolling.damaged.iter().take(NAMED_MAX);
        return of(Severity::Critical, what)
            .value(Measure::count(rolling.damaged.len(), "pack"))
            .why(format!("{}: {}.", first.file, first.message.trim_end_matches('.')))
            .act("Repair the vault; it says which backups are affected.", Act::Vault)
            .details(details.map(|one| format!("{}: {}", one.file, one.message)).collect());
    }
    let done = counted(rolling.done.len() as u64, "part");
    let so_far = format!("{done} of {} are read in the round that goes on", rolling.parts);
    match rolling.last_cycle {
        Some((_, ended)) => {
            let age = now_ms - ended;
            let (severity, advice) = if age > LONG_AGO_MS {
                (Severity::Info, "Check the vault once with its data.")
            } else {
                (Severity::Ok, "")
            };
            let act = if severity == Severity::Ok { Act::None } else { Act::Vault };
            of(severity, format!("was read again as a whole {} ago; {so_far}.", age_words(age)))
                .value(Measure::age(age))
                .act(advice, act)
        }
        None if oldest_backup_ms.is_some_and(|at| now_ms - at > LONG_AGO_MS) => of(
            Severity::Info,
            format!("was never read again as a whole; {so_far}."),
        )
        .why("Each backup reads a bit of the older data again; there were too few of them for a round.")
        .act("Check the vault once with its data.", Act::Vault),
        None => of(Severity::Ok, format!("is read again bit by bit with each backup; {so_far}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::DamagedPack;

    const NOW: i64 = 1_795_000_000_000;

    fn rolling(last_cycle: Option<(i64, i64)>, damaged: usize) -> Rolling {
        let pack = DamagedPack { file: "data/ab".into(), message: "its hash is another".into(), at_ms: NOW };
        Rolling {
            parts: 10,
            done: vec![(1, NOW)],
            started_at_ms: None,
            last_cycle,
            damaged: vec![pack; damaged],
        }
    }

    #[test]
    fn damage_is_critical_and_names_the_first_file() {
        let finding = reread("Anchor", &rolling(None, 2), None, NOW);
        assert_eq!((finding.severity, finding.what.as_str()), (Severity::Critical, "holds 2 damaged packs."));
        assert_eq!(finding.why, "data/ab: its hash is another.");
    }

    #[test]
    fn a_round_long_ago_is_a_note() {
        let ended = |age| reread("Anchor", &rolling(Some((0, NOW - age)), 0), None, NOW).severity;
        assert_eq!((ended(LONG_AGO_MS), ended(LONG_AGO_MS + 1)), (Severity::Ok, Severity::Info));
        let never = |oldest| reread("Anchor", &rolling(None, 0), Some(NOW - oldest), NOW).severity;
        assert_eq!((never(LONG_AGO_MS), never(LONG_AGO_MS + 1)), (Severity::Ok, Severity::Info));
    }
}
