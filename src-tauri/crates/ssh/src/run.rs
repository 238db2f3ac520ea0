//! A program that runs where a database is: on an SSH server, or on this computer.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, Sig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::process::{Child, ChildStderr};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

use crate::error::SshError;
use crate::gateway::Gateway;
use crate::link::Link;
use base::container_program;

/// Kept of what a program says on its standard error, from the end: the reason of a failure is last.
const SAID_BYTES_MAX: usize = 64 * 1024;
/// What waits for a reader, in bytes.
const WAITING_BYTES: usize = 256 * 1024;
/// So long a program may end by itself once nobody tells it anything more: what was on its way still arrives.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// What a program that ended had said is there soon; one of its own may hold the pipe for ever.
const SAID_AFTER: Duration = Duration::from_secs(3);
/// So long a connection lives on for a program that was told to stop.
const STOPPING: Duration = Duration::from_secs(3);

const SHELL: &str = "/bin/sh";
/// What a program needs to run at all. Windows's sockets do not start without the last two.
const NEEDED: [&str; 4] = ["TMPDIR", "TMP", "SYSTEMROOT", "TEMP"];

/// Where programs run.
#[derive(Clone)]
pub enum Host {
    /// On this computer.
    Here,
    /// On an SSH server.
    There(Arc<Gateway>),
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string())
    }
}

impl PartialEq for Host {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Here, Self::Here) => true,
            (Self::There(one), Self::There(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Host {}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here => f.write_str("this computer"),
            Self::There(gateway) => f.write_str(&gateway.address().server()),
        }
    }
}

/// A program that runs. Dropped, it is told to stop.
pub struct Run {
    stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    stdout: Option<Box<dyn AsyncRead + Send + Unpin>>,
    end: oneshot::Receiver<RunEnd>,
    stop: CancellationToken,
    ended: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").finish_non_exhaustive()
    }
}

/// How a program ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunEnd {
    /// The exit status; `None` after a signal, or where nobody knows.
    pub status: Option<u32>,
    /// Whether the connection broke before the program ended.
    pub is_lost: bool,
    /// The last 64 KiB of its standard error.
    pub stderr: String,
}

impl Host {
    /// Starts a program with these words; no shell of this computer reads them. An SSH server's shell does, and gets
    /// each of them quoted.
    ///
    /// # Errors
    /// [`SshError`]; [`SshError::RunForbidden`] where the account may run nothing, [`SshError::NotStarted`] where this
    /// computer does not start it.
    pub async fn run(&self, words: &[&str], limit: Duration) -> Result<Run, SshError> {
        match self {
            Self::There(gateway) => {
                let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                gateway.run(&line.join(" "), limit).await
            }
            Self::Here => Run::here(words),
        }
    }
}

/// A word for a POSIX shell that finds nothing to do in it.
fn quoted(word: &str) -> String {
    let mut text = String::with_capacity(word.len() + 2);
    text.push('\'');
    for character in word.chars() {
        match character {
            // Fish finds something to do in a backslash also between quotes.
            '\\' => text.push_str(r"'\\'"),
            '\'' => text.push_str(r"'\''"),
            other => text.push(other),
        }
    }
    text.push('\'');
    text
}

impl Run {
    pub(crate) fn there(channel: Channel<Msg>, link: Link, gateway: Arc<Gateway>) -> Self {
        let (mut read, write) = channel.split();
        let stdin = Box::new(write.make_writer());
        let (ours, theirs) = tokio::io::duplex(WAITING_BYTES);
        let tell = Tell::new();
        let (told, end) = oneshot::channel();
        let (stopped, over) = (tell.stop.clone(), tell.ended.clone().drop_guard());
        tokio::spawn(async move {
            let mut output = Output { pipe: Some(theirs), ..Output::default() };
            tokio::select! {
                () = output.take(&mut read) => {}
                () = stopped.cancelled() => {}
            }
            output.pipe = None;
            if !output.is_closed {
                let _ = timeout(STOPPING, write.eof()).await;
                let _ = timeout(LAST_WORDS, output.take(&mut read)).await;
            }
            if !output.is_closed {
                // Servers before OpenSSH 7.9 know no signals; a closed channel ends what writes.
                let _ = timeout(STOPPING, write.signal(Sig::TERM)).await;
            }
            let Output { said, status, is_closed, .. } = output;
            let _ = timeout(STOPPING, write.close()).await;
            // What was told to stop may still be sending.
            if is_closed {
                gateway.give_back(link);
            }
            drop(over);
            // Nobody may wait for it any more.
            let _ = told.send(RunEnd { status, is_lost: !is_closed, stderr: said.text() });
        });
        tell.run(stdin, Box::new(ours), end)
    }

