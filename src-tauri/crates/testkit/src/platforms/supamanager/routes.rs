//! The server's routes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::state::Token;
use super::{Shared, answer};
use crate::platforms::answer::{Answered, Refusal, now_ms, pascal_case};

type Of = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    const PROJECT: &str = "/platform/projects/{reference}";
    let of = |more: &str| format!("{PROJECT}{more}");
    Router::new()
        .route("/auth/token", post(sign_in))
        .route("/platform/projects", get(projects))
        .route("/platform/projects/import", post(import))
        .route("/projects/{reference}/status", get(status))
        .route("/projects/{reference}/{verb}", post(change_state))
        .route(&of("/{verb}"), post(change_state_elsewhere))
        .route(
            "/projects/{reference}/health",
            get(|| async { Json(json!([{ "name": "db", "healthy": true }])) }),
        )
        .route(&of("/backups"), get(list).post(create))
        .route(&of("/backups/{id}"), get(show).delete(delete))
        .route(&of("/backups/{id}/download"), get(download))
        .route(&of("/backups/{id}/restore"), post(restore))
        .route(&of("/backup-schedule"), put(schedule))
        .route(&of("/export"), post(export))
        .route("/files/{id}", get(file))
        .with_state(shared)
}

impl Shared {
    /// Pauses or resumes, where the route is there; refuses what is so already, as the real one does.
    fn changed_state(
        self: &Arc<Self>,
        headers: &HeaderMap,
        reference: &str,
        verb: &str,
        is_there: bool,
    ) -> Answered {
        if !is_there || self.misbehaviour().has_no_pause_routes || !["pause", "resume"].contains(&verb) {
            return Ok((StatusCode::NOT_FOUND, "404 page not found").into_response());
        }
        self.project_of_owner(headers, reference)?;
        if let Some(answer) = self.instead() {
            return Ok(answer);
        }
        let is_paused = self.state().statuses.get(reference).is_some_and(|status| status == "PAUSED");
        match (verb, is_paused) {
            ("pause", true) => return Err(Refusal::new(400, "Project is already paused")),
            ("resume", false) => return Err(Refusal::new(400, "Project is not paused")),
            _ => {}
        }
        let by_way_of = if verb == "pause" { "PAUSING" } else { "COMING_UP" };
        self.begin_state(reference, by_way_of, if verb == "pause" { "PAUSED" } else { "ACTIVE_HEALTHY" });
        Ok(self.answer(json!({ "status": by_way_of })))
    }

    fn answer(&self, body: Value) -> Response {
        let body = if self.misbehaviour().writes_pascal_case { pascal_case(body) } else { body };
        Json(body).into_response()
    }

    /// What it says instead of changing something.
    fn instead(&self) -> Option<Response> {
        let wrong = self.misbehaviour();
        if wrong.has_no_backup_routes {
            return Some((StatusCode::NOT_FOUND, "404 page not found").into_response());
        }
        if wrong.fails_with_200 {
            return Some(
                Json(json!({ "success": false, "error": "no space left on device" })).into_response(),
            );
        }
        None
    }
}

async fn sign_in(State(of): Of, Json(body): Json<Value>) -> Answered {
    let wanted = body["email"].as_str().unwrap_or_default();
    let mut state = of.state();
    let account = state.accounts.iter().find(|account| account.email == wanted).cloned();
    let account = account.ok_or_else(|| Refusal::new(404, "Account not found"))?;
    if body["password"].as_str() != Some(account.password.as_str()) {
        return Err(Refusal::new(401, "Invalid password"));
    }
    let token = format!("token-{}", uuid::Uuid::new_v4());
    let ends_ms = now_ms() + u64::try_from(of.options.token_lifetime.as_millis()).unwrap();
    state.tokens.insert(token.clone(), Token { email: account.email.clone(), ends_ms, calls: 0 });
    Ok(Json(json!({
        "access_token": token, "token_type": "Bearer", "expires_in": of.options.token_lifetime.as_secs(),
        "refresh_token": "not-used", "user": { "id": 1, "email": account.email },
    }))
    .into_response())
}

