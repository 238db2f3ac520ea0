//! What a job left whose process died, and what is safe to do next, by its kind.

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
pub(super) fn after_interruption(kind: &str, left: Left) -> (&'static str, &'static str) {
    match (kind, left) {
        ("backup", Left::Proven) => (
            "Interrupted: its process ended after the verification. Its backup is listed, and proven.",
            "Nothing has to be done; the backup can be restored at any time.",
        ),
        ("backup", Left::Listed) => (
            "Interrupted: its process ended before the verification. Its backup is listed, and not proven.",
            "Verify the backup, or make a new one; what is already in the vault is used.",
        ),
        ("backup", Left::Nothing) => (
            "Interrupted: its process ended. Nothing is left that looks like a backup.",
            "It is safe to start it again; what is already in the vault is used.",
        ),
        ("restore", _) => (
            "Interrupted: its process ended. Whether its target was changed is asked of the server.",
            "See how it stands with `holdfast restore list` and `holdfast restore show`; what it left is taken away by `holdfast restore undo`. Then plan the restore again.",
        ),
        ("prune", _) => (
            "Interrupted: its process ended. Every backup is whole.",
            "It is safe to start it again; it goes on with what is left to remove.",
        ),
        ("copy", _) => (
            "Interrupted: its process ended. Every backup that a replica lists is whole there.",
            "It is safe to start it again; what was copied is not copied again.",
        ),
        ("retention", _) => (
            "Interrupted: its process ended. What was not removed by then is whole.",
            "Look at the plan again; the same plan goes on with what is left of it.",
        ),
        ("drill", _) => (
            "Interrupted: its process ended before the verdict.",
            "A private server that it made is removed by now, and a database on a project's server by the next drill. It is safe to start it again.",
        ),
        ("export", _) => (
            "Interrupted: its process ended. No file has the name that it was to have.",
            "An unfinished file beside it, whose name ends in `.part`, can be deleted. It is safe to start it again.",
        ),
        ("pull", _) => (
            "Interrupted: its process ended.",
            "It is safe to go on with it: what was fetched is used, and only the rest is fetched.",
        ),
        _ => ("Interrupted: its process ended.", "It is safe to start it again."),
    }
}
