//! All sources of a project into the snapshot of a backup.
//!
//! A source that cannot be read is no reason to make no backup: the backup names it, and counts for none of its
//! component, so that the recovery point of that component grows old.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use source::checkout::{self, Checkout};
use source::redis::Keys;
use source::storage_api::StorageObjects;
use source::{Objects, Place, SourceError};
use vault::{FileMeta, SnapshotId, SnapshotWriter, Vault};

use super::at_redis::RedisFile;
use super::files::{Files, History, Tally};
use super::ready::Ready;
use crate::archive::failure::vault_failure;
use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{
    Absent, Inventory, Manifest, Part, Taken, Tree, component_folder, inventory_path, opened,
};
use base::clock::now_ms;
use base::failure::Failure;
use base::hex;
use base::meter::Meter;
use base::words::{bytes_words, counted};
use ledger::component::Component;
use ledger::job::JobContext;
use remote::storage_api::BucketSettings;

const MODE: u32 = 0o600;
/// Lines of an inventory that wait to be stored.
const LINES_AHEAD: usize = 1024;

/// What was backed up before.
#[derive(Debug, Default)]
pub(crate) struct Before {
    /// Whether what it holds is about to be overwritten.
    pub(crate) is_safety: bool,
    /// The backup that unchanged files are kept from.
    pub(crate) parent: Option<(SnapshotId, Manifest)>,
    /// The newest that holds each component, to compare with.
    pub(crate) newest: BTreeMap<Component, (SnapshotId, Manifest)>,
}

/// What the sources gave.
#[derive(Debug, Default)]
pub(crate) struct TakenParts {
    taken: Vec<Taken>,
    inventories: Vec<Part>,
    absent: Vec<Absent>,
    warnings: Vec<String>,
    /// Files that could not be read.
    unreadable: u64,
}

/// Reads all of these into the snapshot. `before` is the backup that its files may be kept from.
///
/// # Errors
/// When the vault fails, or the run was cancelled. That a source fails is none.
pub(crate) async fn take(
    context: &JobContext,
    vault: &Vault,
    writer: OpenSnapshot,
    ready: Vec<Ready>,
    before: Before,
) -> Result<(OpenSnapshot, TakenParts, Before), Failure> {
    if ready.is_empty() {
        return Ok((writer, TakenParts::default(), before));
    }
    let (vault, meter) = (vault.clone(), Arc::clone(context.meter()));
    let (writer, parts, before) = opened::blocking(move || {
        let mut parts = TakenParts::default();
        let mut ready = ready;
        ready.sort_by(|one, other| {
            (one.source.component, &one.source.name).cmp(&(other.source.component, &other.source.name))
        });
        for component in Component::ALL {
            let of: Vec<&Ready> = ready.iter().filter(|one| one.source.component == component).collect();
            if !of.is_empty() {
                take_component(&vault, &writer, component, &of, &before, &meter, &mut parts)?;
            }
        }
        Ok::<_, Failure>((writer, parts, before))
    })
    .await?;
    context.checkpoint()?;
    for taken in &parts.taken {
        context.info("parts", taken_words(taken));
    }
    for absent in &parts.absent {
        context.warn(
            "parts",
            format!("{} “{}” cannot be read: {}", absent.component.words(), absent.name, absent.why),
        );
    }
    Ok((writer, parts, before))
}

fn taken_words(taken: &Taken) -> String {
    let unchanged = match taken.unchanged {
        0 => String::new(),
        some => format!(", {some} of them unchanged"),
    };
    format!(
        "{} “{}”: {} with {} from {}{unchanged}",
        taken.component.words(),
        taken.name,
        match taken.keys {
            Some(keys) => counted(keys, "key"),
            None => counted(taken.files, "file"),
        },
        bytes_words(taken.bytes),
        taken.place.words()
    )
}

