//! SQL that a person can run on a server, so that something no longer stands in the way. Nothing here runs it.

use serde::{Deserialize, Serialize};

/// What stands in the way, and the statement that takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// What stands in the way, as a sentence.
    pub obstacle: String,
    /// One statement, with its semicolon.
    pub sql: String,
}

impl Remedy {
    /// What stands in the way, and what takes it away.
    pub fn new(obstacle: impl Into<String>, sql: impl Into<String>) -> Self {
        Self { obstacle: obstacle.into(), sql: sql.into() }
    }

    /// Both in one sentence, for those who show no statement of its own.
    pub fn sentence(&self) -> String {
        format!("{} Run there: {}", self.obstacle, self.sql)
    }
}
