//! Tables, their rows and their fingerprints against the manifest. An empty table is right where the
//! original was empty; equal counts with another fingerprint are not.

use super::super::check::Begun;
use super::{Looked, concluded, pairs};
use base::words::{count_words, counted};
use ledger::job::Check;
use postgres::compare::TableDifference;
use postgres::connection::Session;

const TABLES: &str = "select n.nspname::text, c.relname::text from pg_catalog.pg_class c \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'f')";

pub(super) async fn check(
    looked: &Looked<'_>,
    session: &Session,
    differences: &[TableDifference],
) -> Vec<Check> {
    vec![tables(looked, session).await, rows(looked, differences), fingerprints(looked, differences)]
}

pub(super) async fn tables(looked: &Looked<'_>, session: &Session) -> Check {
    let begun = Begun::new("tables", "Tables");
    let made = looked.entries(&["TABLE", "FOREIGN TABLE"]).into_iter();
    let mut expected: Vec<(String, String)> =
        made.map(|entry| (entry.schema.clone().unwrap_or_default(), entry.tag.clone())).collect();
    expected.extend(looked.digests.iter().map(|table| (table.schema.clone(), table.name.clone())));
    expected.sort();
    expected.dedup();
    let done = pairs(session, TABLES).await.map(|there| {
        move |begun: Begun| {
            let missing: Vec<String> = expected
                .iter()
                .filter(|table| !there.contains(*table))
                .map(|(schema, name)| format!("{schema}.{name} is missing"))
                .collect();
            let figure = of(expected.len() - missing.len(), expected.len());
            begun.judged(figure, "Every table that the archive names is there.", missing)
        }
    });
    concluded(begun, done)
}

fn rows(looked: &Looked<'_>, differences: &[TableDifference]) -> Check {
    let begun = Begun::new("rows", "Rows");
    let expected: u64 = looked.digests.iter().map(|table| table.rows).sum();
    let other = |one: &&TableDifference| one.found_rows != Some(one.expected_rows);
    let findings: Vec<String> = differences.iter().filter(other).map(words).collect();
    let tables = looked.digests.len();
    let equal = of(tables.saturating_sub(findings.len()), tables);
    let done = format!("Equal in {equal} tables.");
    begun.judged(count_words(expected), done, findings)
}

fn fingerprints(looked: &Looked<'_>, differences: &[TableDifference]) -> Check {
    let begun = Begun::new("fingerprints", "Fingerprints");
    let tables = looked.digests.len();
    let content = |one: &&TableDifference| one.found_rows == Some(one.expected_rows);
    let findings: Vec<String> = differences.iter().filter(content).map(words).collect();
    let figure = of(tables.saturating_sub(differences.len()), tables);
    begun.judged(figure, "Equal to those taken inside the dump.", findings)
}

fn words(one: &TableDifference) -> String {
    let TableDifference { table, expected_rows, found_rows, problem } = one;
    match (problem, found_rows) {
        (Some(problem), _) => format!("{table}: {problem}"),
        (None, Some(found)) if found == expected_rows => {
            format!("{table}: {}, and their content differs", counted(*found, "row"))
        }
        (None, found) => format!(
            "{table}: {} expected, {} found",
            counted(*expected_rows, "row"),
            count_words(found.unwrap_or(0))
        ),
    }
}

/// `41 of 41`.
pub(super) fn of(there: usize, expected: usize) -> String {
    format!("{} of {}", count_words(there as u64), count_words(expected as u64))
}
