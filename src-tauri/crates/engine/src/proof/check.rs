//! One check of a restored database: its verdict, what was checked, and what was found.

use std::borrow::Cow;
use std::time::Instant;

use ledger::catalog::Verdict;
use ledger::job::{Check, CheckVerdict};

/// Limit of listed names; the total is reported.
const FINDINGS_KEPT: usize = 20;

/// A check that goes on.
pub(crate) struct Begun {
    id: Cow<'static, str>,
    title: Cow<'static, str>,
    at: Instant,
}

impl Begun {
    pub(crate) fn new(id: impl Into<Cow<'static, str>>, title: impl Into<Cow<'static, str>>) -> Self {
        Self { id: id.into(), title: title.into(), at: Instant::now() }
    }

    /// Passes when nothing was found.
    pub(crate) fn judged(
        self,
        figure: impl Into<String>,
        done: impl Into<String>,
        findings: Vec<String>,
    ) -> Check {
        let verdict = if findings.is_empty() { CheckVerdict::Pass } else { CheckVerdict::Fail };
        self.ended(verdict, figure.into(), done.into(), findings)
    }

    /// As it was backed up, and worth a look.
    pub(crate) fn noted(
        self,
        figure: impl Into<String>,
        done: impl Into<String>,
        findings: Vec<String>,
    ) -> Check {
        self.ended(CheckVerdict::Noted, figure.into(), done.into(), findings)
    }

    /// Nobody looked, and why.
    pub(crate) fn not_checked(self, why: impl Into<String>) -> Check {
        self.ended(CheckVerdict::NotChecked, "not checked".into(), why.into(), Vec::new())
    }

    /// Part of it could not be compared: what, and why.
    pub(crate) fn partly(
        self,
        figure: impl Into<String>,
        done: impl Into<String>,
        findings: Vec<String>,
    ) -> Check {
        self.ended(CheckVerdict::NotChecked, figure.into(), done.into(), findings)
    }

    /// What was right is not, since it could not be given: nobody can say that it is as it was.
    pub(crate) fn lost(
        self,
        figure: impl Into<String>,
        done: impl Into<String>,
        findings: Vec<String>,
    ) -> Check {
        self.ended(CheckVerdict::Inconclusive, figure.into(), done.into(), findings)
    }

    /// It could not be made, and why.
    pub(crate) fn inconclusive(self, why: impl Into<String>) -> Check {
        self.ended(CheckVerdict::Inconclusive, "unknown".into(), why.into(), Vec::new())
    }

    fn ended(self, verdict: CheckVerdict, figure: String, done: String, mut findings: Vec<String>) -> Check {
        let found = findings.len() as u64;
        findings.truncate(FINDINGS_KEPT);
        let ms = i64::try_from(self.at.elapsed().as_millis()).unwrap_or(i64::MAX);
        Check {
            id: self.id.into_owned(),
            title: self.title.into_owned(),
            verdict,
            figure,
            done,
            findings,
            found,
            ms,
        }
    }
}

/// The verdict on all of them: one that failed fails, one that could not be made leaves it open.
pub(crate) fn overall(checks: &[Check]) -> Verdict {
    let has = |verdict| checks.iter().any(|check| check.verdict == verdict);
    if has(CheckVerdict::Fail) {
        Verdict::Fail
    } else if has(CheckVerdict::Inconclusive) {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verdict: CheckVerdict) -> Check {
        Begun::new("x", "X").ended(verdict, String::new(), String::new(), Vec::new())
    }

    #[test]
    fn one_failure_fails_all_and_what_nobody_looked_at_decides_nothing() {
        use CheckVerdict::{Fail, Inconclusive, NotChecked, Noted, Pass};
        let of = |all: &[CheckVerdict]| overall(&all.iter().map(|one| check(*one)).collect::<Vec<_>>());
        assert_eq!(of(&[Pass, Noted, NotChecked]), Verdict::Pass);
        assert_eq!(of(&[Pass, Inconclusive]), Verdict::Inconclusive);
        assert_eq!(of(&[Inconclusive, Fail, Pass]), Verdict::Fail);
    }

    #[test]
    fn names_are_kept_up_to_a_limit_and_all_are_counted() {
        let many = (0..50).map(|at| at.to_string()).collect();
        let check = Begun::new("x", "X").judged("", "", many);
        assert_eq!((check.findings.len(), check.found, check.verdict), (20, 50, CheckVerdict::Fail));
    }
}
