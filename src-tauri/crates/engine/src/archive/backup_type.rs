//! What somebody asked a backup to take.

use serde::{Deserialize, Serialize};

use ledger::component::{Component, Components};

/// What a backup was asked to take. Each is a restore point of its own: what has not changed takes no more room, and
/// none needs another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupType {
    /// Everything that the project has.
    Full,
    /// Its database.
    Database,
    /// Its stored files.
    Storage,
    /// Its configuration.
    Config,
    /// Its Redis.
    Redis,
    /// Its logs.
    Logs,
    /// Several of these, or single sources.
    Several,
    /// Chosen tables.
    Tables,
    /// Of a version that is newer than this one.
    #[serde(other)]
    Unknown,
}

impl BackupType {
    /// That of a wish: the components that are named, if any are.
    pub fn of(only: Components, names_tables: bool, names_sources: bool) -> Self {
        let mut named = only.iter();
        match (names_tables, named.next(), named.next()) {
            (true, ..) => Self::Tables,
            (_, None, _) => Self::Full,
            (_, Some(_), Some(_)) => Self::Several,
            (_, Some(_), None) if names_sources => Self::Several,
            (_, Some(Component::Database), None) => Self::Database,
            (_, Some(Component::Files), None) => Self::Storage,
            (_, Some(Component::Configuration), None) => Self::Config,
            (_, Some(Component::Redis), None) => Self::Redis,
            (_, Some(Component::Logs), None) => Self::Logs,
        }
    }

    /// For people, at the beginning of a line; nothing where this version does not know it.
    pub fn words(self) -> Option<&'static str> {
        Some(match self {
            Self::Full => "full, everything that the project had",
            Self::Database => "database",
            Self::Storage => "stored files",
            Self::Config => "configuration",
            Self::Redis => "Redis",
            Self::Logs => "logs",
            Self::Several => "several components",
            Self::Tables => "chosen tables",
            Self::Unknown => return None,
        })
    }
}
