//! Beginning and ending a project's snapshot.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use vault::{BeginOptions, Committed, SnapshotId, SnapshotWriter, Vault};

use super::manifest::{Manifest, project_tag};
use super::opened::{blocking, cancel_with};
use crate::account::{this_host, this_user};
use crate::failure::Failure;

/// Opens a snapshot of a project, tagged with its kind; nothing of it is visible before it is committed.
pub(crate) async fn begin(
    vault: &Vault,
    token: &CancellationToken,
    project_id: &str,
    kind: &str,
    parent: Option<SnapshotId>,
) -> Result<SnapshotWriter, Failure> {
    let options = BeginOptions {
        tags: vec![project_tag(project_id), kind.to_owned()],
        parent,
        hostname: this_host(),
        username: this_user(),
        time: Timestamp::now(),
    };
    let cancel = cancel_with(token);
    let vault = vault.clone();
    blocking(move || {
        // A run that was killed leaves its lock. That it stays is no reason to make no backup.
        if let Err(error) = vault.remove_stale_locks() {
            tracing::warn!(%error, "the locks of runs that died stay in the vault");
        }
        vault.begin(options, cancel)
    })
    .await
}

/// Writes the manifest, and with it makes the snapshot visible.
pub(crate) async fn commit(writer: SnapshotWriter, manifest: &Manifest) -> Result<Committed, Failure> {
    let text = serde_json::to_vec_pretty(manifest).map_err(|error| {
        Failure::new(
            "internal",
            format!("the manifest cannot be written: {error}"),
            "Copy this report to the developers.",
        )
    })?;
    blocking(move || writer.commit(&text)).await
}
