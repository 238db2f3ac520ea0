//! Writing files of a backup: each one whole, with its hash compared before it gets its name.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use camino::Utf8Path;
use ring::digest::{Context, SHA256};
use source::object::{Checked, Writes};
use source::{Object, Target};
use vault::{SnapshotId, Vault};

use super::look::{There, is_same, known_otherwise, lines, path_below, there};
use super::site::{Site, Targets};
use crate::archive::Line;
use base::failure::{Failure, cancelled};
use base::hex;
use base::meter::Meter;
use base::words::counted;
use ledger::component::Component;
use ledger::names::FileNames;

/// So many problems are named.
const NAMED_MAX: usize = 20;

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) written: u64,
    pub(super) same: u64,
    pub(super) deleted: u64,
    /// Changed since by others, so that an undo leaves it.
    pub(super) stayed: u64,
    pub(super) bytes: u64,
    pub(super) checked: u64,
    pub(super) problems: Vec<String>,
    pub(super) problem_count: u64,
}

impl Done {
    pub(super) fn problem(&mut self, what: String) {
        self.problem_count += 1;
        if self.problems.len() < NAMED_MAX {
            self.problems.push(what);
        }
    }

    /// With what another thread did.
    fn and(mut self, other: Self) -> Self {
        self.written += other.written;
        self.same += other.same;
        self.deleted += other.deleted;
        self.stayed += other.stayed;
        self.bytes += other.bytes;
        self.checked += other.checked;
        self.problem_count += other.problem_count;
        let room = NAMED_MAX.saturating_sub(self.problems.len());
        self.problems.extend(other.problems.into_iter().take(room));
        self
    }

    /// What failed, in words; absent where nothing did.
    pub(super) fn problem_words(&self) -> Option<String> {
        (self.problem_count > 0).then(|| {
            format!("{} did not come back: {}", counted(self.problem_count, "file"), self.problems.join("; "))
        })
    }
}

/// Which files of a backup.
pub(super) struct Wanted<'a> {
    pub(super) component: Component,
    /// The sources of it.
    pub(super) names: Vec<&'a str>,
    /// Which of their files.
    pub(super) files: &'a FileNames,
    /// Whether files go that the backup does not have.
    pub(super) deletes_extra: bool,
}

/// What a run needs of the vault and of itself.
pub(super) struct Work<'a> {
    pub(super) vault: &'a Vault,
    pub(super) id: SnapshotId,
    pub(super) wanted: Wanted<'a>,
    pub(super) meter: &'a Meter,
    pub(super) is_cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Told before files of a source are deleted that the backup does not have.
    pub(super) before_deleting: &'a (dyn Fn(&str) -> Result<(), Failure> + Sync),
}

