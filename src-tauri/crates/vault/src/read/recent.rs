//! Trees that were looked into last: whoever reads a folder file by file decodes it once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::VaultError;
use crate::id::Id;
use crate::tree::Tree;
use crate::vault::Inner;

/// So many are remembered; a path has as many folders, mostly.
const TREES_MAX: usize = 16;
/// And so many entries of them all together.
const NODES_MAX: usize = 200_000;

/// Trees, the last one first.
#[derive(Default)]
pub(crate) struct RecentTrees(Mutex<VecDeque<(Id, Arc<Tree>)>>);

impl RecentTrees {
    /// A tree, from memory where it is there.
    pub(crate) fn get(&self, inner: &Inner, id: &Id) -> Result<Arc<Tree>, VaultError> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tree)) = lock().iter().find(|(known, _)| known == id) {
            return Ok(Arc::clone(tree));
        }
        let tree = Arc::new(inner.tree(id)?);
        let mut recent = lock();
        recent.push_front((*id, Arc::clone(&tree)));
        let mut nodes = 0;
        recent.retain(|(_, tree)| {
            nodes += tree.nodes.len();
            nodes <= NODES_MAX
        });
        recent.truncate(TREES_MAX);
        Ok(tree)
    }
}
