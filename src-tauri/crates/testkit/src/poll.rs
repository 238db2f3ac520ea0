//! Waiting for what others do, with a limit.

use std::time::{Duration, Instant};

/// Between two looks.
pub(crate) const PAUSE: Duration = Duration::from_millis(20);
/// Longest wait for anything that other processes do. Not a promise: it only ends a wait in vain.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Looks until there is something; panics with `what` after [`PATIENCE`].
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Looks until it holds; panics with `what` after [`PATIENCE`].
pub async fn soon(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    until(what, async || holds().await.then_some(())).await;
}

/// The same where nothing is asynchronous.
pub fn soon_blocking(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(PAUSE);
    }
}
