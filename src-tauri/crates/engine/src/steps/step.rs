//! The definition of a step, and its text.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use base::words::{counted, span_words};
use ledger::job::{PAUSE, RESUME, StepResult, StepState, StepTime};

/// A step as it is kept, and as a plan holds it. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryStep {
    /// Stable id, which stays when the step is moved or changed.
    pub id: String,
    /// Its name for people, unique in the project.
    pub title: String,
    /// When it is done.
    pub when: StepTime,
    /// What is done.
    pub act: StepAct,
    /// Whether the run ends where it fails.
    pub is_critical: bool,
    /// After so many seconds it is ended, and has failed.
    pub timeout_s: u32,
    /// Whether a step after the restore is done also when nothing was restored: to resume what was paused.
    pub also_after_failure: bool,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum StepAct {
    /// Statements on the target database, in one transaction.
    Sql {
        /// One statement each.
        statements: Vec<String>,
    },
    /// A small document is posted to an address.
    Webhook {
        /// Where to; `http` or `https`.
        url: String,
        /// A header whose value rests in the keychain.
        header: Option<Header>,
    },
    /// A program of the user's own.
    Program {
        /// The program's path, then its arguments; no shell reads them.
        argv: Vec<String>,
    },
    /// A person is waited for.
    Wait {
        /// What the person has to do.
        instructions: String,
    },
    /// The project is paused at its platform, and that is waited for.
    Pause,
    /// It is resumed there, and that is waited for.
    Resume,
}

/// A header of a webhook; its value is in the keychain alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Under which its value is kept; another one with each new value.
    pub secret_id: String,
}

impl StepAct {
    /// The word that is stored and shown.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sql { .. } => "sql",
            Self::Webhook { .. } => "webhook",
            Self::Program { .. } => "program",
            Self::Wait { .. } => "wait",
            Self::Pause => PAUSE,
            Self::Resume => RESUME,
        }
    }

    /// Whether a hand on it could start programs here or on a server.
    pub(crate) fn starts_programs(&self) -> bool {
        matches!(self, Self::Sql { .. } | Self::Program { .. })
    }

    /// Whether the project's platform does it.
    pub(crate) fn is_there(&self) -> bool {
        matches!(self, Self::Pause | Self::Resume)
    }

    fn words(&self, database: &str) -> String {
        match self {
            Self::Sql { statements } => format!(
                "run {} in one transaction on {database}",
                counted(statements.len() as u64, "SQL statement")
            ),
            Self::Webhook { url, .. } => format!("call {}", place_of(url)),
            Self::Program { argv } => {
                format!("run the program {}", argv.first().map_or("", String::as_str))
            }
            Self::Wait { .. } => "wait until a person has done it, and says so".to_owned(),
            Self::Pause => "pause the project at its platform, and wait until it is paused".to_owned(),
            Self::Resume => "resume the project at its platform, and wait until it runs".to_owned(),
        }
    }
}

impl RecoveryStep {
    /// What it does and how much it weighs, in a sentence that begins with its title.
    pub fn sentence(&self, database: &str) -> String {
        let limit = span_words(i64::from(self.timeout_s) * 1000);
        let weight = match (self.is_critical, self.when) {
            (true, StepTime::Before) => "if it fails, nothing is restored",
            (true, StepTime::After) => "if it fails, the steps after it are not done",
            (false, _) => "if it fails, the run goes on with a warning",
        };
        let also = if self.also_after_failure { ", also when the restore failed" } else { "" };
        format!("{}: {}{also}; {limit} at most; {weight}.", self.title, self.act.words(database))
    }

    /// Its result before anybody began it.
    pub(crate) fn planned(&self, database: &str) -> StepResult {
        StepResult {
            id: self.id.clone(),
            title: self.title.clone(),
            when: self.when,
            kind: self.act.kind().to_owned(),
            sentence: self.sentence(database),
            is_critical: self.is_critical,
            also_after_failure: self.also_after_failure,
            state: StepState::Planned,
            started_at_ms: None,
            ms: None,
            said: String::new(),
        }
    }

    pub(super) fn limit(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout_s))
    }
}

/// Scheme, host and port of an address: paths and queries of webhooks often hold a token.
pub(super) fn place_of(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| "an address".to_owned(), |url| origin(&url))
}

/// Scheme, host and port.
pub(super) fn origin(url: &url::Url) -> String {
    url.origin().ascii_serialization()
}

/// Under which name the value of a header is kept.
pub(crate) fn header_secret(secret_id: &str) -> String {
    format!("step:{secret_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_what_how_long_and_how_much_it_weighs_and_no_path_of_an_address() {
        let step = RecoveryStep {
            id: "a".into(),
            title: "Resume the shop".into(),
            when: StepTime::After,
            act: StepAct::Webhook { url: "https://shop.example/hooks/t0ken?k=1".into(), header: None },
            is_critical: false,
            timeout_s: 30,
            also_after_failure: true,
        };
        assert_eq!(
            step.sentence("shop"),
            "Resume the shop: call https://shop.example, also when the restore failed; 30 s at most; if it fails, the run goes on with a warning."
        );
    }
}
