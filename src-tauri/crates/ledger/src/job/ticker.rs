//! The pulse of a job: progress to listeners, progress and log to the catalogue, the stall watchdog.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::awake::Awake;
use super::{Job, JobContext, PhaseState, Progress};
use crate::catalog::{Catalog, JobLine, JobRecord, Level};
use crate::event::Event;
use base::Code;
use base::failure::Failure;
use base::words::counted;

/// Ten times a second to the window.
const TICK: Duration = Duration::from_millis(100);
/// This often to the catalogue, and whenever a phase begins: what killed the process is said of its phase.
const SAVE_EVERY: Duration = Duration::from_millis(750);
/// Rates are taken over this span.
const RATE_SPAN: Duration = Duration::from_secs(5);
/// After this long without a byte or a row the phase is shown as stalled.
const STALL_SHOWN: Duration = Duration::from_mins(1);

/// Runs as long as the work of a job.
pub(super) struct Ticker {
    pub(super) context: JobContext,
    /// The row of the job. What of it is shown does not change before its end, so that events need no query.
    pub(super) record: JobRecord,
    pub(super) catalog: Catalog,
    pub(super) events: broadcast::Sender<Event>,
    /// After this long without a byte or a row the job is ended as stalled.
    pub(super) stall_limit: Duration,
}

