//! Portable files that are kept in a Telegram chat.

use engine::Engine;
use engine::platform::telegram::Listed;
use engine::secret::Secret;

use super::Answer;
use crate::job::JobStarted;
use crate::number::{Count, Millis};
use crate::portable::PortableView;

/// Sends a file into the chat of a project's bot.
///
/// # Errors
/// `no_chat`; all else is the run's own end.
#[crate::boxed]
pub async fn portable_send(
    engine: &Engine,
    project: &str,
    file: &str,
    passphrase: String,
) -> Answer<JobStarted> {
    let job_id = engine.start_portable_send(project, file.into(), Secret::new(passphrase)).await?;
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

/// Fetches a file back.
///
/// # Errors
/// `no_chat`, `bundle_not_found`; all else is the run's own end.
#[crate::boxed]
pub async fn portable_fetch(
    engine: &Engine,
    project: &str,
    id: &str,
    to: &str,
    passphrase: String,
) -> Answer<JobStarted> {
    let job_id = engine.start_portable_fetch(project, id, to.into(), Secret::new(passphrase)).await?;
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

impl From<Listed> for PortableView {
    fn from(listed: Listed) -> Self {
        let Listed { receipt, gone } = listed;
        Self {
            id: receipt.bundle,
            name: receipt.name,
            made_at_ms: Millis(receipt.made_at.as_millisecond()),
            size_bytes: Count(receipt.bytes),
            gone,
        }
    }
}
