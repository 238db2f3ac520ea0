//! Whether a backup is similar to the ones before it. Pure: counts, sizes and shares of rows in, checks out.
//!
//! The usual range comes only from earlier backups, by medians, so that one odd backup does not move it. It
//! does not interpret names and reads no values, and reports what it did not examine.

use std::collections::{BTreeMap, BTreeSet};

use base::words::{bytes_words, count_words, counted};
use ledger::job::{Check, CheckVerdict};
use postgres::custom_format::TableDigest;

/// With fewer backups before it nobody can say what is usual.
pub(super) const HISTORY_MIN: usize = 3;
/// Tables with fewer rows change wholly in an ordinary day.
const ROWS_MIN: u64 = 20;
/// So many median deviations around the median are usual (1.4826 makes them standard deviations of a normal spread).
const DEVIATIONS: f64 = 6.0 * 1.4826;
/// A table that never changed may still gain or lose this share of its rows in a day.
const ROWS_SHARE: f64 = 0.2;
/// Rows grow and shrink by edits; a row that is encrypted or filled grows by more.
const SIZE_SHARE: f64 = 0.5;
/// From this share of rows on that are not as they were, a change is called a mass change.
const CHANGED_SHARE: f64 = 0.3;
/// Limit of listed findings; the total is reported.
const FINDINGS_KEPT: usize = 20;

/// Schema and name.
pub(super) type TableKey = (String, String);

/// Of the rows that a table had, the share that is not there any more as it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Changed {
    /// Between the backup before and this one; 0 to 1.
    pub(super) now: f64,
    /// Between the two backups before; absent where there are no such two.
    pub(super) before: Option<f64>,
}

/// What is looked at.
pub(super) struct Looked<'a> {
    /// The tables of this backup.
    pub(super) tables: &'a [TableDigest],
    /// Those of the backups before it, newest first; only such that were counted.
    pub(super) history: &'a [Vec<TableDigest>],
    /// Of tables whose content is another than before.
    pub(super) changed: &'a BTreeMap<TableKey, Changed>,
}

/// The checks.
pub(super) fn judge(looked: &Looked<'_>) -> Vec<Check> {
    vec![rows(looked), vanished(looked), sizes(looked), changed(looked)]
}

/// The verdict's words of a check with findings: without enough of a history they are a question.
fn judged(id: &str, title: &str, figure: String, done: &str, findings: Vec<String>, history: usize) -> Check {
    let is_known = history >= HISTORY_MIN;
    let verdict = match (findings.is_empty(), is_known) {
        (true, true) => CheckVerdict::Pass,
        (false, true) => CheckVerdict::Fail,
        (_, false) => CheckVerdict::Inconclusive,
    };
    let before = counted(history as u64, "backup");
    let done = if is_known {
        format!("{done} Compared with {before} before it.")
    } else {
        format!("{done} There are only {before} before it that were counted: too few to say what is usual.")
    };
    check(id, title, verdict, figure, done, findings)
}

pub(super) fn check(
    id: &str,
    title: &str,
    verdict: CheckVerdict,
    figure: impl Into<String>,
    done: impl Into<String>,
    mut findings: Vec<String>,
) -> Check {
    let found = findings.len() as u64;
    findings.truncate(FINDINGS_KEPT);
    Check {
        id: id.into(),
        title: title.into(),
        verdict,
        figure: figure.into(),
        done: done.into(),
        findings,
        found,
        ms: 0,
    }
}

/// A table in the backups before, newest first, until one in which it is missing.
fn past<'a>(looked: &'a Looked<'_>, table: &TableDigest) -> Vec<&'a TableDigest> {
    let same = |other: &&TableDigest| other.schema == table.schema && other.name == table.name;
    looked.history.iter().map_while(|backup| backup.iter().find(same)).collect()
}

fn rows(looked: &Looked<'_>) -> Check {
    let mut findings = Vec::new();
    for table in looked.tables {
        let past = past(looked, table);
        let Some(last) = past.first() else { continue };
        let steps: Vec<f64> =
            past.windows(2).map(|pair| number(pair[0].rows) - number(pair[1].rows)).collect();
        let (usual, spread) = median_and_deviation(&steps);
        let room = (DEVIATIONS * spread).max(ROWS_SHARE * number(last.rows)).max(number(ROWS_MIN));
        let step = number(table.rows) - number(last.rows);
        if (step - usual).abs() > room {
            findings.push(format!(
                "{}.{}: {} rows, {} in the backup before",
                table.schema,
                table.name,
                count_words(table.rows),
                count_words(last.rows)
            ));
        }
    }
    let figure = format!("{} of {}", looked.tables.len() - findings.len(), looked.tables.len());
    let done = "The rows of each table, and by how many they usually change.";
    judged("clean_rows", "Rows", figure, done, findings, looked.history.len())
}

fn vanished(looked: &Looked<'_>) -> Check {
    let here: BTreeSet<(&str, &str)> =
        looked.tables.iter().map(|table| (table.schema.as_str(), table.name.as_str())).collect();
    let before = looked.history.first().map(Vec::as_slice).unwrap_or_default();
    let gone = before.iter().filter(|table| !here.contains(&(table.schema.as_str(), table.name.as_str())));
    let findings: Vec<String> = gone
        .map(|table| format!("{}.{}: {} before", table.schema, table.name, counted(table.rows, "row")))
        .collect();
    let figure = format!("{} of {}", before.len() - findings.len(), before.len());
    judged(
        "clean_tables",
        "Tables still there",
        figure,
        "Every table of the backup before.",
        findings,
        looked.history.len(),
    )
}

