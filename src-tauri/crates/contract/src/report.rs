//! The auditor's report.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::Millis;

/// Asks for the report of a period.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskReport {
    /// The period begins here.
    pub from_ms: Millis,
    /// It ends before this.
    pub until_ms: Millis,
    /// Ids or names of projects; none means all.
    pub projects: Vec<String>,
}

/// In which form a report is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReportForm {
    /// One page that needs nothing else.
    Html,
    /// A table for each question, in a folder.
    Csv,
}

/// Saves the report of a period.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SaveReport {
    /// Of what.
    pub report: AskReport,
    /// In which form.
    pub form: ReportForm,
    /// A file that ends in `.html`, or a folder. It may take the place of a report, and of nothing else.
    pub path: String,
}

/// What was written.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReportSaved {
    /// The files.
    pub files: Vec<String>,
}
