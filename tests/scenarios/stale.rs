//! What a page shows is asked for again once it changed, whoever changed it: every answer that another one takes the
//! place of was named by an event. And a run that moves costs the catalogue nothing.

use std::collections::{BTreeMap, BTreeSet};

use contract::api;
use contract::command::Nothing;
use contract::event::Tag;
use engine::Engine;
use ledger::event::{Event, Topic};
use serde_json::{Value, json};
use testkit::{Console, PROJECT, Server, poll};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use crate::catalogue::open_catalogue;
use crate::jobs::fill;

#[allow(clippy::wildcard_imports, reason = "the list names requests and answers of the whole contract")]
use contract::{
    audit::*, backup::*, bundle::*, command_line::*, component::*, connection::*, coverage::*, diff::*,
    drill::*, export::*, health::*, home::HomeView, job::*, noted::*, notify::*, paper::PaperView,
    platform::*, portable::*, project::*, prune::*, references::*, replica::*, report::*, restore::*,
    retention::*, rows::*, runbook::*, schedule::*, setup::*, steps::*, tables::*, vault::*,
};

macro_rules! commands {
    (@one connection_test, $engine:ident, $request:expr) => { api::connection_test($engine, $request, |_| ()) };
    (@one bundle_inspect, $engine:ident, $request:expr) => { api::bundle_inspect($engine, $request, |_| ()) };
    (@one $name:ident, $engine:ident, $request:expr) => { api::$name($engine, $request) };
    ($($name:ident($request:ty) -> $answer:ty, provides [$($provides:ident),*];)*) => {
        /// Does what the page does.
        async fn call(engine: &Engine, name: &str, request: Value) -> Value {
            match name {
                $(stringify!($name) => {
                    let request: $request = serde_json::from_value(request).unwrap();
                    let answer = Box::pin(commands!(@one $name, engine, request)).await;
                    let answer: $answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
                    serde_json::to_value(answer).unwrap()
                })*
                _ => panic!("there is no command {name}"),
            }
        }

        fn tags_of(name: &str) -> &'static [Tag] {
            match name {
                $(stringify!($name) => &[$(Tag::$provides),*],)*
                _ => panic!("there is no command {name}"),
            }
        }
    };
}
contract::with_commands!(commands);

/// Words of answers that time alone changes.
const AGES: [&str; 9] =
    ["ageMs", "nowMs", "atMs", "words", "value", "nextMs", "freeBytes", "why", "sentence"];

/// An answer without what time alone changes.
fn still(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| !AGES.contains(&name.as_str()));
            Value::Object(kept.map(|(name, field)| (name, still(field))).collect())
        }
        Value::Array(rows) => Value::Array(rows.into_iter().map(still).collect()),
        other => other,
    }
}