fn sizes(looked: &Looked<'_>) -> Check {
    let mut findings = Vec::new();
    for table in looked.tables.iter().filter(|table| table.rows >= ROWS_MIN) {
        let past = past(looked, table);
        let sizes: Vec<f64> =
            past.iter().filter(|one| one.rows >= ROWS_MIN).map(|one| row_size(one)).collect();
        if sizes.is_empty() {
            continue;
        }
        let (usual, spread) = median_and_deviation(&sizes);
        let room = (DEVIATIONS * spread).max(SIZE_SHARE * usual);
        let size = row_size(table);
        if (size - usual).abs() > room {
            findings.push(format!(
                "{}.{}: {} a row, usually {}",
                table.schema,
                table.name,
                bytes_words(whole(size)),
                bytes_words(whole(usual))
            ));
        }
    }
    let figure = format!("{} of {}", looked.tables.len() - findings.len(), looked.tables.len());
    let done = "The bytes of a row, which grow where values are encrypted or filled.";
    judged("clean_sizes", "Size of rows", figure, done, findings, looked.history.len())
}

fn changed(looked: &Looked<'_>) -> Check {
    let before: BTreeMap<(&str, &str), u64> = looked
        .history
        .first()
        .into_iter()
        .flatten()
        .map(|table| ((table.schema.as_str(), table.name.as_str()), table.rows))
        .collect();
    let mut findings = Vec::new();
    let mut open = false;
    for ((schema, name), Changed { now, before: usual }) in looked.changed {
        let rows = before.get(&(schema.as_str(), name.as_str())).copied().unwrap_or(0);
        if rows < ROWS_MIN || *now < CHANGED_SHARE || usual.is_some_and(|usual| *now <= 2.0 * usual + 0.1) {
            continue;
        }
        open |= usual.is_none();
        let usual = usual
            .map_or_else(|| "not known how many usually".into(), |usual| format!("usually {}", share(usual)));
        findings.push(format!("{schema}.{name}: {} of its rows are not as they were, {usual}", share(*now)));
    }
    let figure = format!("{} changed", counted(looked.changed.len() as u64, "table"));
    let done = "Of each table whose content is another, the share of rows of the backup before that are not there any more as they were, by their hashes.";
    let history = if open { 0 } else { looked.history.len() };
    judged("clean_changed", "Mass changes", figure, done, findings, history)
}

fn share(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn row_size(table: &TableDigest) -> f64 {
    number(table.bytes) / number(table.rows.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "bands are wider than the last of sixteen digits")]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size of a row is shown to three digits"
)]
fn whole(size: f64) -> u64 {
    size.max(0.0).round() as u64
}

/// The median, and the median distance from it.
fn median_and_deviation(values: &[f64]) -> (f64, f64) {
    let middle = median(values.to_vec());
    (middle, median(values.iter().map(|value| (value - middle).abs()).collect()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: u64, bytes: u64) -> TableDigest {
        TableDigest { schema: "public".into(), name: name.into(), rows, bytes, fingerprint: rows.to_string() }
    }

    fn verdicts(
        now: &[TableDigest],
        history: &[Vec<TableDigest>],
        changed: &[(&str, f64, Option<f64>)],
    ) -> Vec<CheckVerdict> {
        let changed = changed
            .iter()
            .map(|(name, now, before)| {
                (("public".into(), (*name).into()), Changed { now: *now, before: *before })
            })
            .collect();
        judge(&Looked { tables: now, history, changed: &changed })
            .into_iter()
            .map(|one| one.verdict)
            .collect()
    }

    /// Orders that grow by fifty a day, newest first.
    fn growing(days: u64) -> Vec<Vec<TableDigest>> {
        (0..days).rev().map(|day| vec![table("orders", 1000 + 50 * day, (1000 + 50 * day) * 40)]).collect()
    }

    #[test]
    fn what_grows_as_it_always_did_is_clean() {
        let now = [table("orders", 1500, 1500 * 40)];
        assert_eq!(verdicts(&now, &growing(10), &[("orders", 0.02, Some(0.01))]), [CheckVerdict::Pass; 4]);
    }

    #[test]
    fn lost_rows_lost_tables_grown_rows_and_mass_changes_are_each_found() {
        use CheckVerdict::{Fail, Pass};
        let history = growing(10);
        assert_eq!(verdicts(&[table("orders", 100, 4000)], &history, &[]), [Fail, Pass, Pass, Pass]);
        assert_eq!(verdicts(&[], &history, &[]), [Pass, Fail, Pass, Pass]);
        assert_eq!(verdicts(&[table("orders", 1500, 1500 * 90)], &history, &[]), [Pass, Pass, Fail, Pass]);
        let changed = [("orders", 0.97, Some(0.01))];
        assert_eq!(verdicts(&[table("orders", 1500, 60_000)], &history, &changed), [Pass, Pass, Pass, Fail]);
    }

    #[test]
    fn a_table_that_is_always_written_anew_is_no_mass_change() {
        let now = [table("orders", 1500, 60_000)];
        assert_eq!(verdicts(&now, &growing(10), &[("orders", 1.0, Some(1.0))]), [CheckVerdict::Pass; 4]);
    }

    #[test]
    fn without_a_history_nothing_is_shown_either_way() {
        let now = [table("orders", 1500, 60_000)];
        assert_eq!(verdicts(&now, &[], &[]), [CheckVerdict::Inconclusive; 4]);
        let all = verdicts(&now, &growing(10), &[("orders", 1.0, None)]);
        assert_eq!(all[3], CheckVerdict::Inconclusive);
    }
}
