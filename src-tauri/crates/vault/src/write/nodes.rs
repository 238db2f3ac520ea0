//! What the new snapshot will look like: directories and nodes, until they become trees.

use std::collections::BTreeMap;
use std::sync::Mutex;

use hashbrown::HashMap;

use super::pipeline::lock;
use super::relied::Relied;
use crate::error::VaultError;
use crate::id::Id;
use crate::pack::BlobKind;
use crate::path::segments;
use crate::tree::{MODE_DIRECTORY, Node, Tree};
use crate::vault::Inner;

/// The permissions of directories; their trees are part of no promise but readability.
const DIRECTORY_MODE: u32 = MODE_DIRECTORY | 0o755;
/// The parent's directories that are kept in memory for [`Nodes::keep`].
const PARENT_DIRECTORIES_MAX: usize = 64;

/// The nodes of one writer.
pub(super) struct Nodes {
    root: Mutex<Directory>,
    parent: Option<Id>,
    parent_directories: Mutex<HashMap<Id, HashMap<Vec<u8>, Node>>>,
    username: String,
}

#[derive(Default)]
pub(super) struct Directory(BTreeMap<Vec<u8>, Entry>);

enum Entry {
    Directory(Directory),
    Node(Box<Node>),
    /// A file that is being written.
    Claimed,
}

/// A name that is taken for a file, before it is written.
pub(super) struct Claim {
    directories: Vec<Vec<u8>>,
    pub(super) name: Vec<u8>,
}

/// Stores the trees; see [`Nodes::into_trees`].
pub(super) type SaveTree<'a> = dyn FnMut(&[u8]) -> Result<Id, VaultError> + 'a;

/// What a snapshot holds in all.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) bytes: u64,
    pub(super) files: u64,
}

impl Nodes {
    pub(super) fn new(parent: Option<Id>, username: &str) -> Self {
        Self {
            root: Mutex::default(),
            parent,
            parent_directories: Mutex::default(),
            username: username.to_owned(),
        }
    }

    /// Takes a name: two files cannot have the same, nor one that is a directory.
    pub(super) fn claim(&self, path: &str) -> Result<Claim, VaultError> {
        let mut segments = segments(path)?;
        let taken = |reason| VaultError::BadPath { path: path.to_owned(), reason };
        let name = segments.pop().unwrap_or_default().as_bytes().to_vec();
        let directories: Vec<Vec<u8>> = segments.iter().map(|segment| segment.as_bytes().to_vec()).collect();
        let mut root = lock(&self.root);
        let mut directory = &mut *root;
        for segment in &directories {
            let entry = directory.0.entry(segment.clone());
            directory = match entry.or_insert_with(|| Entry::Directory(Directory::default())) {
                Entry::Directory(inner) => inner,
                Entry::Node(_) | Entry::Claimed => return Err(taken("one of its directories is a file")),
            };
        }
        match directory.0.get(&name) {
            None => directory.0.insert(name.clone(), Entry::Claimed),
            Some(Entry::Directory(_)) => return Err(taken("it is a directory already")),
            Some(Entry::Node(_) | Entry::Claimed) => return Err(taken("it is written twice")),
        };
        Ok(Claim { directories, name })
    }

    /// Puts the node where its name was claimed, or gives the name back.
    fn settle(&self, claim: &Claim, node: Option<Node>) {
        let mut root = lock(&self.root);
        let mut directory = &mut *root;
        for segment in &claim.directories {
            match directory.0.get_mut(segment) {
                Some(Entry::Directory(inner)) => directory = inner,
                _ => return,
            }
        }
        match node {
            Some(node) => directory.0.insert(claim.name.clone(), Entry::Node(Box::new(node))),
            None => directory.0.remove(&claim.name),
        };
    }

    pub(super) fn fill(&self, claim: &Claim, node: Node) {
        self.settle(claim, Some(node));
    }

    /// Gives a name back: what was to be written there is left out.
    pub(super) fn release(&self, claim: &Claim) {
        self.settle(claim, None);
    }

