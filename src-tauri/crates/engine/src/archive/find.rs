//! Finding a backup, and reading what its snapshot says of it.

use vault::SnapshotId;

use super::opened::{blocking, snapshot_id};
use super::{Archive, Manifest};
use base::Code;
use base::command::Command;
use base::failure::Failure;
use ledger::catalog::BackupRecord;

/// Prefixes shorter than this hit too much by chance.
const PREFIX_CHARACTERS_MIN: usize = 4;

impl Archive {
    /// The backup that is meant by its id, the beginning of its id, or `PROJECT@latest`.
    ///
    /// # Errors
    /// `backup_not_found`, `ambiguous_backup`, `project_not_found`.
    pub(crate) async fn find(&self, reference: &str) -> Result<BackupRecord, Failure> {
        let catalog = &self.catalog;
        if let Some(project) = reference.strip_suffix("@latest") {
            let found = catalog.project(project).await?;
            let project = found.ok_or_else(|| Failure::not_found(Code::ProjectNotFound, project))?;
            // What is meant is what could be restored, and is not dated later than now; where there is nothing such,
            // what there is.
            let newest = match catalog.newest_main(&project.id).await? {
                Some(newest) => Some(newest),
                None => catalog.backups(Some(&project.id), 0, 1).await?.pop(),
            };
            return newest.ok_or_else(|| {
                Failure::new(
                    Code::BackupNotFound,
                    format!("{} has no backup yet", project.name),
                    format!("Make one: `{}`.", Command::back_up(&project.name)),
                )
            });
        }
        let is_prefix =
            reference.len() >= PREFIX_CHARACTERS_MIN && reference.bytes().all(|b| b.is_ascii_hexdigit());
        let mut found = if is_prefix {
            catalog.backups_by_prefix(&reference.to_ascii_lowercase()).await?
        } else {
            Vec::new()
        };
        if found.len() > 1 {
            return Err(Failure::new(
                Code::AmbiguousBackup,
                format!("{reference} is the beginning of more than one backup's id"),
                "Give more characters of the id.",
            ));
        }
        found.pop().ok_or_else(|| Failure::not_found(Code::BackupNotFound, reference))
    }

    /// The snapshot of a backup, and its manifest.
    ///
    /// # Errors
    /// That the vault or the snapshot cannot be read.
    pub(crate) async fn manifest(&self, id: &str) -> Result<(SnapshotId, Manifest), Failure> {
        let vault = self.vault().await?;
        let id = snapshot_id(id)?;
        let manifest = blocking(move || Manifest::load(&vault, &id)).await?;
        Ok((id, manifest))
    }
}
