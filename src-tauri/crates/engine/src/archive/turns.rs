//! Serialises work on a folder that may hang: one task at a time, and nobody waits longer than a limit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio::time::{Instant, timeout_at};

/// Turns at one folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns {
    turn: Arc<Turn<()>>,
    /// Since when somebody works.
    since: Arc<Mutex<Option<Instant>>>,
}

/// Owned by the running task, not by its waiter: a task that hangs costs one thread, however often it is
/// requested.
struct Taken {
    since: Arc<Mutex<Option<Instant>>>,
    _turn: OwnedMutexGuard<()>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        *lock(&self.since) = None;
    }
}

impl Turns {
    /// Runs the task once it is its turn. `None` if its turn or its end does not come within `limit`; a
    /// started task continues, and others wait for it up to their own limit.
    pub(super) async fn take<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let since = *lock(&self.since);
        let until = since.unwrap_or_else(Instant::now) + limit;
        let turn = timeout_at(until, Arc::clone(&self.turn).lock_owned()).await.ok()?;
        let begun = Instant::now();
        *lock(&self.since) = Some(begun);
        let taken = Taken { since: Arc::clone(&self.since), _turn: turn };
        let working = tokio::spawn(async move {
            let done = work.await;
            drop(taken);
            done
        });
        timeout_at(begun + limit, working).await.ok()?.ok()
    }
}

fn lock(since: &Mutex<Option<Instant>>) -> MutexGuard<'_, Option<Instant>> {
    since.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LATE: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn what_does_not_come_back_is_waited_for_within_its_limit_and_nobody_works_beside_it() {
        let turns = Turns::default();
        let (free, held) = oneshot::channel::<()>();
        let hangs = turns.take(SOON, async move { held.await.is_ok() }).await;
        let behind = turns.take(SOON, async { 2 }).await;
        assert_eq!((hangs, behind), (None, None));

        free.send(()).unwrap();
        assert_eq!(turns.take(LATE, async { 3 }).await, Some(3), "it came back");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_comes_to_its_end() {
        let turns = Turns::default();
        let (start, begun) = oneshot::channel();
        let (tell, told) = oneshot::channel();
        let (free, held) = oneshot::channel::<()>();
        let work = async move {
            start.send(()).unwrap();
            held.await.unwrap();
            tell.send("done").unwrap();
        };
        let waiting = tokio::spawn({
            let turns = turns.clone();
            async move { turns.take(LATE, work).await }
        });
        begun.await.unwrap();
        waiting.abort();
        free.send(()).unwrap();
        assert_eq!(told.await, Ok("done"));
    }
}
