//! The files of one source into the snapshot: unchanged ones are kept from the backup before, the others are read,
//! several at once.

use std::cell::RefCell;
use std::io::Read;
use std::iter::Peekable;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use source::object::Changed;
use source::{Found, Object, Objects, Opened, SourceError};
use vault::{FileMeta, SnapshotId, SnapshotWriter, Vault, VaultError};

use crate::archive::failure::vault_failure;
use crate::archive::{FileState, Inventory, Line};
use base::failure::Failure;
use base::hex;
use base::meter::Meter;

/// Files that are looked at before the next ones are listed.
const BATCH: usize = 512;
/// Bytes of a name, and of what is noted about a file: a line of the inventory takes no more.
const NAME_BYTES_MAX: usize = 16 * 1024;
const NOTES_BYTES_MAX: usize = 96 * 1024;
const NAME_CHARACTERS_SHOWN: usize = 200;
/// How often a file is read that is written to meanwhile.
const TRIES: u32 = 3;
/// So many odd files are named in the manifest; all are in the inventory.
const NAMED_MAX: usize = 50;
/// Only the owner reads what a restore of the snapshot by other tools would make, where the place says nothing.
const MODE: u32 = 0o600;

/// Counted by the threads of a batch.
#[derive(Debug, Default)]
struct Counts {
    unchanged: AtomicU64,
    /// Kept as the backup before has them, since they cannot be read now.
    stale: AtomicU64,
}

/// What came of the files of a source.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) unchanged: u64,
    pub(super) missing: u64,
    pub(super) changed: u64,
    pub(super) left_out: u64,
    /// Of these, those whose bytes people expect back.
    pub(super) unreadable: u64,
    pub(super) named: Vec<String>,
}

/// Files of one source on their way.
pub(super) struct Files<'a> {
    /// The source's name.
    pub(super) bucket: &'a str,
    /// Its folder in the snapshot.
    pub(super) folder: &'a str,
    pub(super) objects: &'a dyn Objects,
    pub(super) writer: &'a SnapshotWriter,
    pub(super) meter: &'a Meter,
    /// Takes the lines of the inventory.
    pub(super) lines: &'a SyncSender<Vec<u8>>,
    /// Whether what is marked as unchanged is taken over from the backup before.
    pub(super) keeps: bool,
    /// Whether what it reads is about to be overwritten.
    pub(super) is_safety: bool,
    /// Of a place that accumulates: the backup that its files of before are in.
    pub(super) history: Option<History<'a>>,
}

/// A backup whose files stay in those that follow.
#[derive(Clone, Copy)]
pub(super) struct History<'a> {
    pub(super) vault: &'a Vault,
    pub(super) id: SnapshotId,
    /// Whether the snapshot that is written keeps files of it by their names.
    pub(super) is_parent: bool,
}

