//! Whether a lock is held or stale.
//!
//! Clocks of other computers are compared with nothing of ours. Its holder's process decides where its number means
//! something here. Else two files of one store do: a lock's, and one of ours that was just written, since the same
//! clock gave both their times. And a lock that nobody refreshed while this process watched it for half an hour is
//! stale whatever any clock says.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use jiff::Timestamp;

use super::here::{self, Life};
use super::{LockFile, STALE_AFTER, own};
use crate::error::VaultError;
use crate::id::Id;
use crate::repository::Repository;
use crate::store::FileKind;

/// What nobody looked at for so long is forgotten.
const WATCHED_MAX: Duration = Duration::from_hours(2);

/// How a lock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Somebody holds it.
    Held,
    /// Nobody does any more.
    Stale,
    /// It looks as if nobody did, by clocks that may not agree.
    Doubtful,
}

/// What tells of one lock how old it is.
#[derive(Clone, Copy)]
struct Age {
    /// When its holder says that it was refreshed.
    said: Option<Timestamp>,
    /// When its file was written, by the store's clock.
    written: Option<Timestamp>,
    /// How long this process has seen it as it is.
    watched: Duration,
}

/// When locks are looked at.
#[derive(Clone, Copy)]
struct Now {
    /// By this computer's clock.
    here: Timestamp,
    /// By the store's: when the newest lock of this process was written. Somewhat too early, which is safe.
    store: Option<Timestamp>,
}

