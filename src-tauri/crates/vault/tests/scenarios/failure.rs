//! Whatever fails before the commit leaves nothing that looks good.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vault::{Cancel, FileKind, LocalStore, Password, Store, StoreError, StoredFile, Vault, VaultError};

use crate::bench::{Bench, PASSWORD, meta, noise, options, owner, rows};

/// Yields some bytes, then something else.
struct Source<F: FnMut() -> io::Result<usize>>(u64, F);

impl<F: FnMut() -> io::Result<usize>> Read for Source<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return (self.1)();
        }
        let count = buffer.len().min(usize::try_from(self.0).unwrap());
        buffer[..count].copy_from_slice(&noise(self.0, count));
        self.0 -= count as u64;
        Ok(count)
    }
}

#[test]
fn a_failing_source_fails_the_snapshot() {
    let bench = Bench::new();
    let writer = bench.begin();
    writer.file("/good", &meta(), &b"good"[..]).unwrap();
    let broken = Source(40_000_000, || Err(io::Error::other("the pipe broke")));
    let failed = writer.file("/broken", &meta(), broken);
    assert!(matches!(&failed, Err(VaultError::Source { path, .. }) if path == "/broken"), "{failed:?}");
    assert!(matches!(writer.commit(b"{}"), Err(VaultError::Source { .. })));

    bench.assert_nothing_visible();
    assert!(!bench.files("index").is_empty(), "what was stored is found again");
    let content = Source(40_000_000, || Ok(0));
    let writer = bench.begin();
    let again = writer.file("/broken", &meta(), content).unwrap();
    assert!(again.bytes_new < 25_000_000, "the next run reuses it: {}", again.bytes_new);
    writer.commit(b"{}").unwrap();
    assert_eq!(bench.check_all().problems, []);
    bench.restic(&["check", "--read-data"]);
}

#[test]
fn a_file_that_the_snapshot_can_do_without_is_left_out_whole_and_its_name_is_free_again() {
    let bench = Bench::new();
    let writer = bench.begin();
    let broken = Source(40_000_000, || Err(io::Error::other("the pipe broke")));
    let failed = writer.try_file("/files/one", &meta(), broken);
    assert!(matches!(&failed, Err(VaultError::Source { path, .. }) if path == "/files/one"), "{failed:?}");
    let nowhere = writer.try_file("/files/../two", &meta(), &b"two"[..]);
    assert!(matches!(nowhere, Err(VaultError::BadPath { .. })), "{nowhere:?}");
    writer.try_file("/files/one", &meta(), &b"one"[..]).unwrap();
    let below = writer.try_file("/files/one/below", &meta(), &b"below"[..]);
    assert!(matches!(below, Err(VaultError::BadPath { .. })), "{below:?}");
    let committed = writer.commit(b"{}").unwrap();
    assert_eq!(committed.files, 2, "the file, and the manifest");
    assert_eq!(bench.check_all().problems, []);
    bench.restic(&["check", "--read-data"]);
}

#[test]
fn a_dropped_writer_leaves_nothing() {
    let bench = Bench::new();
    let writer = bench.begin();
    writer.file("/rows", &meta(), &rows(1, 5_000_000)[..]).unwrap();
    assert_eq!(bench.files("locks").len(), 1);
    drop(writer);
    bench.assert_nothing_visible();
}

#[test]
fn a_cancelled_writer_stops_and_leaves_nothing() {
    let bench = Bench::new();
    let cancel = Cancel::new();
    let writer = bench.vault.begin(options(None), cancel.clone()).unwrap();
    writer.file("/first", &meta(), &b"x"[..]).unwrap();
    let endless = Source(3_000_000, || {
        cancel.cancel();
        Ok(1)
    });
    assert!(matches!(writer.file("/endless", &meta(), endless), Err(VaultError::Cancelled)));
    assert!(matches!(writer.commit(b"{}"), Err(VaultError::Cancelled)));
    bench.assert_nothing_visible();
}

