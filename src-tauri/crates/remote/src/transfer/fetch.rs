//! A download from the first question to the last check.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::CancellationToken;

use super::ask::Source;
use super::edition::{Done, Edition, Way};
use super::error::Fault;
use super::journal::Journal;
use super::keeper::{Prefix, verified};
use super::limits::{Limits, Pause};
use super::line::Line;
use super::link::Links;
use super::notes::{About, Notes};
use super::partial::{Partial, quiet};
use super::ranges::Ranges;
use super::writing::joined;
use super::{TransferError, ranged, whole};
use base::meter::Meter;

/// How often a file is begun that changes on the server.
const STARTS_MAX: u32 = 4;

/// One file to fetch.
pub struct Request<'a> {
    /// Where links to it come from.
    pub links: &'a dyn Links,
    /// A folder for this download alone; made, and made private, where it is not.
    pub directory: &'a Utf8Path,
    /// What the file is called in sentences. No secret.
    pub name: &'a str,
    /// Bytes that it should have. A link may say so as well; this counts more.
    pub expected_bytes: Option<u64>,
    /// The SHA-256 that it should have.
    pub expected_sha256: Option<[u8; 32]>,
    /// What the download may take.
    pub limits: Limits,
    /// Counts bytes, those of an earlier run included.
    pub meter: &'a Arc<Meter>,
    /// Ends the download; what came stays for the next time.
    pub token: &'a CancellationToken,
    /// Pauses it.
    pub pause: &'a Pause,
    /// Is told sentences for the log. They hold no secrets.
    pub on_note: &'a (dyn Fn(&str) + Send + Sync),
}

/// A file that is here: whole, synced, and with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it is; it stays there until [`discard`](super::discard).
    pub path: Utf8PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// What was worth saying.
    pub notes: Vec<String>,
    /// Bytes that were here before this run.
    pub resumed_bytes: u64,
    /// Bytes that came in this run and were not needed: come twice, or of a file that was begun again.
    pub refetched_bytes: u64,
    /// The most streams at once.
    pub streams_used: usize,
}

/// What an earlier run left.
struct Begun {
    journal: Journal,
    prefix: Prefix,
}

/// Fetches a file, going on where an earlier run ended.
///
/// Everything is kept in the request's folder: the file, and a journal of what is durably there. Dropped or
/// cancelled, it stays for the next time.
///
/// # Errors
/// A `TransferError`; what passes by itself is waited for, within the limits.
pub async fn fetch(request: Request<'_>) -> Result<Fetched, TransferError> {
    let notes = Notes::new(request.name, request.on_note);
    let line = Line::new(request.limits.clone(), notes, request.meter, request.pause)?;
    tokio::select! {
        biased;
        () = request.token.cancelled() => Err(TransferError::Cancelled),
        error = line.watch() => Err(error),
        fetched = run(&request, &line) => fetched,
    }
}

async fn run(request: &Request<'_>, line: &Line<'_>) -> Result<Fetched, TransferError> {
    let partial = Partial::open(request.directory).await?;
    let source = Source::new(request.links);
    let edition = Edition {
        line,
        source: &source,
        partial: partial.clone(),
        expected_bytes: request.expected_bytes,
        is_hash_known: request.expected_sha256.is_some(),
    };
    let mut begun = begun(request, line, &partial).await?;
    let (mut starts, mut wants_ranges) = (1, true);
    loop {
        let resumed_bytes = begun.as_ref().map_or(0, |begun| begun.journal.ranges.bytes());
        line.resumed(resumed_bytes);
        let why = match attempt(&edition, begun.take(), wants_ranges).await {
            Ok(done) => match check(request, edition.promised(), done) {
                Ok(()) => return Ok(fetched(line, &partial, done, resumed_bytes)),
                Err(TransferError::HashDiffers { .. }) if resumed_bytes > 0 => {
                    "what was kept of an earlier run does not belong to this file".to_owned()
                }
                Err(error) => {
                    // Nothing that looks whole may stay.
                    quiet(&partial).await;
                    partial.clear()?;
                    return Err(error);
                }
            },
            Err(Fault::Changed { what }) => what,
            Err(Fault::NoRanges { what }) if wants_ranges => {
                wants_ranges = false;
                what
            }
            Err(Fault::NoRanges { what } | Fault::Passing { what, .. }) => {
                return Err(TransferError::Odd { what });
            }
            Err(Fault::Interrupted { what }) => what.to_owned(),
            Err(Fault::Fatal(error)) => return Err(error),
        };
        if starts == STARTS_MAX {
            return Err(TransferError::KeepsChanging { times: starts });
        }
        starts += 1;
        line.notes.say(About::Changed, &format!("{why}; begun again from the start"));
        quiet(&partial).await;
        partial.clear()?;
    }
}

