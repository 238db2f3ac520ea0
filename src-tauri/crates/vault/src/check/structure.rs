//! The structure: every pack of the indexes exists with the right length, and everything that a
//! snapshot refers to is in an index.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::{FindingKind, Findings};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::Index;
use crate::index::file::IndexFile;
use crate::pack::{self, BlobKind, PACK_BYTES_FIXED, PackedBlob};
use crate::path::DEPTH_READ_MAX;
use crate::read::blob::Opener;
use crate::store::FileKind;
use crate::tree::{Node, Tree};
use crate::vault::Inner;
use crate::words::counted;

/// What the indexes and the listing say of the packs.
pub(super) struct Packs {
    /// The packs of the indexes that exist with the right length, in order of their names.
    pub(super) sound: Vec<(Id, IndexedPackFacts)>,
    /// The packs in the store.
    pub(super) stored: u64,
    /// The index files that were read.
    pub(super) index_files: Vec<Id>,
}

/// What the index says of one pack.
#[derive(Clone, Copy)]
pub(super) struct IndexedPackFacts {
    pub(super) bytes: u64,
    /// What it holds and where, as [`pack::digest`].
    pub(super) digest: Id,
}

/// Reads all indexes, and compares them with the listing.
pub(super) fn check_packs(
    inner: &Arc<Inner>,
    findings: &mut Findings,
    moves: &dyn Fn(),
    cancel: &Cancel,
) -> Result<Packs, VaultError> {
    let (index_files, indexed) = load_indexes(inner, findings, moves, cancel)?;
    let listing = inner.repository.store.list(FileKind::Data)?;
    let stored: HashMap<Id, u64> =
        listing.iter().filter_map(|file| Some((file.name.parse().ok()?, file.size))).collect();
    let mut sound = Vec::with_capacity(indexed.len());
    for (pack, facts) in indexed {
        let file = FileKind::Data.file(&pack.to_string());
        match stored.get(&pack) {
            Some(size) if *size == facts.bytes => sound.push((pack, facts)),
            Some(size) => findings.add(
                FindingKind::Pack,
                file,
                format!("it has {}, and should have {}", counted(*size, "byte"), facts.bytes),
            ),
            None => findings.add(FindingKind::Pack, file, "it is missing"),
        }
    }
    sound.sort_unstable_by_key(|(pack, _)| *pack);
    Ok(Packs { sound, stored: stored.len() as u64, index_files })
}

/// The packs of all index files. What was read replaces the vault's index, so that what follows
/// sees the repository as it is.
fn load_indexes(
    inner: &Arc<Inner>,
    findings: &mut Findings,
    moves: &dyn Fn(),
    cancel: &Cancel,
) -> Result<(Vec<Id>, HashMap<Id, IndexedPackFacts>), VaultError> {
    let repository = &inner.repository;
    // Another program may have upgraded the repository since it was opened.
    let has_compression =
        repository.read_config().map_or(repository.has_compression(), |config| config.has_compression());
    let mut packs = HashMap::new();
    // In the place of the old table: two of a large vault would not fit into its memory. Whoever reads
    // meanwhile waits.
    let mut index = inner.index_mut();
    *index = Index::default();
    let files = repository.ids(FileKind::Index)?;
    let loaded = files.iter().copied().try_for_each(|id| -> Result<(), VaultError> {
        cancel.checkpoint()?;
        moves();
        let name = FileKind::Index.file(&id.to_string());
        let loaded: Result<IndexFile, _> = repository.load(FileKind::Index, &id);
        // Whoever merged it into another one meanwhile has removed it.
        let Some(file) = findings.take_if_there(FindingKind::Index, &name, loaded)? else {
            return Ok(());
        };
        index.add_file(id);
        for pack in file.packs {
            let blobs: Vec<PackedBlob> = pack.blobs.into_iter().map(PackedBlob::from).collect();
            if !has_compression && blobs.iter().any(|blob| blob.uncompressed > 0) {
                findings.add(
                    FindingKind::Malformed,
                    &name,
                    format!("pack {} is compressed, which format 1 does not have", pack.id),
                );
            }
            let bytes = blobs.iter().map(PackedBlob::bytes_in_pack).sum::<u64>() + PACK_BYTES_FIXED;
            index.load(pack.id, blobs.iter().copied());
            let facts = IndexedPackFacts { bytes, digest: pack::digest(blobs) };
            // The same pack in several indexes is legal, as long as they agree.
            if packs.insert(pack.id, facts).is_some_and(|before| before.digest != facts.digest) {
                findings.add(
                    FindingKind::Index,
                    &name,
                    format!("pack {} has other blobs in another place", pack.id),
                );
            }
        }
        Ok(())
    });
    // Also after a failure: what was loaded by then has to be found.
    index.settle();
    loaded.map(|()| (files, packs))
}

