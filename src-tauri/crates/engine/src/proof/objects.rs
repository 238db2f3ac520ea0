//! Rows that name files against the files that came back, both ways: `storage.objects` of Supabase.
//!
//! Where a file of a bucket is depends on what was backed up: the bucket itself, a folder of buckets, or the folder in
//! which the storage service keeps its files, with a version behind each name.

use std::collections::{BTreeMap, HashSet};

use futures_util::{StreamExt as _, pin_mut};
use postgres::storage_rows::{StorageRow, StorageRowsError, StorageTable};
use ring::digest::{Context, SHA256};
use source::Place;
use tokio_postgres::Client;
use vault::{SnapshotId, Vault};

use super::check::Begun;
use crate::archive::opened::blocking;
use crate::archive::{Inventory, Manifest};
use base::failure::Failure;
use base::meter::Meter;
use base::words::counted;
use ledger::component::Component;
use ledger::job::{Check, JobContext};

/// So many are named; all are counted.
const NAMED_MAX: usize = 100;
const BEGIN: &str = "begin isolation level repeatable read read only";
/// So often the run is told that it goes on.
const ROWS_A_BEAT: u64 = 1000;
/// Folders in which the storage service keeps buckets, where nothing else was set.
const FOLDERS: [&str; 3] = ["", "stub/stub/", "stub/"];
/// What the storage service keeps in an empty folder. It has no row.
const PLACEHOLDER: &str = ".emptyFolderPlaceholder";

/// A source of files, and the bucket that it is.
struct Source {
    name: String,
    bucket: Option<String>,
}

/// What was found.
#[derive(Default)]
struct Seen {
    rows: u64,
    found: u64,
    /// By bucket: rows, those with a file, some of those without.
    buckets: BTreeMap<String, Bucket>,
    /// Files that a row names.
    named: HashSet<u128>,
    /// Sources of which a row names a file.
    sources: HashSet<usize>,
    /// How many rows without a file are named.
    unnamed: usize,
}

#[derive(Default)]
struct Bucket {
    rows: u64,
    found: u64,
    without: Vec<String>,
}

/// Compares; `None` where the database has no such table. What cannot be looked at says nothing of the database.
pub(crate) async fn rows_and_files(
    context: &JobContext,
    client: &Client,
    (vault, id): (&Vault, SnapshotId),
    manifest: &Manifest,
) -> Option<Check> {
    let compared = async {
        tokio::select! {
            compared = compare(context.meter(), client, (vault, id), manifest) => compared,
            () = context.token().cancelled() => Err(base::failure::cancelled()),
        }
    };
    compared.await.unwrap_or_else(|failure| {
        let why = format!("{}.", failure.message.trim_end_matches('.'));
        Some(Begun::new("objects", "Rows and files").not_checked(why))
    })
}

async fn compare(
    meter: &Meter,
    client: &Client,
    (vault, id): (&Vault, SnapshotId),
    manifest: &Manifest,
) -> Result<Option<Check>, Failure> {
    let begun = Begun::new("objects", "Rows and files");
    let table = match StorageTable::find(client).await {
        Ok(Some(table)) => table,
        Ok(None) => return Ok(None),
        Err(error) => return Ok(Some(begun.not_checked(refused(&error)))),
    };
    let sources: Vec<Source> = manifest
        .taken_of(Component::Files)
        .map(|taken| {
            let bucket = match &taken.place {
                Place::Bucket(address) if address.prefix.is_empty() => Some(address.bucket.clone()),
                _ => None,
            };
            Source { name: taken.name.clone(), bucket }
        })
        .collect();
    let (of_vault, names) = (vault.clone(), sources.iter().map(|one| one.name.clone()).collect::<Vec<_>>());
    let kept = blocking(move || keys(&of_vault, &id, &names)).await?;
    let read = read_rows(meter, client, &table, &sources, &kept).await;
    // The session goes on to be used.
    let ended = client.batch_execute("rollback").await;
    let seen = match read {
        Ok(seen) => seen,
        Err(error) => return Ok(Some(begun.not_checked(unread(&error)))),
    };
    if let Err(error) = ended {
        return Ok(Some(begun.not_checked(refused(&error))));
    }
    if seen.rows == 0 {
        return Ok(None);
    }
    if sources.is_empty() {
        let rows = counted(seen.rows, "row");
        return Ok(Some(begun.not_checked(format!(
            "{rows} of storage.objects name files, and the backup holds none: add their buckets as components."
        ))));
    }
    let (of_vault, names) = (vault.clone(), sources.iter().map(|one| one.name.clone()).collect::<Vec<_>>());
    let (seen, extra) = blocking(move || {
        let extra = without_rows(&of_vault, &id, &names, &seen)?;
        Ok::<_, Failure>((seen, extra))
    })
    .await?;
    Ok(Some(judged(begun, &seen, extra)))
}

