//! One rung: what was looked at, how it went, what to do.

use serde::{Deserialize, Serialize};

use crate::connection::Settings;

/// The rungs, from the bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungId {
    /// The SSH server, where the database is reached by way of one.
    Ssh,
    /// DNS.
    Name,
    /// TCP, or a Unix socket.
    Connection,
    /// Certificate and host name.
    Tls,
    /// Role, password, database; that it is no transaction pooler.
    SignIn,
    /// The server's, and the client tool for it.
    Version,
    /// Reading, schema by schema.
    Rights,
    /// For the estimate.
    Size,
    /// For the recovery point.
    Clock,
    /// Programs for drills.
    Tools,
}

impl RungId {
    /// All rungs, from the bottom.
    pub const ALL: [Self; 10] = [
        Self::Ssh,
        Self::Name,
        Self::Connection,
        Self::Tls,
        Self::SignIn,
        Self::Version,
        Self::Rights,
        Self::Size,
        Self::Clock,
        Self::Tools,
    ];

    /// Those that are climbed to reach a database with these settings.
    pub fn of(settings: &Settings) -> impl Iterator<Item = Self> {
        let is_by_ssh = settings.ssh.is_some();
        Self::ALL.into_iter().filter(move |id| is_by_ssh || *id != Self::Ssh)
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ssh => "SSH",
            Self::Name => "Name",
            Self::Connection => "Connection",
            Self::Tls => "TLS",
            Self::SignIn => "Sign-in",
            Self::Version => "Version",
            Self::Rights => "Rights",
            Self::Size => "Size",
            Self::Clock => "Clock",
            Self::Tools => "Tools",
        }
    }

    /// What it will look at, while it waits.
    pub fn preview(self) -> &'static str {
        match self {
            Self::Ssh => "the server's key, and yours",
            Self::Name => "addresses of the host",
            Self::Connection => "a way to the server",
            Self::Tls => "certificate and host name",
            Self::SignIn => "user and password",
            Self::Version => "server and the client tool for it",
            Self::Rights => "each schema, read only is enough",
            Self::Size => "for the estimate",
            Self::Clock => "for the recovery point",
            Self::Tools => "server programs for drills",
        }
    }
}

/// How a rung went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungState {
    /// As it should be.
    Passed,
    /// It works, and there is something to know.
    Warned,
    /// It stops here.
    Failed,
    /// Not looked at, because a rung below failed.
    Waiting,
}

/// What to do about a rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The act, as a heading.
    pub title: String,
    /// How, in one or two sentences.
    pub detail: String,
    /// What can be copied or applied.
    pub suggestion: Option<Suggestion>,
}

/// Something to copy or apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggestion {
    /// SQL for someone who may run it.
    Sql(String),
    /// Settings to test again with; the password stays.
    Settings(Box<Settings>),
}

/// One rung of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// Which one.
    pub id: RungId,
    /// Its heading.
    pub title: &'static str,
    /// How it went.
    pub state: RungState,
    /// What was seen, in short exact sentences.
    pub message: String,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What to do, where there is something.
    pub fix: Option<Fix>,
    /// `HF-NET-006`; stable.
    pub code: Option<&'static str>,
}

impl Rung {
    /// A rung that is not looked at yet.
    pub(super) fn waiting(id: RungId) -> Self {
        Self {
            id,
            title: id.title(),
            state: RungState::Waiting,
            message: id.preview().to_owned(),
            elapsed_ms: 0,
            fix: None,
            code: None,
        }
    }
}

/// What a step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) message: String,
    pub(super) fix: Option<Box<Fix>>,
    pub(super) code: Option<&'static str>,
}

impl Finding {
    pub(super) fn fine(message: impl Into<String>) -> Self {
        Self { message: message.into(), fix: None, code: None }
    }

    pub(super) fn coded(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), fix: None, code: Some(code) }
    }

    pub(super) fn fix(self, title: impl Into<String>, detail: impl Into<String>) -> Self {
        let fix = Fix { title: title.into(), detail: detail.into(), suggestion: None };
        Self { fix: Some(Box::new(fix)), ..self }
    }

    pub(super) fn suggest(mut self, suggestion: Suggestion) -> Self {
        if let Some(fix) = &mut self.fix {
            fix.suggestion = Some(suggestion);
        }
        self
    }
}
