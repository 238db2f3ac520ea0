//! Starting and finishing a project's snapshot.

use crate::archive::failure::vault_failure;
use std::ops::Deref;

use jiff::Timestamp;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio_util::sync::CancellationToken;
use vault::{BeginOptions, Cancel, Committed, SnapshotId, SnapshotWriter, Vault};

use super::manifest::{Manifest, project_tag};
use super::opened::{Stop, blocking, cancel_with};
use base::Code;
use base::account::{this_host, this_user};
use base::failure::{Failure, cancelled};

/// A snapshot that is being written: visible once it is committed, and never if it is dropped.
pub(crate) struct OpenSnapshot {
    /// There until it is committed or dropped.
    writer: Option<SnapshotWriter>,
    _stop: Stop,
}

impl Deref for OpenSnapshot {
    type Target = SnapshotWriter;

    #[expect(clippy::expect_used, reason = "only what ends it takes the writer, and that takes all of it")]
    fn deref(&self) -> &SnapshotWriter {
        self.writer.as_ref().expect("a snapshot that is not over has its writer")
    }
}

impl Drop for OpenSnapshot {
    fn drop(&mut self) {
        // It waits for its threads and syncs an index. Whoever drops it after a failure runs on a thread that others
        // wait for; what it leaves is to be gone before the run says that it ended.
        let Some(writer) = self.writer.take() else { return };
        let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
        if matches!(flavor, Ok(RuntimeFlavor::MultiThread)) {
            tokio::task::block_in_place(|| drop(writer));
        }
    }
}

/// Opens a snapshot of a project, tagged with its kind; nothing of it is visible before it is committed.
pub(crate) async fn begin(
    vault: &Vault,
    token: &CancellationToken,
    project_id: &str,
    kind: &str,
    parent: Option<SnapshotId>,
) -> Result<OpenSnapshot, Failure> {
    let options = BeginOptions {
        tags: vec![project_tag(project_id), kind.to_owned()],
        parent,
        hostname: this_host(),
        username: this_user(),
        time: Timestamp::now(),
    };
    let stop = cancel_with(token);
    let (vault, cancel) = (vault.clone(), Cancel::clone(&stop));
    let begun = blocking(move || {
        // A run that was killed leaves its lock. That it stays is no reason to make no backup.
        if let Err(error) = vault.remove_stale_locks() {
            tracing::warn!(%error, "the locks of runs that died stay in the vault");
        }
        vault.begin(options, cancel).map_err(vault_failure)
    });
    Ok(OpenSnapshot { writer: Some(begun.await?), _stop: stop })
}

/// Writes the manifest, and with it makes the snapshot visible.
pub(crate) async fn commit(mut snapshot: OpenSnapshot, manifest: &Manifest) -> Result<Committed, Failure> {
    let text = serde_json::to_vec_pretty(manifest).map_err(|error| {
        Failure::new(
            Code::Internal,
            format!("the manifest cannot be written: {error}"),
            "Copy this report to the developers.",
        )
    })?;
    blocking(move || match snapshot.writer.take() {
        Some(writer) => writer.commit(&text).map_err(vault_failure),
        None => Err(cancelled()),
    })
    .await
}
