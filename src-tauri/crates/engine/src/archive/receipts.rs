//! Receipts of files sent to a chat, stored in the vault: each in a snapshot of its own with one plain
//! document, so that vault and key are enough to find the files without the computer that sent them.
//!
//! Receipts are not backups: retention ignores them, and they are removed only when the sent file is deleted.

use serde::{Deserialize, Serialize};

use base::Code;
use base::failure::Failure;
use ledger::catalog::ReceiptRecord;
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
            Failure::new(Code::Internal, message, "Copy this report to the developers.")
        })
    }
}

impl TryFrom<ReceiptRecord> for ReceiptDocument {
    type Error = Failure;

    fn try_from(record: ReceiptRecord) -> Result<Self, Failure> {
        let receipt = serde_json::from_str(&record.receipt).map_err(|error| {
            Failure::new(
                Code::CatalogDamaged,
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
            Failure::new(Code::Internal, message, "Copy this report to the developers.")
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

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
