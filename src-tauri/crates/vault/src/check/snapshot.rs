//! Reading one snapshot back: every blob that it refers to is fetched from the store again, from
//! the place that the stored indexes name, not from where this process remembers to have put it.
//!
//! A blob is decrypted, decompressed, and its hash compared. If a snapshot that was read back
//! before refers to it too, its authentication code is enough: no bit of it has changed since its
//! hash was compared.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use hashbrown::HashMap;

use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::Location;
use crate::index::file::IndexFile;
use crate::pack::{BlobKind, PackedBlob};
use crate::read::blob::{Opener, authenticate};
use crate::read::walk::{EntryKind, Visited, joined, kind, visit};
use crate::store::FileKind;
use crate::vault::Inner;
use crate::words::counted;

/// Threads that fetch and decrypt.
const THREADS_MAX: usize = 4;
/// One request; each thread holds one.
const REQUEST_BYTES_MAX: u64 = 4 << 20;
/// Reading over a gap is cheaper than asking again.
const GAP_BYTES_MAX: u64 = 128 << 10;
/// Another process may merge index files while they are read; then they are listed again.
const LISTINGS_MAX: usize = 3;

/// What reading a snapshot back showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadBack {
    /// Its files, with what is wrong with them.
    pub files: Vec<FileReadBack>,
    /// What is wrong with its directories, as sentences.
    pub trees: Vec<String>,
    /// Blobs that were decrypted and decompressed, and whose hashes were compared.
    pub blobs_hashed: u64,
    /// Blobs of which the authentication code was compared, and no more.
    pub blobs_authenticated: u64,
}

/// One file of a snapshot that was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReadBack {
    /// The path from the snapshot's root, with a slash at its beginning.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The first thing that is wrong with it.
    pub problem: Option<String>,
}

/// A blob's name, and whether it is a tree.
type Name = (Id, bool);

/// What the snapshot refers to.
#[derive(Default)]
struct Wanted {
    files: Vec<(FileReadBack, Vec<Id>)>,
    blobs: HashMap<Name, State>,
}

/// What is known of one blob.
#[derive(Default)]
struct State {
    is_known: bool,
    /// The plaintext's length, once an index named a place.
    bytes: Option<u64>,
    places: usize,
    problem: Option<String>,
}

/// A place to read. A blob that is stored twice has two: nobody can say which one a reader takes.
#[derive(Clone, Copy)]
struct Place {
    location: Location,
    is_known: bool,
}

/// Reads a snapshot back. `before` is one of which every hash was compared earlier.
pub(crate) fn read_back(
    inner: &Inner,
    snapshot: &SnapshotId,
    before: Option<&SnapshotId>,
    progress: &(dyn Fn(u64) + Sync),
    cancel: &Cancel,
) -> Result<ReadBack, VaultError> {
    // So that nobody moves packs meanwhile, and what was moved is not taken for something that is missing.
    let _lock = super::lock(inner)?;
    let mut wanted = wanted(inner, snapshot, cancel)?;
    if let Some(before) = before {
        match mark_known(inner, before, &mut wanted, cancel) {
            Err(VaultError::Cancelled) => return Err(VaultError::Cancelled),
            // An earlier snapshot that is gone or damaged vouches for nothing: all hashes are compared.
            Err(_) => wanted.blobs.values_mut().for_each(|state| state.is_known = false),
            Ok(()) => {}
        }
    }
    let mut places = places(inner, &mut wanted, cancel)?;
    places.sort_unstable_by_key(|place| (place.location.pack, place.location.blob.offset));
    for (name, problem) in read(inner, &places, progress, cancel)? {
        if let Some(state) = wanted.blobs.get_mut(&name) {
            state.problem.get_or_insert(problem);
        }
    }
    let known = places.iter().filter(|place| place.is_known).count() as u64;
    Ok(report(wanted, places.len() as u64 - known, known))
}

