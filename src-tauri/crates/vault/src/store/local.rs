//! A repository on a local or mounted file system, in restic's default layout.
//!
//! Not a cache, and no retries: a disk that fails once is reported once. Files appear by rename
//! after their bytes are on the disk, and directories are synced, so that a loss of power never
//! leaves half a file under a final name.

#![expect(clippy::disallowed_methods, reason = "the store names and removes its own files")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{FileKind, Store, StoreError, StoredFile};

mod temporary;

/// Where files are written before they get their names; beside the others, so that a rename
/// never crosses file systems, and in no directory that restic lists.
const TEMPORARY: &str = "tmp";

/// What a new repository consists of, besides its configuration.
const DIRECTORIES: [&str; 6] = ["keys", "locks", "snapshots", "index", "data", TEMPORARY];

/// A repository's files below one directory.
#[derive(Debug)]
pub struct LocalStore {
    root: PathBuf,
}

impl LocalStore {
    /// Prepares an empty or missing directory for a new repository. What a creation that was
    /// interrupted left there is used.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] if the directory holds anything else.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Self { root: root.into() };
        let failed = |error| store.error("make the directories", error);
        let above = if store.root.exists() { Vec::new() } else { folders_above(&store.root) };
        make_directory(&store.root, true).map_err(failed)?;
        for entry in fs::read_dir(&store.root).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let known = DIRECTORIES.into_iter().find(|name| entry.file_name() == *name);
            let is_left_over = known.map_or(Ok(false), |name| Self::is_left_over(&entry.path(), name));
            if !is_left_over.map_err(failed)? {
                return Err(StoreError::NotEmpty { place: store.place() });
            }
        }
        for kind in [FileKind::Key, FileKind::Lock, FileKind::Snapshot, FileKind::Index, FileKind::Data] {
            make_directory(&store.root.join(kind.directory()), false).map_err(failed)?;
        }
        let data = store.root.join(FileKind::Data.directory());
        for first in 0..=255_u8 {
            make_directory(&data.join(format!("{first:02x}")), false).map_err(failed)?;
        }
        sync_directory(&data).and_then(|()| sync_directory(&store.root)).map_err(failed)?;
        for folder in &above {
            sync_above(folder).map_err(failed)?;
        }
        Ok(store)
    }

    /// Whether one of our directories holds no more than a creation that was interrupted leaves.
    fn is_left_over(directory: &Path, name: &str) -> io::Result<bool> {
        if !fs::symlink_metadata(directory)?.is_dir() {
            return Ok(false);
        }
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let Ok(inner) = entry.file_name().into_string() else { return Ok(false) };
            let is_expected = match name {
                // Whether a key matters is not for a store to say.
                "keys" => is_stored_name(&inner),
                TEMPORARY => temporary::is_of_this_machine(&inner),
                "data" => inner.len() == 2 && fs::read_dir(entry.path())?.next().is_none(),
                _ => false,
            };
            if !is_expected {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Opens the directory of an existing repository.
    ///
    /// # Errors
    /// [`StoreError::NoRepository`] if there is no configuration file in it.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Self { root: root.into() };
        match fs::metadata(store.root.join("config")) {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(StoreError::NoRepository { place: store.place() });
            }
            Err(error) => return Err(store.error("open the repository", error)),
        }
        temporary::sweep(&store.root.join(TEMPORARY));
        Ok(store)
    }

    fn path(&self, kind: FileKind, name: &str) -> PathBuf {
        let directory = self.root.join(kind.directory());
        match kind {
            FileKind::Config => directory,
            FileKind::Data => directory.join(name.get(..2).unwrap_or("00")).join(name),
            FileKind::Key | FileKind::Lock | FileKind::Snapshot | FileKind::Index | FileKind::Hold => {
                directory.join(name)
            }
        }
    }

    fn error(&self, action: &'static str, source: io::Error) -> StoreError {
        let place = self.place();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { place },
            ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { place },
            ErrorKind::PermissionDenied => StoreError::Denied { place },
            ErrorKind::StaleNetworkFileHandle | ErrorKind::NotConnected | ErrorKind::HostUnreachable => {
                StoreError::Gone { place }
            }
            ErrorKind::NotFound | ErrorKind::NotADirectory if !self.root.join("keys").is_dir() => {
                StoreError::Gone { place }
            }
            _ => StoreError::Io { action, place, source },
        }
    }

    /// A missing file, unless what is missing is the whole repository.
    fn read_error(&self, kind: FileKind, name: &str, source: io::Error) -> StoreError {
        if source.kind() != ErrorKind::NotFound {
            return self.error("read", source);
        }
        if kind != FileKind::Config && !self.root.join("keys").is_dir() {
            return StoreError::Gone { place: self.place() };
        }
        StoreError::NotFound { file: kind.file(name) }
    }

    fn place_file(&self, temporary: &Path, mut file: File, path: &Path, data: &[u8]) -> io::Result<()> {
        file.write_all(data)?;
        file.sync_all()?;
        drop(file);
        let directory = path.parent().unwrap_or(&self.root);
        match fs::rename(temporary, path) {
            Err(error) if error.kind() == ErrorKind::NotFound && directory != self.root => {
                // Copies of a repository sometimes lose their empty directories.
                make_directory(directory, false)?;
                fs::rename(temporary, path)?;
                sync_directory(directory.parent().unwrap_or(&self.root))?;
            }
            other => other?,
        }
        sync_directory(directory)
    }

    /// Their directory is made with the first of them: restic and earlier versions know none.
    fn list_holds(&self, directory: &Path, found: &mut Vec<StoredFile>) -> Result<(), StoreError> {
        match fs::metadata(directory) {
            Err(error) if error.kind() == ErrorKind::NotFound && self.root.join("keys").is_dir() => Ok(()),
            _ => self.list_directory(directory, found),
        }
    }

    fn list_directory(&self, directory: &Path, found: &mut Vec<StoredFile>) -> Result<(), StoreError> {
        let failed = |error| self.error("list", error);
        for entry in fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_name = is_stored_name(&name);
            match entry.metadata() {
                Ok(metadata) if is_name && metadata.is_file() => {
                    found.push(StoredFile { name, size: metadata.len() });
                }
                Ok(_) => {}
                // Removed between the two calls, as a lock may be: then it is not there.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }
}

impl Store for LocalStore {
    fn place(&self) -> String {
        self.root.display().to_string()
    }

    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        let failed = |error: io::Error| {
            if error.kind() == ErrorKind::NotFound {
                return StoreError::Gone { place: self.place() };
            }
            self.error("write", error)
        };
        let (temporary, file) = temporary::create(&self.root).map_err(failed)?;
        self.place_file(&temporary, file, &self.path(kind, name), data).map_err(|error| {
            let _ = fs::remove_file(&temporary);
            failed(error)
        })
    }

    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        fs::read(self.path(kind, name)).map_err(|error| self.read_error(kind, name, error))
    }

    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        let failed = |error| self.read_error(kind, name, error);
        let mut file = File::open(self.path(kind, name)).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        // Before memory is asked for: a length comes from an index, which may be wrong.
        if offset.checked_add(length).is_none_or(|end| end > size) {
            let found = size.saturating_sub(offset);
            return Err(StoreError::Short { file: kind.file(name), expected: length, found });
        }
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let mut data = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        let found = file.take(length).read_to_end(&mut data).map_err(failed)?;
        if found as u64 != length {
            return Err(StoreError::Short { file: kind.file(name), expected: length, found: found as u64 });
        }
        Ok(data)
    }

    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        let metadata =
            fs::metadata(self.path(kind, name)).map_err(|error| self.read_error(kind, name, error))?;
        Ok(metadata.len())
    }

    fn modified(&self, kind: FileKind, name: &str) -> Result<Option<Timestamp>, StoreError> {
        let failed = |error| self.read_error(kind, name, error);
        let modified = fs::metadata(self.path(kind, name)).and_then(|metadata| metadata.modified());
        Ok(Timestamp::try_from(modified.map_err(failed)?).ok())
    }

    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        let directory = self.root.join(kind.directory());
        let mut found = Vec::new();
        match kind {
            FileKind::Config => match fs::metadata(&directory) {
                Ok(metadata) => found.push(StoredFile { name: String::new(), size: metadata.len() }),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(self.error("list", error)),
            },
            FileKind::Data => {
                for entry in fs::read_dir(&directory).map_err(|error| self.error("list", error))? {
                    let entry = entry.map_err(|error| self.error("list", error))?;
                    if entry.file_type().map_err(|error| self.error("list", error))?.is_dir() {
                        self.list_directory(&entry.path(), &mut found)?;
                    }
                }
            }
            FileKind::Key | FileKind::Lock | FileKind::Snapshot | FileKind::Index => {
                self.list_directory(&directory, &mut found)?;
            }
            FileKind::Hold => self.list_holds(&directory, &mut found)?,
        }
        Ok(found)
    }

    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        let path = self.path(kind, name);
        make_removable(&path);
        fs::remove_file(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => self.read_error(kind, name, error),
            _ => self.error("remove", error),
        })?;
        sync_directory(path.parent().unwrap_or(&self.root)).map_err(|error| self.error("remove", error))
    }
}

