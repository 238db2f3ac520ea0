//! Paths that a person chose in a system dialog. A compromised page can name any path, but must neither send
//! nor write arbitrary files of this account. A path that the shell itself received from a dialog is a
//! person's choice.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use base::Code;
use base::failure::Failure;
use ledger::job::Trigger;

/// As long as the process lives, and no more of them than a person chooses by hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picked(Arc<Mutex<HashSet<Utf8PathBuf>>>);

impl Picked {
    /// Notes a path that a person chose, also as it is called without the links on the way to it.
    pub(crate) fn note(&self, path: &Utf8Path) {
        let folder = path.parent().and_then(|folder| folder.canonicalize_utf8().ok());
        let beside = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
        let whole = path.canonicalize_utf8().ok();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend([Some(path.to_owned()), beside, whole].into_iter().flatten());
    }

    /// Refuses a path that a window names and nobody chose; `what` says what it is for, at the start of a sentence.
    pub(crate) fn require(&self, by: Trigger, path: &Utf8Path, what: &str) -> Result<(), Failure> {
        let is_picked = || self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(path);
        match by {
            Trigger::CommandLine => Ok(()),
            Trigger::Window if is_picked() => Ok(()),
            Trigger::Window | Trigger::Schedule => Err(Failure::new(
                Code::CommandLineOnly,
                format!("{what} is taken from a dialog of the system, or on the command line"),
                "Choose it in the dialog.",
            )),
        }
    }
}