    /// Takes a file over from the parent; yields its size.
    pub(super) fn keep(&self, inner: &Inner, path: &str, relied: &Relied) -> Result<u64, VaultError> {
        let claim = self.claim(path)?;
        let found = self.parent_node(inner, path).and_then(|node| {
            let content = node.content.as_deref().unwrap_or_default();
            let index = inner.index();
            let mut bytes = 0;
            for id in content {
                let missing = || VaultError::Missing { file: format!("blob {id} of {path}") };
                let location = index.find(id, BlobKind::Data).ok_or_else(missing)?;
                relied.on_pack(location.pack);
                bytes += location.blob.plaintext_bytes();
            }
            // A parent that is damaged must not make a snapshot that is.
            if bytes == node.size {
                Ok(node)
            } else {
                Err(VaultError::Missing { file: format!("all of {path}") })
            }
        });
        match found {
            Ok(node) => {
                let size = node.size;
                self.fill(&claim, node);
                Ok(size)
            }
            Err(error) => {
                self.release(&claim);
                Err(error)
            }
        }
    }

    fn parent_node(&self, inner: &Inner, path: &str) -> Result<Node, VaultError> {
        let missing = || VaultError::Missing { file: format!("{path} in the parent snapshot") };
        let segments = segments(path)?;
        let mut tree = self.parent.ok_or_else(missing)?;
        for (depth, segment) in segments.iter().enumerate() {
            let node = self.parent_entry(inner, &tree, segment.as_bytes())?.ok_or_else(missing)?;
            if depth + 1 == segments.len() {
                return if node.kind == "file" { Ok(node) } else { Err(missing()) };
            }
            tree = node.subtree.ok_or_else(missing)?;
        }
        Err(missing())
    }

    fn parent_entry(&self, inner: &Inner, tree: &Id, name: &[u8]) -> Result<Option<Node>, VaultError> {
        if let Some(directory) = lock(&self.parent_directories).get(tree) {
            return Ok(directory.get(name).cloned());
        }
        let nodes = inner.tree(tree)?.nodes.into_iter();
        let directory: HashMap<_, _> =
            nodes.filter_map(|node| node.name_bytes().map(|name| (name, node))).collect();
        let found = directory.get(name).cloned();
        let mut known = lock(&self.parent_directories);
        if known.len() >= PARENT_DIRECTORIES_MAX {
            known.clear();
        }
        known.insert(*tree, directory);
        Ok(found)
    }

    /// Makes the trees, the innermost first; yields the root's id.
    pub(super) fn store_trees(&self, save: &mut SaveTree<'_>) -> Result<(Id, Totals), VaultError> {
        let mut totals = Totals::default();
        let root = std::mem::take(&mut *lock(&self.root));
        let (id, _) = self.store_tree(root, save, &mut totals)?;
        Ok((id, totals))
    }

    /// A directory's time is that of its newest entry, so that the same content makes the same
    /// tree again.
    fn store_tree(
        &self,
        directory: Directory,
        save: &mut SaveTree<'_>,
        totals: &mut Totals,
    ) -> Result<(Id, String), VaultError> {
        let mut nodes = Vec::with_capacity(directory.0.len());
        let mut newest = String::new();
        for (name, entry) in directory.0 {
            let node = match entry {
                Entry::Node(node) => {
                    totals.bytes += node.size;
                    totals.files += 1;
                    *node
                }
                Entry::Directory(inner) => {
                    let (subtree, modified) = self.store_tree(inner, save, totals)?;
                    self.directory_node(&name, subtree, modified)
                }
                Entry::Claimed => continue,
            };
            if is_later(&node.mtime, &newest) {
                newest.clone_from(&node.mtime);
            }
            nodes.push(node);
        }
        let encoded =
            Tree { nodes }.encode().map_err(|error| VaultError::damaged("new tree", error.to_string()))?;
        Ok((save(&encoded)?, newest))
    }

    fn directory_node(&self, name: &[u8], subtree: Id, modified: String) -> Node {
        let (uid, gid) = crate::lock::owner();
        Node {
            mode: DIRECTORY_MODE,
            mtime: modified.clone(),
            atime: modified.clone(),
            ctime: modified,
            uid,
            gid,
            user: self.username.clone(),
            subtree: Some(subtree),
            ..Node::named(name, "dir")
        }
    }
}

/// Times of other writers may have an offset: they are compared as times, not as text.
fn is_later(time: &str, than: &str) -> bool {
    match (time.parse::<jiff::Timestamp>(), than.parse::<jiff::Timestamp>()) {
        (Ok(time), Ok(than)) => time > than,
        (Ok(_), Err(_)) => true,
        (Err(_), _) => false,
    }
}
