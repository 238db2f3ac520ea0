//! Calls of the Management API, and what its refusals teach.

use reqwest::StatusCode;
use serde_json::Value;

use super::Supabase;
use crate::platform::http::{Answer, Call};
use crate::platform::{Act, PlatformError, PlatformKind};

/// What a plan that is too small is called.
pub(super) const NO_PLAN: &str = "the plan does not include it";

impl Supabase {
    /// Makes a call. What the account may not do, and the plan does not include, is remembered.
    pub(super) async fn ask(&self, act: Act, doing: &str, call: Call<'_>) -> Result<Answer, PlatformError> {
        let answer = self.http.call(&call.bearer(&self.token)).await?;
        if answer.status == StatusCode::PAYMENT_REQUIRED {
            self.refuse(act, NO_PLAN);
            return Err(not_possible(act, NO_PLAN));
        }
        if !answer.status.is_success() {
            let error = self.http.error(doing, &answer);
            if let PlatformError::Forbidden { said, .. } = &error {
                self.refuse(act, said);
            }
            return Err(error);
        }
        // Also a success may say that it is none.
        if !answer.body["error"].is_null() {
            return Err(self.failed(doing, &answer.said(), false));
        }
        Ok(answer)
    }

    fn refuse(&self, act: Act, why: &str) {
        self.learnt(|learnt| learnt.refused.insert(act, why.to_owned()));
    }

    pub(super) fn failed(&self, doing: &str, said: &str, may_work_now: bool) -> PlatformError {
        let (place, doing, said) = (self.http.place().to_owned(), doing.to_owned(), said.to_owned());
        PlatformError::Failed { place, doing, said, may_work_now }
    }

    /// A list in an answer.
    pub(super) fn list_of<'a>(&self, body: &'a Value, what: &str) -> Result<&'a Vec<Value>, PlatformError> {
        body.as_array().ok_or_else(|| self.http.odd(format!("{what} that are no list")))
    }
}

/// Something that cannot be done, and why.
pub(super) fn not_possible(act: Act, reason: impl Into<String>) -> PlatformError {
    PlatformError::CannotDo { platform: PlatformKind::Supabase.name(), act, reason: reason.into() }
}
