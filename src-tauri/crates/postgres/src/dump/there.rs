//! `pg_dump` on the host of the server itself, or in its container: its many questions meet no distance, and `zstd`
//! leaves a fraction of the bytes for the way.
//!
//! No pipe hides a failure: the status of `pg_dump` itself is the last word on standard error, and without it there is
//! no dump. Only where the SSH server is the server's own host, since that host gets the password.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ssh::{Route, Run, RunEnd, SshError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::io::SyncIoBridge;
use tokio_util::sync::CancellationToken;

use super::failure::{DumpError, DumpFailure};
use super::run::DumpRequest;
use crate::connection::{Peer, Settings, TlsMode};
use crate::process::{Exit, OWN_PATH_SINCE};
use crate::tools::{Program, ToolVersion};
use base::secret::Secret;

/// For each question on the way.
const LIMIT: Duration = Duration::from_secs(20);
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Seconds that it may take to connect.
const CONNECT_TIMEOUT_S: &str = "15";
/// Where packages put the programs of a major version, and whatever the PATH has.
const FIND: &str = "for p in /usr/lib/postgresql/$1/bin/pg_dump /usr/pgsql-$1/bin/pg_dump pg_dump; do \
                    v=$($p --version 2>/dev/null) && echo \"holdfast-dump $p $v\"; done; exit 0";
const FOUND: &str = "holdfast-dump ";
/// What an account's own scripts print comes before this.
const OPEN: &[u8] = b"holdfast-open\n";
/// The status of the program itself follows: a container's engine may call its own broken stream a success.
const DUMPED: &str = "holdfast-dumped ";
/// That of what ran it.
const ENDED: &str = "holdfast-ended ";
/// Runs its words, compressed where that is possible, with the status last.
const COMPRESSED: &str = "echo holdfast-open; if command -v zstd >/dev/null 2>&1; \
                          then { \"$@\"; echo \"holdfast-ended $?\" >&2; } | zstd -q -1 -c; \
                          else \"$@\"; echo \"holdfast-ended $?\" >&2; fi";
/// Runs its words after `--` with the variables before it, and the password that it is told. Not every image has `env`.
/// What that account has set for its own programs could lead the password to another server. Without its end of the
/// line, whoever was to tell the password is gone.
const WITH_PASSWORD: &str = "unset PGHOSTADDR PGSERVICE PGPASSWORD PGOPTIONS PGSSLROOTCERT PGSSLCERT PGSSLKEY PGSSLCRL \
                             PGREQUIREAUTH PGREQUIREPEER PGCHANNELBINDING PGSSLNEGOTIATION PGTARGETSESSIONATTRS \
                             PGLOADBALANCEHOSTS PGDATESTYLE PGGEQO; \
                             while [ \"$1\" != -- ]; do export \"$1\"; shift; done; shift; IFS= read -r p || exit 1; \
                             if [ -n \"$p\" ]; then PGPASSWORD=$p; export PGPASSWORD; fi; p=; \
                             echo holdfast-dump-follows; \"$@\"; s=$?; echo \"holdfast-dumped $s\" >&2; exit $s";
/// What a container's own scripts print comes before this.
const FOLLOWS: &[u8] = b"holdfast-dump-follows\n";
/// The first bytes of what `zstd` wrote (RFC 8878, section 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// What the system says of a program that was killed: 128 and the number of the signal.
const KILLED: u32 = 137;

/// A `pg_dump` of the server's own major version, where the server is.
#[derive(Debug, Clone)]
pub struct There {
    route: Route,
    program: String,
    version: ToolVersion,
}

