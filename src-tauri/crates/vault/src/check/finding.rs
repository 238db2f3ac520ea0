//! What a check finds, and of which kind it is: the kind says what helps.

use crate::error::VaultError;
use crate::id::Id;
use crate::pack::BlobKind;

/// The problems that are listed; a vault with more is beyond a list.
const PROBLEMS_MAX: usize = 10_000;

/// What is wrong, by what helps against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The configuration, a key, a lock or a snapshot file is damaged: nothing else holds what it held.
    Document,
    /// An index file is damaged, or contradicts another one: a repair makes the index again.
    Index,
    /// A pack that the index refers to is damaged or missing: a repair takes it out of the index, and
    /// saves what is whole in it.
    Pack,
    /// A snapshot needs something that is in no index, and whole in a pack: a repair lists it again.
    Unindexed,
    /// A snapshot needs something that is whole in no pack: a repair cannot bring it back, the next snapshot that
    /// has it does.
    Lost,
    /// A document that is whole breaks a rule of the format: it was written so, and stays so.
    Malformed,
}

impl FindingKind {
    /// Whether a repair of the vault changes anything about it.
    #[must_use]
    pub fn is_repairable(self) -> bool {
        match self {
            Self::Index | Self::Pack | Self::Unindexed => true,
            Self::Document | Self::Lost | Self::Malformed => false,
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is, and so what helps.
    pub kind: FindingKind,
    /// Where: a file of the repository, or a path in a snapshot.
    pub file: String,
    /// What was seen.
    pub message: String,
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    /// The blobs that are in no index, and the places of their findings in the list.
    missing: Vec<(Id, BlobKind, usize)>,
}

impl Findings {
    pub(super) fn add(&mut self, kind: FindingKind, file: impl Into<String>, message: impl Into<String>) {
        if self.list.len() < PROBLEMS_MAX {
            self.list.push(Finding { kind, file: file.into(), message: message.into() });
        }
    }

    /// A blob that is in no index. It is taken for lost until a pack is found that has it.
    pub(super) fn add_missing(&mut self, file: impl Into<String>, id: Id, kind: BlobKind) {
        let what = if kind == BlobKind::Tree { "tree" } else { "blob" };
        let at = self.list.len();
        self.add(FindingKind::Lost, file, format!("{what} {id} is in no index"));
        if self.list.len() > at {
            self.missing.push((id, kind, at));
        }
    }

    /// The blobs that are in no index, with the places of their findings.
    pub(super) fn missing(&self) -> &[(Id, BlobKind, usize)] {
        &self.missing
    }

    /// Says of a blob that is in no index that a pack has it.
    pub(super) fn found_in(&mut self, at: usize, pack: &str) {
        if let Some(finding) = self.list.get_mut(at) {
            finding.kind = FindingKind::Unindexed;
            finding.message = format!("{}; {pack} has it", finding.message);
        }
    }

    /// Takes over what another thread found.
    pub(super) fn extend(&mut self, others: Self) {
        for Finding { kind, file, message } in others.list {
            self.add(kind, file, message);
        }
    }

    /// Takes damage in; yields what is none, or nothing if there was damage.
    pub(super) fn take<T>(
        &mut self,
        kind: FindingKind,
        file: &str,
        result: Result<T, VaultError>,
    ) -> Result<Option<T>, VaultError> {
        match result {
            Ok(value) => return Ok(Some(value)),
            Err(VaultError::Damaged { file, what, .. }) => self.add(kind, file, what),
            Err(VaultError::Missing { file: what }) if what == file => self.add(kind, file, "it is missing"),
            Err(VaultError::Missing { file: what }) => self.add(kind, file, format!("{what} is missing")),
            // A sector that cannot be read is damage of this file, not the end of the check.
            Err(VaultError::Io { action, source, .. }) => {
                self.add(kind, file, format!("cannot {action}: {source}"));
            }
            Err(error) => return Err(error),
        }
        Ok(None)
    }

    /// As [`Findings::take`], of a file that others may have removed since it was listed.
    pub(super) fn take_if_there<T>(
        &mut self,
        kind: FindingKind,
        file: &str,
        result: Result<T, VaultError>,
    ) -> Result<Option<T>, VaultError> {
        match result {
            Err(VaultError::Missing { file: what }) if what == file => Ok(None),
            other => self.take(kind, file, other),
        }
    }

    pub(super) fn into_list(self) -> Vec<Finding> {
        self.list
    }
}