/// What is left of an earlier run, as far as it can be used; the rest is removed.
async fn begun(
    request: &Request<'_>,
    line: &Line<'_>,
    partial: &Arc<Partial>,
) -> Result<Option<Begun>, TransferError> {
    let again = |why: &str| {
        line.notes.say(About::Journal, &format!("{why}; begun again from the start"));
        partial.clear().map(|()| None)
    };
    let journal = match partial.journal() {
        (Some(journal), _) => journal,
        (None, true) => return again("the journal of an earlier run cannot be read"),
        (None, false) => {
            partial.clear()?;
            return Ok(None);
        }
    };
    if request.expected_bytes.is_some_and(|expected| expected != journal.total) {
        return again("an earlier run fetched a file of another length");
    }
    if journal.mark.is_none() && request.expected_sha256.is_none() && !journal.is_whole() {
        return again("nothing tells whether the file on the server is still the one of an earlier run");
    }
    let Some(prefix) = verified(partial, &journal).await? else {
        return again("what an earlier run fetched was altered on the disk");
    };
    let is_other = request.expected_sha256.is_some_and(|expected| expected != journal.sha256);
    if journal.is_whole() && is_other {
        return again("an earlier run fetched another file");
    }
    Ok(Some(Begun { journal, prefix }))
}

async fn attempt(edition: &Edition<'_>, begun: Option<Begun>, wants_ranges: bool) -> Result<Done, Fault> {
    let (journal, prefix) = match begun {
        Some(Begun { journal, prefix }) => (Some(journal), prefix),
        None => (None, Prefix::default()),
    };
    if let Some(journal) = journal.as_ref().filter(|journal| journal.ranges.bytes() == journal.total) {
        return Ok(finish_hash(edition, journal, prefix).await?);
    }
    match edition.open(journal.as_ref(), wants_ranges).await? {
        Way::Ranged(opened) => {
            let durable = journal.map_or_else(Ranges::default, |journal| journal.ranges);
            ranged::run(edition, opened, durable, prefix).await
        }
        Way::Whole(answer) => whole::run(edition, answer).await,
    }
}

/// All bytes came; some of them may not have been hashed yet.
async fn finish_hash(
    edition: &Edition<'_>,
    journal: &Journal,
    mut prefix: Prefix,
) -> Result<Done, TransferError> {
    let (partial, mut journal) = (edition.partial.clone(), journal.clone());
    let handle = tokio::task::spawn_blocking(move || {
        prefix.extend(&partial, journal.total)?;
        (journal.prefix, journal.sha256) = (prefix.bytes, prefix.sha256());
        partial.write_journal(&journal)?;
        Ok(Done { bytes: journal.total, sha256: journal.sha256, streams_used: 0 })
    });
    joined(handle, &edition.partial).await
}

fn check(request: &Request<'_>, promised: Option<u64>, done: Done) -> Result<(), TransferError> {
    if let Some(promised) = promised.filter(|promised| *promised != done.bytes) {
        return Err(TransferError::LengthDiffers { promised, served: done.bytes });
    }
    match request.expected_sha256 {
        Some(expected) if expected != done.sha256 => {
            Err(TransferError::HashDiffers { expected, found: done.sha256 })
        }
        _ => Ok(()),
    }
}

fn fetched(line: &Line<'_>, partial: &Partial, done: Done, resumed_bytes: u64) -> Fetched {
    let needed = done.bytes.saturating_sub(resumed_bytes);
    Fetched {
        path: partial.path().to_owned(),
        bytes: done.bytes,
        sha256: done.sha256,
        notes: line.notes.all(),
        resumed_bytes,
        refetched_bytes: line.received_bytes().saturating_sub(needed),
        streams_used: done.streams_used,
    }
}