fn take_component(
    vault: &Vault,
    writer: &SnapshotWriter,
    component: Component,
    sources: &[&Ready],
    before: &Before,
    meter: &Meter,
    parts: &mut TakenParts,
) -> Result<(), Failure> {
    let path = inventory_path(component);
    let (lines, given) = sync_channel(LINES_AHEAD);
    let written = std::thread::scope(|scope| {
        let meta = FileMeta { mode: MODE, modified: jiff::Timestamp::now() };
        let path = &path;
        let inventory =
            scope.spawn(move || writer.file(path, &meta, Lines { given, line: Vec::new(), at: 0 }));
        let mut failed = None;
        for ready in sources {
            let is_safety = before.is_safety;
            let files = |objects: &dyn Objects| {
                let history = history(ready, objects, before);
                let history = history.map(|(id, _)| History {
                    vault,
                    id: *id,
                    is_parent: before.parent.as_ref().is_some_and(|(parent, _)| parent == id),
                });
                // Only that list knows what the place has thrown away: without it nothing of the place is taken.
                let before = match history {
                    Some(History { id, .. }) => match Inventory::open(vault, &id, component) {
                        Ok(inventory) => inventory,
                        Err(error) => {
                            let place = "the list of the backup before".to_owned();
                            let source = io::Error::other(error.to_string());
                            return Ok(Err(SourceError::Io { place, source }));
                        }
                    },
                    None => before_of(vault, before.parent.as_ref(), component),
                };
                Files {
                    bucket: &ready.source.name,
                    folder: &folder(component, &ready.source.name),
                    objects,
                    writer,
                    meter,
                    lines: &lines,
                    keeps: !is_safety || !objects.marks_can_be_set(),
                    is_safety,
                    history,
                }
                .take(before)
            };
            let began_at_ms = now_ms();
            let took = match &ready.objects {
                Ok(objects) => files(objects.as_ref()),
                Err(failure) => {
                    parts.lack(ready, failure.message.clone());
                    continue;
                }
            };
            match took {
                Ok(took) => parts.note(ready, took, began_at_ms, before),
                Err(failure) => {
                    failed = Some(failure);
                    break;
                }
            }
        }
        drop(lines);
        let written = inventory.join();
        match failed {
            Some(failure) => Err(failure),
            None => written.unwrap_or(Err(vault::VaultError::Cancelled)).map_err(vault_failure),
        }
    })?;
    parts.inventories.push(Part { path, bytes: written.bytes, sha256: hex::encode(&written.sha256) });
    Ok(())
}

/// Of a place that accumulates, the newest backup that read it.
fn history<'a>(
    ready: &Ready,
    objects: &dyn Objects,
    before: &'a Before,
) -> Option<&'a (SnapshotId, Manifest)> {
    let source = &ready.source;
    let newest = before.newest.get(&source.component).filter(|_| objects.accumulates());
    newest.filter(|(_, manifest)| {
        let mut taken = manifest.taken_of(source.component);
        taken.any(|taken| taken.name == source.name && taken.place.is_same(&source.place))
    })
}

/// Which buckets came and went since the last backup, as sentences.
fn changed_buckets(ready: &Ready, now: &[BucketSettings], before: &Before) -> Vec<String> {
    let source = &ready.source;
    let manifest =
        before.newest.get(&source.component).or(before.parent.as_ref()).map(|(_, manifest)| manifest);
    let is_it = |taken: &&Taken| taken.name == source.name && taken.place.is_same(&source.place);
    let Some(then) = manifest.and_then(|manifest| manifest.taken_of(source.component).find(is_it)) else {
        return Vec::new();
    };
    let has = |all: &[BucketSettings], id: &str| all.iter().any(|one| one.id == id);
    let new = now.iter().filter(|bucket| !has(&then.buckets, &bucket.id));
    let gone = then.buckets.iter().filter(|bucket| !has(now, &bucket.id));
    let new = new.map(|bucket| format!("Bucket {} is new since the last backup; it is included.", bucket.id));
    new.chain(gone.map(|bucket| format!("Bucket {} of the last backup is gone.", bucket.id))).collect()
}

/// Where the files of a source are in a snapshot.
fn folder(component: Component, name: &str) -> String {
    format!("{}/{name}", component_folder(component))
}

/// The list of the backup before. That it cannot be read means that everything is read again.
fn before_of(vault: &Vault, before: Option<&(SnapshotId, Manifest)>, component: Component) -> Inventory {
    let opened = before.filter(|(_, manifest)| !manifest.inventories.is_empty());
    match opened.map(|(id, _)| Inventory::open(vault, id, component)) {
        Some(Ok(inventory)) => inventory,
        Some(Err(error)) => {
            tracing::warn!(%error, "the list of the files of the backup before cannot be read");
            Inventory::none()
        }
        None => Inventory::none(),
    }
}

impl TakenParts {
    fn lack(&mut self, ready: &Ready, why: String) {
        let (name, component) = (ready.source.name.clone(), ready.source.component);
        self.absent.push(Absent { name, component, why });
    }

    fn note(&mut self, ready: &Ready, took: Result<Tally, SourceError>, began_at_ms: i64, before: &Before) {
        let source = &ready.source;
        let tally = match took {
            Ok(tally) => tally,
            Err(error) => return self.lack(ready, error.to_string()),
        };
        let learnt = ready.redis.as_deref().map(RedisFile::learnt).unwrap_or_default();
        let keys = learnt.keys.as_ref().map(Keys::total);
        if let Some(why) = why_nothing(ready, &tally, keys, before) {
            return self.lack(ready, why);
        }
        self.unreadable += tally.unreadable;
        self.warnings.extend(learnt.notes);
        let Tally { files, bytes, unchanged, missing, changed, left_out, unreadable: _, named } = tally;
        let label = format!("{} “{}”", source.component.words(), source.name);
        for (count, what) in [
            (missing, "disappeared before it was read"),
            (changed, "changed while it was read, and may be of no one moment"),
            (left_out, "could not be read"),
        ] {
            if count > 0 {
                let example = named.first().map(|one| format!(" ({one})")).unwrap_or_default();
                let what = if count == 1 { what.to_owned() } else { what.replace("it was", "they were") };
                self.warnings.push(format!("Of {label}, {} {what}{example}.", counted(count, "file")));
            }
        }
        let buckets = ready.storage.as_deref().map(StorageObjects::listed_buckets).unwrap_or_default();
        self.warnings.extend(changed_buckets(ready, &buckets, before));
        let (checkout, images) = surroundings(ready);
        self.taken.push(Taken {
            name: source.name.clone(),
            component: source.component,
            place: source.place.clone(),
            path: folder(source.component, &source.name),
            files,
            bytes,
            keys,
            way: ready.way.clone(),
            buckets,
            checkout,
            images,
            unchanged,
            missing,
            changed,
            left_out,
            named,
            began_at_ms,
            ended_at_ms: now_ms(),
        });
    }

