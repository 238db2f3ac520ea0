//! Snapshot files (restic design, "Snapshots"): one moment, its tree, and how it is found.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::repository::Repository;
use crate::store::FileKind;

/// One snapshot of a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub id: SnapshotId,
    /// When it was made.
    pub time: Timestamp,
    /// The time as its writer put it, with its offset from UTC.
    pub time_text: String,
    /// The root directory.
    pub tree: Id,
    /// The snapshot it was compared with.
    pub parent: Option<SnapshotId>,
    /// What it is found by.
    pub tags: Vec<String>,
    /// What was saved; ours have `/`.
    pub paths: Vec<String>,
    /// The machine that made it.
    pub hostname: String,
    /// The account that made it.
    pub username: String,
    /// The program that made it, where it says so.
    pub program_version: Option<String>,
}

/// The document. Fields of other writers that we have no use for are not kept: snapshots are
/// never rewritten here.
#[derive(Serialize, Deserialize)]
pub(crate) struct SnapshotFile {
    pub(crate) time: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<Id>,
    pub(crate) tree: Id,
    #[serde(default)]
    pub(crate) paths: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) hostname: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) username: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) program_version: Option<String>,
}

/// Reads one snapshot.
pub(crate) fn load(repository: &Repository, id: &SnapshotId) -> Result<Snapshot, VaultError> {
    read(id, repository.load(FileKind::Snapshot, &id.0)?)
}

/// What a document says.
pub(crate) fn read(id: &SnapshotId, file: SnapshotFile) -> Result<Snapshot, VaultError> {
    let time = file.time.parse().map_err(|error: jiff::Error| {
        VaultError::damaged(FileKind::Snapshot.file(&id.to_string()), format!("its time: {error}"))
    })?;
    Ok(Snapshot {
        id: *id,
        time,
        time_text: file.time,
        tree: file.tree,
        parent: file.parent.map(SnapshotId),
        tags: file.tags,
        paths: file.paths,
        hostname: file.hostname,
        username: file.username,
        program_version: file.program_version,
    })
}
