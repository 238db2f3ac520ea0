//! Buckets: listing, making and setting them.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};
use tokio_postgres::Transaction;

use super::{Answered, Of, Refused, Service};

pub(super) async fn buckets(State(service): Of, headers: HeaderMap) -> Answered {
    let role = service.role(&headers)?;
    let asked = "select to_json(b)::text from (select id, name, owner, public, file_size_limit, allowed_mime_types, \
                 created_at, updated_at, type from storage.buckets) b order by random()";
    let rows = service.as_role(&role, async |within| Ok(within.query(asked, &[]).await?)).await?;
    let all: Vec<Value> =
        rows.iter().map(|row| serde_json::from_str(row.get::<_, &str>(0)).unwrap()).collect();
    Ok(Json(all).into_response())
}

async fn put_bucket(service: &Service, role: &str, id: &str, wish: &Value, sql: &str) -> Answered {
    let limit = wish["file_size_limit"].as_i64();
    let kinds: Option<Vec<String>> = serde_json::from_value(wish["allowed_mime_types"].clone()).ok();
    let is_public = wish["public"].as_bool().unwrap_or(false);
    let work =
        async |within: &Transaction<'_>| Ok(within.execute(sql, &[&id, &is_public, &limit, &kinds]).await?);
    if service.as_role(role, work).await? == 0 {
        return Err(Refused(404, "NoSuchBucket", "Bucket not found".into()));
    }
    Ok(Json(json!({ "name": id })).into_response())
}

pub(super) async fn make_bucket(State(service): Of, headers: HeaderMap, Json(wish): Json<Value>) -> Answered {
    let role = service.role(&headers)?;
    let id = wish["id"].as_str().or(wish["name"].as_str()).unwrap_or_default().to_owned();
    let insert = "insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) \
                  values ($1, $1, $2, $3, $4)";
    put_bucket(&service, &role, &id, &wish, insert).await
}

pub(super) async fn set_bucket(
    State(service): Of,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(wish): Json<Value>,
) -> Answered {
    let role = service.role(&headers)?;
    if service.sets_nothing.load(Ordering::Relaxed) {
        return Ok(Json(json!({ "message": "Successfully updated" })).into_response());
    }
    let update =
        "update storage.buckets set public = $2, file_size_limit = $3, allowed_mime_types = $4 where id = $1";
    put_bucket(&service, &role, &id, &wish, update).await
}
