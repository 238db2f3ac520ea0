//! What is inside a container, reached by `docker exec` or `podman exec`: also where it exposes no port and has no
//! network.
//!
//! Never with a terminal, which would change bytes. Source: Docker docs, `docker exec`; Podman docs, `podman-exec`;
//! Bash manual, "Redirections" (`/dev/tcp`).

use std::fmt;
use std::io;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::time::timeout;
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::error::{ContainerProblem, SshError};
use crate::run::{Host, Run, RunEnd};
use base::container_program;

const NAME_BYTES_MAX: usize = 255;
/// The program of an SSH server. Its words follow.
const EXEC: &str = "for program in docker podman; do \
                    if command -v $program >/dev/null 2>&1; then exec $program exec -i \"$@\"; fi; done; \
                    echo holdfast: no docker >&2; exit 127";
/// Leads its standard input and output to a port that the container sees. The usual images have no program for that,
/// but Bash; those of Alpine have a `nc`.
///
/// Nothing that it started may outlive it: an orphan is adopted by the first process of the container, which is Postgres
/// itself there, and Postgres takes a child that a signal ended for a crash of its own, and ends every session. So each
/// `cat` is waited for, and none is ended by a closed pipe. What the server still answers when nobody writes any more
/// gets a second.
const BRIDGE: &str = "if command -v bash >/dev/null 2>&1; then \
                      exec bash -c 'trap \"\" PIPE; exec 3<>\"/dev/tcp/$0/$1\" || exit 3; echo holdfast-open; \
                      cat <&0 >&3 & w=$!; cat <&3 & r=$!; exec 3>&- <&-; \
                      if [ \"${BASH_VERSINFO[0]}\" -gt 4 ] || [ \"${BASH_VERSINFO[1]}\" -ge 3 ]; \
                      then wait -n; else wait $r; fi; \
                      for i in 1 2 3 4 5; do kill -0 $w 2>/dev/null && break; kill -0 $r 2>/dev/null || break; \
                      sleep 0.2; done; kill $w $r 2>/dev/null; wait' \"$1\" \"$2\"; \
                      elif command -v nc >/dev/null 2>&1; then echo holdfast-open; exec nc \"$1\" \"$2\"; \
                      else echo holdfast: no bridge >&2; exit 4; fi";
/// What it prints once it is there. What an account's own scripts print comes before it.
const OPEN: &[u8] = b"holdfast-open\n";
const NOISE_BYTES_MAX: usize = 64 * 1024;
/// Of what a program said, the end.
const SAID_CHARACTERS: usize = 300;

/// The name or the id of a container, as a person typed it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Container(Box<str>);

/// A text that no container can have as its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a container")]
pub struct NotAContainer(String);

impl Container {
    /// The container of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into().into_boxed_str())
    }

    /// Whether it can be one: what begins with a dash would be an option.
    ///
    /// # Errors
    /// [`NotAContainer`].
    pub fn check(&self) -> Result<(), NotAContainer> {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let is_name = self.0.len() <= NAME_BYTES_MAX
            && self.0.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
            && self.0.bytes().all(is_inner);
        if is_name { Ok(()) } else { Err(NotAContainer(self.0.chars().take(80).collect())) }
    }
}

impl FromStr for Container {
    type Err = NotAContainer;

    fn from_str(text: &str) -> Result<Self, NotAContainer> {
        let container = Self::new(text);
        container.check().map(|()| container)
    }
}

