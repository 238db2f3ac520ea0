//! A disk in memory: a store as quick as a torture needs it, that can be looked into, copied, and
//! written to a real disk for restic.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use vault::{FileKind, Store, StoreError, StoredFile};

type Files = BTreeMap<(&'static str, String), Arc<Vec<u8>>>;

/// All files of a repository.
#[derive(Default)]
pub(crate) struct Disk(Mutex<Files>);

impl Disk {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap()
    }

    /// The names of a kind, in order.
    pub(crate) fn names(&self, kind: FileKind) -> Vec<String> {
        let of_kind = |(directory, name): &(&'static str, String)| {
            (*directory == kind.directory()).then(|| name.clone())
        };
        self.files().keys().filter_map(of_kind).collect()
    }

    /// A disk with the same files.
    pub(crate) fn copy(&self) -> Self {
        Self(Mutex::new(self.files().clone()))
    }

    /// Becomes as another disk is.
    pub(crate) fn reset(&self, to: &Disk) {
        let files = to.files().clone();
        *self.files() = files;
    }

    /// Whether another disk has the same files, but for locks.
    pub(crate) fn is_as(&self, other: &Disk) -> bool {
        let without_locks = |disk: &Disk| -> Files {
            let files = disk.files().clone();
            files.into_iter().filter(|((kind, _), _)| *kind != "locks").collect()
        };
        without_locks(self) == without_locks(other)
    }

    /// Writes a part of a file under its final name, as a store that is not atomic does.
    pub(crate) fn tear(&self, kind: FileKind, name: &str, data: &[u8]) {
        let torn = data[..data.len() / 2].to_vec();
        self.files().insert((kind.directory(), name.to_owned()), Arc::new(torn));
    }

    /// Writes all files but locks below a directory, in restic's layout.
    pub(crate) fn write_to(&self, root: &Path) {
        for ((kind, name), content) in self.files().iter().filter(|((kind, _), _)| *kind != "locks") {
            let path = match *kind {
                "config" => root.join("config"),
                "data" => root.join("data").join(&name[..2]).join(name),
                _ => root.join(kind).join(name),
            };
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &content[..]).unwrap();
        }
        for kind in ["data", "index", "keys", "locks", "snapshots"] {
            fs::create_dir_all(root.join(kind)).unwrap();
        }
    }

    fn find(&self, kind: FileKind, name: &str) -> Result<Arc<Vec<u8>>, StoreError> {
        let found = self.files().get(&(kind.directory(), name.to_owned())).cloned();
        found.ok_or_else(|| StoreError::NotFound { file: kind.file(name) })
    }
}

impl Store for Disk {
    fn place(&self) -> String {
        "memory".to_owned()
    }

    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        self.files().insert((kind.directory(), name.to_owned()), Arc::new(data.to_vec()));
        Ok(())
    }

    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.find(kind, name)?.to_vec())
    }

    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        let content = self.find(kind, name)?;
        let (start, end) = (usize::try_from(offset).unwrap(), usize::try_from(offset + length).unwrap());
        content.get(start..end).map(<[u8]>::to_vec).ok_or_else(|| StoreError::Short {
            file: kind.file(name),
            expected: length,
            found: (content.len() as u64).saturating_sub(offset),
        })
    }

    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        Ok(self.find(kind, name)?.len() as u64)
    }

    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        let of_kind = |((directory, name), content): (&(&'static str, String), &Arc<Vec<u8>>)| {
            (*directory == kind.directory())
                .then(|| StoredFile { name: name.clone(), size: content.len() as u64 })
        };
        Ok(self.files().iter().filter_map(of_kind).collect())
    }

    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        let removed = self.files().remove(&(kind.directory(), name.to_owned()));
        removed.map(|_| ()).ok_or_else(|| StoreError::NotFound { file: kind.file(name) })
    }
}

#[test]
fn the_disk_in_memory_conforms() {
    vault::conformance::run(&Disk::default()).unwrap();
}
