//! Comparing a platform's documents: which were added and removed, and which fields of the others changed.
//! Values are not shown.

use super::{BackupDiff, DiffVerdict};
use crate::archive::{Documents, documents, opened};
use crate::backup::BackupDetails;
use crate::engine::Engine;
use crate::intake::read_stored;
use base::failure::Failure;

impl Engine {
    /// Compares two snapshots that hold documents alone.
    pub(super) async fn compare_documents(
        &self,
        first: BackupDetails,
        second: BackupDetails,
        (old, new): (Documents, Documents),
    ) -> Result<BackupDiff, Failure> {
        let vault = self.profile.archive.vault().await?;
        let ids =
            (opened::snapshot_id(&first.backup.record.id)?, opened::snapshot_id(&second.backup.record.id)?);
        let changes = opened::blocking(move || {
            Ok::<_, Failure>(documents::changes(
                &old.files,
                &new.files,
                &|path| read_stored(&vault, &ids.0, path),
                &|path| read_stored(&vault, &ids.1, path),
            ))
        })
        .await?;
        Ok(BackupDiff {
            first: first.backup,
            second: second.backup,
            verdict: if changes.is_empty() { DiffVerdict::Same } else { DiffVerdict::Differs },
            tables: Vec::new(),
            objects: Vec::new(),
            facts: changes.into_iter().map(|change| format!("{change}.")).collect(),
            not_compared: Vec::new(),
            uncounted: None,
        })
    }
}
