//! Receipts of sent files: recorded part by part, looked up by id, written to files and read from them.

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use camino::Utf8Path;

use crate::archive::ReceiptDocument;
use crate::archive::receipts::RECEIPT_FORMAT;
use crate::engine::Engine;
use crate::profile::Profile;
use base::Code;
use base::disk;
use base::failure::Failure;
use base::meter::Meter;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ProjectRecord, ReceiptRecord};
use remote::platform::telegram::{MANIFEST_BYTES_MAX, MANIFEST_FORMAT, Receipt, StoreError, Told};

/// What a file is fetched by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchBy {
    /// The id of one that this computer or the vault knows, or a unique prefix of it.
    Id(String),
    /// A file: a receipt, or the manifest as it lies in the chat.
    File(camino::Utf8PathBuf),
}

/// What such a file holds.
#[derive(Debug)]
pub(super) enum Found {
    Receipt(Box<Receipt>),
    Manifest(Vec<u8>),
}

/// Records each part before the next one is sent, so that the parts of a killed run can be found and deleted.
pub(super) struct Noting {
    pub(super) profile: Arc<Profile>,
    pub(super) project: ProjectRecord,
    pub(super) meter: Arc<Meter>,
    /// What was noted last.
    pub(super) last: Mutex<Option<Receipt>>,
}

#[async_trait]
impl Told for Noting {
    async fn sent(&self, so_far: &Receipt) -> Result<(), StoreError> {
        let before = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(so_far.clone());
        self.meter.add_bytes(so_far.bytes.saturating_sub(before.map_or(0, |before| before.bytes)));
        let noted = async {
            let record = record(&self.project, so_far)?;
            Ok::<_, Failure>(self.profile.catalog.note_sending(&record).await?)
        };
        noted.await.map_err(|failure| StoreError::NotNoted { what: failure.message })
    }
}

impl Noting {
    /// After a sending that failed: what is still in the chat stays noted, so that it can be deleted later.
    pub(super) async fn failed(&self, error: &StoreError) -> Result<(), Failure> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut receipt) = last else { return Ok(()) };
        if let StoreError::LeftBehind { messages, .. } = error {
            // Without its other parts it is nothing that could be fetched.
            receipt.manifest_file_id.clear();
            receipt.messages.clone_from(messages);
            return Ok(self.profile.catalog.note_sending(&record(&self.project, &receipt)?).await?);
        }
        Ok(self.profile.catalog.forget_sending(&receipt.bundle).await?)
    }
}

fn record(project: &ProjectRecord, receipt: &Receipt) -> Result<ReceiptRecord, Failure> {
    ReceiptRecord::try_from(&ReceiptDocument::new(&project.id, &project.name, receipt.clone()))
}

impl Engine {
    /// What was sent for a project, oldest first, and whether it is in the vault. What belongs to no project of this
    /// profile belongs to each that may have this bot: of a computer that is lost, the receipts may be all that is left.
    pub(super) async fn receipts_of(
        &self,
        project: &ProjectRecord,
        bot: Option<&str>,
    ) -> Result<Vec<(Receipt, bool)>, Failure> {
        let projects = self.profile.catalog.projects().await?;
        let mut found = Vec::new();
        for record in self.profile.catalog.receipts().await? {
            let is_of_it = record.project_id == project.id;
            if !is_of_it && projects.iter().any(|one| one.id == record.project_id) {
                continue;
            }
            let is_in_vault = record.snapshot_id.is_some();
            let receipt = ReceiptDocument::try_from(record)?.receipt;
            let by_another = receipt.bot.as_deref().zip(bot).is_some_and(|(sent_by, ours)| sent_by != ours);
            if is_of_it || !by_another {
                found.push((receipt, is_in_vault));
            }
        }
        Ok(found)
    }

