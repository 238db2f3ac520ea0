//! Backups that were made before a restore: they hold what was replaced, and are seldom what a person means.

use super::Manifest;

/// What the reason of one begins with.
pub(crate) const SAFETY_REASON: &str = "before restore of ";

impl Manifest {
    /// Whether it is such a one.
    pub(crate) fn is_safety(&self) -> bool {
        self.reason.as_deref().is_some_and(|reason| reason.starts_with(SAFETY_REASON))
    }

    /// Says of the newest backup that it is such a one, where it is.
    pub(crate) fn safety_words(&self) -> Option<String> {
        let reason = self.reason.as_deref().filter(|_| self.is_safety())?;
        Some(format!(
            "The newest backup is the safety backup from {reason}: it holds what that restore replaced. Name another one by its id, if that is not meant."
        ))
    }
}
