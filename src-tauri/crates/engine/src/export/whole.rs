//! Writing the tar: of a whole backup, or of one of its folders.

use std::collections::HashMap;

use vault::{FileReader, SnapshotId, Vault};

use super::ExportError;
use super::layout::{Item, Layout, METADATA, SUMS};
use super::metadata::{metadata, seconds, sums};
use super::pieces::{Broken, Pieces, Written};
use super::request::Destination;
use super::sink::Sink;
use super::source::{Source, Watch};
use super::target::Target;
use crate::archive::Manifest;

/// The backup that is read.
#[derive(Clone)]
pub(super) struct Backup {
    pub(super) vault: Vault,
    pub(super) id: SnapshotId,
    pub(super) manifest: Manifest,
}

/// A file that was written and not yet read back.
pub(super) struct Made {
    pub(super) target: Target,
    /// Its size.
    pub(super) bytes: u64,
    /// Its SHA-256 (hexadecimal).
    pub(super) sha256: String,
    /// What has to be found in it.
    pub(super) content: Content,
}

/// What has to be found in a file.
pub(super) enum Content {
    /// A tar with these files, in this order.
    Tar(Vec<Written>),
    /// One file.
    One {
        /// Its size.
        bytes: u64,
        /// Its SHA-256 (hexadecimal).
        sha256: String,
    },
}

impl Content {
    /// Bytes that come out of the file.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Tar(written) => written.iter().fold(0, |sum, file| sum.saturating_add(file.bytes)),
            Self::One { bytes, .. } => *bytes,
        }
    }

    /// How many files come out of it.
    pub(super) fn files(&self) -> u64 {
        match self {
            Self::Tar(written) => written.len() as u64,
            Self::One { .. } => 1,
        }
    }

    /// The program that takes what comes out.
    pub(super) fn reader(&self) -> &'static str {
        match self {
            Self::Tar(_) => "tar -x",
            Self::One { .. } => "cat",
        }
    }
}

/// Writes a tar of the files in `layout`; `is_whole` adds the metadata of a whole backup. Blocks.
pub(super) fn write(
    backup: &Backup,
    layout: &Layout,
    is_whole: bool,
    to: &Destination,
    run: &str,
    watch: &Watch<'_>,
) -> Result<Made, ExportError> {
    let (target, file) = Target::begin(to, run)?;
    let disk = |source| ExportError::writing(&to.path, source);
    let sink = Sink::new(file, to.packing, to.passphrase.as_ref()).map_err(disk)?;
    let mut pieces = Pieces::new(sink, seconds(&backup.manifest));
    let poured = pour(backup, layout, is_whole, &mut pieces, watch).and_then(|()| pieces.finish());
    let (sink, written) = poured.map_err(|broken| why(broken, to))?;
    let (bytes, sha256) = sink.finish().map_err(disk)?;
    Ok(Made { target, bytes, sha256, content: Content::Tar(written) })
}

/// The reason of the source, or that of the disk.
pub(super) fn why(broken: Broken, to: &Destination) -> ExportError {
    match broken {
        Broken::Source(error) => error,
        Broken::Disk(source) => ExportError::writing(&to.path, source),
    }
}

fn pour(
    backup: &Backup,
    layout: &Layout,
    is_whole: bool,
    pieces: &mut Pieces<Sink>,
    watch: &Watch<'_>,
) -> Result<(), Broken> {
    let Backup { vault, id, manifest } = backup;
    for item in &layout.first {
        let reader = vault.read(id, &item.path).map_err(|error| Broken::Source(error.into()))?;
        pieces.file(item, Source::new(reader, watch))?;
    }
    for folder in &layout.folders {
        watch.checkpoint().map_err(Broken::Source)?;
        pieces.folder(folder)?;
    }
    let rest: HashMap<&str, &Item> = layout.rest.iter().map(|item| (item.path.as_str(), item)).collect();
    if !rest.is_empty() {
        vault.read_files(id, |path: &str, reader: FileReader| match rest.get(path) {
            Some(item) => pieces.file(item, Source::new(reader, watch)),
            None => Ok(()),
        })?;
    }
    if is_whole {
        let text = metadata(&id.to_string(), manifest, pieces.written());
        pieces.text(METADATA, &text)?;
    }
    let text = sums(pieces.written());
    pieces.text(SUMS, &text)
}

impl From<vault::VaultError> for Broken {
    fn from(error: vault::VaultError) -> Self {
        Self::Source(error.into())
    }
}