    pub(super) async fn receipt(&self, project: &ProjectRecord, bundle: &str) -> Result<Receipt, Failure> {
        let mut found = self.receipts_of(project, None).await?;
        found.retain(|(receipt, _)| receipt.bundle.starts_with(bundle));
        match (found.pop(), found.pop()) {
            (Some((receipt, _)), None) if !bundle.is_empty() => Ok(receipt),
            _ => Err(Failure::new(
                Code::BundleNotFound,
                format!("no one file sent for {} has the id {bundle:?}", project.name),
                "List what was sent: `holdfast bundle sent PROJECT`.",
            )),
        }
    }

    /// Notes a file that was sent, together with the act.
    pub(super) async fn note_sent(&self, project: &ProjectRecord, receipt: &Receipt) -> Result<(), Failure> {
        let record = record(project, receipt)?;
        let details = Details::none().with("act", Fact::Word("send")).with("file", Fact::Name(&receipt.name));
        let audit = &self.profile.audit;
        let mut writing = audit.begin(Act::PlatformActed, &Subject::project(project), details).await?;
        Catalog::put_receipt(writing.connection(), &record).await?;
        Ok(writing.commit().await?)
    }

    /// Notes a deletion, together with the act; nothing of a file whose messages are all gone is kept, also not in the
    /// vault.
    pub(super) async fn note_deleted(
        &self,
        project: &ProjectRecord,
        receipt: &Receipt,
        is_gone: bool,
    ) -> Result<(), Failure> {
        let (audit, subject) = (&self.profile.audit, Subject::project(project));
        let details =
            Details::none().with("act", Fact::Word("delete")).with("file", Fact::Name(&receipt.name));
        if !is_gone {
            return Ok(audit.record(Act::PlatformActed, &subject, details).await?);
        }
        if self.profile.catalog.vault().await?.is_some() {
            self.remove_receipt_from_vault(receipt).await?;
        }
        let mut writing = audit.begin(Act::PlatformActed, &subject, details).await?;
        Catalog::remove_receipt(writing.connection(), &receipt.bundle).await?;
        Ok(writing.commit().await?)
    }
}

/// Writes a receipt where people keep such things; no file is written over.
pub(super) fn save(document: &ReceiptDocument, to: &Utf8Path) -> Result<(), Failure> {
    if to.exists() {
        return Err(Failure::new(
            Code::FileExists,
            format!("{to} is there already"),
            "Choose another path; nothing was overwritten.",
        ));
    }
    disk::write_private(to, document.text()?.as_bytes()).map_err(|error| unreadable(to, &error.to_string()))
}

/// What a file holds: a receipt, or a manifest.
pub(super) fn found_in(path: &Utf8Path) -> Result<Found, Failure> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MANIFEST_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error.to_string()))?;
    if bytes.len() as u64 > MANIFEST_BYTES_MAX {
        return Err(no_receipt(path, "it is too large"));
    }
    let format = serde_json::from_slice::<serde_json::Value>(&bytes).ok();
    let format = format.as_ref().and_then(|document| document["format"].as_str());
    match format {
        Some(RECEIPT_FORMAT) => {
            let document = ReceiptDocument::read(&bytes).map_err(|why| no_receipt(path, &why))?;
            Ok(Found::Receipt(Box::new(document.receipt)))
        }
        Some(MANIFEST_FORMAT) => Ok(Found::Manifest(bytes)),
        _ => Err(no_receipt(path, "it says of itself nothing that is known here")),
    }
}

fn no_receipt(path: &Utf8Path, why: &str) -> Failure {
    Failure::new(
        Code::ReceiptUnreadable,
        format!("{path} is no receipt: {why}"),
        "Give the receipt (`holdfast bundle receipt`, or /receipt.json of a snapshot with the tag kind:receipt), or the document from the chat whose name ends in .manifest.",
    )
}

fn unreadable(path: &Utf8Path, why: &str) -> Failure {
    Failure::new(
        Code::BundleFile,
        format!("cannot use {path} ({why})"),
        "Check the path, its rights and the free space.",
    )
}
