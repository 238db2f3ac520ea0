//! Damage to a vault's files, and its repair.

use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

/// A kind of file in a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultFile {
    /// The configuration.
    Config,
    /// A key.
    Key,
    /// A snapshot.
    Snapshot,
    /// An index.
    Index,
    /// The largest pack, which holds rows.
    Rows,
    /// The smallest pack, which holds directories.
    Trees,
}

impl VaultFile {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Config, Self::Key, Self::Snapshot, Self::Index, Self::Rows, Self::Trees];

    /// One file of the kind, relative to the vault.
    pub fn find(self, vault: &Utf8Path) -> Utf8PathBuf {
        let first = |folder: &str| files(&vault.join(folder)).into_iter().next().unwrap();
        let path = match self {
            Self::Config => vault.join("config"),
            Self::Key => first("keys"),
            Self::Snapshot => first("snapshots"),
            Self::Index => first("index"),
            Self::Rows => packs(vault).pop().unwrap(),
            Self::Trees => packs(vault).remove(0),
        };
        path.strip_prefix(vault).unwrap().to_owned()
    }
}

/// All files of packs, the smallest first.
fn packs(vault: &Utf8Path) -> Vec<Utf8PathBuf> {
    let folders = vault.join("data").read_dir_utf8().unwrap().flatten();
    let mut packs: Vec<_> = folders.flat_map(|folder| files(folder.path())).collect();
    packs.sort_by_key(|pack| pack.metadata().unwrap().len());
    packs
}

fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    folder.read_dir_utf8().unwrap().flatten().map(camino::Utf8DirEntry::into_path).collect()
}

/// Turns one bit of a file round in its middle; the same again repairs it.
pub fn flip(path: &Utf8Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(path, bytes).unwrap();
}
