//! The snapshot of a Redis server as a file that a backup reads.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use source::redis::{
    Client, How, Keys, RedisAddress, RedisError, Saved, Snapshot, Way, count, save, snapshot,
};
use source::sftp::SftpFolder;
use source::{Found, Object, Objects, Opened, Place, SourceError};
use ssh::{Host, Run};
use tokio::io::AsyncRead;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::io::SyncIoBridge;
use tokio_util::sync::CancellationToken;

use super::secret::{other_server, source_secret_name};
use crate::archive::REDIS_FILE;
use crate::profile::Profile;
use base::failure::Failure;
use base::meter::Meter;
use base::secret::Secret;
use ledger::catalog::{ProjectRecord, SourceRecord};

const CAT_LIMIT: Duration = Duration::from_secs(30);
const BEAT: Duration = Duration::from_secs(10);
/// Pieces of 256 KiB that wait to be stored.
const PIECES_AHEAD: usize = 8;

/// The secret of a source, which belongs to the very place that it was entered for.
pub(crate) async fn secret_of(
    profile: &Profile,
    project: &ProjectRecord,
    source: &SourceRecord,
) -> Result<Option<Secret>, Failure> {
    if !source.has_secret {
        return Ok(None);
    }
    let stored = profile.secrets.find(&source_secret_name(project, source)).await?;
    Ok(Some(stored.ok_or_else(|| other_server(source))?))
}

/// The password of a source, and the way to its server: by SSH where the project's database is reached so.
pub(crate) async fn way_to(
    profile: &Profile,
    project: &ProjectRecord,
    source: &SourceRecord,
) -> Result<(Option<Secret>, Way), Failure> {
    let password = secret_of(profile, project, source).await?;
    let Place::Redis(address) = &source.place else { return Ok((password, Way::Direct)) };
    let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
    let (host, port, container) = (&address.host, address.port, address.container.as_ref());
    let Some(ssh_address) = ssh else {
        let into = container.map(|container| ssh::Route::into_container(container, host, port));
        return Ok((password, into.map_or(Way::Direct, Way::Ssh)));
    };
    // Whoever asks for the project's password has made the way known.
    profile.password(project).await?;
    let gateway = ssh::gateway(ssh_address);
    let gateway = gateway.ok_or_else(|| ssh::no_gateway(ssh_address))?;
    Ok((password, Way::Ssh(gateway.route(host, port).within(container))))
}

/// The computer that a source's Redis is on, where it can be told: that of the project's database, if the address means
/// that computer itself; and whatever runs the container that it is in.
pub(crate) fn host_of(project: &ProjectRecord, address: &RedisAddress) -> Option<Host> {
    let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
    let is_loopback = address.host.eq_ignore_ascii_case("localhost")
        || address.host.parse::<std::net::IpAddr>().is_ok_and(|host| host.is_loopback());
    let gateway = ssh.and_then(ssh::gateway).map(Host::There);
    match &address.container {
        Some(_) if ssh.is_none() => Some(Host::Here),
        Some(_) => gateway,
        None => gateway.filter(|_| is_loopback),
    }
}

/// What was learnt while a snapshot was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Learnt {
    /// Its keys, counted as they passed.
    pub(crate) keys: Option<Keys>,
    /// The server's version.
    pub(crate) version: Option<String>,
    /// What a person should know.
    pub(crate) notes: Vec<String>,
}

/// A snapshot that is on its way, or lies on the server's disk.
enum Begun {
    Sent(Snapshot),
    Saved(Saved),
}

/// The one file of a Redis server.
pub(crate) struct RedisFile {
    address: RedisAddress,
    password: Option<Secret>,
    way: Way,
    token: CancellationToken,
    meter: Arc<Meter>,
    runtime: Handle,
    /// The computer that it is on, where programs run there and files are read.
    host: Option<Host>,
    begun: Mutex<Option<Begun>>,
    learnt: Arc<Mutex<Learnt>>,
}

impl RedisFile {
    pub(crate) fn new(
        address: RedisAddress,
        password: Option<Secret>,
        (way, host): (Way, Option<Host>),
        (token, meter): (CancellationToken, Arc<Meter>),
    ) -> Self {
        let (begun, learnt) = (Mutex::default(), Arc::default());
        Self { address, password, way, token, meter, runtime: Handle::current(), host, begun, learnt }
    }

