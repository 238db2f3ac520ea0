//! Restores: whatever the file really is, into the project's schema.

use std::io::Read as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use remote::platform::telegram_platform::Dialect;
use serde_json::{Value, json};

use super::Shared;
use super::exports::Work;
use crate::platforms::loopback::answer;

pub(super) async fn restore(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Err(refused) = shared.admits(&headers, "backup:write").and_then(|()| shared.own(&body)) {
        return *refused;
    }
    let backup = body["backup_id"].as_str().unwrap_or_default().to_owned();
    match shared.options.dialect {
        Dialect::Documented if body["confirm"] != json!(true) => {
            shared.error(400, "VALIDATION_ERROR", "confirm must be true")
        }
        Dialect::Documented => shared.begin(Work::Restore { backup }),
        Dialect::Server if body["force"] != json!(true) || !body["project_id"].is_string() => {
            shared.error(400, "VALIDATION_ERROR", "project_id and force are required")
        }
        Dialect::Server => {
            let outcome = shared.bring_back(&backup).await;
            let failed =
                shared.held().faults.failed_restore_is.clone().unwrap_or_else(|| "failed".to_owned());
            let data = match outcome {
                Ok(()) => json!({ "success": true, "status": "completed", "backup_id": backup }),
                Err(said) => json!({ "success": false, "status": failed, "error": said }),
            };
            answer(200, &json!({ "data": data }))
        }
    }
}

impl Shared {
    /// Puts the schema back as the backup has it.
    pub(super) async fn bring_back(&self, backup: &str) -> Result<(), String> {
        if self.held().faults.restore_fails {
            return Err("psql: error: the dump could not be applied".to_owned());
        }
        let file_id = {
            let held = self.held();
            let row = held.rows.iter().find(|row| row["id"] == json!(backup));
            row.and_then(|row| row["file_id"].as_str().map(str::to_owned))
        };
        let file_id = file_id.ok_or("no such backup")?;
        let bytes = self.options.shelf.bytes(&file_id).ok_or("the file is gone")?;
        let schema = self.options.schema.replace('"', "\"\"");
        // Looked at, not believed by its name.
        if bytes.get(257..262) == Some(b"ustar".as_slice()) {
            let script = self.options.place.run("pg_restore", &["--file=-"], bytes).await?;
            return self.apply(&schema, &script).await;
        }
        let sql = if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut sql = Vec::new();
            let read = flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut sql);
            read.map_err(|error| error.to_string())?;
            sql
        } else {
            bytes
        };
        self.apply(&schema, &sql).await
    }

    async fn apply(&self, schema: &str, sql: &[u8]) -> Result<(), String> {
        let mut script = format!("drop schema if exists \"{schema}\" cascade;\n").into_bytes();
        script.extend_from_slice(sql);
        self.options.place.script(script).await.map(drop)
    }
}
