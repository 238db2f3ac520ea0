//! The routes of one organisation's backups, and the cron that makes those of all.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::routes::{Asked, Of, files, megabytes};
use super::{Shared, User};
use crate::platforms::answer::{Answered, Refusal};

const BUCKET: &str = "database-backups";

impl Shared {
    fn stored(&self, file: &str) -> PathBuf {
        self.options.folder.join(BUCKET).join(file)
    }

    /// A file that the user may have: the original compares its folder.
    fn owned(&self, user: &User, file: &str) -> Result<PathBuf, Refusal> {
        let is_own = file.starts_with(&format!("{}/", user.organisation)) && !file.contains("..");
        if !is_own && !self.misbehaviour().breaks_isolation {
            return Err(Refusal::new(403, "No tiene acceso a este respaldo"));
        }
        let path = self.stored(file);
        if path.is_file() { Ok(path) } else { Err(Refusal::new(404, "Archivo no encontrado")) }
    }

    /// Makes and stores a backup; what the routes say of it.
    async fn back_up(&self, organisation: &str, by: &str) -> Result<Value, String> {
        let (id, made) = self.generate(organisation, by).await?;
        let file = format!("{organisation}/{id}.json");
        let wrong = self.misbehaviour();
        let bytes = if wrong.stores_empty_files { Vec::new() } else { made.to_string().into_bytes() };
        if !wrong.stores_nothing {
            let path = self.stored(&file);
            std::fs::create_dir_all(path.parent().unwrap()).map_err(|error| error.to_string())?;
            std::fs::write(path, &bytes).map_err(|error| error.to_string())?;
        }
        let mut said = self.counted(&made);
        said["success"] = true.into();
        said["backup_file"] = file.clone().into();
        said["download_url"] = self.link(BUCKET, &file).into();
        said["backup_size_mb"] = megabytes(bytes.len() as u64).into();
        Ok(said)
    }

    fn counted(&self, file: &Value) -> Value {
        let tables = file["tables"].as_object();
        let records: u64 =
            tables.into_iter().flatten().filter_map(|(_, entry)| entry["record_count"].as_u64()).sum();
        let records = if self.misbehaviour().counts_no_records { 0 } else { records };
        json!({
            "backup_id": file["backup_id"], "tables_count": tables.map_or(0, serde_json::Map::len),
            "total_records": records, "created_at": file["created_at"], "created_by": file["created_by"],
        })
    }
}

pub(super) async fn list(State(of): Of, headers: HeaderMap, Query(asked): Query<Asked>) -> Answered {
    let user = of.admin(&headers)?;
    if let Some(file) = asked.get("filename") {
        let path = of.owned(&user, file)?;
        let bytes = std::fs::read(&path).map_err(|_| Refusal::new(404, "Archivo no encontrado"))?;
        let about = serde_json::from_slice(&bytes).unwrap_or_default();
        let mut said = of.counted(&about);
        said["success"] = true.into();
        said["backup_file"] = file.clone().into();
        if !of.misbehaviour().loses_links {
            said["download_url"] = of.link(BUCKET, file).into();
        }
        said["backup_size_mb"] = megabytes(bytes.len() as u64).into();
        return Ok(of.answer(&headers, &said));
    }
    let all = of.misbehaviour().lists_all_organisations;
    let organisations = if all { of.options.organisations.clone() } else { vec![user.organisation] };
    let mut rows = Vec::new();
    for organisation in organisations {
        for (name, size, at) in files(&of.stored(&organisation)) {
            let file = format!("{organisation}/{name}");
            rows.push(json!({
                "id": file, "filename": file, "size": size, "size_mb": megabytes(size), "created_at": at,
            }));
        }
    }
    let count = rows.len();
    Ok(of.answer(&headers, &json!({ "success": true, "backups": rows, "count": count })))
}

pub(super) async fn restore(State(of): Of, headers: HeaderMap, Json(body): Json<Value>) -> Answered {
    let user = of.admin(&headers)?;
    let file = body["backup_filename"].as_str().ok_or_else(|| Refusal::new(400, "Falta backup_filename"))?;
    let path = of.owned(&user, file)?;
    let bytes = std::fs::read(path).map_err(|error| Refusal::new(500, error.to_string()))?;
    let about: Value = serde_json::from_slice(&bytes).map_err(|_| Refusal::new(400, "Respaldo inválido"))?;
    // Also where it failed: 200.
    let result = of.put_back(&user.organisation, &about).await.map_err(|error| Refusal::new(500, error))?;
    Ok(of.answer(&headers, &result))
}

pub(super) async fn delete(State(of): Of, headers: HeaderMap, Query(asked): Query<Asked>) -> Answered {
    let user = of.admin(&headers)?;
    let path = of.owned(&user, asked.get("filename").map_or("", String::as_str))?;
    if !of.misbehaviour().keeps_deleted {
        std::fs::remove_file(path).map_err(|error| Refusal::new(500, error.to_string()))?;
    }
    Ok(of.answer(&headers, &json!({ "success": true, "message": "Respaldo eliminado" })))
}

pub(super) async fn maintenance(State(of): Of, headers: HeaderMap, Json(body): Json<Value>) -> Answered {
    let user = of.admin(&headers)?;
    if body["action"] != "backup_database" {
        return Err(Refusal::new(400, "Acción no válida"));
    }
    let said = of.back_up(&user.organisation, &user.email).await.map_err(|error| Refusal::new(500, error))?;
    Ok(of.answer(&headers, &said))
}

pub(super) async fn cron(State(of): State<Arc<Shared>>, headers: HeaderMap) -> Answered {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let secret = Some(of.options.cron_secret.as_str());
    if bearer != secret && text("x-cron-secret") != secret {
        return Err(Refusal::new(401, "No autorizado"));
    }
    let (mut success, mut errors) = (0, Vec::new());
    for organisation in &of.options.organisations {
        if of.misbehaviour().fails_cron {
            errors.push(format!("{organisation}: no se pudo subir el respaldo"));
            continue;
        }
        match of.back_up(organisation, "system-cron").await {
            Ok(_) => success += 1,
            Err(error) => errors.push(format!("{organisation}: {error}")),
        }
    }
    let said = json!({
        "success": true, "processed": of.options.organisations.len(),
        "results": { "success": success, "failed": errors.len(), "errors": errors }, "duration_seconds": 1,
    });
    Ok(Json(said).into_response())
}