    /// What was learnt.
    pub(crate) fn learnt(&self) -> Learnt {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ask<T>(&self, asking: impl Future<Output = Result<T, RedisError>>) -> Result<T, SourceError> {
        self.runtime.block_on(async {
            tokio::select! {
                answer = asking => answer.map_err(|error| failed(&self.address, &error)),
                () = beat(&self.meter) => Err(SourceError::Cancelled),
                () = self.token.cancelled() => Err(SourceError::Cancelled),
            }
        })
    }

    fn note(&self, note: impl FnOnce(&mut Learnt)) {
        note(&mut self.learnt.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl RedisFile {
    /// A snapshot that the server saved, and why: where it refuses both other ways, and its disk can be read.
    fn saved(&self, begun: &Snapshot) -> Result<Option<(String, Saved)>, SourceError> {
        if begun.how() != How::Scan || self.host.is_none() {
            return Ok(None);
        }
        let (address, password, way) = (&self.address, self.password.as_ref(), &self.way);
        let asked = async { Client::connect(address, password, way).await?.why_not_scanned().await };
        let Some(why) = self.ask(asked)? else { return Ok(None) };
        Ok(Some((why, self.ask(save(address, password, way))?)))
    }

    fn open_saved(&self, object: &Object, saved: &Saved) -> Result<Opened, SourceError> {
        let Saved { folder, file } = saved;
        let place = || format!("the snapshot {folder}/{file} of Redis at {}", self.address);
        let odd = |what: &str| SourceError::Io { place: place(), source: io::Error::other(what.to_owned()) };
        let reader: Box<dyn Read + Send> = match (&self.host, &self.address.container) {
            (Some(host), Some(container)) => {
                let path = format!("{folder}/{file}");
                let words = ["cat", &path];
                let run = self.runtime.block_on(async {
                    tokio::select! {
                        run = host.run_within(container, &words, CAT_LIMIT) => run.map_err(|error| odd(&error.to_string())),
                        () = self.token.cancelled() => Err(SourceError::Cancelled),
                    }
                })?;
                Box::new(
                    Within::new(run, self.runtime.clone()).ok_or_else(|| odd("nothing can be read of it"))?,
                )
            }
            (Some(Host::There(gateway)), None) => {
                let there = SftpFolder::new(Arc::clone(gateway), folder, &[], self.token.clone())?;
                let opened = there.open(&Object { key: file.clone(), ..Object::default() })?;
                opened.ok_or_else(|| odd("it is not there any more"))?.reader
            }
            _ => return Err(odd("the computer that it is on cannot be reached")),
        };
        let reader = snapshot_of(reader).map_err(|source| SourceError::Io { place: place(), source })?;
        let reader = Counted::new(reader, Arc::clone(&self.learnt))
            .map_err(|source| SourceError::Io { place: place(), source })?;
        Ok(Opened { object: object.clone(), reader: Box::new(reader) })
    }
}

/// A file that begins as a snapshot does. The server names it, and what is none is not read on.
fn snapshot_of(mut file: impl Read) -> io::Result<impl Read> {
    const MAGIC: &[u8] = b"REDIS";
    let mut begin = [0; MAGIC.len()];
    file.read_exact(&mut begin)?;
    if begin != MAGIC {
        return Err(io::Error::other("it is no snapshot of Redis"));
    }
    Ok(MAGIC.chain(file))
}

/// What a program prints in a container. That it is whole its checksum says.
struct Within {
    stdout: SyncIoBridge<Box<dyn AsyncRead + Send + Unpin>>,
    /// Dropped, it ends.
    _run: Run,
}

impl Within {
    fn new(mut run: Run, runtime: Handle) -> Option<Self> {
        let stdout = run.take_stdout()?;
        Some(Self { stdout: SyncIoBridge::new_with_handle(stdout, runtime), _run: run })
    }
}

impl Read for Within {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stdout.read(buffer)
    }
}

impl Objects for RedisFile {
    /// Asks for the snapshot: a server that refuses is known before anything is written.
    fn list(&self, each: &mut source::object::Each<'_>) -> Result<(), SourceError> {
        let begun = self.ask(snapshot(&self.address, self.password.as_ref(), &self.way))?;
        if let (How::Scan, Some((why, saved))) = (begun.how(), self.saved(&begun)?) {
            self.note(|learnt| {
                learnt.version.clone_from(&begun.version);
                learnt.notes.push(format!(
                    "The snapshot of Redis at {} is the one that it saved to its disk ({}/{}): it refuses what a replica asks for, and the reading of its keys ({why}).",
                    self.address, saved.folder, saved.file
                ));
            });
            *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Begun::Saved(saved));
            return each(Found::Object(Object { key: REDIS_FILE.to_owned(), ..Object::default() }));
        }
        self.note(|learnt| {
            learnt.version.clone_from(&begun.version);
            if let Some(why) = &begun.why_scan {
                learnt.notes.push(format!(
                    "Redis at {} was read key by key, so its keys are not all of one moment, and libraries of functions \
                     are not in it: it refuses what a replica asks for ({why}).",
                    self.address
                ));
            }
            debug_assert!(begun.why_scan.is_some() == (begun.how() == How::Scan));
        });
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Begun::Sent(begun));
        each(Found::Object(Object { key: REDIS_FILE.to_owned(), ..Object::default() }))
    }

    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).take();
        let begun = match begun {
            Some(Begun::Sent(begun)) => begun,
            Some(Begun::Saved(saved)) => return self.open_saved(object, &saved).map(Some),
            None => return Ok(None),
        };
        let (to, pieces) = mpsc::channel(PIECES_AHEAD);
        let (token, meter) = (self.token.clone(), Arc::clone(&self.meter));
        let sending = self.runtime.spawn(async move {
            tokio::select! {
                sent = begun.send(&to) => sent.map_err(|error| error.to_string()),
                () = beat(&meter) => Err("cancelled".to_owned()),
                () = token.cancelled() => Err("cancelled".to_owned()),
            }
        });
        let pieces = Pieces {
            received: pieces,
            current: Vec::new(),
            at: 0,
            sending: Some(sending),
            runtime: self.runtime.clone(),
        };
        let reader = Counted::new(pieces, Arc::clone(&self.learnt)).map_err(|error| SourceError::Io {
            place: format!("Redis at {}", self.address),
            source: error,
        })?;
        Ok(Some(Opened { object: object.clone(), reader: Box::new(reader) }))
    }
}