impl Files<'_> {
    /// Takes all of them. `before` is the inventory of the backup whose files may be kept.
    ///
    /// # Errors
    /// The outer one is the end of the snapshot; the inner one says why this source is not in it.
    pub(super) fn take(&self, before: Inventory) -> Result<Result<Tally, SourceError>, Failure> {
        let broken = RefCell::new(None);
        let readable = before.filter_map(|line| line.map_err(|error| broken.replace(Some(error))).ok());
        let mut before = readable.filter(|line| line.bucket == self.bucket).peekable();
        let (mut batch, mut tally, mut failed) = (Vec::new(), Tally::default(), None);
        let gone = Mutex::new(None);
        let listed = self.objects.list_limited(self.bucket, &mut |found| {
            let (passed, known) = known(&mut before, found.key());
            let work = || -> Result<(), Failure> {
                let passed = self.kept_though_gone(passed);
                if !passed.is_empty() {
                    // The list stays in the order of its names.
                    self.batch(&std::mem::take(&mut batch), &mut tally, &gone)?;
                    self.keep_gone(passed, &mut tally)?;
                }
                batch.push((found, known));
                if batch.len() < BATCH {
                    return Ok(());
                }
                self.batch(&std::mem::take(&mut batch), &mut tally, &gone)
            };
            work().map_err(|failure| {
                failed = Some(failure);
                SourceError::Cancelled
            })
        });
        let batched = match failed {
            Some(failure) => Err(failure),
            None => match listed {
                Ok(()) => self.batch(&batch, &mut tally, &gone).and_then(|()| {
                    let rest = self.kept_though_gone(before.collect());
                    self.keep_gone(rest, &mut tally)
                }),
                Err(error) => return Ok(Err(error)),
            },
        };
        if let (Some(_), Some(error)) = (self.history, broken.into_inner()) {
            // Only that list knows what the place has thrown away.
            tally.unreadable += 1;
            tally.left_out += 1;
            tally.named.push(format!("the list of the backup before: {error}"));
        }
        match gone.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Ok(Err(error)),
            None => batched.map(|()| Ok(tally)),
        }
    }

    /// Of files that are listed no more, those that stay in the backup.
    fn kept_though_gone(&self, mut passed: Vec<Line>) -> Vec<Line> {
        passed.retain(|line| {
            self.history.is_some() && line.stored().is_some() && self.objects.keeps_when_gone(&line.object)
        });
        passed
    }

    fn keep_gone(&self, passed: Vec<Line>, tally: &mut Tally) -> Result<(), Failure> {
        for line in passed {
            let kept = self.carried(&line)?;
            tally.unchanged += u64::from(kept);
            let line = if kept {
                line
            } else {
                let why = Some("it is gone, and the backup before does not hold it any more".to_owned());
                self.not_taken(&line.object.key, FileState::LeftOut, why)
            };
            tally.note(&line, true);
            self.tell(&line)?;
        }
        Ok(())
    }

    /// Takes a file over from the backup before, as that has it; whether it does.
    fn carried(&self, line: &Line) -> Result<bool, Failure> {
        let (Some((path, sha256)), Some(history)) = (line.stored(), self.history) else { return Ok(false) };
        if history.is_parent {
            return match self.writer.keep(path) {
                Ok(bytes) => {
                    self.meter.beat();
                    Ok(Some(bytes) == line.object.size)
                }
                Err(VaultError::Missing { .. } | VaultError::BadPath { .. }) => Ok(false),
                Err(error) => Err(vault_failure(error)),
            };
        }
        let reader = match history.vault.read(&history.id, path) {
            Ok(reader) => reader,
            Err(error) if error.is_fatal() => return Err(vault_failure(error)),
            Err(_) => return Ok(false),
        };
        let inner: Box<dyn Read + Send> = Box::new(reader);
        let mut reader = Metered { inner, meter: self.meter, takes_changed: false, was_changed: false };
        match self.writer.try_file(path, &meta(&line.object), &mut reader) {
            Ok(written) => Ok(hex::encode(&written.sha256) == sha256),
            Err(VaultError::Source { .. } | VaultError::BadPath { .. }) => Ok(false),
            Err(error) => Err(vault_failure(error)),
        }
    }

    /// Reads a file; one of a place that accumulates, with what the backup before has of it.
    fn open(&self, object: &Object, known: Option<&Line>) -> Result<Option<Opened>, SourceError> {
        let before = self.history.zip(known.and_then(Line::stored));
        let Some((history, (path, _))) = before else { return self.objects.open(object) };
        match history.vault.read(&history.id, path) {
            Ok(reader) => self.objects.open_after(object, Box::new(reader)),
            // What it had is lost; the place itself is read.
            Err(_) => self.objects.open(object),
        }
    }

    /// Writes a line of the inventory.
    fn tell(&self, line: &Line) -> Result<(), Failure> {
        let mut text = serde_json::to_vec(line).map_err(|error| {
            Failure::new(base::Code::Internal, error.to_string(), "Copy this report to the developers.")
        })?;
        text.push(b'\n');
        // Where nobody takes it any more, the writer has failed, and says so itself.
        let _ = self.lines.send(text);
        Ok(())
    }

    /// Takes some of them. What every other file would meet too is noted in `gone`, and ends it.
    fn batch(
        &self,
        batch: &[(Found, Option<Line>)],
        tally: &mut Tally,
        gone: &Mutex<Option<SourceError>>,
    ) -> Result<(), Failure> {
        let (next, counts) = (AtomicUsize::new(0), Counts::default());
        let done: Mutex<Vec<Option<Line>>> = Mutex::new(vec![None; batch.len()]);
        let work = || -> Result<(), Failure> {
            while let Some((at, (found, known))) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, batch.get(at)?)))
            {
                let line = match found {
                    Found::Object(object) => self.one(object, known.as_ref(), &counts, gone)?,
                    Found::LeftOut { key, why, .. } => {
                        self.not_taken(key, FileState::LeftOut, Some(why.clone()))
                    }
                };
                done.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(line);
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (1..self.objects.at_once().min(batch.len())).map(|_| scope.spawn(work)).collect();
            let mine = work();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(stopped())))?;
            mine
        })?;
        tally.unchanged += counts.unchanged.into_inner();
        tally.unreadable += counts.stale.into_inner();
        let lines = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        for ((found, _), line) in batch.iter().zip(lines) {
            let Some(line) = line else { continue };
            tally.note(&line, !matches!(found, Found::LeftOut { is_missed: false, .. }));
            self.tell(&line)?;
        }
        Ok(())
    }

    fn one(
        &self,
        object: &Object,
        known: Option<&Line>,
        counts: &Counts,
        gone: &Mutex<Option<SourceError>>,
    ) -> Result<Line, Failure> {
        if object.key.len() > NAME_BYTES_MAX {
            let beginning: String = object.key.chars().take(NAME_CHARACTERS_SHOWN).collect();
            let why = "its name is longer than that of any file".to_owned();
            return Ok(self.not_taken(&format!("{beginning}…"), FileState::LeftOut, Some(why)));
        }
        let known = known.filter(|_| self.keeps);
        if let Some(line) = known.filter(|line| self.objects.is_unchanged(object, &line.object))
            && let Some((path, _)) = line.stored()
        {
            // A place that accumulates may have been read last by another backup than the parent.
            if self.history.is_some() {
                if self.carried(line)? {
                    counts.unchanged.fetch_add(1, Ordering::Relaxed);
                    return Ok(line.clone());
                }
            } else {
                match self.writer.keep(path) {
                    Ok(bytes) if Some(bytes) == line.object.size => {
                        counts.unchanged.fetch_add(1, Ordering::Relaxed);
                        self.meter.beat();
                        return Ok(line.clone());
                    }
                    // The backup before lost it, or its place is taken: it is read again.
                    Ok(_) | Err(VaultError::Missing { .. } | VaultError::BadPath { .. }) => {}
                    Err(error) => return Err(vault_failure(error)),
                }
            }
        }
        let line = self.read(object, known, gone)?;
        match known {
            // What cannot be read now is kept as it was, and is said to be that.
            Some(known) if line.stored().is_none() && self.carried(known)? => {
                counts.stale.fetch_add(1, Ordering::Relaxed);
                let why = format!("{}; it is kept as the backup before has it", line.why.unwrap_or_default());
                let object = Object { version: None, ..known.object.clone() };
                Ok(Line { state: FileState::Changed, why: Some(why), object, ..known.clone() })
            }
            _ => Ok(line),
        }
    }

    fn read(
        &self,
        object: &Object,
        known: Option<&Line>,
        gone: &Mutex<Option<SourceError>>,
    ) -> Result<Line, Failure> {
        let mut tries = 1;
        loop {
            let opened = match self.open(object, known) {
                Ok(Some(opened)) => opened,
                Ok(None) => return Ok(self.not_taken(&object.key, FileState::Missing, None)),
                Err(SourceError::Cancelled) => return Err(base::failure::cancelled()),
                Err(error) if error.is_of_all() => {
                    let failure = error.to_string();
                    gone.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    return Err(Failure::new(base::Code::SourceUnreadable, failure, "Start it again."));
                }
                // What is about to be overwritten is gone already: nothing of it could be kept.
                Err(error @ SourceError::NoBytes { .. }) if self.is_safety => {
                    return Ok(self.not_taken(&object.key, FileState::Missing, Some(error.to_string())));
                }
                Err(error) => {
                    // A place that answers slowly, and not at all for some, does not stand still.
                    self.meter.beat();
                    return Ok(self.not_taken(&object.key, FileState::LeftOut, Some(error.to_string())));
                }
            };
            let now = opened.object;
            if noted_bytes(&now) > NOTES_BYTES_MAX {
                let why = "what is noted about it is longer than of any file".to_owned();
                return Ok(self.not_taken(&object.key, FileState::LeftOut, Some(why)));
            }
            let is_last = tries >= TRIES;
            let reader = Metered {
                inner: opened.reader,
                meter: self.meter,
                takes_changed: is_last,
                was_changed: false,
            };
            let is_other = self.objects.is_of_moment() && now.version != object.version;
            match self.write(&now, reader) {
                Ok(line) if is_other && line.state == FileState::Stored => {
                    let why = Some("it was written to after the moment of the backup".to_owned());
                    // It is read again next time.
                    let object = Object { version: None, etag: None, ..line.object.clone() };
                    return Ok(Line { state: FileState::Changed, why, object, ..line });
                }
                Ok(line) => return Ok(line),
                Err(VaultError::Source { source, .. }) => {
                    let is_changed =
                        source.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Changed>);
                    if !is_changed {
                        return Ok(self.not_taken(&object.key, FileState::LeftOut, Some(source.to_string())));
                    }
                    tries += 1;
                }
                // A listing that names one file twice is no reason to fail everything else.
                Err(VaultError::BadPath { reason, .. }) => {
                    return Ok(self.not_taken(&object.key, FileState::LeftOut, Some(reason.to_string())));
                }
                Err(error) => return Err(vault_failure(error)),
            }
        }
    }

    /// Writes a file under its own name, or where no tree can hold that, under the hash of its name.
    fn write(&self, object: &Object, mut reader: Metered<'_>) -> Result<Line, VaultError> {
        let meta = meta(object);
        let mut path = format!("{}/{}", self.folder, object.key);
        let written = match self.writer.try_file(&path, &meta, &mut reader) {
            Err(VaultError::BadPath { .. }) => {
                path = format!("{}/.by-hash/{}", self.folder, hashed(&object.key));
                self.writer.try_file(&path, &meta, &mut reader)
            }
            written => written,
        }?;
        let state = if reader.was_changed { FileState::Changed } else { FileState::Stored };
        Ok(Line {
            bucket: self.bucket.to_owned(),
            object: Object {
                size: Some(written.bytes),
                // What was written to meanwhile is read again next time.
                version: object.version.clone().filter(|_| state == FileState::Stored),
                etag: object.etag.clone().filter(|_| state == FileState::Stored),
                ..object.clone()
            },
            state,
            path: Some(path),
            sha256: Some(hex::encode(&written.sha256)),
            why: (state == FileState::Changed).then(|| Changed.to_string()),
        })
    }

    fn not_taken(&self, key: &str, state: FileState, why: Option<String>) -> Line {
        Line {
            bucket: self.bucket.to_owned(),
            object: Object { key: key.to_owned(), ..Object::default() },
            state,
            path: None,
            sha256: None,
            why,
        }
    }
}

