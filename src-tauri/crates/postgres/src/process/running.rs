//! A child that runs: its output, the end of its stderr, and its end.

use std::collections::VecDeque;
use std::io;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use ssh::SshError;

use super::passfile::Passfile;

/// Kept of stderr, from its end: the reason of a failure stands last.
const STDERR_BYTES_MAX: usize = 64 * 1024;
/// Between the polite signal and the last one. `pg_dump` cancels its query on the server meanwhile.
const GRACE: Duration = Duration::from_secs(3);
/// The same where a guard is dropped, since dropping holds its thread up.
const GRACE_ON_DROP: Duration = Duration::from_millis(500);
/// Longest pause between two looks at a child that ends.
const POLL_MAX: Duration = Duration::from_millis(20);

/// Why a child could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The tools have no such program.
    #[error("{path} does not exist")]
    NotThere {
        /// Where it should be.
        path: Utf8PathBuf,
    },
    /// The system did not start it.
    #[error("cannot start {path}")]
    Start {
        /// What was to be started.
        path: Utf8PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its server is reached by way of an SSH server, and nobody said what signs in there.
    #[error("nothing is known that signs in to the SSH server {server}")]
    NoGateway {
        /// The SSH server.
        server: String,
    },
    /// Its way by SSH has no beginning on this computer.
    #[error("cannot prepare the way by SSH")]
    NearEnd {
        /// Why not.
        source: SshError,
    },
    /// The system lost it.
    #[error("cannot wait for {name}")]
    Wait {
        /// The program.
        name: &'static str,
        /// Why not.
        source: io::Error,
    },
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// The exit status, `None` after a signal.
    pub code: Option<i32>,
    /// True if it was told to go.
    pub is_cancelled: bool,
    /// The last 64 KiB of stderr.
    pub stderr: String,
}

impl Exit {
    /// True if it ended by itself, with status 0.
    pub fn is_success(&self) -> bool {
        self.code == Some(0) && !self.is_cancelled
    }
}

/// A running child. Dropped, it is killed with all it started.
#[derive(Debug)]
pub struct Running {
    name: &'static str,
    shared: Arc<Shared>,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<JoinHandle<()>>,
    _passfile: Option<Passfile>,
}

/// Tells a child to go, from anywhere. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Kill(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    child: Mutex<Child>,
    tail: Mutex<VecDeque<u8>>,
    is_cancelled: AtomicBool,
}

impl Running {
    /// Starts the command. Its stderr is ours; the other streams are as the command says.
    ///
    /// # Errors
    /// [`ProcessError::Start`].
    pub fn start(
        name: &'static str,
        command: Command,
        passfile: Option<Passfile>,
    ) -> Result<Self, ProcessError> {
        Self::start_keeping(name, command, passfile, STDERR_BYTES_MAX)
    }

