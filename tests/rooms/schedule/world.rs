//! A profile with a real catalogue, a clock that the test turns, and somebody who notes what is done.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base::secret::{Derivation, Place};
use camino::Utf8Path;
use engine::project::NewProject;
use engine::schedule::{
    Clock, Conditions, Doing, DrillPlace, Ended, NewSchedule, Rule, Schedule, ScheduleFacts, Seen,
    Surroundings, TimeOfDay, Work, Worker, Zone,
};
use engine::{Engine, EngineOptions};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ledger::catalog::{Label, SlotState};
use ledger::job::Trigger;
use postgres::connection::parse;
use postgres::tools::SearchRoots;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqliteSynchronous};
use tokio::sync::Notify;

/// Where nothing is known to come, it is looked again after so long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(30);

/// A moment, in UTC unless it says otherwise.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A backup every night at 02:00 UTC, and nothing else that is known.
pub(crate) fn nightly() -> ScheduleFacts {
    let schedule = Schedule {
        id: "nightly".into(),
        project_id: "p".into(),
        project: "shop".into(),
        name: "backup".into(),
        work: Work::Backup,
        rule: Rule::Daily { at: TimeOfDay::parse("02:00").unwrap() },
        zone: Zone::Utc,
        conditions: Conditions::usual(),
        jitter_s: 0,
        keep_ms: None,
        creates: None,
        place: DrillPlace::default(),
        lender: None,
        set_at_ms: at("2026-11-01T00:00Z").as_millisecond(),
        paused: None,
    };
    ScheduleFacts {
        schedule,
        last_success: None,
        future_success: None,
        runs: Vec::new(),
        busy: None,
        obstacle: None,
        needs_network: false,
        goes_there_at: None,
        recovery_point: None,
        goal_ms: 24 * 3_600_000,
    }
}

/// Something that happens to a computer.
#[derive(Debug, Clone)]
pub(crate) enum Twist {
    /// Its clock shows this from now on: it slept until then, or somebody set it.
    Clock(Timestamp),
    /// It is taken to another place.
    Zone(TimeZone),
    /// Power and network are others.
    Seen(Seen),
}

/// A clock that goes on by itself whenever the scheduler rests, and what happens on the way.
#[derive(Debug)]
pub(crate) struct TestClock {
    state: Mutex<(Timestamp, TimeZone, Seen)>,
    script: Mutex<VecDeque<(Timestamp, Twist)>>,
    end: Timestamp,
    over: Notify,
    catalog: SqlitePool,
    /// How many attempts had ended when everything was looked at last.
    ended: AtomicI64,
}

impl TestClock {
    /// Goes on by so long.
    pub(crate) fn advance(&self, by: SignedDuration) {
        self.state.lock().unwrap().0 += by;
    }

    /// Goes to `until`, or to what happens before it.
    fn go(&self, until: Timestamp) {
        let mut script = self.script.lock().unwrap();
        let mut state = self.state.lock().unwrap();
        let next = script.front().map(|(at, _)| *at).filter(|at| *at <= until);
        state.0 = next.unwrap_or(until).max(state.0);
        while let Some((_, twist)) = script.pop_front_if(|(at, _)| *at <= state.0) {
            match twist {
                Twist::Clock(now) => {
                    state.0 = now;
                    return;
                }
                Twist::Zone(zone) => state.1 = zone,
                Twist::Seen(seen) => state.2 = seen,
            }
        }
    }

    async fn is_somebody_at_work(&self) -> bool {
        let running = "SELECT count(*) FROM schedule_run WHERE state = 'running'";
        sqlx::query_scalar::<_, i64>(running).fetch_one(&self.catalog).await.unwrap() > 0
    }

    /// How many attempts of runs have ended.
    async fn ended(&self) -> i64 {
        let ended = "SELECT coalesce(sum(attempts), 0) FROM schedule_run WHERE state <> 'running'";
        sqlx::query_scalar(ended).fetch_one(&self.catalog).await.unwrap()
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.state.lock().unwrap().0
    }

    fn zone(&self) -> TimeZone {
        self.state.lock().unwrap().1.clone()
    }

    async fn rest(&self, until: Option<Timestamp>) {
        // Time passes while somebody works, but only as the worker says.
        while self.is_somebody_at_work().await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // What ended since the last look is looked at first: it may be due again before `until`.
        if self.ended().await != self.ended.load(Ordering::Relaxed) {
            return;
        }
        let now = self.now();
        if now >= self.end && self.script.lock().unwrap().is_empty() {
            self.over.notify_one();
            std::future::pending::<()>().await;
        }
        let next = until.filter(|until| *until > now).unwrap_or(now + LOOK_AGAIN);
        self.go(if now < self.end { next.min(self.end) } else { next });
    }
}

#[async_trait]
impl Surroundings for TestClock {
    async fn look(&self) -> Seen {
        self.ended.store(self.ended().await, Ordering::Relaxed);
        self.state.lock().unwrap().2
    }
}

/// Notes what was to be done, and makes what counts as its success unless it is told to fail.
#[derive(Debug)]
pub(crate) struct Noting {
    clock: Arc<TestClock>,
    catalog: SqlitePool,
    /// How long each run takes.
    pub(crate) takes: SignedDuration,
    /// Fails where this says so.
    pub(crate) fails: fn(Timestamp) -> bool,
    /// When each run began, for which project and slot.
    pub(crate) done: Mutex<Vec<(Timestamp, String, Timestamp)>>,
}

