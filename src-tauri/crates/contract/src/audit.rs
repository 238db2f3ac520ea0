//! The audit chain: who did what, and whether that is still what was recorded.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// Asks for a page of entries, newest first; what is absent does not matter.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ListAudit {
    /// The beginning of the act's code: `backup.` or `restore.applied`.
    pub act: Option<String>,
    /// Id, name or kind of the subject.
    pub subject: Option<String>,
    /// Not before this moment.
    pub since_ms: Option<Millis>,
    /// Before this moment.
    pub until_ms: Option<Millis>,
    /// A text that stands anywhere in the entry.
    pub text: Option<String>,
    /// The number of the last entry of the page before; absent for the first page.
    pub before: Option<Count>,
    /// How many at most, 1 to 500.
    pub limit: u32,
}

/// A page of entries.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    /// How many match in all.
    pub total: Count,
    /// Newest first.
    pub entries: Vec<AuditEntryView>,
}

/// One entry of the chain.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntryView {
    /// Its number, from 1.
    pub seq: Count,
    /// When.
    pub at_ms: Millis,
    /// The account.
    pub who: String,
    /// The computer.
    pub host: String,
    /// From where, for people: `window`, `command line`.
    pub origin: String,
    /// Program and process number.
    pub process: String,
    /// The act's stable code.
    pub act: String,
    /// The act for people; its code where this version does not know it.
    pub title: String,
    /// What it is about: `project`, `backup`, `vault` …; empty for the profile itself.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// Its name.
    pub subject_name: String,
    /// What the entry says beyond that.
    pub facts: Vec<AuditFact>,
    /// The hash of the entry before it.
    pub prev: String,
    /// Its own hash.
    pub hash: String,
}

/// One thing that an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditFact {
    /// Its name: `backup`, `server`, `code` …
    pub name: String,
    /// Its text.
    pub value: String,
}

/// Asks for the verdict on the chain.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VerifyAudit {
    /// Also against what the newest backups in the vault say of it.
    pub with_backups: bool,
}

/// The verdict on the chain.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditVerdict {
    /// Whether nothing was changed, removed, moved, put in or cut off.
    pub is_whole: bool,
    /// The verdict in words.
    pub sentence: String,
    /// Entries that are there.
    pub entries: Count,
    /// When the first was recorded.
    pub first_at_ms: Option<Millis>,
    /// When the last was recorded.
    pub last_at_ms: Option<Millis>,
    /// The hash of the last entry, to be noted down elsewhere.
    pub last_hash: Option<String>,
    /// The first entry that does not fit.
    pub broken: Option<AuditBreak>,
    /// How many of the last entries the head does not cover, as after a crash.
    pub head_behind: Count,
    /// How many backups were compared; absent where none were to be.
    pub backups_compared: Option<Count>,
    /// Why backups were not compared, where they were to be.
    pub not_compared: Option<String>,
}

/// The first entry that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditBreak {
    /// Its number; the one that should be there where it is missing.
    pub seq: Count,
    /// What is wrong, as a sentence.
    pub problem: String,
}

/// Forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// One JSON object per line, to be verified by other programs.
    JsonLines,
    /// For a spreadsheet.
    Csv,
}

/// Writes the whole chain to a file.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportAudit {
    /// The file.
    pub path: String,
    /// Its form.
    pub format: AuditFormat,
}

/// What an export wrote.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditExported {
    /// The file.
    pub path: String,
    /// Entries in it.
    pub entries: Count,
}
