//! A repository, the processes that use it, and the model of what it has to hold: for every
//! committed snapshot each path with its bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread;

use tempfile::TempDir;
use vault::{
    BeginOptions, Cancel, CheckOptions, FileKind, FileMeta, KeyOwner, KeyWork, LocalStore, Password, Slice,
    Snapshot, SnapshotId, SnapshotWriter, Store, Vault, VaultError,
};

use crate::disk::Disk;
use crate::fault::{Faulty, Place};
use crate::restic;

pub(crate) const PASSWORD: &str = "correct horse";
/// What [`commit`] hands over.
pub(crate) const MANIFEST: &[u8] = b"{\"format\":1}";

/// The files of one snapshot.
pub(crate) type Files = BTreeMap<String, Arc<Vec<u8>>>;
/// What is wrong, in words; not a panic, so that a failing sequence can be run again.
pub(crate) type Verdict = Result<(), String>;

/// One process: its own view of the store, its own vault with its own index.
pub(crate) struct Process {
    pub(crate) store: Arc<Faulty>,
    pub(crate) vault: Vault,
}

impl Process {
    pub(crate) fn start(place: &Place) -> Result<Self, VaultError> {
        let store = Faulty::new(place.clone());
        let vault = Vault::open(Arc::clone(&store) as Arc<dyn Store>, &Password::new(PASSWORD))?;
        Ok(Self { store, vault })
    }
}

/// The place, who uses it, and what it has to hold.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) processes: Vec<Process>,
    pub(crate) model: BTreeMap<SnapshotId, Files>,
    /// Locks of processes that died. (All are one process, which knows what it could not remove;
    /// in `killed` they are processes of their own.)
    pub(crate) dead_locks: BTreeSet<String>,
    directory: TempDir,
}

pub(crate) fn owner() -> KeyOwner {
    KeyOwner { hostname: "desk".to_owned(), username: "ada".to_owned() }
}

pub(crate) fn options(parent: Option<SnapshotId>) -> BeginOptions {
    BeginOptions {
        tags: vec!["project:shop".to_owned()],
        parent,
        hostname: "desk".to_owned(),
        username: "ada".to_owned(),
        time: "2026-02-03T05:00:00.5Z".parse().unwrap(),
    }
}

pub(crate) fn meta() -> FileMeta {
    FileMeta { mode: 0o640, modified: "2026-02-03T04:05:06.789Z".parse().unwrap() }
}

/// A new repository in memory, whose key costs next to nothing to derive: it is opened thousands of times.
pub(crate) fn empty_repository() -> Disk {
    static MADE: OnceLock<Disk> = OnceLock::new();
    let make = || {
        let disk = Arc::new(Disk::default());
        Vault::create_with(
            Arc::clone(&disk) as Arc<dyn Store>,
            &Password::new(PASSWORD),
            &owner(),
            KeyWork::LEAST,
        )
        .unwrap();
        disk.copy()
    };
    MADE.get_or_init(make).copy()
}

/// A directory as quick as there is, for what is written to be looked at and thrown away.
pub(crate) fn scratch() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

impl World {
    pub(crate) fn in_memory(processes: usize) -> Self {
        Self::at(Place::Memory(Arc::new(empty_repository())), scratch(), processes)
    }

    pub(crate) fn on_disk(processes: usize) -> Self {
        let directory = TempDir::new().unwrap();
        let root: PathBuf = directory.path().join("repo");
        empty_repository().write_to(&root);
        let store = Arc::new(LocalStore::open(&root).unwrap());
        Self::at(Place::Local(store, root), directory, processes)
    }

    fn at(place: Place, directory: TempDir, processes: usize) -> Self {
        let processes = (0..processes).map(|_| Process::start(&place).unwrap()).collect();
        Self { place, processes, model: BTreeMap::new(), dead_locks: BTreeSet::new(), directory }
    }

    /// The store without faults.
    pub(crate) fn store(&self) -> &dyn Store {
        match &self.place {
            Place::Memory(disk) => &**disk,
            Place::Local(store, _) => &**store,
        }
    }

    pub(crate) fn names(&self, kind: FileKind) -> BTreeSet<String> {
        self.store().list(kind).unwrap().into_iter().map(|file| file.name).collect()
    }

    /// Has a process remove the locks of the dead.
    pub(crate) fn unlock(&mut self, process: usize) -> Verdict {
        // Whoever wanted to lock the vault since may have removed some of them.
        let there = self.names(FileKind::Lock);
        let dead = std::mem::take(&mut self.dead_locks).intersection(&there).count();
        match self.processes[process].vault.remove_stale_locks() {
            Ok(removed) if removed == dead && self.names(FileKind::Lock).is_empty() => Ok(()),
            other => Err(format!("{dead} locks of the dead, and removing them gives {other:?}")),
        }
    }