impl There {
    /// Looks for one; `None` where there is none, or where it may not be used: then the dump runs here.
    pub async fn find(peer: &Peer, settings: &Settings, server_major: u16) -> Option<Self> {
        let Peer::Route { route, .. } = peer else { return None };
        let is_its_host = settings.is_within_ssh();
        // Certificates are judged by files of this computer.
        let is_judged_here = settings.root_certificate.is_some() || settings.tls >= TlsMode::VerifyCa;
        if route.gateway().is_none() || !is_its_host || is_judged_here {
            return None;
        }
        let major = server_major.to_string();
        let words = ["sh", "-c", FIND, "holdfast", &major];
        let looking = async {
            let run = start(route, &words).await.map_err(io::Error::other)?;
            let (text, _) = run.output(ANSWER_BYTES_MAX).await?;
            io::Result::Ok(text)
        };
        match timeout(LIMIT, looking).await {
            Ok(Ok(text)) => {
                let (program, version) = fitting(&String::from_utf8_lossy(&text), server_major)?;
                Some(Self { route: route.clone(), program, version })
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "no pg_dump was found where the server is");
                None
            }
            Err(_) => None,
        }
    }

    /// Its version.
    pub fn version(&self) -> ToolVersion {
        self.version
    }

    /// Where it runs, in a sentence.
    pub fn place(&self) -> String {
        match self.route.container() {
            Some(container) => format!("the container {container} on {}", self.route.host()),
            None => self.route.host().to_string(),
        }
    }

    /// Whether this password can be handed over; one with a line break in it cannot.
    pub fn takes(&self, password: Option<&Secret>) -> bool {
        password.is_none_or(|password| !password.expose().contains(['\n', '\r']))
    }

    /// Starts it.
    pub(super) async fn spawn(
        &self,
        request: &DumpRequest<'_>,
        arguments: &[String],
    ) -> Result<Running, SshError> {
        let variables = variables(request, self.version);
        let mut words = vec!["sh", "-c", WITH_PASSWORD, "holdfast"];
        words.extend(variables.iter().map(String::as_str));
        words.extend(["--", &self.program]);
        words.extend(arguments.iter().map(String::as_str));
        let mut run = start_compressed(&self.route, &words).await?;
        let (Some(mut stdin), Some(mut stdout)) = (run.take_stdin(), run.take_stdout()) else {
            return Err(self.lost("it has no output"));
        };
        let opening = async {
            let password = request.password.map_or("", |password| password.expose());
            if !skip_to_open(&mut stdout).await? {
                return Ok(false);
            }
            stdin.write_all(format!("{password}\n").as_bytes()).await?;
            stdin.flush().await?;
            io::Result::Ok(true)
        };
        match timeout(LIMIT, opening).await {
            Ok(Ok(true)) => Ok(Running {
                stop: run.stop(),
                run,
                _stdin: stdin,
                stdout: Some(Received::new(stdout)),
                is_cancelled: Arc::default(),
                runtime: Handle::current(),
            }),
            Ok(Ok(false)) => {
                drop(stdout);
                let end = timeout(LIMIT, run.end()).await.unwrap_or_default();
                Err(self.lost(end.stderr.lines().next_back().unwrap_or("it ended at once")))
            }
            Ok(Err(error)) => Err(self.lost(&error.to_string())),
            Err(_) => Err(SshError::Timeout { server: self.route.host().to_string(), after: LIMIT }),
        }
    }

    fn lost(&self, why: &str) -> SshError {
        let said = why.trim().to_owned();
        SshError::NotRun { server: self.place(), program: Program::PgDump.name().to_owned(), said }
    }
}

/// Starts words where the route leads.
async fn start(route: &Route, words: &[&str]) -> Result<Run, SshError> {
    match route.container() {
        Some(container) => route.host().run_within(container, words, LIMIT).await,
        None => route.host().run(words, LIMIT).await,
    }
}

/// The same, compressed outside of a container, which has no `zstd`.
async fn start_compressed(route: &Route, words: &[&str]) -> Result<Run, SshError> {
    let mut all = vec!["sh", "-c", COMPRESSED, "holdfast"];
    let within = route.container().map(|container| container.exec_words(words));
    match &within {
        Some(within) => all.extend(within.iter().map(String::as_str)),
        None => all.extend(words),
    }
    route.host().run(&all, LIMIT).await
}

/// The first of those that were found whose major is the server's.
fn fitting(text: &str, server_major: u16) -> Option<(String, ToolVersion)> {
    text.lines().find_map(|line| {
        let (program, version) = line.strip_prefix(FOUND)?.split_once(' ')?;
        let version = ToolVersion::read(version)?;
        (version.major == server_major).then(|| (program.to_owned(), version))
    })
}

