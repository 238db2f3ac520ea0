//! What was damaged between two backups of a table, and what a merge would make of it: counted row by row, without a
//! server, then met by the rows of now.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::difference::{ROWS_MAX, Stored, key_hash};
use super::plan::KeyDifference;
use postgres::fill::LoadError;

/// Values of damaged rows take 16 bytes each; beyond this a preview goes by counts.
const VALUES_MAX: usize = 4_000_000;

/// Where a column of no key is in the rows of each backup.
pub(super) struct Column {
    /// In the backup and in the table of now.
    pub(super) before: usize,
    /// In the later backup, if that has it.
    pub(super) after: Option<usize>,
    /// Whether a value can be given to it.
    pub(super) is_settable: bool,
}

/// A row whose values are others in the two backups: hashes, in the order of the columns.
struct Changed {
    before: Box<[u64]>,
    after: Box<[u64]>,
}

/// What is other in the later backup, by hashes of the keys.
pub(super) struct Damage {
    columns: Vec<Column>,
    /// With a hash of all values.
    deleted: HashMap<u128, u64>,
    changed: HashMap<u128, Changed>,
    added: HashSet<u128>,
    difference: KeyDifference,
}

impl Damage {
    /// Compares two backups of a table. Absent where they are too large for it.
    ///
    /// # Errors
    /// Why one cannot be read.
    pub(super) fn between(
        before: &Stored,
        after: &Stored,
        columns: Vec<Column>,
    ) -> Result<Option<Self>, LoadError> {
        let both: Vec<(usize, usize)> =
            columns.iter().filter_map(|column| Some((column.before, column.after?))).collect();
        let of_before = |row: &[u8]| hashes(row, both.iter().map(|(before, _)| *before));
        let of_after = |row: &[u8]| hashes(row, both.iter().map(|(_, after)| *after));
        let all: Vec<usize> = columns.iter().map(|column| column.before).collect();
        let mut later: HashMap<u128, u64> = HashMap::new();
        after.each_row(|row| {
            later.insert(key_hash(row, &after.key), together(&of_after(row)));
            later.len() as u64 <= ROWS_MAX
        })?;
        if later.len() as u64 > ROWS_MAX {
            return Ok(None);
        }
        let (mut deleted, mut changed) = (HashMap::new(), HashMap::new());
        let room = VALUES_MAX / both.len().max(1);
        before.each_row(|row| {
            let key = key_hash(row, &before.key);
            let values = of_before(row);
            match later.remove(&key) {
                None => {
                    deleted.insert(key, together(&hashes(row, all.iter().copied())));
                }
                Some(hash) if hash != together(&values) => {
                    changed.insert(key, Changed { before: values.into(), after: Box::default() });
                }
                Some(_) => {}
            }
            changed.len() <= room
        })?;
        if changed.len() > room {
            return Ok(None);
        }
        if !changed.is_empty() {
            after.each_row(|row| {
                if let Some(one) = changed.get_mut(&key_hash(row, &after.key)) {
                    one.after = of_after(row).into();
                }
                true
            })?;
        }
        let added = later.into_keys().collect();
        Ok(Some(Self { columns, deleted, changed, added, difference: KeyDifference::default() }))
    }

    /// A row of now, with its key's hash.
    pub(super) fn meet(&mut self, key: u128, row: &[u8]) {
        if self.added.remove(&key) {
            self.difference.added += 1;
        } else if let Some(before) = self.deleted.remove(&key) {
            // Deleted, and made again since.
            let now = together(&hashes(row, self.columns.iter().map(|column| column.before)));
            self.difference.kept += u64::from(now != before);
        } else if let Some(one) = self.changed.remove(&key) {
            let both = self.columns.iter().filter(|column| column.after.is_some());
            let now = hashes(row, both.clone().map(|column| column.before));
            let values = now.iter().zip(&one.before).zip(&one.after).zip(both);
            let harmed = values.filter(|(((_, before), after), _)| before != after);
            let (mut is_set_back, mut is_kept) = (false, false);
            for (((now, before), after), column) in harmed {
                let sets_back = now == after && column.is_settable;
                is_set_back |= sets_back;
                is_kept |= !sets_back && now != before;
            }
            self.difference.changed += u64::from(is_set_back);
            self.difference.kept += u64::from(is_kept);
        }
    }

    /// What it comes to once every row of now was met.
    pub(super) fn difference(mut self) -> KeyDifference {
        self.difference.back = self.deleted.len() as u64;
        // Changed, and deleted since.
        self.difference.kept += self.changed.len() as u64;
        self.difference
    }
}

/// A hash of each of these fields of a row.
fn hashes(row: &[u8], places: impl Iterator<Item = usize>) -> Vec<u64> {
    let fields: Vec<&[u8]> = row.split(|&byte| byte == b'\t').collect();
    places.map(|place| fields.get(place).map_or(0, |field| xxh3_64(field))).collect()
}

fn together(hashes: &[u64]) -> u64 {
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
    xxh3_64(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns: key, name, price; in the later backup price comes first.
    fn damage() -> Damage {
        let columns = vec![
            Column { before: 1, after: Some(2), is_settable: true },
            Column { before: 2, after: Some(0), is_settable: true },
        ];
        let changed = |before: &[u8], after: &[u8]| Changed {
            before: hashes(before, [1, 2].into_iter()).into(),
            after: hashes(after, [2, 0].into_iter()).into(),
        };
        Damage {
            columns,
            deleted: HashMap::from([
                (1, together(&hashes(b"1\tpen\t3", [1, 2].into_iter()))),
                (2, together(&hashes(b"2\tink\t9", [1, 2].into_iter()))),
                (3, together(&hashes(b"3\tcap\t5", [1, 2].into_iter()))),
            ]),
            changed: HashMap::from([
                (4, changed(b"4\tbag\t7", b"0\t4\tbag")),
                (5, changed(b"5\tbox\t7", b"0\t5\tBOX")),
                (6, changed(b"6\tmug\t7", b"0\t6\tmug")),
                (7, changed(b"7\tcup\t7", b"0\t7\tcup")),
            ]),
            added: HashSet::from([8, 9]),
            difference: KeyDifference::default(),
        }
    }

    #[test]
    fn each_row_of_now_is_told_from_what_the_damage_made_of_it() {
        let mut damage = damage();
        // 1 is missing still; 2 was made again as it was, 3 with another price.
        damage.meet(2, b"2\tink\t9");
        damage.meet(3, b"3\tcap\t6");
        // 4 is as the damage left it; of 5 the name was changed since; 6 has a new price since; 7 is gone.
        damage.meet(4, b"4\tbag\t0");
        damage.meet(5, b"5\tchest\t0");
        damage.meet(6, b"6\tmug\t8");
        // 8 is new between the two backups, 10 since.
        damage.meet(8, b"8\tnew\t1");
        damage.meet(10, b"10\tnewer\t1");
        let difference = damage.difference();
        assert_eq!(difference, KeyDifference { back: 1, lost: 0, changed: 2, kept: 4, added: 1 });
    }

    #[test]
    fn a_column_that_the_server_alone_sets_is_not_set_back() {
        let mut damage = damage();
        damage.columns[1].is_settable = false;
        damage.meet(4, b"4\tbag\t0");
        let difference = damage.difference();
        assert_eq!((difference.changed, difference.kept), (0, 4));
    }
}
