//! Whole packs read a few at a time, within limits: what checks that go on by themselves are made of.
//!
//! Nothing but the packs that are asked for is looked at, and the table in memory says what has to be in
//! them: a bit of a large vault costs a bit. The whole structure is for `check::structure`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::{FindingKind, Findings};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::{Id, SnapshotId};
use crate::index::{Listed, Location};
use crate::pack::{BlobKind, PACK_BYTES_MAX, read_header};
use crate::read::blob::Opener;
use crate::read::walk::{EntryKind, Visited, kind, visit};
use crate::store::FileKind;
use crate::vault::Inner;
use crate::words::too_many_bytes;

/// Packs that are read at once, 16 MiB each.
const THREADS: usize = 2;

/// How much is read before the rest is left for another time.
#[derive(Debug, Clone, Copy)]
pub struct ReadLimits {
    /// Bytes of packs; the first pack is read whatever its size.
    pub bytes_max: u64,
    /// No pack is begun after this.
    pub until: Option<Instant>,
}

impl ReadLimits {
    /// All that is asked for.
    pub const NONE: Self = Self { bytes_max: u64::MAX, until: None };
}

/// What reading some packs showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PacksRead {
    /// The packs that were read.
    pub packs: Vec<PackRead>,
    /// How many were left, for the limits or since somebody asked to stop.
    pub left: u64,
    /// As of a check: others may have moved packs meanwhile, so what is damaged is not sure.
    pub was_overtaken: bool,
}

/// One pack that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackRead {
    /// Its name.
    pub pack: Id,
    /// Its size.
    pub bytes: u64,
    /// What is wrong with it.
    pub damage: Option<PackDamage>,
}

/// What is wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackDamage {
    /// The first thing that was seen.
    pub message: String,
    /// The blobs that cannot be had from it; absent where that is all of them.
    pub blobs: Option<BTreeSet<Id>>,
}

impl PackDamage {
    /// Whether this blob cannot be had from the pack.
    #[must_use]
    pub fn concerns(&self, blob: &Id) -> bool {
        self.blobs.as_ref().is_none_or(|blobs| blobs.contains(blob))
    }
}

/// What is still to be read, and how much was begun.
struct Queue<'a> {
    packs: std::slice::Iter<'a, (Id, Listed)>,
    bytes: u64,
}

/// Reads these packs, as far as the limits allow, under a lock that others may share. A pack that is in no
/// index any more is none. Being cancelled ends it early, and loses nothing that was read.
pub(crate) fn read(
    inner: &Arc<Inner>,
    wanted: &[Id],
    limits: ReadLimits,
    progress: &(dyn Fn(u64) + Sync),
    cancel: &Cancel,
) -> Result<PacksRead, VaultError> {
    let lock = super::lock(inner)?;
    // Under the lock, so that what the index names stays where it is.
    inner.refresh()?;
    let index_files = inner.repository.ids(FileKind::Index)?;
    let packs = inner.index().listed_in(wanted);
    let queue = Mutex::new(Queue { packs: packs.iter(), bytes: 0 });
    let done = Mutex::new(Vec::new());
    let work = || -> Result<(), VaultError> {
        while let Some((pack, listed)) = next(&queue, limits, cancel) {
            let read = read_pack(inner, pack, listed)?;
            progress(read.bytes);
            done.lock().unwrap_or_else(PoisonError::into_inner).push(read);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|one| {
            one.join()
                .unwrap_or_else(|_| Err(VaultError::damaged("reader", "its threads stopped unexpectedly")))
        })
    })?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|read: &PackRead| read.pack);
    let was_overtaken = lock.is_some_and(|lock| super::was_overtaken(inner, &lock, &index_files));
    Ok(PacksRead { left: (packs.len() - done.len()) as u64, packs: done, was_overtaken })
}

