//! The incomplete output file: beside the target, readable by its owner only, removed unless it is kept.

use std::fs::{File, OpenOptions};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::ExportError;
use super::request::{Destination, IfExists, Packing};
use base::disk;

/// Part of its size that a file takes at the least when it is packed; text packs better only when it says little.
const PACKED_SHARE: u64 = 20;
/// Folders, sums and the packing's own bytes.
const SLACK_BYTES: u64 = 64 * 1024;
/// Enough of a run's id to tell two files apart.
const RUN_CHARACTERS: usize = 12;

/// The unfinished file. Dropped, it is removed.
#[derive(Debug)]
pub(super) struct Target {
    path: Utf8PathBuf,
    partial: Utf8PathBuf,
    if_exists: IfExists,
    is_kept: bool,
}

impl Target {
    /// Makes the unfinished file of a run. It is never one that was there before.
    pub(super) fn begin(to: &Destination, run: &str) -> Result<(Self, File), ExportError> {
        let run = run.get(..RUN_CHARACTERS).unwrap_or(run);
        let partial = Utf8PathBuf::from(format!("{}.{run}.part", to.path));
        let failed = |source| ExportError::writing(&to.path, source);
        let file = new_private(&partial).map_err(failed)?;
        let (path, if_exists) = (to.path.clone(), to.if_exists);
        Ok((Self { path, partial, if_exists, is_kept: false }, file))
    }

    /// The unfinished file.
    pub(super) fn partial(&self) -> &Utf8Path {
        &self.partial
    }

    /// The name that it will have.
    pub(super) fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Renames it to its final name. If nothing may be replaced, the name is reserved first, so that a file
    /// created meanwhile is not overwritten.
    pub(super) fn keep(mut self) -> Result<(), ExportError> {
        let failed = |source| ExportError::writing(&self.path, source);
        let is_reserved = self.if_exists == IfExists::Refuse;
        if is_reserved {
            drop(new_private(&self.path).map_err(failed)?);
        }
        if let Err(source) = disk::rename(&self.partial, &self.path) {
            // Where only its name is not on the disk for certain, the file has it already, and stays.
            if is_reserved && self.partial.exists() {
                // It was made two lines above, and is empty.
                let _ = disk::remove(&self.path);
            }
            return Err(failed(source));
        }
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.is_kept
            && let Err(error) = disk::remove(&self.partial)
        {
            tracing::warn!(%error, file = %self.partial, "an unfinished file stays behind");
        }
    }
}

/// Refuses where the disk cannot hold it in any case. Yields whether it can for sure.
pub(super) fn room_for(to: &Destination, bytes: u64) -> Result<bool, ExportError> {
    let needed = SLACK_BYTES + if to.packing == Packing::Plain { bytes } else { bytes / PACKED_SHARE };
    let free = disk::free_bytes(&to.path).map_err(|source| ExportError::writing(&to.path, source))?;
    if free < needed {
        return Err(ExportError::NoRoom { path: to.path.clone(), needed, free });
    }
    Ok(free >= bytes.saturating_add(SLACK_BYTES))
}

fn new_private(path: &Utf8Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
