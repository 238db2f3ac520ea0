//! Locks as restic's (restic design, "Locks"): files that say who uses the repository and how.
//!
//! Not mutual exclusion within a process. A lock that is held is `lock::held`, where process numbers mean something
//! `lock::here`, and whether a lock is stale `lock::judge`.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::VaultError;
use crate::id::Id;
use crate::repository::Repository;
use crate::store::FileKind;

mod hangup;
pub(crate) mod held;
pub(crate) mod here;
pub(crate) mod judge;
mod own;

use judge::Standing;

/// A lock that was not refreshed for so long belongs to nobody: the living refresh theirs every five minutes.
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
    /// Whether its holder is known to be dead, or has not refreshed it for half an hour: by the store's clock where
    /// that is known, which is while a lock of this process is there.
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
    /// Where `pid` means something, as [`here::processes`]; restic ignores this and the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holdfast_processes: Option<String>,
    /// When the process began, as [`here::began`]: another one may have its number by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holdfast_began: Option<u64>,
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
            holdfast_processes: here::processes().map(str::to_owned),
            holdfast_began: here::began(),
        }
    }
}

/// All locks on a repository.
pub(crate) fn list(repository: &Repository) -> Result<Vec<LockInfo>, VaultError> {
    let now = Timestamp::now();
    let looked = judge::look(repository, now)?;
    Ok(looked.into_iter().map(|(id, file, standing)| read(&id, file, standing)).collect())
}

/// What a document says.
pub(crate) fn read(id: &Id, file: LockFile, standing: Standing) -> LockInfo {
    LockInfo {
        id: id.to_string(),
        is_stale: standing != Standing::Held,
        time: file.time.parse().ok(),
        is_exclusive: file.exclusive,
        hostname: file.hostname,
        username: file.username,
        pid: file.pid,
    }
}

/// Removes the locks of the dead; yields how many there were. What looks stale by comparing clocks alone is looked at
/// under a lock of ours, whose file has the time of the same clock: the store's.
pub(crate) fn remove_stale(repository: &Repository) -> Result<usize, VaultError> {
    let is_doubtful = |(_, _, standing): &(Id, LockFile, Standing)| *standing == Standing::Doubtful;
    let mut looked = judge::look(repository, Timestamp::now())?;
    if looked.iter().any(is_doubtful) {
        let probe = LockFile::ours(LockKind::Shared, &username(), Timestamp::now());
        // Where nothing can be written, nothing can be removed either.
        let probe = own::write(repository, &probe)?;
        let again = judge::look(repository, Timestamp::now());
        let _ = own::release(repository, &probe);
        looked = again?;
    }
    let mut removed = 0;
    for (id, ..) in looked.iter().filter(|(_, _, standing)| *standing != Standing::Held) {
        match repository.store.remove(FileKind::Lock, &id.to_string()).map_err(VaultError::from) {
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
    // Without a lock of ours nobody knows the store's clock: what may be stale is looked at again below.
    refuse_others(repository, kind, None)?;
    hangup::outlive()?;
    let time = Timestamp::now();
    let id = own::write(repository, &LockFile::ours(kind, username, time))?;
    // Whoever wrote a lock that excludes ours meanwhile may not have seen ours: whoever sees the
    // other now steps back. That may be both, and is never neither.
    match refuse_others(repository, kind, Some(&id)) {
        Ok(passed_over) => {
            // Should one of them live after all, it misses its lock, and looks at what it has written.
            for stale in passed_over {
                let _ = repository.store.remove(FileKind::Lock, &stale.to_string());
            }
            Ok((id, time))
        }
        Err(error) => {
            let _ = own::release(repository, &id);
            Err(error)
        }
    }
}

/// Fails if somebody else's lock does not tolerate one of this kind; yields those that do not and are stale.
fn refuse_others(repository: &Repository, kind: LockKind, ours: Option<&Id>) -> Result<Vec<Id>, VaultError> {
    let mut passed_over = Vec::new();
    for (id, file, standing) in judge::look(repository, Timestamp::now())? {
        if ours == Some(&id) || !(file.exclusive || kind == LockKind::Exclusive) {
            continue;
        }
        if standing == Standing::Held {
            return Err(VaultError::Locked { by: Box::new(read(&id, file, standing)) });
        }
        passed_over.push(id);
    }
    Ok(passed_over)
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
