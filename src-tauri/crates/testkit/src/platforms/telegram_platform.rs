//! A platform that keeps its backups with Telegram: real dumps of one schema, real jobs that take time, real
//! restores, and what such servers do wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use remote::platform::telegram_platform::Dialect;
use ring::hmac;
use serde_json::{Value, json};

use super::loopback::{Served, answer, bearer, serve};
use super::place::Place;
use super::telegram_bot::Shelf;

mod exports;
mod restores;

/// How long a backup is kept.
const LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How the platform is.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its database.
    pub place: Place,
    /// The project.
    pub project: String,
    /// The schema that is the project's.
    pub schema: String,
    /// The token that it takes.
    pub token: String,
    /// What the token may do.
    pub scopes: Vec<String>,
    /// Which shape of requests it takes; the other one is refused with 400.
    pub dialect: Dialect,
    /// Where its bot keeps files.
    pub shelf: Shelf,
    /// How long a job waits, and then runs.
    pub job_time: Duration,
}

/// What it does wrong from now on.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub struct Faults {
    /// Jobs are completed, and the history has no new row.
    pub completes_without_a_row: bool,
    /// Jobs stay pending.
    pub stuck: bool,
    /// Jobs fail, with this word.
    pub fails: Option<String>,
    /// The history shows rows of this project too.
    pub shows_rows_of: Option<String>,
    /// Rows name no file.
    pub names_no_file: bool,
    /// Restores fail, and say so in their data alone.
    pub restore_fails: bool,
    /// The status that a failed restore has beside `success: false`; absent means `failed`.
    pub failed_restore_is: Option<String>,
    /// The history says that there is more, and sends nothing more.
    pub lies_about_more: bool,
    /// The next calls are refused with 503, so many of them.
    pub unavailable: u32,
    /// Its errors say that this can be tried again.
    pub retryable: Option<bool>,
    /// Jobs are said to be those of this project.
    pub calls_jobs_of: Option<String>,
    /// Backups expire in so many days rather than in 30.
    pub expires_in_days: Option<i64>,
}

#[derive(Debug, Default)]
struct Held {
    rows: Vec<Value>,
    jobs: Vec<Value>,
    /// What each job does, by its id.
    works: BTreeMap<String, exports::Work>,
    faults: Faults,
    bodies: Vec<Value>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    held: Mutex<Held>,
}

/// The platform.
#[derive(Debug)]
pub struct TelegramPlatform {
    shared: Arc<Shared>,
    served: Served,
}

/// Starts one.
pub async fn start(options: Options) -> TelegramPlatform {
    let shared = Arc::new(Shared { options, held: Mutex::default() });
    let router = Router::new()
        .route("/api/backup/export", post(exports::export))
        .route("/api/backup/export-logs", post(exports::export_logs))
        .route("/api/backup/restore", post(restores::restore))
        .route("/api/jobs/{id}", get(job))
        .route("/api/jobs/{id}/retry", post(exports::retry))
        .route("/api/backups/{project}", get(history))
        .route("/api/backups/{project}/stats", get(statistics))
        .with_state(Arc::clone(&shared));
    TelegramPlatform { shared, served: serve(router).await }
}

