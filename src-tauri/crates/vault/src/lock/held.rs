//! A lock that is held: refreshed while it lives, released when it is dropped.
//!
//! A machine that sleeps lets its lock lapse, and others may take it for dead. That is noticed by
//! the wall clock; the lock is taken again, and whoever holds it must prove that what was written
//! under it is still there.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use jiff::{SignedDuration, Timestamp};

use super::{LockFile, STALE_AFTER, acquire};
use crate::error::VaultError;
use crate::id::Id;
use crate::repository::Repository;
use crate::store::FileKind;

/// As restic.
const REFRESH_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// How often the clock is looked at: after a sleep, the lock is refreshed this soon.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Whether a lock was held all the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuity {
    /// Nobody can have removed what we rely on.
    Unbroken,
    /// It lapsed, or somebody removed it; it is held again now.
    Retaken,
}

/// A lock of ours.
pub(crate) struct HeldLock {
    held: Arc<Held>,
    stop: Option<Sender<()>>,
    refresher: Option<JoinHandle<()>>,
}

struct Held {
    repository: Arc<Repository>,
    username: String,
    state: Mutex<State>,
}

struct State {
    id: Id,
    refreshed: Timestamp,
    has_lapsed: bool,
}

impl HeldLock {
    /// Takes a lock that others may share.
    pub(crate) fn shared(repository: &Arc<Repository>, username: &str) -> Result<Self, VaultError> {
        let (id, refreshed) = acquire(repository, username)?;
        let held = Arc::new(Held {
            repository: Arc::clone(repository),
            username: username.to_owned(),
            state: Mutex::new(State { id, refreshed, has_lapsed: false }),
        });
        let (stop, stopped) = bounded(0);
        let worker = Arc::clone(&held);
        let thread = std::thread::Builder::new()
            .name("vault-lock".to_owned())
            .spawn(move || worker.refresh_until(&stopped))
            .ok();
        Ok(Self { held, stop: Some(stop), refresher: thread })
    }

    /// Makes sure that the lock is held now, and says whether it was all the time.
    pub(crate) fn confirm(&self) -> Result<Continuity, VaultError> {
        let held = &self.held;
        let mut state = held.state.lock().unwrap_or_else(PoisonError::into_inner);
        let name = state.id.to_string();
        match held.repository.store.size(FileKind::Lock, &name).map_err(VaultError::from) {
            Ok(_) => {}
            Err(VaultError::Missing { .. }) => state.has_lapsed = true,
            Err(error) => return Err(error),
        }
        held.refresh_if_due(&mut state)?;
        Ok(if state.has_lapsed { Continuity::Retaken } else { Continuity::Unbroken })
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(refresher) = self.refresher.take() {
            let _ = refresher.join();
        }
        let state = self.held.state.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.held.repository.store.remove(FileKind::Lock, &state.id.to_string());
    }
}

impl Held {
    fn refresh_until(&self, stopped: &Receiver<()>) {
        while stopped.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            // A failure is tried again at the next look, and the commit asks again anyway.
            let _ = self.refresh_if_due(&mut state);
        }
    }

    fn refresh_if_due(&self, state: &mut State) -> Result<(), VaultError> {
        let age = Timestamp::now().duration_since(state.refreshed);
        let old = state.id.to_string();
        if age > STALE_AFTER || state.has_lapsed {
            state.has_lapsed = true;
            (state.id, state.refreshed) = acquire(&self.repository, &self.username)?;
        } else if age > REFRESH_EVERY {
            let now = Timestamp::now();
            state.id = self.repository.save(FileKind::Lock, &LockFile::ours(&self.username, now))?;
            state.refreshed = now;
        } else {
            return Ok(());
        }
        let _ = self.repository.store.remove(FileKind::Lock, &old);
        Ok(())
    }
}
