//! The data: packs are read whole; their names, headers and blobs have to agree.
//!
//! Which packs are in a slice is said by `check::slice`.

use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded, unbounded};

use super::structure::{IndexedPackFacts, Packs};
use super::{CheckProgress, FindingKind, Findings, Slice};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::pack::{PACK_BYTES_MAX, digest, read_header};
use crate::read::blob::Opener;
use crate::store::FileKind;
use crate::vault::Inner;
use crate::words::too_many_bytes;

/// Packs that are read at once, 16 MiB each.
const THREADS: usize = 2;

type Checked = Result<(u64, Findings), VaultError>;

/// Reads a slice of the packs; yields which they are, and how many bytes they have.
pub(super) fn check(
    inner: &Arc<Inner>,
    packs: &Packs,
    slice: Slice,
    findings: &mut Findings,
    progress: &dyn Fn(CheckProgress),
    cancel: &Cancel,
) -> Result<(Vec<Id>, u64), VaultError> {
    let wanted: Vec<_> = packs.sound.iter().filter(|(pack, _)| slice.holds(pack)).copied().collect();
    let names = wanted.iter().map(|(pack, _)| *pack).collect();
    let mut state = CheckProgress { packs_total: wanted.len() as u64, ..CheckProgress::default() };
    progress(state);
    let (requests, requested) = unbounded();
    for pack in wanted {
        let _ = requests.send(pack);
    }
    drop(requests);
    let (results, checked) = bounded(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let (requested, results) = (requested.clone(), results.clone());
            scope.spawn(move || {
                for (pack, facts) in &requested {
                    if cancel.is_cancelled() || results.send(check_pack(inner, &pack, facts)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        collect(checked, findings, &mut state, progress)
    })?;
    cancel.checkpoint()?;
    Ok((names, state.bytes_read))
}

/// Takes the receiver: after an error, the threads find that nobody listens, and end.
fn collect(
    checked: Receiver<Checked>,
    findings: &mut Findings,
    state: &mut CheckProgress,
    progress: &dyn Fn(CheckProgress),
) -> Result<(), VaultError> {
    for result in &checked {
        let (bytes, found) = result?;
        findings.extend(found);
        state.packs += 1;
        state.bytes_read += bytes;
        progress(*state);
    }
    drop(checked);
    Ok(())
}

fn check_pack(inner: &Inner, pack: &Id, facts: IndexedPackFacts) -> Checked {
    let mut findings = Findings::default();
    let name = pack.to_string();
    let file = FileKind::Data.file(&name);
    if facts.bytes > PACK_BYTES_MAX {
        findings.add(FindingKind::Pack, file, format!("{} to check", too_many_bytes(facts.bytes)));
        return Ok((0, findings));
    }
    let read = inner.repository.store.get(FileKind::Data, &name).map_err(VaultError::from);
    let Some(content) = findings.take(FindingKind::Pack, &file, read)? else { return Ok((0, findings)) };
    let bytes = content.len() as u64;
    check_content(inner, pack, facts, content, &mut findings)?;
    Ok((bytes, findings))
}

fn check_content(
    inner: &Inner,
    pack: &Id,
    facts: IndexedPackFacts,
    mut content: Vec<u8>,
    findings: &mut Findings,
) -> Result<(), VaultError> {
    let file = FileKind::Data.file(&pack.to_string());
    if Id::of(&content) != *pack {
        findings.add(FindingKind::Pack, &file, "its content does not match its name");
    }
    let header = match read_header(&inner.repository.master, &content) {
        Ok(header) => header,
        Err(error) => {
            findings.add(FindingKind::Pack, &file, error.to_string());
            return Ok(());
        }
    };
    if digest(header.clone()) != facts.digest {
        findings.add(
            FindingKind::Pack,
            &file,
            "its header and the index do not list the same blobs at the same places",
        );
    }
    let mut opener = Opener::new()?;
    for blob in header {
        let range = blob.offset as usize..(blob.offset as usize).saturating_add(blob.length as usize);
        let location = Location { pack: *pack, blob };
        match content.get_mut(range) {
            None => findings.add(FindingKind::Pack, &file, format!("blob {} is beyond its end", blob.id)),
            Some(sealed) => {
                let plaintext = opener.open(&inner.repository, &location, sealed);
                findings.take(FindingKind::Pack, &file, plaintext)?;
            }
        }
    }
    Ok(())
}
