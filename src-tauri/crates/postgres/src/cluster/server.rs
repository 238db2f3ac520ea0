//! `initdb`, the server's start, and whether it runs.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom as _, SystemRandom};

use super::SUPERUSER;
use super::entry;
use super::error::ClusterError;
use super::place::Place;
use super::record::ClusterRecord;
use super::spec::{ClusterLocale, ClusterSpec};
use super::stop::{StopMode, stop};
use super::wall::{Launch, Wall};
use crate::process::{Exit, Running, bare_command};
use crate::tools::{Program, ToolSet};
use base::hex;
use base::secret::Secret;

/// A new server is ready in under a second; one that recovers after a crash takes longer.
const START_LIMIT: Duration = Duration::from_mins(1);
/// Between two looks at a server that starts.
pub(super) const POLL: Duration = Duration::from_millis(10);
/// Kept of the server's log for an error.
const LOG_BYTES_MAX: u64 = 8 * 1024;
/// Its lock file has a few lines; whoever is a superuser there can write another one in its place.
const LOCK_BYTES_MAX: u64 = 4 * 1024;

/// A server that was started.
pub(super) struct Started {
    pub(super) child: Child,
    /// With the port that it has now.
    pub(super) place: Place,
    pub(super) wall: Wall,
}

/// Thirty-two hexadecimal digits of the system's randomness.
pub(super) fn random_text() -> Result<String, ClusterError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| ClusterError::NoRandom)?;
    Ok(hex::encode(&bytes))
}

/// Makes the directories and the cluster in them, and records it first.
pub(super) fn create(spec: &ClusterSpec, password: &Secret) -> Result<ClusterRecord, ClusterError> {
    let id = random_text()?[..8].to_owned();
    let place = Place::make(&spec.profile, &id, spec.listens)?;
    let record = ClusterRecord {
        file: ClusterRecord::path(&spec.profile, &id),
        id,
        purpose: spec.purpose,
        place,
        tools: spec.tools.directory.clone(),
        major: spec.tools.major(),
        owner_lock: spec.owner_lock.clone(),
        parameters: spec.server_parameters(),
        confinement: spec.confinement,
    };
    let made = record.save().and_then(|()| initdb(&record.place, spec, password));
    if let Err(error) = made {
        // The first failure is the one to tell.
        let _ = record.place.remove();
        let _ = record.forget();
        return Err(error);
    }
    Ok(record)
}

fn initdb(place: &Place, spec: &ClusterSpec, password: &Secret) -> Result<(), ClusterError> {
    let file = place.directory.join("pw");
    let failed = |source| ClusterError::Make { path: file.clone(), source };
    let written = File::create_new(&file).and_then(|mut handle| {
        place.give(&file)?;
        writeln!(handle, "{}", password.expose())
    });
    let exit = written.map_err(failed).and_then(|()| {
        let exit = run_initdb(place, &spec.tools, &spec.locale)?;
        let is_unknown_locale = exit.stderr.contains("locale");
        if exit.is_success() || !is_unknown_locale || spec.locale == ClusterLocale::C {
            return Ok(exit);
        }
        run_initdb(place, &spec.tools, &ClusterLocale::C)
    });
    // A server cannot be made with a password and without a file that holds it: it lives this long.
    base::disk::remove(&file).map_err(failed)?;
    let exit = exit?;
    if exit.is_success() {
        let admitted = entry::admit_owner(place);
        return admitted.map_err(|source| ClusterError::Make { path: place.data(), source });
    }
    let last_words = exit.stderr.lines().rev().find(|line| !line.trim().is_empty());
    Err(ClusterError::Initdb {
        last_words: last_words.unwrap_or("it said nothing").to_owned(),
        stderr: exit.stderr,
    })
}

fn run_initdb(place: &Place, tools: &ToolSet, locale: &ClusterLocale) -> Result<Exit, ClusterError> {
    let mut command = command(place, tools, Program::Initdb);
    command.arg("--pgdata").arg(place.data()).arg("--pwfile").arg(place.directory.join("pw"));
    command.args(["--username", SUPERUSER, "--encoding", "UTF8", "--auth", "scram-sha-256", "--no-sync"]);
    match locale {
        ClusterLocale::C => command.arg("--no-locale"),
        ClusterLocale::Libc(name) => command.arg(format!("--locale={name}")),
    };
    run("initdb", command)
}