    /// Whether this process sees and reads exactly what the model holds.
    pub(crate) fn verify(&self, process: usize) -> Verdict {
        let vault = &self.processes[process].vault;
        verify(vault, &self.model)?;
        let locks = self.names(FileKind::Lock);
        if !locks.is_subset(&self.dead_locks) {
            return Err(format!("locks of nobody are left: {locks:?}"));
        }
        Ok(())
    }

    pub(crate) fn check(&self, process: usize) -> Verdict {
        check(&self.processes[process].vault)
    }

    /// Has restic check everything, and restore every snapshot.
    pub(crate) fn judge(&self) -> Verdict {
        let scratch = scratch();
        let repo = match &self.place {
            Place::Local(_, root) => root.clone(),
            Place::Memory(disk) => {
                let root = scratch.path().join("repo");
                disk.write_to(&root);
                root
            }
        };
        restic::check(&repo)?;
        self.model.iter().try_for_each(|(id, files)| restic::restore(&repo, id, files))
    }

    pub(crate) fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }
}

/// A disk in memory as a new process sees it.
pub(crate) fn open_at(disk: &Arc<Disk>) -> Result<(Arc<Faulty>, Vault), VaultError> {
    let Process { store, vault } = Process::start(&Place::Memory(Arc::clone(disk)))?;
    Ok((store, vault))
}

/// All snapshots, the oldest first; what was forgotten meanwhile is none.
pub(crate) fn snapshots(vault: &Vault) -> Result<Vec<Snapshot>, VaultError> {
    let mut snapshots = Vec::new();
    for id in vault.snapshot_ids()? {
        match vault.snapshot(&id) {
            Err(VaultError::Missing { .. }) => {}
            other => snapshots.push(other?),
        }
    }
    snapshots.sort_by_key(|snapshot| (snapshot.time, snapshot.id));
    Ok(snapshots)
}

/// Whether a vault shows exactly these snapshots, and reads every byte of them.
pub(crate) fn verify(vault: &Vault, model: &BTreeMap<SnapshotId, Files>) -> Verdict {
    let said = |what: &str, error: VaultError| format!("{what}: {error}: {error:?}");
    let snapshots = snapshots(vault).map_err(|error| said("snapshots cannot be listed", error))?;
    let listed: BTreeSet<SnapshotId> = snapshots.iter().map(|snapshot| snapshot.id).collect();
    if listed != model.keys().copied().collect() {
        return Err(format!("{} snapshots are visible, and should be {}", listed.len(), model.len()));
    }
    for (id, files) in model {
        let entries = vault.entries(id).map_err(|error| said("a snapshot cannot be walked", error))?;
        let names: BTreeSet<String> = entries
            .into_iter()
            .filter(|entry| entry.kind == vault::EntryKind::File)
            .map(|entry| entry.path)
            .collect();
        if names != files.keys().cloned().collect() {
            return Err(format!("{id} holds {names:?}"));
        }
        for (path, content) in files {
            let mut read = Vec::with_capacity(content.len());
            let mut reader = vault.read(id, path).map_err(|error| said(path, error))?;
            reader.read_to_end(&mut read).map_err(|error| format!("{path} of {id}: {error}: {error:?}"))?;
            if read != **content {
                return Err(format!("{path} of {id} reads differently"));
            }
        }
    }
    Ok(())
}

/// Whether a check of everything finds nothing.
pub(crate) fn check(vault: &Vault) -> Verdict {
    let options = CheckOptions { data: Some(Slice { n: 1, t: 1 }) };
    match vault.check(options, &|_| {}, &Cancel::new()) {
        Ok(report) if report.problems.is_empty() => Ok(()),
        Ok(report) => Err(format!("the check finds {:?}", report.problems)),
        Err(error) => Err(format!("the check fails: {error}: {error:?}")),
    }
}

/// Writes these files, from one thread or from several.
pub(crate) fn write_all(writer: &SnapshotWriter, files: &Files, parallel: bool) -> Result<(), VaultError> {
    let write =
        |(path, content): (&String, &Arc<Vec<u8>>)| writer.file(path, &meta(), &content[..]).map(|_| ());
    if !parallel {
        return files.iter().try_for_each(write);
    }
    thread::scope(|scope| {
        let threads: Vec<_> = files.iter().map(|file| scope.spawn(move || write(file))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap())
    })
}

/// Writes a whole snapshot.
pub(crate) fn commit(vault: &Vault, files: &Files) -> Result<SnapshotId, VaultError> {
    let writer = vault.begin(options(None), Cancel::new())?;
    write_all(&writer, files, false)?;
    Ok(writer.commit(MANIFEST)?.snapshot)
}

/// What a snapshot of these files holds.
pub(crate) fn with_manifest(mut files: Files) -> Files {
    files.insert("/manifest.json".to_owned(), Arc::new(MANIFEST.to_vec()));
    files
}
