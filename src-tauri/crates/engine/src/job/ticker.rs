//! The pulse of a job: progress to listeners, progress and log to the catalogue, the stall watchdog.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::broadcast;

use super::awake::Awake;
use super::{JobContext, PhaseState, Progress};
use crate::catalog::{Catalog, JobLine, Level};
use crate::event::Event;
use crate::failure::{Failure, Retry};
use crate::words::counted;

/// Ten times a second to the window.
const TICK: Duration = Duration::from_millis(100);
/// This often to the catalogue, and whenever a phase begins: what killed the process is said of its phase.
const SAVE_EVERY: Duration = Duration::from_millis(750);
/// Rates are taken over this span.
const RATE_SPAN: Duration = Duration::from_secs(5);
/// After this long without a byte or a row the phase is shown as stalled.
const STALL_SHOWN: Duration = Duration::from_mins(1);

/// Runs until it is dropped; a job drops it when it ends.
pub(super) struct Ticker {
    pub(super) context: JobContext,
    pub(super) catalog: Catalog,
    pub(super) events: broadcast::Sender<Event>,
    /// After this long without a byte or a row the job is ended as stalled.
    pub(super) stall_limit: Duration,
}

impl Ticker {
    pub(super) async fn run(self) {
        let _awake = Awake::new("A backup, a restore or a check goes on");
        let mut samples: VecDeque<(Instant, u64)> = VecDeque::new();
        let mut saved = Instant::now();
        let mut saved_phase = None;
        let mut moved = (Instant::now(), self.context.meter().pulse());
        let mut interval = tokio::time::interval(TICK);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            interval.tick().await;
            let now = Instant::now();
            let pulse = self.context.meter().pulse();
            if pulse != moved.1 {
                moved = (now, pulse);
            }
            self.watch(now.duration_since(moved.0));
            let progress = self.measure(&mut samples, now);
            // Nobody listening is fine.
            let _ = self.events.send(Event::Progress {
                job_id: self.context.id().to_owned(),
                progress: Box::new(progress.clone()),
            });
            let phase = progress.current().map(|phase| phase.id.clone());
            if phase != saved_phase || now.duration_since(saved) >= SAVE_EVERY {
                (saved, saved_phase) = (now, phase);
                self.save(&progress).await;
            }
        }
    }

    fn watch(&self, quiet: Duration) {
        let mut live = self.context.live();
        let Some(phase) = live.progress.current_mut() else { return };
        phase.state = if quiet >= STALL_SHOWN { PhaseState::Stalled } else { PhaseState::Running };
        if quiet >= self.stall_limit && !self.context.token().is_cancelled() {
            let (title, quiet) = (phase.title.clone(), quiet_words(quiet));
            live.stalled = Some(
                Failure::new(
                    "stalled",
                    format!("nothing moved for {quiet} in the phase {title}"),
                    "Look for a lock or a stuck connection on the server, then start it again; what is already in the vault is used.",
                )
                .retry(Retry::Now),
            );
            self.context.token().cancel();
        }
    }

    fn measure(&self, samples: &mut VecDeque<(Instant, u64)>, now: Instant) -> Progress {
        let (bytes, rows) = (self.context.meter().bytes(), self.context.meter().rows());
        if samples.back().is_some_and(|(_, last)| *last > bytes) {
            samples.clear();
        }
        samples.push_back((now, bytes));
        while samples.front().is_some_and(|(at, _)| now.duration_since(*at) > RATE_SPAN) {
            samples.pop_front();
        }
        let rate = rate(samples);
        let mut live = self.context.live();
        live.progress.bytes_per_second = rate;
        let mut left = None;
        if let Some(phase) = live.progress.current_mut() {
            phase.bytes = bytes;
            phase.rows = rows;
            phase.elapsed_ms = phase.started_at_ms.map(|start| crate::clock::now_ms() - start);
            left = time_left(phase.bytes_total, bytes, rate);
        }
        live.progress.left_ms = left;
        live.progress.clone()
    }

    async fn save(&self, progress: &Progress) {
        let lines = std::mem::take(&mut self.context.live().lines);
        let Ok(text) = serde_json::to_string(progress) else { return };
        match self.catalog.save_progress(self.context.id(), &text, &lines).await {
            Ok(false) => {}
            Ok(true) => self.context.token().cancel(),
            Err(error) => {
                tracing::warn!(%error, job = self.context.id(), "progress is not stored");
                put_back(&self.context, lines);
            }
        }
    }
}

/// Lines that could not be stored wait for the next time.
pub(super) fn put_back(context: &JobContext, lines: Vec<JobLine>) {
    let mut live = context.live();
    let newer = std::mem::replace(&mut live.lines, lines);
    live.lines.extend(newer);
    if live.lines.is_empty() {
        drop(live);
        context.log(Level::Warning, "job", "the log could not be stored for a moment");
    }
}

/// How long it was quiet: in minutes from two on, so that a rounded-down one does not read as half of it.
fn quiet_words(quiet: Duration) -> String {
    match quiet.as_secs() {
        seconds @ 0..120 => counted(seconds, "second"),
        seconds => counted(seconds / 60, "minute"),
    }
}

fn rate(samples: &VecDeque<(Instant, u64)>) -> Option<u64> {
    let ((from, first), (to, last)) = (samples.front()?, samples.back()?);
    let millis = u64::try_from(to.duration_since(*from).as_millis()).ok()?;
    (millis >= 500 && last > first).then(|| (last - first) * 1000 / millis)
}

/// A range, since a rate over five seconds is no promise: a fifth less to a half more.
fn time_left(total: Option<u64>, bytes: u64, rate: Option<u64>) -> Option<(i64, i64)> {
    let left = total?.checked_sub(bytes)?;
    let millis = i64::try_from(left.saturating_mul(1000) / rate?.max(1)).ok()?;
    Some((millis * 4 / 5, millis * 3 / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_says_how_long_it_was_also_when_that_is_no_minute() {
        let words = |seconds| quiet_words(Duration::from_secs(seconds));
        assert_eq!(
            (words(1), words(45), words(119)),
            ("1 second".into(), "45 seconds".into(), "119 seconds".into())
        );
        assert_eq!((words(120), words(300)), ("2 minutes".into(), "5 minutes".into()));
    }
}
