//! Random sequences of operations, run against a world.
//!
//! Every operation carries its own numbers and names snapshots and processes by position, so that
//! any part of a sequence is a sequence: a failing one is made short by leaving parts out. (A
//! state machine of proptest would shrink the numbers as well, but knows neither threads that race
//! nor a time to run for.)

use std::io::{self, Read};
use std::sync::Arc;
use std::thread;

use vault::{Cancel, FileKind, Password, PruneOptions, SnapshotId, Store, Vault, VaultError};

use crate::fault::{Fault, Faulty, Place};
use crate::prune::{THOROUGH, prune};
use crate::random::{Random, content};
use crate::world::{
    Files, MANIFEST, PASSWORD, Process, Verdict, World, options, snapshots, with_manifest, write_all,
};

/// Older snapshots are forgotten beyond so many, since each step reads all.
const SNAPSHOTS_MAX: usize = 5;

/// One operation. A `process` counts modulo the processes, a `snapshot` modulo the snapshots.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Write { process: usize, files: Vec<u64>, parallel: bool },
    TakeOver { process: usize, snapshot: usize, keep: Vec<u64>, files: Vec<u64> },
    Stop { process: usize, files: Vec<u64>, how: Stop, after: u64 },
    Kill { process: usize, files: Vec<u64>, call: usize },
    KillRebuild { process: usize, call: usize },
    TwoWriters { first: usize, second: usize, files: [Vec<u64>; 2] },
    LoseLock { process: usize, files: Vec<u64> },
    Check { process: usize },
    Unlock { process: usize },
    Reopen { process: usize },
    Forget { process: usize, snapshot: usize },
    Rebuild { process: usize },
    Prune { process: usize, unused_percent_max: u8 },
    KillPrune { process: usize, call: usize },
    LoseIndex { process: usize, file: usize, torn: bool },
}

/// How a writer ends without a commit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    Cancel,
    SourceFails,
    Drop,
}

/// A sequence of so many operations.
pub(crate) fn generate(seed: u64, length: usize) -> Vec<Operation> {
    let mut random = Random::new(seed);
    (0..length).map(|_| operation(&mut random)).collect()
}

fn operation(random: &mut Random) -> Operation {
    let process = random.index(3);
    let snapshot = random.index(SNAPSHOTS_MAX);
    match random.below(45) {
        0..=9 => Operation::Write { process, files: files(random), parallel: random.one_in(2) },
        10..=17 => Operation::TakeOver { process, snapshot, keep: files(random), files: files(random) },
        18..=21 => {
            let how = [Stop::Cancel, Stop::SourceFails, Stop::Drop][random.index(3)];
            Operation::Stop { process, files: files(random), how, after: random.below(400_000) }
        }
        22 | 23 => Operation::Kill { process, files: files(random), call: random.index(22) },
        24 => Operation::KillRebuild { process, call: random.index(40) },
        25..=30 => Operation::TwoWriters {
            first: process,
            second: random.index(3),
            files: [files(random), files(random)],
        },
        31 | 32 => Operation::LoseLock { process, files: files(random) },
        33 => {
            if random.one_in(2) {
                Operation::Check { process }
            } else {
                Operation::Unlock { process }
            }
        }
        34 => Operation::Reopen { process },
        35 | 36 => Operation::Forget { process, snapshot },
        37 | 38 => Operation::Rebuild { process },
        39..=41 => Operation::Prune { process, unused_percent_max: [0, 5, 30, 100][random.index(4)] },
        42 | 43 => Operation::KillPrune { process, call: random.index(90) },
        _ => Operation::LoseIndex { process, file: random.index(50), torn: random.one_in(2) },
    }
}

fn files(random: &mut Random) -> Vec<u64> {
    (0..=random.below(4)).map(|_| random.below(400)).collect()
}

fn path(number: u64) -> String {
    let file = number % 17;
    format!("/directory {}/file {file}", file % 3)
}

fn contents(numbers: &[u64]) -> Files {
    numbers.iter().map(|&number| (path(number), Arc::new(content(number)))).collect()
}

/// A source that ends badly after so many bytes.
struct Broken {
    left: u64,
    how: Stop,
    cancel: Cancel,
}

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            self.cancel.cancel();
            return if matches!(self.how, Stop::Cancel) {
                Ok(1)
            } else {
                Err(io::Error::other("the pipe broke"))
            };
        }
        let count = buffer.len().min(usize::try_from(self.left).unwrap());
        buffer[..count].fill(u8::try_from(self.left % 251).unwrap());
        self.left -= count as u64;
        Ok(count)
    }
}