/// What it is told by its environment. The host is the server's own, or the inside of its container.
fn variables(request: &DumpRequest<'_>, version: ToolVersion) -> Vec<String> {
    let settings = request.settings;
    let mut variables = vec![
        format!("PGHOST={}", settings.host),
        format!("PGPORT={}", settings.port),
        format!("PGUSER={}", settings.user),
        format!("PGDATABASE={}", settings.database),
        format!("PGSSLMODE={}", settings.tls.as_libpq()),
        "PGGSSENCMODE=disable".to_owned(),
        format!("PGAPPNAME={}", request.application_name),
        "PGTZ=UTC".to_owned(),
        "PGCLIENTENCODING=UTF8".to_owned(),
        format!("PGCONNECT_TIMEOUT={CONNECT_TIMEOUT_S}"),
        // A file of that account's own must not be taken instead.
        "PGPASSFILE=/dev/null/none".to_owned(),
        "PGSERVICEFILE=/dev/null/none".to_owned(),
        "PGSYSCONFDIR=/dev/null/none".to_owned(),
        "LC_ALL=C".to_owned(),
    ];
    let mut options: Vec<String> =
        request.output.iter().map(|(name, value)| format!("-c{name}={value}")).collect();
    if (version.major, version.minor) < OWN_PATH_SINCE {
        options.push("-csearch_path=".to_owned());
    }
    if !options.is_empty() {
        variables.push(format!("PGOPTIONS={}", options.join(" ")));
    }
    variables
}

/// Reads to where the output begins; false where it ended before.
async fn skip_to_open(stdout: &mut (dyn AsyncRead + Send + Unpin)) -> io::Result<bool> {
    let mut seen = Vec::new();
    while !seen.ends_with(OPEN) {
        match stdout.read_u8().await {
            Ok(byte) if seen.len() < ANSWER_BYTES_MAX => seen.push(byte),
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// A dump that runs there.
pub(super) struct Running {
    run: Run,
    stop: CancellationToken,
    /// Closed, the program might take it for a wish to end.
    _stdin: Box<dyn AsyncWrite + Send + Unpin>,
    stdout: Option<Received>,
    is_cancelled: Arc<AtomicBool>,
    runtime: Handle,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Running").field(&self.run).finish()
    }
}

/// What stops it.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    stop: CancellationToken,
    is_cancelled: Arc<AtomicBool>,
}

impl Stop {
    pub(super) fn stop(&self) {
        self.is_cancelled.store(true, Ordering::Release);
        self.stop.cancel();
    }
}

impl Running {
    pub(super) fn take_output(&mut self) -> Option<Received> {
        self.stdout.take()
    }

    pub(super) fn stop_handle(&self) -> Stop {
        Stop { stop: self.stop.clone(), is_cancelled: Arc::clone(&self.is_cancelled) }
    }

    /// Waits for its end. Blocks.
    pub(super) fn finish(self) -> Result<(), DumpError> {
        let Self { run, stdout, is_cancelled, runtime, .. } = self;
        drop(stdout);
        let end = runtime.block_on(run.end());
        if is_cancelled.load(Ordering::Acquire) {
            return Err(DumpError::Cancelled);
        }
        judged(&end)
    }
}

/// Whether it ended well. Without its own last word it did not.
fn judged(end: &RunEnd) -> Result<(), DumpError> {
    let ended = status_after(ENDED, &end.stderr);
    let dumped = status_after(DUMPED, &end.stderr);
    let said = |line: &&str| !line.starts_with(ENDED) && !line.starts_with(DUMPED);
    let stderr = end.stderr.lines().filter(said).collect::<Vec<_>>().join("\n");
    let program = Program::PgDump.name();
    match (end.is_lost, dumped, ended, end.status) {
        (false, Some(0), Some(0), Some(0)) => Ok(()),
        (false, Some(status), ..) if status != 0 && status != KILLED => {
            let exit = Exit { code: i32::try_from(status).ok(), is_cancelled: false, stderr };
            Err(DumpError::of(program, exit))
        }
        // The connection broke, the stream of a container did, or it was killed.
        _ => Err(DumpError::Failed { program, exit: None, failure: DumpFailure::ServerGone, stderr }),
    }
}

/// The status in the last line that begins so.
fn status_after(marker: &str, said: &str) -> Option<u32> {
    said.lines().rev().find_map(|line| line.strip_prefix(marker))?.trim().parse().ok()
}

/// Its bytes, decompressed. Reading blocks.
pub struct Received(State);

enum State {
    Unread(SyncIoBridge<Box<dyn AsyncRead + Send + Unpin>>),
    Open(Box<dyn Read + Send>),
    Over,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").finish_non_exhaustive()
    }
}

impl Received {
    fn new(stdout: Box<dyn AsyncRead + Send + Unpin>) -> Self {
        Self(State::Unread(SyncIoBridge::new(stdout)))
    }

