//! Locks as restic's (restic design, "Locks"): files that say who uses the repository and how.
//!
//! Not mutual exclusion within a process. A lock that is held is `lock::held`.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::VaultError;
use crate::id::Id;
use crate::repository::Repository;
use crate::store::FileKind;

mod hangup;
pub(crate) mod held;
mod own;

/// A lock older than this belongs to nobody: the living refresh theirs every five minutes.
pub(crate) const STALE_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// One lock on a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockInfo {
    /// The lock's file name.
    pub id: String,
    /// When it was last refreshed.
    pub time: Option<Timestamp>,
    /// Whether it excludes all others.
    pub is_exclusive: bool,
    /// The machine that holds it.
    pub hostname: String,
    /// The account that holds it.
    pub username: String,
    /// The process that holds it.
    pub pid: u32,
    /// Whether its holder is known to be dead, or has not refreshed it for half an hour.
    pub is_stale: bool,
}

impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_exclusive { "exclusively by " } else { "" };
        write!(f, "{kind}process {} of {}@{}", self.pid, self.username, self.hostname)?;
        match &self.time {
            Some(time) => write!(f, " since {time}"),
            None => Ok(()),
        }
    }
}

/// The document.
#[derive(Serialize, Deserialize)]
pub(crate) struct LockFile {
    time: String,
    exclusive: bool,
    #[serde(default)]
    hostname: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    pid: u32,
    #[serde(default, skip_serializing_if = "is_root")]
    uid: u32,
    #[serde(default, skip_serializing_if = "is_root")]
    gid: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_root(id: &u32) -> bool {
    *id == 0
}

/// Whom a lock tolerates beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockKind {
    /// Others that are shared.
    Shared,
    /// Nobody.
    Exclusive,
}

impl LockFile {
    pub(crate) fn ours(kind: LockKind, username: &str, time: Timestamp) -> Self {
        let (uid, gid) = owner();
        Self {
            time: time.to_string(),
            exclusive: kind == LockKind::Exclusive,
            hostname: hostname(),
            username: username.to_owned(),
            pid: std::process::id(),
            uid,
            gid,
        }
    }

    fn is_stale(&self, id: &Id, time: Option<Timestamp>, now: Timestamp) -> bool {
        let is_old = time.is_none_or(|time| now.duration_since(time) > STALE_AFTER);
        is_old || own::is_abandoned(id) || (self.hostname == hostname() && !is_alive(self.pid))
    }
}

/// All locks on a repository.
pub(crate) fn list(repository: &Repository) -> Result<Vec<LockInfo>, VaultError> {
    let now = Timestamp::now();
    let mut locks = Vec::new();
    for id in repository.ids(FileKind::Lock)? {
        let file: LockFile = match repository.load(FileKind::Lock, &id) {
            Ok(file) => file,
            // Released or refreshed since the listing.
            Err(VaultError::Missing { .. }) => continue,
            Err(error) => return Err(error),
        };
        locks.push(read(&id, file, now));
    }
    Ok(locks)
}

/// What a document says.
pub(crate) fn read(id: &Id, file: LockFile, now: Timestamp) -> LockInfo {
    let time = file.time.parse().ok();
    LockInfo {
        id: id.to_string(),
        is_stale: file.is_stale(id, time, now),
        time,
        is_exclusive: file.exclusive,
        hostname: file.hostname,
        username: file.username,
        pid: file.pid,
    }
}

/// Removes the locks of the dead; yields how many there were.
pub(crate) fn remove_stale(repository: &Repository) -> Result<usize, VaultError> {
    let mut removed = 0;
    for lock in list(repository)?.iter().filter(|lock| lock.is_stale) {
        match repository.store.remove(FileKind::Lock, &lock.id).map_err(VaultError::from) {
            Ok(()) => removed += 1,
            Err(VaultError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(removed)
}

/// Takes a lock; yields its file.
pub(crate) fn acquire(
    repository: &Repository,
    kind: LockKind,
    username: &str,
) -> Result<(Id, Timestamp), VaultError> {
    refuse_others(repository, kind, None)?;
    hangup::outlive()?;
    let time = Timestamp::now();
    let id = own::write(repository, &LockFile::ours(kind, username, time))?;
    // Whoever wrote a lock that excludes ours meanwhile may not have seen ours: whoever sees the
    // other now steps back. That may be both, and is never neither.
    if let Err(error) = refuse_others(repository, kind, Some(&id.to_string())) {
        let _ = own::release(repository, &id);
        return Err(error);
    }
    Ok((id, time))
}

/// Fails if somebody else's lock does not tolerate one of this kind.
fn refuse_others(repository: &Repository, kind: LockKind, ours: Option<&str>) -> Result<(), VaultError> {
    let excludes = |lock: &LockInfo| {
        let is_ours = ours == Some(lock.id.as_str());
        !is_ours && !lock.is_stale && (lock.is_exclusive || kind == LockKind::Exclusive)
    };
    match list(repository)?.into_iter().find(excludes) {
        Some(by) => Err(VaultError::Locked { by: Box::new(by) }),
        None => Ok(()),
    }
}

#[cfg(unix)]
pub(crate) fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
pub(crate) fn hostname() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// The account of this process as the system calls it, or nothing.
pub(crate) fn username() -> String {
    ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
}

#[cfg(unix)]
pub(crate) fn owner() -> (u32, u32) {
    (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw())
}

#[cfg(not(unix))]
pub(crate) fn owner() -> (u32, u32) {
    (0, 0)
}

#[cfg(unix)]
pub(crate) fn is_alive(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    // Not allowed to signal it means that it is there.
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

/// Nothing is known of other processes here: only time makes their locks stale.
#[cfg(not(unix))]
pub(crate) fn is_alive(_pid: u32) -> bool {
    true
}
