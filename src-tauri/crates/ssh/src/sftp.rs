//! Files of an SSH server, by SFTP (version 3, the one that servers speak).
//!
//! `russh-sftp` has the packets. Its own listing copies what it has with each piece, and its own reading does not say
//! where a file was cut, so that both are asked for here, in pieces.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use russh_sftp::client::Config;
use russh_sftp::client::error::Error;
use russh_sftp::client::rawsession::{Limits, RawSftpSession};
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use tokio::runtime::Handle;

use crate::error::SshError;
use crate::gateway::Gateway;
use crate::link::Wanted;

/// How long a server may take for one answer.
const ANSWER_LIMIT: u64 = 60;
/// What any server reads at once (draft of SFTP, section 3).
const CHUNK: u32 = 32 * 1024;
/// More at once only fills memory.
const CHUNK_MAX: u64 = 128 * 1024;
/// Chunks that are asked for together: the way there and back passes once for all of them.
const AHEAD: u64 = 8;
/// Names of one folder that are held in memory.
const NAME_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Answers without a file, one after the other: a server that gives no others never ends.
const EMPTY_MAX: u32 = 100;
/// A way to put a file in the place of another one in one step. The protocol's own renaming refuses that.
const REPLACE: &str = "posix-rename@openssh.com";

/// Why the server does not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum SftpError {
    /// The server cannot be reached, or lets nobody in.
    #[error(transparent)]
    Ssh(#[from] SshError),
    /// There is nothing of that name.
    #[error("it is not there")]
    NotThere,
    /// The account may not.
    #[error("the account may not do that there")]
    Forbidden,
    /// It refuses otherwise; with its words.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// The connection broke, or the server does not answer any more.
    #[error("the connection broke: {0}")]
    Lost(String),
    /// A folder holds more than is read of one.
    #[error("more than {0} files in one folder")]
    TooMany(usize),
}

impl From<Error> for SftpError {
    fn from(error: Error) -> Self {
        match error {
            Error::Status(status) => match status.status_code {
                StatusCode::NoSuchFile => Self::NotThere,
                StatusCode::PermissionDenied => Self::Forbidden,
                StatusCode::NoConnection | StatusCode::ConnectionLost => Self::Lost(status.error_message),
                code if status.error_message.is_empty() => Self::Refused(code.to_string()),
                _ => Self::Refused(status.error_message),
            },
            Error::Timeout => Self::Lost(format!("no answer within {ANSWER_LIMIT} s")),
            other => Self::Lost(other.to_string()),
        }
    }
}

impl SftpError {
    /// Whether a new connection may help.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Ssh(error) => error.may_pass(),
            _ => false,
        }
    }
}

/// What something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link.
    Link,
    /// A device, a pipe, a socket; or the server does not say.
    Other,
}

/// What a server tells of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteFacts {
    /// What it is.
    pub kind: RemoteKind,
    /// Bytes.
    pub size: Option<u64>,
    /// When its content was last changed, in seconds since 1970.
    pub modified_s: Option<u32>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// The numbers of its owner and its group.
    pub owner: Option<(u32, u32)>,
}

impl From<&FileAttributes> for RemoteFacts {
    fn from(of: &FileAttributes) -> Self {
        let kind = match of.permissions.map(|bits| bits & 0o170_000) {
            Some(0o100_000) => RemoteKind::File,
            Some(0o040_000) => RemoteKind::Folder,
            Some(0o120_000) => RemoteKind::Link,
            _ => RemoteKind::Other,
        };
        Self {
            kind,
            size: of.size,
            modified_s: of.mtime,
            mode: of.permissions.map(|bits| bits & 0o7777),
            owner: of.uid.zip(of.gid),
        }
    }
}

/// A server's files.
pub struct Sftp {
    session: RawSftpSession,
    chunk: u32,
    replaces: bool,
    runtime: Handle,
}

impl std::fmt::Debug for Sftp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sftp").field("chunk", &self.chunk).finish_non_exhaustive()
    }
}

impl Sftp {
    /// Connects, within a runtime.
    ///
    /// # Errors
    /// `Ssh`, `Lost`.
    pub async fn open(gateway: &Arc<Gateway>, limit: Duration) -> Result<Arc<Self>, SftpError> {
        let stream = gateway.stream(Wanted::Subsystem("sftp"), limit).await?;
        let config = Config { request_timeout_secs: ANSWER_LIMIT, ..Config::default() };
        let mut session = RawSftpSession::new_with_config(stream, config);
        let version = session.init().await?;
        let mut chunk = CHUNK;
        if version.extensions.contains_key("limits@openssh.com") {
            let limits = Limits::from(session.limits().await?);
            let most = limits.read_len.unwrap_or(u64::from(CHUNK)).clamp(1, CHUNK_MAX);
            chunk = u32::try_from(most).unwrap_or(CHUNK);
            session.set_limits(limits);
        }
        let replaces = version.extensions.contains_key(REPLACE);
        Ok(Arc::new(Self { session, chunk, replaces, runtime: Handle::current() }))
    }