    /// Looks how it begins, and passes over what is not the dump's.
    fn open(mut stdout: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
        let mut first = Vec::new();
        stdout.by_ref().take(ZSTD.len() as u64).read_to_end(&mut first)?;
        let is_packed = first == ZSTD;
        let whole = BufReader::new(Read::chain(io::Cursor::new(first), stdout));
        let mut output: Box<dyn BufRead + Send> = if is_packed {
            Box::new(BufReader::new(zstd::stream::read::Decoder::with_buffer(whole)?))
        } else {
            Box::new(whole)
        };
        let mut seen = Vec::new();
        while !seen.ends_with(FOLLOWS) {
            let before = seen.len();
            let room = (ANSWER_BYTES_MAX - before) as u64;
            output.by_ref().take(room).read_until(b'\n', &mut seen)?;
            if seen.len() == before {
                // Why it ended before it began is told elsewhere.
                return Err(io::Error::new(io::ErrorKind::InvalidData, "no dump followed"));
            }
        }
        Ok(Box::new(output))
    }
}

impl Read for Received {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let State::Unread(_) = self.0
            && let State::Unread(stdout) = std::mem::replace(&mut self.0, State::Over)
        {
            self.0 = State::Open(Self::open(stdout)?);
        }
        match &mut self.0 {
            State::Open(output) => output.read(into),
            State::Unread(_) | State::Over => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(status: u32, stderr: &str) -> RunEnd {
        RunEnd { status: Some(status), is_lost: false, stderr: stderr.to_owned() }
    }

    #[test]
    fn a_dump_without_its_own_last_word_is_none() {
        let good = "holdfast-dumped 0\nholdfast-ended 0\n";
        assert!(judged(&end(0, good)).is_ok());
        for bad in [
            end(0, ""),
            // An engine whose stream broke calls that a success.
            end(0, "holdfast-ended 0\n"),
            end(0, "holdfast-dumped 0\n"),
            end(0, "holdfast-dumped 0\nholdfast-ended 1\n"),
            end(0, "holdfast-dumped 1\nholdfast-ended 0\n"),
            // What compressed it failed.
            end(1, good),
            end(0, "holdfast-dumped 137\nholdfast-ended 137\n"),
            end(0, "holdfast-dumped \nholdfast-ended \n"),
            RunEnd { is_lost: true, ..end(0, good) },
            RunEnd { status: None, ..end(0, good) },
        ] {
            assert!(judged(&bad).is_err(), "{bad:?}");
        }
        let denied =
            "pg_dump: error: permission denied for table secret\nholdfast-dumped 1\nholdfast-ended 1\n";
        let Err(DumpError::Failed { failure, .. }) = judged(&end(0, denied)) else { panic!("it failed") };
        assert_eq!(failure, DumpFailure::NoRight { object: "table secret".into() });
    }

    #[test]
    fn the_programs_of_the_servers_own_version_are_found_behind_what_a_shell_prints() {
        let text = "Welcome!\nholdfast-dump /usr/lib/postgresql/15/bin/pg_dump pg_dump (PostgreSQL) 15.6 (Debian 15.6-1)\n\
                    holdfast-dump pg_dump pg_dump (PostgreSQL) 17.2\n";
        let (program, version) = fitting(text, 17).unwrap();
        assert_eq!((program.as_str(), version.major, version.minor), ("pg_dump", 17, 2));
        assert_eq!(fitting(text, 15).unwrap().0, "/usr/lib/postgresql/15/bin/pg_dump");
        assert!(fitting(text, 16).is_none());
    }

    #[test]
    fn a_compressed_stream_that_was_cut_is_an_error_and_a_plain_one_is_read_as_it_is() {
        let read = |bytes: Vec<u8>| {
            let mut text = Vec::new();
            Received::open(io::Cursor::new(bytes))?.read_to_end(&mut text).map(|_| text)
        };
        let rows = b"PGDMP and rows ".repeat(1000);
        let sent = [b"Welcome!\n", FOLLOWS, &rows].concat();
        let packed = zstd::stream::encode_all(sent.as_slice(), 1).unwrap();
        assert_eq!(read(packed.clone()).unwrap(), rows);
        assert_eq!(read(sent).unwrap(), rows);
        assert!(read(packed[..packed.len() - 3].to_vec()).is_err());
        assert!(read(Vec::new()).is_err() && read(b"Welcome!\n".to_vec()).is_err());
    }
}
