//! Tables of which the rows are probably not all there.
//!
//! The platform reads through an API that gives so many rows at once, and says nothing where it gives fewer than there
//! are: the count that stands in the file is that of what was given. What that limit is nobody says; but what a limit
//! cut has as many rows as the limit, limits are round numbers, and two tables that were cut have the same number. The
//! rows of children are asked for along [`CHUNK`] parents at once, so that above a limit of that size a table may have
//! a multiple of it, and below it no table has more.

use super::OrganisationTable;
use base::words::counted;

/// The usual limit of such an API.
const USUAL: u64 = 1000;
/// Parents along which the rows of children are asked for at once.
const CHUNK: u64 = 500;
/// No API gives fewer rows at once.
const ROUND_MIN: u64 = 100;
/// Of fewer rows two tables often have the same number.
const EQUAL_MIN: u64 = 50;

/// Why a table is taken for cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CutBy {
    /// The file itself says that there are more.
    Claim(u64),
    /// It has as many rows as the platform's API gives at once, or a multiple of it.
    Limit(u64),
    /// It has a number of rows that such limits have.
    Round,
    /// It has as many rows as these, and no table has more.
    Equal(Vec<String>),
}

/// A table that was probably cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Its name.
    pub table: String,
    /// The rows that are there.
    pub rows: u64,
    /// Why.
    pub by: CutBy,
}

impl Cut {
    /// As a sentence without its full stop.
    pub fn words(&self) -> String {
        let Self { table, rows, by } = self;
        let has = counted(*rows, "row");
        match by {
            CutBy::Claim(claimed) => {
                format!("{table} claims to have {} and has {has}", counted(*claimed, "row"))
            }
            CutBy::Limit(limit) => {
                format!(
                    "{table} has exactly {has}, and the platform reads {limit} at once: it was probably cut"
                )
            }
            CutBy::Round => {
                format!(
                    "{table} has exactly {has}, which is what a platform reads at once: it was probably cut"
                )
            }
            CutBy::Equal(others) => format!(
                "{table} has exactly {has}, as {} has, and no table has more: a limit probably cut them",
                others.join(", ")
            ),
        }
    }
}

/// The tables that were probably cut. `limit` is what the platform's API gives at once, where somebody said so: then
/// nothing is guessed.
pub(crate) fn cut(tables: &[OrganisationTable], limit: Option<u64>) -> Vec<Cut> {
    let most = tables.iter().map(|table| table.rows).max().unwrap_or(0);
    tables.iter().filter_map(|table| one(table, tables, most, limit)).collect()
}

fn one(table: &OrganisationTable, all: &[OrganisationTable], most: u64, limit: Option<u64>) -> Option<Cut> {
    let rows = table.rows;
    let by = match (table.record_count.filter(|claimed| *claimed != rows), limit) {
        (Some(claimed), _) => CutBy::Claim(claimed),
        (None, Some(limit)) => {
            (rows > 0 && limit > 0 && rows.is_multiple_of(limit)).then_some(CutBy::Limit(limit))?
        }
        (None, None) if rows == USUAL => CutBy::Limit(USUAL),
        (None, None) if is_round(rows) && (rows == most || rows > CHUNK) => CutBy::Round,
        (None, None) if rows >= EQUAL_MIN && rows == most => {
            let others = all.iter().filter(|other| other.rows == rows && other.name != table.name);
            let others: Vec<String> = others.map(|other| other.name.clone()).collect();
            (!others.is_empty()).then_some(CutBy::Equal(others))?
        }
        (None, None) => return None,
    };
    Some(Cut { table: table.name.clone(), rows, by })
}

/// Whether somebody would set such a limit: hundreds, from a thousand on five hundreds, from ten thousand on thousands.
fn is_round(rows: u64) -> bool {
    let step = match rows {
        0..1_000 => 100,
        1_000..10_000 => 500,
        _ => 1_000,
    };
    rows == 250 || (rows >= ROUND_MIN && rows.is_multiple_of(step))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tables(rows: &[u64]) -> Vec<OrganisationTable> {
        let table = |(number, rows): (usize, &u64)| OrganisationTable {
            name: format!("t{number}"),
            rows: *rows,
            record_count: Some(*rows),
            ..OrganisationTable::default()
        };
        rows.iter().enumerate().map(table).collect()
    }

    fn names(rows: &[u64], limit: Option<u64>) -> Vec<String> {
        cut(&tables(rows), limit).into_iter().map(|one| one.table).collect()
    }

    #[test]
    fn honest_tables_are_left_alone() {
        assert_eq!(names(&[], None), Vec::<String>::new());
        assert_eq!(names(&[1, 12, 340, 771], None), Vec::<String>::new());
        // One to one, a small number, and one that is round by chance below larger ones.
        assert_eq!(names(&[342, 342, 1204], None), Vec::<String>::new());
        assert_eq!(names(&[3, 3, 0, 0], None), Vec::<String>::new());
        assert_eq!(names(&[100, 771], None), Vec::<String>::new());
        // Somebody said what the limit is.
        assert_eq!(names(&[100, 500, 1000, 1000], Some(5000)), Vec::<String>::new());
    }

    #[test]
    fn the_usual_limit_and_its_multiples_are_seen_whatever_else_is_there() {
        assert_eq!(names(&[1000, 1730], None), ["t0"]);
        assert_eq!(names(&[2000, 2400], None), ["t0"]);
        assert_eq!(names(&[777, 1554, 800], Some(777)), ["t0", "t1"]);
    }

    #[test]
    fn a_count_that_the_file_itself_contradicts_is_told_apart() {
        let mut tables = tables(&[7]);
        tables[0].record_count = Some(9);
        assert_eq!(cut(&tables, Some(1000))[0].words(), "t0 claims to have 9 rows and has 7 rows");
    }

    proptest! {
        /// As the platform reads: whatever a table holds, no more than the limit comes of it.
        #[test]
        fn two_tables_that_any_limit_cut_are_both_seen(
            real in prop::collection::vec(0_u64..5_000, 0..12),
            larger in 1_u64..10_000,
            limit in 50_u64..=500,
        ) {
            let real: Vec<u64> = real.into_iter().chain([limit + larger, limit + larger / 2 + 1]).collect();
            let given: Vec<u64> = real.iter().map(|rows| *rows.min(&limit)).collect();
            let found = names(&given, None);
            for (number, rows) in real.iter().enumerate().filter(|(_, rows)| **rows > limit) {
                prop_assert!(found.contains(&format!("t{number}")), "{rows} cut at {limit}: {found:?}");
            }
        }

        #[test]
        fn one_table_that_a_round_limit_cut_is_seen(
            honest in prop::collection::vec(0_u64..99, 0..12),
            limit in prop::sample::select(vec![100_u64, 200, 250, 300, 500, 1000, 1500, 2000, 5000, 10_000, 50_000]),
        ) {
            let given: Vec<u64> = honest.into_iter().chain([limit]).collect();
            let last = format!("t{}", given.len() - 1);
            prop_assert_eq!(names(&given, None), vec![last]);
        }
    }
}
