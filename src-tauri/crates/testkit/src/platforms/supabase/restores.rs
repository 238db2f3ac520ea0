//! Backups, restores and restore points, and the status that moves with them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Made, Shared, empty};
use crate::platforms::loopback::answer;

/// The API's own limits.
const NAME_CHARACTERS_MAX: usize = 20;
const SCHEDULE_CHANGES_MAX: u32 = 3;

pub(super) async fn backups(State(shared): State<Arc<Shared>>) -> Response {
    let held = shared.held();
    let nightly = || held.made.iter().filter(|made| made.name.is_none());
    let listed: Vec<Value> = nightly()
        .map(|made| {
            json!({
                "id": made.id, "is_physical_backup": true, "status": made.status, "inserted_at": made.at.to_string(),
            })
        })
        .collect();
    let mut data = json!({});
    if let (true, Some(first)) = (shared.options.pitr, nightly().map(|made| made.at.as_second()).min()) {
        let now = Timestamp::now().as_second();
        data =
            json!({ "earliest_physical_backup_date_unix": first, "latest_physical_backup_date_unix": now });
    }
    answer(
        200,
        &json!({
            "region": "eu-central-1", "walg_enabled": true, "pitr_enabled": shared.options.pitr,
            "backups": listed, "physical_backup_data": data,
        }),
    )
}

pub(super) async fn restore(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let id = body["id"].as_i64();
    shared.bring_back(body, |made| Some(made.id) == id)
}

pub(super) async fn restore_pitr(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let Some(second) = body["recovery_time_target_unix"].as_i64() else {
        return shared.refusal(400, "recovery_time_target_unix must be a number");
    };
    shared.bring_back(body, |made| made.at.as_second() <= second)
}

pub(super) async fn undo(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let name = body["name"].as_str().map(str::to_owned);
    shared.bring_back(body, |made| made.name.is_some() && made.name == name)
}

pub(super) async fn points(State(shared): State<Arc<Shared>>) -> Response {
    let held = shared.held();
    let named = held.made.iter().filter(|made| made.name.is_some());
    let points: Vec<Value> = named.map(point).collect();
    // One is what the specification has.
    if let [point] = points.as_slice() { answer(200, point) } else { answer(200, &json!(points)) }
}

pub(super) async fn add_point(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        return shared.refusal(400, "name must be shorter than or equal to 20 characters");
    }
    if let Err(said) = shared.dump(Some(name)).await {
        return shared.refusal(500, &said);
    }
    let held = shared.held();
    let made = held.made.last().map(point).unwrap_or_default();
    answer(201, &made)
}

fn point(made: &Made) -> Value {
    json!({ "name": made.name, "status": "AVAILABLE", "completed_on": made.at.to_string() })
}

pub(super) async fn schedule(State(shared): State<Arc<Shared>>) -> Response {
    let schedule = shared.held().schedule.clone();
    answer(200, &json!({ "schedule_for": schedule, "updated_at": "2026-05-04T14:40:44+00:00" }))
}

pub(super) async fn set_schedule(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let asked = body["schedule_for"].as_str().unwrap_or_default().to_owned();
    if asked.len() != 8 {
        return shared.refusal(400, "Invalid schedule_for format");
    }
    {
        let mut held = shared.held();
        held.schedule_changes += 1;
        if held.schedule_changes > SCHEDULE_CHANGES_MAX {
            drop(held);
            return shared.refusal(429, "too many changes");
        }
        if !held.faults.keeps_schedule {
            held.schedule = asked;
        }
    }
    schedule(State(shared)).await
}

pub(super) async fn pause(State(shared): State<Arc<Shared>>) -> Response {
    shared.moves(&["PAUSING", "INACTIVE"])
}

pub(super) async fn resume(State(shared): State<Arc<Shared>>) -> Response {
    shared.moves(&["COMING_UP", "ACTIVE_HEALTHY"])
}

impl Shared {
    /// Goes through the statuses, each of them for a while.
    fn moves(self: &Arc<Self>, statuses: &'static [&'static str]) -> Response {
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            for status in statuses {
                shared.set_status(status);
                tokio::time::sleep(shared.options.step_time).await;
            }
        });
        empty(200)
    }

    /// Begins to restore the newest of those that are meant.
    fn bring_back(self: &Arc<Self>, body: Value, is_meant: impl Fn(&Made) -> bool) -> Response {
        let (bytes, faults) = {
            let mut held = self.held();
            held.bodies.push(body);
            let meant = held.made.iter().rev().find(|made| is_meant(made)).map(|made| made.bytes.clone());
            (meant, held.faults.clone())
        };
        let Some(bytes) = bytes else { return self.refusal(404, "no such backup") };
        if faults.forgets_restores {
            return empty(201);
        }
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(shared.options.step_time).await;
            shared.set_status("RESTORING");
            tokio::time::sleep(shared.options.step_time).await;
            let args = [
                "--clean",
                "--if-exists",
                "--single-transaction",
                "--dbname",
                &shared.options.place.database,
            ];
            let restored = shared.options.place.run("pg_restore", &args, bytes).await;
            let is_restored = restored.is_ok() && !faults.restore_fails;
            shared.set_status(if is_restored { "ACTIVE_HEALTHY" } else { "RESTORE_FAILED" });
        });
        empty(201)
    }
}
