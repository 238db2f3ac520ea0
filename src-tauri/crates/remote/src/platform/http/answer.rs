//! What was answered, and what of it may be quoted.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, SET_COOKIE};
use serde_json::Value;

use super::words::{masked, shortened};
use base::secret::Secret;

/// What was answered, whatever the status. It may hold tokens: `Debug` shows the status alone.
pub(in crate::platform) struct Answer {
    /// The status: a hint, never the verdict.
    pub(in crate::platform) status: StatusCode,
    /// Headers.
    pub(in crate::platform) headers: HeaderMap,
    /// The body; null where it is empty or no JSON.
    pub(in crate::platform) body: Value,
    /// The body as text, shortened, where it is no JSON.
    pub(super) text: String,
    pub(super) wait: Option<Duration>,
    pub(super) hidden: Vec<Secret>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Answer {
    /// The cookies that it sets: names and values.
    pub(in crate::platform) fn cookies(&self) -> Vec<(&str, Secret)> {
        let cookies = self.headers.get_all(SET_COOKIE).into_iter().filter_map(|header| {
            let (name, value) = header.to_str().ok()?.split(';').next()?.split_once('=')?;
            Some((name.trim(), Secret::new(value.trim())))
        });
        cookies.collect()
    }

    /// What it says went wrong, in its own words: `error_description`, `error`, `error.message`, `message`,
    /// `details`. Secrets of the call, and what stands behind `?` in an address, are masked.
    pub(in crate::platform) fn said(&self) -> String {
        let of = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        let body = &self.body;
        let named = [
            &body["error_description"],
            &body["error"]["message"],
            &body["error"],
            &body["data"]["error"],
            &body["message"],
            &body["msg"],
        ]
        .into_iter()
        .find_map(of);
        let said = match (named, of(&body["details"])) {
            (Some(said), Some(details)) => format!("{said} ({details})"),
            (Some(said), None) => said,
            (None, Some(details)) => details,
            (None, None) => self.text.clone(),
        };
        let said = shortened(&masked(&said, &self.hidden));
        if said.is_empty() { format!("status {}", self.status.as_u16()) } else { said }
    }
}
