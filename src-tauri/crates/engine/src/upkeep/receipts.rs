//! Keeps the receipts of files sent to a chat in the vault, and in step with the catalogue.

use std::collections::{HashMap, HashSet};
use std::io::Read as _;

use jiff::Timestamp;
use vault::{BeginOptions, Cancel, FileMeta, SnapshotId, Vault, VaultError};

use crate::archive::opened::{blocking, snapshot_id};
use crate::archive::receipts::{RECEIPT_BYTES_MAX, RECEIPT_FORMAT};
use crate::archive::{ArchiveError, RECEIPT_PATH, ReceiptDocument, TAG_KIND_RECEIPT, project_tag};
use crate::engine::Engine;
use base::account::{this_host, this_user};
use base::failure::Failure;
use ledger::audit::{Act, Details, Subject};
use ledger::catalog::ReceiptRecord;
use remote::platform::telegram::Receipt;

/// Only the owner reads what was restored of it.
const MODE: u32 = 0o600;

impl Engine {
    /// The receipts of all projects, for a paper; those of one, where it is named.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub(crate) async fn receipt_documents(
        &self,
        project_id: Option<&str>,
    ) -> Result<Vec<ReceiptDocument>, Failure> {
        let records = self.profile.catalog.receipts().await?;
        let of_it = records.into_iter().filter(|one| project_id.is_none_or(|id| one.project_id == id));
        let mut documents = of_it.map(ReceiptDocument::try_from).collect::<Result<Vec<_>, _>>()?;
        documents.retain(|document| document.receipt.is_whole());
        Ok(documents)
    }

    /// Writes the receipts that the vault lacks, and imports those that only it has. A failure here does not
    /// fail the caller's operation.
    pub(crate) async fn keep_receipts_if_possible(&self) -> Option<Failure> {
        if let Ok(None) = self.profile.catalog.vault().await {
            return Some(ArchiveError::NoVault.into());
        }
        match self.keep_receipts().await {
            Ok(skipped) => {
                for one in skipped {
                    tracing::warn!(snapshot = %one, "a receipt in the vault cannot be read");
                }
                None
            }
            Err(failure) => {
                tracing::warn!(%failure, "receipts are not in the vault");
                Some(failure)
            }
        }
    }

    /// Synchronises the receipts of vault and catalogue: imports those that another profile wrote, then
    /// writes the missing ones. Names what could not be read.
    ///
    /// # Errors
    /// `no_vault`; when the vault or the catalogue does not answer.
    #[crate::boxed]
    pub(crate) async fn keep_receipts(&self) -> Result<Vec<String>, Failure> {
        let skipped = self.take_in_receipts().await?;
        let catalog = &self.profile.catalog;
        let vault = self.profile.archive.vault().await?;
        let listed = listed(&vault).await?;
        for record in catalog.receipts().await? {
            if record.snapshot_id.as_ref().is_some_and(|id| listed.contains(id)) {
                continue;
            }
            let document = ReceiptDocument::try_from(record)?;
            if !document.receipt.is_whole() {
                continue;
            }
            let bundle = document.receipt.bundle.clone();
            let (of_vault, text) = (vault.clone(), document.text()?);
            let snapshot = blocking(move || write(&of_vault, &document.project_id, &text)).await?;
            catalog.place_receipt(&bundle, &snapshot.to_string()).await?;
        }
        Ok(skipped)
    }

    /// Imports the vault's receipts that the catalogue does not know. Reads only receipts that neither list
    /// has.
    ///
    /// # Errors
    /// As [`Engine::keep_receipts`].
    #[crate::boxed]
    pub(crate) async fn take_in_receipts(&self) -> Result<Vec<String>, Failure> {
        let catalog = &self.profile.catalog;
        let vault = self.profile.archive.vault().await?;
        let listed = listed(&vault).await?;
        // Of two that hold the same one, the first that was found stays: only what is not listed is replaced.
        let mut known: HashMap<String, String> = HashMap::new();
        for record in catalog.receipts().await? {
            let held = record.snapshot_id.filter(|id| listed.contains(id));
            known.insert(record.bundle, held.unwrap_or_default());
        }
        let mut unknown = listed;
        for id in catalog.backup_ids(None).await?.iter().chain(known.values()) {
            unknown.remove(id);
        }
        let mut skipped = Vec::new();
        for (id, read) in blocking(move || Ok::<_, Failure>(read_all(&vault, unknown))).await? {
            match read {
                Ok(document) => self.take_in_receipt(&id, &document, &mut known).await?,
                Err(why) => skipped.push(format!("{id}: {why}")),
            }
        }
        Ok(skipped)
    }

    /// Removes all copies of a receipt from the vault: two processes may have written it concurrently. Each
    /// removal is recorded first, by its snapshot, so that replicas remove it too.
    ///
    /// # Errors
    /// When the vault or the catalogue does not answer.
    #[crate::boxed]
    pub(crate) async fn remove_receipt_from_vault(&self, receipt: &Receipt) -> Result<(), Failure> {
        let vault = self.profile.archive.vault().await?;
        let mut ids = listed(&vault).await?;
        for id in self.profile.catalog.backup_ids(None).await? {
            ids.remove(&id);
        }
        let of_vault = vault.clone();
        for (id, read) in blocking(move || Ok::<_, Failure>(read_all(&of_vault, ids))).await? {
            if read.is_ok_and(|document| document.receipt.bundle == receipt.bundle) {
                let subject = Subject::new("receipt", &id, &receipt.name);
                self.audit(Act::ReceiptRemoved, &subject, Details::none()).await?;
                forget(vault.clone(), &id).await?;
            }
        }
        Ok(())
    }

    async fn take_in_receipt(
        &self,
        id: &str,
        document: &ReceiptDocument,
        known: &mut HashMap<String, String>,
    ) -> Result<(), Failure> {
        let (catalog, bundle) = (&self.profile.catalog, &document.receipt.bundle);
        match known.get(bundle) {
            // Another snapshot of one that is known and there.
            Some(held) if !held.is_empty() => return Ok(()),
            Some(_) => catalog.place_receipt(bundle, id).await?,
            None => {
                let record = ReceiptRecord::try_from(document)?;
                catalog.note_sending(&ReceiptRecord { snapshot_id: Some(id.to_owned()), ..record }).await?;
            }
        }
        known.insert(bundle.clone(), id.to_owned());
        Ok(())
    }
}

