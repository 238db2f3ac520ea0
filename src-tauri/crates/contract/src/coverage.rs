//! What a project has, and what of it backups take.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// What a project has, and what of it backups take.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProjectCoverageView {
    /// When its database and its server were looked at; absent where nobody looked yet.
    pub at_ms: Option<Millis>,
    /// Parts that are taken whole.
    pub taken: u32,
    /// The parts, from the one that a project can least do without.
    pub parts: Vec<CoveredPartView>,
    /// What could not be looked at, and why: whole sentences.
    pub not_looked: Vec<String>,
    /// What is there beside the project: whole sentences.
    pub beside: Vec<String>,
}

/// A part of a project.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CoveredPartView {
    /// What a person names it by: `redis`, or `redis:cache`.
    pub key: String,
    /// The component of a backup that it is in.
    #[specta(type = crate::words::ComponentWord)]
    pub component: String,
    /// For people: `Redis`.
    pub title: String,
    /// What there is of it, in words.
    pub found: String,
    /// Its bytes, where they are known.
    pub bytes: Option<Count>,
    /// Whether backups take it.
    pub state: PartStateView,
    /// How it is read, or why it is not: without a full stop.
    pub why: String,
    /// Whether a person can say that it is not wanted: what was added is removed instead.
    pub can_be_given_up: bool,
    /// What adds it.
    pub add: Option<PartAddView>,
    /// The command that does.
    pub command: Option<String>,
}

/// What a part would be added as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase", tag = "kind")]
pub enum PartAddView {
    /// The buckets of a Supabase project.
    StorageApi {
        /// Where its storage service most likely is.
        url: String,
    },
    /// A folder.
    Folder {
        /// What is in it: `files`, `config`.
        component: String,
        /// The folder.
        path: String,
        /// Whether it is on the SSH server of the project's database.
        is_there: bool,
    },
    /// A Redis server.
    Redis {
        /// Its URL.
        url: String,
        /// The container from inside of which it is seen.
        container: Option<String>,
    },
    /// What a container prints.
    ContainerLog {
        /// Its name.
        container: String,
    },
}

/// Whether backups take a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PartStateView {
    /// All of it.
    Taken,
    /// Some of it.
    InPart,
    /// Nothing of it.
    NotTaken,
    /// Nothing of it, and a person wants it so.
    Unwanted,
}

/// Gives parts of a project up, or wants them again.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChooseParts {
    /// Id or name of the project.
    pub project: String,
    /// Keys of parts that are not wanted; a kind means all of it.
    pub without: Vec<String>,
    /// Keys of parts that are wanted again.
    pub with: Vec<String>,
}

/// How much of a project backups take, for its row.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CoverageFigure {
    /// Parts that are taken whole.
    pub taken: u32,
    /// Parts that there are.
    pub of: u32,
    /// Titles of those that are not taken, or not whole, and that nobody gave up.
    pub lacking: Vec<String>,
}
