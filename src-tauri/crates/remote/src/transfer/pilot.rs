//! How many streams. Pure: time and bytes are handed in.
//!
//! Begins with one, doubles while that brings clearly more, and goes back where it does not: without loss
//! more streams gain nothing and cost the server something; with loss each brings its own share.

use std::time::Duration;

/// Once all streams bring bytes their windows still grow; that says nothing yet.
const SETTLE: Duration = Duration::from_millis(150);
/// A stream that has brought nothing by then is not waited for.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// So long is measured.
const MEASURE: Duration = Duration::from_millis(350);
/// Twice the streams have to bring at least so much more.
const GAIN_MIN: f64 = 1.15;
/// Half of the streams may bring so much less, and are preferred.
const LOSS_MAX: f64 = 0.97;
/// After an attempt that brought nothing nothing is tried for so long, doubled each time.
const HOLD_FIRST: Duration = Duration::from_secs(15);
const HOLD_MAX: Duration = Duration::from_mins(4);
/// What is done sooner than this is not worth another connection.
const WORTH: f64 = 1.5;
/// Near its limit a download gets no faster.
const NEAR: f64 = 0.85;

#[derive(Debug, Clone, Copy)]
enum Phase {
    Settle { until: Duration, latest: Duration },
    Measure { from: Duration, bytes: u64 },
    Hold { until: Duration },
}

/// Decides.
#[derive(Debug)]
pub(super) struct Pilot {
    max: usize,
    target: usize,
    /// What was before the attempt that runs, and what it brought.
    before: Option<(usize, f64)>,
    phase: Phase,
    hold: Duration,
    tries_fewer: bool,
    rate: f64,
}

/// What there is to decide on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Since the download began.
    pub(super) now: Duration,
    /// Bytes that came in this run.
    pub(super) received: u64,
    /// Bytes that are to come.
    pub(super) left: u64,
    /// Whether all streams that are wanted bring bytes.
    pub(super) is_flowing: bool,
    /// The limit in bytes per second, where there is one.
    pub(super) limit: Option<u64>,
}

impl Pilot {
    pub(super) fn new(max: usize, now: Duration) -> Self {
        Self {
            max: max.max(1),
            target: 1,
            before: None,
            phase: settle(now),
            hold: HOLD_FIRST,
            tries_fewer: false,
            rate: 0.0,
        }
    }

    /// So many streams are wanted.
    pub(super) fn target(&self) -> usize {
        self.target
    }

    /// Bytes per second, as last measured; zero before.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// The server does not want so many.
    pub(super) fn fewer(&mut self, now: Duration) {
        self.target = (self.target / 2).max(1);
        self.max = self.target;
        self.before = None;
        self.phase = Phase::Hold { until: now + HOLD_MAX };
    }

    /// One stream, for good.
    pub(super) fn only_one(&mut self) {
        (self.max, self.target, self.before) = (1, 1, None);
    }

    /// Nothing is left that another stream could do.
    pub(super) fn settle_for(&mut self, running: usize) {
        self.target = self.target.min(running.max(1));
        self.before = None;
    }

    /// What was measured is void: nothing came for reasons of its own.
    pub(super) fn disturbed(&mut self, now: Duration) {
        if let Some((target, _)) = self.before.take() {
            self.target = target;
        }
        self.phase = settle(now);
    }

    /// Looks, and says how many streams are wanted.
    pub(super) fn look(&mut self, look: Look) -> usize {
        match self.phase {
            Phase::Settle { latest, .. } if !look.is_flowing && look.now < latest => {
                self.phase = Phase::Settle { until: look.now + SETTLE, latest };
            }
            Phase::Settle { until, .. } if look.now >= until => {
                self.phase = Phase::Measure { from: look.now, bytes: look.received };
            }
            Phase::Measure { from, bytes } if look.now >= from + MEASURE => {
                let span = look.now.saturating_sub(from).as_secs_f64();
                self.rate = float(look.received.saturating_sub(bytes)) / span;
                self.judge(look);
            }
            Phase::Hold { until } if look.now >= until && self.max > 1 => {
                // Once up, once down.
                self.tries_fewer = !self.tries_fewer && self.target > 1;
                self.phase = Phase::Measure { from: look.now, bytes: look.received };
            }
            _ => {}
        }
        self.target
    }

    fn judge(&mut self, look: Look) {
        match self.before.take() {
            None => self.attempt(look),
            Some((before, rate)) if self.target > before => {
                if self.rate >= rate * GAIN_MIN {
                    self.hold = HOLD_FIRST;
                    self.attempt(look);
                } else {
                    self.back(before, look.now);
                }
            }
            Some((before, rate)) => {
                if self.rate < rate * LOSS_MAX {
                    self.back(before, look.now);
                } else {
                    self.rest(look.now);
                }
            }
        }
    }

    fn back(&mut self, target: usize, now: Duration) {
        self.target = target;
        self.rest(now);
    }

    fn rest(&mut self, now: Duration) {
        self.phase = Phase::Hold { until: now + self.hold };
        self.hold = (self.hold * 2).min(HOLD_MAX);
    }

    /// Tries another number, where that may bring something.
    fn attempt(&mut self, look: Look) {
        let is_limited = look.limit.is_some_and(|limit| self.rate >= NEAR * float(limit));
        let is_worth = float(look.left) > WORTH * self.rate;
        let more = (self.target * 2).min(self.max);
        let next = if self.tries_fewer {
            Some(self.target / 2)
        } else {
            Some(more).filter(|more| *more > self.target && !is_limited)
        };
        match next.filter(|_| is_worth) {
            Some(next) => {
                self.before = Some((self.target, self.rate));
                self.target = next;
                self.phase = settle(look.now);
            }
            None => self.rest(look.now),
        }
    }
}

fn settle(now: Duration) -> Phase {
    Phase::Settle { until: now + SETTLE, latest: now + CONNECT_MAX }
}

/// Bytes, to be compared with rates.
pub(super) fn float(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "rates are compared within percents")]
    let bytes = bytes as f64;
    bytes
}

#[cfg(test)]
mod tests;
