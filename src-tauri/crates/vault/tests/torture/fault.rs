//! A store that fails at a chosen call.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use vault::{FileKind, LocalStore, Store, StoreError, StoredFile};

use crate::disk::Disk;

/// How the chosen call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does nothing, and says so.
    Error,
    /// It does what it was asked, and then says that it failed.
    LostAnswer,
    /// Half of what is written arrives, under the final name; half of what is read comes back,
    /// without an error.
    Short,
    /// From here on nothing can be written, but removed.
    Full,
    /// From here on nothing is done: the process died. A temporary is left.
    Kill,
    /// As [`Fault::Kill`], but half of the file is there under its final name.
    KillTorn,
}

/// Where a store keeps its files.
#[derive(Clone)]
pub(crate) enum Place {
    Memory(Arc<Disk>),
    Local(Arc<LocalStore>, PathBuf),
}

impl Place {
    fn store(&self) -> &dyn Store {
        match self {
            Self::Memory(disk) => &**disk,
            Self::Local(store, _) => &**store,
        }
    }

    fn tear(&self, kind: FileKind, name: &str, data: &[u8]) {
        match self {
            Self::Memory(disk) => disk.tear(kind, name, data),
            Self::Local(store, _) => store.put(kind, name, &data[..data.len() / 2]).unwrap(),
        }
    }

    /// What a process that died in the middle of a write leaves.
    fn leave_temporary(&self, data: &[u8]) {
        if let Self::Local(_, root) = self {
            std::fs::create_dir_all(root.join("tmp")).unwrap();
            let name = format!("0-{}", data.len());
            std::fs::write(root.join("tmp").join(name), &data[..data.len() / 2]).unwrap();
        }
    }
}

/// A place as one process sees it.
pub(crate) struct Faulty {
    place: Place,
    plan: Mutex<Option<(usize, Fault)>>,
    calls: AtomicUsize,
    log: Mutex<Vec<String>>,
}

/// What is to be done with a call.
enum Verdict {
    Do,
    Fail(StoreError),
    DoAndFail,
    Half,
    Leave,
    Tear,
}

impl Faulty {
    pub(crate) fn new(place: Place) -> Arc<Self> {
        let (plan, calls, log) = (Mutex::new(None), AtomicUsize::new(0), Mutex::default());
        Arc::new(Self { place, plan, calls, log })
    }

    /// Counts from now on, and fails at the call of this number, from 0.
    pub(crate) fn fail_at(&self, call: usize, fault: Fault) {
        self.calls.store(0, Ordering::SeqCst);
        self.log.lock().unwrap().clear();
        *self.plan.lock().unwrap() = Some((call, fault));
    }

    /// Fails no more; yields the calls since [`Faulty::fail_at`].
    pub(crate) fn heal(&self) -> Vec<String> {
        *self.plan.lock().unwrap() = None;
        std::mem::take(&mut self.log.lock().unwrap())
    }

    fn verdict(&self, call: &str, kind: FileKind) -> Verdict {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        self.log.lock().unwrap().push(format!("{call} {kind}"));
        let Some((at, fault)) = *self.plan.lock().unwrap() else { return Verdict::Do };
        let is_it = number == at;
        match fault {
            _ if number < at => Verdict::Do,
            Fault::Error if is_it => Verdict::Fail(self.error(call)),
            Fault::LostAnswer if is_it => Verdict::DoAndFail,
            Fault::Short if is_it => Verdict::Half,
            Fault::Full if call == "put" => Verdict::Fail(StoreError::Full { place: self.place() }),
            Fault::Error | Fault::LostAnswer | Fault::Short | Fault::Full => Verdict::Do,
            Fault::Kill if is_it => Verdict::Leave,
            Fault::KillTorn if is_it => Verdict::Tear,
            Fault::Kill | Fault::KillTorn => Verdict::Fail(self.error(call)),
        }
    }

    fn error(&self, call: &str) -> StoreError {
        let source = io::Error::other(format!("this {call} was chosen to fail"));
        StoreError::Io { action: "do what was asked", place: self.place(), source }
    }

    /// A call that writes no file: reads, listings, removals.
    fn plain<T>(
        &self,
        call: &str,
        kind: FileKind,
        make: impl FnOnce(&dyn Store) -> Result<T, StoreError>,
        halve: impl FnOnce(T) -> Option<T>,
    ) -> Result<T, StoreError> {
        match self.verdict(call, kind) {
            Verdict::Do => make(self.place.store()),
            Verdict::DoAndFail => make(self.place.store()).and_then(|_| Err(self.error(call))),
            Verdict::Half => halve(make(self.place.store())?).ok_or_else(|| self.error(call)),
            Verdict::Fail(error) => Err(error),
            Verdict::Leave | Verdict::Tear => Err(self.error(call)),
        }
    }
}

impl Store for Faulty {
    fn place(&self) -> String {
        self.place.store().place()
    }

    fn put(&self, kind: FileKind, name: &str, data: &[u8]) -> Result<(), StoreError> {
        match self.verdict("put", kind) {
            Verdict::Do => return self.place.store().put(kind, name, data),
            Verdict::Fail(error) => return Err(error),
            Verdict::DoAndFail => self.place.store().put(kind, name, data)?,
            Verdict::Half | Verdict::Tear => self.place.tear(kind, name, data),
            Verdict::Leave => self.place.leave_temporary(data),
        }
        Err(self.error("put"))
    }

    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        self.plain(
            "get",
            kind,
            |store| store.get(kind, name),
            |data| data.get(..data.len() / 2).map(<[u8]>::to_vec),
        )
    }

    fn get_range(&self, kind: FileKind, name: &str, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        let halve = |data: Vec<u8>| data.get(..data.len() / 2).map(<[u8]>::to_vec);
        self.plain("get_range", kind, |store| store.get_range(kind, name, offset, length), halve)
    }

    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        self.plain("size", kind, |store| store.size(kind, name), |_| None)
    }

    fn list(&self, kind: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        // Half a listing without an error is what no store may give; so here it is an error.
        self.plain("list", kind, |store| store.list(kind), |_| None)
    }

    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        self.plain("remove", kind, |store| store.remove(kind, name), |()| None)
    }
}