fn wanted(inner: &Inner, snapshot: &SnapshotId, cancel: &Cancel) -> Result<Wanted, VaultError> {
    let root = crate::snapshot::load(&inner.repository, snapshot)?.tree;
    let mut wanted = Wanted::default();
    visit(inner, &root, &mut |visited| {
        cancel.checkpoint()?;
        match visited {
            Visited::Tree(id) => {
                wanted.blobs.entry((*id, true)).or_default();
            }
            Visited::Node { path, node } if kind(node) == EntryKind::File => {
                let content = node.content.clone().unwrap_or_default();
                for id in &content {
                    wanted.blobs.entry((*id, false)).or_default();
                }
                let file = FileReadBack { path: joined(path), bytes: node.size, problem: None };
                wanted.files.push((file, content));
            }
            Visited::Node { .. } => {}
        }
        Ok(())
    })?;
    Ok(wanted)
}

fn mark_known(
    inner: &Inner,
    before: &SnapshotId,
    wanted: &mut Wanted,
    cancel: &Cancel,
) -> Result<(), VaultError> {
    let root = crate::snapshot::load(&inner.repository, before)?.tree;
    let mut mark = |id: &Id, is_tree| {
        if let Some(state) = wanted.blobs.get_mut(&(*id, is_tree)) {
            state.is_known = true;
        }
    };
    visit(inner, &root, &mut |visited| {
        cancel.checkpoint()?;
        match visited {
            Visited::Tree(id) => mark(id, true),
            Visited::Node { node, .. } => node.content.iter().flatten().for_each(|id| mark(id, false)),
        }
        Ok(())
    })
}

/// Where the stored index files say that the blobs are; one file is in memory at a time.
fn places(inner: &Inner, wanted: &mut Wanted, cancel: &Cancel) -> Result<Vec<Place>, VaultError> {
    let repository = &inner.repository;
    for _ in 1..LISTINGS_MAX {
        match list_places(inner, wanted, cancel, repository.ids(FileKind::Index)?) {
            Err(VaultError::Missing { .. }) => {}
            other => return other,
        }
    }
    list_places(inner, wanted, cancel, repository.ids(FileKind::Index)?)
}

fn list_places(
    inner: &Inner,
    wanted: &mut Wanted,
    cancel: &Cancel,
    files: Vec<Id>,
) -> Result<Vec<Place>, VaultError> {
    let mut places = Vec::with_capacity(wanted.blobs.len());
    wanted.blobs.values_mut().for_each(|state| state.places = 0);
    for id in files {
        cancel.checkpoint()?;
        let file: IndexFile = inner.repository.load(FileKind::Index, &id)?;
        for pack in file.packs {
            for blob in pack.blobs.into_iter().map(PackedBlob::from) {
                let Some(state) = wanted.blobs.get_mut(&name(&blob)) else { continue };
                (state.bytes, state.places) = (Some(blob.plaintext_bytes()), state.places + 1);
                places.push(Place { location: Location { pack: pack.id, blob }, is_known: false });
            }
        }
    }
    for place in &mut places {
        // Which of several copies was read earlier is not known.
        let state = wanted.blobs.get(&name(&place.location.blob));
        place.is_known = state.is_some_and(|state| state.is_known && state.places == 1);
    }
    Ok(places)
}