fn next<'a>(queue: &Mutex<Queue<'a>>, limits: ReadLimits, cancel: &Cancel) -> Option<&'a (Id, Listed)> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    if cancel.is_cancelled() || limits.until.is_some_and(|until| Instant::now() >= until) {
        return None;
    }
    let bytes = queue.packs.as_slice().first()?.1.pack_bytes();
    let with_it = queue.bytes.saturating_add(bytes);
    if queue.bytes > 0 && with_it > limits.bytes_max {
        return None;
    }
    queue.bytes = with_it;
    queue.packs.next()
}

fn read_pack(inner: &Inner, pack: &Id, listed: &Listed) -> Result<PackRead, VaultError> {
    let (name, mut findings) = (pack.to_string(), Findings::default());
    let file = FileKind::Data.file(&name);
    let none = |message: String| PackRead {
        pack: *pack,
        bytes: 0,
        damage: Some(PackDamage { message, blobs: None }),
    };
    if listed.pack_bytes() > PACK_BYTES_MAX {
        return Ok(none(format!("{} to check", too_many_bytes(listed.pack_bytes()))));
    }
    let got = inner.repository.store.get(FileKind::Data, &name).map_err(VaultError::from);
    let Some(content) = findings.take(FindingKind::Pack, &file, got)? else {
        return Ok(none(first(findings)));
    };
    let bytes = content.len() as u64;
    let blobs = look(inner, pack, listed, content, &mut findings)?;
    let message = first(findings);
    let damage = (!message.is_empty()).then_some(PackDamage { message, blobs });
    Ok(PackRead { pack: *pack, bytes, damage })
}

/// The blobs that cannot be had; nothing where that is all of them. What was seen goes to the findings.
fn look(
    inner: &Inner,
    pack: &Id,
    listed: &Listed,
    mut content: Vec<u8>,
    findings: &mut Findings,
) -> Result<Option<BTreeSet<Id>>, VaultError> {
    let file = FileKind::Data.file(&pack.to_string());
    if Id::of(&content) != *pack {
        findings.add(FindingKind::Pack, &file, "its content does not match its name");
    }
    let header = match read_header(&inner.repository.master, &content) {
        Ok(header) => header,
        Err(error) => {
            findings.add(FindingKind::Pack, &file, error.to_string());
            return Ok(None);
        }
    };
    if !listed.is_in(&header) {
        findings.add(FindingKind::Pack, &file, "the index lists blobs in it that its header does not have");
        return Ok(None);
    }
    let (mut opener, mut plaintext, mut lost) = (Opener::new()?, Vec::new(), BTreeSet::new());
    for blob in header {
        let from = blob.offset as usize;
        let plain = match content.get_mut(from..from.saturating_add(blob.length as usize)) {
            None => Err(VaultError::damaged(&file, format!("blob {} is beyond its end", blob.id))),
            Some(sealed) => {
                let location = Location { pack: *pack, blob };
                opener.open_into(&inner.repository, &location, sealed, &mut plaintext)
            }
        };
        if findings.take(FindingKind::Pack, &file, plain)?.is_none() {
            lost.insert(blob.id);
        }
    }
    Ok(Some(lost))
}

fn first(findings: Findings) -> String {
    findings.into_list().into_iter().next().map(|finding| finding.message).unwrap_or_default()
}

/// Tells of every blob of a snapshot, trees included, in which pack a reader finds it; absent where it is
/// in no index.
pub(crate) fn places(
    inner: &Inner,
    snapshot: &SnapshotId,
    told: &mut dyn FnMut(&Id, Option<&Id>),
    cancel: &Cancel,
) -> Result<(), VaultError> {
    let root = crate::snapshot::load(&inner.repository, snapshot)?.tree;
    let mut tell = |id: &Id, kind| {
        let found = inner.index().find(id, kind);
        told(id, found.as_ref().map(|location| &location.pack));
    };
    visit(inner, &root, &mut |visited| {
        cancel.checkpoint()?;
        match visited {
            Visited::Tree(id) => tell(id, BlobKind::Tree),
            Visited::Node { node, .. } if kind(node) == EntryKind::File => {
                node.content.iter().flatten().for_each(|id| tell(id, BlobKind::Data));
            }
            Visited::Node { .. } => {}
        }
        Ok(())
    })
}
