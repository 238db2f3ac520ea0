//! Rows and fingerprints of a live database, taken exactly as the tap takes them from a dump.
//!
//! The text of a row depends on the session's settings, so they are made those of the dump:
//! `pg_dump` sets most itself, and ours runs with the time zone UTC.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::connection::{ConnectError, SAFE_PATH, Session, said};
use super::custom_format::{CopiedTable, LineDigest, TableDigest};
use super::facts::{self, FactsError};
use super::target::{Target, quote_literal};
use base::meter::Meter;

/// A table of a dump: what was counted in it, and the columns of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpedTable {
    /// What was counted.
    pub digest: TableDigest,
    /// The table and the columns, from the dump's table of contents.
    pub copied: CopiedTable,
    /// Which of its rows the dump has, as the server says it of an extension's table.
    condition: Option<String>,
}

impl DumpedTable {
    /// A table all of whose rows are in the dump.
    pub fn new(digest: TableDigest, copied: CopiedTable) -> Self {
        Self { digest, copied, condition: None }
    }

    /// The statement that gives its rows as the dump has them. None where the condition of its extension is more than
    /// one.
    fn copy_out(&self) -> Option<String> {
        match &self.condition {
            None => Some(self.copied.to_stdout()),
            Some(condition) => is_one_condition(condition).then(|| self.copied.some_to_stdout(condition)),
        }
    }
}

/// Whether a text of an extension's script can be nothing but `WHERE …`, so that what it stands in ends where it should.
pub fn is_one_condition(text: &str) -> bool {
    let (mut depth, mut quote) = (0_u32, None);
    let begins = text.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("where"));
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            // What ends a quote in one server's reading and not in another's is nobody's condition.
            (_, '\\' | '$') | (None, ';') => return false,
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, '-') if letters.peek() == Some(&'-') => return false,
            (None, '/') if letters.peek() == Some(&'*') => return false,
            (None, '(') => depth += 1,
            (None, ')') => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    begins && depth == 0 && quote.is_none()
}

/// A table whose rows are not those of the dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDifference {
    /// Schema and name.
    pub table: String,
    /// Rows in the dump.
    pub expected_rows: u64,
    /// Rows found; absent when the table cannot be read.
    pub found_rows: Option<u64>,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

/// Why rows could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// No session.
    #[error("cannot reach the database to compare its rows")]
    Connect {
        /// Why.
        #[from]
        source: ConnectError,
    },
    /// The session's settings were refused.
    #[error("the server refused the settings for a comparison")]
    Settings {
        /// Why.
        source: tokio_postgres::Error,
    },
    /// Which rows of the extensions' tables are the user's is not known.
    #[error("the extensions of the database could not be read")]
    Conditions {
        /// Why.
        source: FactsError,
    },
    /// It was stopped.
    #[error("the comparison was cancelled")]
    Cancelled,
}

/// Puts a session into the state in which `pg_dump` writes rows.
///
/// # Errors
/// When the server refuses.
pub async fn like_the_dump(session: &Session, encoding: Option<&str>) -> Result<(), tokio_postgres::Error> {
    let encoding = encoding
        .map_or_else(String::new, |encoding| format!("SET client_encoding = {};", quote_literal(encoding)));
    let settings = "SET datestyle = ISO; SET intervalstyle = postgres; SET extra_float_digits = 3; SET timezone = 'UTC'; \
        SET synchronize_seqscans = off; SET row_security = off; SET statement_timeout = 0; SET lock_timeout = 0; \
        SET idle_in_transaction_session_timeout = 0; SET standard_conforming_strings = on; SET xmloption = content; \
        SET bytea_output = hex; SET quote_all_identifiers = off; \
        SET client_min_messages = warning; \
        SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name IN ('transaction_timeout', 'idle_session_timeout')";
    // The path first, in case a script was run before. Names are written as under `pg_dump`'s, which is
    // empty: all but the catalogue's with their schemas.
    session.client.batch_execute(&format!("{SAFE_PATH};{encoding}{settings}")).await
}

/// Compares every table with the dump, over `sessions_max` sessions, the largest first.
///
/// # Errors
/// When the database cannot be reached at all; a single table that cannot be read is a difference.
pub async fn compare(
    target: &Target,
    mut tables: Vec<DumpedTable>,
    encoding: Option<&str>,
    sessions_max: usize,
    meter: &Arc<Meter>,
    token: &CancellationToken,
) -> Result<Vec<TableDifference>, RowsError> {
    only_the_users_rows(target, &mut tables).await?;
    tables.sort_by_key(|table| table.digest.bytes);
    let sessions = sessions_max.clamp(1, tables.len().max(1));
    let queue = Mutex::new(tables);
    let found = Mutex::new(Vec::new());
    let worker = || async {
        let session = target.session().await?;
        like_the_dump(&session, encoding).await.map_err(|source| RowsError::Settings { source })?;
        loop {
            let Some(table) = queue.lock().await.pop() else { break };
            let difference = tokio::select! {
                difference = compare_table(&session, &table, meter) => difference,
                () = token.cancelled() => return Err(RowsError::Cancelled),
            };
            if let Some(difference) = difference {
                found.lock().await.push(difference);
            }
        }
        session.close().await;
        Ok(())
    };
    futures_util::future::try_join_all((0..sessions).map(|_| worker())).await?;
    Ok(found.into_inner())
}

