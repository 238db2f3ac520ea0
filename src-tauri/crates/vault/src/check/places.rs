//! Places of blobs, read in the order of the packs: each blob decrypted, decompressed and hashed, or, where all that
//! is wanted of a pack was hashed before, the whole pack compared with its name.
//!
//! A pack's name is the SHA-256 of its bytes, and the index that names it is authenticated: what has that hash is what
//! was written there, at every place of it. Where it has not, every blob that is wanted is opened: what is damaged
//! beside them is for a check of the vault to name.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use hashbrown::HashMap;
use ring::digest::{Context, SHA256};

use super::snapshot::{Name, name};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::pack::{PACK_BYTES_MAX, PackedBlob};
use crate::read::blob::Opener;
use crate::store::FileKind;
use crate::vault::Inner;

/// Threads that fetch and decrypt.
const THREADS_MAX: usize = 4;
/// One request; each thread holds one.
const REQUEST_BYTES_MAX: u64 = 4 << 20;
/// Reading over a gap is cheaper than asking again.
const GAP_BYTES_MAX: u64 = 128 << 10;
/// A whole pack is hashed where at least this part of it is wanted: opening a blob takes several times what hashing
/// its sealed bytes takes, but what is not wanted has to be fetched as well.
const WANTED_PART: u64 = 3;

/// A place to read. A blob that is stored twice has two: nobody can say which one a reader takes.
#[derive(Clone, Copy)]
struct Place {
    location: Location,
    /// Whether its hash was compared earlier.
    is_known: bool,
}

/// The places of all blobs that are wanted.
#[derive(Default)]
pub(super) struct Places {
    places: Vec<Place>,
    /// The sizes of the packs that they are in.
    packs: HashMap<Id, u64>,
}

/// What reading showed.
#[derive(Default)]
pub(super) struct Read {
    /// What is wrong with which blob.
    pub(super) problems: Vec<(Name, String)>,
    /// Blobs that were opened, and whose hashes were compared.
    pub(super) hashed: u64,
    /// Blobs in packs whose hashes were compared.
    pub(super) unchanged: u64,
}

/// What one thread does at a time.
enum Task<'a> {
    /// Opens what is near each other in one pack.
    Open(&'a [Place]),
    /// Compares a pack of this size with its name.
    Compare(&'a [Place], u64),
}

/// What a thread needs again and again.
struct Reader<'a> {
    inner: &'a Inner,
    opener: Opener,
    plaintext: Vec<u8>,
    cancel: &'a Cancel,
    read: Read,
}

impl Places {
    /// Adds a place; call [`Places::settle`] after the last one.
    pub(super) fn add(&mut self, location: Location) {
        self.packs.entry(location.pack).or_default();
        self.places.push(Place { location, is_known: false });
    }

    /// Says how large a pack is, if anything in it is wanted.
    pub(super) fn has_bytes(&mut self, pack: Id, bytes: u64) {
        if let Some(known) = self.packs.get_mut(&pack) {
            *known = bytes;
        }
    }

    /// Puts the places in order. `is_known` says whether the hash of a blob was compared earlier, at its only place.
    pub(super) fn settle(&mut self, is_known: impl Fn(&PackedBlob) -> bool) {
        for place in &mut self.places {
            place.is_known = is_known(&place.location.blob);
        }
        self.places.sort_unstable_by_key(|place| (place.location.pack, place.location.blob.offset));
    }

    /// Reads all of them. Only what says nothing of these blobs is an error.
    pub(super) fn read(
        &self,
        inner: &Inner,
        progress: &(dyn Fn(u64) + Sync),
        cancel: &Cancel,
    ) -> Result<Read, VaultError> {
        let tasks = self.tasks();
        let (next, all) = (AtomicUsize::new(0), Mutex::new(Read::default()));
        let work = || -> Result<(), VaultError> {
            let (opener, plaintext) = (Opener::new()?, Vec::new());
            let mut reader = Reader { inner, opener, plaintext, cancel, read: Read::default() };
            while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                cancel.checkpoint()?;
                let places = reader.perform(task)?;
                progress(places.iter().map(|place| place.location.blob.plaintext_bytes()).sum());
            }
            all.lock().unwrap_or_else(PoisonError::into_inner).add(reader.read);
            Ok(())
        };
        let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            running.into_iter().try_for_each(|one| {
                one.join().unwrap_or_else(|_| {
                    Err(VaultError::damaged("reader", "its threads stopped unexpectedly"))
                })
            })
        })?;
        Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn tasks(&self) -> Vec<Task<'_>> {
        let mut tasks = Vec::new();
        for of_pack in self.places.chunk_by(|one, next| one.location.pack == next.location.pack) {
            let bytes = of_pack.first().and_then(|place| self.packs.get(&place.location.pack)).copied();
            match bytes.filter(|bytes| is_worth_comparing(of_pack, *bytes)) {
                Some(bytes) => tasks.push(Task::Compare(of_pack, bytes)),
                None => tasks.extend(of_pack.chunk_by(is_near).flat_map(split).map(Task::Open)),
            }
        }
        tasks
    }
}