/// Bytes of what readers are told of a file.
fn noted_bytes(object: &Object) -> usize {
    let told = object.metadata.iter().chain(&object.headers);
    let told: usize = told.map(|(name, value)| name.len() + value.len()).sum();
    told + [&object.content_type, &object.cache_control].into_iter().flatten().map(String::len).sum::<usize>()
}

fn meta(object: &Object) -> FileMeta {
    let modified = object.modified_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    FileMeta { mode: object.mode.unwrap_or(MODE) & 0o777, modified: modified.unwrap_or_else(Timestamp::now) }
}

impl Tally {
    fn note(&mut self, line: &Line, is_missed: bool) {
        if line.stored().is_some() {
            self.files += 1;
            self.bytes += line.object.size.unwrap_or_default();
        }
        let what = match line.state {
            FileState::Stored => return,
            FileState::Changed => {
                self.changed += 1;
                line.why.clone().unwrap_or_else(|| "it was written to while it was read".to_owned())
            }
            FileState::Missing => {
                self.missing += 1;
                line.why.clone().unwrap_or_else(|| "it was gone when it was to be read".to_owned())
            }
            FileState::LeftOut => {
                self.left_out += 1;
                self.unreadable += u64::from(is_missed);
                line.why.clone().unwrap_or_default()
            }
        };
        if self.named.len() < NAMED_MAX {
            self.named.push(format!("{}: {what}", line.object.key));
        }
    }
}

/// The line of the inventory before for this key, and those before it that are listed no more. Both are in the order of
/// their keys.
fn known<I: Iterator<Item = Line>>(before: &mut Peekable<I>, key: &str) -> (Vec<Line>, Option<Line>) {
    let passed = std::iter::from_fn(|| before.next_if(|line| line.object.key.as_str() < key)).collect();
    (passed, before.next_if(|line| line.object.key == key))
}

fn hashed(key: &str) -> String {
    hex::encode(digest(&SHA256, key.as_bytes()).as_ref())
}

fn stopped() -> Failure {
    Failure::new(
        base::Code::Internal,
        "Holdfast made a mistake while it read files",
        "Copy this report to the developers.",
    )
}

/// A file's bytes, counted for progress.
struct Metered<'a> {
    inner: Box<dyn Read + Send>,
    meter: &'a Meter,
    /// Whether a file that was written to meanwhile is taken as it is.
    takes_changed: bool,
    was_changed: bool,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.meter.add_bytes(count as u64);
                Ok(count)
            }
            Err(error)
                if self.takes_changed
                    && error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Changed>) =>
            {
                self.was_changed = true;
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }
}
