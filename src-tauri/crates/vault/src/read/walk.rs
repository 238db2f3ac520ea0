//! Walking the trees of a snapshot.

use std::sync::Arc;

use jiff::Timestamp;

use super::FileReader;
use crate::error::VaultError;
use crate::id::Id;
use crate::path::{DEPTH_READ_MAX, PATH_READ_BYTES_MAX};
use crate::tree::{MODE_PERMISSIONS, Node};
use crate::vault::Inner;

/// The entries of one snapshot; a listing of so many takes about a gigabyte.
const ENTRIES_MAX: usize = 5_000_000;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file with content.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device, a pipe, a socket.
    Other,
}

/// One entry of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path from the snapshot's root, with a slash at its beginning. Bytes that are no UTF-8
    /// are replaced.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// The size in bytes; 0 for all but files.
    pub size: u64,
    /// The permission bits.
    pub mode: u32,
    /// When it was last changed, if its writer said so readably.
    pub modified: Option<Timestamp>,
}

/// What [`visit`] comes across.
pub(crate) enum Visited<'a> {
    /// A tree, before its nodes.
    Tree(&'a Id),
    /// A node; `path` holds the names' bytes from the root.
    Node { path: &'a [Vec<u8>], node: &'a Node },
}

/// Visits every tree and node below a root, directories before what is in them. Without recursion: what
/// others wrote may be deeper than a thread's stack.
pub(crate) fn visit(
    inner: &Inner,
    root: &Id,
    visitor: &mut dyn FnMut(Visited<'_>) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let damaged = |tree: &Id, what: &str| VaultError::damaged(format!("tree {tree}"), what);
    let (mut visited, mut path) = (0, Vec::new());
    visitor(Visited::Tree(root))?;
    // What is left of each directory from the root down to where we are.
    let mut open = vec![(*root, inner.tree(root)?.nodes.into_iter())];
    while let Some((tree, nodes)) = open.last_mut() {
        let Some(node) = nodes.next() else {
            open.pop();
            path.pop();
            continue;
        };
        visited += 1;
        if visited > ENTRIES_MAX {
            return Err(damaged(tree, "the snapshot has too many entries"));
        }
        path.push(node.name_bytes().ok_or_else(|| damaged(tree, "it has a name that is none"))?);
        visitor(Visited::Node { path: &path, node: &node })?;
        let Some(subtree) = node.subtree else {
            path.pop();
            continue;
        };
        if path.len() > DEPTH_READ_MAX {
            return Err(damaged(&subtree, &format!("it is deeper than {DEPTH_READ_MAX} directories")));
        }
        if path.iter().map(Vec::len).sum::<usize>() > PATH_READ_BYTES_MAX {
            return Err(damaged(&subtree, "its path is longer than any"));
        }
        visitor(Visited::Tree(&subtree))?;
        let nodes = inner.tree(&subtree)?.nodes.into_iter();
        open.push((subtree, nodes));
    }
    Ok(())
}

/// The flat listing of a tree.
pub(crate) fn entries(inner: &Inner, root: &Id) -> Result<Vec<Entry>, VaultError> {
    let mut entries = Vec::new();
    visit(inner, root, &mut |visited| {
        if let Visited::Node { path, node } = visited {
            entries.push(Entry {
                path: joined(path),
                kind: kind(node),
                size: node.size,
                mode: node.mode & MODE_PERMISSIONS,
                modified: node.mtime.parse().ok(),
            });
        }
        Ok(())
    })?;
    Ok(entries)
}

/// Every file of a tree in the order of [`entries`], with a reader of its own.
pub(crate) fn files<E: From<VaultError>>(
    inner: &Arc<Inner>,
    root: &Id,
    visitor: &mut dyn FnMut(&str, FileReader) -> Result<(), E>,
) -> Result<(), E> {
    let mut ended = None;
    let walked = visit(inner, root, &mut |visited| {
        let Visited::Node { path, node } = visited else { return Ok(()) };
        if kind(node) != EntryKind::File {
            return Ok(());
        }
        let path = joined(path);
        let reader = FileReader::new(inner, &path, node.clone(), 0, u64::MAX)?;
        visitor(&path, reader).map_err(|error| {
            ended = Some(error);
            VaultError::Cancelled
        })
    });
    match ended {
        Some(error) => Err(error),
        None => Ok(walked?),
    }
}

/// The node of a file.
pub(crate) fn find_file(inner: &Inner, root: &Id, path: &str) -> Result<Node, VaultError> {
    let missing = || VaultError::Missing { file: format!("{path} in the snapshot") };
    let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
    let mut tree = *root;
    while let Some(part) = parts.next() {
        let found = inner.recent.get(inner, &tree)?;
        // In the order of their names, but for those that are no text, which are looked for one by one.
        let by_name = |node: &Node| node.name_bytes().unwrap_or_default();
        let at = found.nodes.binary_search_by(|node| by_name(node).as_slice().cmp(part.as_bytes())).ok();
        let is_it = |node: &Node| String::from_utf8_lossy(&by_name(node)) == part;
        let at = at.or_else(|| found.nodes.iter().position(is_it)).ok_or_else(missing)?;
        let node = &found.nodes[at];
        if parts.peek().is_none() {
            return if kind(node) == EntryKind::File { Ok(node.clone()) } else { Err(missing()) };
        }
        tree = node.subtree.ok_or_else(missing)?;
    }
    Err(missing())
}

pub(crate) fn joined(path: &[Vec<u8>]) -> String {
    path.iter().fold(String::new(), |text, name| text + "/" + &String::from_utf8_lossy(name))
}

pub(crate) fn kind(node: &Node) -> EntryKind {
    match node.kind.as_str() {
        "file" => EntryKind::File,
        "dir" => EntryKind::Directory,
        "symlink" => EntryKind::Link,
        _ => EntryKind::Other,
    }
}
