//! What all connections of a download share: the pause, the sleep of the computer, and patience.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::awake::{Awake, TICK};
use super::error::{Fault, TransferError};
use super::limits::{Limits, Pause};
use super::notes::{About, Notes};
use base::meter::Meter;
use base::words::span_words;

/// The first wait after something that passes, doubled each time, with jitter.
const WAIT_FIRST: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(15);

/// Time that a server asked to wait counts so much less than silence.
const ASKED_SHARE: u32 = 4;

/// Shared by all connections.
pub(super) struct Line<'a> {
    pub(super) limits: Limits,
    pub(super) notes: Notes<'a>,
    meter: &'a Arc<Meter>,
    pause: &'a Pause,
    /// Changes when the computer woke up: whatever was connected is not any more.
    wakes: watch::Sender<u64>,
    /// Bytes that came in this run.
    received: AtomicU64,
    last: Mutex<Last>,
}

#[derive(Debug)]
struct Last {
    client: reqwest::Client,
    /// What went wrong last.
    what: String,
    /// No request before this: the server asked for it.
    not_before: Instant,
    /// How often the server said that it is too much.
    busy: u64,
}

impl<'a> Line<'a> {
    pub(super) fn new(
        limits: Limits,
        notes: Notes<'a>,
        meter: &'a Arc<Meter>,
        pause: &'a Pause,
    ) -> Result<Self, TransferError> {
        let client = super::client::client()?;
        let what = "the server did not answer".to_owned();
        let last = Mutex::new(Last { client, what, not_before: Instant::now(), busy: 0 });
        let (wakes, _) = watch::channel(0);
        Ok(Self { limits, notes, meter, pause, wakes, received: AtomicU64::new(0), last })
    }

    fn last<T>(&self, look: impl FnOnce(&mut Last) -> T) -> T {
        look(&mut self.last.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The client; another one after each sleep, so that no dead connection is taken from its pool.
    pub(super) fn client(&self) -> reqwest::Client {
        self.last(|last| last.client.clone())
    }

    /// Bytes came.
    pub(super) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
        self.meter.add_bytes(bytes as u64);
    }

    /// So many bytes are here from an earlier run.
    pub(super) fn resumed(&self, bytes: u64) {
        self.meter.add_bytes(bytes);
    }

    /// Bytes that came in this run.
    pub(super) fn received_bytes(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// How often the server said that it is too much.
    pub(super) fn busy(&self) -> u64 {
        self.last(|last| last.busy)
    }

    pub(super) fn is_paused(&self) -> bool {
        self.pause.is_paused()
    }

    /// Does something on the network, unless the download is paused or the computer wakes up meanwhile.
    pub(super) async fn guard<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let mut wakes = self.wakes.subscribe();
        tokio::select! {
            biased;
            () = self.pause.until(true) => Err(Fault::Interrupted { what: "the download was paused" }),
            _ = wakes.changed() => Err(Fault::Interrupted { what: "the computer slept" }),
            done = work => done,
        }
    }

    /// Waits until a request may be made: not paused, and not before the server wants one.
    pub(super) async fn ready(&self) {
        self.pause.until(false).await;
        let not_before = self.last(|last| last.not_before);
        tokio::time::sleep_until(not_before).await;
    }

    /// Waits after something that passes; `failures` of this connection in a row.
    pub(super) async fn back_off(
        &self,
        failures: u32,
        what: &str,
        asked: Option<Duration>,
    ) -> Result<(), Fault> {
        self.last(|last| what.clone_into(&mut last.what));
        if let Some(asked) = asked {
            if asked > self.limits.stall {
                return Err(TransferError::AskedToWait { wait: asked }.into());
            }
            self.notes.say(About::Slower, &format!("the server asks to wait for {} s", asked.as_secs()));
            let not_before = Instant::now() + asked;
            self.last(|last| {
                last.not_before = last.not_before.max(not_before);
                last.busy += 1;
            });
        }
        let wait = WAIT_FIRST.saturating_mul(1 << failures.min(10)).min(WAIT_MAX).mul_f64(jitter());
        let mut wakes = self.wakes.subscribe();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = wakes.changed() => {}
        }
        Ok(())
    }

    /// Runs beside everything else: notices sleep, and ends with an error when nothing came for too long.
    pub(super) async fn watch(&self) -> TransferError {
        let begin = Instant::now();
        let mut awake = Awake::new(self.limits.clock.now(), Duration::ZERO);
        let (mut seen, mut without) = (0, Duration::ZERO);
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let tick = awake.tick(self.limits.clock.now(), begin.elapsed());
            if let Some(slept) = tick.slept {
                self.woke_up(slept);
            }
            let received = self.received_bytes();
            let is_asked_to_wait = self.last(|last| last.not_before) > Instant::now();
            if received != seen || self.is_paused() {
                without = Duration::ZERO;
            } else if is_asked_to_wait {
                // A server may ask for patience, but not again and again for ever.
                without += tick.awake / ASKED_SHARE;
            } else {
                without += tick.awake;
            }
            seen = received;
            if self.is_paused() || is_asked_to_wait {
                // Waiting is what was asked for; the job's own watch must not see a stall in it.
                self.meter.beat();
            }
            if without >= self.limits.stall {
                let what = self.last(|last| last.what.clone());
                return TransferError::NoProgress { limit: self.limits.stall, what };
            }
        }
    }

    fn woke_up(&self, slept: Duration) {
        let millis = i64::try_from(slept.as_millis()).unwrap_or(i64::MAX);
        let text = format!("the computer slept for {}; all connections are made again", span_words(millis));
        self.notes.say(About::Sleep, &text);
        if let Ok(client) = super::client::client() {
            self.last(|last| last.client = client);
        }
        self.wakes.send_modify(|wakes| *wakes += 1);
    }
}

/// Between half and one and a half, so that many streams do not come back together.
fn jitter() -> f64 {
    0.5 + f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0
}