    /// The same, keeping more of stderr, for a child whose every word counts.
    ///
    /// # Errors
    /// [`ProcessError::Start`].
    pub fn start_keeping(
        name: &'static str,
        mut command: Command,
        passfile: Option<Passfile>,
        stderr_bytes_max: usize,
    ) -> Result<Self, ProcessError> {
        let path = Utf8PathBuf::from(command.get_program().to_string_lossy().into_owned());
        let mut child =
            command.stderr(Stdio::piped()).spawn().map_err(|source| ProcessError::Start { path, source })?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let shared = Arc::new(Shared {
            child: Mutex::new(child),
            tail: Mutex::default(),
            is_cancelled: AtomicBool::new(false),
        });
        let stderr = stderr.map(|mut pipe| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.keep_tail(&mut pipe, stderr_bytes_max))
        });
        Ok(Self { name, shared, stdin, stdout, stderr, _passfile: passfile })
    }

    /// The process id, which is the id of its group too.
    pub fn id(&self) -> u32 {
        self.shared.child().id()
    }

    /// Standard input, once, if it is a pipe.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    /// Standard output, once, if it is a pipe.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.stdout.take()
    }

    /// A handle that ends the child from another thread.
    pub fn kill_handle(&self) -> Kill {
        Kill(Arc::clone(&self.shared))
    }

    /// What the child wrote to stderr so far, its last 64 KiB.
    pub fn stderr_so_far(&self) -> String {
        self.shared.stderr()
    }

    /// Closes the pipes that were not taken, and waits for the end. Blocks: call it where blocking is fine.
    ///
    /// # Errors
    /// [`ProcessError::Wait`]. A child that failed is not an error here but an [`Exit`].
    pub fn finish(mut self) -> Result<Exit, ProcessError> {
        self.stdin = None;
        self.stdout = None;
        let status =
            self.shared.wait(None).map_err(|source| ProcessError::Wait { name: self.name, source })?;
        // A grandchild may hold stderr open; the child's own words are all there soon.
        if let Some(reader) = self.stderr.take() {
            let patience = Instant::now() + GRACE_ON_DROP;
            while !reader.is_finished() && Instant::now() < patience {
                thread::sleep(Duration::from_millis(2));
            }
        }
        Ok(Exit {
            code: status.and_then(|status| status.code()),
            is_cancelled: self.shared.is_cancelled.load(Ordering::Acquire),
            stderr: self.shared.stderr(),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stdin = None;
        self.stdout = None;
        if matches!(self.shared.child().try_wait(), Ok(Some(_))) {
            return;
        }
        self.shared.is_cancelled.store(true, Ordering::Release);
        self.shared.end(GRACE_ON_DROP);
    }
}

impl Kill {
    /// Tells the child and all it started to go: politely first, by force after three seconds.
    /// Returns at once.
    pub fn kill(&self) {
        if self.0.is_cancelled.swap(true, Ordering::AcqRel) {
            return;
        }
        self.0.signal(Signal::Polite);
        let shared = Arc::clone(&self.0);
        thread::spawn(move || shared.end(GRACE));
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Polite,
    Last,
}

impl Shared {
    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tail(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stderr(&self) -> String {
        let mut tail = self.tail();
        String::from_utf8_lossy(tail.make_contiguous()).into_owned()
    }

    fn keep_tail(&self, pipe: &mut impl io::Read, bytes_max: usize) {
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = pipe.read(&mut chunk) {
            let mut tail = self.tail();
            tail.extend(&chunk[..read]);
            let surplus = tail.len().saturating_sub(bytes_max);
            tail.drain(..surplus);
        }
    }

    /// Waits by looking: the lock is never held while waiting, so that a kill meets no reused id.
    fn wait(&self, limit: Option<Duration>) -> io::Result<Option<ExitStatus>> {
        let deadline = limit.map(|limit| Instant::now() + limit);
        let mut pause = Duration::from_micros(500);
        loop {
            if let Some(status) = self.child().try_wait()? {
                return Ok(Some(status));
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(None);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(POLL_MAX);
        }
    }

    fn end(&self, grace: Duration) {
        self.signal(Signal::Polite);
        if matches!(self.wait(Some(grace)), Ok(None)) {
            self.signal(Signal::Last);
            let _ = self.wait(Some(GRACE));
        }
    }

    /// To the whole group. Under the lock and unreaped, so that the id is still the child's.
    #[cfg(unix)]
    fn signal(&self, signal: Signal) {
        use rustix::process::{Pid, Signal as Number, kill_process_group};
        let mut child = self.child();
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let number = match signal {
            Signal::Polite => Number::TERM,
            Signal::Last => Number::KILL,
        };
        if group.is_none_or(|group| kill_process_group(group, number).is_err()) {
            let _ = child.kill();
        }
    }

    /// Windows has no polite signal for a process without a console.
    #[cfg(not(unix))]
    fn signal(&self, _: Signal) {
        let _ = self.child().kill();
    }
}

#[cfg(unix)]
#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::process::bare_command;

    fn shell(script: &str) -> Running {
        let mut command = bare_command("/bin/sh".into());
        command.args(["-c", script]).stdout(Stdio::piped());
        Running::start("sh", command, None).unwrap()
    }

    #[test]
    fn a_failure_is_told_with_the_end_of_stderr() {
        let exit = shell(
            "i=0; while [ $i -lt 9000 ]; do echo 'line of text' >&2; i=$((i+1)); done; echo why >&2; exit 3",
        );
        let exit = exit.finish().unwrap();
        assert_eq!((exit.code, exit.is_success(), exit.is_cancelled), (Some(3), false, false));
        assert!(exit.stderr.ends_with("why\n") && exit.stderr.len() <= STDERR_BYTES_MAX);
    }

    #[test]
    fn a_kill_reaches_what_the_child_started() {
        let mut running = shell("sleep 600 & echo $!; wait");
        let mut line = [0; 16];
        let read = io::Read::read(&mut running.take_stdout().unwrap(), &mut line).unwrap();
        let grandchild: i32 = String::from_utf8_lossy(&line[..read]).trim().parse().unwrap();

        running.kill_handle().kill();
        let exit = running.finish().unwrap();

        assert!(exit.is_cancelled && !exit.is_success());
        assert!(is_gone_soon(grandchild));
    }

    #[test]
    fn a_dropped_guard_leaves_no_process_even_a_stubborn_one() {
        let mut running = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
        let mut line = [0; 16];
        let _ = io::Read::read(&mut running.take_stdout().unwrap(), &mut line).unwrap();
        let id = i32::try_from(running.id()).unwrap();
        drop(running);
        assert!(is_gone_soon(id));
    }

    /// So that a wait for what never ends does; what is waited for lives far longer by itself.
    const PATIENCE: Duration = Duration::from_secs(90);

    /// Gone, or a zombie that nobody in a container collects.
    pub(crate) fn is_gone_soon(id: i32) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            let is_gone = state.is_empty() || state.contains(") Z ");
            if is_gone || Instant::now() >= deadline {
                return is_gone;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}
