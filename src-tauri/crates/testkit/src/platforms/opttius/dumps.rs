//! The routes of whole dumps.

use std::time::Instant;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::routes::{Asked, Of, files, megabytes};
use crate::platforms::answer::{Answered, Refusal, moment, now_ms};

const BUCKET: &str = "saas-backups";
/// The original lists no more.
const LISTED_MAX: usize = 100;

pub(super) async fn list(State(of): Of, headers: HeaderMap, Query(asked): Query<Asked>) -> Answered {
    of.root(&headers)?;
    let folder = of.options.folder.join(BUCKET);
    if let Some(name) = asked.get("fileName") {
        let is_there = !name.contains('/') && folder.join(name).is_file();
        if !is_there || of.misbehaviour().loses_links {
            return Err(Refusal::new(500, "Error al generar el enlace de descarga"));
        }
        return Ok(of.answer(&headers, &json!({ "success": true, "downloadUrl": of.link(BUCKET, name) })));
    }
    let rows: Vec<Value> = files(&folder)
        .into_iter()
        .rev()
        .take(LISTED_MAX)
        .map(|(name, size, at)| {
            let megabytes = megabytes(size);
            json!({
                "id": name, "name": name, "size": size, "size_mb": megabytes, "created_at": at, "source": "manual",
            })
        })
        .collect();
    Ok(of.answer(&headers, &json!({ "success": true, "backups": rows })))
}

pub(super) async fn create(State(of): Of, headers: HeaderMap) -> Answered {
    of.root(&headers)?;
    let wrong = of.misbehaviour();
    let folder = of.options.folder.join(BUCKET);
    std::fs::create_dir_all(&folder).map_err(|error| Refusal::new(500, error.to_string()))?;
    let name = format!("full_backup_{}.sql", moment(now_ms()).replace([':', '.'], "-"));
    let (begun, file, postgres) = (Instant::now(), folder.join(&name), of.options.postgres.clone());
    let of_dump = file.clone();
    let dumped = if wrong.fails_dumps {
        Err("docker: Error response from daemon: No such container".to_owned())
    } else {
        tokio::task::spawn_blocking(move || postgres.dump("plain", &of_dump)).await.unwrap()
    };
    if let Err(details) = dumped {
        let body = json!({ "error": "Error al generar el respaldo", "details": details });
        return Ok((StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response());
    }
    let size = std::fs::metadata(&file).map_or(0, |about| about.len());
    if wrong.stores_nothing {
        let _ = std::fs::remove_file(&file);
    } else if wrong.stores_empty_files {
        let _ = std::fs::write(&file, "");
    }
    let size = if wrong.lies_about_sizes { size + 1 } else { size };
    Ok(of.answer(
        &headers,
        &json!({
            "success": true, "backupId": name, "fileName": name, "sizeBytes": size,
            "durationSeconds": begun.elapsed().as_secs_f64(),
        }),
    ))
}

pub(super) async fn delete(State(of): Of, headers: HeaderMap, Query(asked): Query<Asked>) -> Answered {
    of.root(&headers)?;
    let name = asked.get("fileName").filter(|name| !name.contains('/'));
    let name = name.ok_or_else(|| Refusal::new(400, "Falta fileName"))?;
    if !of.misbehaviour().keeps_deleted {
        std::fs::remove_file(of.options.folder.join(BUCKET).join(name))
            .map_err(|_| Refusal::new(500, "Error al eliminar el respaldo"))?;
    }
    Ok(of.answer(&headers, &json!({ "success": true })))
}
