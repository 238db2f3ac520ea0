//! Tables with unusual row counts against earlier backups. Pure; the catalogue stores the history.
//!
//! A table that became empty or vanished is always reported, even with too few backups for a band, because a
//! truncated or dropped table looks like that. It stays reported until it has been so for as long as it was
//! otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::band::{Band, Off, POINTS_MAX, POINTS_MIN};
use crate::archive::Manifest;
use ledger::catalog::{Catalog, CatalogError, Counted, CountedRecord, OddKind, OddTable, Sample};

/// Rows may differ by so many whatever came before: small tables are not worth a word.
pub(crate) const ROWS_FLOOR: u64 = 20;
/// More tables of a backup are not kept; a partitioned database may have a hundred thousand.
const TABLES_MAX: usize = 20_000;

/// What a manifest says of its tables; nothing where they were not counted.
fn counted(manifest: &Manifest) -> Option<Counted> {
    let tables = manifest.database.as_ref()?.tables.as_ref()?;
    let mut rows: BTreeMap<String, u64> =
        tables.iter().map(|table| (format!("{}.{}", table.schema, table.name), table.rows)).collect();
    let not_taken = manifest.not_taken().into_iter().flat_map(|out| &out.tables);
    let mut not_taken: BTreeSet<String> =
        not_taken.map(|table| format!("{}.{}", table.schema, table.name)).collect();
    // Of a closed schema everything is left out.
    not_taken.extend(
        manifest.not_taken().into_iter().flat_map(|out| &out.schemas).map(|schema| format!("{schema}.*")),
    );
    let left_out =
        (rows.len().saturating_sub(TABLES_MAX) + not_taken.len().saturating_sub(TABLES_MAX)) as u64;
    if let Some(first_left_out) = not_taken.iter().nth(TABLES_MAX).cloned() {
        not_taken.split_off(&first_left_out);
    }
    if let Some(first_left_out) = rows.keys().nth(TABLES_MAX).cloned() {
        rows.split_off(&first_left_out);
    }
    let (at_ms, migration) = (manifest.moment_at_ms, manifest.migration.clone());
    Some(Counted { at_ms, rows, left_out, migration, not_taken })
}

/// What is kept of a backup's tables; nothing where they were not counted.
pub(crate) fn record(manifest: &Manifest, backup_id: &str) -> Option<CountedRecord> {
    // What was chosen for one run alone says nothing of what is usual.
    if manifest.held_back.is_some() {
        return None;
    }
    let counted = counted(manifest)?;
    let clock_skew_ms = manifest.server.as_ref().map(|server| server.clock_skew_ms);
    Some(CountedRecord { backup_id: backup_id.to_owned(), counted, clock_skew_ms })
}

/// Stores the row counts of a new backup's tables, and detects unusual ones. A failure does not fail the
/// finished backup; health then reports that nothing was compared.
pub(crate) async fn note(catalog: &Catalog, manifest: &Manifest, backup_id: &str) {
    let Some(record) = record(manifest, backup_id) else { return };
    let kept = async {
        catalog.put_counted(&[record]).await?;
        weigh(catalog, &manifest.origin.project_id).await
    };
    if let Err(error) = kept.await {
        tracing::warn!(%error, backup = backup_id, "the rows of its tables are not kept for comparison");
    }
}

/// Compares the newest backup of a project with those before it.
pub(crate) async fn weigh(catalog: &Catalog, project_id: &str) -> Result<(), CatalogError> {
    let mut all = catalog.counted(project_id).await?;
    if all.is_empty() {
        return Ok(());
    }
    let (newest, now) = all.remove(0);
    let earlier: Vec<Counted> = all.into_iter().map(|(_, counted)| counted).collect();
    catalog.set_odd(project_id, &newest, &odd_tables(&now, &earlier)).await
}

