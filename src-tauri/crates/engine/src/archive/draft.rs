//! Drafts of vaults, kept in memory until the kit is saved, and paths that keep their meaning.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};

use base::Code;
use base::failure::Failure;
use base::secret::Secret;

/// Drafts of this process.
#[derive(Debug, Default)]
pub(crate) struct Drafts(pub(crate) HashMap<String, Draft>);

/// A vault that is drafted, with its key.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) path: Utf8PathBuf,
    pub(crate) key: Secret,
    /// Where its kit was saved.
    pub(crate) saved_to: Option<Utf8PathBuf>,
}

/// A draft as it is shown: all groups of the key but the last.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// Names the draft.
    pub id: String,
    /// Name of the vault.
    pub name: String,
    /// Where it will be.
    pub path: Utf8PathBuf,
    /// Bytes free there.
    pub free_bytes: u64,
    /// Groups of the key, without the last.
    pub key_groups: Vec<String>,
    /// Where its kit was saved.
    pub kit_saved_to: Option<Utf8PathBuf>,
}

/// Without random numbers there is no key.
pub(crate) fn no_random_numbers() -> Failure {
    Failure::new(Code::NoRandomNumbers, "the system gives no random numbers", "Start the computer again.")
}

/// A path that means the same tomorrow, whatever the current folder is then.
pub(crate) fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    if path.as_str().is_empty() {
        return Err(Failure::invalid("no path was given", "Choose a folder or a file."));
    }
    camino::absolute_utf8(path)
        .map_err(|e| Failure::invalid(format!("{path} is no path: {e}"), "Choose another folder or file."))
}
