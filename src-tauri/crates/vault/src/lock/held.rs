//! A lock that is held: refreshed while it lives, released when it is dropped.
//!
//! A machine that sleeps lets its lock lapse, and others may take it for dead. That is noticed by
//! the wall clock, or by the other one where that was put back; the lock is taken again, and whoever
//! holds it must prove that what was written under it is still there.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use jiff::{SignedDuration, Timestamp};

use super::{LockFile, LockKind, STALE_AFTER, acquire, own, refuse_others};
use crate::error::VaultError;
use crate::id::Id;
use crate::repository::Repository;
use crate::store::FileKind;

/// As restic.
const REFRESH_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// How often the clock is looked at: after a sleep, the lock is refreshed this soon.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Whoever wants the repository alone shows a lock for a moment, and steps back when it sees ours.
const STEPS_BACK_WITHIN: Duration = Duration::from_secs(5);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);

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
    kind: LockKind,
    username: String,
    state: Mutex<State>,
}

struct State {
    id: Id,
    refreshed: Timestamp,
    /// The same moment by a clock that nobody can put back, but that may stand still while a machine sleeps.
    refreshed_by_steady: Instant,
    /// Whether it has to be taken again.
    is_lost: bool,
    /// Whether it was lost since anybody asked.
    has_lapsed: bool,
}

impl State {
    fn of(id: Id, refreshed: Timestamp) -> Self {
        Self { id, refreshed, refreshed_by_steady: Instant::now(), is_lost: false, has_lapsed: false }
    }

    fn renew(&mut self, id: Id, refreshed: Timestamp) {
        (self.id, self.refreshed, self.refreshed_by_steady) = (id, refreshed, Instant::now());
    }

    fn lose(&mut self) {
        (self.is_lost, self.has_lapsed) = (true, true);
    }

    /// How old the lock is: by the clock that says more.
    fn age(&self) -> SignedDuration {
        let steady =
            SignedDuration::try_from(self.refreshed_by_steady.elapsed()).unwrap_or(SignedDuration::MAX);
        let wall = Timestamp::now().duration_since(self.refreshed);
        // A clock that was put back says nothing of the time that went by: it is refreshed at once, and bears the
        // time that others see now.
        if wall.is_negative() {
            steady.max(REFRESH_EVERY + SignedDuration::from_secs(1))
        } else {
            steady.max(wall)
        }
    }
}

impl HeldLock {
    /// Takes a lock that others may share.
    pub(crate) fn shared(repository: &Arc<Repository>, username: &str) -> Result<Self, VaultError> {
        Self::take(repository, LockKind::Shared, username)
    }

    /// Takes a lock that excludes all others.
    pub(crate) fn exclusive(repository: &Arc<Repository>, username: &str) -> Result<Self, VaultError> {
        Self::take(repository, LockKind::Exclusive, username)
    }

    fn take(repository: &Arc<Repository>, kind: LockKind, username: &str) -> Result<Self, VaultError> {
        let (id, refreshed) = acquire(repository, kind, username)?;
        let held = Arc::new(Held {
            repository: Arc::clone(repository),
            kind,
            username: username.to_owned(),
            state: Mutex::new(State::of(id, refreshed)),
        });
        let (stop, stopped) = bounded(0);
        let worker = Arc::clone(&held);
        let thread = std::thread::Builder::new()
            .name("vault-lock".to_owned())
            .spawn(move || worker.refresh_until(&stopped))
            .ok();
        Ok(Self { held, stop: Some(stop), refresher: thread })
    }

