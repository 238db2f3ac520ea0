//! A file in parts: starts and ends streams, makes what they wrote durable, and hashes it in order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::edition::{Done, Edition, Opened};
use super::error::Fault;
use super::keeper::{Keeper, Prefix};
use super::notes::About;
use super::pilot::{Look, Pilot, float};
use super::ranges::Ranges;
use super::segments::Segments;
use super::stream::{Ended, Shared};

/// Between two looks at the speed.
const TICK: Duration = Duration::from_millis(50);
/// What a stream claims at once takes about so long.
const CLAIM_S: f64 = 4.0;
const CLAIM_BYTES_MIN: u64 = 4 * 1024 * 1024;
const CLAIM_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A claim is at most such a share of what each stream has left to do, so that they end together.
const CLAIM_SHARE: u64 = 2;
const CLAIM_BYTES_LEAST: u64 = 1024 * 1024;

/// The streams, and who looks after them.
struct Fleet<'s, 'a> {
    shared: &'s Shared<'a>,
    pilot: Pilot,
    stops: Vec<CancellationToken>,
    begin: Instant,
    busy: u64,
    streams_used: usize,
}

/// Fetches what is missing. `prefix` is what of the beginning is there and hashed.
pub(super) async fn run(
    edition: &Edition<'_>,
    opened: Opened,
    durable: Ranges,
    prefix: Prefix,
) -> Result<Done, Fault> {
    let Opened { answer, total, mark, tag } = opened;
    edition.partial.needs(total.saturating_sub(durable.bytes()))?;
    let shared = Shared {
        edition,
        pending: AtomicU64::new(0),
        flowing: AtomicUsize::new(0),
        segments: Mutex::new(Segments::new(total, durable)),
        mark: mark.clone(),
        tag,
        written: Notify::new(),
        durable: Notify::new(),
        active: AtomicUsize::new(0),
        size: AtomicU64::new(CLAIM_BYTES_MIN),
    };
    let mut keeper = Keeper::new(edition.partial.clone(), total, mark, prefix);
    let mut fleet = Fleet {
        shared: &shared,
        pilot: Pilot::new(
            edition.line.limits.streams_max.clamp(1, super::limits::STREAMS_MAX),
            Duration::ZERO,
        ),
        stops: Vec::new(),
        begin: Instant::now(),
        busy: edition.line.busy(),
        streams_used: 0,
    };
    let end = answer.head.served.map_or(total, |served| served.end);
    let ran = fleet.run((answer, end), &mut keeper).await;
    if let Err(fault @ (Fault::Changed { .. } | Fault::NoRanges { .. })) = ran {
        // What came is of no use.
        return Err(fault);
    }
    // What came is kept for the next time, also where this one did not work.
    let kept = keeper.finish(&shared).await;
    ran?;
    let prefix = kept?;
    Ok(Done { bytes: total, sha256: prefix.sha256(), streams_used: fleet.streams_used })
}

impl Fleet<'_, '_> {
    async fn run(&mut self, first: (super::ask::Answer, u64), keeper: &mut Keeper) -> Result<(), Fault> {
        let shared = self.shared;
        let mut streams = FuturesUnordered::new();
        let mut first = Some(first);
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if shared.segments().left() == 0 {
                return Ok(());
            }
            self.stops.retain(|stop| !stop.is_cancelled());
            while streams.len() < self.pilot.target().max(1) {
                let stop = CancellationToken::new();
                self.stops.push(stop.clone());
                let first = first.take();
                streams.push(async move { (shared.stream(first, &stop).await, stop) });
                self.streams_used = self.streams_used.max(self.stops.len());
                if shared.segments().left() < CLAIM_BYTES_LEAST {
                    break;
                }
            }
            shared.active.store(streams.len(), Ordering::Relaxed);
            tokio::select! {
                Some((ended, stop)) = streams.next() => {
                    // So that it does not count as one that runs.
                    stop.cancel();
                    self.ended(ended, streams.len())?;
                }
                kept = keeper.kept(), if keeper.is_busy() => {
                    shared.segments().mark_durable(&kept?);
                    shared.durable.notify_waiters();
                }
                () = shared.written.notified() => {}
                _ = ticks.tick() => self.look(),
            }
            keeper.keep(shared)?;
        }
    }

    /// A stream ended. `running` others go on.
    fn ended(&mut self, ended: Result<Ended, Fault>, running: usize) -> Result<(), Fault> {
        match ended {
            Ok(Ended::Retired) => Ok(()),
            Ok(Ended::Idle) => {
                // Nothing is worth another stream any more.
                self.pilot.settle_for(running);
                Ok(())
            }
            Err(Fault::NoRanges { what }) if running > 0 => {
                // Who reads on from the start of the file may still come to its end.
                let text = format!("{what}: one stream from here on");
                self.shared.edition.line.notes.say(About::Ranges, &text);
                self.pilot.only_one();
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }

    fn look(&mut self) {
        let line = self.shared.edition.line;
        let now = self.begin.elapsed();
        if line.is_paused() {
            self.pilot.disturbed(now);
            return;
        }
        if line.busy() != self.busy {
            self.busy = line.busy();
            self.pilot.fewer(now);
        }
        let left = self.shared.segments().left();
        let look = Look {
            now,
            received: line.received_bytes(),
            left,
            is_flowing: self.shared.flowing.load(Ordering::Relaxed) >= self.pilot.target(),
            limit: line.limits.rate.get(),
        };
        let target = self.pilot.look(look).max(1);
        while self.stops.len() > target {
            // The youngest: the first one may be reading on from the start of the file.
            if let Some(stop) = self.stops.pop() {
                stop.cancel();
            }
        }
        self.shared.size.store(claim_size(target, self.pilot.rate(), left), Ordering::Relaxed);
    }
}

/// How much a stream claims at once: few requests, and yet all streams end together.
fn claim_size(streams: usize, rate: f64, left: u64) -> u64 {
    if streams <= 1 {
        return u64::MAX;
    }
    let streams = streams as u64;
    let by_speed = if float(CLAIM_BYTES_MAX * streams) <= rate * CLAIM_S {
        CLAIM_BYTES_MAX
    } else {
        // Bytes of a few seconds: no fraction matters, and it is below the maximum.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between zero and 64 MiB"
        )]
        let bytes = (rate * CLAIM_S) as u64 / streams;
        bytes.max(CLAIM_BYTES_MIN)
    };
    by_speed.min((left / (streams * CLAIM_SHARE)).max(CLAIM_BYTES_LEAST))
}
