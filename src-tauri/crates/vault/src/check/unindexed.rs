//! Whether what is in no index is still in a pack: then a repair brings it back, and otherwise it is lost.
//!
//! Looked at only if something is missing: the headers of the packs that are in no index are read, and
//! of what is missing and listed there, the blob itself. A pack that lists it may be the very one that
//! a repair took out of the index, since it is damaged.

use hashbrown::{HashMap, HashSet};

use super::Findings;
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::pack::BlobKind;
use crate::repair::pack::Reader;
use crate::store::FileKind;
use crate::vault::Inner;

/// Looks for all blobs that are in no index.
pub(super) fn look_for(inner: &Inner, findings: &mut Findings, cancel: &Cancel) -> Result<(), VaultError> {
    let mut wanted: HashMap<(Id, bool), Vec<usize>> = HashMap::new();
    for (id, kind, at) in findings.missing() {
        wanted.entry((*id, *kind == BlobKind::Tree)).or_default().push(*at);
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let indexed: HashSet<Id> = inner.index().packs().copied().collect();
    let mut reader = Reader::new(&inner.repository)?;
    for stored in inner.repository.store.list(FileKind::Data)? {
        cancel.checkpoint()?;
        let Ok(pack) = stored.name.parse::<Id>() else { continue };
        if wanted.is_empty() {
            break;
        }
        if indexed.contains(&pack) {
            continue;
        }
        for blob in reader.header(&stored)?.unwrap_or_default() {
            let name = (blob.id, blob.kind == BlobKind::Tree);
            if wanted.contains_key(&name) && reader.blob(&Location { pack, blob })?.is_some() {
                let file = FileKind::Data.file(&stored.name);
                wanted.remove(&name).into_iter().flatten().for_each(|at| findings.found_in(at, &file));
            }
        }
    }
    Ok(())
}
