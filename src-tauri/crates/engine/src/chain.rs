//! The audit chain, as the window and the command line ask for it: its entries, its verdict, also against what
//! the newest backups say of it, and its export.

use base::Failure;
use camino::Utf8Path;

use crate::archive::{Manifest, draft, opened};
use crate::engine::Engine;
use ledger::audit::{Act, AuditFilter, AuditPage, AuditReport, Details, ExportFormat, Head, Subject};

/// Manifests that are read for their note of the chain; the newest reach the furthest.
const BACKUPS_COMPARED_MAX: u32 = 20;

impl Engine {
    /// Records an act in the audit chain. What cannot be recorded must not be done: call it before harm,
    /// and again with what came of it.
    ///
    /// # Errors
    /// `audit_failed`.
    pub(crate) async fn audit(&self, act: Act, subject: &Subject, details: Details) -> Result<(), Failure> {
        Ok(self.profile.audit.record(act, subject, details).await?)
    }

    /// A page of the audit chain, newest first; `before` is the number of the last entry of the page
    /// before it.
    ///
    /// # Errors
    /// `invalid_request` for a limit of 0 or above 500; `audit_unreadable`.
    #[crate::boxed]
    pub async fn audit_entries(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<AuditPage, Failure> {
        self.profile.audit.page(filter, before, limit).await
    }

    /// Verifies the audit chain; `with_backups` also against what the newest backups in the vault say of
    /// it, for which the vault is opened.
    ///
    /// # Errors
    /// When the chain cannot be read at all. That it is broken, or the vault is not there, is no error.
    #[crate::boxed]
    pub async fn verify_audit(&self, with_backups: bool) -> Result<AuditReport, Failure> {
        let in_backups = if with_backups { Some(self.heads_in_backups().await) } else { None };
        Ok(self.profile.audit.verify(in_backups).await?)
    }

    /// Where the chain ended when the newest backups were made, as their manifests say.
    async fn heads_in_backups(&self) -> Result<Vec<(String, Head)>, Failure> {
        let newest = self.profile.catalog.backups(None, 0, BACKUPS_COMPARED_MAX).await?;
        if newest.is_empty() {
            return Ok(Vec::new());
        }
        let vault = self.profile.archive.vault().await?;
        opened::blocking(move || -> Result<_, Failure> {
            let mut heads = Vec::new();
            for backup in newest {
                let id = opened::snapshot_id(&backup.id)?;
                if let Some(head) = Manifest::load(&vault, &id)?.audit_head {
                    heads.push((backup.id, head));
                }
            }
            Ok(heads)
        })
        .await
    }

    /// Writes all entries, oldest first, to a file that only its owner can read; yields how many.
    ///
    /// # Errors
    /// `file_exists` where a file is that is no export, `write_failed`, `audit_unreadable`, `audit_failed`.
    #[crate::boxed]
    pub async fn export_audit(&self, path: &Utf8Path, format: ExportFormat) -> Result<u64, Failure> {
        Ok(self.profile.audit.export(&draft::absolute(path)?, format).await?)
    }
}
