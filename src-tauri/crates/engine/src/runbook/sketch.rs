//! Estimates the share of a table's rows that another backup still has, from a bounded sample of hashes.
//!
//! Of each side the rows with the smallest hashes are kept. Below the smaller of the two largest kept hashes
//! both samples are complete, so the share there estimates that of the whole table, to about two percent; for
//! a table that fits into the sample it is exact.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read};

use xxhash_rust::xxh3::xxh3_64;

/// Hashes that are kept: 16 KiB.
const KEPT_MAX: usize = 2048;
/// Longer rows are told apart by so many of their first bytes.
const ROW_BYTES_MAX: u64 = 1 << 20;
/// Rows between two looks whether somebody wants it to end.
const ROWS_BETWEEN: u32 = 4096;

/// The smallest hashes of the rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sketch {
    hashes: BTreeSet<u64>,
    is_cut: bool,
}

impl Sketch {
    /// Of the rows that a text holds, one in each line. `go_on` is asked now and then with the bytes since.
    ///
    /// # Errors
    /// When the text cannot be read, or `go_on` says no.
    pub(super) fn of(text: impl Read, mut go_on: impl FnMut(u64) -> bool) -> std::io::Result<Self> {
        let mut reader = BufReader::new(text);
        let (mut sketch, mut line) = (Self::default(), Vec::new());
        let (mut bytes, mut rows) = (0, 0);
        loop {
            line.clear();
            let read = (&mut reader).take(ROW_BYTES_MAX).read_until(b'\n', &mut line)?;
            if read == 0 {
                go_on(bytes);
                return Ok(sketch);
            }
            sketch.add(xxh3_64(&line));
            if line.last() != Some(&b'\n') {
                bytes += reader.skip_until(b'\n')? as u64;
            }
            (bytes, rows) = (bytes + read as u64, rows + 1);
            if rows == ROWS_BETWEEN {
                if !go_on(bytes) {
                    return Err(std::io::ErrorKind::Interrupted.into());
                }
                (bytes, rows) = (0, 0);
            }
        }
    }

    fn add(&mut self, hash: u64) {
        if self.hashes.len() == KEPT_MAX && self.hashes.last().is_some_and(|last| hash >= *last) {
            self.is_cut |= !self.hashes.contains(&hash);
            return;
        }
        self.hashes.insert(hash);
        if self.hashes.len() > KEPT_MAX {
            self.hashes.pop_last();
            self.is_cut = true;
        }
    }

    /// The share of these rows that are not in `later`: 0 to 1. Of no rows, none is gone.
    pub(super) fn gone_in(&self, later: &Self) -> f64 {
        let end = |one: &Self| if one.is_cut { one.hashes.last().copied() } else { None };
        let end = [end(self), end(later)].into_iter().flatten().min().unwrap_or(u64::MAX);
        let seen = self.hashes.range(..=end);
        let (all, gone) = seen.fold((0_u32, 0_u32), |(all, gone), hash| {
            (all + 1, gone + u32::from(!later.hashes.contains(hash)))
        });
        if all == 0 { 0.0 } else { f64::from(gone) / f64::from(all) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(rows: impl Iterator<Item = u64>) -> Sketch {
        let text: Vec<String> = rows.map(|row| format!("{row}\trow\n")).collect();
        Sketch::of(text.concat().as_bytes(), |_| true).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_share_of_changed_rows_is_found_in_large_and_small_tables(rows in 30_u32..30_000, share in 0_u32..=100) {
            let changed = rows * share / 100;
            let before = of((0..rows).map(u64::from));
            let after = of((0..rows).map(|row| u64::from(if row < changed { row + 1_000_000 } else { row })));
            let expected = f64::from(changed) / f64::from(rows);
            prop_assert!((before.gone_in(&after) - expected).abs() < 0.06, "{} for {expected}", before.gone_in(&after));
        }
    }

    #[test]
    fn added_rows_take_nothing_away_and_a_row_without_an_end_is_one() {
        assert!(of(0..5000).gone_in(&of(0..20_000)) < f64::EPSILON);
        let long = "x".repeat(3 << 20);
        let one = Sketch::of(long.as_bytes(), |_| true).unwrap();
        assert_eq!((one.hashes.len(), one.is_cut), (1, false));
        assert!(Sketch::default().gone_in(&one) < f64::EPSILON);
    }

    #[test]
    fn it_ends_when_it_is_told_to() {
        let text = "row\n".repeat(10_000);
        assert!(Sketch::of(text.as_bytes(), |_| false).is_err());
    }
}
