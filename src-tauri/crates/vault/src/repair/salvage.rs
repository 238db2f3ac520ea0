//! What is still readable in damaged packs, copied into new ones.
//!
//! The sealed bytes are copied as they are: a blob does not depend on its place.

use hashbrown::HashMap;

use super::pack::Reader;
use super::{Damaged, NewIndex, RepairReport};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::index::file::IndexFile;
use crate::pack::{BlobKind, PackBuilder, PackedBlob};
use crate::repository::Repository;
use crate::store::FileKind;
use crate::vault::Inner;

/// Takes over what old index files say of packs that cannot tell it themselves.
pub(super) fn ask_old_indexes(
    repository: &Repository,
    old: &[Id],
    damaged: &mut HashMap<Id, Damaged>,
) -> Result<(), VaultError> {
    if damaged.values().all(|pack| !pack.listed.is_empty()) {
        return Ok(());
    }
    for id in old {
        let file: IndexFile = match repository.load(FileKind::Index, id) {
            Ok(file) => file,
            // It says nothing then, and is replaced in any case.
            Err(VaultError::Damaged { .. } | VaultError::Missing { .. } | VaultError::Io { .. }) => continue,
            Err(error) => return Err(error),
        };
        for pack in file.packs {
            if let Some(damaged) = damaged.get_mut(&pack.id).filter(|one| one.listed.is_empty()) {
                damaged.listed = pack.blobs.into_iter().map(PackedBlob::from).collect();
            }
        }
    }
    Ok(())
}

/// Copies the blobs that are in no sound pack.
pub(super) fn run(
    inner: &Inner,
    reader: &mut Reader<'_>,
    damaged: impl Iterator<Item = Damaged>,
    new: &mut NewIndex<'_>,
    report: &mut RepairReport,
    cancel: &Cancel,
) -> Result<(), VaultError> {
    let mut builders = [PackBuilder::new(BlobKind::Data), PackBuilder::new(BlobKind::Tree)];
    for Damaged { stored, listed } in damaged {
        let Ok(pack) = stored.name.parse::<Id>() else { continue };
        for blob in listed {
            cancel.checkpoint()?;
            let builder = &mut builders[usize::from(blob.kind == BlobKind::Tree)];
            if inner.index().contains(&blob.id, blob.kind) || builder.holds(&blob.id) {
                continue;
            }
            let Some(sealed) = reader.blob(&Location { pack, blob })? else { continue };
            if builder.is_full_for(sealed.len()) {
                let full = builder.take(Vec::new());
                store(inner, full, new, report)?;
            }
            builder.push(blob.id, &sealed, blob.uncompressed);
            report.blobs_saved += 1;
        }
    }
    for builder in builders.into_iter().filter(|builder| !builder.is_empty()) {
        store(inner, builder, new, report)?;
    }
    Ok(())
}

fn store(
    inner: &Inner,
    builder: PackBuilder,
    new: &mut NewIndex<'_>,
    report: &mut RepairReport,
) -> Result<(), VaultError> {
    let pack = builder.finish(&inner.repository.master);
    let id = Id::of(&pack.content);
    inner.repository.put_sealed(FileKind::Data, &id, &pack.content)?;
    inner.index_mut().add(id, &pack.blobs);
    new.add(report, id, &pack.blobs)
}