impl World {
    /// Does one operation; an error says how the vault is not as the model.
    pub(crate) fn step(&mut self, operation: &Operation) -> Verdict {
        let count = self.processes.len();
        match operation {
            Operation::Write { process, files, parallel } => {
                let files = contents(files);
                let written = write(&self.processes[process % count].vault, &files, *parallel);
                self.committed(written, files)
            }
            Operation::TakeOver { process, snapshot, keep, files } => {
                self.take_over(process % count, *snapshot, keep, contents(files))
            }
            Operation::Stop { process, files, how, after } => {
                self.stop(process % count, &contents(files), *how, *after)
            }
            Operation::Kill { process, files, call } => self.kill(process % count, contents(files), *call),
            Operation::KillRebuild { process, call } => self.kill_rebuild(process % count, *call),
            Operation::TwoWriters { first, second, files } => {
                self.two_writers(first % count, second % count, files.each_ref().map(|files| contents(files)))
            }
            Operation::LoseLock { process, files } => self.lose_lock(process % count, contents(files)),
            Operation::Check { process } => self.check(process % count),
            Operation::Unlock { process } => self.unlock(process % count),
            Operation::Reopen { process } => self.restart(process % count),
            Operation::Forget { process, snapshot } => self.forget(process % count, *snapshot),
            Operation::Rebuild { process } => self.rebuild(process % count),
            Operation::Prune { process, unused_percent_max } => {
                self.prune(process % count, PruneOptions { unused_percent_max: *unused_percent_max })
            }
            Operation::KillPrune { process, call } => self.kill_prune(process % count, *call),
            Operation::LoseIndex { process, file, torn } => self.lose_index(process % count, *file, *torn),
        }?;
        while self.model.len() > SNAPSHOTS_MAX {
            self.forget(0, 0)?;
        }
        Ok(())
    }

    fn committed(&mut self, result: Result<SnapshotId, VaultError>, files: Files) -> Verdict {
        let id = result.map_err(|error| format!("nothing was in the way of a commit: {error}: {error:?}"))?;
        self.model.insert(id, with_manifest(files));
        Ok(())
    }

    fn pick(&self, snapshot: usize) -> Option<SnapshotId> {
        self.model.keys().nth(snapshot % self.model.len().max(1)).copied()
    }

    fn take_over(&mut self, process: usize, snapshot: usize, keep: &[u64], files: Files) -> Verdict {
        let Some(parent) = self.pick(snapshot) else { return Ok(()) };
        let vault = self.processes[process].vault.clone();
        let mut holds = Files::new();
        let written = vault.begin(options(Some(parent)), Cancel::new()).and_then(|writer| {
            for path in keep.iter().map(|&number| path(number)) {
                let known = self.model[&parent].get(&path).filter(|_| !holds.contains_key(&path));
                match (writer.keep(&path), known) {
                    (Ok(_), Some(content)) => drop(holds.insert(path, Arc::clone(content))),
                    (Err(VaultError::Missing { .. } | VaultError::BadPath { .. }), None) => {}
                    (kept, known) => panic!("keep of {path} gives {kept:?}, known: {}", known.is_some()),
                }
            }
            let rest: Files = files.into_iter().filter(|(path, _)| !holds.contains_key(path)).collect();
            write_all(&writer, &rest, false)?;
            holds.extend(rest);
            Ok(writer.commit(MANIFEST)?.snapshot)
        });
        self.committed(written, holds)
    }

    fn stop(&mut self, process: usize, files: &Files, how: Stop, after: u64) -> Verdict {
        let cancel = Cancel::new();
        let begun = self.processes[process].vault.begin(options(None), cancel.clone());
        let writer = begun.map_err(|error| format!("begin: {error}"))?;
        write_all(&writer, files, false).map_err(|error| format!("file: {error}"))?;
        if matches!(how, Stop::Drop) {
            return Ok(());
        }
        // A failing source alone has to be enough: the flag is another one then.
        let flag = if matches!(how, Stop::Cancel) { cancel } else { Cancel::new() };
        let failed = writer.file("/broken", &crate::world::meta(), Broken { left: after, how, cancel: flag });
        match (how, failed, writer.commit(MANIFEST)) {
            (Stop::Cancel, Err(VaultError::Cancelled), Err(VaultError::Cancelled))
            | (Stop::SourceFails, Err(VaultError::Source { .. }), Err(VaultError::Source { .. })) => Ok(()),
            (_, failed, committed) => Err(format!("{how:?} gave {failed:?} and {committed:?}")),
        }
    }

    fn kill(&mut self, process: usize, files: Files, call: usize) -> Verdict {
        let victim = &self.processes[process];
        victim.store.fail_at(call, Fault::Kill);
        let outcome = write(&victim.vault, &files, false);
        let calls = victim.store.heal();
        victim.store.fail_at(0, Fault::Kill);
        self.dead_locks = self.names(FileKind::Lock);
        self.restart(process)?;
        let is_visible = |id: &SnapshotId| !self.model.contains_key(id);
        let snapshots = snapshots(&self.processes[process].vault).map_err(|error| error.to_string())?;
        let new: Vec<SnapshotId> = snapshots.iter().map(|snapshot| snapshot.id).filter(is_visible).collect();
        // It may have died after the commit; then the snapshot is there, and has to be whole.
        let is_after = calls.iter().take(call).any(|done| done == "put snapshots");
        match (&outcome, new.as_slice()) {
            (Ok(id), [visible]) if id == visible => {}
            (Err(_), []) => return Ok(()),
            (Err(_), [_]) if is_after => {}
            _ => return Err(format!("killed at {call}: {outcome:?}, and {} new snapshots", new.len())),
        }
        self.model.insert(new[0], with_manifest(files));
        Ok(())
    }