/// The tables of `now` that stand out against `earlier`, newest first; the worst first.
pub fn odd_tables(now: &Counted, earlier: &[Counted]) -> Vec<OddTable> {
    let earlier = &earlier[..earlier.len().min(POINTS_MAX)];
    let is_whole = now.left_out == 0 && earlier.iter().all(|one| one.left_out == 0);
    let mut names: BTreeSet<&String> = now.rows.keys().collect();
    if is_whole {
        names.extend(earlier.iter().flat_map(|one| one.rows.keys()));
    }
    let mut odd: Vec<OddTable> = names.into_iter().filter_map(|name| odd_table(name, now, earlier)).collect();
    odd.sort_by_key(|one| (one.kind as u8, std::cmp::Reverse(one.usual)));
    odd
}

fn odd_table(name: &str, now: &Counted, earlier: &[Counted]) -> Option<OddTable> {
    match now.rows.get(name).copied() {
        None if now.not_taken.contains(name) || is_of_closed(name, now) => None,
        None => gone(name, now, earlier, OddKind::Vanished, |rows| rows.is_none(), |_| true),
        // Never empty before: a queue that is empty now and then is not worth a word.
        Some(0) => {
            let emptied =
                gone(name, now, earlier, OddKind::Emptied, |rows| rows == Some(0), |rows| rows > Some(0));
            emptied.or_else(|| off_the_band(name, 0, now, earlier))
        }
        Some(rows) => off_the_band(name, rows, now, earlier),
    }
}

fn is_of_closed(name: &str, now: &Counted) -> bool {
    name.split_once('.').is_some_and(|(schema, _)| now.not_taken.contains(&format!("{schema}.*")))
}

/// A table that is `so` now and was otherwise before, each time that it was there.
fn gone(
    name: &str,
    now: &Counted,
    earlier: &[Counted],
    kind: OddKind,
    so: impl Fn(Option<u64>) -> bool,
    otherwise: impl Fn(Option<u64>) -> bool,
) -> Option<OddTable> {
    let run = earlier.iter().take_while(|one| so(one.rows.get(name).copied())).count();
    let before: Vec<u64> = earlier[run..].iter().filter_map(|one| one.rows.get(name).copied()).collect();
    let usual = *before.first()?;
    if !earlier[run..].iter().all(|one| one.rows.get(name).is_none_or(|rows| otherwise(Some(*rows)))) {
        return None;
    }
    // Empty or gone for longer than it was otherwise: that is how it is now.
    if run + 1 > before.len().max(POINTS_MIN) {
        return None;
    }
    let since = run.checked_sub(1).and_then(|at| earlier.get(at)).unwrap_or(now);
    let last_usual = earlier.get(run);
    Some(OddTable {
        table: name.to_owned(),
        kind,
        rows: now.rows.get(name).copied(),
        usual,
        since_ms: since.at_ms,
        points: u32::try_from(before.len()).unwrap_or(u32::MAX),
        is_migrated: last_usual.is_some_and(|one| one.migration != since.migration),
    })
}