/// Starts the server as the leader of its own process group, behind its wall.
pub(super) fn start(record: &ClusterRecord, tools: &ToolSet) -> Result<Started, ClusterError> {
    let place = record.place.clone();
    // A port that was free when the cluster was made may be taken now.
    let place = if place.socket_directory.is_none() { place.with_free_port()? } else { place };
    let failed = |source| ClusterError::Make { path: place.log(), source };
    let log = File::options().create(true).append(true).open(place.log()).map_err(failed)?;
    place.give(&place.log()).map_err(failed)?;
    let rules = |source| ClusterError::Make { path: place.data(), source };
    entry::renew(&place).map_err(rules)?;
    let launch = Launch {
        tools,
        confinement: record.confinement,
        place: &place,
        is_on_loopback: record.is_on_loopback(),
    };
    let mut command = at_home(launch.command(), &place);
    command.arg("-D").arg(place.data()).arg("-p").arg(place.port.to_string());
    let parameters = record.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in parameters.chain(launch.parameters().iter().copied()) {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    if let Some(directory) = &place.socket_directory {
        command.arg("-c").arg(format!("unix_socket_directories={directory}"));
    }
    let output = log.try_clone().map_err(failed)?;
    command.stdout(Stdio::from(output)).stderr(Stdio::from(log));
    let (mut child, wall) = launch.start(command)?;
    match wait_until_ready(&mut child, &place) {
        Ok(()) => Ok(Started { child, place, wall }),
        Err(error) => {
            let _ = stop(&place, tools, StopMode::Immediate, Some(&mut child));
            end(&mut child);
            Err(error)
        }
    }
}

fn wait_until_ready(child: &mut Child, place: &Place) -> Result<(), ClusterError> {
    let deadline = Instant::now() + START_LIMIT;
    while Instant::now() < deadline {
        if is_running(place) {
            return Ok(());
        }
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return Err(ClusterError::Ended { log: log_tail(place) });
        }
        thread::sleep(POLL);
    }
    Err(ClusterError::NotReady { after: START_LIMIT, log: log_tail(place) })
}

/// The server's own word in its lock file, and an answer at its socket.
pub(super) fn is_running(place: &Place) -> bool {
    let is_ready = lock_text(place).lines().nth(7).is_some_and(|status| status.trim() == "ready");
    is_ready && answers(place)
}

/// What the lock file says; nothing where there is none.
pub(super) fn lock_text(place: &Place) -> String {
    let mut text = Vec::new();
    let file = File::open(place.data().join("postmaster.pid"));
    let _ = file.and_then(|file| file.take(LOCK_BYTES_MAX).read_to_end(&mut text));
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(unix)]
fn answers(place: &Place) -> bool {
    let socket =
        place.socket_directory.as_ref().map(|directory| directory.join(format!(".s.PGSQL.{}", place.port)));
    socket.is_some_and(|socket| std::os::unix::net::UnixStream::connect(socket).is_ok())
}

#[cfg(not(unix))]
fn answers(place: &Place) -> bool {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], place.port));
    std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

/// Collects a server that was told to stop, so that no zombie stays.
pub(super) fn collect(child: &mut Child) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(POLL);
    }
}

/// Ends a server that nothing else ends; does nothing to one that was collected.
pub(super) fn end(child: &mut Child) {
    let _ = child.kill();
    collect(child);
}

/// The end of the server's log.
pub(super) fn log_tail(place: &Place) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut log = File::open(place.log())?;
        let length = log.metadata()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES_MAX)))?;
        let mut tail = Vec::new();
        log.take(LOG_BYTES_MAX).read_to_end(&mut tail)?;
        Ok(tail)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

pub(super) fn run(name: &'static str, command: Command) -> Result<Exit, ClusterError> {
    Running::start(name, command, None)
        .and_then(Running::finish)
        .map_err(|source| ClusterError::Process { source })
}

/// A server program as the server's user, in a directory that he may enter.
pub(super) fn command(place: &Place, tools: &ToolSet, program: Program) -> Command {
    at_home(bare_command(&tools.path(program)), place)
}

fn at_home(mut command: Command, place: &Place) -> Command {
    command.current_dir(&place.directory).env("TZ", "UTC");
    run_as(&mut command, place);
    command
}

#[cfg(unix)]
fn run_as(command: &mut Command, place: &Place) {
    use std::os::unix::process::CommandExt as _;
    if let Some(user) = place.user {
        command.uid(user.uid).gid(user.gid);
    }
}

#[cfg(not(unix))]
fn run_as(_: &mut Command, _: &Place) {}