    /// Writes it into the manifest.
    pub(crate) fn note_in(self, manifest: &mut Manifest) {
        let Self { mut taken, inventories, absent, warnings, unreadable: _ } = self;
        taken.sort_by(|one, other| (one.component, &one.name).cmp(&(other.component, &other.name)));
        manifest.trees.extend(taken.iter().map(|taken| Tree {
            component: taken.component.as_str().to_owned(),
            path: taken.path.clone(),
            files: taken.files,
            bytes: taken.bytes,
        }));
        manifest.warnings.extend(warnings);
        manifest.warnings.extend(absent.iter().map(|absent| {
            let Absent { name, component, why } = absent;
            format!("This backup lacks {} “{name}”: {}.", component.words(), why.trim_end_matches('.'))
        }));
        (manifest.taken, manifest.inventories, manifest.absent) = (taken, inventories, absent);
    }

    /// What is not in the backup though it is there; nothing where all is in it.
    pub(crate) fn lacking_words(&self) -> Option<String> {
        let mut words: Vec<String> = self
            .absent
            .iter()
            .map(|one| format!("{} “{}” ({})", one.component.words(), one.name, one.why))
            .collect();
        if self.unreadable > 0 {
            words.push(format!("{} that could not be read", counted(self.unreadable, "file")));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// With what other sources gave.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.taken.extend(other.taken);
        self.inventories.extend(other.inventories);
        self.absent.extend(other.absent);
        self.warnings.extend(other.warnings);
        self.unreadable += other.unreadable;
        self
    }
}

/// What configuration says of the program that it belongs to. That it cannot be read is no reason to count it for less.
fn surroundings(ready: &Ready) -> (Option<Checkout>, Vec<String>) {
    let Ok(objects) = &ready.objects else { return (None, Vec::new()) };
    if ready.source.component != Component::Configuration {
        return (None, Vec::new());
    }
    let prefixes = match &ready.source.place {
        Place::Files { paths, .. } if paths.len() > 1 => {
            paths.iter().filter_map(|path| Some(format!("{}/", path.file_name()?))).collect()
        }
        _ => vec![String::new()],
    };
    checkout::look(objects.as_ref(), &prefixes).unwrap_or_else(|error| {
        tracing::warn!(%error, "what is checked out beside the configuration cannot be read");
        (None, Vec::new())
    })
}

/// Why a source gave nothing that a backup could count for: it is empty and was not, or most of it cannot be read.
fn why_nothing(ready: &Ready, tally: &Tally, keys: Option<u64>, before: &Before) -> Option<String> {
    // What is gone already cannot be lost any more.
    if before.is_safety && tally.unreadable == 0 {
        return None;
    }
    let example = || tally.named.first().map(|named| format!(" ({named})")).unwrap_or_default();
    if tally.unreadable > tally.files {
        return Some(format!("most of it cannot be read{}", example()));
    }
    let source = &ready.source;
    if tally.files == 0 && tally.left_out + tally.missing > 0 {
        return Some(format!("nothing in it can be read{}", example()));
    }
    let (now, unit) = match source.component {
        Component::Redis => (keys.unwrap_or(0), "key"),
        _ => (tally.files, "file"),
    };
    let (_, newest) = before.newest.get(&source.component)?;
    let taken = newest.taken.iter().find(|taken| {
        taken.component == source.component
            && taken.name == source.name
            && taken.began_at_ms >= source.created_at_ms
    })?;
    let had = taken.keys.unwrap_or(taken.files);
    // A disk that is not mounted looks just like this, and so does a server that began anew.
    (now == 0 && had > 0).then(|| {
        format!(
            "it is empty, and the newest backup of it has {}; if that is meant, add the component again under its name",
            counted(had, unit)
        )
    })
}

/// Lines that come from elsewhere, as a stream.
struct Lines {
    given: Receiver<Vec<u8>>,
    line: Vec<u8>,
    at: usize,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            match self.given.recv() {
                Ok(line) => (self.line, self.at) = (line, 0),
                Err(_) => return Ok(0),
            }
        }
        let count = buffer.len().min(self.line.len() - self.at);
        buffer[..count].copy_from_slice(&self.line[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