/// A page that holds answers, and asks again only for those that an event named.
struct Page {
    engine: Engine,
    events: Receiver<Event>,
    questions: Vec<(&'static str, Value)>,
    answers: BTreeMap<String, Value>,
}

impl Page {
    async fn new(engine: Engine, questions: Vec<(&'static str, Value)>) -> Self {
        let mut page = Self { events: engine.events(), engine, questions, answers: BTreeMap::new() };
        page.ask(|_| true).await;
        page
    }

    async fn ask(&mut self, of: impl Fn(&[Tag]) -> bool) {
        for (name, request) in self.questions.clone() {
            if of(tags_of(name)) {
                let answer = still(call(&self.engine, name, request.clone()).await);
                self.answers.insert(format!("{name} {request}"), answer);
            }
        }
    }

    /// The tags that were named since the last time.
    fn heard(&mut self) -> BTreeSet<Tag> {
        let mut tags = BTreeSet::new();
        loop {
            match self.events.try_recv() {
                Ok(Event::Changed(topics)) => tags.extend(topics.into_iter().map(Tag::from)),
                Ok(Event::Progress(_)) => {}
                Err(TryRecvError::Lagged(_)) => tags.extend(Topic::ALL.map(Tag::from)),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return tags,
            }
        }
    }

    /// Asks again for what events named; then every answer is what it would be now.
    async fn is_true_after(&mut self, what: &str) {
        let tags = self.heard();
        self.ask(|of| of.iter().any(|tag| tags.contains(tag))).await;
        let shown = self.answers.clone();
        self.ask(|_| true).await;
        for (question, now) in &self.answers {
            assert_eq!(&shown[question], now, "{question} is stale after {what}, which named {tags:?}");
        }
    }

    async fn does(&mut self, name: &'static str, request: Value) -> Value {
        let answer = call(&self.engine, name, request).await;
        self.is_true_after(name).await;
        answer
    }

    /// Starts a run, and looks once it has ended.
    async fn runs(&mut self, console: &Console, name: &'static str, request: Value) {
        let started = call(&self.engine, name, request).await;
        console.succeeded(started["jobId"].as_str().unwrap()).await;
        // Its row is stored before its last word is told.
        let id = started["jobId"].as_str().unwrap();
        let is_told = async || !self.engine.job(id).await.unwrap().is_mine;
        poll::soon("the end of the run to be told", is_told).await;
        self.is_true_after(name).await;
    }
}

/// What a page may show of a project, and of everything. Plans are left out: each question makes a new one.
fn questions(backup: &str) -> Vec<(&'static str, Value)> {
    let project = json!({ "project": PROJECT });
    let of_project = ["project_show", "goal_show", "goal_standing", "retention_show"]
        .into_iter()
        .chain(["assertion_list", "recovery_steps_show", "contacts_show", "clean_check_list"])
        .chain(["schedule_list", "health"]);
    let of_all =
        ["app_state", "tool_list", "vault_rolling", "replica_list", "vault_place", "vault_keys", "home"]
            .into_iter()
            .chain(["project_list", "restore_list", "notify_list", "scratch_list"]);
    let mut all: Vec<(&'static str, Value)> = of_project.map(|name| (name, project.clone())).collect();
    all.extend(of_all.map(|name| (name, json!({}))));
    all.extend(["backup_show", "backup_coverage"].map(|name| (name, json!({ "backup": backup }))));
    all.extend([
        ("backup_list", json!({ "project": PROJECT, "offset": 0, "limit": 50 })),
        ("backup_fates", json!({ "backups": [backup] })),
        ("proof_standing", json!({ "backups": [backup] })),
        ("drill_list", json!({ "project": null, "limit": 50 })),
        ("job_list", json!({ "project": null, "limit": 50 })),
        ("audit_list", json!({ "limit": 50 })),
    ]);
    all
}

async fn with_backup(server: &Server) -> (Console, String) {
    let database = server.database().await;
    fill(&database, 200).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    // The database goes with its name; nobody connects to it any more but the runs below.
    std::mem::forget(database);
    (console, backup)
}

#[tokio::test]
async fn whatever_a_command_changes_is_named_by_an_event() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = with_backup(server).await;
    let mut page = Page::new(console.engine.clone(), questions(&backup)).await;
    let project = json!({ "project": PROJECT });
    let day = 86_400_000;

    page.does("settings_set", json!({ "appearance": "dark", "toolDirectories": [] })).await;
    page.does("health_prices_set", json!({ "currency": "EUR", "prices": [] })).await;
    page.does("health_accept", project.clone()).await;
    page.does("project_acknowledge", project.clone()).await;
    let goal = json!({ "category": "standard", "rpoMs": day, "rtoMs": day, "copies": 2, "drillEveryMs": day, "wholeDrills": false });
    page.does("goal_set", json!({ "project": PROJECT, "goal": goal })).await;
    page.does("goal_component_set", json!({ "project": PROJECT, "component": "database", "rpoMs": day }))
        .await;
    page.does(
        "contacts_set",
        json!({ "project": PROJECT, "people": [
        { "role": "owner", "name": "Anna", "phone": "", "email": "anna@shop.example", "note": "" }] }),
    )
    .await;
    page.does("kit_place_set", json!({ "place": "the safe" })).await;
    page.does(
        "recovery_steps_set",
        json!({ "project": PROJECT, "steps": [{ "title": "Tell the shop",
        "when": "before", "act": { "kind": "wait", "instructions": "Call them." }, "critical": true }] }),
    )
    .await;
    page.does("recovery_steps_set", json!({ "project": PROJECT, "steps": [] })).await;
    page.does("assertion_add", json!({ "project": PROJECT, "name": "one", "query": "select true" })).await;
    page.does("assertion_remove", json!({ "project": PROJECT, "name": "one" })).await;
    page.does(
        "schedule_set",
        json!({ "project": PROJECT, "work": "backup", "rule": { "kind": "daily", "at": "03:00" },
        "zone": "utc", "jitterS": 0 }),
    )
    .await;
    page.does("schedule_pause", json!({ "project": PROJECT })).await;
    page.does("schedule_resume", json!({ "project": PROJECT })).await;
    page.does("schedule_pause_all", json!({})).await;
    page.does("schedule_resume_all", json!({})).await;
    page.does("schedule_remove", json!({ "project": PROJECT })).await;
    page.does(
        "retention_set",
        json!({ "project": PROJECT, "policy": { "keepLast": 3, "hourly": 0, "daily": 7,
        "weekly": 0, "monthly": 0, "yearly": 0, "withinMs": null, "floor": 1, "zone": "UTC" } }),
    )
    .await;
    page.does("backup_hold", json!({ "backup": backup, "reason": "the audit" })).await;
    page.does("backup_release", json!({ "backup": backup })).await;
    page.does("backup_expire", json!({ "backup": backup, "untilMs": 4_000_000_000_000_i64 })).await;
    let desk = call(&page.engine, "notify_list", json!({})).await[0]["id"].clone();
    page.does(
        "notify_set",
        json!({ "channel": desk, "name": "desk", "target": { "kind": "desktop" }, "level": "errors",
        "eachRun": false }),
    )
    .await;
    page.does("place_declare", json!({ "replica": null, "isElsewhere": true })).await;
    page.does("project_edit", json!({ "project": PROJECT, "label": "staging", "credentials": {} })).await;
    page.does("vault_rebuild_catalog", json!({})).await;
}

#[tokio::test]
async fn whatever_a_run_changes_is_named_by_an_event() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = with_backup(server).await;
    let mut page = Page::new(console.engine.clone(), questions(&backup)).await;