/// Tells that a server is waited for. How long it may be silent the client itself knows.
async fn beat(meter: &Meter) {
    loop {
        tokio::time::sleep(BEAT).await;
        meter.beat();
    }
}

fn failed(address: &RedisAddress, error: &RedisError) -> SourceError {
    SourceError::Io { place: format!("Redis at {address}"), source: io::Error::other(error.to_string()) }
}

/// What a task sends, as a stream; its failure is the stream's.
struct Pieces {
    received: mpsc::Receiver<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
    sending: Option<tokio::task::JoinHandle<Result<(), String>>>,
    runtime: Handle,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.current.len() {
            if let Some(piece) = self.received.blocking_recv() {
                (self.current, self.at) = (piece, 0);
                continue;
            }
            let Some(sending) = self.sending.take() else { return Ok(0) };
            let ended = self.runtime.block_on(sending).unwrap_or_else(|join| Err(join.to_string()));
            return ended.map(|()| 0).map_err(io::Error::other);
        }
        let count = buffer.len().min(self.current.len() - self.at);
        buffer[..count].copy_from_slice(&self.current[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        if let Some(sending) = self.sending.take() {
            sending.abort();
        }
    }
}

/// A stream whose keys are counted on a thread of its own as it passes. A snapshot that is none, or is cut, fails as the
/// stream does: nothing of it is kept.
struct Counted<R> {
    inner: R,
    to: Option<std::sync::mpsc::SyncSender<Vec<u8>>>,
    counting: Option<std::thread::JoinHandle<Result<Keys, String>>>,
    learnt: Arc<Mutex<Learnt>>,
}

impl<R: Read> Counted<R> {
    fn new(inner: R, learnt: Arc<Mutex<Learnt>>) -> io::Result<Self> {
        let (to, pieces) = std::sync::mpsc::sync_channel::<Vec<u8>>(PIECES_AHEAD);
        let counting = std::thread::Builder::new().name("count-keys".to_owned()).spawn(move || {
            let counted = count(Given { pieces: &pieces, current: VecDeque::new() });
            // The stream goes on, and is refused at its end.
            while pieces.recv().is_ok() {}
            counted.map_err(|error| error.to_string())
        })?;
        Ok(Self { inner, to: Some(to), counting: Some(counting), learnt })
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count > 0 {
            if let Some(to) = &self.to {
                let _ = to.send(buffer[..count].to_vec());
            }
            return Ok(count);
        }
        drop(self.to.take());
        let Some(counting) = self.counting.take() else { return Ok(0) };
        let counted =
            counting.join().unwrap_or_else(|_| Err("counting its keys stopped unexpectedly".into()));
        let keys = counted.map_err(|why| io::Error::other(format!("the snapshot is damaged: {why}")))?;
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner).keys = Some(keys);
        Ok(0)
    }
}

struct Given<'a> {
    pieces: &'a std::sync::mpsc::Receiver<Vec<u8>>,
    current: VecDeque<u8>,
}

impl Read for Given<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.current.is_empty() {
            match self.pieces.recv() {
                Ok(piece) => self.current = piece.into(),
                Err(_) => return Ok(0),
            }
        }
        self.current.read(buffer)
    }
}

/// Signs in and tells what the server holds, in words.
pub(super) async fn look(
    address: &RedisAddress,
    password: Option<&Secret>,
    way: &Way,
) -> Result<(Option<String>, Option<u64>), Failure> {
    let mut client = Client::connect(address, password, way).await?;
    let version = client.version().await?;
    let keys = client.key_counts().await?;
    Ok((version, keys.map(|counts| counts.iter().map(|(_, keys)| keys).sum())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_names_is_read_on_only_where_it_begins_as_a_snapshot() {
        let read = |bytes: &'static [u8]| {
            let mut all = Vec::new();
            snapshot_of(bytes).and_then(|mut file| file.read_to_end(&mut all)).map(|_| all)
        };
        assert_eq!(read(b"REDIS0011rest").unwrap(), b"REDIS0011rest");
        for other in [&b"root:$6$salt"[..], b"REDI", b""] {
            assert!(read(other).is_err());
        }
        // A device has no end.
        assert!(snapshot_of(io::repeat(0)).is_err());
    }
}
