//! What starts something.

use serde::{Deserialize, Serialize};

/// What started something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A person in the window.
    Window,
    /// A person or a script on the command line.
    CommandLine,
    /// A schedule of the project.
    Schedule,
}

impl Trigger {
    /// The trigger of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Window, Self::CommandLine, Self::Schedule].into_iter().find(|one| one.as_str() == word)
    }

    /// For people: how it was begun.
    pub fn words(self) -> &'static str {
        match self {
            Self::Window => "by hand",
            Self::CommandLine => "command line",
            Self::Schedule => "schedule",
        }
    }

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::CommandLine => "command_line",
            Self::Schedule => "schedule",
        }
    }
}
