//! Reading a whole backup from the vault: every block authenticated, every part hashed, the dump
//! parsed and counted again.

use std::collections::HashMap;
use std::io::Read;

use ring::digest::{Context, SHA256};
use vault::{EntryKind, SnapshotId, Vault};

use crate::archive::{ArchiveError, Inventory, MANIFEST_PATH, Manifest, Part, Tree};
use base::hex;
use base::meter::Meter;
use ledger::component::Component;
use postgres::custom_format::{Summary, Tap};

/// Large enough to keep the hash busy, small enough to stay in the cache.
const BUFFER_BYTES: usize = 256 * 1024;

/// What a whole reading showed.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Files read.
    pub(crate) files: u64,
    /// What is wrong with the bytes: one sentence per file.
    pub(crate) damaged: Vec<String>,
    /// What the dump holds, or why it cannot be parsed.
    pub(crate) dump: Result<Box<Summary>, String>,
}

/// Reads everything that the snapshot holds. Blocks; call it where blocking is fine.
///
/// # Errors
/// Only when the vault itself fails or `is_cancelled` says so; a damaged file is a finding.
pub(crate) fn read_all(
    vault: &Vault,
    id: &SnapshotId,
    manifest: &Manifest,
    meter: &Meter,
    is_cancelled: &dyn Fn() -> bool,
) -> Result<Reading, ArchiveError> {
    let mut reading =
        Reading { bytes: 0, files: 0, damaged: Vec::new(), dump: Err("it is not in the snapshot".into()) };
    let mut expected: Vec<&Part> = manifest.parts().collect();
    let listed = listed_hashes(vault, id, manifest)?;
    let dump = manifest.database.as_ref().map(|database| database.part.path.as_str());
    let mut found = Vec::new();
    for entry in vault.entries(id)? {
        if entry.kind != EntryKind::File {
            continue;
        }
        let part = expected.iter().position(|part| part.path == entry.path).map(|at| expected.remove(at));
        let is_dump = dump == Some(entry.path.as_str());
        let mut tap = is_dump.then(Tap::new);
        match read_one(vault, id, &entry.path, tap.as_mut(), meter, is_cancelled) {
            Ok((bytes, sha256)) => {
                reading.bytes += bytes;
                found.push((entry.path.clone(), bytes));
                reading.files += 1;
                if let Some(part) = part
                    && (part.bytes != bytes || part.sha256 != sha256)
                {
                    reading
                        .damaged
                        .push(format!("{} is not the file that the manifest describes", entry.path));
                }
                if listed.get(&entry.path).is_some_and(|listed| *listed != sha256) {
                    reading.damaged.push(format!("{} is not the file that its list describes", entry.path));
                }
                if let Some(tap) = tap {
                    reading.dump = tap.finish().map(Box::new).map_err(|error| error.to_string());
                }
            }
            Err(ReadError::Cancelled) => return Err(vault::VaultError::Cancelled.into()),
            Err(ReadError::File(what)) => {
                reading.damaged.push(format!("{}: {what}", entry.path));
                if is_dump {
                    reading.dump = Err("its file is damaged".into());
                }
            }
        }
    }
    reading.damaged.extend(expected.iter().map(|part| format!("{} is missing", part.path)));
    reading
        .damaged
        .extend(tree_problems(manifest, found.iter().map(|(path, bytes)| (path.as_str(), *bytes))));
    debug_assert_eq!(MANIFEST_PATH, "/manifest.json");
    Ok(reading)
}

/// The hashes of the files that Holdfast read by itself, by their paths, as their lists have them. A list that cannot be
/// read is found damaged by its own hash.
fn listed_hashes(
    vault: &Vault,
    id: &SnapshotId,
    manifest: &Manifest,
) -> Result<HashMap<String, String>, ArchiveError> {
    let mut hashes = HashMap::new();
    for component in Component::ALL {
        if manifest.taken_of(component).next().is_none() {
            continue;
        }
        for line in Inventory::open(vault, id, component)?.filter_map(Result::ok) {
            if let Some((path, sha256)) = line.stored() {
                hashes.insert(path.to_owned(), sha256.to_owned());
            }
        }
    }
    Ok(hashes)
}

/// What the folders of a snapshot lack, or have too much of, against the manifest.
pub(super) fn tree_problems<'a>(
    manifest: &Manifest,
    found: impl Iterator<Item = (&'a str, u64)>,
) -> Vec<String> {
    let mut counted = vec![(0_u64, 0_u64); manifest.trees.len()];
    for (path, bytes) in found {
        // The list of the files of a folder is none of them.
        if manifest.inventories.iter().any(|part| part.path == path) {
            continue;
        }
        let within = |tree: &Tree| path.strip_prefix(&tree.path).is_some_and(|rest| rest.starts_with('/'));
        let innermost = manifest.trees.iter().enumerate().filter(|(_, tree)| within(tree));
        if let Some((at, _)) = innermost.max_by_key(|(_, tree)| tree.path.len()) {
            counted[at].0 += 1;
            counted[at].1 += bytes;
        }
    }
    let pairs = manifest.trees.iter().zip(counted);
    let differing = pairs.filter(|(tree, counted)| (tree.files, tree.bytes) != *counted);
    differing
        .map(|(tree, (files, bytes))| {
            format!(
                "{} holds {files} files of {bytes} bytes, the manifest describes {} of {}",
                tree.path, tree.files, tree.bytes
            )
        })
        .collect()
}

enum ReadError {
    Cancelled,
    File(String),
}

fn read_one(
    vault: &Vault,
    id: &SnapshotId,
    path: &str,
    mut tap: Option<&mut Tap>,
    meter: &Meter,
    is_cancelled: &dyn Fn() -> bool,
) -> Result<(u64, String), ReadError> {
    let mut reader = vault.read(id, path).map_err(|error| ReadError::File(error.to_string()))?;
    let mut hash = Context::new(&SHA256);
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut bytes = 0;
    loop {
        if is_cancelled() {
            return Err(ReadError::Cancelled);
        }
        let count = reader.read(&mut buffer).map_err(|error| ReadError::File(error.to_string()))?;
        if count == 0 {
            return Ok((bytes, hex::encode(hash.finish().as_ref())));
        }
        hash.update(&buffer[..count]);
        bytes += count as u64;
        meter.add_bytes(count as u64);
        if let Some(tap) = tap.as_mut() {
            tap.push(&buffer[..count]);
        }
    }
}
