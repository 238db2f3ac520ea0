//! Documents that a bot sends, streamed.

use std::time::Duration;

use bytes::Bytes;
use camino::Utf8PathBuf;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::{Bot, number};
use crate::https::causes;
use crate::platform::PlatformError;
use crate::platform::http::{ANSWER_BYTES_MAX, TRIES, WAIT_FIRST, WAIT_MAX, jitter, wait_asked};

/// The largest document of a local server at 1 MB a second.
const SEND_LIMIT: Duration = Duration::from_mins(40);

/// What is sent.
#[derive(Debug, Clone)]
pub enum Document {
    /// Bytes that are in memory.
    Bytes(Bytes),
    /// A file, read while it is sent.
    File(Utf8PathBuf),
}

/// A document that Telegram has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What this bot fetches it by.
    pub file_id: String,
    /// The same for all bots; nothing can be fetched by it.
    pub file_unique_id: Option<String>,
    /// The message that holds it.
    pub message_id: i64,
    /// How many bytes Telegram says it has.
    pub bytes: Option<u64>,
}

impl Bot {
    /// Sends a document into a chat. What Telegram refuses as too much is sent again after the wait that it
    /// asks for; anything else is not, since it may have arrived.
    ///
    /// # Errors
    /// When it is too large, cannot be read, is refused, or is not there as it was sent.
    pub async fn send(
        &self,
        chat: &str,
        name: &str,
        document: &Document,
        caption: &str,
    ) -> Result<Sent, PlatformError> {
        let length = match document {
            Document::Bytes(bytes) => bytes.len() as u64,
            Document::File(path) => {
                tokio::fs::metadata(path).await.map_err(|error| self.unreadable(&error))?.len()
            }
        };
        if length > self.send_bytes_max() {
            let said = format!("{length} bytes; it takes {} from a bot", self.send_bytes_max());
            return Err(self.not_sent(said));
        }
        let mut wait = WAIT_FIRST;
        for attempt in 1.. {
            let form = Form::new()
                .text("chat_id", chat.to_owned())
                .text("caption", caption.to_owned())
                .text("disable_content_type_detection", "true")
                .text("disable_notification", "true")
                .part("document", self.part(name, document, length).await?);
            let (asked, outcome) = self.sent(form, length).await;
            // Also by its headers nobody makes us wait for longer than a platform may ask for.
            let may_again = matches!(outcome, Err(PlatformError::TooMany { wait, .. }) if wait <= WAIT_MAX)
                && asked.is_none_or(|asked| asked <= WAIT_MAX);
            if !may_again || attempt >= TRIES {
                return outcome;
            }
            tokio::time::sleep(asked.unwrap_or_default() + wait.mul_f64(jitter())).await;
            wait *= 2;
        }
        unreachable!("the loop above ends by itself")
    }

    async fn part(&self, name: &str, document: &Document, length: u64) -> Result<Part, PlatformError> {
        let part = match document {
            Document::Bytes(bytes) => Part::stream_with_length(bytes.clone(), length),
            Document::File(path) => {
                let file = tokio::fs::File::open(path).await.map_err(|error| self.unreadable(&error))?;
                Part::stream_with_length(file, length)
            }
        };
        let part = part.file_name(name.to_owned()).mime_str("application/octet-stream");
        part.map_err(|error| self.not_sent(error.to_string()))
    }

    async fn sent(&self, form: Form, length: u64) -> (Option<Duration>, Result<Sent, PlatformError>) {
        let answer = match self.post(form).await {
            Ok(answer) => answer,
            Err(error) => return (None, Err(error)),
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body: Value = match self.http.body_of(answer, SEND_LIMIT, ANSWER_BYTES_MAX).await {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(error) => return (None, Err(error)),
        };
        let asked = wait_asked(status, &headers, &body);
        let outcome =
            self.decided("keep the document", status, &body).and_then(|result| self.kept(&result, length));
        (asked, outcome)
    }

    async fn post(&self, form: Form) -> Result<reqwest::Response, PlatformError> {
        let mut url = self.http.base().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&self.segment()).push("sendDocument");
        }
        let request = self.http.client()?.post(url).timeout(SEND_LIMIT).multipart(form);
        request.send().await.map_err(|error| self.broken(error))
    }

    fn kept(&self, result: &Value, length: u64) -> Result<Sent, PlatformError> {
        let document = &result["document"];
        let (Some(file_id), Some(message_id)) = (document["file_id"].as_str(), result["message_id"].as_i64())
        else {
            return Err(self.http.odd("a message without a document"));
        };
        let bytes = number(&document["file_size"]);
        if let Some(other) = bytes.filter(|bytes| *bytes != length) {
            return Err(PlatformError::FalseClaim {
                place: self.http.place().to_owned(),
                claim: "that the document arrived".to_owned(),
                truth: format!("it has {other} bytes there, and {length} here"),
            });
        }
        let file_unique_id = document["file_unique_id"].as_str().map(str::to_owned);
        Ok(Sent { file_id: file_id.to_owned(), file_unique_id, message_id, bytes })
    }

    fn broken(&self, error: reqwest::Error) -> PlatformError {
        let place = self.http.place().to_owned();
        if error.is_timeout() {
            return PlatformError::Silent { place, limit: SEND_LIMIT };
        }
        PlatformError::Unreachable { place, what: causes(error) }
    }

    fn unreadable(&self, error: &std::io::Error) -> PlatformError {
        self.not_sent(format!("the file cannot be read here ({})", error.kind()))
    }

    fn not_sent(&self, said: String) -> PlatformError {
        PlatformError::Failed {
            place: self.http.place().to_owned(),
            doing: "keep the document".to_owned(),
            said,
            may_work_now: false,
        }
    }
}
