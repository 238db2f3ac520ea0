//! The checks of a restored database, the same for restores and drills.
//!
//! Each examines one thing and reports what it examined; none changes anything.

mod access;
mod assertions;
mod constraints;
mod indexes;
mod kept;
mod large_objects;
mod orphans;
mod program;
mod rights;
mod rows;
mod sequences;

use camino::Utf8Path;

use super::check::Begun;
use super::selection::Selection;
use crate::archive::Manifest;
use base::failure::Failure;
use ledger::catalog::AssertionRecord;
use ledger::job::{Check, CheckVerdict, JobContext};
use postgres::access::AccessFact;
use postgres::compare::TableDifference;
use postgres::connection::{Session, said};
use postgres::custom_format::{TableDigest, Toc, TocEntry};
use postgres::fill::Ownership;
use postgres::missing::Limit;
use postgres::target::Target;

/// What the checks look at, and what they compare it with.
pub(super) struct Looked<'a> {
    pub(super) context: &'a JobContext,
    pub(super) manifest: &'a Manifest,
    /// What was loaded.
    pub(super) toc: &'a Toc,
    pub(super) digests: &'a [TableDigest],
    pub(super) selection: &'a Selection,
    pub(super) ownership: Ownership,
    /// Who could do what at the backup.
    pub(super) access: Option<&'a [AccessFact]>,
    /// What the backup does not have stays there.
    pub(super) keeps_others: bool,
    /// What was not brought back.
    pub(super) limits: &'a [Limit],
    pub(super) target: &'a Target,
    pub(super) sessions: usize,
    pub(super) assertions: &'a [AssertionRecord],
    pub(super) program: Option<&'a Utf8Path>,
}

impl Looked<'_> {
    /// Entries of one of these kinds.
    fn entries(&self, kinds: &[&str]) -> Vec<&TocEntry> {
        self.toc.entries.iter().filter(|entry| kinds.contains(&entry.kind.as_str())).collect()
    }

    fn is_everything(&self) -> bool {
        *self.selection == Selection::Everything
    }

    /// What a partial drill did not bring back, in words.
    fn left_out(&self) -> &'static str {
        match self.selection {
            Selection::Everything => "",
            Selection::DataAndKeys => "only data and keys were brought back",
            Selection::Tables(_) => "only the chosen tables were brought back",
        }
    }
}

/// Makes all checks. A check that cannot be made says so itself.
///
/// # Errors
/// When the database cannot be reached, or the job was cancelled.
pub(super) async fn make(
    looked: &Looked<'_>,
    differences: &[TableDifference],
) -> Result<Vec<Check>, Failure> {
    let session = looked.target.session_for_tables().await?;
    let of_catalogue = async {
        let mut checks = rows::check(looked, &session, differences).await;
        checks.push(sequences::check(looked, &session).await);
        checks.push(constraints::check(looked, &session).await);
        checks.push(indexes::check(looked, &session).await);
        checks.push(access::check(looked, &session).await);
        checks.push(kept::check(looked, &session).await);
        checks.push(large_objects::check(looked, &session).await);
        checks
    };
    let (mut checks, orphans) = tokio::join!(of_catalogue, orphans::check(looked));
    session.close().await;
    looked.context.checkpoint()?;
    checks.push(orphans);
    // What is the user's own comes last, and alone: it may look at anything.
    checks.push(assertions::check(looked).await);
    checks.push(program::check(looked).await);
    looked.context.checkpoint()?;
    Ok(checks)
}

/// Those that ask for no row. Of a database in which other things were there and stayed: what is not as in the backup may
/// be right, and is for a person to say.
///
/// # Errors
/// As `make`.
pub(super) async fn of_structure(looked: &Looked<'_>) -> Result<Vec<Check>, Failure> {
    let session = looked.target.session_for_tables().await?;
    let checks = [
        constraints::check(looked, &session).await,
        indexes::check(looked, &session).await,
        access::check(looked, &session).await,
        kept::check(looked, &session).await,
    ];
    session.close().await;
    looked.context.checkpoint()?;
    Ok(checks.into_iter().map(open_where_other).collect())
}

/// Those of a database that somebody else restored, to another moment than the backup's: what is not as in the backup may
/// be right, and is for a person to say; what is wrong by itself fails.
///
/// # Errors
/// As `make`.
pub(super) async fn of_another_moment(looked: &Looked<'_>) -> Result<Vec<Check>, Failure> {
    let session = looked.target.session_for_tables().await?;
    let tables = rows::tables(looked, &session).await;
    session.close().await;
    let mut checks = vec![open_where_other(tables)];
    checks.extend(of_structure(looked).await?);
    checks.push(orphans::check(looked).await);
    checks.push(assertions::check(looked).await);
    looked.context.checkpoint()?;
    Ok(checks)
}

fn open_where_other(check: Check) -> Check {
    match check.verdict {
        CheckVerdict::Fail => Check { verdict: CheckVerdict::Inconclusive, ..check },
        _ => check,
    }
}

/// Ends a check by what its queries gave, or by why they gave nothing.
fn concluded(begun: Begun, done: Result<impl FnOnce(Begun) -> Check, tokio_postgres::Error>) -> Check {
    match done {
        Ok(conclude) => conclude(begun),
        Err(error) => {
            let said = said(&error);
            begun.inconclusive(format!("The server did not answer the questions of this check: {said}."))
        }
    }
}

/// Names of two columns of every row.
async fn pairs(
    session: &Session,
    sql: &str,
) -> Result<std::collections::HashSet<(String, String)>, tokio_postgres::Error> {
    let rows = session.client.query(sql, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