/// Removes a receipt from the vault; one that is not there any more is removed.
async fn forget(vault: Vault, snapshot: &str) -> Result<(), Failure> {
    let id = snapshot_id(snapshot)?;
    blocking(move || match vault.forget(&id) {
        Err(VaultError::Missing { .. }) => Ok(()),
        done => done.map_err(ArchiveError::from),
    })
    .await
}

async fn listed(vault: &Vault) -> Result<HashSet<String>, Failure> {
    let vault = vault.clone();
    let ids = blocking(move || vault.snapshot_ids().map_err(ArchiveError::from)).await?;
    Ok(ids.iter().map(ToString::to_string).collect())
}

/// Writes a receipt. Blocks.
fn write(vault: &Vault, project_id: &str, text: &str) -> Result<SnapshotId, ArchiveError> {
    let options = BeginOptions {
        tags: vec![project_tag(project_id), TAG_KIND_RECEIPT.to_owned()],
        parent: None,
        hostname: this_host(),
        username: this_user(),
        // Older than any backup: printed kits speak of restic's `latest`, and that has to be a backup.
        time: Timestamp::UNIX_EPOCH,
    };
    let snapshot = vault.begin(options, Cancel::new())?;
    let meta = FileMeta { mode: MODE, modified: Timestamp::UNIX_EPOCH };
    snapshot.file(RECEIPT_PATH, &meta, text.as_bytes())?;
    let manifest = format!("{{\"format\":\"{RECEIPT_FORMAT}\",\"file\":\"{RECEIPT_PATH}\"}}");
    Ok(snapshot.commit(manifest.as_bytes())?.snapshot)
}

/// The receipts among these snapshots, and what cannot be read of them. Blocks.
fn read_all(vault: &Vault, ids: HashSet<String>) -> Vec<(String, Result<ReceiptDocument, String>)> {
    let mut found = Vec::new();
    for id in ids {
        let Ok(snapshot) = id.parse::<SnapshotId>() else { continue };
        // What cannot be read at all may be anything; a rebuild and a check name it.
        let Ok(seen) = vault.snapshot(&snapshot) else { continue };
        if seen.tags.iter().any(|tag| tag == TAG_KIND_RECEIPT) {
            found.push((id, read(vault, &snapshot)));
        }
    }
    found
}

fn read(vault: &Vault, snapshot: &SnapshotId) -> Result<ReceiptDocument, String> {
    let reader = vault.read(snapshot, RECEIPT_PATH).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    reader.take(RECEIPT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > RECEIPT_BYTES_MAX {
        return Err(format!("its receipt has more than {RECEIPT_BYTES_MAX} bytes"));
    }
    ReceiptDocument::read(&bytes)
}
