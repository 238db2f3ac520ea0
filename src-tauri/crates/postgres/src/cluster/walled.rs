//! Another program behind the wall of a private server, for as long as it is held: a Redis that loads a snapshot.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::error::ClusterError;
use super::wall::{self, Wall};

/// Kept of what it says, from the end.
const SAID_BYTES_MAX: u64 = 8 * 1024;
const LOG: &str = "log";
const NUMBER: &str = "pid";
/// How long a process that was killed may take to end.
const END_LIMIT: Duration = Duration::from_secs(5);

/// A program that runs in its folder. Dropped, it is killed.
#[derive(Debug)]
pub struct Walled {
    child: Child,
    wall: Wall,
    folder: Utf8PathBuf,
}

impl Walled {
    /// Starts it: it touches its folder, listens on one port, and does nothing else. `input` is told to it, and is in no
    /// argument. `called` is the name by which a program of several knows which it is. Blocks for a moment.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub fn start(
        (program, called): (&Utf8Path, &str),
        arguments: &[&str],
        input: &str,
        (folder, port): (&Utf8Path, u16),
    ) -> Result<Self, ClusterError> {
        let failed = |path: Utf8PathBuf| move |source| ClusterError::Make { path, source };
        let log = folder.join(LOG);
        let output = File::create(&log).map_err(failed(log.clone()))?;
        let errors = output.try_clone().map_err(failed(log))?;
        let (mut child, wall) = wall::start_program(program, folder, port, |command| {
            #[cfg(unix)]
            std::os::unix::process::CommandExt::arg0(command, called);
            #[cfg(not(unix))]
            let _ = called;
            command.args(arguments).current_dir(folder).env("TZ", "UTC");
            command.stdin(Stdio::piped()).stdout(Stdio::from(output)).stderr(Stdio::from(errors));
        })?;
        let number = folder.join(NUMBER);
        let noted = base::disk::write_private(&number, child.id().to_string().as_bytes());
        let told = noted.and_then(|()| match child.stdin.take() {
            Some(mut stdin) => stdin.write_all(input.as_bytes()),
            None => Ok(()),
        });
        let started = Self { child, wall, folder: folder.to_owned() };
        // What has ended already says why in its log.
        match told {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(number)(error)),
            _ => Ok(started),
        }
    }

    /// What it said last, once it has ended.
    pub fn ended(&mut self) -> Option<String> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(_)) | Err(_) => Some(self.said()),
        }
    }

    /// How it is walled in.
    pub fn wall(&self) -> &Wall {
        &self.wall
    }

    fn said(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut log = File::open(self.folder.join(LOG))?;
            let length = log.metadata()?.len();
            log.seek(SeekFrom::Start(length.saturating_sub(SAID_BYTES_MAX)))?;
            let mut said = Vec::new();
            log.take(SAID_BYTES_MAX).read_to_end(&mut said)?;
            Ok(said)
        };
        String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
    }
}

impl Drop for Walled {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let deadline = std::time::Instant::now() + END_LIMIT;
        while matches!(self.child.try_wait(), Ok(None)) && std::time::Instant::now() < deadline {
            std::thread::sleep(super::server::POLL);
        }
    }
}

/// Ends what a process that was killed left running in such a folder: only what works there, whatever is noted. Other
/// systems than Linux do not say where a process works; there it runs on until somebody ends it.
#[cfg(target_os = "linux")]
pub fn end_left(folder: &Utf8Path) {
    use rustix::process::{Pid, Signal, kill_process};

    let noted = std::fs::read_to_string(folder.join(NUMBER)).ok();
    let number = noted.and_then(|text| text.trim().parse::<u32>().ok());
    let process = number.and_then(|number| Pid::from_raw(i32::try_from(number).ok()?));
    let Some(process) = process else { return };
    let works_in = || std::fs::read_link(format!("/proc/{}/cwd", process.as_raw_nonzero()));
    let is_there = || works_in().is_ok_and(|cwd| folder.canonicalize().is_ok_and(|folder| folder == cwd));
    if !is_there() {
        return;
    }
    let _ = kill_process(process, Signal::KILL);
    let deadline = std::time::Instant::now() + END_LIMIT;
    while is_there() && std::time::Instant::now() < deadline {
        std::thread::sleep(super::server::POLL);
    }
}

/// See the twin for Linux.
#[cfg(not(target_os = "linux"))]
pub fn end_left(_: &Utf8Path) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    fn sleeping(folder: &Utf8Path) -> Child {
        let mut command = crate::process::bare_command(Utf8Path::new("/bin/sleep"));
        command.arg("60").current_dir(folder).spawn().unwrap()
    }

    fn runs(child: &mut Child) -> bool {
        matches!(child.try_wait(), Ok(None))
    }

    #[test]
    fn what_was_left_in_a_folder_is_ended_and_what_works_elsewhere_is_not_whatever_is_noted() {
        let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let [own, other] = [own.path(), other.path()].map(|path| Utf8Path::from_path(path).unwrap());
        let (mut left, mut stranger) = (sleeping(own), sleeping(other));
        let note = |child: &Child| {
            base::disk::write_private(&own.join(NUMBER), child.id().to_string().as_bytes()).unwrap();
        };
        note(&stranger);
        end_left(own);
        assert!(runs(&mut left) && runs(&mut stranger));
        base::disk::remove(&own.join(NUMBER)).unwrap();
        note(&left);
        end_left(own);
        assert!(!runs(&mut left) && runs(&mut stranger));
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        // Nothing is noted, or nonsense.
        base::disk::remove(&own.join(NUMBER)).unwrap();
        end_left(own);
        base::disk::write_private(&own.join(NUMBER), b"-1").unwrap();
        end_left(own);
    }
}
