//! The head of the archive as a file of its own, which `pg_restore` needs to seek in. It holds no rows.

use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};

use super::{LoadError, StoredDump};
use crate::custom_format::Toc;
use base::disk;

/// The file, removed with its folder when this is dropped.
pub struct PrefixFile {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// What it lists.
    pub toc: Toc,
    folder: Utf8PathBuf,
}

impl PrefixFile {
    /// Writes the head into a new private folder. Blocks.
    ///
    /// # Errors
    /// The dump cannot be read or is none, or the folder cannot be written.
    pub fn write(dump: &StoredDump, folder: &Utf8Path) -> Result<Self, LoadError> {
        let io = |what| move |source| LoadError::Io { what, source };
        let mut bytes = Vec::new();
        let mut reader = (dump.open)(0, dump.prefix_bytes).map_err(io("read the dump from the vault"))?;
        reader.read_to_end(&mut bytes).map_err(io("read the dump from the vault"))?;
        let toc = Toc::parse(&bytes)?;
        let path = folder.join("head.dump");
        let file = Self { path, toc, folder: folder.to_owned() };
        disk::write_private(&file.path, &bytes).map_err(io("write the dump's head for pg_restore"))?;
        Ok(file)
    }

    /// Writes a list of entries for `pg_restore --use-list` beside it, under the number of its first.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn list(&self, dump_ids: &[i64]) -> Result<Utf8PathBuf, LoadError> {
        let first = dump_ids.first().copied().unwrap_or_default();
        let path = self.folder.join(format!("entries-{first}.list"));
        let lines: Vec<String> = dump_ids.iter().map(|id| format!("{id};\n")).collect();
        disk::write_private(&path, lines.concat().as_bytes())
            .map_err(|source| LoadError::Io { what: "write the list for pg_restore", source })?;
        Ok(path)
    }
}

impl Drop for PrefixFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, folder = %self.folder, "the private folder of a restore stays behind");
        }
    }
}