fn unread(error: &StorageRowsError) -> String {
    format!("storage.objects could not be read: {error}")
}

fn refused(error: &tokio_postgres::Error) -> String {
    format!("storage.objects could not be read: {}", postgres::connection::said(error))
}

/// Every file of these sources in the backup.
fn keys(vault: &Vault, id: &SnapshotId, sources: &[String]) -> Result<HashSet<u128>, Failure> {
    let mut kept = HashSet::new();
    for line in Inventory::open(vault, id, Component::Files)? {
        let line = line?;
        let at = sources.iter().position(|name| *name == line.bucket);
        if let (Some(at), Some(_)) = (at, line.stored()) {
            kept.insert(mark(at, &line.object.key));
        }
    }
    Ok(kept)
}

/// A file of a source; a million of them are held in memory.
fn mark(source: usize, key: &str) -> u128 {
    let mut hash = Context::new(&SHA256);
    hash.update(&source.to_le_bytes());
    hash.update(key.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&hash.finish().as_ref()[..16]);
    u128::from_le_bytes(first)
}

async fn read_rows(
    meter: &Meter,
    client: &Client,
    table: &StorageTable,
    sources: &[Source],
    kept: &HashSet<u128>,
) -> Result<Seen, StorageRowsError> {
    client.batch_execute(BEGIN).await?;
    let rows = table.rows(client, None).await?;
    pin_mut!(rows);
    let mut seen = Seen::default();
    while let Some(row) = rows.next().await {
        let StorageRow { bucket, name, version, .. } = row?;
        seen.note(&bucket, &name, version.as_deref(), sources, kept);
        if seen.rows.is_multiple_of(ROWS_A_BEAT) {
            meter.beat();
        }
    }
    Ok(seen)
}

impl Seen {
    fn note(
        &mut self,
        bucket: &str,
        name: &str,
        version: Option<&str>,
        sources: &[Source],
        kept: &HashSet<u128>,
    ) {
        self.rows += 1;
        let of = self.buckets.entry(bucket.to_owned()).or_default();
        of.rows += 1;
        let file = sources.iter().enumerate().find_map(|(at, source)| {
            let marks = candidates(source, bucket, name, version).map(|key| mark(at, &key));
            marks.into_iter().find(|mark| kept.contains(mark)).map(|mark| (at, mark))
        });
        match file {
            Some((at, mark)) => {
                self.found += 1;
                of.found += 1;
                self.named.insert(mark);
                self.sources.insert(at);
            }
            None if self.unnamed < NAMED_MAX => {
                self.unnamed += 1;
                of.without.push(name.to_owned());
            }
            None => {}
        }
    }
}

/// Where a source could hold the file of a row.
fn candidates<'a>(
    source: &'a Source,
    bucket: &'a str,
    name: &'a str,
    version: Option<&'a str>,
) -> impl Iterator<Item = String> + 'a {
    let is_bucket = source.name == bucket || source.bucket.as_deref() == Some(bucket);
    let of_bucket = is_bucket.then(|| name.to_owned());
    let within = FOLDERS.iter().map(move |folder| format!("{folder}{bucket}/{name}"));
    of_bucket.into_iter().chain(within).flat_map(move |key| {
        let versioned = version.map(|version| format!("{key}/{version}"));
        [Some(key), versioned].into_iter().flatten()
    })
}