async fn projects(State(of): Of, headers: HeaderMap) -> Answered {
    let account = of.account(&headers)?;
    let all: Vec<_> = of.state().projects.values().cloned().collect();
    let own = all.iter().filter(|project| account.projects.contains(&project.reference));
    let rows: Vec<Value> = own
        .map(|project| {
            json!({
                "id": of.number(&project.reference), "ref": project.reference, "name": project.name,
                // As the real one has it, whatever is true.
                "organization_id": 1, "status": "INACTIVE", "region": "local",
            })
        })
        .collect();
    Ok(Json(rows).into_response())
}

async fn status(State(of): Of, headers: HeaderMap, Path(reference): Path<String>) -> Answered {
    of.project_for(&headers, &reference)?;
    let status = of.state().statuses.get(&reference).cloned();
    Ok(of.answer(json!({ "status": status })))
}

async fn change_state(
    State(of): Of,
    headers: HeaderMap,
    Path((reference, verb)): Path<(String, String)>,
) -> Answered {
    let wrong = of.misbehaviour();
    of.changed_state(&headers, &reference, &verb, !wrong.has_pauses_elsewhere)
}

async fn change_state_elsewhere(
    State(of): Of,
    headers: HeaderMap,
    Path((reference, verb)): Path<(String, String)>,
) -> Answered {
    let wrong = of.misbehaviour();
    of.changed_state(&headers, &reference, &verb, wrong.has_pauses_elsewhere)
}

async fn list(State(of): Of, headers: HeaderMap, Path(reference): Path<String>) -> Answered {
    of.project_for(&headers, &reference)?;
    let wrong = of.misbehaviour();
    if wrong.has_no_backup_routes {
        return Ok((StatusCode::NOT_FOUND, "404 page not found").into_response());
    }
    if wrong.refuses_lists {
        return Err(Refusal::new(403, "You do not have access to this project"));
    }
    let all = of.state().backups.clone();
    let own = all.iter().filter(|backup| wrong.lists_all_projects || backup.project == reference);
    let rows: Vec<Value> = own.map(|backup| of.shown(backup)).collect();
    Ok(of.answer(if wrong.wraps_list { json!({ "backups": rows }) } else { rows.into() }))
}

async fn create(
    State(of): Of,
    headers: HeaderMap,
    Path(reference): Path<String>,
    Json(body): Json<Value>,
) -> Answered {
    let project = of.project_of_owner(&headers, &reference)?;
    let kind = body["type"].as_str().unwrap_or_default();
    if !["FULL", "DATABASE", "STORAGE", "INCREMENTAL"].contains(&kind) {
        return Err(Refusal::new(400, "Invalid backup type"));
    }
    let (Some(compress), Some(encrypt)) = (body["compression"].as_bool(), body["encryption"].as_bool())
    else {
        return Err(Refusal::new(400, "compression and encryption must be booleans"));
    };
    if let Some(answer) = of.instead() {
        return Ok(answer);
    }
    let backup = of.begin(project, kind, compress, encrypt);
    Ok(of.answer(json!({
        "backup_id": backup.id, "status": "CREATING", "progress": 0, "estimated_time": "5 minutes",
    })))
}

async fn export(State(of): Of, headers: HeaderMap, Path(reference): Path<String>) -> Answered {
    let project = of.project_of_owner(&headers, &reference)?;
    if let Some(answer) = of.instead() {
        return Ok(answer);
    }
    let backup = of.begin(project, "EXPORT", true, false);
    Ok(of.answer(json!({ "backup_id": backup.id, "status": "CREATING", "progress": 0 })))
}

async fn show(State(of): Of, headers: HeaderMap, Path((reference, id)): Path<(String, String)>) -> Answered {
    of.project_for(&headers, &reference)?;
    Ok(of.answer(of.shown(&of.backup(&reference, &id)?)))
}

async fn download(
    State(of): Of,
    headers: HeaderMap,
    Path((reference, id)): Path<(String, String)>,
) -> Answered {
    of.project_for(&headers, &reference)?;
    let backup = of.backup(&reference, &id)?;
    if backup.status != "COMPLETED" || !backup.file.is_file() || of.misbehaviour().loses_downloads {
        return Err(Refusal::new(404, "Backup file not found"));
    }
    let path = format!("/files/{id}");
    let (query, ends) = of.signer.sign(&path, of.options.link_lifetime);
    Ok(of.answer(json!({
        "download_url": format!("{}{path}?{query}", of.address),
        "expires_at": answer::moment(ends), "size": backup.size,
    })))
}