    /// What is in a folder, with what each is itself: a link is one.
    ///
    /// # Errors
    /// `NotThere`, `Forbidden`, `TooMany`, `Lost`.
    pub async fn entries(&self, path: &str, most: usize) -> Result<Vec<(String, RemoteFacts)>, SftpError> {
        let handle = self.session.opendir(path).await?.handle;
        let (mut entries, mut name_bytes, mut empty) = (Vec::new(), 0, 0);
        let listed = loop {
            match self.session.readdir(handle.as_str()).await {
                Ok(piece) => {
                    let named =
                        piece.files.iter().filter(|file| file.filename != "." && file.filename != "..");
                    let before = entries.len();
                    entries.extend(named.map(|file| (file.filename.clone(), RemoteFacts::from(&file.attrs))));
                    name_bytes += entries[before..].iter().map(|(name, _)| name.len()).sum::<usize>();
                    empty = if entries.len() == before { empty + 1 } else { 0 };
                    if entries.len() > most || name_bytes > NAME_BYTES_MAX || empty > EMPTY_MAX {
                        break Err(SftpError::TooMany(most));
                    }
                }
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => break Ok(()),
                Err(error) => break Err(error.into()),
            }
        };
        let closed = self.session.close(handle).await;
        listed?;
        closed?;
        Ok(entries)
    }

