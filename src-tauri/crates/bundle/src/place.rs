//! Which file of an archive belongs to which part of a project: by where it lies.
//!
//! What a part's content is decides its content alone; this says only what may be looked into. A stored
//! object is never looked into: a user's own `.tar.gz` in a bucket is an object and no layer.

use super::part::PartKind;
use postgres::custom_format::{is_data_file, is_object_file, is_object_list};

/// What an entry of an archive is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it goes.
    pub(super) path: String,
    /// What it belongs to, where that is known.
    pub(super) kind: Option<PartKind>,
    pub(super) opening: Opening,
}

/// Whether layers of an entry are taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// It is handed out as it is.
    AsItIs,
    /// Layers are taken off.
    Peeled,
    /// Layers are taken off, and a tar in it is a tree of stored objects.
    StorageTree,
    /// A file of a directory dump, handed out as it is.
    DumpFile,
}

/// What a folder's name says.
fn of_folder(name: &str) -> Option<(PartKind, Opening)> {
    match name {
        "db" | "database" | "databases" => Some((PartKind::Database, Opening::Peeled)),
        "storage" => Some((PartKind::Storage, Opening::AsItIs)),
        "config" => Some((PartKind::Config, Opening::AsItIs)),
        "redis" => Some((PartKind::Redis, Opening::Peeled)),
        "logs" => Some((PartKind::Logs, Opening::Peeled)),
        _ => None,
    }
}

/// Where an entry of the outermost archive belongs. `root` is the folder that everything lies in, once one
/// was seen.
pub(super) fn of_entry(path: &str, root: &mut Option<String>) -> Place {
    let parts: Vec<&str> = path.split('/').collect();
    let plain = |kind, opening| Place { path: path.to_owned(), kind, opening };
    let name = parts.last().copied().unwrap_or_default();
    match parts.as_slice() {
        [_] if is_dump_file(name) => plain(Some(PartKind::Database), Opening::DumpFile),
        [file] => {
            let opening = if is_storage_tree(file) { Opening::StorageTree } else { Opening::Peeled };
            let kind = (opening == Opening::StorageTree).then_some(PartKind::Storage);
            plain(kind, opening)
        }
        [folder, .., file] if of_folder(folder).is_some() => in_folder(path, &parts, file),
        [first, folder, .., file] if of_folder(folder).is_some() => {
            // One folder around everything, as `tar` makes it of a folder; not of two backups side by side.
            if root.get_or_insert_with(|| (*first).to_owned()) != first {
                return plain(None, Opening::AsItIs);
            }
            in_folder(&parts[1..].join("/"), &parts[1..], file)
        }
        [_, _] if is_dump_file(name) => plain(Some(PartKind::Database), Opening::DumpFile),
        [_, file] => {
            let known =
                ["metadata.json", "manifest.json", "database.dump", "roles.sql", "schema.sql", "data.sql"];
            let opening = if known.contains(file) { Opening::Peeled } else { Opening::AsItIs };
            plain(None, opening)
        }
        _ => plain(None, Opening::AsItIs),
    }
}

fn in_folder(path: &str, parts: &[&str], file: &str) -> Place {
    let (kind, mut opening) = of_folder(parts[0]).unwrap_or((PartKind::Other, Opening::AsItIs));
    if kind == PartKind::Storage && parts.len() == 2 && is_storage_tree(file) {
        opening = Opening::StorageTree;
    }
    if kind == PartKind::Database && is_dump_file(file) {
        opening = Opening::DumpFile;
    }
    Place { path: path.to_owned(), kind: Some(kind), opening }
}

/// An archive of all stored objects.
fn is_storage_tree(file: &str) -> bool {
    file.starts_with("storage_backup.tar") || file.starts_with("storage.tar")
}

/// A file that `pg_dump -Fd` makes. It compresses neither the table of contents nor the lists of large objects,
/// and what looks as if it had is not handed to `pg_restore`, which would read it.
fn is_dump_file(name: &str) -> bool {
    name == "toc.dat" || is_data_file(name) || is_object_file(name) || is_object_list(name)
}

/// Where an object of a tree of stored objects goes: what lies around the buckets is left out.
pub(super) fn of_object(path: &str) -> String {
    let rest = path.strip_prefix("volumes/").unwrap_or(path);
    format!("storage/{}", rest.strip_prefix("storage/").unwrap_or(rest))
}

/// The bucket of a stored object, by its path below `storage/`. The storage server keeps its files in two
/// folders that are both called `stub`.
pub(super) fn bucket(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("storage/")?;
    let rest = rest.strip_prefix("stub/stub/").unwrap_or(rest);
    rest.split_once('/').map(|(bucket, _)| bucket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> (Option<PartKind>, Opening, String) {
        let place = of_entry(path, &mut None);
        (place.kind, place.opening, place.path)
    }

    #[test]
    fn folders_say_what_files_are_for_and_objects_are_not_looked_into() {
        use Opening::{AsItIs, DumpFile, Peeled, StorageTree};
        use PartKind::{Config, Database, Storage};
        assert_eq!(of("db/backup.dump.gz"), (Some(Database), Peeled, "db/backup.dump.gz".into()));
        assert_eq!(of("storage/b/own.tar.gz"), (Some(Storage), AsItIs, "storage/b/own.tar.gz".into()));
        assert_eq!(of("storage/storage_backup.tar.gz").1, StorageTree);
        assert_eq!(of("x_2025/config/.env"), (Some(Config), AsItIs, "config/.env".into()));
        for name in ["toc.dat", "3344.dat.gz", "blob_16403.dat.lz4", "blobs.toc", "blobs_4711.toc"] {
            assert_eq!(of(&format!("dump/{name}")).1, DumpFile, "{name}");
        }
        for name in ["toc.dat.gz", "blobs.toc.zst", "restore.sql", "x.dat"] {
            assert_eq!(of(&format!("dump/{name}")).1, AsItIs, "{name}");
        }
        assert_eq!(of("data/ab/abcdef").1, AsItIs);
        assert_eq!(bucket("storage/stub/stub/avatars/a/b"), Some("avatars"));
    }

    #[test]
    fn two_backups_side_by_side_are_not_mixed() {
        let mut root = None;
        assert_eq!(of_entry("a/db/x", &mut root).path, "db/x");
        assert_eq!(of_entry("b/db/x", &mut root).path, "b/db/x");
    }
}
