//! The snapshots that need what is not there. Unlike a check, which names each damaged place once,
//! this names every snapshot that has one.

use std::vec::IntoIter;

use hashbrown::HashMap;

use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::pack::BlobKind;
use crate::path::DEPTH_READ_MAX;
use crate::store::FileKind;
use crate::tree::Node;
use crate::vault::Inner;

/// What is wrong below each tree that was walked: nothing, or the first thing.
type Seen = HashMap<Id, Option<String>>;

/// All snapshots that are not whole, with the first thing that each of them lacks.
pub(super) fn find(inner: &Inner, cancel: &Cancel) -> Result<Vec<(SnapshotId, String)>, VaultError> {
    let (mut seen, mut affected) = (Seen::new(), Vec::new());
    for id in inner.repository.ids(FileKind::Snapshot)? {
        let id = SnapshotId(id);
        let lacks = match crate::snapshot::load(&inner.repository, &id) {
            Ok(snapshot) => lacks(inner, snapshot.tree, &mut seen, cancel)?,
            // Forgotten since the listing.
            Err(VaultError::Missing { .. }) => None,
            Err(error @ (VaultError::Damaged { .. } | VaultError::Io { .. })) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        affected.extend(lacks.map(|what| (id, what)));
    }
    Ok(affected)
}

/// A directory that is being walked: its tree, and what is left of it.
type Open = (Id, IntoIter<Node>);

/// The first thing that a tree, or one below it, lacks. Without recursion: what others wrote may be deeper
/// than a thread's stack.
fn lacks(inner: &Inner, root: Id, seen: &mut Seen, cancel: &Cancel) -> Result<Option<String>, VaultError> {
    let mut open: Vec<Open> = Vec::new();
    let mut found = enter(inner, root, &mut open, seen)?;
    while found.is_none() {
        cancel.checkpoint()?;
        let Some((tree, nodes)) = open.last_mut() else { return Ok(None) };
        let Some(node) = nodes.next() else {
            seen.insert(*tree, None);
            open.pop();
            continue;
        };
        found = missing(inner, &node);
        if found.is_none()
            && let Some(subtree) = node.subtree
        {
            found = enter(inner, subtree, &mut open, seen)?;
        }
    }
    // Whatever it lies in lacks it too.
    seen.extend(open.iter().map(|(tree, _)| (*tree, found.clone())));
    Ok(found)
}

/// Goes into a tree that was not seen yet; yields what it is known to lack.
fn enter(
    inner: &Inner,
    tree: Id,
    open: &mut Vec<Open>,
    seen: &mut Seen,
) -> Result<Option<String>, VaultError> {
    if let Some(known) = seen.get(&tree) {
        return Ok(known.clone());
    }
    match nodes(inner, &tree, open.len())? {
        Ok(nodes) => {
            open.push((tree, nodes.into_iter()));
            Ok(None)
        }
        Err(why) => {
            seen.insert(tree, Some(why.clone()));
            Ok(Some(why))
        }
    }
}

/// The nodes of a tree, or why there are none.
fn nodes(inner: &Inner, tree: &Id, depth: usize) -> Result<Result<Vec<Node>, String>, VaultError> {
    if depth > DEPTH_READ_MAX {
        return Ok(Err(format!("it is deeper than {DEPTH_READ_MAX} directories")));
    }
    // Without asking the store again for each tree that is missing.
    if !inner.index().contains(tree, BlobKind::Tree) {
        return Ok(Err(format!("tree {tree} is missing")));
    }
    match inner.tree(tree) {
        Ok(tree) => Ok(Ok(tree.nodes)),
        Err(error @ (VaultError::Damaged { .. } | VaultError::Missing { .. } | VaultError::Io { .. })) => {
            Ok(Err(error.to_string()))
        }
        Err(error) => Err(error),
    }
}

/// The first piece of a file that is in no index.
fn missing(inner: &Inner, node: &Node) -> Option<String> {
    let index = inner.index();
    let id = node.content.iter().flatten().find(|id| !index.contains(id, BlobKind::Data))?;
    Some(format!("blob {id} of “{}” is missing", node.name))
}
