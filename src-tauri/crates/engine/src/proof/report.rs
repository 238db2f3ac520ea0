//! What a restore came to: a run keeps it, and the ledger its verdict.

use serde::{Deserialize, Serialize};

use super::Check;
use crate::catalog::Verdict;
use crate::steps::StepResult;

/// By this a restore's report as a document is known: its field `format`.
pub const RESTORE_REPORT: &str = "holdfast-restore-report";

/// What a restore came to; the checks after it decide.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RestoreReport {
    /// The backup.
    pub backup_id: String,
    /// Database that was created.
    pub database: String,
    /// Where it is, in words.
    pub target: String,
    /// Verdict of the checks.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Tables compared.
    pub tables_checked: u64,
    /// Rows compared.
    pub rows_checked: u64,
    /// Tables that differ.
    pub differences: Vec<Difference>,
    /// The checks, each with its verdict; reports of older versions have none.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// What the tools said that is expected or tolerable.
    pub notes: Vec<String>,
    /// How long the restore took.
    pub restore_ms: i64,
    /// How long the checks took.
    pub check_ms: i64,
    /// How to connect, without a password.
    pub connect: String,
    /// The scratch cluster, where it is one.
    pub scratch_id: Option<String>,
    /// What came of each recovery step; reports of older versions have none.
    #[serde(default)]
    pub steps: Vec<StepResult>,
}

/// A table whose rows are not those of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Schema and name.
    pub table: String,
    /// Rows in the manifest.
    pub expected_rows: Option<u64>,
    /// Rows found; absent when the table cannot be read.
    pub found_rows: Option<u64>,
    /// Why it cannot be read.
    pub problem: Option<String>,
}