/// Walks the trees of these snapshots, each tree once; yields how many snapshots were readable.
pub(super) fn check_snapshots(
    inner: &Arc<Inner>,
    ids: Vec<Id>,
    findings: &mut Findings,
    moves: &dyn Fn(),
    cancel: &Cancel,
) -> Result<u64, VaultError> {
    let mut seen = HashSet::new();
    let mut snapshots = 0;
    for id in ids {
        moves();
        let name = FileKind::Snapshot.file(&id.to_string());
        let loaded = crate::snapshot::load(&inner.repository, &SnapshotId(id));
        let Some(snapshot) = findings.take_if_there(FindingKind::Document, &name, loaded)? else { continue };
        snapshots += 1;
        check_trees(inner, &name, snapshot.tree, &mut seen, findings, cancel)?;
    }
    Ok(snapshots)
}

/// Walks everything below a root, but trees that were seen before.
fn check_trees(
    inner: &Inner,
    snapshot: &str,
    root: Id,
    seen: &mut HashSet<Id>,
    findings: &mut Findings,
    cancel: &Cancel,
) -> Result<(), VaultError> {
    let mut trees = vec![(root, String::new(), 0)];
    while let Some((tree, path, depth)) = trees.pop() {
        cancel.checkpoint()?;
        if !seen.insert(tree) {
            continue;
        }
        let place = format!("{snapshot}:{path}/");
        if depth > DEPTH_READ_MAX {
            findings.add(
                FindingKind::Malformed,
                place,
                format!("it is deeper than {DEPTH_READ_MAX} directories, and cannot be read"),
            );
            continue;
        }
        let Some(loaded) = read_tree(inner, &tree, &place, findings)? else { continue };
        let mut names = HashSet::with_capacity(loaded.nodes.len());
        for node in &loaded.nodes {
            let place = format!("{place}{}", node.name);
            if !names.insert(&node.name) {
                findings.add(FindingKind::Malformed, &place, "its directory has this name twice");
            }
            check_node(inner, &place, node, findings);
            if let Some(subtree) = node.subtree {
                trees.push((subtree, format!("{path}/{}", node.name), depth + 1));
            }
        }
    }
    Ok(())
}

/// Unlike [`Inner::tree`], does not load the index again for each tree that is missing, and tells a pack that
/// is damaged from a tree that was written so.
fn read_tree(
    inner: &Inner,
    tree: &Id,
    place: &str,
    findings: &mut Findings,
) -> Result<Option<Tree>, VaultError> {
    if !inner.index().contains(tree, BlobKind::Tree) {
        findings.add_missing(place, *tree, BlobKind::Tree);
        return Ok(None);
    }
    let encoded = Opener::new()?.tree(inner, tree);
    let Some(encoded) = findings.take(FindingKind::Pack, place, encoded)? else { return Ok(None) };
    match Tree::decode(&encoded) {
        Ok(decoded) => Ok(Some(decoded)),
        Err(error) => {
            findings.add(FindingKind::Malformed, place, format!("tree {tree} is not readable: {error}"));
            Ok(None)
        }
    }
}

fn check_node(inner: &Inner, place: &str, node: &Node, findings: &mut Findings) {
    if node.name_bytes().is_none() {
        findings.add(FindingKind::Malformed, place, "its name is none that a directory can hold");
    }
    match node.kind.as_str() {
        "dir" if node.subtree.is_none() => {
            findings.add(FindingKind::Malformed, place, "it is a directory without a tree");
        }
        "file" => {
            let (index, mut bytes, mut is_complete) = (inner.index(), 0, true);
            for id in node.content.iter().flatten() {
                if let Some(location) = index.find(id, BlobKind::Data) {
                    bytes += location.blob.plaintext_bytes();
                } else {
                    is_complete = false;
                    findings.add_missing(place, *id, BlobKind::Data);
                }
            }
            if is_complete && bytes != node.size {
                let what =
                    format!("its blobs have {}, and it should have {}", counted(bytes, "byte"), node.size);
                findings.add(FindingKind::Malformed, place, what);
            }
        }
        _ => {}
    }
}
