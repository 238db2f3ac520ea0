//! Portable files that are kept in a Telegram chat.

use engine::Engine;
use engine::archive::ReceiptDocument;
use engine::portable::{FetchBy, SentFile};
use engine::secret::Secret;

use super::Answer;
use crate::job::JobStarted;
use crate::number::{Count, Millis};
use crate::portable::{PortableBy, PortableReceipt, PortableView};

/// Sends a file into the chat of a project's bot, and writes its receipt into a file where one is named.
///
/// # Errors
/// `no_chat`, `file_exists`; all else is the run's own end.
#[crate::boxed]
pub async fn portable_send(
    engine: &Engine,
    project: &str,
    file: &str,
    passphrase: String,
    receipt: Option<&str>,
) -> Answer<JobStarted> {
    let (passphrase, receipt) = (Secret::new(passphrase), receipt.map(Into::into));
    let job_id = engine.start_portable_send(project, file.into(), passphrase, receipt).await?;
    Ok(JobStarted { job_id })
}

/// What was sent, and whether it is still there.
///
/// # Errors
/// `no_chat`.
#[crate::boxed]
pub async fn portable_list(engine: &Engine, project: &str) -> Answer<Vec<PortableView>> {
    Ok(engine.portable_files(project).await?.into_iter().map(Into::into).collect())
}

/// The receipt of a file that was sent; written into a file where one is named.
///
/// # Errors
/// `bundle_not_found`, `bundle_damaged`, `file_exists`.
#[crate::boxed]
pub async fn portable_receipt(
    engine: &Engine,
    project: &str,
    id: &str,
    to: Option<&str>,
) -> Answer<PortableReceipt> {
    if let Some(to) = to {
        engine.save_portable_receipt(project, id, to.into()).await?;
    }
    let document = engine.portable_receipt(project, id).await?;
    let text = document.text()?;
    let ReceiptDocument { receipt, project, .. } = document;
    Ok(PortableReceipt { id: receipt.bundle, name: receipt.name, project, document: text })
}

/// Fetches a file back.
///
/// # Errors
/// `no_chat`, `bundle_not_found`, `receipt_unreadable`, `other_bot`; all else is the run's own end.
#[crate::boxed]
pub async fn portable_fetch(
    engine: &Engine,
    project: &str,
    by: PortableBy,
    to: &str,
    passphrase: String,
) -> Answer<JobStarted> {
    let by = match by {
        PortableBy::Id(id) => FetchBy::Id(id),
        PortableBy::Receipt(path) => FetchBy::File(path.into()),
    };
    let job_id = engine.start_portable_fetch(project, by, to.into(), Secret::new(passphrase)).await?;
    Ok(JobStarted { job_id })
}

/// Deletes a file from the chat; what stays there, as sentences.
///
/// # Errors
/// `no_chat`, `bundle_not_found`, `not_confirmed`.
#[crate::boxed]
pub async fn portable_delete(engine: &Engine, project: &str, id: &str, confirm: &str) -> Answer<Vec<String>> {
    Ok(engine.delete_portable(project, id, confirm).await?)
}

impl From<SentFile> for PortableView {
    fn from(sent: SentFile) -> Self {
        let SentFile { receipt, gone, is_in_vault } = sent;
        Self {
            id: receipt.bundle,
            name: receipt.name,
            made_at_ms: Millis(receipt.made_at.as_millisecond()),
            size_bytes: Count(receipt.bytes),
            gone,
            is_in_vault,
        }
    }
}
