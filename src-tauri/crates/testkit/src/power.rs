//! A loss of power, replayed: what a program wrote and what it synced is recorded, and what is left of a folder at any
//! moment of it is put together again, with no more than a disk has to keep.
//!
//! It shows that nothing is relied on which was never handed to the disk with the word to keep it. It does not show
//! what a disk does that lies about its cache, nor how a file system repairs itself; those keep at least as much as
//! is kept here. It runs wherever `strace` may watch its own child: as root and as anybody else, without a module of
//! the kernel.

mod disk;
#[cfg(test)]
mod disk_tests;
mod trace;

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use crate::peer::{find_program, skip};
use disk::Disk;
use trace::{Call, bytes_of, calls, path_of};

/// All that changes files, makes that certain, or tells others. Those with a question mark not every computer has.
const WATCHED: &str = "trace=?open,openat,?openat2,?creat,write,pwrite64,writev,pwritev,?pwritev2,ftruncate,truncate,\
    fallocate,fsync,fdatasync,syncfs,sync,?rename,?renameat,renameat2,?unlink,unlinkat,?rmdir,?mkdir,mkdirat,?link,\
    linkat,?symlink,symlinkat,sendto,sendmsg,copy_file_range,sendfile,mmap,?io_uring_setup";
/// No single write is longer; one that is fails the test.
const BYTES_MAX: &str = "16777216";

/// What of that which was not synced is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: the worst disk that keeps its word.
    Synced,
    /// Each change by the throw of a coin, of this seed.
    Some(u64),
    /// Everything.
    All,
}

impl Kept {
    /// Asked for one change after another.
    fn chooser(self) -> impl FnMut() -> bool {
        let mut state = match self {
            Self::Some(seed) => seed,
            Self::Synced | Self::All => 0,
        };
        move || match self {
            Self::Synced => false,
            Self::All => true,
            Self::Some(_) => {
                // The mixer of splitmix64.
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                (mixed ^ (mixed >> 27)) & 1 == 1
            }
        }
    }
}

/// What a program did to a folder, call by call.
#[derive(Debug)]
pub struct Recording {
    folder: Utf8PathBuf,
    from: Utf8PathBuf,
    before: Vec<(String, Option<Vec<u8>>)>,
    calls: Vec<Call>,
    /// Its exit status.
    pub status: Option<i32>,
    /// What it said on standard error.
    pub said: String,
}

impl Recording {
    /// Runs a command to its end, and records what it does to `folder`. Where nobody may be watched, the test is
    /// skipped.
    pub fn of(command: &Command, folder: &Utf8Path) -> Option<Self> {
        let strace = find_program("strace")?;
        let folder = folder.canonicalize_utf8().unwrap();
        let before = holds(&folder);
        let kept = tempfile::NamedTempFile::new().unwrap();
        let mut watched = Command::new(strace);
        watched.args(["-f", "-qq", "-y", "-xx", "-s", BYTES_MAX, "-e", WATCHED, "-o"]).arg(kept.path());
        watched.arg("--").arg(command.get_program()).args(command.get_args());
        let from = command.get_current_dir().map_or_else(
            || folder.clone(),
            |from| Utf8Path::from_path(from).unwrap().canonicalize_utf8().unwrap(),
        );
        watched.current_dir(&from);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => watched.env(name, value),
                None => watched.env_remove(name),
            };
        }
        let output = watched.stdin(Stdio::null()).output().unwrap();
        let trace = std::fs::read_to_string(kept.path()).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if trace.is_empty() {
            skip(&format!("strace may not watch here: {said}"));
            return None;
        }
        Some(Self { folder, from, before, calls: calls(&trace), status: output.status.code(), said })
    }

    /// The moment at which something was first told to somebody else: just before, so that what has to be certain by
    /// then is.
    pub fn told(&self, what: &str) -> usize {
        let is_it = |call: &&Call| {
            let to = call.arguments.first().and_then(|one| path_of(one)).unwrap_or_default();
            let bytes = || call.arguments.iter().flat_map(|one| bytes_of(one)).collect::<Vec<u8>>();
            let is_sent = ["sendto", "sendmsg", "write", "writev"].contains(&call.name.as_str());
            is_sent
                && to.starts_with("socket:")
                && bytes().windows(what.len()).any(|part| part == what.as_bytes())
        };
        let told = self.calls.iter().find(is_it);
        told.unwrap_or_else(|| {
            panic!("{what} was told to nobody in {} calls: {}", self.calls.len(), self.said)
        })
        .began
    }

    /// So many moments from one on to the end, the end included.
    pub fn moments_from(&self, at: usize, count: usize) -> Vec<usize> {
        let end = self.calls.last().map_or(0, |call| call.ended) + 1;
        (0..count).map(|number| at + (end - at) * number / (count - 1).max(1)).collect()
    }

    /// Puts the folder into the state in which a loss of power at this moment leaves it.
    pub fn cut(&self, at: usize, kept: Kept) {
        let mut disk = Disk::new(self.folder.as_str(), self.from.as_str(), self.before.clone());
        self.calls.iter().filter(|call| call.ended < at).for_each(|call| disk.apply(call));
        for entry in self.folder.read_dir_utf8().unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                std::fs::remove_dir_all(entry.path()).unwrap();
            } else {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        // Folders come before what is in them.
        for (path, contents) in disk.left(kept) {
            let mode = match contents {
                None => {
                    std::fs::create_dir(&path).unwrap();
                    0o700
                }
                Some(bytes) => {
                    std::fs::write(&path, bytes).unwrap();
                    0o600
                }
            };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }
}

/// All files and folders below a folder.
fn holds(folder: &Utf8Path) -> Vec<(String, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    for entry in folder.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            all.push((path.to_string(), None));
            all.extend(holds(path));
        } else if kind.is_file() {
            all.push((path.to_string(), Some(std::fs::read(path).unwrap())));
        }
    }
    all
}
