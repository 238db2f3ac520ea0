//! Walking the trees of a snapshot.

use jiff::Timestamp;

use crate::error::VaultError;
use crate::id::Id;
use crate::path::DEPTH_MAX;
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

/// Visits every tree and node below a root, directories before what is in them.
pub(crate) fn visit(
    inner: &Inner,
    root: &Id,
    visitor: &mut dyn FnMut(Visited<'_>) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let mut visited = 0;
    visit_tree(inner, root, &mut Vec::new(), &mut visited, visitor)
}

fn visit_tree(
    inner: &Inner,
    id: &Id,
    path: &mut Vec<Vec<u8>>,
    visited: &mut usize,
    visitor: &mut dyn FnMut(Visited<'_>) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let damaged = |what: &str| VaultError::damaged(format!("tree {id}"), what);
    if path.len() > DEPTH_MAX {
        return Err(damaged("it is too deep"));
    }
    visitor(Visited::Tree(id))?;
    for node in inner.tree(id)?.nodes {
        *visited += 1;
        if *visited > ENTRIES_MAX {
            return Err(damaged("the snapshot has too many entries"));
        }
        path.push(node.name_bytes().ok_or_else(|| damaged("it has a name that is none"))?);
        visitor(Visited::Node { path, node: &node })?;
        if let Some(subtree) = &node.subtree {
            visit_tree(inner, subtree, path, visited, visitor)?;
        }
        path.pop();
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

/// The node of a file.
pub(crate) fn find_file(inner: &Inner, root: &Id, path: &str) -> Result<Node, VaultError> {
    let missing = || VaultError::Missing { file: format!("{path} in the snapshot") };
    let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
    let mut tree = *root;
    while let Some(part) = parts.next() {
        let nodes = inner.tree(&tree)?.nodes;
        let is_it =
            |node: &Node| node.name_bytes().is_some_and(|name| String::from_utf8_lossy(&name) == part);
        let node = nodes.into_iter().find(is_it).ok_or_else(missing)?;
        if parts.peek().is_none() {
            return if kind(&node) == EntryKind::File { Ok(node) } else { Err(missing()) };
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