#[test]
fn paths_that_no_snapshot_can_hold_are_refused() {
    let bench = Bench::new();
    let long = "x".repeat(256);
    for path in ["", "/", "/a//b", "/a/../b", ".", "/a/\0", long.as_str(), "/taken", "/taken/below", "/dir"] {
        let writer = bench.begin();
        writer.file("/taken", &meta(), &b""[..]).unwrap();
        writer.file("/dir/file", &meta(), &b""[..]).unwrap();
        let refused = writer.file(path, &meta(), &b"x"[..]);
        assert!(matches!(refused, Err(VaultError::BadPath { .. })), "{path:?}: {refused:?}");
        assert!(writer.commit(b"{}").is_err());
    }
    bench.assert_nothing_visible();
}

/// A store that has room for so many puts.
struct Limited {
    inner: LocalStore,
    kind: FileKind,
    room: AtomicUsize,
}

impl Store for Limited {
    fn place(&self) -> String {
        self.inner.place()
    }
    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        let is_full = kind == self.kind
            && self
                .room
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(1))
                .is_err();
        if is_full {
            return Err(StoreError::Full { place: self.place() });
        }
        self.inner.put(kind, name, data)
    }
    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        self.inner.get(kind, name)
    }
    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        self.inner.get_range(kind, name, offset, length)
    }
    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        self.inner.size(kind, name)
    }
    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        self.inner.list(kind)
    }
    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        self.inner.remove(kind, name)
    }
}

#[test]
fn a_full_disk_is_named_at_every_step() {
    for (kind, room) in [
        (FileKind::Data, 0),
        (FileKind::Data, 2),
        (FileKind::Index, 0),
        (FileKind::Snapshot, 0),
        (FileKind::Lock, 0),
    ] {
        let bench = Bench::new();
        let inner = LocalStore::open(bench.repo()).unwrap();
        let store = Arc::new(Limited { inner, kind, room: AtomicUsize::new(room) });
        let vault = Vault::open(store, &Password::new(PASSWORD)).unwrap();
        let written = vault.begin(options(None), Cancel::new()).and_then(|writer| {
            writer.file("/noise", &meta(), &noise(1, 60_000_000)[..])?;
            writer.commit(b"{}")
        });
        assert!(matches!(written, Err(VaultError::Full { .. })), "{kind} {room}: {written:?}");
        bench.assert_nothing_visible();
    }
}

#[test]
fn a_place_that_goes_away_is_told_from_damage() {
    let bench = Bench::new();
    let snapshot = bench.write(&[("/rows", &rows(1, 100_000))]).snapshot;
    let repo = bench.repo();
    std::fs::rename(&repo, bench.directory.path().join("elsewhere")).unwrap();
    for place_is_there in [false, true] {
        if place_is_there {
            // What an unmounted disk leaves behind.
            std::fs::create_dir(&repo).unwrap();
        }
        assert!(matches!(bench.vault.read(&snapshot, "/rows").err(), Some(VaultError::Gone { .. })));
        let begun = bench.vault.begin(options(None), Cancel::new());
        assert!(matches!(begun.err(), Some(VaultError::Gone { .. })));
        assert_eq!(repo.exists(), place_is_there, "nothing is made where the vault was");
        let opened = crate::bench::open(&repo, PASSWORD);
        assert!(matches!(opened.err(), Some(VaultError::NoRepository { .. })));
    }
    assert_eq!(std::fs::read_dir(&repo).unwrap().count(), 0);
}

#[test]
fn a_vault_is_made_only_where_nothing_is() {
    let bench = Bench::new();
    assert!(matches!(LocalStore::create(bench.repo()), Err(StoreError::NotEmpty { .. })));
    let store = Arc::new(LocalStore::open(bench.repo()).unwrap());
    let again = Vault::create(store, &Password::new("other"), &owner());
    assert!(matches!(again.err(), Some(VaultError::NotEmpty { .. })));
}
