//! The size of the newest backup, against the band of those before it.

use crate::figures::{Band, Off, POINTS_MIN};
use crate::health::facts::ProjectFacts;
use crate::health::finding::{Act, Code, Finding, Measure};
use crate::health::words::share_words;
use base::Severity;
use base::words::bytes_words;

/// Sizes may always differ by this much: 256 KiB of a small database are not worth reporting.
pub(crate) const SIZE_FLOOR: u64 = 256 * 1024;

pub(super) fn check(facts: &ProjectFacts) -> Option<Finding> {
    let newest = facts.newest.as_ref()?;
    let project = &facts.standing.project;
    // Files that were imported need not be of one kind.
    if !project.has_source() {
        return None;
    }
    let of = |severity, what: String| Finding::of(project, Code::Size, severity, what);
    let size = bytes_words(newest.size_bytes);
    let Some(band) = Band::at(&newest.earlier, newest.at_ms, SIZE_FLOOR) else {
        let what = format!("has too few backups to say which size is expected: its newest is {size}.");
        return Some(
            of(Severity::Ok, what).value(Measure::bytes(newest.size_bytes)).why(too_few(newest.accepted_ms)),
        );
    };
    let expected = Measure::bytes(band.expected);
    let Some(off) = band.off(newest.size_bytes) else {
        let what = format!("has a newest backup of {size}, as expected.");
        return Some(of(Severity::Ok, what).value(Measure::bytes(newest.size_bytes)).limit(expected));
    };
    let by = i64::try_from(band.expected.abs_diff(newest.size_bytes)).unwrap_or(i64::MAX);
    let share = share_words(by, i64::try_from(band.expected).unwrap_or(i64::MAX));
    let (word, severity) = match off {
        Off::Less => ("smaller", Severity::Warning),
        Off::More => ("larger", Severity::Info),
    };
    let why = format!(
        "By the {} before it, {} to {} are expected.",
        base::words::counted(newest.earlier.len() as u64, "backup"),
        bytes_words(band.low),
        bytes_words(band.high)
    );
    let act = match &newest.before_id {
        Some(before) => Act::Compare(before.clone(), newest.backup_id.clone()),
        None => Act::Backup(newest.backup_id.clone()),
    };
    Some(
        of(severity, format!("has a newest backup of {size}, {share} {word} than expected."))
            .value(Measure::bytes(newest.size_bytes))
            .limit(expected)
            .why(why)
            .act("See what changed since the backup before; if it is meant, accept it.", act),
    )
}

fn too_few(accepted_ms: Option<i64>) -> String {
    let since = accepted_ms.map_or_else(String::new, |at| {
        format!(", none from before {}, when what was new was accepted", base::words::moment_words(at))
    });
    format!("{POINTS_MIN} earlier ones of the same parts are needed{since}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::check::testing::{HOUR, NOW, well};
    use ledger::catalog::Sample;

    fn with(earlier: &[u64], newest: u64) -> Finding {
        let mut facts = well();
        let seen = facts.newest.as_mut().unwrap();
        seen.size_bytes = newest;
        seen.earlier = (1..)
            .zip(earlier)
            .map(|(day, value)| Sample { at_ms: NOW - day * 24 * HOUR, value: *value })
            .collect();
        check(&facts).unwrap()
    }

    #[test]
    fn a_backup_that_lost_a_fifth_is_a_warning_with_both_figures() {
        let finding = with(&[50_000_000; 12], 40_000_000);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.what, "has a newest backup of 40.0 MB, 20 % smaller than expected.");
        assert_eq!(finding.limit.unwrap().number, 50_000_000);
    }

    #[test]
    fn one_that_grew_by_half_is_a_note() {
        assert_eq!(with(&[50_000_000; 12], 75_000_000).severity, Severity::Info);
        assert_eq!(with(&[50_000_000; 5], 50_500_000).severity, Severity::Ok);
    }

    #[test]
    fn too_few_backups_are_said_to_be_too_few() {
        let finding = with(&[50_000_000; 4], 1);
        assert_eq!(finding.severity, Severity::Ok);
        assert!(finding.what.contains("too few backups"), "{}", finding.what);
    }
}