/// Reads all locks, and says how each stands.
pub(super) fn look(
    repository: &Repository,
    here: Timestamp,
) -> Result<Vec<(Id, LockFile, Standing)>, VaultError> {
    let mut seen = Vec::new();
    for id in repository.ids(FileKind::Lock)? {
        let read = repository.load::<LockFile>(FileKind::Lock, &id).and_then(|file| {
            let written = repository.store.modified(FileKind::Lock, &id.to_string())?;
            Ok((id, file, written))
        });
        match read {
            Ok(lock) => seen.push(lock),
            // Released or refreshed since the listing.
            Err(VaultError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let ours = seen.iter().filter(|(id, ..)| own::is_held(id));
    let now = Now { here, store: ours.filter_map(|(.., written)| *written).max() };
    let judged = seen.into_iter().map(|(id, file, written)| {
        let age = Age { said: file.time.parse().ok(), written, watched: watched(&id) };
        let standing = standing(&id, &file, age, now);
        (id, file, standing)
    });
    Ok(judged.collect())
}

/// How a lock stands by its document alone.
#[cfg(feature = "fuzz")]
pub(crate) fn by_itself(id: &Id, file: &LockFile, here: Timestamp) -> Standing {
    let age = Age { said: file.time.parse().ok(), written: None, watched: Duration::ZERO };
    standing(id, file, age, Now { here, store: None })
}

fn standing(id: &Id, file: &LockFile, age: Age, now: Now) -> Standing {
    if own::is_held(id) {
        return Standing::Held;
    }
    if own::is_abandoned(id) {
        return Standing::Stale;
    }
    holder(file).unwrap_or_else(|| age.standing(now))
}

/// What the holder's process says, where its number means something here.
fn holder(file: &LockFile) -> Option<Standing> {
    let theirs = file.holdfast_processes.as_deref()?;
    if here::processes() != Some(theirs) {
        return None;
    }
    match (here::life(file.pid), file.holdfast_began) {
        (Life::Dead, _) => Some(Standing::Stale),
        (Life::Alive(Some(now)), Some(then)) if now != then => Some(Standing::Stale),
        // Also one that stands still: it looks at its lock before it goes on.
        (Life::Alive(Some(_)), Some(_)) => Some(Standing::Held),
        (Life::Alive(_), _) => None,
    }
}

impl Age {
    fn standing(self, now: Now) -> Standing {
        if self.watched > STALE_AFTER.unsigned_abs() {
            return Standing::Stale;
        }
        if let (Some(written), Some(store)) = (self.written, now.store) {
            let is_old = store.duration_since(written) > STALE_AFTER;
            return if is_old { Standing::Stale } else { Standing::Held };
        }
        let is_odd = match self.written {
            // By one clock or the other it is far from now, behind or ahead; or it says nothing at all.
            Some(written) => {
                let is_far = |time: Timestamp| now.here.duration_since(time).abs() > STALE_AFTER;
                self.said.is_none_or(is_far) || is_far(written)
            }
            // A store that tells no times: nothing but the two clocks is left.
            None => self.said.is_none_or(|said| now.here.duration_since(said) > STALE_AFTER),
        };
        if is_odd { Standing::Doubtful } else { Standing::Held }
    }
}

/// How long this process has seen this lock. Each refresh makes another one of it.
fn watched(id: &Id) -> Duration {
    static WATCHED: Mutex<Option<HashMap<Id, (Instant, Instant)>>> = Mutex::new(None);
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    let watched = watched.get_or_insert_default();
    let now = Instant::now();
    watched.retain(|_, (_, last)| now.duration_since(*last) < WATCHED_MAX);
    let (first, last) = watched.entry(*id).or_insert((now, now));
    *last = now;
    now.duration_since(*first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lock::LockKind;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn lock() -> LockFile {
        LockFile::ours(LockKind::Shared, "ada", at(0))
    }

    fn elsewhere() -> LockFile {
        LockFile {
            holdfast_processes: Some("another machine".to_owned()),
            hostname: super::super::hostname(),
            ..lock()
        }
    }

    const UNWATCHED: Duration = Duration::ZERO;

    proptest! {
        /// Whatever is wrong with the clocks of the holder and of this computer, the store's alone decides.
        #[test]
        fn with_a_common_clock_no_other_clock_matters(
            holder_ahead in -600_000_i64..600_000,
            ours_ahead in -600_000_i64..600_000,
            age in 0_i64..200,
        ) {
            let age_of = Age { said: Some(at(holder_ahead)), written: Some(at(0)), watched: UNWATCHED };
            let now = Now { here: at(age + ours_ahead), store: Some(at(age)) };
            let expected = if age > 30 { Standing::Stale } else { Standing::Held };
            prop_assert_eq!(standing(&Id([1; 32]), &elsewhere(), age_of, now), expected);
        }

        /// Without one, no lock of a living holder is taken for stale for sure, and none that looks fresh is doubted.
        #[test]
        fn without_a_common_clock_nothing_is_stale_for_sure(said in -200_i64..200, written in -200_i64..200) {
            let age = Age { said: Some(at(said)), written: Some(at(written)), watched: UNWATCHED };
            let found = age.standing(Now { here: at(0), store: None });
            let is_near = said.abs() <= 30 && written.abs() <= 30;
            prop_assert_eq!(found, if is_near { Standing::Held } else { Standing::Doubtful });
        }
    }

    #[test]
    fn an_hour_between_clocks_makes_no_living_lock_stale() {
        for (what, holder, ours) in
            [("behind", -60, 0), ("ahead", 60, 0), ("here ahead", 0, 60), ("here behind", 0, -60)]
        {
            let age = Age { said: Some(at(holder)), written: Some(at(0)), watched: UNWATCHED };
            let without = age.standing(Now { here: at(ours), store: None });
            assert_eq!(without, Standing::Doubtful, "{what}: it is looked at again, under a lock");
            let with = age.standing(Now { here: at(ours), store: Some(at(4)) });
            assert_eq!(with, Standing::Held, "{what}");
        }
    }

    #[test]
    fn a_lock_that_nobody_refreshed_while_it_was_watched_is_stale_whatever_clocks_say() {
        let watched = STALE_AFTER.unsigned_abs() + Duration::from_secs(1);
        let ahead = Age { said: Some(at(500_000)), written: Some(at(500_000)), watched };
        assert_eq!(ahead.standing(Now { here: at(0), store: Some(at(0)) }), Standing::Stale);
    }

    #[test]
    fn a_process_number_decides_only_where_it_means_something() {
        let no_process = u32::try_from(i32::MAX).unwrap();
        let (id, old) =
            (Id([2; 32]), Age { said: Some(at(-31)), written: Some(at(-31)), watched: UNWATCHED });
        let fresh = Age { said: Some(at(0)), written: Some(at(0)), watched: UNWATCHED };
        let now = Now { here: at(0), store: Some(at(0)) };
        let dead = LockFile { pid: no_process, ..lock() };
        let elsewhere_dead = LockFile { pid: no_process, ..elsewhere() };
        let unnamed = LockFile { pid: no_process, holdfast_processes: None, holdfast_began: None, ..lock() };
        assert_eq!(
            standing(&id, &elsewhere_dead, fresh, now),
            Standing::Held,
            "of this host name, on another machine"
        );
        assert_eq!(
            standing(&id, &unnamed, fresh, now),
            Standing::Held,
            "restic does not say which machine it means"
        );
        assert_eq!(standing(&id, &elsewhere_dead, old, now), Standing::Stale);
        if here::processes().is_none() {
            return;
        }
        assert_eq!(standing(&id, &dead, fresh, now), Standing::Stale);
        if here::began().is_some() {
            let reused = LockFile { holdfast_began: here::began().map(|began| began + 1), ..lock() };
            assert_eq!(standing(&id, &reused, fresh, now), Standing::Stale, "another process has its number");
            assert_eq!(
                standing(&id, &lock(), old, now),
                Standing::Held,
                "it lives, and stood still for a while"
            );
        }
    }
}
