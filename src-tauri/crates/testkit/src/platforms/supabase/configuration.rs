//! Documents of configuration, logs, and temporary roles that really are made.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Shared;
use super::specified::specified;
use crate::platforms::loopback::answer;

/// Rows of one query at most, as with the real one; and where a query names no number.
const LOG_ROWS_MAX: usize = 1000;
const LOG_ROWS_USUAL: usize = 100;
/// What has logs.
const LOG_SOURCES: [&str; 2] = ["edge_logs", "postgres_logs"];
/// What a function's code looks like: no text.
pub(super) const FUNCTION_BODY: [u8; 8] = [0x45, 0x53, 0x5a, 0xff, 0x00, 0xfe, 0x0a, 0x80];

pub(super) async fn document(
    State(shared): State<Arc<Shared>>,
    Path((reference, path)): Path<(String, String)>,
) -> Response {
    let own = match path.as_str() {
        "config/auth" => {
            json!({ "site_url": "https://shop.example.org", "smtp_pass": "5d41402abc4b2a76", "jwt_exp": 3600 })
        }
        "postgrest" => {
            json!({ "db_schema": "public", "max_rows": 1000, "db_extra_search_path": "public", "db_pool": 10 })
        }
        "config/storage" => json!({ "fileSizeLimit": 52_428_800 }),
        "config/realtime" => json!({ "private_only": false, "connection_pool": 2 }),
        "config/database/postgres" => json!({ "max_connections": 60 }),
        "config/database/pooler" => pooler(&reference),
        "network-restrictions" => json!({ "entitlement": "allowed", "config": {}, "status": "applied" }),
        "ssl-enforcement" => json!({ "currentConfig": { "database": true }, "appliedSuccessfully": true }),
        "functions" => json!([
            { "id": "1", "slug": "mail-out", "name": "mail", "status": "ACTIVE", "version": 3, "created_at": 1, "updated_at": 2 },
        ]),
        "functions/mail-out/body" => return FUNCTION_BODY.to_vec().into_response(),
        "secrets" => {
            json!([{ "name": "STRIPE_KEY", "value": "9f86d081884c7d65", "updated_at": "2026-01-01T00:00:00Z" }])
        }
        "storage/buckets" => json!([{ "id": "avatars", "name": "avatars", "public": true }]),
        "custom-hostname" => return shared.refusal(402, "Feature requires a higher plan"),
        _ => return shared.refusal(404, "Not Found"),
    };
    let own = shared.held().configured.get(&path).cloned().unwrap_or(own);
    answer(200, &specified(&path, own))
}

/// The pooler as the real API describes it: by its transaction port, and with a placeholder for the password.
fn pooler(reference: &str) -> Value {
    let (host, user) = ("aws-0-eu-central-1.pooler.supabase.com", format!("postgres.{reference}"));
    let url = format!("postgresql://{user}:[YOUR-PASSWORD]@{host}:6543/postgres");
    json!([{
        "identifier": reference, "database_type": "PRIMARY", "is_using_scram_auth": true, "db_user": user,
        "db_host": host, "db_port": 6543, "db_name": "postgres", "connection_string": url,
        "connectionString": url, "default_pool_size": null, "max_client_conn": null, "pool_mode": "transaction",
    }])
}

/// One entry per minute, except that the second hour has 20 per minute.
pub(super) async fn logs(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    if shared.held().faults.logs_fail {
        return answer(
            200,
            &json!({ "result": [], "error": { "code": 400, "message": "the query is none" } }),
        );
    }
    let at = |name: &str| query.get(name).and_then(|text| text.parse::<Timestamp>().ok());
    let (Some(from), Some(to)) = (at("iso_timestamp_start"), at("iso_timestamp_end")) else {
        return shared.refusal(400, "both timestamps must be provided");
    };
    if to.duration_since(from) > SignedDuration::from_hours(24) {
        return shared.refusal(400, "the range must be no more than 24 hours");
    }
    let sql = query.get("sql").map_or("select * from edge_logs", String::as_str).to_lowercase();
    let after = |word: &str| sql.split_whitespace().skip_while(|found| *found != word).nth(1);
    let Some(source) = after("from").filter(|source| LOG_SOURCES.contains(source)) else {
        return answer(200, &json!({ "result": [], "error": { "code": 400, "message": "no such source" } }));
    };
    let rows = after("limit").map_or(LOG_ROWS_USUAL, |limit| limit.parse().unwrap_or(0)).min(LOG_ROWS_MAX);
    let storm = shared.held().storm;
    let mut entries = Vec::new();
    let mut minute = (from.as_second() + 59) / 60;
    while minute * 60 < to.as_second() && entries.len() < rows {
        let many = if minute % (24 * 60) / 60 == 1 { 20 } else { 1 };
        let more = if minute * 60 == storm.0 { storm.1 } else { 0 };
        entries.extend((0..many + more).map(|number| entry(source, minute, number)));
        minute += 1;
    }
    entries.truncate(rows);
    answer(200, &json!({ "result": entries }))
}

fn entry(source: &str, minute: i64, number: usize) -> Value {
    let said = if source == "edge_logs" { "GET /" } else { "connection authorized: user=shop" };
    json!({
        "id": format!("{source}-{minute}-{number}"), "timestamp": minute * 60_000_000, "event_message": said,
        "metadata": [],
    })
}

pub(super) async fn login_role(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let Some(is_read_only) = body["read_only"].as_bool() else {
        return shared.refusal(400, "read_only must be a boolean");
    };
    let role = format!("cli_login_{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    let password = uuid::Uuid::new_v4().simple().to_string();
    let until = Timestamp::now() + SignedDuration::from_mins(5);
    let granted = if is_read_only { "pg_read_all_data" } else { "pg_write_all_data" };
    let sql = format!(
        "create role {role} login password '{password}' valid until '{until}'; grant {granted} to {role};"
    );
    match shared.options.place.script(sql.into_bytes()).await {
        Ok(_) => answer(201, &json!({ "role": role, "password": password, "ttl_seconds": 300 })),
        Err(said) => shared.refusal(500, &said),
    }
}
