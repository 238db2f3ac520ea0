//! Ctrl-C and the wish of the system to end: the first asks, the second insists.

use std::sync::Arc;

use tokio::sync::watch;

/// What has come in so far.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    times: u32,
    /// Whether a job is followed that ends cleanly at the first signal.
    is_heard: bool,
}

/// Signals of this process.
#[derive(Debug, Clone)]
pub(crate) struct Interrupts(Arc<watch::Sender<Asked>>);

impl Interrupts {
    /// Listens from now on; a signal no longer ends the process by itself.
    pub(crate) fn listen() -> Self {
        let interrupts = Self(Arc::new(watch::Sender::default()));
        let sender = Arc::clone(&interrupts.0);
        tokio::spawn(async move { count(&sender).await });
        interrupts
    }

    /// Takes the first signal upon itself until it is dropped.
    pub(crate) fn hear(&self) -> Hearing<'_> {
        self.0.send_modify(|asked| asked.is_heard = true);
        Hearing(self)
    }

    /// Returns when nobody hears the signal, or when it came twice.
    pub(crate) async fn unheard(&self) {
        self.wait(|asked| asked.times > 1 || (asked.times == 1 && !asked.is_heard)).await;
    }

    /// Forgets what came in, so that the end itself can be interrupted again.
    pub(crate) fn forget(&self) {
        self.0.send_modify(|asked| asked.times = 0);
    }

    async fn wait(&self, is_enough: impl Fn(&Asked) -> bool) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = receiver.wait_for(|asked| is_enough(asked)).await;
    }
}

/// While it lives, the first signal is its own.
#[derive(Debug)]
pub(crate) struct Hearing<'a>(&'a Interrupts);

impl Hearing<'_> {
    /// Returns at the first signal.
    pub(crate) async fn first(&self) {
        self.0.wait(|asked| asked.times > 0).await;
    }
}

impl Drop for Hearing<'_> {
    fn drop(&mut self) {
        // A signal that came too late for the job must not end what tells of its success.
        self.0.0.send_modify(|asked| *asked = Asked::default());
    }
}

/// Counts signals for as long as they can be listened to.
#[cfg(unix)]
async fn count(sender: &watch::Sender<Asked>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::warn!("signals cannot be listened to; Ctrl-C ends at once");
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        sender.send_modify(|asked| asked.times += 1);
    }
}

#[cfg(not(unix))]
async fn count(sender: &watch::Sender<Asked>) {
    while tokio::signal::ctrl_c().await.is_ok() {
        sender.send_modify(|asked| asked.times += 1);
    }
}