    fn here(words: &[&str]) -> Result<Self, SshError> {
        let [program, arguments @ ..] = words else {
            return Err(not_started("nothing", io::ErrorKind::InvalidInput.into()));
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "what streams through it is read where nothing may block"
        )]
        let mut command = tokio::process::Command::new(if *program == "sh" { SHELL } else { program });
        command.env_clear().args(arguments);
        for name in NEEDED.iter().chain(&container_program::VARIABLES) {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Nothing from the current folder, whatever the PATH says.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let whole = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
        if let Ok(path) = std::env::join_paths(whole) {
            command.env("PATH", path);
        }
        // What it starts ends with it.
        #[cfg(unix)]
        command.process_group(0);
        command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().map_err(|source| not_started(program, source))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(not_started(program, io::ErrorKind::BrokenPipe.into()));
        };
        let stderr = child.stderr.take();
        let tell = Tell::new();
        let (told, end) = oneshot::channel();
        let (stopped, over) = (tell.stop.clone(), tell.ended.clone().drop_guard());
        tokio::spawn(async move {
            let ended = watched(child, stderr, stopped).await;
            drop(over);
            // Nobody may wait for it any more.
            let _ = told.send(ended);
        });
        Ok(tell.run(Box::new(stdin), Box::new(stdout), end))
    }

    /// Its standard input, once. Shut down, the program meets its end.
    pub fn take_stdin(&mut self) -> Option<Box<dyn AsyncWrite + Send + Unpin>> {
        self.stdin.take()
    }

    /// Its standard output, once.
    pub fn take_stdout(&mut self) -> Option<Box<dyn AsyncRead + Send + Unpin>> {
        self.stdout.take()
    }

    /// What tells it to stop, from anywhere.
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Resolves once it has ended, or nobody will ever know.
    pub(crate) fn ended(&self) -> WaitForCancellationFutureOwned {
        self.ended.clone().cancelled_owned()
    }

    /// Waits for its end; its output has to be read, or dropped, before.
    pub async fn end(mut self) -> RunEnd {
        drop((self.stdin.take(), self.stdout.take()));
        let end = &mut self.end;
        // Its task was dropped with the runtime.
        end.await.unwrap_or_else(|_| RunEnd { is_lost: true, ..RunEnd::default() })
    }

    /// Everything that it prints, to `bytes_max`, and how it ended. It is told nothing.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] where it prints more, or what the connection met.
    pub async fn output(mut self, bytes_max: usize) -> io::Result<(Vec<u8>, RunEnd)> {
        self.stdin = None;
        let mut text = Vec::new();
        if let Some(stdout) = self.stdout.take() {
            let room = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
            stdout.take(room).read_to_end(&mut text).await?;
        }
        if text.len() > bytes_max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok((text, self.end().await))
    }
}

fn not_started(program: &str, source: io::Error) -> SshError {
    SshError::NotStarted { program: program.to_owned(), source }
}

/// What a program is told, and what is told of it.
struct Tell {
    stop: CancellationToken,
    ended: CancellationToken,
}

impl Tell {
    fn new() -> Self {
        Self { stop: CancellationToken::new(), ended: CancellationToken::new() }
    }