/// Compares tables as the session sees them, within whatever transaction it is in.
///
/// # Errors
/// When the extensions of the database cannot be read, or the session is gone.
pub async fn compare_within(
    session: &Session,
    mut tables: Vec<DumpedTable>,
    meter: &Meter,
) -> Result<Vec<TableDifference>, RowsError> {
    let conditions = facts::configuration_conditions(&session.client).await;
    restrict(&mut tables, &conditions.map_err(|source| RowsError::Conditions { source })?);
    let mut found = Vec::new();
    for table in tables {
        found.extend(compare_table(session, &table, meter).await);
    }
    Ok(found)
}

/// Compares one table, over a session that is in the state of [`like_the_dump`].
pub(super) async fn compare_table(
    session: &Session,
    table: &DumpedTable,
    meter: &Meter,
) -> Option<TableDifference> {
    let Some(copy) = table.copy_out() else {
        return Some(TableDifference {
            table: format!("{}.{}", table.digest.schema, table.digest.name),
            expected_rows: table.digest.rows,
            found_rows: None,
            problem: Some(
                "which of its rows are the user's its extension says in no form that is understood".into(),
            ),
        });
    };
    difference(&table.digest, digest(session, &copy, meter).await)
}

/// Of an extension's own tables a dump has the rows of the user alone; the rest comes with the extension.
///
/// # Errors
/// When the database, or what its extensions say of their tables, cannot be read.
pub(super) async fn only_the_users_rows(
    target: &Target,
    tables: &mut [DumpedTable],
) -> Result<(), RowsError> {
    let session = target.session().await?;
    let conditions = facts::configuration_conditions(&session.client).await;
    session.close().await;
    restrict(tables, &conditions.map_err(|source| RowsError::Conditions { source })?);
    Ok(())
}

fn restrict(tables: &mut [DumpedTable], conditions: &HashMap<(String, String), String>) {
    for table in tables {
        let name = (table.digest.schema.clone(), table.digest.name.clone());
        table.condition = conditions.get(&name).cloned();
    }
}

async fn digest(session: &Session, copy: &str, meter: &Meter) -> Result<LineDigest, tokio_postgres::Error> {
    let mut stream = std::pin::pin!(session.client.copy_out(copy).await?);
    let mut lines = LineDigest::of_stream();
    while let Some(part) = stream.next().await {
        let part = part?;
        let before = lines.rows();
        lines.push(&part);
        meter.add_bytes(part.len() as u64);
        meter.add_rows(lines.rows() - before);
    }
    Ok(lines)
}

fn difference(
    expected: &TableDigest,
    found: Result<LineDigest, tokio_postgres::Error>,
) -> Option<TableDifference> {
    let table = format!("{}.{}", expected.schema, expected.name);
    match found {
        Err(error) => {
            let problem = said(&error);
            Some(TableDifference {
                table,
                expected_rows: expected.rows,
                found_rows: None,
                problem: Some(problem),
            })
        }
        Ok(lines) if lines.rows() == expected.rows && lines.fingerprint() == expected.fingerprint => None,
        Ok(lines) => {
            let (expected_rows, found_rows) = (expected.rows, Some(lines.rows()));
            Some(TableDifference { table, expected_rows, found_rows, problem: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_one_condition;

    #[test]
    fn a_condition_of_an_extension_is_one_and_nothing_that_ends_what_it_stands_in() {
        for one in [
            "WHERE NOT (srid BETWEEN 2000 AND 2999)",
            " where name <> 'it''s (' and \"a)\" is null",
            "WHERE id in (select 1)",
        ] {
            assert!(is_one_condition(one), "{one}");
        }
        for other in [
            "WHERE true) TO PROGRAM 'touch x' --",
            "WHERE (true",
            "WHERE true; drop table t",
            "WHERE true /* ",
            "WHERE name = E'\\') to program ''x'",
            "WHERE name = $a$)$a$",
            "union select 1",
            "WHERE 'a",
        ] {
            assert!(!is_one_condition(other), "{other}");
        }
    }
}
