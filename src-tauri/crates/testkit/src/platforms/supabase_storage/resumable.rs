//! Objects in pieces, by TUS 1.0.0: the last one makes the object.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{patch, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use super::{Of, Refused, Service};

/// An object that is not whole.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    version: String,
    length: u64,
    at: u64,
    told: HashMap<String, String>,
}

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/upload/resumable", post(begin))
        .route("/upload/resumable/{id}", patch(piece).head(state).delete(give_up))
}

/// Its errors are plain text, with their own status.
fn plain(status: u16, text: impl Into<String>) -> Response {
    (StatusCode::from_u16(status).unwrap(), text.into()).into_response()
}

fn gone() -> Response {
    plain(404, "The file for this url was not found")
}

impl From<Refused> for Response {
    fn from(refused: Refused) -> Self {
        plain(refused.0, refused.2)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

async fn begin(State(service): Of, headers: HeaderMap) -> Result<Response, Response> {
    service.role(&headers)?;
    if text(&headers, "tus-resumable") != Some("1.0.0") {
        return Err(plain(412, "Tus-Resumable Required"));
    }
    let length = text(&headers, "upload-length").and_then(|length| length.parse().ok());
    let length = length.ok_or_else(|| plain(400, "Upload-Length required"))?;
    let told: HashMap<String, String> = text(&headers, "upload-metadata")
        .unwrap_or_default()
        .split(',')
        .filter_map(|pair| {
            let (name, value) = pair.trim().split_once(' ')?;
            Some((name.to_owned(), String::from_utf8(STANDARD.decode(value).ok()?).ok()?))
        })
        .collect();
    let version = Uuid::new_v4().to_string();
    let id = URL_SAFE_NO_PAD.encode(format!("{}/{}/{version}", told["bucketName"], told["objectName"]));
    tokio::fs::File::create(service.path(&version)).await.unwrap();
    let upload = Upload { version, length, at: 0, told };
    service.uploads.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), upload);
    // As it knows itself.
    let location = format!("http://storage.internal:5000/upload/resumable/{id}");
    Ok((StatusCode::CREATED, [("location", location), ("tus-resumable", "1.0.0".into())]).into_response())
}

impl Service {
    fn upload(&self, id: &str) -> Option<Upload> {
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.get(id).cloned()
    }

    fn reached(&self, id: &str, at: u64) {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(upload) = uploads.get_mut(id) {
            upload.at = at;
        }
    }
}

async fn piece(
    State(service): Of,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Response> {
    let role = service.role(&headers)?;
    let upload = service.upload(&id).ok_or_else(gone)?;
    let offset: Option<u64> = text(&headers, "upload-offset").and_then(|offset| offset.parse().ok());
    if offset != Some(upload.at) {
        return Err(plain(409, "Upload-Offset conflict"));
    }
    let path = service.path(&upload.version);
    let mut file = tokio::fs::OpenOptions::new().append(true).open(path).await.unwrap();
    let (mut pieces, mut at) = (body.into_data_stream(), upload.at);
    let mut broke = false;
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            broke = true;
            break;
        };
        at += piece.len() as u64;
        file.write_all(&piece).await.unwrap();
    }
    file.flush().await.unwrap();
    // What arrived stays, also of a connection that broke.
    service.reached(&id, at);
    if broke {
        return Err(plain(400, "the body broke off"));
    }
    if at == upload.length {
        let told = |name: &str| upload.told.get(name).map(String::as_str);
        let control = match told("cacheControl") {
            Some(seconds) if seconds.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("max-age={seconds}")
            }
            _ => "no-cache".to_owned(),
        };
        let kind = told("contentType").unwrap_or("application/octet-stream");
        let name = (told("bucketName").unwrap_or_default(), told("objectName").unwrap_or_default());
        let is_upsert = text(&headers, "x-upsert") == Some("true");
        let about = (kind, control.as_str(), told("metadata"));
        service.note(&role, name, &upload.version, upload.length, about, is_upsert).await?;
        service.uploads.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
    Ok((StatusCode::NO_CONTENT, [("upload-offset", at.to_string()), ("tus-resumable", "1.0.0".into())])
        .into_response())
}

async fn state(State(service): Of, Path(id): Path<String>) -> Result<Response, Response> {
    let Upload { length, at, .. } = service.upload(&id).ok_or_else(gone)?;
    let headers = [("upload-offset", at.to_string()), ("upload-length", length.to_string())];
    Ok((StatusCode::OK, headers).into_response())
}

async fn give_up(
    State(service): Of,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    service.role(&headers)?;
    service.upload(&id).ok_or_else(gone)?;
    service.uploads.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}