/// Files that no row names, of sources of which rows name others: the first ones, and how many.
fn without_rows(
    vault: &Vault,
    id: &SnapshotId,
    sources: &[String],
    seen: &Seen,
) -> Result<(Vec<String>, u64), Failure> {
    let (mut some, mut count) = (Vec::new(), 0);
    for line in Inventory::open(vault, id, Component::Files)? {
        let line = line?;
        let at = sources.iter().position(|name| *name == line.bucket);
        let Some(at) = at.filter(|at| seen.sources.contains(at)) else { continue };
        let key = &line.object.key;
        if line.stored().is_none() || key.ends_with(PLACEHOLDER) || seen.named.contains(&mark(at, key)) {
            continue;
        }
        count += 1;
        if some.len() < NAMED_MAX {
            some.push(format!("{key} of “{}”: no row names it", line.bucket));
        }
    }
    Ok((some, count))
}

fn judged(begun: Begun, seen: &Seen, (extra, extra_count): (Vec<String>, u64)) -> Check {
    let mut findings = Vec::new();
    let mut without = 0;
    for (name, bucket) in &seen.buckets {
        if bucket.found == 0 {
            let rows = counted(bucket.rows, "row");
            findings.push(format!("the bucket “{name}”: {rows}, and no component holds its files"));
            continue;
        }
        without += bucket.rows - bucket.found;
        findings.extend(
            bucket
                .without
                .iter()
                .map(|file| format!("{name}/{file}: a row names it, and the backup has no such file")),
        );
    }
    findings.extend(extra);
    let figure = format!("{} of {} rows", seen.found, seen.rows);
    let mut done =
        "Each row of storage.objects against the files of the backup, and each file against the rows."
            .to_owned();
    if without > 0 {
        done = format!("{done} {} without a file.", counted(without, "row"));
    }
    if extra_count > 0 {
        done = format!("{done} {} without a row.", counted(extra_count, "file"));
    }
    if findings.is_empty() {
        begun.judged(figure, done, findings)
    } else {
        begun.noted(figure, done, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, bucket: Option<&str>) -> Source {
        Source { name: name.to_owned(), bucket: bucket.map(str::to_owned) }
    }

    #[test]
    fn a_row_finds_its_file_in_a_bucket_in_a_folder_of_buckets_and_where_the_service_keeps_it() {
        let sources = [
            source("avatars", None),
            source("files", Some("invoices")),
            source("volume", None),
            source("all", None),
        ];
        let kept: HashSet<u128> = [
            mark(0, "anna.png"),
            mark(1, "2026/1.pdf"),
            mark(2, "stub/stub/photos/a b.jpg/v-7"),
            mark(3, "films/x.mp4"),
        ]
        .into();
        let mut seen = Seen::default();
        seen.note("avatars", "anna.png", Some("v-1"), &sources, &kept);
        seen.note("invoices", "2026/1.pdf", None, &sources, &kept);
        seen.note("photos", "a b.jpg", Some("v-7"), &sources, &kept);
        seen.note("films", "x.mp4", None, &sources, &kept);
        assert_eq!((seen.rows, seen.found, seen.sources.len()), (4, 4, 4));
        // Another version is another file.
        seen.note("photos", "a b.jpg", Some("v-8"), &sources, &kept);
        seen.note("avatars", "gone.png", None, &sources, &kept);
        seen.note("nobodys", "x", None, &sources, &kept);
        assert_eq!((seen.rows, seen.found), (7, 4));
        let check = judged(Begun::new("objects", "x"), &seen, (Vec::new(), 0));
        assert_eq!(check.found, 3, "{check:?}");
        assert!(
            check.findings.iter().any(|one| one.contains("“nobodys”: 1 row, and no component")),
            "{check:?}"
        );
        assert!(
            check.findings.iter().any(|one| one.contains("avatars/gone.png: a row names it")),
            "{check:?}"
        );
    }
}
