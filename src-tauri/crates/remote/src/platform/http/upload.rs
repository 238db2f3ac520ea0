//! Sending a file as part of a form, as a stream, with a limit for standing still instead of one for all of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, RequestBuilder, Response};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use super::Http;
use crate::platform::PlatformError;

/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(200);

/// A file in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) struct Upload {
    /// Where it is here.
    pub(in crate::platform) path: PathBuf,
    /// The form's field that holds it.
    pub(in crate::platform) field: &'static str,
    /// What it is called there.
    pub(in crate::platform) name: String,
    /// The form's other fields.
    pub(in crate::platform) fields: Vec<(&'static str, String)>,
}

impl Http {
    /// Sends it; `limit` is how long the answer may take after the last byte. Before that, no byte may leave
    /// for as long as any answer may take.
    pub(super) async fn send_file(
        &self,
        request: RequestBuilder,
        upload: &Upload,
        limit: Duration,
    ) -> Result<Response, PlatformError> {
        let unreadable = |error: std::io::Error| PlatformError::Unreadable {
            path: upload.path.display().to_string(),
            what: error.to_string(),
        };
        let file = tokio::fs::File::open(&upload.path).await.map_err(unreadable)?;
        let bytes = file.metadata().await.map_err(unreadable)?.len();
        let sent = Arc::new(AtomicU64::new(0));
        let of_stream = Arc::clone(&sent);
        let pieces = ReaderStream::new(file.take(bytes)).inspect(move |piece| {
            let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
            of_stream.fetch_add(length, Ordering::Relaxed);
        });
        let part = Part::stream_with_length(Body::wrap_stream(pieces), bytes).file_name(upload.name.clone());
        let mut form = Form::new();
        for (name, value) in &upload.fields {
            form = form.text(*name, value.clone());
        }
        let answer = request.multipart(form.part(upload.field, part)).send();
        tokio::select! {
            answer = answer => answer.map_err(|error| self.unreachable(limit, error)),
            limit = stands_still(&sent, bytes, self.pace.answer, limit) => {
                Err(PlatformError::Silent { place: self.place.clone(), limit })
            }
        }
    }
}

/// Ends when nothing moved for too long, with how long that is.
async fn stands_still(sent: &AtomicU64, bytes: u64, leaving: Duration, answering: Duration) -> Duration {
    let (mut last, mut since) = (0, Instant::now());
    loop {
        let limit = if last < bytes { leaving } else { answering };
        if since.elapsed() >= limit {
            return limit;
        }
        tokio::time::sleep(LOOK.min(limit)).await;
        let now = sent.load(Ordering::Relaxed);
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}
