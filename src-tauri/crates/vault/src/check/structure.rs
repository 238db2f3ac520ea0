//! The structure: every pack of the indexes exists with the right length, and everything that a
//! snapshot refers to is in an index.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::Findings;
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::Index;
use crate::index::file::IndexFile;
use crate::pack::{BlobKind, PACK_BYTES_FIXED, PackedBlob};
use crate::store::FileKind;
use crate::tree::Node;
use crate::vault::Inner;

/// What the indexes and the listing say of the packs.
pub(super) struct Packs {
    /// The packs of the indexes that exist with the right length, in order of their names.
    pub(super) sound: Vec<(Id, IndexedPackFacts)>,
    /// The packs in the store.
    pub(super) stored: u64,
}

/// What the index says of one pack.
#[derive(Clone, Copy)]
pub(super) struct IndexedPackFacts {
    pub(super) bytes: u64,
    pub(super) blobs: usize,
}

/// Reads all indexes, and compares them with the listing.
pub(super) fn check_packs(
    inner: &Arc<Inner>,
    findings: &mut Findings,
    cancel: &Cancel,
) -> Result<Packs, VaultError> {
    let indexed = load_indexes(inner, findings, cancel)?;
    let listing = inner.repository.store.list(FileKind::Data)?;
    let stored: HashMap<Id, u64> =
        listing.iter().filter_map(|file| Some((file.name.parse().ok()?, file.size))).collect();
    let mut sound = Vec::with_capacity(indexed.len());
    for (pack, facts) in indexed {
        let file = FileKind::Data.file(&pack.to_string());
        match stored.get(&pack) {
            Some(size) if *size == facts.bytes => sound.push((pack, facts)),
            Some(size) => findings.add(file, format!("it has {size} bytes, and should have {}", facts.bytes)),
            None => findings.add(file, "it is missing"),
        }
    }
    sound.sort_unstable_by_key(|(pack, _)| *pack);
    Ok(Packs { sound, stored: stored.len() as u64 })
}

/// The packs of all index files. What was read replaces the vault's index, so that what follows
/// sees the repository as it is.
fn load_indexes(
    inner: &Arc<Inner>,
    findings: &mut Findings,
    cancel: &Cancel,
) -> Result<HashMap<Id, IndexedPackFacts>, VaultError> {
    let repository = &inner.repository;
    let (mut packs, mut index) = (HashMap::new(), Index::default());
    for id in repository.ids(FileKind::Index)? {
        cancel.checkpoint()?;
        let name = FileKind::Index.file(&id.to_string());
        let loaded: Result<IndexFile, _> = repository.load(FileKind::Index, &id);
        let Some(file) = findings.take(&name, loaded)? else { continue };
        index.add_file(id);
        for pack in file.packs {
            let blobs: Vec<PackedBlob> = pack.blobs.into_iter().map(PackedBlob::from).collect();
            let bytes = blobs.iter().map(PackedBlob::bytes_in_pack).sum::<u64>() + PACK_BYTES_FIXED;
            packs.insert(pack.id, IndexedPackFacts { bytes, blobs: blobs.len() });
            index.load(pack.id, blobs);
        }
    }
    index.settle();
    *inner.index_mut() = index;
    Ok(packs)
}

/// Walks the trees of all snapshots, each tree once; yields the number of snapshots.
pub(super) fn check_snapshots(
    inner: &Arc<Inner>,
    findings: &mut Findings,
    cancel: &Cancel,
) -> Result<u64, VaultError> {
    let mut seen = HashSet::new();
    let mut snapshots = 0;
    for id in inner.repository.ids(FileKind::Snapshot)? {
        let name = FileKind::Snapshot.file(&id.to_string());
        let loaded = crate::snapshot::load(&inner.repository, &SnapshotId(id));
        let Some(snapshot) = findings.take(&name, loaded)? else { continue };
        snapshots += 1;
        let mut trees = vec![(snapshot.tree, String::new())];
        while let Some((tree, path)) = trees.pop() {
            cancel.checkpoint()?;
            if !seen.insert(tree) {
                continue;
            }
            let place = format!("{name}:{path}/");
            let Some(loaded) = findings.take(&place, read_tree(inner, &tree))? else { continue };
            for node in &loaded.nodes {
                let place = format!("{place}{}", node.name);
                check_node(inner, &place, node, findings);
                if let Some(subtree) = node.subtree {
                    trees.push((subtree, format!("{path}/{}", node.name)));
                }
            }
        }
    }
    Ok(snapshots)
}

/// Unlike [`Inner::tree`], does not load the index again for each tree that is missing.
fn read_tree(inner: &Inner, tree: &Id) -> Result<crate::tree::Tree, VaultError> {
    if inner.index().contains(tree, BlobKind::Tree) {
        return inner.tree(tree);
    }
    Err(VaultError::Missing { file: format!("tree {tree}") })
}

fn check_node(inner: &Inner, place: &str, node: &Node, findings: &mut Findings) {
    if node.name_bytes().is_none() {
        findings.add(place, "its name is none that a directory can hold");
    }
    match node.kind.as_str() {
        "dir" if node.subtree.is_none() => findings.add(place, "it is a directory without a tree"),
        "file" => {
            let (index, mut bytes, mut is_complete) = (inner.index(), 0, true);
            for id in node.content.iter().flatten() {
                if let Some(location) = index.find(id, BlobKind::Data) {
                    bytes += location.blob.plaintext_bytes();
                } else {
                    is_complete = false;
                    findings.add(place, format!("blob {id} is in no index"));
                }
            }
            if is_complete && bytes != node.size {
                findings
                    .add(place, format!("its blobs have {bytes} bytes, and it should have {}", node.size));
            }
        }
        _ => {}
    }
}
