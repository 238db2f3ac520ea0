//! Paths that a person chose in a dialog of the system. The page can name any path; a page that was taken over must
//! neither send away any file of this account nor write any. What the shell itself heard from a dialog is a person's
//! own choice.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::Engine;
use crate::job::Trigger;
use base::failure::Failure;

/// As long as the process lives, and no more of them than a person chooses by hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picked(Arc<Mutex<HashSet<Utf8PathBuf>>>);

impl Engine {
    /// Notes a path that a person chose in a dialog of the system. Only who showed that dialog may call it.
    pub fn picked_by_hand(&self, path: &Utf8Path) {
        self.picked.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
    }

    /// Refuses a path that a window names and nobody chose.
    pub(crate) fn require_picked(&self, path: &Utf8Path, what: &str) -> Result<(), Failure> {
        let is_picked = || self.picked.0.lock().unwrap_or_else(PoisonError::into_inner).contains(path);
        match self.profile.jobs.trigger() {
            Trigger::CommandLine => Ok(()),
            Trigger::Window if is_picked() => Ok(()),
            Trigger::Window | Trigger::Schedule => Err(Failure::refused(
                "command_line_only",
                format!("{what} is taken from a dialog of the system, or on the command line"),
                "Choose it in the dialog.",
            )),
        }
    }
}