    fn run(
        self,
        stdin: Box<dyn AsyncWrite + Send + Unpin>,
        stdout: Box<dyn AsyncRead + Send + Unpin>,
        end: oneshot::Receiver<RunEnd>,
    ) -> Run {
        let Self { stop, ended } = self;
        let on_drop = stop.clone().drop_guard();
        Run { stdin: Some(stdin), stdout: Some(stdout), end, stop, ended, _stop_on_drop: on_drop }
    }
}

/// What a program on an SSH server sends.
#[derive(Default)]
struct Output {
    /// To whoever reads; gone when nobody does.
    pipe: Option<DuplexStream>,
    said: Said,
    status: Option<u32>,
    is_closed: bool,
}

impl Output {
    /// Takes all of it, to its end or to that of whoever reads. Without a reader it is thrown away.
    async fn take(&mut self, read: &mut ChannelReadHalf) {
        while let Some(message) = read.wait().await {
            match message {
                ChannelMsg::Data { data } => {
                    let Some(pipe) = &mut self.pipe else { continue };
                    if pipe.write_all(&data).await.is_err() {
                        // Whoever does not read any more lets the program meet a closed pipe.
                        self.pipe = None;
                        return;
                    }
                }
                ChannelMsg::ExtendedData { data, .. } => self.said.take(&data),
                ChannelMsg::ExitStatus { exit_status } => self.status = Some(exit_status),
                ChannelMsg::ExitSignal { signal_name, .. } => {
                    self.said.take(format!("ended by the signal {signal_name:?}").as_bytes());
                }
                ChannelMsg::Close => {
                    self.is_closed = true;
                    return;
                }
                _ => {}
            }
        }
    }
}

/// The end of what a program says on its standard error.
#[derive(Default)]
struct Said(VecDeque<u8>);

impl Said {
    fn take(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let surplus = self.0.len().saturating_sub(SAID_BYTES_MAX);
        self.0.drain(..surplus);
    }

    fn text(mut self) -> String {
        String::from_utf8_lossy(self.0.make_contiguous()).into_owned()
    }
}

/// Waits for a program of this computer.
async fn watched(mut child: Child, stderr: Option<ChildStderr>, stopped: CancellationToken) -> RunEnd {
    let said = Arc::new(Mutex::new(Said::default()));
    let kept = Arc::clone(&said);
    let mut listening = tokio::spawn(async move {
        let Some(mut stderr) = stderr else { return };
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = stderr.read(&mut piece).await {
            kept.lock().unwrap_or_else(PoisonError::into_inner).take(&piece[..count]);
        }
    });
    let status = tokio::select! {
        status = child.wait() => status.ok(),
        () = stopped.cancelled() => stopped_child(&mut child).await,
    };
    if timeout(SAID_AFTER, &mut listening).await.is_err() {
        listening.abort();
    }
    let status = status.and_then(|status| status.code()).and_then(|code| u32::try_from(code).ok());
    let said = std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
    RunEnd { status, is_lost: false, stderr: said.text() }
}

/// Ends a program with all it started; what was on its way to it still arrives.
async fn stopped_child(child: &mut Child) -> Option<ExitStatus> {
    if let Ok(Ok(status)) = timeout(LAST_WORDS, child.wait()).await {
        return Some(status);
    }
    end_group(child, false);
    if let Ok(Ok(status)) = timeout(STOPPING, child.wait()).await {
        return Some(status);
    }
    end_group(child, true);
    timeout(STOPPING, child.wait()).await.ok().and_then(Result::ok)
}

#[cfg(unix)]
fn end_group(child: &mut Child, is_last: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = if is_last { Signal::KILL } else { Signal::TERM };
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if group.is_none_or(|group| kill_process_group(group, signal).is_err()) {
        let _ = child.start_kill();
    }
}

#[cfg(not(unix))]
fn end_group(child: &mut Child, _: bool) {
    let _ = child.start_kill();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_finds_nothing_to_do_in_a_word() {
        assert_eq!(quoted("it's $(x) `y`"), r"'it'\''s $(x) `y`'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted(r"a\"), r"'a'\\''");
    }
}
