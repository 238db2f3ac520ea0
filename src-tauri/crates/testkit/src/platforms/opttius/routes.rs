//! The server's routes, with those of its auth server and its storage.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Shared, dumps, organisations};
use crate::platforms::answer::{self, Answered, Refusal, moment};

pub(super) type Of = State<Arc<Shared>>;
pub(super) type Asked = BTreeMap<String, String>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let whole = get(dumps::list).post(dumps::create).delete(dumps::delete);
    let own = get(organisations::list).post(organisations::restore).delete(organisations::delete);
    let admin = Router::new()
        .route("/api/admin/saas-management/backups", whole)
        .route("/api/admin/system/backups", own)
        .route("/api/admin/system/maintenance", post(organisations::maintenance))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), to_sign_in));
    Router::new()
        .merge(admin)
        .route("/auth/v1/token", post(token))
        .route("/api/cron/backups", get(organisations::cron))
        .route("/storage/v1/object/sign/{bucket}/{*file}", get(file))
        .with_state(shared)
}

impl Shared {
    /// An answer, with the session renewed where the middleware does that.
    pub(super) fn answer(&self, headers: &HeaderMap, body: &Value) -> Response {
        let mut response = Json(body).into_response();
        if self.misbehaviour().renews_in_cookies {
            for cookie in self.renewed_cookies(headers) {
                response.headers_mut().append(header::SET_COOKIE, cookie.parse().unwrap());
            }
        }
        response
    }

    pub(super) fn link(&self, bucket: &str, file: &str) -> String {
        let path = format!("/storage/v1/object/sign/{bucket}/{file}");
        let (query, _) = self.signer.sign(&path, self.options.link_lifetime);
        format!("{}{path}?{query}", self.address)
    }
}

/// As a middleware that sends everybody without a session to a page.
async fn to_sign_in(State(of): Of, request: Request, next: Next) -> Response {
    if of.misbehaviour().redirects_to_sign_in && of.user(request.headers()).is_none() {
        return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/login?next=admin")]).into_response();
    }
    next.run(request).await
}

async fn token(
    State(of): Of,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    Json(body): Json<Value>,
) -> Answered {
    let key = headers.get("apikey").and_then(|value| value.to_str().ok());
    if key != Some(of.options.api_key.as_str()) {
        return Ok((StatusCode::UNAUTHORIZED, Json(json!({ "message": "Invalid API key" }))).into_response());
    }
    let session = match asked.get("grant_type").map(String::as_str) {
        Some("password") => {
            let same = |value: &Value, text: &str| value.as_str() == Some(text);
            let mut users = of.options.users.iter();
            let known = users
                .find(|user| same(&body["email"], &user.email) && same(&body["password"], &user.password));
            known.map(|user| of.new_session(user))
        }
        Some("refresh_token") => of.renew(body["refresh_token"].as_str().unwrap_or_default()),
        _ => None,
    };
    let refusal =
        json!({ "code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials" });
    Ok(match session {
        Some(session) => Json(session).into_response(),
        None => (StatusCode::BAD_REQUEST, Json(refusal)).into_response(),
    })
}

/// Without a session: the signature is what opens it.
async fn file(
    State(of): Of,
    headers: HeaderMap,
    Path((bucket, file)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answered {
    let path = format!("/storage/v1/object/sign/{bucket}/{file}");
    of.signer.check(&path, asked.get("token").map_or("", String::as_str))?;
    if file.split('/').any(|part| part == "..") {
        return Err(Refusal::new(400, "Invalid path"));
    }
    let cut_after = of.watch.faults().cut_after;
    answer::file(&of.options.folder.join(bucket).join(file), &headers, cut_after).await
}

/// Name, size and moment of the files of a folder, oldest first.
pub(super) fn files(folder: &FilePath) -> Vec<(String, u64, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(about) = entry.metadata() else { continue };
        let at = about.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        let at = u64::try_from(at.as_millis()).unwrap();
        found.push((entry.file_name().to_string_lossy().into_owned(), about.len(), at));
    }
    found.sort_by(|one, other| (one.2, &one.0).cmp(&(other.2, &other.0)));
    found.into_iter().map(|(name, size, at)| (name, size, moment(at))).collect()
}

/// As in `1.23`.
pub(super) fn megabytes(bytes: u64) -> String {
    let hundredths = bytes * 100 / (1024 * 1024);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