/// Without a token: the signature is what opens it.
async fn file(
    State(of): Of,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answered {
    of.signer.check(&format!("/files/{id}"), query.get("token").map_or("", String::as_str))?;
    let stored = of.state().backups.iter().find(|backup| backup.id == id).map(|backup| backup.file.clone());
    let stored = stored.ok_or_else(|| Refusal::new(404, "File not found"))?;
    let cut_after = of.watch.faults().cut_after;
    answer::file(&stored, &headers, cut_after).await
}

async fn delete(
    State(of): Of,
    headers: HeaderMap,
    Path((reference, id)): Path<(String, String)>,
) -> Answered {
    of.project_of_owner(&headers, &reference)?;
    let backup = of.backup(&reference, &id)?;
    if let Some(answer) = of.instead() {
        return Ok(answer);
    }
    if !of.misbehaviour().keeps_deleted {
        let _ = std::fs::remove_file(&backup.file);
        of.state().backups.retain(|other| other.id != id);
    }
    Ok(of.answer(json!({ "success": true })))
}

async fn restore(
    State(of): Of,
    headers: HeaderMap,
    Path((reference, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Answered {
    let project = of.project_of_owner(&headers, &reference)?;
    let backup = of.backup(&reference, &id)?;
    if let Some(answer) = of.instead() {
        return Ok(answer);
    }
    of.begin_restore(project, backup, body);
    let id = format!("restore_{}", uuid::Uuid::new_v4().simple());
    Ok(of.answer(json!({ "restore_id": id, "status": "RESTORING", "progress": 0 })))
}

async fn schedule(
    State(of): Of,
    headers: HeaderMap,
    Path(reference): Path<String>,
    Json(mut body): Json<Value>,
) -> Answered {
    of.project_of_owner(&headers, &reference)?;
    if let Some(answer) = of.instead() {
        return Ok(answer);
    }
    if of.misbehaviour().changes_schedules {
        body["retention"] = 1.into();
    }
    of.state().schedules.insert(reference, body.clone());
    Ok(of.answer(body))
}

async fn import(State(of): Of, headers: HeaderMap, mut form: Multipart) -> Answered {
    let account = of.account(&headers)?;
    let bad = |text: String| Refusal::new(400, text);
    let staging = tempfile::tempdir_in(&of.options.folder).map_err(|error| bad(error.to_string()))?;
    let file = staging.path().join("import.tar.gz");
    let (mut name, mut has_file) = (None, false);
    while let Some(field) = form.next_field().await.map_err(|error| bad(error.to_string()))? {
        match field.name() {
            Some("file") => {
                let bytes = field.bytes().await.map_err(|error| bad(error.to_string()))?;
                std::fs::write(&file, bytes).map_err(|error| bad(error.to_string()))?;
                has_file = true;
            }
            Some("new_project_name") => name = field.text().await.ok(),
            _ => {}
        }
    }
    let name =
        name.filter(|_| has_file).ok_or_else(|| bad("file and new_project_name are required".to_owned()))?;
    let like = account.projects.first().and_then(|own| of.state().projects.get(own).cloned());
    let like = like.ok_or_else(|| bad("no server for the new project".to_owned()))?;
    let project = of.import(&like, &file, &name).await.map_err(|error| Refusal::new(500, error))?;
    if !of.misbehaviour().loses_imports {
        let mut state = of.state();
        state.statuses.insert(project.reference.clone(), "ACTIVE_HEALTHY".to_owned());
        let own = state.accounts.iter_mut().find(|other| other.email == account.email);
        if let Some(own) = own {
            own.projects.push(project.reference.clone());
        }
        state.projects.insert(project.reference.clone(), project.clone());
    }
    Ok(of.answer(json!({ "id": 99, "ref": project.reference, "name": project.name, "status": "COMING_UP" })))
}