impl Read {
    fn add(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.hashed += other.hashed;
        self.unchanged += other.unchanged;
    }
}

fn is_worth_comparing(of_pack: &[Place], bytes: u64) -> bool {
    let wanted: u64 = of_pack.iter().map(|place| u64::from(place.location.blob.length)).sum();
    // What an index puts beyond the end is no part of what is hashed.
    let is_covered = |place: &Place| place.is_known && end(place) <= bytes;
    bytes <= PACK_BYTES_MAX && of_pack.iter().all(is_covered) && wanted.saturating_mul(WANTED_PART) >= bytes
}

fn end(place: &Place) -> u64 {
    u64::from(place.location.blob.offset) + u64::from(place.location.blob.length)
}

fn is_near(one: &Place, next: &Place) -> bool {
    u64::from(next.location.blob.offset) <= end(one) + GAP_BYTES_MAX
}

/// Neighbours, in requests of a bounded size.
fn split(neighbours: &[Place]) -> Vec<&[Place]> {
    let (mut groups, mut rest) = (Vec::new(), neighbours);
    while let Some(first) = rest.first() {
        let start = u64::from(first.location.blob.offset);
        let fits = |place: &&Place| end(place) - start <= REQUEST_BYTES_MAX;
        let count = rest.iter().take_while(fits).count().max(1);
        let (group, others) = rest.split_at(count);
        groups.push(group);
        rest = others;
    }
    groups
}

impl Reader<'_> {
    fn perform<'a>(&mut self, task: &Task<'a>) -> Result<&'a [Place], VaultError> {
        match *task {
            Task::Open(places) => self.open(places)?,
            Task::Compare(places, bytes) if self.is_as_named(places, bytes)? => {
                self.read.unchanged += places.len() as u64;
            }
            Task::Compare(places, _) => {
                for group in places.chunk_by(is_near).flat_map(split) {
                    self.cancel.checkpoint()?;
                    self.open(group)?;
                }
            }
        }
        let (Task::Open(places) | Task::Compare(places, _)) = *task;
        Ok(places)
    }

    /// Whether the first bytes of a pack, as many as it has to have, have the hash that is its name. What cannot be
    /// fetched has not.
    fn is_as_named(&self, places: &[Place], bytes: u64) -> Result<bool, VaultError> {
        let Some(Place { location, .. }) = places.first() else { return Ok(false) };
        let (pack, mut hash, mut offset) = (location.pack.to_string(), Context::new(&SHA256), 0);
        while offset < bytes {
            self.cancel.checkpoint()?;
            let length = (bytes - offset).min(REQUEST_BYTES_MAX);
            let fetched = self.inner.repository.store.get_range(FileKind::Data, &pack, offset, length);
            match fetched.map_err(VaultError::from) {
                Ok(part) => hash.update(&part),
                Err(VaultError::Cancelled) => return Err(VaultError::Cancelled),
                Err(_) => return Ok(false),
            }
            offset += length;
        }
        Ok(Id::from_digest(&hash.finish()) == location.pack)
    }

    fn open(&mut self, group: &[Place]) -> Result<(), VaultError> {
        let (Some(first), Some(furthest)) = (group.first(), group.iter().map(end).max()) else {
            return Ok(());
        };
        let start = u64::from(first.location.blob.offset);
        let pack = first.location.pack.to_string();
        self.read.hashed += group.len() as u64;
        let repository = &self.inner.repository;
        let fetched = repository.store.get_range(FileKind::Data, &pack, start, furthest - start);
        let mut sealed = match fetched.map_err(VaultError::from) {
            Ok(sealed) => sealed,
            Err(VaultError::Cancelled) => return Err(VaultError::Cancelled),
            Err(error) => {
                let what = error.to_string();
                let all = group.iter().map(|place| (name(&place.location.blob), what.clone()));
                self.read.problems.extend(all);
                return Ok(());
            }
        };
        let mut after = start;
        for place in group {
            let blob = &place.location.blob;
            let from = usize::try_from(u64::from(blob.offset) - start).unwrap_or(usize::MAX);
            let range = from..from.saturating_add(blob.length as usize);
            // Opening happens in place, and only once.
            let part = sealed.get_mut(range).filter(|_| u64::from(blob.offset) >= after);
            after = end(place);
            let opened = match part {
                None => Err(VaultError::damaged(FileKind::Data.file(&pack), "its blobs overlap")),
                Some(part) => self.opener.open_into(repository, &place.location, part, &mut self.plaintext),
            };
            self.read.problems.extend(opened.err().map(|error| (name(blob), error.to_string())));
        }
        Ok(())
    }
}
