//! Backup files: what they are, and turning them into backups of a project.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// Files to be looked at. Looking runs nothing and keeps nothing.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct InspectFiles {
    /// Their paths; several may belong together.
    pub paths: Vec<String>,
    /// Opens what is encrypted.
    pub passphrase: Option<String>,
    /// A name by which this look can be ended.
    pub look: Option<String>,
}

/// How far a look is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LookProgress {
    /// Bytes read of the files so far.
    pub bytes: Count,
    /// Bytes that they have.
    pub bytes_total: Count,
}

/// Names a look that goes on.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LookRef {
    /// The name that it was given.
    pub look: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FindingLevel {
    /// As it should be.
    Good,
    /// Worth knowing.
    Warning,
    /// Stands in the way.
    Danger,
}

/// One thing that was found.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    /// How bad.
    pub level: FindingLevel,
    /// Title.
    pub title: String,
    /// In words.
    pub words: String,
}

/// A part of a backup file.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BundlePartView {
    /// `database`, `roles`, `storage`, `config`, `redis`, `logs`, `metadata`, `other`.
    pub component: String,
    /// Where it lies in the file.
    pub path: String,
    /// Bytes, opened.
    pub size_bytes: Count,
    /// SHA-256 as it lies there.
    pub sha256: Option<String>,
    /// `match`, `mismatch`, `not_comparable`, `none`.
    pub checksum: String,
}

/// A table in a backup file.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BundleTableView {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows, where they could be counted.
    pub rows: Option<Count>,
    /// Bytes of its rows.
    pub size_bytes: Option<Count>,
}

/// What a file, or several that belong together, turned out to be.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct InspectionView {
    /// The files.
    pub paths: Vec<String>,
    /// Their names.
    pub name: String,
    /// Bytes of all of them.
    pub size_bytes: Count,
    /// SHA-256 of the file, or of each.
    pub sha256: Vec<String>,
    /// What it is, in one sentence.
    pub sentence: String,
    /// Stable word for what it is.
    pub kind: String,
    /// The layers that were opened, outermost first.
    pub layers: Vec<String>,
    /// Who made it.
    pub made_by: Option<String>,
    /// When.
    pub made_at_ms: Option<Millis>,
    /// Postgres that it comes from.
    pub server_version: Option<String>,
    /// Tool that wrote it.
    pub tool_version: Option<String>,
    /// Name of the project or database, where it says one.
    pub project: Option<String>,
    /// Whether a passphrase is needed to say more.
    pub needs_passphrase: bool,
    /// Whether it can be kept.
    pub can_keep: bool,
    /// Whether it holds a database that can be restored.
    pub has_database: bool,
    /// Bytes, opened.
    pub unpacked_bytes: Count,
    /// Parts.
    pub parts: Vec<BundlePartView>,
    /// Tables, the largest first.
    pub tables: Vec<BundleTableView>,
    /// Rows of all tables, where they could be counted.
    pub rows: Option<Count>,
    /// Stored files and how many buckets they are in.
    pub files: Count,
    /// Buckets.
    pub buckets: Count,
    /// What was found: good, warnings, dangers.
    pub findings: Vec<FindingView>,
    /// The project that it seems to belong to, and why.
    pub belongs_to: Option<BelongsTo>,
    /// The backup here that was made of the same file.
    pub backup_id: Option<String>,
    /// The equivalent command line for keeping it.
    pub import_command: String,
}

/// The project that a file seems to belong to.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BelongsTo {
    /// Its id.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// Why, as a sentence.
    pub why: String,
}

/// Keeps files in the vault, as a backup of a project.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportFiles {
    /// Their paths.
    pub paths: Vec<String>,
    /// Opens what is encrypted.
    pub passphrase: Option<String>,
    /// A project that is there; or
    pub into: Option<String>,
    /// the name of a new one.
    pub as_project: Option<String>,
    /// Why, as a person wrote it.
    pub reason: Option<String>,
    /// A person vouches for where the files come from: only then is what is in them ever restored with the
    /// rights of a superuser of a private server.
    pub is_trusted: bool,
}
