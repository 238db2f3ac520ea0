//! A month at a platform that backs up another part each night, with a policy that keeps seven: what the policy
//! promises of the database is there at its end, whatever else came.
//!
//! Nobody waits for the month: every moment that the catalogue and the platform know is moved into the past.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contract::command::Nothing;
use engine::restore::RestoreTarget;
use engine::retention::{Policy, Preset};
use jiff::{SignedDuration, Timestamp};
use ledger::catalog::{Goals, SlotState};
use serde_json::json;
use sqlx::SqlitePool;
use testkit::{Console, PROJECT, Server, StoppedClock};

use super::bench::Bench;
use crate::catalogue::open_catalogue;
use crate::retention::{DAY_MS, listed};

const NIGHTS: usize = 30;
/// What the platform backs up, one a night.
const KINDS: [&str; 3] = ["FULL", "STORAGE", "INCREMENTAL"];
/// Columns that hold a moment; the audit chain cannot be changed, and nothing here looks at its times.
const MOMENTS: &str = "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT IN ('audit', '_sqlx_migrations')
    AND (c.name = 'slot_ms' OR c.name LIKE '%at\\_ms' ESCAPE '\\' OR c.name LIKE '%until\\_ms' ESCAPE '\\'
         OR c.name LIKE '%since\\_ms' ESCAPE '\\')";

/// A night, and the backup that came of it.
struct Night {
    kind: &'static str,
    backup: String,
}

struct Month {
    bench: Bench,
    console: Console,
    catalogue: SqlitePool,
    moments: Vec<(String, String)>,
    nights: Vec<Night>,
}

impl Month {
    /// `None`, loudly, on a computer without Postgres.
    async fn begin() -> Option<Self> {
        let bench = Bench::with(|options| options.step = Duration::ZERO).await?;
        bench.database.run("create table night (number int primary key)").await;
        let year = Some(Duration::from_hours(365 * 24));
        let console = bench.console_with(|options| options.read_older_after = year).await;
        let policy = Policy { zone: "UTC".into(), ..Preset::Keep7.policy() };
        console.engine.set_retention(PROJECT, Some(policy)).await.unwrap();
        // A night without the database is no reason to pause retention here.
        let goals = Goals { rpo_ms: Some(7 * DAY_MS), ..Goals::default() };
        console.engine.set_goals(PROJECT, goals).await.unwrap();
        let catalogue = open_catalogue(&console).await;
        let moments: Vec<(String, String)> = sqlx::query_as(MOMENTS).fetch_all(&catalogue).await.unwrap();
        Some(Self { bench, console, catalogue, moments, nights: Vec::new() })
    }

    /// Sets what is done every day, so many hours from now: not while this runs.
    async fn daily(&self, work: &str, hours: i64) {
        let at = (Timestamp::now() + SignedDuration::from_hours(hours)).strftime("%H:%M").to_string();
        let rule = json!({ "kind": "daily", "at": at });
        let request = json!({ "project": PROJECT, "work": work, "rule": rule, "zone": "utc", "jitterS": 0 });
        let request = serde_json::from_value(request).unwrap();
        contract::api::schedule_set(&self.console.engine, request).await.unwrap();
    }

    /// A day passes, here and there.
    async fn pass(&self) {
        self.bench.server.age(Duration::from_hours(24));
        let mut all = self.catalogue.begin().await.unwrap();
        for (table, column) in &self.moments {
            // By way of numbers that are no moments: a slot would meet the one of the day before.
            for (change, which) in
                [(format!("-(\"{column}\" - {DAY_MS})"), ">"), (format!("-\"{column}\""), "<")]
            {
                let moved =
                    format!("UPDATE \"{table}\" SET \"{column}\" = {change} WHERE \"{column}\" {which} 0");
                sqlx::query(&moved).execute(&mut *all).await.unwrap();
            }
        }
        all.commit().await.unwrap();
    }

