//! All packs, looked at by a few threads at once: each decrypts and hashes a whole pack, and one alone
//! would leave the disk idle meanwhile.

use crossbeam_channel::{Receiver, bounded, unbounded};

use super::pack::{Reader, Verdict};
use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::id::Id;
use crate::pack::PackedBlob;
use crate::repository::Repository;
use crate::store::StoredFile;

/// Packs that are read at once, 16 MiB each; as in a check.
const THREADS: usize = 2;

/// A pack that was looked at.
pub(super) struct Looked {
    pub(super) id: Id,
    pub(super) stored: StoredFile,
    pub(super) verdict: Verdict,
    /// Of a damaged pack, what its header lists, if that can be read.
    pub(super) listed: Vec<PackedBlob>,
}

type Outcome = Result<Looked, VaultError>;

/// Looks at all packs, and hands each one over in this thread; in no order that means anything.
pub(super) fn at_all(
    repository: &Repository,
    packs: Vec<StoredFile>,
    cancel: &Cancel,
    take: &mut dyn FnMut(Looked) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let (requests, requested) = unbounded();
    for stored in packs {
        if let Ok(id) = stored.name.parse::<Id>() {
            let _ = requests.send((id, stored));
        }
    }
    drop(requests);
    let (results, looked) = bounded(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let (requested, results) = (requested.clone(), results.clone());
            scope.spawn(move || {
                work(repository, &requested, cancel, &|outcome| results.send(outcome).is_ok());
            });
        }
        drop(results);
        collect(looked, take)
    })?;
    // Threads that were cancelled end without a word.
    cancel.checkpoint()
}

fn work(
    repository: &Repository,
    requested: &Receiver<(Id, StoredFile)>,
    cancel: &Cancel,
    hand_over: &dyn Fn(Outcome) -> bool,
) {
    let mut reader = match Reader::new(repository) {
        Ok(reader) => reader,
        Err(error) => {
            hand_over(Err(error));
            return;
        }
    };
    for (id, stored) in requested {
        if cancel.is_cancelled() || !hand_over(look(&mut reader, id, stored)) {
            return;
        }
    }
}

fn look(reader: &mut Reader<'_>, id: Id, stored: StoredFile) -> Outcome {
    let verdict = reader.look_twice(id, &stored)?;
    let listed = match &verdict {
        Verdict::Sound(_) => Vec::new(),
        Verdict::Damaged(_) => reader.header(&stored)?.unwrap_or_default(),
    };
    Ok(Looked { id, stored, verdict, listed })
}

/// Takes the receiver: after an error, the threads find that nobody listens, and end.
fn collect(
    looked: Receiver<Outcome>,
    take: &mut dyn FnMut(Looked) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let outcome = looked.iter().try_for_each(|one| take(one?));
    drop(looked);
    outcome
}
