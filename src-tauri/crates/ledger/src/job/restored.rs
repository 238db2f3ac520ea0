//! The result of a restore: the run stores it, the ledger its verdict.

use serde::{Deserialize, Serialize};

use super::StepResult;
use crate::catalog::Verdict;
use postgres::missing::Limit;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// It is as it should be.
    Pass,
    /// It is not.
    Fail,
    /// It could not be shown either way.
    Inconclusive,
    /// It is as it was backed up, and a person should look at it.
    Noted,
    /// Nobody looked.
    NotChecked,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable id, for instance `fingerprints`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What it came to.
    pub verdict: CheckVerdict,
    /// The figure, for instance `41 of 41`.
    pub figure: String,
    /// What was compared with what, or why nothing was.
    pub done: String,
    /// What is not as it should be, the first ones.
    pub findings: Vec<String>,
    /// How many there are in all.
    pub found: u64,
    /// How long it took.
    pub ms: i64,
}

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
    /// What was not brought back here, and why.
    #[serde(default)]
    pub limits: Vec<Limit>,
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
