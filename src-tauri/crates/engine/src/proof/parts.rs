//! What a backup holds beside its database, read back: every file of an inventory is there with its hash, and a
//! snapshot of Redis has its keys.

use std::io::Read;
use std::sync::Arc;

use vault::{SnapshotId, Vault};

use crate::archive::opened::blocking;
use crate::archive::{ArchiveError, Inventory, Manifest, REDIS_FILE, Taken};
use base::failure::Failure;
use base::meter::Meter;
use base::words::counted;
use ledger::catalog::Verdict;
use ledger::component::Component;
use ledger::job::JobContext;
use source::redis::count;

/// What the proof of the parts came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proven {
    verdict: Verdict,
    /// In sentences; empty where there are no parts.
    words: String,
}

impl Proven {
    /// Where the files are not those that were listed, their bytes are not what was backed up either: for files the proof of
    /// their bytes is all that counts.
    pub(super) fn failing(&self, (verdict, words): (Verdict, String)) -> (Verdict, String) {
        match self.verdict {
            Verdict::Fail => (Verdict::Fail, format!("{} {words}", self.words)),
            _ => (verdict, words),
        }
    }

    /// The worse of this and of the rest of the backup, with both reasons.
    pub(super) fn with(self, (verdict, words): (Verdict, String)) -> (Verdict, String) {
        match (self.verdict, self.words.as_str()) {
            (_, "") => (verdict, words),
            (Verdict::Fail, _) => (Verdict::Fail, self.words),
            _ => (verdict, format!("{words} {}", self.words)),
        }
    }
}

/// Compares the inventories with the snapshot's own list, and counts the keys of Redis. That every block is whole is the
/// proof of its bytes; this adds that the files are those that were listed.
pub(super) async fn prove_parts(
    context: &JobContext,
    vault: &Vault,
    id: SnapshotId,
    manifest: &Manifest,
) -> Result<Proven, Failure> {
    if manifest.taken.is_empty() {
        return Ok(Proven { verdict: Verdict::Pass, words: String::new() });
    }
    let (vault, manifest, meter) = (vault.clone(), manifest.clone(), Arc::clone(context.meter()));
    blocking(move || judge(&vault, &id, &manifest, &meter)).await
}

fn judge(vault: &Vault, id: &SnapshotId, manifest: &Manifest, meter: &Meter) -> Result<Proven, ArchiveError> {
    let mut problems = Vec::new();
    let mut passed = Vec::new();
    for component in Component::ALL {
        let taken: Vec<_> = manifest.taken_of(component).collect();
        if taken.is_empty() {
            continue;
        }
        let mut sums = vec![(0_u64, 0_u64); taken.len()];
        for line in Inventory::open(vault, id, component)? {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    problems.push(error.to_string());
                    break;
                }
            };
            let at = taken.iter().position(|taken| taken.name == line.bucket);
            if let (Some(at), Some((path, _))) = (at, line.stored()) {
                if !path.starts_with(&format!("{}/", taken[at].path)) {
                    problems.push(format!("{path} is not where files of “{}” are", line.bucket));
                }
                sums[at].0 += 1;
                sums[at].1 += line.object.size.unwrap_or_default();
            }
        }
        for (taken, (files, bytes)) in taken.iter().zip(sums) {
            if (files, bytes) != (taken.files, taken.bytes) {
                problems.push(format!(
                    "the list of “{}” has {files} files of {bytes} bytes, the manifest describes {} of {}",
                    taken.name, taken.files, taken.bytes
                ));
            }
            passed.push(match (component, redis(vault, id, taken, meter)) {
                (Component::Redis, Ok(keys)) if Some(keys) == taken.keys => counted(keys, "key"),
                (Component::Redis, Ok(keys)) => {
                    problems.push(format!(
                        "“{}” has {keys} keys, the manifest describes {:?}",
                        taken.name, taken.keys
                    ));
                    continue;
                }
                (Component::Redis, Err(why)) => {
                    problems.push(format!("the snapshot of “{}” does not parse: {why}", taken.name));
                    continue;
                }
                _ => format!("{} of “{}”", counted(taken.files, "file"), taken.name),
            });
        }
    }
    Ok(if problems.is_empty() {
        Proven { verdict: Verdict::Pass, words: format!("{} match their lists.", passed.join(", ")) }
    } else {
        Proven { verdict: Verdict::Fail, words: format!("Not what was listed: {}.", problems.join("; ")) }
    })
}

pub(crate) fn redis(vault: &Vault, id: &SnapshotId, taken: &Taken, meter: &Meter) -> Result<u64, String> {
    if taken.component != Component::Redis {
        return Ok(0);
    }
    let reader = vault.read(id, &format!("{}/{}", taken.path, REDIS_FILE));
    let reader = reader.map_err(|error| error.to_string())?;
    count(Beating { inner: reader, meter }).map(|keys| keys.total()).map_err(|error| error.to_string())
}

/// A stream that tells that it is being read.
struct Beating<'a, R> {
    inner: R,
    meter: &'a Meter,
}

impl<R: Read> Read for Beating<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.meter.beat();
        self.inner.read(buffer)
    }
}
