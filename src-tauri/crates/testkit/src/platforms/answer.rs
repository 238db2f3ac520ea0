//! What these servers answer: errors as texts, links that are signed and run out, files with ranges.

use std::io::SeekFrom;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use ring::hmac;
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

/// Bytes that are sent at a time.
const PIECE: usize = 16 * 1024;

/// Until bytes that were written have left.
const FLUSH: Duration = Duration::from_millis(50);

/// `{"error": text}` with a status.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) String);

impl Refusal {
    pub(super) fn new(status: u16, text: impl Into<String>) -> Self {
        Self(StatusCode::from_u16(status).unwrap(), text.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

pub(super) type Answered = Result<Response, Refusal>;

pub(super) fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// As in `2025-03-15T02:00:00Z`.
pub(super) fn moment(ms: u64) -> String {
    jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap().to_string()
}

/// Signs paths for a while.
#[derive(Debug)]
pub(super) struct Signer(hmac::Key);

impl Signer {
    pub(super) fn new() -> Self {
        Self(hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).unwrap())
    }

    /// The query that makes a path good for so long, and when it ends in milliseconds.
    pub(super) fn sign(&self, path: &str, lifetime: Duration) -> (String, u64) {
        let ends = now_ms() + u64::try_from(lifetime.as_millis()).unwrap();
        let tag = hmac::sign(&self.0, format!("{path} {ends}").as_bytes());
        (format!("token={ends}.{}", hex(tag.as_ref())), ends)
    }

    /// Why a token does not open a path.
    pub(super) fn check(&self, path: &str, token: &str) -> Result<(), Refusal> {
        let (ends, tag) = token.split_once('.').unwrap_or_default();
        let tag: Vec<u8> = (0..tag.len() / 2)
            .filter_map(|at| u8::from_str_radix(tag.get(at * 2..at * 2 + 2)?, 16).ok())
            .collect();
        hmac::verify(&self.0, format!("{path} {ends}").as_bytes(), &tag)
            .map_err(|_| Refusal::new(403, "Invalid signature"))?;
        if ends.parse::<u64>().unwrap_or(0) <= now_ms() {
            return Err(Refusal::new(403, "Link expired"));
        }
        Ok(())
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// A file, or the part of it that is asked for. The connection ends after `cut_after` bytes.
pub(super) async fn file(path: &Path, asked: &HeaderMap, cut_after: Option<u64>) -> Answered {
    let gone = |_| Refusal::new(404, "File not found");
    let mut file = tokio::fs::File::open(path).await.map_err(gone)?;
    let about = file.metadata().await.map_err(gone)?;
    let size = about.len();
    let changed = about.modified().unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let etag = format!("\"{size:x}-{changed:x}\"");
    let text = |name: header::HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let is_same = text(header::IF_RANGE).is_none_or(|known| known == etag);
    let range = text(header::RANGE).filter(|_| is_same).and_then(|range| range.strip_prefix("bytes="));
    let (first, last) = match range.map(|range| part(range, size)) {
        None => (0, size),
        Some(Some(part)) => part,
        Some(None) => {
            let whole = format!("bytes */{size}");
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, whole)]).into_response());
        }
    };
    file.seek(SeekFrom::Start(first)).await.map_err(gone)?;
    let pieces = stream::unfold((file.take(last - first), 0), move |(mut file, sent)| async move {
        if cut_after.is_some_and(|limit| sent >= limit) {
            // What was sent so far leaves first, as it does where a network breaks.
            tokio::time::sleep(FLUSH).await;
            return Some((Err(std::io::Error::other("cut")), (file, sent)));
        }
        let mut piece =
            vec![0; cut_after.map_or(PIECE, |limit| PIECE.min(usize::try_from(limit - sent).unwrap()))];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(count) => {
                piece.truncate(count);
                Some((Ok(Bytes::from(piece)), (file, sent + count as u64)))
            }
            Err(error) => Some((Err(error), (file, sent))),
        }
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag.parse().unwrap());
    headers.insert(header::ACCEPT_RANGES, "bytes".parse().unwrap());
    headers.insert(header::CONTENT_LENGTH, (last - first).into());
    headers.insert(header::CONTENT_TYPE, "application/octet-stream".parse().unwrap());
    if range.is_some() {
        let said = format!("bytes {first}-{}/{size}", last - 1);
        headers.insert(header::CONTENT_RANGE, said.parse().unwrap());
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// First byte, and the one after the last; none where there are no such bytes.
fn part(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.split_once('-')?;
    let (first, last) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => (first, size.min(last.saturating_add(1))),
        (Ok(first), Err(_)) => (first, size),
        (Err(_), Ok(count)) => (size.saturating_sub(count), size),
        (Err(_), Err(_)) => return None,
    };
    (first < last).then_some((first, last))
}

/// The same body as some servers write it: keys as in `BackupID`.
pub(super) fn pascal_case(body: Value) -> Value {
    let word = |word: &str| match word {
        "id" => "ID".to_owned(),
        "url" => "URL".to_owned(),
        word => word[..1].to_uppercase() + &word[1..],
    };
    match body {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key.split('_').map(word).collect::<String>(), pascal_case(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(pascal_case).collect(),
        other => other,
    }
}