fn off_the_band(name: &str, rows: u64, now: &Counted, earlier: &[Counted]) -> Option<OddTable> {
    let samples: Vec<Sample> = earlier
        .iter()
        .filter_map(|one| Some(Sample { at_ms: one.at_ms, value: *one.rows.get(name)? }))
        .collect();
    let band = Band::at(&samples, now.at_ms, ROWS_FLOOR)?;
    let kind = match band.off(rows)? {
        Off::Less => OddKind::Fewer,
        Off::More => OddKind::More,
    };
    Some(OddTable {
        table: name.to_owned(),
        kind,
        rows: Some(rows),
        usual: band.expected,
        since_ms: now.at_ms,
        points: u32::try_from(samples.len()).unwrap_or(u32::MAX),
        is_migrated: earlier.first().is_some_and(|one| one.migration != now.migration),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn counted(day: i64, rows: &[(&str, u64)]) -> Counted {
        Counted {
            at_ms: day * DAY,
            rows: rows.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect(),
            ..Counted::default()
        }
    }

    /// So many days of a table with as many rows, newest first.
    fn days(count: i64, rows: &[(&str, u64)]) -> Vec<Counted> {
        (0..count).rev().map(|day| counted(day, rows)).collect()
    }

    fn kinds(odd: &[OddTable]) -> Vec<(&str, OddKind)> {
        odd.iter().map(|one| (one.table.as_str(), one.kind)).collect()
    }

    #[test]
    fn a_table_that_became_empty_is_named_even_after_one_backup() {
        let odd = odd_tables(
            &counted(1, &[("a.orders", 0), ("a.users", 7)]),
            &days(1, &[("a.orders", 900), ("a.users", 7)]),
        );
        assert_eq!(kinds(&odd), [("a.orders", OddKind::Emptied)]);
        assert_eq!((odd[0].usual, odd[0].rows, odd[0].since_ms, odd[0].points), (900, Some(0), DAY, 1));
    }

    #[test]
    fn a_table_of_three_rows_that_vanished_is_named_though_no_band_would_see_it() {
        let odd = odd_tables(&counted(9, &[("a.users", 7)]), &days(9, &[("a.plans", 3), ("a.users", 7)]));
        assert_eq!(kinds(&odd), [("a.plans", OddKind::Vanished)]);
        assert_eq!(odd[0].rows, None);
    }

    #[test]
    fn an_emptied_table_stays_named_until_that_is_how_it_is() {
        let mut earlier = days(10, &[("a.orders", 900)]);
        for day in 10..25 {
            let now = counted(day, &[("a.orders", 0)]);
            let is_named = !odd_tables(&now, &earlier).is_empty();
            assert_eq!(is_named, day < 20, "day {day}");
            earlier.insert(0, now);
        }
    }

    #[test]
    fn a_queue_that_is_empty_now_and_then_is_not_worth_a_word() {
        let mut earlier = days(12, &[("a.queue", 15)]);
        earlier[3].rows.insert("a.queue".into(), 0);
        assert!(odd_tables(&counted(12, &[("a.queue", 0)]), &earlier).is_empty());
    }

    #[test]
    fn half_of_a_table_gone_is_named_with_what_was_expected() {
        let odd = odd_tables(&counted(8, &[("a.orders", 480)]), &days(8, &[("a.orders", 960)]));
        assert_eq!(kinds(&odd), [("a.orders", OddKind::Fewer)]);
        assert_eq!(odd[0].usual, 960);
        let odd = odd_tables(&counted(3, &[("a.orders", 480)]), &days(3, &[("a.orders", 960)]));
        assert!(odd.is_empty(), "three backups make no band");
    }

    #[test]
    fn a_new_table_is_not_odd_and_growth_is_not_either() {
        let earlier: Vec<Counted> =
            (0..12).rev().map(|day| counted(day, &[("a.log", 1000 + 100 * day.unsigned_abs())])).collect();
        assert!(odd_tables(&counted(12, &[("a.log", 2_200), ("a.fresh", 1)]), &earlier).is_empty());
    }

    #[test]
    fn where_tables_were_left_out_none_is_called_vanished() {
        let mut earlier = days(6, &[("a.orders", 5)]);
        earlier[0].left_out = 1;
        assert!(odd_tables(&counted(6, &[]), &earlier).is_empty());
    }

    #[test]
    fn the_worst_comes_first_and_a_migration_is_said() {
        let mut now = counted(9, &[("a.big", 0), ("a.small", 0), ("a.half", 400)]);
        now.migration = Some("0007".into());
        let odd =
            odd_tables(&now, &days(9, &[("a.big", 9_000), ("a.small", 3), ("a.half", 900), ("a.gone", 5)]));
        let expected = [
            ("a.big", OddKind::Emptied),
            ("a.small", OddKind::Emptied),
            ("a.gone", OddKind::Vanished),
            ("a.half", OddKind::Fewer),
        ];
        assert_eq!(kinds(&odd), expected);
        assert!(odd.iter().all(|one| one.is_migrated));
    }
}
