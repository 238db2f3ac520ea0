//! Diagnoses a problem of a running operation at a platform: what was observed, the likely cause, what to do.
//! Covers at least the platforms' own troubleshooting lists.

use std::time::Duration;

use base::Code;
use base::failure::{Failure, Retry};
use base::words::span_words;
use remote::platform::{Act, PlatformKind};

/// What was seen of a run there when it was given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) kind: PlatformKind,
    pub(super) place: &'a str,
    pub(super) act: Act,
    /// Its id there.
    pub(super) id: &'a str,
    /// What it said last.
    pub(super) words: &'a str,
    /// For how long it said nothing else.
    pub(super) standing: Duration,
}

/// Nothing moves there any more.
pub(super) fn stuck(sight: &Sight<'_>) -> Failure {
    let Sight { kind, place, act, id, words, standing } = sight;
    let message = format!(
        "{place} was asked to {} ({id}), and has said “{words}” for {} without any change",
        act.words(),
        span_words(i64::try_from(standing.as_millis()).unwrap_or(i64::MAX))
    );
    let is_waiting = ["pending", "queued", "waits"].iter().any(|word| words.to_lowercase().contains(word));
    let (likely, to_do) = match (kind, is_waiting) {
        (PlatformKind::TelegramPlatform, true) => (
            "its job worker does not run, or is busy with other jobs",
            "On the server see whether the worker runs (`ps aux | grep job-worker`), read its log (/var/log/job-worker.log), and look at the job: select * from control_plane.jobs where id = 'the id above'. Once it runs, the job goes on by itself: look again with `holdfast platform show PROJECT`.",
        ),
        (PlatformKind::TelegramPlatform, false) if *act == Act::Restore => (
            "the database is large, or the server is short of memory, disk or network",
            "Look at the size of the backup and at the server's load. A restore of more than 1 GB takes up to an hour; do not start a second one meanwhile.",
        ),
        (PlatformKind::Supamanager, _) => (
            "the manager's worker died, or its disk is full",
            "Look at the manager's log and at the free space below /var/lib/supamanager/backups, then start the backup again.",
        ),
        (_, _) if *act == Act::NewProject => (
            "the platform has trouble, or no room in that region",
            "Look at the project in the dashboard and at the platform's status page; it is made there without us.",
        ),
        (PlatformKind::Supabase, _) => (
            "the project is being moved, or the platform has trouble",
            "Look at the project in the dashboard and at the platform's status page; the restore goes on there without us.",
        ),
        (_, _) => (
            "the server is short of memory, disk or network",
            "Look at the platform's own log; what it does goes on without us.",
        ),
    };
    Failure::new(Code::PlatformStuck, message, format!("Likely: {likely}. {to_do}"))
}

/// It failed there, and said this.
pub(super) fn failed(kind: PlatformKind, place: &str, act: Act, said: &str, can_retry: bool) -> Failure {
    let message = format!("{place} could not {}: {}", act.words(), said.trim().trim_end_matches('.'));
    let lower = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let hint = if act == Act::NewProject {
        "Look at the project in the dashboard: it may have to be deleted there, and made again by another name."
    } else if has(&["too large", "too big", "entity too", "413", "exceeds"]) {
        "Likely: the backup exceeds what the platform's storage takes. Compress it, leave out tables that need no backup, or back the database up directly: add its connection to the project, and `holdfast backup run`."
    } else if has(&["no space", "disk full", "enospc", "quota"]) {
        "Likely: the platform's disk is full. Delete old backups there, then try again."
    } else if has(&["timeout", "timed out", "deadline"]) {
        "Likely: the dump takes longer than the platform allows. Try at a quiet hour, or back the database up directly: add its connection to the project."
    } else if has(&["docker", "container", "connection refused", "econnrefused"]) {
        "Likely: the platform cannot reach its database container. See on the server whether it runs (`docker ps`), then try again."
    } else if has(&["permission", "not allowed", "forbidden", "scope"]) {
        "Likely: the account lacks the right. Use one with the scope or role that the project's page names."
    } else if has(&["file_id", "bot", "telegram"]) {
        "Likely: the bot's token or the file's id is not valid any more. Check the bot's token in the project's connection, and that the backup is in the history."
    } else if kind == PlatformKind::Opttius && has(&["row", "rls", "policy"]) {
        "Likely: row security hides rows from the account. Use an account that sees the organisation's rows."
    } else {
        "The platform's own log says more. Try again once; if it fails in the same way, back the database up directly."
    };
    let retry = if can_retry { Retry::Now } else { Retry::AfterFix };
    Failure::new(Code::PlatformFailed, message, hint).retry(retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_stays_pending_points_to_the_worker() {
        let sight = Sight {
            kind: PlatformKind::TelegramPlatform,
            place: "api.example",
            act: Act::Create,
            id: "7",
            words: "pending",
            standing: Duration::from_mins(30),
        };
        let failure = stuck(&sight);
        assert_eq!(failure.code, Code::PlatformStuck);
        assert!(failure.message.contains("pending") && failure.message.contains("30 min"), "{failure}");
        assert!(failure.hint.unwrap().contains("job-worker"));
    }

    #[test]
    fn what_is_too_large_is_told_apart_from_what_took_too_long() {
        let hint = |said| failed(PlatformKind::TelegramPlatform, "x", Act::Create, said, true).hint.unwrap();
        assert!(hint("Request Entity Too Large").contains("exceeds"));
        assert!(hint("job timed out after 900 s").contains("longer than the platform allows"));
        assert!(hint("no space left on device").contains("disk is full"));
        assert!(hint("something else").contains("own log"));
    }
}
