//! The snapshots that need what is not there. Unlike a check, which names each damaged place once,
//! this names every snapshot that has one.

use hashbrown::HashMap;

use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::pack::BlobKind;
use crate::path::DEPTH_MAX;
use crate::store::FileKind;
use crate::vault::Inner;

/// What is wrong below each tree that was walked: nothing, or the first thing.
type Seen = HashMap<Id, Option<String>>;

/// All snapshots that are not whole, with the first thing that each of them lacks.
pub(super) fn find(inner: &Inner, cancel: &Cancel) -> Result<Vec<(SnapshotId, String)>, VaultError> {
    let (mut seen, mut affected) = (Seen::new(), Vec::new());
    for id in inner.repository.ids(FileKind::Snapshot)? {
        let id = SnapshotId(id);
        let lacks = match crate::snapshot::load(&inner.repository, &id) {
            Ok(snapshot) => lacks(inner, &snapshot.tree, 0, &mut seen, cancel)?,
            // Forgotten since the listing.
            Err(VaultError::Missing { .. }) => None,
            Err(error @ (VaultError::Damaged { .. } | VaultError::Io { .. })) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        affected.extend(lacks.map(|what| (id, what)));
    }
    Ok(affected)
}

fn lacks(
    inner: &Inner,
    tree: &Id,
    depth: usize,
    seen: &mut Seen,
    cancel: &Cancel,
) -> Result<Option<String>, VaultError> {
    cancel.checkpoint()?;
    if let Some(known) = seen.get(tree) {
        return Ok(known.clone());
    }
    let found = look(inner, tree, depth, seen, cancel)?;
    seen.insert(*tree, found.clone());
    Ok(found)
}

fn look(
    inner: &Inner,
    tree: &Id,
    depth: usize,
    seen: &mut Seen,
    cancel: &Cancel,
) -> Result<Option<String>, VaultError> {
    if depth > DEPTH_MAX {
        return Ok(Some(format!("it is deeper than {DEPTH_MAX} directories")));
    }
    // Without asking the store again for each tree that is missing.
    if !inner.index().contains(tree, BlobKind::Tree) {
        return Ok(Some(format!("tree {tree} is missing")));
    }
    let nodes = match inner.tree(tree) {
        Ok(tree) => tree.nodes,
        Err(error @ (VaultError::Damaged { .. } | VaultError::Missing { .. } | VaultError::Io { .. })) => {
            return Ok(Some(error.to_string()));
        }
        Err(error) => return Err(error),
    };
    for node in nodes {
        let missing = node.content.iter().flatten().find(|id| !inner.index().contains(id, BlobKind::Data));
        if let Some(id) = missing {
            return Ok(Some(format!("blob {id} of “{}” is missing", node.name)));
        }
        if let Some(subtree) = &node.subtree
            && let Some(below) = lacks(inner, subtree, depth + 1, seen, cancel)?
        {
            return Ok(Some(below));
        }
    }
    Ok(None)
}