impl From<Container> for String {
    fn from(container: Container) -> Self {
        container.0.into_string()
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Host {
    /// Starts a program inside a container.
    ///
    /// # Errors
    /// As [`Host::run`]; [`SshError::Container`] where this computer has no such program. What an engine says is in
    /// the program's own end: [`Container::problem`].
    pub async fn run_within(
        &self,
        container: &Container,
        words: &[&str],
        limit: Duration,
    ) -> Result<Run, SshError> {
        container
            .check()
            .map_err(|error| container.failed(self, ContainerProblem::Other(error.to_string())))?;
        match self {
            Self::There(_) => {
                let all = container.exec_words(words);
                self.run(&all.iter().map(String::as_str).collect::<Vec<_>>(), limit).await
            }
            Self::Here => {
                let program = container_program::find()
                    .ok_or_else(|| container.failed(self, ContainerProblem::NoProgram))?;
                let mut all = vec![program.as_str(), "exec", "-i", &container.0];
                all.extend(words);
                self.run(&all, limit).await
            }
        }
    }

    /// Opens a stream to a port that a container sees.
    ///
    /// # Errors
    /// [`SshError`].
    pub(crate) async fn bridge(
        &self,
        container: &Container,
        host: &str,
        port: u16,
        limit: Duration,
    ) -> Result<Bridged, SshError> {
        let port_text = port.to_string();
        let words = ["sh", "-c", BRIDGE, "holdfast", host, &port_text];
        let mut run = self.run_within(container, &words, limit).await?;
        let broken = || self.broken(container);
        let (Some(stdin), Some(mut stdout)) = (run.take_stdin(), run.take_stdout()) else {
            return Err(broken());
        };
        match timeout(limit, opened(&mut stdout)).await {
            Ok(Ok(true)) => Ok(Bridged { stdin, stdout, ended: Box::pin(run.ended()), _run: run }),
            Ok(Ok(false)) => {
                drop((stdin, stdout));
                let end = timeout(limit, run.end()).await.map_err(|_| broken())?;
                Err(match container.problem(&end) {
                    // Nobody listens on the port.
                    None if end.status == Some(3) => {
                        let target = format!("{host}:{port} in the container {container}");
                        SshError::NothingThere { server: self.to_string(), target }
                    }
                    Some(problem) => container.failed(self, problem),
                    None => broken(),
                })
            }
            Ok(Err(_)) => Err(broken()),
            Err(_) => Err(SshError::Timeout { server: self.to_string(), after: limit }),
        }
    }

    fn broken(&self, container: &Container) -> SshError {
        container.failed(self, ContainerProblem::Other("the connection ended before it began".to_owned()))
    }
}

/// Reads to where the bridge stands; false where it ended before.
async fn opened(stdout: &mut (dyn AsyncRead + Send + Unpin)) -> io::Result<bool> {
    let mut seen = Vec::new();
    while !seen.ends_with(OPEN) {
        match stdout.read_u8().await {
            Ok(byte) if seen.len() < NOISE_BYTES_MAX => seen.push(byte),
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

impl Container {
    /// The words that run these inside of it, on an SSH server.
    pub fn exec_words(&self, words: &[&str]) -> Vec<String> {
        let before = ["sh", "-c", EXEC, "holdfast", &*self.0];
        before.iter().chain(words).map(|word| (*word).to_owned()).collect()
    }

    /// Why nothing ran in it, where that was the engine's doing or that of a container that lacks what is needed; `None`
    /// where the program itself failed.
    pub fn problem(&self, end: &RunEnd) -> Option<ContainerProblem> {
        let said = end.stderr.to_ascii_lowercase();
        let has = |text: &str| said.contains(text);
        if end.status == Some(0) {
            None
        } else if has("holdfast: no docker") {
            Some(ContainerProblem::NoProgram)
        } else if has("no such container") || has("no container with name or id") {
            Some(ContainerProblem::Missing)
        } else if has("is not running") || has("is paused") || has("container state improper") {
            Some(ContainerProblem::Stopped)
        } else if (has("permission denied") || has("connect: permission")) && (has("docker") || has("podman"))
        {
            Some(ContainerProblem::NoRight)
        } else if has("holdfast: no bridge") {
            Some(ContainerProblem::NoBridge)
        } else if has("cannot connect to the docker daemon")
            || has("error response from daemon")
            || end.is_lost
        {
            Some(ContainerProblem::Other(last_words(&end.stderr)))
        } else {
            match end.status {
                // Of `docker exec` itself: it was killed, or did not find the program.
                Some(125..=127 | 137 | 255) | None => Some(ContainerProblem::Other(last_words(&end.stderr))),
                Some(_) => None,
            }
        }
    }

    /// The error of this problem.
    pub fn failed(&self, host: &Host, problem: ContainerProblem) -> SshError {
        SshError::Container { server: host.to_string(), container: self.0.to_string(), problem }
    }
}

fn last_words(said: &str) -> String {
    let line = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or("it said nothing");
    line.chars().filter(|character| !character.is_control()).take(SAID_CHARACTERS).collect()
}

/// A stream to what is inside a container.
pub(crate) struct Bridged {
    stdin: Box<dyn AsyncWrite + Send + Unpin>,
    stdout: Box<dyn AsyncRead + Send + Unpin>,
    /// Whoever waits to write learns by it that nobody reads any more.
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Dropped, it ends.
    _run: Run,
}

impl Bridged {
    /// Of what waits, an error where nothing can come any more.
    fn unless_over<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_pending() && self.ended.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        polled
    }
}

impl AsyncRead for Bridged {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdout).poll_read(cx, buf)
    }
}

impl AsyncWrite for Bridged {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stdin).poll_write(cx, buf);
        self.unless_over(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stdin).poll_flush(cx);
        self.unless_over(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stdin).poll_shutdown(cx);
        self.unless_over(cx, polled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_and_an_option_is_none() {
        for name in ["db", "supabase-db", "shop_db_1", "4f9c0a11b2"] {
            assert_eq!(name.parse::<Container>().unwrap().to_string(), name);
        }
        for odd in ["", "-i", "--privileged", "a b", "a;b", "a/b", ".a", "ä"] {
            assert!(odd.parse::<Container>().is_err(), "{odd}");
        }
        assert!("x".repeat(256).parse::<Container>().is_err());
    }

    #[test]
    fn what_an_engine_says_is_understood() {
        let container: Container = "db".parse().unwrap();
        let told = |status: u32, stderr: &str| {
            container.problem(&RunEnd { status: Some(status), is_lost: false, stderr: stderr.into() })
        };
        assert_eq!(
            told(1, "Error response from daemon: No such container: db"),
            Some(ContainerProblem::Missing)
        );
        assert_eq!(
            told(125, "Error: no container with name or ID \"db\" found: no such container"),
            Some(ContainerProblem::Missing)
        );
        assert_eq!(
            told(1, "Error response from daemon: container 4f9c is not running"),
            Some(ContainerProblem::Stopped)
        );
        assert_eq!(
            told(
                1,
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"
            ),
            Some(ContainerProblem::NoRight)
        );
        assert_eq!(told(127, "holdfast: no docker"), Some(ContainerProblem::NoProgram));
        assert_eq!(told(4, "holdfast: no bridge"), Some(ContainerProblem::NoBridge));
        // The program's own failures are none of the engine's.
        assert_eq!(told(1, "pg_dump: error: permission denied for table secret"), None);
        assert_eq!(told(3, "bash: connect: Connection refused"), None);
        assert_eq!(told(0, "No such container"), None);
    }
}