impl Work<'_> {
    /// Writes the files of all sources into a folder.
    pub(super) fn to_folder(&self, path: &Utf8Path) -> Result<Done, Failure> {
        let (target, mut done) = (Target::open(path)?, Done::default());
        if !target.is_empty()? {
            return Err(Failure::stale_plan(&format!("{path} is not empty any more")));
        }
        let several = self.wanted.names.len() > 1;
        for source in &self.wanted.names {
            let name = several.then_some(*source);
            let lines = self.lines(source)?;
            for line in &lines {
                let path = path_below(name, &line.object.key);
                // Two names of a bucket may be one name here.
                if target.has(&path) {
                    let key = &line.object.key;
                    done.problem(format!("{key}: this file system takes its name for that of another file"));
                } else if self.put(&target, line, (&path, false), &mut done)? {
                    self.check(&target, line, (&path, false), &mut done)?;
                }
            }
        }
        Ok(done)
    }

    /// Gives the files of a source the state of the backup, where they came from. What nobody has a copy of stays.
    pub(super) fn in_place(&self, name: &str, site: &Site, may: &Overwrite) -> Result<Done, Failure> {
        let lines = self.lines(name)?;
        let now = there(site, self.wanted.files)?;
        let mut done = self.each(site, &lines, &|line, targets, done| {
            let key = &line.object.key;
            let listed = now.files.get(key);
            if let Some(listed) = listed
                && is_same(site.objects(), listed, line, self.meter)?
            {
                done.same += 1;
                return Ok(());
            }
            self.bring_back(site, line, listed, targets, (may, done))?;
            Ok(())
        })?;
        if self.wanted.deletes_extra {
            if done.problem_count > 0 {
                done.problem("nothing was deleted, since something else did not work".into());
            } else {
                (self.before_deleting)(name)?;
                done = done.and(self.delete_extra(name, site, (&lines, &now), may)?);
            }
        }
        Ok(done)
    }

    /// Deletes what the backup does not have.
    fn delete_extra(
        &self,
        name: &str,
        site: &Site,
        (lines, now): (&[Line], &There),
        may: &Overwrite,
    ) -> Result<Done, Failure> {
        let kept: HashSet<&str> = lines.iter().map(|line| line.object.key.as_str()).collect();
        let otherwise = known_otherwise(self.vault, &self.id, self.wanted.component, name)?;
        let is_extra = |key: &str| !kept.contains(key) && !otherwise.holds(key);
        let extra: Vec<&Object> = now.files.values().filter(|object| is_extra(&object.key)).collect();
        self.each(site, &extra, &|listed, targets, done| remove(site, listed, targets, (may, done)))
    }

    /// Gives one file the state of the backup, where what is there may be overwritten.
    pub(super) fn bring_back(
        &self,
        site: &Site,
        line: &Line,
        listed: Option<&Object>,
        targets: &mut Targets<'_>,
        (may, done): (&Overwrite, &mut Done),
    ) -> Result<(), Failure> {
        let key = &line.object.key;
        let asked = Object { key: key.clone(), ..Object::default() };
        let is_there = match site.look(listed.unwrap_or(&asked)) {
            Ok(None) => false,
            Ok(Some(now)) if may.allows(&now) => true,
            Ok(Some(_)) => {
                done.problem(format!("{key}: it came or changed meanwhile, and stays as it is"));
                return Ok(());
            }
            Err(error) if error.is_of_all() => return Err(error.into()),
            Err(error) => {
                done.problem(format!("{key}: {error}"));
                return Ok(());
            }
        };
        let Some((target, path)) = targets.find(key)? else {
            done.problem(format!("{key}: nothing of the component leads there any more"));
            return Ok(());
        };
        if self.put(target, line, (&path, is_there), done)? {
            self.check(target, line, (&path, site.keeps_what_is_told()), done)?;
        }
        Ok(())
    }

    /// Works on all of them, on as many threads as the site is worth; the first that ends it all ends it all.
    pub(super) fn each<T: Sync>(
        &self,
        site: &Site,
        all: &[T],
        work: &(dyn Fn(&T, &mut Targets<'_>, &mut Done) -> Result<(), Failure> + Sync),
    ) -> Result<Done, Failure> {
        let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let some = || -> Result<Done, Failure> {
            let (mut targets, mut done) = (Targets::of(site), Done::default());
            while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let worked =
                    if (self.is_cancelled)() { Err(cancelled()) } else { work(one, &mut targets, &mut done) };
                worked.inspect_err(|_| is_over.store(true, Ordering::Relaxed))?;
            }
            Ok(done)
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (1..site.at_once().min(all.len())).map(|_| scope.spawn(some)).collect();
            let mine = some();
            threads.into_iter().try_fold(mine?, |done, thread| {
                let other = thread.join().unwrap_or_else(|_| Err(stopped()))?;
                Ok(done.and(other))
            })
        })
    }

    fn lines(&self, name: &str) -> Result<Vec<Line>, Failure> {
        lines(self.vault, &self.id, self.wanted.component, name, self.wanted.files)
    }

    /// Writes one file; whether it did. A full disk, a store that is away, or a vault that fails ends it all; anything else
    /// is a problem of this file.
    pub(super) fn put(
        &self,
        target: &dyn Writes,
        line: &Line,
        (path, is_there): (&str, bool),
        done: &mut Done,
    ) -> Result<bool, Failure> {
        if (self.is_cancelled)() {
            return Err(cancelled());
        }
        let Some((stored, sha256)) = line.stored() else { return Ok(false) };
        let reader = match self.vault.read(&self.id, stored) {
            Ok(reader) => reader,
            Err(error) if error.is_fatal() => return Err(crate::archive::failure::vault_failure(error)),
            Err(error) => {
                done.problem(format!("{}: {error}", line.object.key));
                return Ok(false);
            }
        };
        let mut hashed = Hashed { inner: reader, hash: Context::new(&SHA256), meter: self.meter, sha256 };
        match target.put(&line.object, path, is_there, &mut hashed) {
            Ok(bytes) => {
                done.written += 1;
                done.bytes += bytes;
                return Ok(true);
            }
            Err(error) if error.is_of_all() => return Err(error.into()),
            Err(error) => done.problem(format!("{}: {error}", line.object.key)),
        }
        Ok(false)
    }

    /// Reads a written file back, and what a reader is told of it, where the place keeps that.
    pub(super) fn check(
        &self,
        target: &dyn Writes,
        line: &Line,
        (path, is_told): (&str, bool),
        done: &mut Done,
    ) -> Result<(), Failure> {
        if (self.is_cancelled)() {
            return Err(cancelled());
        }
        let mut file = match target.read(path) {
            Ok(opened) if is_told && !opened.object.tells_the_same(&line.object) => {
                let key = &line.object.key;
                done.problem(format!(
                    "{key}: its content type, or what else its readers are told, is not as it was"
                ));
                return Ok(());
            }
            Ok(opened) => opened.reader,
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

/// Deletes one file, where it is as it was listed.
pub(super) fn remove(
    site: &Site,
    listed: &Object,
    targets: &mut Targets<'_>,
    (may, done): (&Overwrite, &mut Done),
) -> Result<(), Failure> {
    let key = &listed.key;
    let removed = match site.look(listed) {
        // A row without its bytes: there is nothing that could be lost.
        Ok(None) if site.keeps_rows() => match targets.find(key)? {
            Some((target, path)) => target.remove(&path),
            None => return Ok(()),
        },
        Ok(None) => return Ok(()),
        Ok(Some(now)) if !may.allows(&now) => {
            done.problem(format!("{key}: it came or changed meanwhile, and stays"));
            return Ok(());
        }
        Ok(Some(_)) => match targets.find(key)? {
            Some((target, path)) => target.remove(&path),
            None => return Ok(()),
        },
        Err(error) => Err(error),
    };
    match removed {
        Ok(gone) => done.deleted += u64::from(gone),
        Err(error) if error.is_of_all() => return Err(error.into()),
        Err(error) => done.problem(format!("{key}: {error}")),
    }
    Ok(())
}

/// Bytes from the vault, hashed as they pass.
struct Hashed<'a, R> {
    inner: R,
    hash: Context,
    meter: &'a Meter,
    /// What the hash has to be at the end.
    sha256: &'a str,
}

impl<R: Read> Checked for Hashed<'_, R> {
    fn check(&self) -> io::Result<()> {
        let found = hex::encode(self.hash.clone().finish().as_ref());
        if found == self.sha256 {
            Ok(())
        } else {
            Err(io::Error::other("its hash is not that of the backup"))
        }
    }
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.meter.add_bytes(count as u64);
        Ok(count)
    }
}

