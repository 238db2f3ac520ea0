//! Writing files of a backup: each one whole, with its hash compared before it gets its name.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read};

use camino::{Utf8Path, Utf8PathBuf};
use ring::digest::{Context, SHA256};
use source::{Object, Place, SourceError, Target};
use vault::{SnapshotId, Vault};

use super::look::{There, is_same, known_otherwise, lines, path_below, there};
use super::plan::PartPlan;
use crate::archive::Line;
use base::failure::{Failure, cancelled};
use base::hex;
use base::meter::Meter;
use base::words::counted;

/// So many problems are named.
const NAMED_MAX: usize = 20;

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) written: u64,
    pub(super) same: u64,
    pub(super) deleted: u64,
    pub(super) bytes: u64,
    pub(super) checked: u64,
    pub(super) problems: Vec<String>,
    pub(super) problem_count: u64,
}

impl Done {
    fn problem(&mut self, what: String) {
        self.problem_count += 1;
        if self.problems.len() < NAMED_MAX {
            self.problems.push(what);
        }
    }

    /// What failed, in words; absent where nothing did.
    pub(super) fn problem_words(&self) -> Option<String> {
        (self.problem_count > 0).then(|| {
            format!("{} did not come back: {}", counted(self.problem_count, "file"), self.problems.join("; "))
        })
    }
}

/// What a run needs of the vault and of itself.
pub(super) struct Work<'a> {
    pub(super) vault: &'a Vault,
    pub(super) id: SnapshotId,
    pub(super) plan: &'a PartPlan,
    pub(super) meter: &'a Meter,
    pub(super) is_cancelled: &'a dyn Fn() -> bool,
}

