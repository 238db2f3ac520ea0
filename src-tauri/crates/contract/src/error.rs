//! The one error that a person can see.

use base::Code;
use serde::{Deserialize, Serialize};
use specta::Type;

/// What went wrong, with a stable code and a hint that is safe to follow.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct UserError {
    /// Stable code, for instance `wrong_password`; never reused for something else.
    #[specta(type = ErrorCode)]
    pub code: Code,
    /// What was seen: lower case, no full stop.
    pub message: String,
    /// What to do: a sentence that is safe to follow.
    pub hint: Option<String>,
    /// Whether trying again may help.
    pub retry: Retry,
    /// Names this very error in the log.
    pub report_id: String,
}

/// The codes as the page knows them: made from the one list, so that a code that does not exist is an
/// error there as well.
macro_rules! error_code {
    ($($name:ident = $text:literal,)+) => {
        /// Every stable code of a failure.
        #[derive(Debug, Clone, Copy, Serialize, Type)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $text, "`.")] #[serde(rename = $text)] $name,)+
        }
    };
}
base::with_codes!(error_code);

/// Whether trying again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same call may work now.
    Now,
    /// After something was put right.
    AfterFix,
    /// It will not work.
    Never,
}

impl From<engine::Failure> for UserError {
    fn from(failure: engine::Failure) -> Self {
        let engine::Failure { code, message, hint, retry } = failure;
        Self {
            code,
            message,
            hint,
            retry: retry.into(),
            report_id: uuid::Uuid::new_v4().simple().to_string(),
        }
    }
}

impl From<engine::Retry> for Retry {
    fn from(retry: engine::Retry) -> Self {
        match retry {
            engine::Retry::Now => Self::Now,
            engine::Retry::AfterFix => Self::AfterFix,
            engine::Retry::Never => Self::Never,
        }
    }
}
