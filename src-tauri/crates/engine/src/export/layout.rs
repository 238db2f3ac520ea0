//! Maps the files of a backup to paths in the exported file, and orders them.
//!
//! The layout is that of `SupaManager`'s exports: `database.dump`, `storage/`, `config/`, `metadata.json`.

use std::collections::BTreeSet;

use vault::{Entry, EntryKind};

use super::ExportError;
use crate::archive::{MANIFEST_PATH, Manifest, Part};

/// The manifest, byte for byte.
pub(super) const MANIFEST: &str = "manifest.json";
/// The database.
pub(super) const DUMP: &str = "database.dump";
/// The roles.
pub(super) const ROLES: &str = "roles.sql";
/// Who could do what.
pub(super) const ACCESS: &str = "access.jsonl";
/// What comes first, in this order.
const FIRST: [&str; 4] = [MANIFEST, DUMP, ROLES, ACCESS];
/// What is in it, for programs that do not know Holdfast.
pub(super) const METADATA: &str = "metadata.json";
/// The checksums of everything else, as `sha256sum` reads them.
pub(super) const SUMS: &str = "SHA256SUMS";

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Its path in the snapshot, with a slash at its beginning.
    pub(super) path: String,
    /// Its name in the exported file.
    pub(super) name: String,
    /// Its size.
    pub(super) bytes: u64,
    /// What the manifest says of its content (SHA-256, hexadecimal), where it says something.
    pub(super) sha256: Option<String>,
}

/// What stands in an exported file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Folders, without what is in them.
    pub(super) folders: Vec<String>,
    /// What comes first, in this order.
    pub(super) first: Vec<Item>,
    /// The rest, in the order of the snapshot's listing.
    pub(super) rest: Vec<Item>,
}

impl Layout {
    /// Maps every file of a snapshot to its path.
    ///
    /// # Errors
    /// `Mismatch` where a part of the manifest is not there or has another size, `Unmappable` for what is no
    /// file and for two files of one name.
    pub(super) fn of(entries: &[Entry], manifest: &Manifest) -> Result<Self, ExportError> {
        let known = parts(manifest);
        let mut layout = Self { folders: Vec::new(), first: Vec::new(), rest: Vec::new() };
        let mut names = BTreeSet::from([METADATA, SUMS].map(str::to_owned));
        for entry in entries {
            let unmappable = |what| ExportError::Unmappable { part: entry.path.clone(), what };
            let name = name_of(&entry.path, manifest);
            match entry.kind {
                EntryKind::File => {}
                EntryKind::Directory => {
                    layout.folders.push(name);
                    continue;
                }
                EntryKind::Link | EntryKind::Other => {
                    return Err(unmappable("it is neither a file nor a folder"));
                }
            }
            if !names.insert(name.clone()) {
                return Err(unmappable("another file has its name"));
            }
            let part = known.iter().find(|part| part.path == entry.path);
            if let Some(part) = part.filter(|part| part.bytes != entry.size) {
                return Err(mismatch(&part.path, format!("{} bytes, not {}", entry.size, part.bytes)));
            }
            let sha256 = part.map(|part| part.sha256.clone());
            let item = Item { path: entry.path.clone(), bytes: entry.size, sha256, name };
            let is_first = FIRST.contains(&item.name.as_str());
            if is_first { layout.first.push(item) } else { layout.rest.push(item) }
        }
        for path in known.iter().map(|part| part.path.as_str()).chain([MANIFEST_PATH]) {
            if !layout.items().any(|item| item.path == path) {
                return Err(mismatch(path, "it is missing".into()));
            }
        }
        layout.first.sort_by_key(|item| FIRST.iter().position(|name| *name == item.name));
        layout.drop_empty_database_folder();
        Ok(layout)
    }

    /// The files below a folder of the snapshot, or the one file that has this path.
    pub(super) fn below(&self, path: &str) -> Self {
        let folder = format!("{}/", path.trim_end_matches('/'));
        let is_in = |item: &&Item| item.path == path || item.path.starts_with(&folder);
        let inside = format!("{}/", folder.trim_start_matches('/').trim_end_matches('/'));
        Self {
            folders: self
                .folders
                .iter()
                .filter(|name| format!("{name}/").starts_with(&inside))
                .cloned()
                .collect(),
            first: self.first.iter().filter(is_in).cloned().collect(),
            rest: self.rest.iter().filter(is_in).cloned().collect(),
        }
    }

    /// All files, in order.
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.first.iter().chain(&self.rest)
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.items().fold(0, |sum, item| sum.saturating_add(item.bytes))
    }

    /// Dump, roles and rights are at the top: the folder that they were in is left only where more is in it.
    fn drop_empty_database_folder(&mut self) {
        let is_used = self.rest.iter().any(|item| item.name.starts_with("database/"));
        self.folders.retain(|name| is_used || name != "database");
    }
}

/// What the manifest says of files.
fn parts(manifest: &Manifest) -> Vec<&Part> {
    manifest.parts().collect()
}

fn name_of(path: &str, manifest: &Manifest) -> String {
    if path == MANIFEST_PATH {
        MANIFEST.into()
    } else if manifest.database.as_ref().is_some_and(|database| database.part.path == path) {
        DUMP.into()
    } else if manifest.roles.as_ref().is_some_and(|roles| roles.path == path) {
        ROLES.into()
    } else if manifest.access.as_ref().is_some_and(|access| access.path == path) {
        ACCESS.into()
    } else {
        path.trim_start_matches('/').to_owned()
    }
}

pub(super) fn mismatch(part: &str, what: String) -> ExportError {
    ExportError::Mismatch { part: part.to_owned(), what }
}
