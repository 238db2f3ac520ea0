//! What is there: every snapshot's name, every index file whole, every pack with its size. Where they do not agree,
//! nothing is pruned.

use hashbrown::{HashMap, HashSet};

use super::{PruneProgress, PruneStep, Tell};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Index;
use crate::index::file::IndexFile;
use crate::pack::{PACK_BYTES_FIXED, PackedBlob, digest};
use crate::repository::Repository;
use crate::store::{FileKind, StoredFile};
use crate::words::counted;

/// A repository, looked at.
pub(super) struct Seen {
    /// The index files as they are, in a table of its own: the vault's may be told to forget.
    pub(super) index: Index,
    /// In order.
    pub(super) snapshots: Vec<Id>,
    /// The index files, in order, with the numbers of the packs that each lists.
    pub(super) files: Vec<(Id, Vec<usize>)>,
    /// The size of each pack in the index, by its number.
    pub(super) sizes: Vec<u64>,
    /// Packs in no index.
    pub(super) leftovers: Vec<StoredFile>,
    /// Names all of it.
    pub(super) digest: Id,
}

/// What the index files say of one pack.
struct Listed {
    digest: Id,
    bytes: u64,
}

/// Looks. Snapshots first, packs last: what others write meanwhile is never taken for something that is missing.
pub(super) fn look(repository: &Repository, tell: Tell<'_>, cancel: &Cancel) -> Result<Seen, VaultError> {
    let snapshots = repository.ids(FileKind::Snapshot)?;
    let (index, files, listed) = read_index(repository, tell, cancel)?;
    let mut stored = repository.store.list(FileKind::Data)?;
    stored.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let file_ids: Vec<Id> = files.iter().map(|(id, _)| *id).collect();
    let digest = name(&snapshots, &file_ids, &stored);
    let (sizes, leftovers) = compare(&index, &listed, stored)?;
    Ok(Seen { index, snapshots, files, sizes, leftovers, digest })
}

/// The index, its files with the packs in each, and what they say of each pack, by its number.
type Read = (Index, Vec<(Id, Vec<usize>)>, Vec<Listed>);

fn read_index(repository: &Repository, tell: Tell<'_>, cancel: &Cancel) -> Result<Read, VaultError> {
    let ids = repository.ids(FileKind::Index)?;
    let (mut index, mut files, mut listed) = (Index::default(), Vec::new(), Vec::<Listed>::new());
    let total = ids.len() as u64;
    for id in ids {
        cancel.checkpoint()?;
        tell(PruneProgress { step: PruneStep::Read, done: files.len() as u64, total, bytes: 0 });
        let file: IndexFile = repository.load(FileKind::Index, &id)?;
        let mut packs = Vec::with_capacity(file.packs.len());
        for pack in file.packs {
            let blobs: Vec<PackedBlob> = pack.blobs.into_iter().map(PackedBlob::from).collect();
            let bytes = blobs.iter().map(PackedBlob::bytes_in_pack).sum::<u64>() + PACK_BYTES_FIXED;
            index.load(pack.id, blobs.iter().copied());
            let digest = digest(blobs);
            let Some(number) = index.number_of(&pack.id) else { continue };
            match listed.get(number) {
                None => listed.push(Listed { digest, bytes }),
                Some(before) if before.digest == digest => {}
                Some(_) => {
                    let what = format!("pack {} has other blobs in another place", pack.id);
                    return Err(
                        VaultError::damaged(FileKind::Index.file(&id.to_string()), what).of(FileKind::Index)
                    );
                }
            }
            packs.push(number);
        }
        index.add_file(id);
        files.push((id, packs));
    }
    index.settle();
    Ok((index, files, listed))
}

/// The sizes of the packs in the index, and the packs in none; an error where a pack of the index is not there as
/// the index says.
fn compare(
    index: &Index,
    listed: &[Listed],
    stored: Vec<StoredFile>,
) -> Result<(Vec<u64>, Vec<StoredFile>), VaultError> {
    let mut found: HashMap<usize, u64> = HashMap::with_capacity(listed.len());
    let mut leftovers = Vec::new();
    for file in stored {
        // A name that is none is nobody's: it is left alone.
        let Ok(id) = file.name.parse::<Id>() else { continue };
        match index.number_of(&id) {
            Some(number) => drop(found.insert(number, file.size)),
            None => leftovers.push(file),
        }
    }
    for (number, (pack, listed)) in index.numbered().iter().zip(listed).enumerate() {
        let file = FileKind::Data.file(&pack.to_string());
        match found.get(&number) {
            None => return Err(VaultError::Missing { file }),
            Some(size) if *size != listed.bytes => {
                let what = format!("it has {}, and should have {}", counted(*size, "byte"), listed.bytes);
                return Err(VaultError::damaged(file, what));
            }
            Some(_) => {}
        }
    }
    Ok((listed.iter().map(|listed| listed.bytes).collect(), leftovers))
}

/// One name for all of it; the lists are in order.
fn name(snapshots: &[Id], files: &[Id], packs: &[StoredFile]) -> Id {
    let mut all = Vec::with_capacity((snapshots.len() + files.len() + 2) * 32 + packs.len() * 72);
    for ids in [snapshots, files] {
        all.extend_from_slice(&(ids.len() as u64).to_le_bytes());
        all.extend(ids.iter().flat_map(Id::as_bytes));
    }
    for pack in packs {
        all.extend_from_slice(pack.name.as_bytes());
        all.extend_from_slice(&pack.size.to_le_bytes());
    }
    Id::of(&all)
}

/// Fails unless the repository has these index files and no snapshot but those that were seen; one that was forgotten
/// meanwhile needs nothing any more.
pub(super) fn require_unchanged(
    repository: &Repository,
    snapshots: &[Id],
    files: &HashSet<Id>,
) -> Result<(), VaultError> {
    if repository.ids(FileKind::Snapshot)?.iter().any(|id| snapshots.binary_search(id).is_err()) {
        return Err(VaultError::Stale { what: "a snapshot was added" });
    }
    let now = repository.ids(FileKind::Index)?;
    if now.len() != files.len() || now.iter().any(|id| !files.contains(id)) {
        return Err(VaultError::Stale { what: "the index files were changed" });
    }
    Ok(())
}
