//! What is stored twice: before one copy goes, the other is opened. A blob that was written twice is there as long as
//! one of its packs is whole, and a prune must not choose the wrong one.

use super::copy::near;
use super::plan::{Decided, Fate};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::repository::Repository;
use crate::store::FileKind;

/// Opens the copy that stays of everything of which another copy goes. What is copied is opened then.
pub(super) fn open(repository: &Repository, decided: &Decided, cancel: &Cancel) -> Result<(), VaultError> {
    let goes = |number: usize| decided.fates[number] != Fate::Keep;
    let mut kept = decided.seen.index.kept_beside(&decided.marks, &goes);
    kept.sort_unstable();
    for (numbered, places) in kept.chunk_by(|a, b| a.0 == b.0).map(|places| (places[0].0, places)) {
        let pack = decided.seen.index.numbered()[numbered].to_string();
        let places: Vec<(u32, u32)> = places.iter().map(|(_, offset, length)| (*offset, *length)).collect();
        let mut rest = places.as_slice();
        while let Some((start, _)) = rest.first().copied() {
            cancel.checkpoint()?;
            let (together, remaining) = rest.split_at(near(rest));
            rest = remaining;
            let end = together.last().map_or(0, |(offset, length)| u64::from(*offset) + u64::from(*length));
            let start = u64::from(start);
            let sealed = repository.store.get_range(FileKind::Data, &pack, start, end - start)?;
            for (offset, length) in together {
                let from = usize::try_from(u64::from(*offset) - start).unwrap_or(usize::MAX);
                let one = sealed.get(from..from.saturating_add(*length as usize));
                if one.is_none_or(|one| repository.master.authenticate(one).is_err()) {
                    let what = format!("what it has at {offset} cannot be opened");
                    return Err(VaultError::damaged(FileKind::Data.file(&pack), what));
                }
            }
        }
    }
    Ok(())
}
