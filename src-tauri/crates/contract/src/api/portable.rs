//! Portable files that are kept in a Telegram chat.

use base::secret::Secret;
use engine::Engine;
use engine::archive::ReceiptDocument;
use engine::portable::{FetchBy, SentFile};

use super::Answer;
use crate::job::JobStarted;
use crate::number::{Count, Millis};
use crate::portable::{DeletePortable, FetchPortable, PortableReceipt, PortableView, SendPortable};
use crate::project::ProjectRef;

/// Sends a file into the chat of a project's bot, and writes its receipt into a file where one is named.
///
/// # Errors
/// `no_chat`, `file_exists`, `command_line_only`; all else is the run's own end.
#[crate::boxed]
pub async fn portable_send(engine: &Engine, request: SendPortable) -> Answer<JobStarted> {
    let SendPortable { project, file, passphrase, receipt } = request;
    let (passphrase, receipt) = (Secret::new(passphrase), receipt.as_deref().map(Into::into));
    let job_id = engine.start_portable_send(&project, file.as_str().into(), passphrase, receipt).await?;
    Ok(JobStarted { job_id })
}

/// What was sent, and whether it is still there.
///
/// # Errors
/// `no_chat`.
#[crate::boxed]
pub async fn portable_list(engine: &Engine, request: ProjectRef) -> Answer<Vec<PortableView>> {
    Ok(engine.portable_files(&request.project).await?.into_iter().map(Into::into).collect())
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
/// `no_chat`, `bundle_not_found`, `receipt_unreadable`, `other_bot`, `command_line_only`; all else is the run's own
/// end.
#[crate::boxed]
pub async fn portable_fetch(engine: &Engine, request: FetchPortable) -> Answer<JobStarted> {
    let FetchPortable { project, id, receipt, to, passphrase } = request;
    let by = match receipt {
        Some(path) => FetchBy::File(path.into()),
        None => FetchBy::Id(id.unwrap_or_default()),
    };
    let passphrase = Secret::new(passphrase);
    let job_id = engine.start_portable_fetch(&project, by, to.as_str().into(), passphrase).await?;
    Ok(JobStarted { job_id })
}

/// Deletes a file from the chat; what stays there, as sentences.
///
/// # Errors
/// `no_chat`, `bundle_not_found`, `not_confirmed`.
#[crate::boxed]
pub async fn portable_delete(engine: &Engine, request: DeletePortable) -> Answer<Vec<String>> {
    let DeletePortable { project, id, confirm } = request;
    Ok(engine.delete_portable(&project, &id, &confirm).await?)
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