/// Names are SHA-256 in hexadecimal.
fn is_stored_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(unix)]
fn make_directory(path: &Path, with_parents: bool) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::DirBuilder::new().mode(0o700).recursive(with_parents).create(path);
    made.or_else(|error| if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
}

#[cfg(not(unix))]
fn make_directory(path: &Path, with_parents: bool) -> io::Result<()> {
    let made = fs::DirBuilder::new().recursive(with_parents).create(path);
    made.or_else(|error| if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The folders in which a new root, and what has to be made above it, gets its name: up to the first one that is
/// there already.
fn folders_above(root: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for folder in root.ancestors().skip(1) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        folders.push(folder.to_owned());
        if folder.exists() {
            break;
        }
    }
    folders
}

/// The name of a vault has to outlive a loss of power as its files do. Whose folder may be written to and not read
/// cannot be asked for that.
fn sync_above(folder: &Path) -> io::Result<()> {
    match sync_directory(folder) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// A rename is durable only once the directory that holds the name is.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Directories cannot be synced on Windows; NTFS orders its own journal.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_removable(_path: &Path) {}

/// Other programs mark a repository's files read-only, and Windows keeps those from removal.
#[cfg(not(unix))]
fn make_removable(path: &Path) {
    if let Ok(metadata) = fs::metadata(path) {
        let mut permissions = metadata.permissions();
        permissions.set_readonly(false);
        let _ = fs::set_permissions(path, permissions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_new_vault_is_synced_with_those_of_all_folders_that_were_made_for_it() {
        let there = tempfile::tempdir().unwrap();
        let root = there.path().join("backups/shop/vault");
        let expected =
            [there.path().join("backups/shop"), there.path().join("backups"), there.path().to_owned()];
        assert_eq!(folders_above(&root), expected);
        LocalStore::create(&root).unwrap();
        assert_eq!(folders_above(&root), [there.path().join("backups/shop")]);
        assert_eq!(folders_above(Path::new("vault")), [Path::new(".")]);
        #[cfg(unix)]
        assert!(sync_above(&there.path().join("gone")).is_err(), "what is not there is no success");
    }
}