/// A JSON web token of this project.
pub fn token(project: &str, expires_at: Timestamp, scopes: Option<&str>) -> String {
    let mut claims =
        json!({ "project_id": project, "sub": "admin@example.org", "exp": expires_at.as_second() });
    if let Some(scopes) = scopes {
        claims["scope"] = json!(scopes);
    }
    let signed = format!("{}.{}", base64url(br#"{"alg":"HS256"}"#), base64url(claims.to_string().as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"of the platform");
    format!("{signed}.{}", base64url(hmac::sign(&key, signed.as_bytes()).as_ref()))
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte))
            << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            text.push(char::from(DIGITS[(number >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

impl TelegramPlatform {
    /// Its address.
    pub fn address(&self) -> &str {
        &self.served.address
    }

    /// Changes what it does wrong.
    pub fn misbehave(&self, faults: Faults) {
        self.shared.held().faults = faults;
    }

    /// The bodies that it was sent, in order.
    pub fn bodies(&self) -> Vec<Value> {
        self.shared.held().bodies.clone()
    }

    /// Adds a row to its history, as an older backup.
    pub fn remember(&self, row: Value) {
        self.shared.held().rows.push(row);
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Response {
        let retryable = self.held().faults.retryable.unwrap_or(status >= 500);
        answer(status, &json!({ "error": { "code": code, "message": message, "retryable": retryable } }))
    }

    /// Whether the call may be made at all.
    fn admits(&self, headers: &HeaderMap, scope: &str) -> Result<(), Box<Response>> {
        let is_unavailable = {
            let mut held = self.held();
            let is_unavailable = held.faults.unavailable > 0;
            held.faults.unavailable = held.faults.unavailable.saturating_sub(1);
            is_unavailable
        };
        if is_unavailable {
            return Err(Box::new(self.error(503, "UNAVAILABLE", "try again")));
        }
        if bearer(headers) != self.options.token {
            let said = format!("Invalid token {}", bearer(headers));
            return Err(Box::new(self.error(401, "UNAUTHORIZED", &said)));
        }
        if !self.options.scopes.iter().any(|held| held == scope) {
            return Err(Box::new(self.error(403, "INSUFFICIENT_SCOPE", &format!("{scope} is needed"))));
        }
        Ok(())
    }

    /// A row of the history for a file that the bot keeps.
    fn record(&self, kind: &str, file_id: &str, size: usize) {
        let mut held = self.held();
        let created = Timestamp::now();
        let life = held.faults.expires_in_days.map_or(LIFE, |days| SignedDuration::from_hours(24 * days));
        let file_id = if held.faults.names_no_file { "" } else { file_id };
        held.rows.push(json!({
            "id": uuid::Uuid::new_v4().to_string(),
            "project_id": self.options.project,
            "type": kind,
            "file_id": file_id,
            "size": size.to_string(),
            "created_at": created.to_string(),
            "expires_at": (created + life).to_string(),
        }));
    }
}

async fn job(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refused) = shared.admits(&headers, "backup:read") {
        return *refused;
    }
    let other = shared.held().faults.calls_jobs_of.clone();
    let found = shared.held().jobs.iter().find(|job| job["id"] == json!(id)).cloned();
    let found = found.map(|mut job| {
        if let Some(other) = other {
            job["project_id"] = json!(other);
        }
        job
    });
    found.map_or_else(
        || shared.error(404, "NOT_FOUND", "no such job"),
        |job| answer(200, &json!({ "data": job })),
    )
}

async fn history(
    State(shared): State<Arc<Shared>>,
    Path(project): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = shared.admits(&headers, "backup:read") {
        return *refused;
    }
    if project != shared.options.project {
        return shared.error(403, "FORBIDDEN", "this project is not yours");
    }
    let held = shared.held();
    let mut rows: Vec<Value> = held.rows.clone();
    rows.reverse();
    if let Some(other) = &held.faults.shows_rows_of {
        let foreign = rows.iter().cloned().map(|mut row| {
            row["id"] = json!(format!("foreign-{}", row["id"].as_str().unwrap_or_default()));
            row["project_id"] = json!(other);
            row
        });
        rows = rows.iter().cloned().chain(foreign.collect::<Vec<_>>()).collect();
    }
    if let Some(kind) = query.get("type") {
        rows.retain(|row| row["type"] == json!(kind));
    }
    let number =
        |name: &str, usual: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (offset, limit) = (number("offset", 0), number("limit", 20));
    let total = rows.len();
    let page: Vec<Value> = rows.into_iter().skip(offset).take(limit).collect();
    let has_more = offset + page.len() < total || held.faults.lies_about_more;
    answer(
        200,
        &json!({ "data": page, "total": total, "limit": limit, "offset": offset, "has_more": has_more }),
    )
}

async fn statistics(
    State(shared): State<Arc<Shared>>,
    Path(project): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = shared.admits(&headers, "backup:read") {
        return *refused;
    }
    let held = shared.held();
    let own: Vec<&Value> = held.rows.iter().filter(|row| row["project_id"] == json!(project)).collect();
    let size: u64 = own.iter().filter_map(|row| row["size"].as_str()?.parse::<u64>().ok()).sum();
    let of = |kind: &str| own.iter().filter(|row| row["type"] == json!(kind)).count();
    answer(
        200,
        &json!({ "data": {
            "total_backups": own.len(), "total_size": size.to_string(), "database_count": of("database"),
            "storage_count": of("storage"), "logs_count": of("logs"),
        } }),
    )
}
