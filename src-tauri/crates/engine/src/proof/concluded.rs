//! The end of every snapshot: written down, then proven. There is no other way in which one becomes a backup.

use vault::{SnapshotId, Vault};

use super::prove_written;
use crate::archive::Manifest;
use crate::archive::snapshot::{self, OpenSnapshot};
use crate::profile::Profile;
use base::Code;
use base::failure::Failure;
use base::words::bytes_words;
use ledger::catalog::Verdict;
use ledger::event::Topic;
use ledger::job::JobContext;
use postgres::tools::ToolSet;

/// Writes the manifest, with which the snapshot becomes visible, and its row of the catalogue. It counts for nothing
/// before [`prove_backup`].
///
/// # Errors
/// Why the vault or the catalogue cannot be written.
pub(crate) async fn write_backup(
    profile: &Profile,
    context: &JobContext,
    snapshot: OpenSnapshot,
    manifest: &Manifest,
) -> Result<SnapshotId, Failure> {
    let committed = snapshot::commit(snapshot, manifest).await?;
    let id = committed.snapshot;
    profile.catalog.put_backup(&manifest.record(&id.to_string(), committed.bytes_stored)).await?;
    context.info("vault", format!("snapshot {id} is written and read back"));
    context.fact(
        "Adds",
        bytes_words(committed.bytes_stored),
        Some(format!("of {} read; the rest was already there", bytes_words(manifest.bytes()))),
    );
    Ok(id)
}

/// Reads a written backup back from the vault. Gives how that ended, with the reason in a sentence.
///
/// # Errors
/// `verification_failed` where it is not what was written; why nothing can be read.
pub(crate) async fn prove_backup(
    profile: &Profile,
    context: &JobContext,
    vault: &Vault,
    id: SnapshotId,
    manifest: &Manifest,
    tool: Option<&ToolSet>,
) -> Result<(Verdict, String), Failure> {
    context.phase("verify");
    let (verdict, reason) = prove_written(context, &profile.catalog, vault, id, manifest, tool).await?;
    profile.jobs.changed(&[Topic::Backups, Topic::Projects, Topic::Vault]);
    if verdict == Verdict::Fail {
        return Err(Failure::new(
            Code::VerificationFailed,
            format!(
                "the backup was written, and does not read back as it was: {}",
                reason.trim_end_matches('.')
            ),
            "Do not rely on it. Check the vault with `holdfast vault check --read-data`, and the disk that it is on.",
        ));
    }
    Ok((verdict, reason))
}