    /// What something is itself; absent where there is nothing.
    ///
    /// # Errors
    /// `Forbidden`, `Lost`.
    pub async fn look(&self, path: &str) -> Result<Option<RemoteFacts>, SftpError> {
        match self.session.lstat(path).await.map_err(SftpError::from) {
            Ok(found) => Ok(Some((&found.attrs).into())),
            Err(SftpError::NotThere) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Where a path leads, with every link followed.
    ///
    /// # Errors
    /// `NotThere`, `Forbidden`, `Lost`.
    pub async fn real_path(&self, path: &str) -> Result<String, SftpError> {
        let found = self.session.realpath(path).await?;
        found.files.into_iter().next().map(|file| file.filename).ok_or(SftpError::NotThere)
    }

    /// Opens a file to be read; absent where it is gone. The server follows links.
    ///
    /// # Errors
    /// `Forbidden`, `Lost`.
    pub async fn read(self: &Arc<Self>, path: &str) -> Result<Option<RemoteFile>, SftpError> {
        match self.session.open(path, OpenFlags::READ, FileAttributes::empty()).await.map_err(SftpError::from)
        {
            Ok(opened) => Ok(Some(RemoteFile { sftp: Arc::clone(self), handle: opened.handle })),
            Err(SftpError::NotThere) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a file that is not there yet, which nobody but its owner may read.
    ///
    /// # Errors
    /// `Forbidden`, `Refused`, `Lost`.
    pub async fn create(self: &Arc<Self>, path: &str) -> Result<RemoteFile, SftpError> {
        let flags = OpenFlags::CREATE | OpenFlags::EXCLUDE | OpenFlags::WRITE;
        let private = FileAttributes { permissions: Some(0o600), ..FileAttributes::empty() };
        let opened = self.session.open(path, flags, private).await?;
        Ok(RemoteFile { sftp: Arc::clone(self), handle: opened.handle })
    }

    /// Makes a folder; one that is there stays as it is.
    ///
    /// # Errors
    /// `Forbidden`, `Refused`, `Lost`.
    pub async fn make_folder(&self, path: &str) -> Result<(), SftpError> {
        match self.session.mkdir(path, FileAttributes::empty()).await.map_err(SftpError::from) {
            // Servers do not say that it is there already.
            Err(SftpError::Refused(why)) => match self.look(path).await? {
                Some(there) if there.kind == RemoteKind::Folder => Ok(()),
                _ => Err(SftpError::Refused(why)),
            },
            made => made.map(|_| ()),
        }
    }

    /// Gives a file its name, in the place of one of the same name, which goes `aside` for a moment where the server
    /// cannot do both in one step. To be awaited to its end, and once: what was there is gone by then, or back.
    ///
    /// # Errors
    /// `Forbidden`, `Refused`, `Lost`: nobody knows then whether it was done.
    pub async fn replace(&self, from: &str, to: &str, aside: &str) -> Result<(), SftpError> {
        if self.replaces {
            let mut names = Vec::new();
            for name in [from, to] {
                names.extend(u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
                names.extend(name.as_bytes());
            }
            return match self.session.extended(REPLACE, names).await? {
                Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
                Packet::Status(status) => Err(Error::Status(status).into()),
                _ => Err(SftpError::Refused("an answer to something else".into())),
            };
        }
        if self.session.rename(from, to).await.is_ok() {
            return Ok(());
        }
        self.session.rename(to, aside).await?;
        if let Err(error) = self.session.rename(from, to).await {
            self.session.rename(aside, to).await?;
            return Err(error.into());
        }
        self.remove(aside).await?;
        Ok(())
    }

    /// Bytes that are free where a path is; absent where the server does not tell.
    ///
    /// # Errors
    /// `Lost`.
    pub async fn free_bytes(&self, path: &str) -> Result<Option<u64>, SftpError> {
        match self.session.statvfs(path).await {
            Ok(told) => Ok(Some(told.blocks_avail.saturating_mul(told.fragment_size))),
            Err(Error::Status(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file; whether it was there.
    ///
    /// # Errors
    /// `Forbidden`, `Refused`, `Lost`.
    pub async fn remove(&self, path: &str) -> Result<bool, SftpError> {
        match self.session.remove(path).await.map_err(SftpError::from) {
            Ok(_) => Ok(true),
            Err(SftpError::NotThere) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// An open file of a server.
pub struct RemoteFile {
    sftp: Arc<Sftp>,
    handle: String,
}

impl std::fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteFile").finish_non_exhaustive()
    }
}

impl RemoteFile {
    /// What it is now.
    ///
    /// # Errors
    /// `Lost`.
    pub async fn facts(&self) -> Result<RemoteFacts, SftpError> {
        Ok((&self.sftp.session.fstat(self.handle.as_str()).await?.attrs).into())
    }

    /// Up to so many bytes from a place on, several pieces at once; fewer only at the end of the file.
    ///
    /// # Errors
    /// `Refused`, `Lost`.
    pub async fn piece(&self, from: u64, most: u64) -> Result<Vec<u8>, SftpError> {
        let chunk = u64::from(self.sftp.chunk);
        let count = most.div_ceil(chunk).min(AHEAD);
        let chunks = (0..count).map(|at| {
            let begin = at * chunk;
            self.chunk(from + begin, chunk.min(most - begin))
        });
        let (mut bytes, mut is_over) = (Vec::new(), false);
        for (at, part) in try_join_all(chunks).await?.into_iter().enumerate() {
            // What follows a part that was cut is of a file that grew again meanwhile.
            if is_over {
                break;
            }
            let whole = chunk.min(most - at as u64 * chunk);
            is_over = (part.len() as u64) < whole;
            bytes.extend(part);
        }
        Ok(bytes)
    }

    /// A server may give less than was asked for; at the end of the file it gives nothing.
    async fn chunk(&self, from: u64, length: u64) -> Result<Vec<u8>, SftpError> {
        let mut bytes: Vec<u8> = Vec::new();
        while (bytes.len() as u64) < length {
            let (at, left) = (from + bytes.len() as u64, length - bytes.len() as u64);
            let left = u32::try_from(left).unwrap_or(self.sftp.chunk);
            match self.sftp.session.read(self.handle.as_str(), at, left).await {
                Ok(data) if data.data.is_empty() => break,
                Ok(data) if data.data.len() as u64 > u64::from(left) => {
                    return Err(SftpError::Refused("more bytes than were asked for".into()));
                }
                Ok(data) => bytes.extend(data.data),
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(bytes)
    }

    /// Writes bytes at a place, several pieces at once.
    ///
    /// # Errors
    /// `Refused`, where the disk there is full as well; `Lost`.
    pub async fn write(&self, at: u64, bytes: &[u8]) -> Result<(), SftpError> {
        let pieces = bytes.chunks(CHUNK as usize).enumerate().map(|(number, piece)| {
            let from = at + number as u64 * u64::from(CHUNK);
            self.sftp.session.write(self.handle.as_str(), from, piece.to_vec())
        });
        try_join_all(pieces).await?;
        Ok(())
    }

    /// Gives it its owner, where the account may, its rights, and its time, where the server sets such.
    ///
    /// # Errors
    /// `Forbidden` and `Refused` of the rights; `Lost`.
    pub async fn set_facts(
        &self,
        owner: Option<(u32, u32)>,
        mode: Option<u32>,
        modified_s: Option<u32>,
    ) -> Result<(), SftpError> {
        let none = FileAttributes::empty;
        if let Some((uid, gid)) = owner {
            self.set(FileAttributes { uid: Some(uid), gid: Some(gid), ..none() }, true).await?;
        }
        if let Some(mode) = mode {
            self.set(FileAttributes { permissions: Some(mode & 0o777), ..none() }, false).await?;
        }
        if modified_s.is_some() {
            self.set(FileAttributes { atime: modified_s, mtime: modified_s, ..none() }, true).await?;
        }
        Ok(())
    }

    async fn set(&self, facts: FileAttributes, may_be_refused: bool) -> Result<(), SftpError> {
        match self.sftp.session.fsetstat(self.handle.as_str(), facts).await {
            Err(Error::Status(_)) if may_be_refused => Ok(()),
            set => set.map(|_| ()).map_err(Into::into),
        }
    }

    /// Ends it, and tells whether everything arrived.
    ///
    /// # Errors
    /// `Refused`, `Lost`.
    pub async fn close(mut self) -> Result<(), SftpError> {
        let handle = std::mem::take(&mut self.handle);
        self.sftp.session.close(handle).await?;
        Ok(())
    }
}

impl Drop for RemoteFile {
    fn drop(&mut self) {
        let handle = std::mem::take(&mut self.handle);
        if !handle.is_empty() {
            let sftp = Arc::clone(&self.sftp);
            // A server lends so many open files and no more.
            self.sftp.runtime.spawn(async move {
                let _ = sftp.session.close(handle).await;
            });
        }
    }
}