/// Reads the places in the order of the packs; yields what is wrong with which blob.
fn read(
    inner: &Inner,
    places: &[Place],
    progress: &(dyn Fn(u64) + Sync),
    cancel: &Cancel,
) -> Result<Vec<(Name, String)>, VaultError> {
    let groups: Vec<&[Place]> = places.chunk_by(is_near).flat_map(split).collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || -> Result<(), VaultError> {
        let (mut opener, mut plaintext) = (Opener::new()?, Vec::new());
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            cancel.checkpoint()?;
            let problems = read_group(inner, group, &mut opener, &mut plaintext)?;
            found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(problems);
            progress(group.iter().map(|place| place.location.blob.plaintext_bytes()).sum());
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|one| {
            one.join()
                .unwrap_or_else(|_| Err(VaultError::damaged("reader", "its threads stopped unexpectedly")))
        })
    })?;
    Ok(found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn is_near(one: &Place, next: &Place) -> bool {
    let end = u64::from(one.location.blob.offset) + u64::from(one.location.blob.length);
    one.location.pack == next.location.pack && u64::from(next.location.blob.offset) <= end + GAP_BYTES_MAX
}

/// Neighbours, in requests of a bounded size.
fn split(neighbours: &[Place]) -> Vec<&[Place]> {
    let (mut groups, mut rest) = (Vec::new(), neighbours);
    while let Some(first) = rest.first() {
        let start = u64::from(first.location.blob.offset);
        let fits = |place: &&Place| {
            let blob = &place.location.blob;
            u64::from(blob.offset) + u64::from(blob.length) - start <= REQUEST_BYTES_MAX
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let (group, others) = rest.split_at(count);
        groups.push(group);
        rest = others;
    }
    groups
}

/// Only what says nothing of these blobs is an error.
fn read_group(
    inner: &Inner,
    group: &[Place],
    opener: &mut Opener,
    plaintext: &mut Vec<u8>,
) -> Result<Vec<(Name, String)>, VaultError> {
    let Some(first) = group.first() else { return Ok(Vec::new()) };
    let start = u64::from(first.location.blob.offset);
    let blob_end =
        |place: &Place| u64::from(place.location.blob.offset) + u64::from(place.location.blob.length);
    let end = group.iter().map(blob_end).max().unwrap_or(start);
    let pack = first.location.pack.to_string();
    let fetched = inner.repository.store.get_range(FileKind::Data, &pack, start, end - start);
    let mut sealed = match fetched.map_err(VaultError::from) {
        Ok(sealed) => sealed,
        Err(VaultError::Cancelled) => return Err(VaultError::Cancelled),
        Err(error) => {
            let what = error.to_string();
            return Ok(group.iter().map(|place| (name(&place.location.blob), what.clone())).collect());
        }
    };
    let mut problems = Vec::new();
    let mut after = start;
    for place in group {
        let blob = &place.location.blob;
        let from = usize::try_from(u64::from(blob.offset) - start).unwrap_or(usize::MAX);
        let range = from..from.saturating_add(blob.length as usize);
        // Opening happens in place, and only once.
        let part = sealed.get_mut(range).filter(|_| u64::from(blob.offset) >= after);
        after = blob_end(place);
        let checked = match part {
            None => Err(VaultError::damaged(FileKind::Data.file(&pack), "its blobs overlap")),
            Some(part) if place.is_known => authenticate(&inner.repository, &place.location, part),
            Some(part) => opener.open_into(&inner.repository, &place.location, part, plaintext),
        };
        problems.extend(checked.err().map(|error| (name(blob), error.to_string())));
    }
    Ok(problems)
}

fn name(blob: &PackedBlob) -> Name {
    (blob.id, blob.kind == BlobKind::Tree)
}

fn report(wanted: Wanted, blobs_hashed: u64, blobs_authenticated: u64) -> ReadBack {
    let Wanted { files, blobs } = wanted;
    let problem_of = |name: &Name| match blobs.get(name) {
        Some(State { problem: Some(problem), .. }) => Some(problem.clone()),
        Some(State { bytes: Some(_), .. }) => None,
        _ => Some(format!("blob {} is in no index", name.0)),
    };
    let files = files.into_iter().map(|(mut file, content)| {
        file.problem = content.iter().find_map(|id| problem_of(&(*id, false)));
        let of_blob = |id: &Id| blobs.get(&(*id, false)).and_then(|state| state.bytes);
        let bytes: u64 = content.iter().filter_map(of_blob).sum();
        if file.problem.is_none() && bytes != file.bytes {
            file.problem =
                Some(format!("its blobs have {}, and it should have {}", counted(bytes, "byte"), file.bytes));
        }
        file
    });
    let trees = blobs.keys().filter(|name| name.1).filter_map(problem_of);
    ReadBack { files: files.collect(), trees: trees.collect(), blobs_hashed, blobs_authenticated }
}