    /// As [`HeldLock::confirm`], and that nobody else holds one that excludes it: who passed this lock over may be
    /// about to remove what was written under it. One that is shown for a moment only is waited for.
    pub(crate) fn confirm_undisturbed(&self) -> Result<Continuity, VaultError> {
        let held = &self.held;
        let (since, mut whole) = (Instant::now(), Continuity::Unbroken);
        loop {
            if self.confirm()? == Continuity::Retaken {
                whole = Continuity::Retaken;
            }
            let ours = held.state.lock().unwrap_or_else(PoisonError::into_inner).id;
            match refuse_others(&held.repository, held.kind, Some(&ours)) {
                Ok(_) => return Ok(whole),
                Err(VaultError::Locked { .. }) if since.elapsed() < STEPS_BACK_WITHIN => {
                    // It may have come to its end meanwhile, and not stepped back.
                    whole = Continuity::Retaken;
                    std::thread::sleep(LOOK_AGAIN_AFTER);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes sure that the lock is held now, and says whether it was all the time, or since this was
    /// last asked.
    pub(crate) fn confirm(&self) -> Result<Continuity, VaultError> {
        let held = &self.held;
        let mut state = held.state.lock().unwrap_or_else(PoisonError::into_inner);
        let name = state.id.to_string();
        match held.repository.store.size(FileKind::Lock, &name).map_err(VaultError::from) {
            Ok(_) => {}
            Err(VaultError::Missing { .. }) => state.lose(),
            Err(error) => return Err(error),
        }
        held.refresh_if_due(&mut state)?;
        let has_lapsed = std::mem::take(&mut state.has_lapsed);
        Ok(if has_lapsed { Continuity::Retaken } else { Continuity::Unbroken })
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(refresher) = self.refresher.take() {
            let _ = refresher.join();
        }
        let state = self.held.state.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = own::release(&self.held.repository, &state.id);
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
        let age = state.age();
        if age > STALE_AFTER {
            state.lose();
        } else if age > REFRESH_EVERY && !state.is_lost {
            let (now, old) = (Timestamp::now(), state.id);
            let renewed = LockFile::ours(self.kind, &self.username, now);
            let id = own::write(&self.repository, &renewed)?;
            state.renew(id, now);
            let removed = own::release(&self.repository, &old);
            // Somebody had removed it, and may have worked without us since.
            if matches!(removed, Err(VaultError::Missing { .. })) {
                state.lose();
            }
        }
        if state.is_lost { self.take_again(state) } else { Ok(()) }
    }

    fn take_again(&self, state: &mut State) -> Result<(), VaultError> {
        let old = state.id;
        // An exclusive lock tolerates nobody, so also not what is left of itself.
        if self.kind == LockKind::Exclusive {
            let _ = own::release(&self.repository, &old);
        }
        let (id, refreshed) = acquire(&self.repository, self.kind, &self.username)?;
        state.renew(id, refreshed);
        state.is_lost = false;
        let _ = own::release(&self.repository, &old);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::MasterKey;
    use crate::store::LocalStore;

    fn held(kind: LockKind) -> (tempfile::TempDir, Held) {
        let directory = tempfile::TempDir::new().unwrap();
        let store = LocalStore::create(directory.path().join("repo")).unwrap();
        let repository = Repository::create(Arc::new(store), MasterKey::random(), String::new()).unwrap();
        let (id, refreshed) = acquire(&repository, kind, "ada").unwrap();
        let state = Mutex::new(State::of(id, refreshed));
        (directory, Held { repository: Arc::new(repository), kind, username: "ada".to_owned(), state })
    }

    /// Lets so much time pass, looks at the clock as the refresher does, and says what became of it.
    fn after(held: &Held, minutes: i64) -> (bool, bool, usize) {
        let mut state = held.state.lock().unwrap();
        let before = state.id;
        state.refreshed = Timestamp::now() - SignedDuration::from_mins(minutes);
        held.refresh_if_due(&mut state).unwrap();
        let locks = held.repository.ids(FileKind::Lock).unwrap();
        assert!(locks.contains(&state.id), "it is held");
        (state.id != before, state.has_lapsed, locks.len())
    }

    #[test]
    fn a_lock_is_refreshed_every_five_minutes_and_lapses_after_thirty() {
        for kind in [LockKind::Shared, LockKind::Exclusive] {
            let (_directory, held) = held(kind);
            assert_eq!(after(&held, 4), (false, false, 1), "{kind:?}");
            assert_eq!(after(&held, 6), (true, false, 1), "{kind:?}");
            assert_eq!(after(&held, 31), (true, true, 1), "{kind:?}");
            assert_eq!(after(&held, 4), (false, true, 1), "{kind:?}: taken again once, not at every look");
        }
    }

    #[test]
    fn a_clock_that_is_put_back_keeps_no_lock_from_being_refreshed() {
        let (_directory, held) = held(LockKind::Shared);
        assert_eq!(after(&held, -60), (true, false, 1));
        let before = held.state.lock().unwrap().id;
        let mut state = held.state.lock().unwrap();
        if let Some(earlier) = Instant::now().checked_sub(Duration::from_mins(31)) {
            state.refreshed_by_steady = earlier;
            held.refresh_if_due(&mut state).unwrap();
            assert!(state.id != before && state.has_lapsed, "the steady clock saw that half an hour went by");
        }
    }

    #[test]
    fn a_lock_that_somebody_removed_is_noticed_when_it_is_refreshed() {
        let (_directory, held) = held(LockKind::Shared);
        let id = held.state.lock().unwrap().id;
        held.repository.store.remove(FileKind::Lock, &id.to_string()).unwrap();
        assert_eq!(after(&held, 6), (true, true, 1));
    }

    #[test]
    fn an_exclusive_lock_tolerates_nobody_and_nobody_tolerates_it() {
        let (_directory, shared) = held(LockKind::Shared);
        let both =
            [LockKind::Shared, LockKind::Exclusive].map(|kind| acquire(&shared.repository, kind, "bob"));
        assert!(matches!(both, [Ok(_), Err(VaultError::Locked { .. })]), "{both:?}");
        let (_directory, exclusive) = held(LockKind::Exclusive);
        for kind in [LockKind::Shared, LockKind::Exclusive] {
            let refused = acquire(&exclusive.repository, kind, "bob");
            assert!(matches!(refused, Err(VaultError::Locked { .. })), "{refused:?}");
        }
        assert_eq!(exclusive.repository.ids(FileKind::Lock).unwrap().len(), 1, "nothing of theirs is left");
    }
}