    /// What is due so many hours from now is done, as on any computer that is on.
    async fn due(&self, work: &str, hours: i64) {
        let clock = StoppedClock(Timestamp::now() + SignedDuration::from_hours(hours));
        let scheduler = self.console.engine.scheduler().by(Arc::new(clock));
        let reports = scheduler.run_due().await.unwrap();
        let said: Vec<_> = reports
            .iter()
            .map(|run| (run.doing.schedule.work.as_str(), run.ended.state, run.ended.said.as_str()))
            .collect();
        assert!(said.iter().any(|(done, ..)| *done == work), "no {work}: {said:?}");
        assert!(said.iter().all(|(_, state, _)| *state == SlotState::Succeeded), "{said:?}");
    }

    async fn night(&mut self, number: usize) {
        if number == 0 {
            self.daily("pull", 18).await;
        }
        self.pass().await;
        let kind = KINDS[number % KINDS.len()];
        self.bench.database.run(&format!("insert into night values ({number})")).await;
        let there = self.bench.server.back_up("shop", kind);
        let before = self.bench.server.seen().len();
        self.due("pull", 0).await;
        let fetched = self.fetched_since(before);
        assert_eq!(fetched, BTreeSet::from([there]), "night {number}: what was removed here stays away");
        let (_, newest) = self.console.engine.backups(Some(PROJECT), 0, 1).await.unwrap();
        self.nights.push(Night { kind, backup: newest[0].record.id.clone() });
        if kind == "STORAGE" {
            let home = contract::api::home(&self.console.engine, Nothing {}).await.unwrap();
            let home = serde_json::to_value(home).unwrap();
            let point = home["projects"][0]["recoveryPoint"]["backupId"].as_str().unwrap();
            assert_eq!(point, self.nights[number - 1].backup, "files are no recovery point of a database");
        }

        if number == 0 {
            self.daily("prune", 6).await;
        }
        self.due("prune", 12).await;
    }

    /// The backups whose bytes were asked for since then.
    fn fetched_since(&self, call: usize) -> BTreeSet<String> {
        let seen = self.bench.server.seen();
        let asked = seen[call..].iter().filter_map(|seen| {
            let of = seen.call.strip_prefix("GET /platform/projects/shop/backups/")?;
            Some(of.strip_suffix("/download")?.to_owned())
        });
        asked.collect()
    }

    /// The last seven nights that brought a database, newest first.
    fn promised(&self) -> Vec<usize> {
        (0..self.nights.len()).rev().filter(|night| self.nights[*night].kind != "STORAGE").take(7).collect()
    }

    /// How many nights the database knew that came in a night.
    async fn nights_in(&self, night: usize) -> u64 {
        let shown = self.console.engine.backup_details(&self.nights[night].backup).await.unwrap();
        shown.manifest.tables().iter().find(|table| table.name == "night").unwrap().rows
    }

    /// The database of a night comes back with what it had then.
    async fn restores(&self, night: usize) {
        let server = Server::shared().unwrap();
        self.console.add_project("target", server.settings("postgres"), server.password()).await.unwrap();
        let name = server.free_name();
        let target = RestoreTarget::NewDatabase { name: name.clone(), project: Some("target".into()) };
        let plan = self.console.plan(&self.nights[night].backup, target).await.unwrap();
        self.console.apply(&plan).await;
        let nights = server.at(&name).value("select count(*) from night").await;
        assert_eq!(nights, (night + 1).to_string());
    }
}

#[tokio::test]
async fn a_month_of_parts_ends_with_a_database_of_each_day_that_the_policy_promises() {
    let Some(mut month) = Month::begin().await else { return };

    for number in 0..NIGHTS {
        month.night(number).await;
    }

    let kept = listed(&month.console).await;
    let is_kept = |night: usize| kept.contains(&month.nights[night].backup);
    let left: Vec<usize> = (0..NIGHTS).filter(|night| is_kept(*night)).collect();
    let promised = month.promised();
    for night in &promised {
        // Changes are nothing without the full backup before them.
        for needed in [*night, night - night % KINDS.len()] {
            assert!(is_kept(needed), "night {needed} is gone, which night {night} needs; left: {left:?}");
        }
        assert_eq!(month.nights_in(*night).await, *night as u64 + 1);
    }
    assert!((0..6).all(|night| !is_kept(night)), "nothing is promised of the first nights; left: {left:?}");
    month.restores(*promised.last().unwrap()).await;
}
