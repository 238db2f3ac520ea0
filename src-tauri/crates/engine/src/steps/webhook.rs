//! A small document posted to an address; an answer of 2xx means that it worked.
//!
//! Straight to the address: no redirect is followed, no proxy is asked, and of the answer only its
//! beginning is read. The value of the secret header stands in the request alone.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::run::redacted;
use super::step::place_of;
use crate::https::{self, causes};
use crate::secret::Secret;

/// Of an answer so much is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Of an answer so much is shown, where it is no success.
const ANSWER_CHARACTERS_SHOWN: usize = 300;

/// What is posted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message<'a> {
    pub(super) project: &'a str,
    pub(super) database: &'a str,
    pub(super) plan_id: &'a str,
    pub(super) run_id: &'a str,
    pub(super) step: &'a str,
    /// `before`, `after`.
    pub(super) when: &'a str,
    /// `planned`, `restored`, `checks_failed`, `failed`, `cancelled`, `unknown`.
    pub(super) outcome: &'a str,
}

/// Posts it; what was answered in words, or why it did not work.
pub(super) async fn run(
    url: &str,
    header: Option<(&str, &Secret)>,
    message: &Message<'_>,
    limit: Duration,
    token: &CancellationToken,
) -> Result<String, String> {
    tokio::select! {
        biased;
        () = token.cancelled() => Err("the run was cancelled".to_owned()),
        answered = tokio::time::timeout(limit, post(url, header, message)) => answered.unwrap_or_else(|_| {
            Err(format!("{} did not answer within {} seconds", place_of(url), limit.as_secs()))
        }),
    }
}

async fn post(url: &str, header: Option<(&str, &Secret)>, message: &Message<'_>) -> Result<String, String> {
    let place = place_of(url);
    let body = serde_json::to_vec(message).map_err(|error| error.to_string())?;
    let mut request = client()?.post(url).header(CONTENT_TYPE, "application/json").body(body);
    if let Some((name, value)) = header {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_| "the value of its header is none that a header can hold".to_owned())?;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let mut answer =
        request.send().await.map_err(|error| format!("{place} could not be called: {}", causes(error)))?;
    let status = answer.status();
    let mut read = Vec::new();
    // What cannot be read of an answer changes nothing about its status.
    while let Ok(Some(piece)) = answer.chunk().await {
        let room = ANSWER_BYTES_MAX - read.len();
        read.extend_from_slice(&piece[..piece.len().min(room)]);
        if read.len() == ANSWER_BYTES_MAX {
            break;
        }
    }
    if status.is_success() {
        return Ok(format!("{place} answered {}", status.as_u16()));
    }
    let text = String::from_utf8_lossy(&read);
    // Before it is shortened, so that no half of a secret is left.
    let text = header.map_or_else(|| text.to_string(), |(_, value)| redacted(&text, value));
    let text: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(ANSWER_CHARACTERS_SHOWN).collect();
    let text = if text.is_empty() { text } else { format!(": {text}") };
    let hint = if status.is_redirection() { ", and redirects are not followed" } else { "" };
    Err(format!("{place} answered {}{hint}{text}", status.as_u16()))
}

/// One client for all calls.
fn client() -> Result<&'static reqwest::Client, String> {
    static CLIENT: OnceLock<Result<reqwest::Client, String>> = OnceLock::new();
    CLIENT.get_or_init(build).as_ref().map_err(Clone::clone)
}

fn build() -> Result<reqwest::Client, String> {
    https::builder()?.no_proxy().pool_max_idle_per_host(0).build().map_err(causes)
}