impl Ticker {
    /// Until the work has `ended`. What is being stored by then is stored: a line that was on its way to the
    /// catalogue is nowhere else.
    pub(super) async fn run(self, ended: CancellationToken) {
        let _awake = Awake::new("A backup, a restore or a check goes on");
        let mut samples: VecDeque<(Instant, u64)> = VecDeque::new();
        let mut saved = Instant::now();
        let mut saved_phase = None;
        let mut moved = (Instant::now(), self.context.meter().pulse());
        let mut interval = tokio::time::interval(TICK);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                () = ended.cancelled() => return,
                _ = interval.tick() => {}
            }
            let now = Instant::now();
            let pulse = self.context.meter().pulse();
            if pulse != moved.1 {
                moved = (now, pulse);
            }
            self.watch(now.duration_since(moved.0));
            let progress = self.measure(&mut samples, now);
            let phase = progress.current().map(|phase| phase.id.clone());
            // Nobody listening is fine.
            let _ = self.events.send(Event::Progress(Box::new(self.job(progress))));
            if phase != saved_phase || now.duration_since(saved) >= SAVE_EVERY {
                (saved, saved_phase) = (now, phase);
                self.save().await;
            }
        }
    }

    fn job(&self, progress: Progress) -> Job {
        let live = self.context.live();
        Job {
            record: self.record.clone(),
            project: live.project.clone(),
            is_mine: true,
            progress,
            output: None,
            failure: None,
            lines: live.lines_so_far,
        }
    }

    fn watch(&self, quiet: Duration) {
        let mut live = self.context.live();
        let Some(phase) = live.progress.current_mut() else { return };
        phase.state = if quiet >= STALL_SHOWN { PhaseState::Stalled } else { PhaseState::Running };
        if quiet >= self.stall_limit && !self.context.token().is_cancelled() {
            let (title, quiet) = (phase.title.clone(), quiet_words(quiet));
            live.stalled = Some(Failure::new(
                Code::Stalled,
                format!("nothing moved for {quiet} in the phase {title}"),
                "Look for a lock or a stuck connection on the server, then start it again; what is already in the vault is used.",
            ));
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
            phase.elapsed_ms = phase.started_at_ms.map(|start| base::clock::now_ms() - start);
            left = time_left(phase.bytes_total, bytes, rate);
        }
        live.progress.left_ms = left;
        live.progress.clone()
    }

    async fn save(&self) {
        let _turn = self.context.saving().await;
        let (text, lines) = {
            let mut live = self.context.live();
            let Ok(text) = serde_json::to_string(&live.progress) else { return };
            (text, std::mem::take(&mut live.lines))
        };
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
    use std::sync::Arc;

    use camino::Utf8Path;
    use sqlx::Connection as _;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
    use tokio::sync::Notify;

    use super::*;
    use crate::audit::{Origin, Recorder};
    use crate::job::{JobKind, JobOutput, JobRunner, JobSpec, PhaseSpec, ProcessLock, Trigger};

    #[tokio::test]
    async fn a_line_that_is_being_stored_when_the_work_ends_is_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        let (catalog, jobs) = running_at(home).await;
        let options = SqliteConnectOptions::new().filename(home.join("catalog.db"));
        let mut other = SqliteConnection::connect_with(&options).await.unwrap();
        let (go, here) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (may_go, is_here) = (Arc::clone(&go), Arc::clone(&here));
        let work = move |context: JobContext| async move {
            context.phase("look");
            is_here.notify_one();
            may_go.notified().await;
            context.warn("look", "it was seen");
            while !context.live().lines.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            is_here.notify_one();
            Ok(JobOutput::default())
        };

        let id = jobs.start(looking(), work).await.unwrap();
        here.notified().await;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        go.notify_one();
        here.notified().await;
        // The line is on its way, and stays there until everyone who hears of the end has had a turn.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        other.close().await.unwrap();
        while !catalog.open_jobs().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }

        let lines = catalog.job_lines(&id, 0, Level::Warning, 10).await.unwrap();
        let said: Vec<&str> = lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(said, ["it was seen"]);
    }

    #[tokio::test]
    async fn an_end_that_cannot_be_stored_for_a_moment_is_stored_later_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        let (catalog, jobs) = running_at(home).await;
        let options = SqliteConnectOptions::new().filename(home.join("catalog.db"));
        let mut other = SqliteConnection::connect_with(&options).await.unwrap();
        // With each try the progress is stored first; the end itself is refused at the first one.
        let refuse = r#"CREATE TABLE tries (number INTEGER PRIMARY KEY);
            CREATE TRIGGER tried AFTER UPDATE OF progress ON job
            WHEN NEW.state = 'running' AND NEW.progress LIKE '%"done"%'
            BEGIN INSERT INTO tries VALUES (NULL); END;
            CREATE TRIGGER refuse BEFORE UPDATE ON job WHEN NEW.state = 'succeeded'
            BEGIN SELECT RAISE(ABORT, 'the disk is full') WHERE (SELECT count(*) FROM tries) < 2; END"#;
        sqlx::raw_sql(refuse).execute(&mut other).await.unwrap();
        let work = |context: JobContext| async move {
            context.phase("look");
            context.warn("look", "it was seen");
            Ok(JobOutput::default())
        };

        let id = jobs.start(looking(), work).await.unwrap();
        while !catalog.open_jobs().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }

        let tries = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM tries").fetch_one(&mut other);
        assert_eq!(tries.await.unwrap(), 2, "it was refused once, and stored the next time");
        let lines = catalog.job_lines(&id, 0, Level::Warning, 10).await.unwrap();
        assert_eq!(lines.len(), 1);
    }

    async fn running_at(home: &Utf8Path) -> (Catalog, JobRunner) {
        let catalog = Catalog::open(&home.join("catalog.db")).await.unwrap();
        let audit = Recorder::new(catalog.clone(), home, Origin::of_this_process(Trigger::Window));
        let process = ProcessLock::take(home).unwrap();
        let limit = Duration::from_mins(1);
        let jobs = JobRunner::new(catalog.clone(), audit, home.to_owned(), process, Trigger::Window, limit);
        (catalog, jobs)
    }

    fn looking() -> JobSpec {
        JobSpec {
            kind: JobKind::Check,
            title: "Looking".into(),
            sentence: String::new(),
            project_id: None,
            writes_vault: false,
            phases: vec![PhaseSpec { id: "look", title: "Look", weight: 1, sentence: String::new() }],
            if_cancelled: String::new(),
        }
    }

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
