//! What is stored twice: before one copy goes, the other is opened and hashed. A blob that was written twice is there
//! as long as one of its packs is whole, and a prune must not choose the wrong one.

use super::copy::near;
use super::plan::{Decided, Fate};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::index::Location;
use crate::index::marks::KeptPlace;
use crate::read::blob::{Opener, require_sizes};
use crate::repository::Repository;
use crate::store::FileKind;

/// Opens the copy that stays of everything of which another copy goes. What is copied is opened then.
pub(super) fn open(repository: &Repository, decided: &Decided, cancel: &Cancel) -> Result<(), VaultError> {
    let goes = |number: usize| decided.fates[number] != Fate::Keep;
    let mut kept = decided.seen.index.kept_beside(&decided.marks, &goes);
    kept.sort_unstable_by_key(|place| (place.number(), place.range()));
    let (mut opener, mut plaintext) = (Opener::new()?, Vec::new());
    for of_pack in kept.chunk_by(|a, b| a.number() == b.number()) {
        let ranges: Vec<(u32, u32)> = of_pack.iter().map(KeptPlace::range).collect();
        let mut done = 0;
        while done < of_pack.len() {
            cancel.checkpoint()?;
            let together = &of_pack[done..done + near(&ranges[done..])];
            done += together.len();
            look(repository, decided, together, &mut opener, &mut plaintext)?;
        }
    }
    Ok(())
}

/// Fetches places of one pack that are near each other at once, and opens each.
fn look(
    repository: &Repository,
    decided: &Decided,
    together: &[KeptPlace],
    opener: &mut Opener,
    plaintext: &mut Vec<u8>,
) -> Result<(), VaultError> {
    let (Some(first), Some(last)) = (together.first(), together.last()) else { return Ok(()) };
    let pack = decided.seen.index.numbered()[first.number()];
    let name = pack.to_string();
    for place in together {
        require_sizes(&Location { pack, blob: place.blob() })?;
    }
    let start = u64::from(first.range().0);
    let end = u64::from(last.range().0) + u64::from(last.range().1);
    let mut sealed = repository.store.get_range(FileKind::Data, &name, start, end - start)?;
    for place in together {
        let (offset, length) = place.range();
        let from = usize::try_from(u64::from(offset) - start).unwrap_or(usize::MAX);
        let is_whole = sealed.get_mut(from..from.saturating_add(length as usize)).is_some_and(|one| {
            let location = Location { pack, blob: place.blob() };
            opener.unseal_into(repository, &location, one, plaintext).is_ok_and(|id| place.is_of(&id))
        });
        if !is_whole {
            let what = format!("what it has at {offset} is not what the index says");
            return Err(VaultError::damaged(FileKind::Data.file(&name), what));
        }
    }
    Ok(())
}