impl Work<'_> {
    /// Writes the files of all sources into a folder.
    pub(super) fn to_folder(&self, path: &Utf8Path) -> Result<Done, Failure> {
        let (target, mut done) = (Target::open(path)?, Done::default());
        if !target.is_empty()? {
            return Err(super::confirm::stale(&format!("{path} is not empty any more")));
        }
        let several = self.plan.counts.len() > 1;
        for counts in &self.plan.counts {
            let name = several.then_some(counts.name.as_str());
            let lines = self.lines(&counts.name)?;
            for line in &lines {
                let path = path_below(name, &line.object.key);
                if self.put(&target, line, &path, true, &mut done)? {
                    self.check(&target, line, &path, &mut done)?;
                }
            }
        }
        Ok(done)
    }

    /// Gives the files of a source the state of the backup, where they came from. What nobody has a copy of stays.
    pub(super) fn in_place(&self, name: &str, place: &Place, may: &Overwrite) -> Result<Done, Failure> {
        let (lines, mut done) = (self.lines(name)?, Done::default());
        let (now, objects) = there(place, self.plan.prefix.as_deref())?;
        let mut targets = HashMap::new();
        for line in &lines {
            let key = &line.object.key;
            if let Some(now) = now.files.get(key) {
                if is_same(objects.as_deref(), now, line, self.meter)? {
                    done.same += 1;
                    continue;
                }
                if !may.allows(now) {
                    done.problem(format!("{key}: it came or changed meanwhile, and stays as it is"));
                    continue;
                }
            }
            let Some((target, path)) = target_of(&mut targets, place, key)? else {
                done.problem(format!("{key}: nothing of the component leads there any more"));
                continue;
            };
            if self.put(target, line, &path, false, &mut done)? {
                self.check(target, line, &path, &mut done)?;
            }
        }
        if self.plan.deletes_extra {
            self.delete_extra(name, place, (&lines, &now), may, &mut targets, &mut done)?;
        }
        Ok(done)
    }

    /// Deletes what the backup does not have; nothing where anything else failed.
    fn delete_extra(
        &self,
        name: &str,
        place: &Place,
        (lines, now): (&[Line], &There),
        may: &Overwrite,
        targets: &mut HashMap<Utf8PathBuf, Target>,
        done: &mut Done,
    ) -> Result<(), Failure> {
        if done.problem_count > 0 {
            done.problem("nothing was deleted, since something else did not work".into());
            return Ok(());
        }
        let kept: HashSet<&str> = lines.iter().map(|line| line.object.key.as_str()).collect();
        let otherwise = known_otherwise(self.vault, &self.id, self.plan.component, name)?;
        for (key, object) in &now.files {
            if kept.contains(key.as_str()) || otherwise.holds(key) {
                continue;
            }
            if !may.allows(object) {
                done.problem(format!("{key}: it came or changed meanwhile, and stays"));
                continue;
            }
            if let Some((target, path)) = target_of(targets, place, key)? {
                match target.remove(&path) {
                    Ok(gone) => done.deleted += u64::from(gone),
                    Err(error) => done.problem(format!("{key}: {error}")),
                }
            }
        }
        Ok(())
    }

    fn lines(&self, name: &str) -> Result<Vec<Line>, Failure> {
        lines(self.vault, &self.id, self.plan.component, name, self.plan.prefix.as_deref())
    }

    /// Writes one file; whether it did. A full disk or a vault that fails ends it all; anything else is a problem of this
    /// file.
    fn put(
        &self,
        target: &Target,
        line: &Line,
        path: &str,
        is_new: bool,
        done: &mut Done,
    ) -> Result<bool, Failure> {
        if (self.is_cancelled)() {
            return Err(cancelled());
        }
        let Some((stored, sha256)) = line.stored() else { return Ok(false) };
        if is_new && target.has(path) {
            done.problem(format!(
                "{}: this file system takes its name for that of another file",
                line.object.key
            ));
            return Ok(false);
        }
        let reader = match self.vault.read(&self.id, stored) {
            Ok(reader) => reader,
            Err(error) if error.is_fatal() => return Err(crate::archive::failure::vault_failure(error)),
            Err(error) => {
                done.problem(format!("{}: {error}", line.object.key));
                return Ok(false);
            }
        };
        let mut hashed = Hashed { inner: reader, hash: Context::new(&SHA256), meter: self.meter };
        let written = target.put(&line.object, path, &mut hashed, |hashed| {
            let found = hex::encode(hashed.hash.clone().finish().as_ref());
            if found == sha256 { Ok(()) } else { Err(io::Error::other("its hash is not that of the backup")) }
        });
        match written {
            Ok(bytes) => {
                done.written += 1;
                done.bytes += bytes;
                return Ok(true);
            }
            Err(error @ SourceError::Full { .. }) => return Err(error.into()),
            Err(error) => done.problem(format!("{}: {error}", line.object.key)),
        }
        Ok(false)
    }

    /// Reads a written file back.
    fn check(&self, target: &Target, line: &Line, path: &str, done: &mut Done) -> Result<(), Failure> {
        if (self.is_cancelled)() {
            return Err(cancelled());
        }
        let mut file = match target.read(path) {
            Ok(file) => file,
            Err(error) => {
                done.problem(format!("{}: it cannot be read back: {error}", line.object.key));
                return Ok(());
            }
        };
        let (mut hash, mut space) = (Context::new(&SHA256), vec![0; 256 * 1024]);
        loop {
            match file.read(&mut space) {
                Ok(0) => break,
                Ok(count) => {
                    hash.update(&space[..count]);
                    self.meter.beat();
                }
                Err(error) => {
                    done.problem(format!("{}: it cannot be read back: {error}", line.object.key));
                    return Ok(());
                }
            }
        }
        if line.sha256.as_deref() == Some(hex::encode(hash.finish().as_ref()).as_str()) {
            done.checked += 1;
        } else {
            done.problem(format!("{}: what was read back is not what was written", line.object.key));
        }
        Ok(())
    }
}

/// Bytes from the vault, hashed as they pass.
struct Hashed<'a, R> {
    inner: R,
    hash: Context,
    meter: &'a Meter,
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.meter.add_bytes(count as u64);
        Ok(count)
    }
}

/// The folder that a file of a place is in, opened once, and its path there.
fn target_of<'a>(
    targets: &'a mut HashMap<Utf8PathBuf, Target>,
    place: &Place,
    key: &str,
) -> Result<Option<(&'a Target, String)>, Failure> {
    let Some((folder, inner)) = place.folder_of(key) else { return Ok(None) };
    let target = match targets.entry(folder) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(free) => {
            let target = Target::open(free.key())?;
            free.insert(target)
        }
    };
    Ok(Some((target, inner)))
}

/// What a restore in place may overwrite or delete.
#[derive(Debug)]
pub(super) enum Overwrite {
    /// Whatever is there: a person declined the safety backup.
    Anything,
    /// What the safety backup has, as long as it is as it has it.
    These(HashMap<String, Object>),
}

impl Default for Overwrite {
    /// Nothing: the plan said that nothing would be.
    fn default() -> Self {
        Self::These(HashMap::new())
    }
}

impl Overwrite {
    fn allows(&self, now: &Object) -> bool {
        match self {
            Self::Anything => true,
            Self::These(known) => known
                .get(&now.key)
                .is_some_and(|kept| kept.size == now.size && kept.modified_ms == now.modified_ms),
        }
    }
}