    fn kill_rebuild(&mut self, process: usize, call: usize) -> Verdict {
        let victim = &self.processes[process];
        victim.store.fail_at(call, Fault::Kill);
        let _ = victim.vault.repair("ada", &|_| {}, &Cancel::new());
        self.dead_locks = self.names(FileKind::Lock);
        self.restart(process)
    }

    fn two_writers(&mut self, first: usize, second: usize, files: [Files; 2]) -> Verdict {
        let vaults = [first, second].map(|process| self.processes[process].vault.clone());
        let written = thread::scope(|scope| {
            let [one, two] = [0, 1].map(|at| {
                let (vault, files) = (&vaults[at], &files[at]);
                scope.spawn(move || write(vault, files, true))
            });
            [one.join().unwrap(), two.join().unwrap()]
        });
        for (written, files) in written.into_iter().zip(files) {
            self.committed(written, files)?;
        }
        Ok(())
    }

    fn lose_lock(&mut self, process: usize, files: Files) -> Verdict {
        let begun = self.processes[process].vault.begin(options(None), Cancel::new());
        let writer = begun.map_err(|error| format!("begin: {error}"))?;
        write_all(&writer, &files, false).map_err(|error| format!("file: {error}"))?;
        for name in self.names(FileKind::Lock).difference(&self.dead_locks) {
            self.store().remove(FileKind::Lock, name).unwrap();
        }
        let written = writer.commit(MANIFEST).map(|committed| committed.snapshot);
        self.committed(written, files)
    }

    pub(crate) fn restart(&mut self, process: usize) -> Verdict {
        self.processes[process] =
            Process::start(&self.place).map_err(|error| format!("open: {error}: {error:?}"))?;
        Ok(())
    }

    fn forget(&mut self, process: usize, snapshot: usize) -> Verdict {
        let Some(id) = self.pick(snapshot) else { return Ok(()) };
        self.processes[process].vault.forget(&id).map_err(|error| format!("forget: {error}"))?;
        self.model.remove(&id);
        Ok(())
    }

    fn rebuild(&mut self, process: usize) -> Verdict {
        let rebuilt = self.processes[process].vault.repair("ada", &|_| {}, &Cancel::new());
        let packs = self.names(FileKind::Data).len() as u64;
        match rebuilt {
            Ok(report) if report.problems.is_empty() && report.packs == packs => Ok(()),
            other => Err(format!("the rebuilding of {packs} packs gives {other:?}")),
        }
    }

    /// A second prune has nothing to do, whatever was forgotten, killed and written twice before.
    fn prune(&self, process: usize, options: PruneOptions) -> Verdict {
        let vault = &self.processes[process].vault;
        let pruned = prune(vault, options).map_err(|error| format!("prune: {error}: {error:?}"))?;
        let again = vault.plan_prune(options, &|_| {}, &Cancel::new());
        match again.map_err(|error| format!("the next plan: {error}"))? {
            plan if plan.is_empty() => Ok(()),
            plan => Err(format!("after {pruned:?} the next has something to do: {plan:?}")),
        }
    }

    fn kill_prune(&mut self, process: usize, call: usize) -> Verdict {
        let victim = &self.processes[process];
        victim.store.fail_at(call, Fault::Kill);
        let _ = prune(&victim.vault, THOROUGH);
        self.dead_locks = self.names(FileKind::Lock);
        self.restart(process)
    }

    /// An index file is lost or torn; a process that does not know it rebuilds the index.
    fn lose_index(&mut self, process: usize, file: usize, torn: bool) -> Verdict {
        let names: Vec<String> = self.names(FileKind::Index).into_iter().collect();
        let Some(name) = names.get(file % names.len().max(1)) else { return Ok(()) };
        let content = self.store().get(FileKind::Index, name).unwrap();
        self.store().remove(FileKind::Index, name).unwrap();
        if torn {
            self.store().put(FileKind::Index, name, &content[..content.len() / 2]).unwrap();
        }
        let opened = Process::start(&self.place).map(drop);
        if torn != matches!(opened, Err(VaultError::Damaged { .. })) {
            return Err(format!("with an index file torn: {torn}, open gives {opened:?}"));
        }
        let store = Faulty::new(Place::clone(&self.place));
        let unindexed = Vault::open_unindexed(Arc::clone(&store) as Arc<dyn Store>, &Password::new(PASSWORD));
        let vault = unindexed.map_err(|error| format!("open without index: {error}"))?;
        self.processes[process] = Process { store, vault };
        self.rebuild(process)
    }
}

fn write(vault: &Vault, files: &Files, parallel: bool) -> Result<SnapshotId, VaultError> {
    let writer = vault.begin(options(None), Cancel::new())?;
    write_all(&writer, files, parallel)?;
    Ok(writer.commit(MANIFEST)?.snapshot)
}
