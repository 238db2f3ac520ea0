//! Reading one snapshot back: every blob that it refers to is fetched from the store again, from
//! the place that the stored indexes name, not from where this process remembers to have put it.
//!
//! A blob is decrypted, decompressed, and its hash compared (`check::places`). If a snapshot that was read
//! back before refers to it too, it is enough that its whole pack has the hash that is its name: then no bit
//! of it has changed, and it is where it was. An authentication code alone would say neither.

use hashbrown::HashMap;

use super::places::Places;
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::Location;
use crate::index::file::IndexFile;
use crate::pack::{BlobKind, PACK_BYTES_FIXED, PackedBlob};
use crate::read::walk::{EntryKind, Visited, joined, kind, visit};
use crate::store::FileKind;
use crate::vault::Inner;
use crate::words::counted;

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
    /// Blobs that the snapshot before has too, in packs whose own hashes were compared: no bit of them has
    /// changed, and each is where it was.
    pub blobs_unchanged: u64,
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
pub(super) type Name = (Id, bool);

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
    let places = places(inner, &mut wanted, cancel)?;
    let read = places.read(inner, progress, cancel)?;
    for (name, problem) in read.problems {
        if let Some(state) = wanted.blobs.get_mut(&name) {
            state.problem.get_or_insert(problem);
        }
    }
    Ok(report(wanted, read.hashed, read.unchanged))
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
fn places(inner: &Inner, wanted: &mut Wanted, cancel: &Cancel) -> Result<Places, VaultError> {
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
) -> Result<Places, VaultError> {
    let mut places = Places::default();
    wanted.blobs.values_mut().for_each(|state| state.places = 0);
    for id in files {
        cancel.checkpoint()?;
        let file: IndexFile = inner.repository.load(FileKind::Index, &id)?;
        for pack in file.packs {
            let mut bytes = PACK_BYTES_FIXED;
            for blob in pack.blobs.into_iter().map(PackedBlob::from) {
                bytes = bytes.saturating_add(blob.bytes_in_pack());
                let Some(state) = wanted.blobs.get_mut(&name(&blob)) else { continue };
                (state.bytes, state.places) = (Some(blob.plaintext_bytes()), state.places + 1);
                places.add(Location { pack: pack.id, blob });
            }
            places.has_bytes(pack.id, bytes);
        }
    }
    places.settle(|blob| {
        // Which of several copies was read earlier is not known.
        wanted.blobs.get(&name(blob)).is_some_and(|state| state.is_known && state.places == 1)
    });
    Ok(places)
}

pub(super) fn name(blob: &PackedBlob) -> Name {
    (blob.id, blob.kind == BlobKind::Tree)
}

fn report(wanted: Wanted, blobs_hashed: u64, blobs_unchanged: u64) -> ReadBack {
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
    ReadBack { files: files.collect(), trees: trees.collect(), blobs_hashed, blobs_unchanged }
}
