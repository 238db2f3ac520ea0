//! Receipts of files that were sent to a chat, as they lie in the vault: each a snapshot of its own, with one plain
//! document, so that whoever has the vault and its key finds what was sent without the computer that sent it.
//!
//! They are no backups: nothing counts them, and nothing but the deletion of what was sent removes them.

use std::collections::{HashMap, HashSet};
use std::io::Read as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vault::{BeginOptions, Cancel, FileMeta, SnapshotId, Vault, VaultError};

use super::ArchiveError;
use super::manifest::project_tag;
use super::opened::{blocking, snapshot_id};
use crate::audit::{Act, Details, Subject};
use crate::catalog::ReceiptRecord;
use crate::engine::Engine;
use base::account::{this_host, this_user};
use base::failure::Failure;
use remote::platform::telegram::Receipt;

/// What the document calls itself.
pub(crate) const RECEIPT_FORMAT: &str = "holdfast-receipt";
/// The newest form of it that is known.
const VERSION: u32 = 1;
/// Tag of a snapshot that holds a receipt.
pub const TAG_KIND_RECEIPT: &str = "kind:receipt";
/// Where it lies in its snapshot.
pub const RECEIPT_PATH: &str = "/receipt.json";
/// A receipt of 100 GB names five thousand messages.
pub(crate) const RECEIPT_BYTES_MAX: u64 = 1024 * 1024;
/// Only the owner reads what was restored of it.
const MODE: u32 = 0o600;

/// A receipt as it is written down: in the vault, in a file, on paper. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptDocument {
    format: String,
    version: u32,
    /// The project whose bot sent the file.
    pub project_id: String,
    /// Its name then.
    pub project: String,
    /// What the file is found by.
    #[serde(flatten)]
    pub receipt: Receipt,
}

impl ReceiptDocument {
    /// A receipt of a project.
    pub(crate) fn new(project_id: &str, project: &str, receipt: Receipt) -> Self {
        let (project_id, project) = (project_id.to_owned(), project.to_owned());
        Self { format: RECEIPT_FORMAT.to_owned(), version: VERSION, project_id, project, receipt }
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let document: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if document.format != RECEIPT_FORMAT {
            return Err("it is no receipt".to_owned());
        }
        if document.version > VERSION {
            return Err(format!("its form is {}, and this program knows {VERSION}", document.version));
        }
        if !document.receipt.is_whole() {
            return Err("it names no manifest".to_owned());
        }
        Ok(document)
    }

    /// As a document for people and programs.
    ///
    /// # Errors
    /// `internal`.
    pub fn text(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self).map_err(|error| {
            let message = format!("a receipt cannot be written: {error}");
            Failure::new("internal", message, "Copy this report to the developers.")
        })
    }
}

impl TryFrom<ReceiptRecord> for ReceiptDocument {
    type Error = Failure;

    fn try_from(record: ReceiptRecord) -> Result<Self, Failure> {
        let receipt = serde_json::from_str(&record.receipt).map_err(|error| {
            Failure::new(
                "catalog_damaged",
                format!("the receipt of {} cannot be read: {error}", record.bundle),
                "Restore catalog.db from a copy, or make the catalogue again from the vault.",
            )
        })?;
        Ok(Self::new(&record.project_id, &record.project, receipt))
    }
}

impl TryFrom<&ReceiptDocument> for ReceiptRecord {
    type Error = Failure;

    fn try_from(document: &ReceiptDocument) -> Result<Self, Failure> {
        let receipt = serde_json::to_string(&document.receipt).map_err(|error| {
            let message = format!("a receipt cannot be noted: {error}");
            Failure::new("internal", message, "Copy this report to the developers.")
        })?;
        Ok(Self {
            bundle: document.receipt.bundle.clone(),
            project_id: document.project_id.clone(),
            project: document.project.clone(),
            at_ms: document.receipt.made_at.as_millisecond(),
            receipt,
            snapshot_id: None,
        })
    }
}

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

    /// Writes the receipts that the vault has not into it, and takes in those that only it has. Why that could not be
    /// done is no failure of what was asked for.
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

    /// Makes vault and catalogue know the same receipts: takes in those that another profile left in the vault, then
    /// writes those that the vault has not. What could not be read of the vault is named.
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

    /// Takes in the receipts of the vault that the catalogue does not know. Reads only what is in neither of its lists.
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

    /// Removes a receipt from the vault, wherever it lies there: two processes may have written it at once. Each
    /// removal is recorded before it is done, by its snapshot, so that replicas let go of it as well.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> ReceiptDocument {
        let receipt = Receipt {
            bundle: "1a2b".into(),
            name: "shop \"of\" May\n.tar".into(),
            made_at: Timestamp::UNIX_EPOCH,
            bytes: 12,
            manifest_file_id: "BQAC".into(),
            manifest_sha256: "00".into(),
            messages: vec![7, 8],
            chat: Some("-100200".into()),
            bot: Some("123".into()),
        };
        ReceiptDocument::new("p1", "shop", receipt)
    }

    #[test]
    fn a_receipt_reads_back_as_it_was_written_and_nothing_else_is_one() {
        let text = document().text().unwrap();
        assert_eq!(ReceiptDocument::read(text.as_bytes()).unwrap(), document());
        let newer = text.replace("\"version\": 1", "\"version\": 2");
        assert!(ReceiptDocument::read(newer.as_bytes()).unwrap_err().contains("knows 1"));
        let other = text.replace(RECEIPT_FORMAT, "holdfast-portable-bundle");
        assert_eq!(ReceiptDocument::read(other.as_bytes()).unwrap_err(), "it is no receipt");
        let unfinished = text.replace("\"BQAC\"", "\"\"");
        assert_eq!(ReceiptDocument::read(unfinished.as_bytes()).unwrap_err(), "it names no manifest");
        assert!(ReceiptDocument::read(b"[]").is_err() && ReceiptDocument::read(b"").is_err());
    }

    #[test]
    fn a_receipt_goes_into_the_catalogue_and_out_of_it_unchanged() {
        let record = ReceiptRecord::try_from(&document()).unwrap();
        assert_eq!((record.bundle.as_str(), record.at_ms), ("1a2b", 0));
        assert_eq!(ReceiptDocument::try_from(record).unwrap(), document());
    }
}
