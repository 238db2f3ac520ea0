//! Looking for damage: the structure (`check::structure`), and the data by slices (`check::data`).
//!
//! A check repairs nothing. Packs in no index are no damage: an interrupted writer leaves them.

use std::sync::Arc;

use crate::cancel::Cancel;
use crate::error::VaultError;
use crate::vault::Inner;

mod data;
mod structure;

/// The problems that are listed; a vault with more is beyond a list.
const PROBLEMS_MAX: usize = 10_000;

/// Which packs are read: the `n`th of `t` parts, which cover everything between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Which part, from 1.
    pub n: u32,
    /// Of how many.
    pub t: u32,
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckOptions {
    /// The packs whose data is read; none if only the structure is checked.
    pub data: Option<Slice>,
}

/// How far a check is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckProgress {
    /// Packs whose data was read.
    pub packs: u64,
    /// Of how many.
    pub packs_total: u64,
    /// The bytes of the packs that were read.
    pub bytes_read: u64,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a file of the repository or a path.
    pub file: String,
    /// What was seen.
    pub message: String,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Everything that is wrong; empty if all is well.
    pub problems: Vec<Problem>,
    /// Packs in the repository.
    pub packs: u64,
    /// Bytes of packs that were read.
    pub bytes_read: u64,
    /// Snapshots whose trees were walked.
    pub snapshots: u64,
}

/// Runs a check. Failures of the store end it; damage is collected.
pub(crate) fn run(
    inner: &Arc<Inner>,
    options: CheckOptions,
    progress: &dyn Fn(CheckProgress),
    cancel: &Cancel,
) -> Result<CheckReport, VaultError> {
    if let Some(Slice { n, t }) = options.data.filter(|slice| slice.n == 0 || slice.n > slice.t) {
        return Err(VaultError::BadSlice { n, t });
    }
    let mut findings = Findings::default();
    let packs = structure::check_packs(inner, &mut findings, cancel)?;
    let snapshots = structure::check_snapshots(inner, &mut findings, cancel)?;
    let bytes_read = match options.data {
        Some(slice) => data::check(inner, &packs, slice, &mut findings, progress, cancel)?,
        None => 0,
    };
    Ok(CheckReport { problems: findings.problems, packs: packs.stored, bytes_read, snapshots })
}

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Findings {
    problems: Vec<Problem>,
}

impl Findings {
    fn add(&mut self, file: impl Into<String>, message: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { file: file.into(), message: message.into() });
        }
    }

    /// Takes damage in; yields what is none, or nothing if there was damage.
    fn take<T>(&mut self, file: &str, result: Result<T, VaultError>) -> Result<Option<T>, VaultError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(VaultError::Damaged { file, what }) => {
                self.add(file, what);
                Ok(None)
            }
            Err(VaultError::Missing { file: what }) => {
                self.add(file, format!("{what} is missing"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
