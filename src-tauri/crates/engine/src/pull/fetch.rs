//! Fetches the files of one backup into a folder of its own; files that are already there are not fetched
//! again.

use camino::{Utf8Path, Utf8PathBuf};

use super::PullRequest;
use crate::intake::Incoming;
use base::Code;
use base::disk;
use base::failure::Failure;
use ledger::job::JobContext;
use remote::platform::{Platform, RemoteBackup, RemoteFile};
use remote::transfer::{self, Limits, Pause, Rate, Request};

/// What came.
pub(super) struct Fetched {
    pub(super) files: Vec<Incoming>,
    sizes: Vec<u64>,
}

impl Fetched {
    pub(super) fn bytes(&self) -> u64 {
        self.sizes.iter().sum()
    }
}

/// Fetches all files of a backup.
pub(super) async fn fetch(
    context: &JobContext,
    platform: &dyn Platform,
    backup: &RemoteBackup,
    folder: &Utf8Path,
    request: &PullRequest,
) -> Result<Fetched, Failure> {
    disk::create_private_dir(folder).map_err(|source| {
        Failure::new(
            Code::WriteFailed,
            format!("{folder} cannot be made: {source}"),
            "Check that the profile's folder is writable.",
        )
    })?;
    let files = context.unless_cancelled(platform.download(&backup.id)).await??;
    let total: Option<u64> = files.iter().map(|file| file.bytes).sum();
    if let Some(total) = total.or(backup.bytes) {
        context.expect_bytes(total);
    }
    let limits = Limits {
        streams_max: request.streams.unwrap_or(Limits::default().streams_max).clamp(1, 16),
        rate: request.bytes_per_second.map_or_else(Rate::default, Rate::of),
        ..Limits::default()
    };
    let mut fetched = Fetched { files: Vec::new(), sizes: Vec::new() };
    for (number, file) in files.iter().enumerate() {
        let place = folder.join(number.to_string());
        let (path, bytes) = one(context, file, &place, &limits).await?;
        fetched.sizes.push(bytes);
        fetched.files.push(Incoming { path, name: file.name.clone() });
    }
    Ok(fetched)
}

async fn one(
    context: &JobContext,
    file: &RemoteFile,
    directory: &Utf8Path,
    limits: &Limits,
) -> Result<(Utf8PathBuf, u64), Failure> {
    let request = Request {
        links: file.links.as_ref(),
        directory,
        name: &file.name,
        // A length that a list says may be wrong while the file is right: the server that gives the bytes
        // says how many there are, and what it says has to come.
        expected_bytes: None,
        expected_sha256: None,
        limits: limits.clone(),
        meter: context.meter(),
        token: context.token(),
        pause: &Pause::default(),
        on_note: &|note| context.info("fetch", note),
    };
    let fetched = transfer::fetch(request).await?;
    Ok((fetched.path, fetched.bytes))
}

/// Removes what was fetched, once it is in the vault.
pub(super) async fn discard(folder: &Utf8Path) {
    if let Err(error) = tokio::fs::remove_dir_all(folder).await {
        tracing::warn!(%error, %folder, "what was fetched stays on the disk");
    }
}
