//! Calls of this platform, and what its errors mean.

use jiff::Timestamp;
use serde_json::Value;

use super::TelegramPlatform;
use crate::platform::http::{Answer, Call};
use crate::platform::telegram::without_tokens;
use crate::platform::{Act, PlatformError, PlatformKind, RemoteFact};

impl TelegramPlatform {
    /// Makes a call; the verdict is in the body. A refusal is remembered: it is one for the next time too.
    pub(super) async fn ask(&self, act: Act, doing: &str, call: Call<'_>) -> Result<Value, PlatformError> {
        if let Some(at) = self.claims.expires_at.filter(|at| *at <= Timestamp::now()) {
            let said = format!("the token ran out at {at}");
            return Err(PlatformError::NotSignedIn { place: self.http.place().to_owned(), said });
        }
        if let Some(reason) = self.refusal(act) {
            return Err(not_possible(act, reason));
        }
        let answer = self.http.call(&call.bearer(&self.token)).await?;
        let says_failed = answer.body["data"]["success"] == Value::Bool(false);
        if answer.status.is_success() && answer.body["error"].is_null() && !says_failed {
            return Ok(answer.body);
        }
        Err(self.refused(act, doing, &answer))
    }

    fn refused(&self, act: Act, doing: &str, answer: &Answer) -> PlatformError {
        let retryable = answer.body["error"]["retryable"].as_bool();
        let said = self.clean(&answer.said());
        match self.http.error(doing, answer) {
            PlatformError::Forbidden { place, .. } => {
                let mut refused = self.refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                refused.insert(act, said.clone());
                PlatformError::Forbidden { place, said }
            }
            PlatformError::NotSignedIn { place, .. } => PlatformError::NotSignedIn { place, said },
            PlatformError::NotFound { place, .. } => {
                PlatformError::NotFound { place, what: format!("{said} (asked to {doing})") }
            }
            PlatformError::Failed { place, doing, may_work_now, .. } => {
                let said = if answer.status.as_u16() == 400 {
                    format!(
                        "{said}; requests are sent in its {} shape, and the other one may be right",
                        self.shape()
                    )
                } else {
                    said
                };
                PlatformError::Failed { place, doing, said, may_work_now: retryable.unwrap_or(may_work_now) }
            }
            error => error,
        }
    }

    fn shape(&self) -> &'static str {
        match self.dialect {
            super::Dialect::Documented => "documented",
            super::Dialect::Server => "server's",
        }
    }

    /// What it says, without tokens: its errors may quote the address that its own bot called.
    pub(super) fn clean(&self, text: &str) -> String {
        without_tokens(&text.replace(self.token.expose(), "****"))
    }

    /// The values of an object, by name.
    pub(super) fn facts(&self, body: &Value) -> Result<Vec<RemoteFact>, PlatformError> {
        let data = if body["data"].is_object() { &body["data"] } else { body };
        let Some(data) = data.as_object() else { return Err(self.http.odd("statistics that are no object")) };
        let facts = data.iter().filter(|(_, value)| !value.is_null());
        Ok(facts
            .map(|(name, value)| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                RemoteFact { name: name.replace('_', " "), value: self.clean(&value) }
            })
            .collect())
    }
}

/// Something that cannot be done, and why.
pub(super) fn not_possible(act: Act, reason: String) -> PlatformError {
    PlatformError::CannotDo { platform: PlatformKind::TelegramPlatform.name(), act, reason }
}