fn stopped() -> Failure {
    Failure::new(
        base::Code::Internal,
        "Holdfast made a mistake while it wrote files",
        "Copy this report to the developers.",
    )
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
            Self::These(known) => known.get(&now.key).is_some_and(|kept| {
                (kept.size, kept.modified_ms, &kept.etag) == (now.size, now.modified_ms, &now.etag)
                    // Times can be set; what moves with every write cannot.
                    && (kept.version.is_none() || kept.version == now.version)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_written_to_since_the_safety_backup_stays_even_if_its_time_was_set_back() {
        let kept = Object {
            key: "ledger".into(),
            size: Some(6),
            modified_ms: Some(5),
            version: Some("7-8".into()),
            ..Object::default()
        };
        let may = Overwrite::These(HashMap::from([(kept.key.clone(), kept.clone())]));
        assert!(may.allows(&kept));
        assert!(!may.allows(&Object { version: Some("7-9".into()), ..kept.clone() }), "written to since");
        assert!(!may.allows(&Object { version: None, ..kept.clone() }), "written to just now");
        assert!(!may.allows(&Object { etag: Some("of another".into()), ..kept.clone() }));
        assert!(!may.allows(&Object { key: "other".into(), ..kept.clone() }), "nobody kept it");
        assert!(!Overwrite::default().allows(&kept), "nothing was planned");
    }
}