#[async_trait]
impl Worker for Noting {
    async fn work(&self, _: &Engine, doing: &Doing) -> Ended {
        let now = self.clock.now();
        self.done.lock().unwrap().push((now, doing.schedule.project.clone(), doing.slot));
        self.clock.advance(self.takes);
        if (self.fails)(now) {
            return Ended {
                state: SlotState::Failed,
                said: "The server does not answer.".into(),
                job_id: None,
            };
        }
        good_backup(&self.catalog, &doing.schedule.project_id, now).await;
        Ended { state: SlotState::Succeeded, said: "Done.".into(), job_id: None }
    }
}

/// A backup of this moment that was proven readable.
pub(crate) async fn good_backup(catalog: &SqlitePool, project_id: &str, at: Timestamp) {
    let id = format!("{:032x}", uuid::Uuid::new_v4().as_u128());
    sqlx::query(
        "INSERT INTO backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes,
             table_count, warning_count, level) VALUES (?, ?, ?, 'schedule', 'test', 'database', 1, 1, 1, 0, 2)",
    )
    .bind(id)
    .bind(project_id)
    .bind(at.as_millisecond())
    .execute(catalog)
    .await
    .unwrap();
}

/// A profile in a folder of its own.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) options: EngineOptions,
    pub(crate) catalog: SqlitePool,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("holdfast-test-schedule-").tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap().join("profile");
        let options = EngineOptions {
            // It is asked for nothing here.
            secrets: Some(Place::Keychain),
            home: home.clone(),
            passphrase: None,
            keychain_wait: None,
            derivation: Derivation::Least,
            trigger: Trigger::CommandLine,
            tool_roots: SearchRoots::none(),
            stall_limit: None,
            lock_wait: None,
            read_older_after: None,
            platform_standing: None,
            sample_platform: None,
        };
        let engine = Engine::open(options.clone()).await.unwrap();
        let to_file = SqliteConnectOptions::new()
            .filename(home.join("catalog.db"))
            // What the test itself notes need not outlive a power cut: a thousand backups are one sync less each.
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(Duration::from_secs(20));
        let catalog = SqlitePool::connect_with(to_file).await.unwrap();
        // A vault that is there, as far as looking goes.
        let vault = home.join("vault");
        std::fs::create_dir_all(&vault).unwrap();
        std::fs::write(vault.join("config"), "").unwrap();
        let add =
            sqlx::query("INSERT INTO vault (id, name, path, created_at_ms) VALUES ('v', 'Anchor', ?, 0)");
        add.bind(vault.as_str()).execute(&catalog).await.unwrap();
        Self { engine, options, catalog, _folder: folder }
    }

    /// A project with a schedule that was set at a moment of the past.
    pub(crate) async fn scheduled(&self, project: &str, rule: Rule, zone: Zone, since: Timestamp) {
        let url = "postgresql://reader@db.example/shop";
        let connection = parse(url).unwrap().settings;
        let known = self.engine.schedules(Some(project)).await.is_ok();
        if !known {
            let new = NewProject::postgres(project, Label::Development, connection, None);
            self.engine.add_project(new).await.unwrap();
        }
        let name = known.then(|| rule.words());
        let new = NewSchedule {
            project: project.into(),
            name,
            work: None,
            rule,
            zone,
            conditions: Conditions::usual(),
            jitter_s: 0,
            keep_ms: None,
            creates: None,
            place: DrillPlace::default(),
        };
        self.engine.set_schedule(new).await.unwrap();
        self.set_since(since).await;
    }

    /// Everything was set then.
    pub(crate) async fn set_since(&self, since: Timestamp) {
        let set = sqlx::query("UPDATE schedule SET set_at_ms = ?").bind(since.as_millisecond());
        set.execute(&self.catalog).await.unwrap();
    }

    /// A clock that begins in a zone, and ends once everything happened and `end` has come.
    pub(crate) fn clock(
        &self,
        zone: &str,
        from: &str,
        end: &str,
        script: &[(&str, Twist)],
    ) -> Arc<TestClock> {
        let zone = TimeZone::get(zone).unwrap();
        let here = Seen { has_network: Some(true), ..Seen::NOTHING };
        Arc::new(TestClock {
            state: Mutex::new((at(from), zone, here)),
            script: Mutex::new(script.iter().map(|(when, twist)| (at(when), twist.clone())).collect()),
            end: at(end),
            over: Notify::new(),
            catalog: self.catalog.clone(),
            ended: AtomicI64::new(0),
        })
    }

    /// Somebody who notes what is done by this clock.
    pub(crate) fn noting(&self, clock: &Arc<TestClock>) -> Noting {
        Noting {
            clock: Arc::clone(clock),
            catalog: self.catalog.clone(),
            takes: SignedDuration::from_mins(2),
            fails: |_| false,
            done: Mutex::default(),
        }
    }

    /// Lets the scheduler run until the clock ends; what was done, as the clock of a zone showed it.
    pub(crate) async fn run(
        &self,
        clock: &Arc<TestClock>,
        worker: Noting,
    ) -> Vec<(Timestamp, String, Timestamp)> {
        let worker = Arc::new(worker);
        let scheduler = self
            .engine
            .scheduler()
            .by(Arc::clone(clock) as Arc<dyn Clock>)
            .within(Arc::clone(clock) as Arc<dyn Surroundings>)
            .with(Arc::clone(&worker) as Arc<dyn Worker>);
        tokio::select! {
            () = scheduler.run() => panic!("the scheduler ended by itself"),
            () = clock.over.notified() => {}
        }
        worker.done.lock().unwrap().clone()
    }
}

/// When runs began, as the clock of a zone showed it.
pub(crate) fn shown(done: &[(Timestamp, String, Timestamp)], zone: &str) -> Vec<String> {
    let zone = TimeZone::get(zone).unwrap();
    done.iter().map(|(began, ..)| began.to_zoned(zone.clone()).strftime("%d %b %H:%M").to_string()).collect()
}
