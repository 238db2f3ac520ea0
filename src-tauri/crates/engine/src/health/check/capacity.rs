//! Free space: at the vault, with the days until it is full, and for drills and spools.

use crate::doctor::FREE_BYTES_LOW;
use crate::health::facts::Space;
use crate::health::finding::{Act, Code, Finding, Measure};
use base::Severity;
use base::words::{bytes_words, counted};

/// So few days until it is full are no time to buy a disk in.
const DAYS_CRITICAL: u64 = 3;
const DAYS_WARNING: u64 = 30;

/// Space at the vault.
pub(crate) fn capacity(space: &Space) -> Finding {
    let subject = format!("Vault “{}”", space.vault);
    let of = |severity, what: String| Finding::profile(Code::Capacity, severity, &subject, what);
    let Some(free) = space.free_bytes else {
        return of(Severity::Unknown, "is where its free space cannot be asked.".into())
            .act("Look whether its disk is there.", Act::Vault);
    };
    let day = space.day_bytes.filter(|bytes| *bytes > 0);
    let days = day.map(|day| free / day);
    let is_too_small_for_one = free < space.largest_day_bytes;
    let severity = match days {
        _ if is_too_small_for_one => Severity::Critical,
        Some(days) if days <= DAYS_CRITICAL => Severity::Critical,
        Some(days) if days <= DAYS_WARNING => Severity::Warning,
        _ if free < FREE_BYTES_LOW => Severity::Warning,
        _ => Severity::Ok,
    };
    let free_words = bytes_words(free);
    let what = match days {
        Some(0) => format!("is full within a day: {free_words} are free."),
        Some(days) if severity > Severity::Ok => {
            format!("is full in {}: {free_words} are free.", counted(days, "day"))
        }
        _ if is_too_small_for_one => {
            format!("has {free_words} free, less than one day of the last month added.")
        }
        Some(days) if days > 3650 => format!("has {free_words} free, enough for more than ten years."),
        Some(days) => format!("has {free_words} free, enough for {}.", counted(days, "day")),
        None => format!("has {free_words} free."),
    };
    let why = match (day, space.largest_day_bytes) {
        (Some(day), most) => format!(
            "It takes {} now; a day adds about {}, and at most added {} in the last month, before anything was freed.",
            bytes_words(space.stored_bytes),
            bytes_words(day),
            bytes_words(most)
        ),
        (None, _) => format!(
            "It takes {} now; there are too few days with backups to say how it grows.",
            bytes_words(space.stored_bytes)
        ),
    };
    let finding = of(severity, what).value(Measure::bytes(free)).why(why);
    if severity == Severity::Ok {
        return finding;
    }
    finding.act("Free space in the vault, keep fewer backups, or move it to a larger disk.", Act::Vault)
}

/// Space where scratch servers and spools lie: `needs` is the largest backup that a drill would bring back.
pub(crate) fn scratch_space(free: Option<u64>, needs: u64) -> Finding {
    let of = |severity, what: String| Finding::profile(Code::ScratchSpace, severity, "This computer", what);
    let Some(free) = free else {
        return of(Severity::Unknown, "does not say what is free at the profile.".into());
    };
    let finding = if free < needs {
        of(
            Severity::Warning,
            format!(
                "has {} free for drills; the largest backup needs {}.",
                bytes_words(free),
                bytes_words(needs)
            ),
        )
        .why("A drill brings a backup back beside the profile, where the indexes come on top.")
        .act("Free some space on the disk of the profile.", Act::None)
    } else if free < FREE_BYTES_LOW {
        of(Severity::Warning, format!("has only {} free at the profile.", bytes_words(free)))
            .act("Free some space on the disk of the profile.", Act::None)
    } else {
        of(Severity::Ok, format!("has {} free for drills.", bytes_words(free)))
    };
    finding.value(Measure::bytes(free)).limit(Measure::bytes(needs))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn with(free: u64, day: Option<u64>, most: u64) -> Severity {
        let space = Space {
            vault: "Anchor".into(),
            stored_bytes: 5 * GB,
            free_bytes: Some(free),
            day_bytes: day,
            largest_day_bytes: most,
        };
        capacity(&space).severity
    }

    #[test]
    fn days_until_full_decide() {
        assert_eq!(with(31 * GB, Some(GB), GB), Severity::Ok);
        assert_eq!(with(31 * GB - 1, Some(GB), GB), Severity::Warning);
        assert_eq!(with(4 * GB - 1, Some(GB), GB), Severity::Critical);
        assert_eq!(with(4 * GB, Some(GB), GB), Severity::Warning);
    }

    #[test]
    fn a_vault_that_one_day_would_fill_is_critical_whatever_the_trend() {
        assert_eq!(with(9 * GB, Some(1000), 10 * GB), Severity::Critical);
        assert_eq!(with(GB, None, 0), Severity::Warning);
        assert_eq!(with(2 * GB, None, 0), Severity::Ok);
    }

    #[test]
    fn what_cannot_be_asked_is_unknown() {
        assert_eq!(capacity(&Space::default()).severity, Severity::Unknown);
        assert_eq!(scratch_space(None, 0).severity, Severity::Unknown);
        assert_eq!(scratch_space(Some(9 * GB), 10 * GB).severity, Severity::Warning);
        assert_eq!(scratch_space(Some(9 * GB), GB).severity, Severity::Ok);
    }
}
