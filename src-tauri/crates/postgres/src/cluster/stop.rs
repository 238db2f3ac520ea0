//! The server's end.
//!
//! What runs in a server may write what it likes into the file that names its process, so that a program of its
//! choice would be told to end. So a server that we started is known by its number; of another one it is asked
//! where the process works.

use std::process::Child;
use std::time::Duration;

use super::error::ClusterError;
use super::place::Place;
use crate::tools::ToolSet;

/// How long a fast stop may take before the immediate one.
const FAST_STOP: Duration = Duration::from_secs(20);
/// How long an immediate stop may take: a disk that is busy keeps a process from dying.
const IMMEDIATE_STOP: Duration = Duration::from_mins(1);

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopMode {
    /// Sessions end, a checkpoint is written.
    Fast,
    /// As in a power cut.
    Immediate,
}

impl StopMode {
    fn limit(self) -> Duration {
        match self {
            Self::Fast => FAST_STOP,
            Self::Immediate => IMMEDIATE_STOP,
        }
    }
}

/// Stops the server, if one runs. A fast stop that takes too long becomes an immediate one.
pub(super) fn stop(
    place: &Place,
    tools: &ToolSet,
    mode: StopMode,
    mut child: Option<&mut Child>,
) -> Result<(), ClusterError> {
    if mode == StopMode::Fast && has_ended(place, tools, mode, child.as_deref_mut())? {
        return Ok(());
    }
    if has_ended(place, tools, StopMode::Immediate, child)? {
        return Ok(());
    }
    Err(ClusterError::NotStopped { directory: place.directory.clone() })
}

/// Tells it to end, and waits for that. Source: PostgreSQL docs, "Shutting Down the Server".
#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "the twin needs it")]
fn has_ended(
    place: &Place,
    _: &ToolSet,
    mode: StopMode,
    child: Option<&mut Child>,
) -> Result<bool, ClusterError> {
    use rustix::process::{Signal, kill_process};

    let signal = match mode {
        StopMode::Fast => Signal::INT,
        StopMode::Immediate => Signal::QUIT,
    };
    let Some(process) = own_process(place, child) else { return Ok(true) };
    // It may have ended by itself meanwhile.
    let _ = kill_process(process, signal);
    let deadline = std::time::Instant::now() + mode.limit();
    while works_there(place, process) {
        if std::time::Instant::now() > deadline {
            return Ok(false);
        }
        std::thread::sleep(super::server::POLL);
    }
    Ok(true)
}

/// The server's first process. The number of a child is nobody else's as long as nobody collected it.
#[cfg(target_os = "linux")]
fn own_process(place: &Place, child: Option<&mut Child>) -> Option<rustix::process::Pid> {
    let process = |number: u32| i32::try_from(number).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(child) = child {
        return matches!(child.try_wait(), Ok(None)).then(|| process(child.id())).flatten();
    }
    let text = super::server::lock_text(place);
    let named = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(process);
    named.filter(|process| works_there(place, *process))
}

/// A server works in the folder of its data, and one that has ended nowhere.
#[cfg(target_os = "linux")]
fn works_there(place: &Place, process: rustix::process::Pid) -> bool {
    let folder = std::fs::read_link(format!("/proc/{}/cwd", process.as_raw_nonzero()));
    folder.is_ok_and(|folder| place.data().canonicalize().is_ok_and(|data| data == folder))
}

/// Other systems do not say where a process works, and `pg_ctl` believes the file.
#[cfg(not(target_os = "linux"))]
fn has_ended(
    place: &Place,
    tools: &ToolSet,
    mode: StopMode,
    _: Option<&mut Child>,
) -> Result<bool, ClusterError> {
    use super::server::{command, is_running, run};
    use crate::tools::Program;

    let lock = place.data().join("postmaster.pid");
    if !lock.exists() {
        return Ok(true);
    }
    let name = match mode {
        StopMode::Fast => "fast",
        StopMode::Immediate => "immediate",
    };
    let mut command = command(place, tools, Program::PgCtl);
    command.args(["stop", "--silent", "--wait", "--mode", name]);
    command.arg("--timeout").arg(mode.limit().as_secs().to_string()).arg("--pgdata").arg(place.data());
    let exit = run("pg_ctl", command)?;
    // "No such process": the file is all that is left of a server that was killed.
    let is_gone = exit.is_success() || exit.stderr.contains("No such process") || !is_running(place);
    Ok(!lock.exists() || is_gone && mode == StopMode::Immediate)
}
