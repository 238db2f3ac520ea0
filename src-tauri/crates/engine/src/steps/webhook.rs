//! Posts a small document to an address; any 2xx answer means success.
//!
//! Straight to the address: no redirect is followed, no proxy is asked, and of the answer only its
//! beginning is read. The value of the secret header stands in the request alone, and of the address only its place
//! is repeated.

use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::run::redacted;
use super::step::place_of;
use base::secret::Secret;
use remote::hook::{self, Call};

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
    let json = serde_json::to_vec(message).map_err(|error| error.to_string())?;
    let named = header.map(|(name, value)| (name, value.expose()));
    let answer = hook::call(Call { url, json: Some(&json), header: named })
        .await
        .map_err(|why| format!("{place} could not be called: {why}"))?;
    if answer.is_success() {
        return Ok(format!("{place} answered {}", answer.status));
    }
    // Before it is shortened, so that no half of a secret is left.
    let text = hook::redacted(&answer.beginning, Some(url), named.map(|(_, value)| value));
    // The words of the header's value by themselves.
    let text = header.map_or_else(|| text.clone(), |(_, value)| redacted(&text, value));
    let text: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(ANSWER_CHARACTERS_SHOWN).collect();
    let text = if text.is_empty() { text } else { format!(": {text}") };
    let hint = if answer.is_redirection() { ", and redirects are not followed" } else { "" };
    Err(format!("{place} answered {}{hint}{text}", answer.status))
}
