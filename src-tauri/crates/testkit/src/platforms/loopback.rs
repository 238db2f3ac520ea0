//! A web server on the loopback that ends when it is dropped.

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::sync::oneshot;

/// A server that runs.
#[derive(Debug)]
pub(super) struct Served {
    /// Its address, without a slash at its end.
    pub(super) address: String,
    /// Dropped, it tells the server to end.
    _ends: oneshot::Sender<()>,
}

/// Serves on a free port of the loopback, on the runtime of the caller.
pub(super) async fn serve(router: Router) -> Served {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (ends, ended) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let until = async move {
            // Dropped without a word is an end as well.
            let _ = ended.await;
        };
        // A server that cannot go on shows in what its clients get.
        let _ = axum::serve(listener, router).with_graceful_shutdown(until).await;
    });
    Served { address, _ends: ends }
}

/// A status with JSON.
pub(super) fn answer(status: u16, body: &Value) -> Response {
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// The token of `Authorization: Bearer …`.
pub(super) fn bearer(headers: &HeaderMap) -> &str {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default()
}

/// Bytes, or the piece of them that `Range` asks for.
pub(super) fn bytes(headers: &HeaderMap, bytes: &[u8]) -> Response {
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok()?.strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
        return ([(header::ACCEPT_RANGES, "bytes")], bytes.to_vec()).into_response();
    };
    let first = first.parse::<usize>().unwrap_or(0);
    let last = last.parse::<usize>().unwrap_or(usize::MAX).min(bytes.len().saturating_sub(1));
    if first > last || bytes.is_empty() {
        return answer(416, &Value::Null);
    }
    let said = format!("bytes {first}-{last}/{}", bytes.len());
    let headers = [(header::CONTENT_RANGE, said), (header::ACCEPT_RANGES, "bytes".to_owned())];
    (axum::http::StatusCode::PARTIAL_CONTENT, headers, bytes[first..=last].to_vec()).into_response()
}