    // More than always stay.
    for _ in 0..3 {
        page.runs(&console, "backup_start", json!({ "project": PROJECT, "reason": null })).await;
    }
    page.runs(&console, "verify_start", json!({ "backup": backup, "level": "restored" })).await;
    page.runs(&console, "vault_check", json!({ "slice": null })).await;
    let drill = json!({ "reference": PROJECT, "dataOnly": false, "tables": [], "on": null, "program": null });
    page.runs(&console, "drill_start", drill).await;
    let plan = page.does("restore_plan", json!({ "backup": backup, "target": { "kind": "scratch" } })).await;
    let apply = json!({ "planId": plan["id"], "confirm": plan["targetDatabase"] });
    page.runs(&console, "restore_apply", apply).await;
    let scratches = call(&page.engine, "scratch_list", json!({})).await;
    page.does("scratch_remove", json!({ "scratch": scratches[0]["id"] })).await;
    let plan = call(&page.engine, "backup_deletion_plan", json!({ "backup": backup })).await;
    // What is shown of one backup cannot be asked for any more.
    page.questions.retain(|(_, request)| request.get("backup").is_none() && request.get("backups").is_none());
    page.answers.clear();
    page.ask(|_| true).await;
    page.does("backup_delete", json!({ "backup": backup, "confirm": plan["confirm"] })).await;
}

#[tokio::test]
async fn what_another_process_changes_reaches_a_window_within_seconds() {
    let Some(server) = Server::shared() else { return };
    let (console, backup) = with_backup(server).await;
    let other = console.second_engine().await;
    tokio::spawn(console.engine.clone().tell_of_others());
    let mut page = Page::new(console.engine.clone(), questions(&backup)).await;

    for (name, request) in [
        ("backup_hold", json!({ "backup": backup, "reason": "the audit" })),
        ("schedule_pause_all", json!({})),
        ("kit_place_set", json!({ "place": "the safe" })),
    ] {
        page.heard();
        call(&other, name, request).await;
        let mut tags = BTreeSet::new();
        poll::soon("the act of the other process", async || {
            tags.extend(page.heard());
            tags.len() == Topic::ALL.len()
        })
        .await;
    }
    page.ask(|_| true).await;

    let run = call(&other, "backup_start", json!({ "project": PROJECT, "reason": null })).await;
    let id = run["jobId"].as_str().unwrap();
    console.succeeded(id).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    page.is_true_after("a run of the other process").await;

    // Its own acts are told once, by whoever does them.
    call(&page.engine, "schedule_resume_all", json!({})).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(page.heard(), BTreeSet::from([Tag::Schedules, Tag::Audit]));
}

#[tokio::test]
async fn a_hundred_events_of_a_run_ask_the_catalogue_nothing() {
    let Some(server) = Server::shared() else { return };
    let (console, _) = with_backup(server).await;
    let mut events = console.engine.events();
    let run = console.engine.start_backup(PROJECT, Some("before the release".into())).await.unwrap();
    let job = loop {
        if let Event::Progress(job) = events.recv().await.unwrap() {
            break job;
        }
    };
    console.succeeded(&run).await;
    let asked = api::job_show(&console.engine, JobRef { job: run.clone() }).await.unwrap();

    // From here on whoever asks for a run learns nothing.
    sqlx::query("alter table job rename to away").execute(&open_catalogue(&console).await).await.unwrap();
    assert!(api::job_show(&console.engine, JobRef { job: run }).await.is_err());
    let told: Vec<JobView> = (0..100).map(|_| (*job).clone().into()).collect();

    // Each is the row that a question would have brought.
    let said = |view: JobView| {
        let row = view.row;
        (row.id, row.kind, row.project, row.title, row.started_at_ms, view.sentence)
    };
    let asked = said(asked);
    assert!(told.into_iter().all(|view| view.row.is_mine && said(view) == asked));
}
