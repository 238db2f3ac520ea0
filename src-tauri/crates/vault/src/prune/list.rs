//! The index files that list packs that go, written anew without them.

use hashbrown::HashSet;

use super::plan::{Decided, Fate};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::file::{IndexFile, IndexWriter};
use crate::repository::Repository;
use crate::store::FileKind;

/// The index files that list a pack that goes.
pub(super) fn outdated(decided: &Decided) -> Vec<Id> {
    let goes = |number: &usize| decided.fates[*number] != Fate::Keep;
    let files = decided.seen.files.iter().filter(|(_, packs)| packs.iter().any(goes));
    files.map(|(id, _)| *id).collect()
}

/// Stores what these files list of packs that stay, unless a file that stays lists it as well.
pub(super) fn store(
    repository: &Repository,
    decided: &Decided,
    outdated: &[Id],
    index: &mut IndexWriter<'_>,
    cancel: &Cancel,
) -> Result<(), VaultError> {
    let stays = decided.seen.files.iter().filter(|(id, _)| outdated.binary_search(id).is_err());
    let mut listed: HashSet<usize> = stays.flat_map(|(_, packs)| packs.iter().copied()).collect();
    for id in outdated {
        cancel.checkpoint()?;
        let file: IndexFile = repository.load(FileKind::Index, id)?;
        for pack in file.packs {
            // Nobody else writes: what was not seen before cannot be here.
            let number = decided.seen.index.number_of(&pack.id);
            let number = number.ok_or(VaultError::Stale { what: "the index files were changed" })?;
            if decided.fates[number] == Fate::Keep && listed.insert(number) {
                index.add(pack)?;
            }
        }
    }
    index.store()
}
