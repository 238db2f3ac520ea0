//! What a job left whose process died, and what is safe to do next, by its kind.

use super::kind::JobKind;
use super::step::{self, StepResult};

/// What a killed backup left in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// No backup.
    Nothing,
    /// A whole one that nobody read back.
    Listed,
    /// One that was read back.
    Proven,
}

/// What a killed job left, and what is safe to do next.
pub(super) fn after_interruption(kind: JobKind, left: Left) -> (&'static str, &'static str) {
    match kind {
        JobKind::Backup => after_backup(left),
        JobKind::Restore => (
            "Interrupted: its process ended. Whether its target was changed is asked of the server.",
            "See how it stands with `holdfast restore list` and `holdfast restore show`; what it left is taken away by `holdfast restore undo`, of files and keys too, by the id of this run. Then plan the restore again.",
        ),
        // What the platform was asked for may be a restore over what is there, a deletion, an import.
        JobKind::Platform => (
            "Interrupted: its process ended. What it had asked the platform for goes on there, or is done.",
            "Look at the platform first: only what did not begin there may be started again.",
        ),
        JobKind::Verify | JobKind::Check => (
            "Interrupted: its process ended. It only reads: nothing was changed.",
            "It is safe to start it again.",
        ),
        JobKind::Repair => (
            "Interrupted: its process ended. No backup was removed.",
            "It is safe to start it again; it begins with what is there.",
        ),
        JobKind::Prune => (
            "Interrupted: its process ended. Every backup is whole.",
            "It is safe to start it again; it goes on with what is left to remove.",
        ),
        JobKind::Copy => (
            "Interrupted: its process ended. Every backup that a replica lists is whole there.",
            "It is safe to start it again; what was copied is not copied again.",
        ),
        JobKind::Retention => (
            "Interrupted: its process ended. What was not removed by then is whole.",
            "Look at the plan again; the same plan goes on with what is left of it.",
        ),
        JobKind::Drill => (
            "Interrupted: its process ended before the verdict.",
            "A private server that it made is removed by now, and a database on a project's server by the next drill. It is safe to start it again.",
        ),
        JobKind::Export => (
            "Interrupted: its process ended. No file has the name that it was to have.",
            "An unfinished file beside it, whose name ends in `.part`, can be deleted. It is safe to start it again.",
        ),
        JobKind::Pull => (
            "Interrupted: its process ended.",
            "It is safe to go on with it: what was fetched is used, and only the rest is fetched.",
        ),
        JobKind::Import => (
            "Interrupted: its process ended. A backup that it made by then is listed.",
            "See whether its backup is in the list, and verify it; if it is not there, import the file again.",
        ),
        JobKind::Sample => (
            "Interrupted: its process ended. The sample may be there in part.",
            "Remove the sample, where it is listed; then try it again.",
        ),
    }
}

fn after_backup(left: Left) -> (&'static str, &'static str) {
    match left {
        Left::Proven => (
            "Interrupted: its process ended after the verification. Its backup is listed, and proven.",
            "Nothing has to be done; the backup can be restored at any time.",
        ),
        Left::Listed => (
            "Interrupted: its process ended before the verification. Its backup is listed, and not proven.",
            "Verify the backup, or make a new one; what is already in the vault is used.",
        ),
        Left::Nothing => (
            "Interrupted: its process ended. Nothing is left that looks like a backup.",
            "It is safe to start it again; what is already in the vault is used.",
        ),
    }
}

/// What is safe to do next, after what its steps left open.
pub(super) fn next_with_steps(kind: JobKind, next: &str, steps: &[StepResult], project: &str) -> String {
    let paused = step::resume_words(steps, project);
    // How a restore stands says this of its own, since only its target knows whether it was restored.
    let undone = match kind {
        JobKind::Platform => step::left_undone(steps, true),
        _ => Vec::new(),
    };
    let undone = (!undone.is_empty()).then(|| format!("Do by hand what nobody did: {}.", undone.join(", ")));
    let said: Vec<String> = paused.into_iter().chain(undone).chain([next.to_owned()]).collect();
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_is_stored_is_known_and_says_what_is_safe() {
        let newest = include_str!("../../migrations/0019_replica.sql");
        let (_, kinds) = newest.split_once("kind_next IN (").unwrap();
        let (kinds, _) = kinds.split_once(')').unwrap();
        let kinds: Vec<&str> = kinds.split(',').map(|kind| kind.trim().trim_matches('\'')).collect();
        assert_eq!(kinds.len(), 14);
        for word in kinds {
            let kind = JobKind::parse(word).unwrap();
            let (outcome, next) = after_interruption(kind, Left::Nothing);
            assert!(outcome.starts_with("Interrupted: its process ended") && next.ends_with('.'), "{word}");
        }
    }

    #[test]
    fn what_may_have_begun_elsewhere_is_never_called_safe_to_start_again() {
        for kind in [JobKind::Platform, JobKind::Restore, JobKind::Import] {
            let (_, next) = after_interruption(kind, Left::Nothing);
            assert!(!next.contains("safe to start"), "{kind:?}: {next}");
        }
        let (outcome, next) = after_interruption(JobKind::Platform, Left::Nothing);
        assert!(outcome.contains("goes on there, or is done"), "{outcome}");
        assert!(next.starts_with("Look at the platform first"), "{next}");
    }
}
