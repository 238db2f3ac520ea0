//! What is needed: everything that a snapshot refers to, each tree read once.

use super::look::Seen;
use super::{PruneProgress, PruneStep, Tell};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::marks::{Marks, Need};
use crate::pack::BlobKind;
use crate::read::blob::Opener;
use crate::repository::Repository;
use crate::tree::Tree;

/// Marks what all snapshots need.
///
/// # Errors
/// If a snapshot or a tree cannot be read, or if what one of them needs is in no index: then it may be in a pack that
/// would be removed.
pub(super) fn mark(
    repository: &Repository,
    seen: &Seen,
    tell: Tell<'_>,
    cancel: &Cancel,
) -> Result<Marks, VaultError> {
    let mut marks = Marks::new(&seen.index);
    let mut walker = Walker { repository, seen, opener: Opener::new()?, marks: &mut marks, cancel };
    let total = seen.snapshots.len() as u64;
    for (done, id) in (0..).zip(&seen.snapshots) {
        let snapshot = match crate::snapshot::load(repository, &SnapshotId(*id)) {
            Ok(snapshot) => snapshot,
            Err(VaultError::Missing { .. }) => {
                return Err(VaultError::Stale { what: "a snapshot was removed" });
            }
            Err(error) => return Err(error),
        };
        let beat = || tell(PruneProgress { step: PruneStep::Walk, done, total, bytes: 0 });
        walker.walk(id, snapshot.tree, &beat)?;
    }
    Ok(marks)
}

struct Walker<'a> {
    repository: &'a Repository,
    seen: &'a Seen,
    opener: Opener,
    marks: &'a mut Marks,
    cancel: &'a Cancel,
}

impl Walker<'_> {
    /// Marks what is below a tree, but what is below trees that were marked before.
    fn walk(&mut self, snapshot: &Id, root: Id, beat: &dyn Fn()) -> Result<(), VaultError> {
        let mut trees = vec![root];
        while let Some(tree) = trees.pop() {
            self.cancel.checkpoint()?;
            beat();
            if self.need(snapshot, &tree, BlobKind::Tree)? == Need::Known {
                continue;
            }
            for node in self.read(&tree)?.nodes {
                for id in node.content.iter().flatten() {
                    self.need(snapshot, id, BlobKind::Data)?;
                }
                trees.extend(node.subtree);
            }
        }
        Ok(())
    }

    fn need(&mut self, snapshot: &Id, id: &Id, kind: BlobKind) -> Result<Need, VaultError> {
        match self.seen.index.need(self.marks, id, kind) {
            Need::Missing => {
                let file = format!("blob {id}, which snapshots/{snapshot} needs,");
                Err(VaultError::Missing { file })
            }
            found => Ok(found),
        }
    }

    fn read(&mut self, id: &Id) -> Result<Tree, VaultError> {
        let missing = || VaultError::Missing { file: format!("tree {id}") };
        let location = self.seen.index.find(id, BlobKind::Tree).ok_or_else(missing)?;
        let encoded = self.opener.fetch(self.repository, &location)?;
        Tree::decode(&encoded).map_err(|error| {
            VaultError::damaged(format!("tree {id}"), format!("it is not readable: {error}"))
        })
    }
}
