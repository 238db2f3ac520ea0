//! A directory with everything that restic stores, and the comparison with what came back.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use tempfile::TempDir;
use vault::{Cancel, EntryKind, SnapshotId, Vault};

use crate::bench::{Bench, PASSWORD, noise, open, restic_in, rows, snapshots};

/// A repository that restic made in this format.
pub(crate) fn by_restic(version: &str) -> Option<Bench> {
    let directory = TempDir::new().unwrap();
    restic_in(directory.path(), &["init", "--repository-version", version])?;
    let vault = open(&directory.path().join("repo"), PASSWORD).unwrap();
    Some(Bench { directory, vault })
}

/// Makes the directory `source` beside the repository.
pub(crate) fn make(root: &Path) {
    fs::create_dir_all(root.join("deep/er/and/deeper")).unwrap();
    fs::create_dir(root.join("hollow")).unwrap();
    fs::write(root.join("deep/er/rows"), rows(3, 3_000_000)).unwrap();
    fs::write(root.join("deep/er/and/deeper/large"), [rows(4, 9_000_000), noise(5, 9_000_000)].concat())
        .unwrap();
    fs::write(root.join("noise"), noise(4, 2_000_000)).unwrap();
    fs::write(root.join("empty"), b"").unwrap();
    for name in
        ["ünïcode ☃ 😀", "quote\"d", "back\\slash", "tab\tname", "new\nline", "<html>&", "\u{7f}\u{a0}"]
    {
        fs::write(root.join(name), name).unwrap();
    }
    for name in [&b"not utf-8 \xff\xfe"[..], b"half a letter \xc3", b"\x80"] {
        fs::write(root.join(OsStr::from_bytes(name)), name).unwrap();
    }
    let mut sparse = File::create(root.join("sparse")).unwrap();
    sparse.write_all(b"start").unwrap();
    sparse.seek(SeekFrom::Start(12_000_000)).unwrap();
    sparse.write_all(b"island").unwrap();
    sparse.set_len(20_000_000).unwrap();
    for mode in [0o400, 0o644, 0o750, 0o777] {
        let path = root.join(format!("mode {mode:o}"));
        fs::write(&path, b"x").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    fs::hard_link(root.join("noise"), root.join("noise too")).unwrap();
    symlink("noise", root.join("link")).unwrap();
    symlink("../../noise", root.join("deep/er/up")).unwrap();
    symlink("nowhere", root.join("dangling ☃")).unwrap();
}

/// Compares everything below `source` with a snapshot, by listing, by reading and by restoring.
pub(crate) fn assert_same(vault: &Vault, snapshot: &SnapshotId, source: &Path, prefix: &str) {
    let mut paths = Vec::new();
    walk(source, &mut paths);
    let entries = vault.entries(snapshot).unwrap();
    for path in &paths {
        let metadata = fs::symlink_metadata(path).unwrap();
        let inside = path.strip_prefix(source).unwrap();
        let name = format!("{prefix}/{}", inside.to_string_lossy());
        let entry =
            entries.iter().find(|entry| entry.path == name).unwrap_or_else(|| panic!("{name} is missing"));
        let (kind, size) = match metadata.file_type() {
            kind if kind.is_dir() => (EntryKind::Directory, 0),
            kind if kind.is_symlink() => (EntryKind::Link, 0),
            _ => (EntryKind::File, metadata.len()),
        };
        assert_eq!((entry.kind, entry.size, entry.mode), (kind, size, metadata.mode() & 0o777), "{name}");
        let modified = entry.modified.unwrap();
        let expected = (metadata.mtime(), metadata.mtime_nsec());
        assert_eq!((modified.as_second(), i64::from(modified.subsec_nanosecond())), expected, "{name}");
        // Bytes that are no UTF-8 are replaced in a listing, and reading asks by that name.
        if kind == EntryKind::File {
            let mut read = Vec::new();
            std::io::Read::read_to_end(&mut vault.read(snapshot, &name).unwrap(), &mut read).unwrap();
            assert!(read == fs::read(path).unwrap(), "{name} has other bytes");
        }
    }
    let below = entries.iter().filter(|entry| entry.path.starts_with(&format!("{prefix}/")));
    assert_eq!(below.count(), paths.len());
    let target = TempDir::new().unwrap();
    let report = vault.restore(snapshot, target.path(), &Cancel::new()).unwrap();
    assert_eq!(report.problems, []);
    assert_same_directories(source, &target.path().join(prefix.trim_start_matches('/')));
}

/// Compares two directories: names, kinds, bytes, targets of links, modes and times.
pub(crate) fn assert_same_directories(source: &Path, restored: &Path) {
    let (mut paths, mut others) = (Vec::new(), Vec::new());
    walk(source, &mut paths);
    walk(restored, &mut others);
    assert_eq!(paths.len(), others.len());
    for path in paths {
        let other = restored.join(path.strip_prefix(source).unwrap());
        let (expected, found) = (fs::symlink_metadata(&path).unwrap(), fs::symlink_metadata(&other).unwrap());
        assert_eq!(expected.file_type(), found.file_type(), "{}", path.display());
        if expected.is_symlink() {
            assert_eq!(fs::read_link(&path).unwrap(), fs::read_link(&other).unwrap());
            continue;
        }
        assert_eq!(expected.mode(), found.mode(), "{}", path.display());
        let time = |metadata: &fs::Metadata| (metadata.mtime(), metadata.mtime_nsec());
        assert_eq!(time(&expected), time(&found), "{}", path.display());
        if expected.is_file() {
            assert!(fs::read(&path).unwrap() == fs::read(&other).unwrap(), "{}", path.display());
        }
    }
}

fn walk(directory: &Path, paths: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            walk(&path, paths);
        }
        paths.push(path);
    }
}

/// Both judges: restic reads all data, and so do we.
pub(crate) fn assert_sound(bench: &Bench) {
    let check = bench.restic(&["check", "--read-data"]).unwrap();
    assert!(check.contains("no errors were found"), "{check}");
    let vault = open(&bench.repo(), PASSWORD).unwrap();
    let options = vault::CheckOptions { data: Some(vault::Slice { n: 1, t: 1 }) };
    assert_eq!(vault.check(options, &|_| {}, &Cancel::new()).unwrap().problems, []);
}

/// The newest snapshot in the repository.
pub(crate) fn newest(vault: &Vault) -> SnapshotId {
    vault.refresh().unwrap();
    let mut snapshots = snapshots(vault).unwrap();
    snapshots.sort_by_key(|snapshot| snapshot.time);
    snapshots.last().unwrap().id
}
