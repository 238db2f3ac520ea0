//! The memory that the index of a vault of 1 TiB takes, measured as the peak of a process of its
//! own: mean chunks of 256 KiB make 4,194,304 blobs in 65,536 packs of 16 MiB.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::file::{IndexFile, IndexedPack};
use crate::id::Id;
use crate::pack::{BlobKind, PACK_BYTES_FIXED, PackedBlob};
use crate::store::{FileKind, LocalStore, Store, StoreError, StoredFile};
use crate::{BeginOptions, Cancel, CheckOptions, FileMeta, KeyOwner, Password, PruneOptions, Vault};

const PACKS: u32 = 65_536;
const BLOBS_PER_PACK: u32 = 64;
/// As a large writer makes them.
const PACKS_PER_FILE: u32 = 24;
/// The budget of any job.
const PEAK_KIB_MAX: u64 = 256 << 10;
/// Tells the child where the vault is.
const PLACE: &str = "HOLDFAST_TERABYTE";

/// The local disk without its syncs, and with packs that are only listed.
struct Simulated(LocalStore, PathBuf);

impl Store for Simulated {
    fn place(&self) -> String {
        self.0.place()
    }
    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        if kind == FileKind::Config || kind == FileKind::Data {
            return self.0.put(kind, name, data);
        }
        fs::write(self.1.join(kind.directory()).join(name), data).unwrap();
        Ok(())
    }
    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        self.0.get(kind, name)
    }
    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        self.0.get_range(kind, name, offset, length)
    }
    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        self.0.size(kind, name)
    }
    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        let mut files = self.0.list(kind)?;
        if kind == FileKind::Data && !self.0.list(FileKind::Config)?.is_empty() {
            files.extend(
                (0..=PACKS)
                    .map(|pack| StoredFile { name: pack_id(pack).to_string(), size: pack_bytes(pack) }),
            );
        }
        Ok(files)
    }
    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        self.0.remove(kind, name)
    }
}

fn pack_id(pack: u32) -> Id {
    Id::of(&pack.to_le_bytes())
}

fn length(pack: u32, number: u32) -> u32 {
    200_000 + ((pack ^ (number * 37)) % 256) * 256
}

/// The size of a pack that holds what the index says.
fn pack_bytes(pack: u32) -> u64 {
    let sealed: u64 = (0..BLOBS_PER_PACK).map(|number| u64::from(length(pack, number))).sum();
    sealed + u64::from(BLOBS_PER_PACK) * 41 + PACK_BYTES_FIXED
}

fn blob(pack: u32, number: u32) -> PackedBlob {
    let id = Id::of(&[pack.to_le_bytes(), number.to_be_bytes()].concat());
    let length = length(pack, number);
    let kind = if pack.is_multiple_of(1000) { BlobKind::Tree } else { BlobKind::Data };
    PackedBlob { id, kind, offset: number * 262_144, length, uncompressed: length + 32 }
}

fn index_file(packs: impl Iterator<Item = u32>) -> IndexFile {
    let indexed = |pack| {
        let blobs: Vec<PackedBlob> = (0..BLOBS_PER_PACK).map(|number| blob(pack, number)).collect();
        IndexedPack::new(pack_id(pack), &blobs)
    };
    IndexFile { packs: packs.map(indexed).collect() }
}

fn open(
    place: &Path,
    how: impl FnOnce(Arc<dyn Store>, &Password) -> Result<Vault, crate::VaultError>,
) -> Vault {
    let local = if place.exists() { LocalStore::open(place) } else { LocalStore::create(place) };
    how(Arc::new(Simulated(local.unwrap(), place.to_owned())), &Password::new("x")).unwrap()
}

#[test]
fn the_index_of_a_terabyte_fits_into_the_memory_of_any_job() {
    let directory = tempfile::TempDir::new().unwrap();
    let place = directory.path().join("repo");
    let owner = KeyOwner { hostname: "desk".to_owned(), username: "ada".to_owned() };
    let vault = open(&place, |store, password| Vault::create(store, password, &owner));
    std::thread::scope(|scope| {
        for half in 0..2 {
            let vault = &vault;
            scope.spawn(move || {
                for first in (0..PACKS).step_by(PACKS_PER_FILE as usize).skip(half).step_by(2) {
                    let file = index_file(first..PACKS.min(first + PACKS_PER_FILE));
                    vault.inner.repository.save(FileKind::Index, &file).unwrap();
                }
            });
        }
    });
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "index::terabyte::a_process_that_works_with_such_an_index", "--nocapture"])
        .env(PLACE, &place)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let peak = said.lines().filter_map(|line| line.strip_prefix("peak_kib ")).next_back().expect(&said);
    let peak_kib: u64 = peak.parse().unwrap();
    eprintln!("{said}");
    assert!(peak_kib <= PEAK_KIB_MAX, "{peak_kib} KiB");
}

/// What the test above starts; by itself it has nothing to do.
#[test]
fn a_process_that_works_with_such_an_index() {
    let Some(place) = std::env::var_os(PLACE) else { return };
    let start = Instant::now();
    let vault = open(Path::new(&place), Vault::open);
    let blobs = u64::from(PACKS) * u64::from(BLOBS_PER_PACK);
    assert_eq!(vault.stats().unwrap().blobs, blobs);
    eprintln!("opened in {:?}, peak {} KiB", start.elapsed(), peak_kib());

    // Another process adds an index file, and a snapshot is written: neither makes a second table.
    vault.inner.repository.save(FileKind::Index, &index_file(PACKS..=PACKS)).unwrap();
    vault.refresh().unwrap();
    let options = BeginOptions {
        tags: Vec::new(),
        parent: None,
        hostname: "desk".to_owned(),
        username: "ada".to_owned(),
        time: Timestamp::UNIX_EPOCH,
    };
    let writer = vault.begin(options, Cancel::new()).unwrap();
    let meta = FileMeta { mode: 0o600, modified: Timestamp::UNIX_EPOCH };
    writer.file("/zeros", &meta, std::io::Read::take(std::io::repeat(0), 100 << 20)).unwrap();
    writer.commit(b"{}").unwrap();
    let last = blob(PACKS - 1, BLOBS_PER_PACK - 1);
    assert_eq!(vault.inner.index().find(&last.id, last.kind).unwrap().blob, last);

    // A check reads all index files again, and looks at every pack in the listing.
    let report = vault.check(CheckOptions { data: None }, &|_| {}, &Cancel::new()).unwrap();
    assert_eq!((report.problems, report.snapshots), (Vec::new(), 1));
    eprintln!("checked by {:?}, peak {} KiB", start.elapsed(), peak_kib());

    // So does the plan of a prune, which keeps what the one snapshot needs.
    let plan = vault.plan_prune(PruneOptions::default(), &|_| {}, &Cancel::new()).unwrap();
    assert_eq!((plan.snapshots, plan.removed.packs), (1, u64::from(PACKS) + 1));
    assert!(plan.kept.packs >= 2 && plan.leftover.packs == 0, "{plan:?}");
    eprintln!("planned by {:?}, peak {} KiB", start.elapsed(), peak_kib());

    // A file that is gone makes it read everything anew, in the place of the old table.
    let gone = vault.inner.repository.ids(FileKind::Index).unwrap()[0];
    vault.inner.repository.store.remove(FileKind::Index, &gone.to_string()).unwrap();
    vault.refresh().unwrap();
    assert!(vault.stats().unwrap().blobs < blobs + u64::from(BLOBS_PER_PACK));
    eprintln!("all of it in {:?}", start.elapsed());
    eprintln!("\npeak_kib {}", peak_kib());
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
