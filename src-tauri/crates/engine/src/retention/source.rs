//! Whether backups still arrive, restore, and have plausible dates; otherwise nothing old is removed.

use super::policy::age_words;
use base::words::moment_words;
use ledger::catalog::LATER_MAX_MS;
use ledger::component::Component;

/// So many runs in a row that failed are a source that fails.
pub(super) const FAILING_RUNS: u32 = 2;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What is known of where backups come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The project's name.
    pub project: String,
    /// It is not protected any more.
    pub is_archived: bool,
    /// How its last runs ended, newest first: true for well.
    pub last_runs: Vec<bool>,
    /// The moment of the newest verified restorable point.
    pub recovery_point_ms: Option<i64>,
    /// The component that it is of, where others of the project have a younger one.
    pub oldest: Option<Component>,
    /// The latest moment of a verified backup that is dated later than now.
    pub dated_later_ms: Option<i64>,
    /// The moment of the newest backup that was restored, where that one did not come back.
    pub restore_failed_ms: Option<i64>,
    /// How old that may get; absent where it gets no newer by itself, as with imported files.
    pub rpo_ms: Option<i64>,
}

/// Why nothing is removed at this moment; nothing where backups arrive as they should.
pub fn pause(source: &Source, now_ms: i64) -> Option<String> {
    let name = &source.project;
    if source.is_archived {
        return Some(format!("{name} is not protected any more: what is left of it is kept."));
    }
    if let Some(at_ms) = source.dated_later_ms {
        return Some(dated_later(name, at_ms, now_ms));
    }
    let failed = source.last_runs.iter().take_while(|is_well| !**is_well).count();
    if failed >= FAILING_RUNS as usize {
        return Some(format!(
            "the last {failed} runs of {name} failed: nothing is removed until one works again."
        ));
    }
    if let Some(at_ms) = source.restore_failed_ms {
        return Some(format!(
            "the backup of {name} of {}, the newest that was restored, did not come back: nothing is removed until that one or a newer one does.",
            moment_words(at_ms)
        ));
    }
    let (Some(rpo_ms), Some(at_ms)) = (source.rpo_ms, source.recovery_point_ms) else {
        return source
            .recovery_point_ms
            .is_none()
            .then(|| format!("{name} has no verified backup: nothing is removed until it has one."));
    };
    let age_ms = now_ms - at_ms;
    let what =
        source.oldest.map_or_else(|| name.clone(), |oldest| format!("the {} of {name}", oldest.words()));
    (age_ms > rpo_ms).then(|| {
        format!(
            "the newest verified backup of {what} is {} old, and may be {}: nothing is removed until there is a newer one.",
            words(age_ms),
            words(rpo_ms)
        )
    })
}

fn dated_later(name: &str, at_ms: i64, now_ms: i64) -> String {
    let than = if at_ms > now_ms.saturating_add(LATER_MAX_MS) {
        "than now"
    } else {
        "than the clock of its server said"
    };
    format!(
        "a backup of {name} is dated {}, later {than}: nothing is removed until that moment has come, or that backup is deleted.",
        moment_words(at_ms)
    )
}

/// Minutes below two hours, hours below three days.
fn words(ms: i64) -> String {
    if ms < 2 * HOUR_MS {
        format!("{} min", ms / MINUTE_MS)
    } else if ms < 72 * HOUR_MS {
        format!("{} h", ms / HOUR_MS)
    } else {
        age_words(ms - ms % (24 * HOUR_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        Source {
            project: "shop".into(),
            is_archived: false,
            last_runs: vec![true, false, false],
            recovery_point_ms: Some(0),
            oldest: None,
            dated_later_ms: None,
            restore_failed_ms: None,
            rpo_ms: Some(24 * HOUR_MS),
        }
    }

    #[test]
    fn it_pauses_while_a_backup_is_dated_later_than_a_clock_allows_and_says_which_clock() {
        let ahead = Source { dated_later_ms: Some(700 * 24 * HOUR_MS), ..source() };
        let said = pause(&ahead, 1).unwrap();
        assert!(said.contains(" 1971 ") && said.contains("later than now"), "{said}");
        let of_server = Source { dated_later_ms: Some(HOUR_MS), ..source() };
        let said = pause(&of_server, HOUR_MS).unwrap();
        assert!(said.contains("later than the clock of its server said"), "{said}");
    }

    #[test]
    fn it_pauses_while_the_newest_backup_that_was_restored_did_not_come_back() {
        let failed = Source { restore_failed_ms: Some(0), ..source() };
        let said = pause(&failed, 1).unwrap();
        assert!(said.contains("the newest that was restored, did not come back"), "{said}");
        let files = Source { rpo_ms: None, ..failed };
        assert!(pause(&files, 1).is_some(), "files too");
    }

    #[test]
    fn it_pauses_while_the_source_fails_and_says_why() {
        assert_eq!(pause(&source(), 24 * HOUR_MS), None);
        let stale = pause(&source(), 31 * HOUR_MS).unwrap();
        assert!(stale.contains("31 h old, and may be 24 h"), "{stale}");
        let failing = Source { last_runs: vec![false, false, true], ..source() };
        assert!(pause(&failing, 1).unwrap().contains("the last 2 runs of shop failed"));
        assert_eq!(pause(&Source { last_runs: vec![false, true, false], ..source() }, 1), None);
    }

    #[test]
    fn files_get_no_newer_and_what_is_archived_or_unproven_is_kept() {
        let files = Source { rpo_ms: None, ..source() };
        assert_eq!(pause(&files, 365 * 24 * HOUR_MS), None);
        assert!(pause(&Source { is_archived: true, ..source() }, 1).is_some());
        assert!(pause(&Source { recovery_point_ms: None, ..files }, 1).is_some());
    }
}
