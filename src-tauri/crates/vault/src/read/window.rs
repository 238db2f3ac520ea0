//! Several blobs at once: neighbours in a pack are fetched in one request.

use super::blob::{Opener, locate};
use crate::error::VaultError;
use crate::index::Location;
use crate::repository::Repository;
use crate::store::FileKind;
use crate::vault::Inner;

/// The plaintext of one window; three are in memory at once.
pub(crate) const WINDOW_BYTES: u64 = 4 << 20;
/// Reading over a gap is cheaper than asking again.
const GAP_BYTES_MAX: u64 = 128 << 10;
/// One request's size.
const REQUEST_BYTES_MAX: u64 = 8 << 20;

/// Reads these blobs; the plaintexts come in the order that was asked for.
pub(crate) fn fetch(
    inner: &Inner,
    opener: &mut Opener,
    locations: &[Location],
) -> Result<Vec<Vec<u8>>, VaultError> {
    match fetch_at(&inner.repository, opener, locations) {
        // Another process may have moved them to another pack since the index was loaded.
        Err(missing @ VaultError::Missing { .. }) => {
            inner.forget_lost_packs()?;
            let again = |location: &Location| locate(inner, &location.blob.id, location.blob.kind);
            let moved: Result<Vec<_>, _> = locations.iter().map(again).collect();
            fetch_at(&inner.repository, opener, &moved.map_err(|_| missing)?)
        }
        fetched => fetched,
    }
}

fn fetch_at(
    repository: &Repository,
    opener: &mut Opener,
    locations: &[Location],
) -> Result<Vec<Vec<u8>>, VaultError> {
    let mut order: Vec<usize> = (0..locations.len()).collect();
    order.sort_unstable_by_key(|&at| (locations[at].pack, locations[at].blob.offset));
    let mut plaintexts = vec![Vec::new(); locations.len()];
    let mut rest = order.as_slice();
    while let Some((&first, others)) = rest.split_first() {
        let start = u64::from(locations[first].blob.offset);
        let mut end = blob_end(&locations[first]);
        let together = others.iter().take_while(|&&at| {
            let next = &locations[at];
            let offset = u64::from(next.blob.offset);
            let is_near = next.pack == locations[first].pack && offset <= end + GAP_BYTES_MAX;
            let is_taken = is_near && blob_end(next).max(end) - start <= REQUEST_BYTES_MAX;
            if is_taken {
                end = end.max(blob_end(next));
            }
            is_taken
        });
        let (group, remaining) = rest.split_at(1 + together.count());
        let pack = locations[first].pack.to_string();
        let mut sealed = repository.store.get_range(FileKind::Data, &pack, start, end - start)?;
        read_group(repository, opener, locations, group, start, &mut sealed, &mut plaintexts)?;
        rest = remaining;
    }
    Ok(plaintexts)
}

fn read_group(
    repository: &Repository,
    opener: &mut Opener,
    locations: &[Location],
    group: &[usize],
    start: u64,
    sealed: &mut [u8],
    plaintexts: &mut [Vec<u8>],
) -> Result<(), VaultError> {
    let mut previous: Option<usize> = None;
    for &at in group {
        let location = &locations[at];
        // The same blob twice in a file: opening happens in place and only once.
        if let Some(before) = previous.filter(|&before| locations[before].blob == location.blob) {
            let same = plaintexts[before].clone();
            plaintexts[at] = same;
            continue;
        }
        let offset = usize::try_from(u64::from(location.blob.offset) - start).unwrap_or(usize::MAX);
        let range = offset..offset.saturating_add(location.blob.length as usize);
        let part = sealed.get_mut(range).ok_or_else(|| {
            VaultError::damaged(FileKind::Data.file(&location.pack.to_string()), "its blobs overlap")
        })?;
        plaintexts[at] = opener.open(repository, location, part)?;
        previous = Some(at);
    }
    Ok(())
}

fn blob_end(location: &Location) -> u64 {
    u64::from(location.blob.offset) + u64::from(location.blob.length)
}
