//! A computer that falls asleep in the last moment of a snapshot or in the middle of a check, and wakes
//! up after others took its lock for dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vault::{
    Cancel, CheckOptions, CheckProgress, FileKind, Password, Slice, Store, StoreError, StoredFile, Vault,
    VaultError,
};

use crate::disk::Disk;
use crate::prune::{THOROUGH, prune};
use crate::random::noise;
use crate::world::{
    Files, MANIFEST, PASSWORD, check, commit, empty_repository, options, verify, with_manifest, write_all,
};

/// A store that sleeps before it stores a snapshot; meanwhile somebody removes all locks, and maybe
/// what no snapshot needs yet.
struct Sleepy {
    disk: Arc<Disk>,
    others_prune: bool,
    has_slept: AtomicBool,
}

impl Sleepy {
    fn sleep(&self) {
        for lock in self.disk.names(FileKind::Lock) {
            self.disk.remove(FileKind::Lock, &lock).unwrap();
        }
        // The largest pack holds data: the trees, which are read back in any case, are in another.
        let packs = self.disk.list(FileKind::Data).unwrap();
        if let Some(pack) = packs.iter().max_by_key(|pack| pack.size).filter(|_| self.others_prune) {
            self.disk.remove(FileKind::Data, &pack.name).unwrap();
        }
        self.has_slept.store(true, Ordering::SeqCst);
    }
}

impl Store for Sleepy {
    fn place(&self) -> String {
        self.disk.place()
    }
    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        if kind == FileKind::Snapshot {
            self.sleep();
        }
        self.disk.put(kind, name, data)
    }
    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        self.disk.get(kind, name)
    }
    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        self.disk.get_range(kind, name, offset, length)
    }
    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        self.disk.size(kind, name)
    }
    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        self.disk.list(kind)
    }
    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        self.disk.remove(kind, name)
    }
}

fn files(number: u64) -> Files {
    (0..3).map(|file| (format!("/{file}"), Arc::new(noise(number + file, 100_000)))).collect()
}

#[test]
fn a_snapshot_whose_content_was_pruned_in_its_last_moment_is_taken_back() {
    for others_prune in [false, true] {
        let disk = Arc::new(empty_repository());
        let store =
            Arc::new(Sleepy { disk: Arc::clone(&disk), others_prune, has_slept: AtomicBool::new(false) });
        let vault = Vault::open(Arc::clone(&store) as Arc<dyn Store>, &Password::new(PASSWORD)).unwrap();
        let files = files(0);
        let writer = vault.begin(options(None), Cancel::new()).unwrap();
        write_all(&writer, &files, false).unwrap();

        let committed = writer.commit(MANIFEST);

        assert!(store.has_slept.load(Ordering::SeqCst));
        assert_eq!(disk.names(FileKind::Lock).len(), 0);
        if others_prune {
            assert!(matches!(committed, Err(VaultError::Missing { .. })), "{committed:?}");
            assert_eq!(disk.names(FileKind::Snapshot).len(), 0, "it does not look like a backup");
        } else {
            verify(&vault, &[(committed.unwrap().snapshot, with_manifest(files))].into()).unwrap();
            check(&vault).unwrap();
        }
    }
}

/// What others do while a check sleeps.
type Others<'a> = &'a dyn Fn(&Vault);

#[test]
fn a_check_whose_lock_lapsed_says_whether_others_moved_packs_meanwhile() {
    let nothing: Others = &|_| {};
    let backup: Others = &|vault| assert!(commit(vault, &files(9)).is_ok());
    let repair: Others = &|vault| assert!(vault.repair("bob", &|_| {}, &Cancel::new()).is_ok());
    for (what, others, overtaken) in
        [("nothing", nothing, false), ("a backup", backup, false), ("a repair", repair, true)]
    {
        let disk = Arc::new(empty_repository());
        let vault = open(&disk);
        commit(&vault, &files(1)).unwrap();
        let has_slept = AtomicBool::new(false);
        // Data is read after the indexes are: what was listed there may be gone by then.
        let sleep = |now: CheckProgress| {
            if now.packs_total > 0 && !has_slept.swap(true, Ordering::SeqCst) {
                for lock in disk.names(FileKind::Lock) {
                    disk.remove(FileKind::Lock, &lock).unwrap();
                }
                others(&open(&disk));
            }
        };
        let options = CheckOptions { data: Some(Slice { n: 1, t: 1 }) };

        let report = vault.check(options, &sleep, &Cancel::new()).unwrap();

        assert!(has_slept.load(Ordering::SeqCst) && report.problems.is_empty(), "{what}: {report:?}");
        assert_eq!(report.was_overtaken, overtaken, "{what}");
        assert_eq!(disk.names(FileKind::Lock).len(), 0, "{what}: it is taken again, and released");
    }
}

/// A store that sleeps after the first index file is removed; meanwhile others have the vault.
struct Dozing {
    disk: Arc<Disk>,
    others: Box<dyn Fn() + Send + Sync>,
    has_slept: AtomicBool,
}

impl Store for Dozing {
    fn place(&self) -> String {
        self.disk.place()
    }
    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        self.disk.put(kind, name, data)
    }
    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        self.disk.get(kind, name)
    }
    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        self.disk.get_range(kind, name, offset, length)
    }
    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        self.disk.size(kind, name)
    }
    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        self.disk.list(kind)
    }
    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        let removed = self.disk.remove(kind, name);
        if kind == FileKind::Index && !self.has_slept.swap(true, Ordering::SeqCst) {
            for lock in self.disk.names(FileKind::Lock) {
                self.disk.remove(FileKind::Lock, &lock).unwrap();
            }
            (self.others)();
        }
        removed
    }
}

fn open(disk: &Arc<Disk>) -> Vault {
    Vault::open(Arc::clone(disk) as Arc<dyn Store>, &Password::new(PASSWORD)).unwrap()
}

#[test]
fn a_repair_that_slept_between_two_removals_begins_anew_and_lists_nothing_that_others_removed() {
    let disk = Arc::new(empty_repository());
    let vault = open(&disk);
    let gone = commit(&vault, &files(1)).unwrap();
    let kept = commit(&vault, &files(20)).unwrap();
    vault.forget(&gone).unwrap();
    let of_others = Arc::clone(&disk);
    let others = Box::new(move || {
        // What the repair has just listed goes, and something new comes.
        let vault = open(&of_others);
        prune(&vault, THOROUGH).unwrap();
        commit(&vault, &files(40)).unwrap();
    });
    let store = Arc::new(Dozing { disk: Arc::clone(&disk), others, has_slept: AtomicBool::new(false) });
    let sleepy = Vault::open(Arc::clone(&store) as Arc<dyn Store>, &Password::new(PASSWORD)).unwrap();

    let repaired = sleepy.repair("ada", &|_| {}, &Cancel::new());

    assert!(store.has_slept.load(Ordering::SeqCst) && repaired.is_ok(), "{repaired:?}");
    let vault = open(&disk);
    check(&vault).unwrap();
    let is_new = |id: &String| *id != kept.to_string();
    let new = disk.names(FileKind::Snapshot).into_iter().find(is_new).unwrap().parse().unwrap();
    let model = [(kept, with_manifest(files(20))), (new, with_manifest(files(40)))];
    verify(&vault, &model.into()).unwrap();
    assert_eq!(disk.names(FileKind::Lock).len(), 0);
}
