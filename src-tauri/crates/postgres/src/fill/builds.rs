//! What of the last section need not wait for the last row: indexes and constraints of large tables.
//!
//! `pg_restore` makes each of them, named in a list, as soon as the tables that it needs are filled. What
//! is small, what is of another kind, and what may look at further tables stays for the end.

use std::collections::HashMap;

use super::data::Table;
use crate::custom_format::{Section, Toc, TocEntry};

/// A `pg_restore` for one entry takes about 20 ms; the index of a smaller table takes no longer.
const BYTES_MIN: u64 = 8 << 20;
/// However large the dump is, no more tables than about this many are worth it.
const TABLES_MAX: u64 = 1024;

/// An index or a constraint that is made by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Build {
    /// Its entry.
    pub(super) dump_id: i64,
    /// The tables that it reads, by their places among those that are filled.
    pub(super) tables: Vec<usize>,
    /// What has to be made before, by their places among the builds: always further ahead.
    pub(super) after: Vec<usize>,
    /// It locks its tables so that nobody reads them.
    pub(super) is_exclusive: bool,
    /// How long it takes, in bytes that COPY takes in that time.
    pub(super) cost: u64,
}

/// The builds, in the archive's order.
pub(super) fn builds(toc: &Toc, tables: &[Table]) -> Vec<Build> {
    let bytes_min = BYTES_MIN.max(tables.iter().map(|table| table.bytes).sum::<u64>() / TABLES_MAX);
    let all = possible(toc, tables);
    let is_large = |build: &Build| build.tables.iter().any(|table| tables[*table].bytes >= bytes_min);
    // What a large one needs goes with it.
    let mut is_wanted: Vec<bool> = all.iter().map(is_large).collect();
    for at in (0..all.len()).rev() {
        if is_wanted[at] {
            all[at].after.iter().for_each(|before| is_wanted[*before] = true);
        }
    }
    let mut places = vec![None; all.len()];
    let mut wanted = Vec::new();
    for (at, mut build) in all.into_iter().enumerate() {
        if is_wanted[at] {
            build.after = build.after.iter().filter_map(|before| places[*before]).collect();
            places[at] = Some(wanted.len());
            wanted.push(build);
        }
    }
    order_within_tables(&mut wanted);
    wanted
}

/// Everything that needs nothing but filled tables, and what needs that.
fn possible(toc: &Toc, tables: &[Table]) -> Vec<Build> {
    let entries: HashMap<i64, &TocEntry> = toc.entries.iter().map(|entry| (entry.dump_id, entry)).collect();
    // The entry of a table's rows needs the table's own.
    let filled: HashMap<i64, usize> = tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.is_ours)
        .filter_map(|(at, table)| Some((entries.get(&table.dump_id)?.dependencies.first().copied()?, at)))
        .filter(|(of, _)| entries.get(of).is_some_and(|entry| entry.kind == "TABLE"))
        .collect();
    // An extension's own tables are filled too, and its functions may look into them.
    let has_foreign_rows = tables.iter().any(|table| !table.is_ours);
    let mut all: Vec<Build> = Vec::new();
    let mut made: HashMap<i64, usize> = HashMap::new();
    for entry in toc.entries.iter().filter(|entry| entry.section == Section::PostData) {
        let (mut of, mut after, mut is_possible) = (Vec::new(), Vec::new(), true);
        for needed in &entry.dependencies {
            let kind = entries.get(needed).map_or("", |entry| entry.kind.as_str());
            match (filled.get(needed), made.get(needed), kind) {
                (Some(table), ..) => of.push(*table),
                (_, Some(build), _) => after.push(*build),
                // Functions are not among them: they may read other tables, whose rows are still to come.
                (.., "COLLATION" | "TYPE") => {}
                (.., "EXTENSION") if !has_foreign_rows => {}
                _ => is_possible = false,
            }
        }
        of.sort_unstable();
        of.dedup();
        let bytes = of.iter().map(|table| tables[*table].bytes).sum();
        let Some((is_exclusive, cost)) = is_possible.then(|| price(entry, bytes)).flatten() else { continue };
        if of.is_empty() {
            continue;
        }
        made.insert(entry.dump_id, all.len());
        all.push(Build { dump_id: entry.dump_id, tables: of, after, is_exclusive, cost });
    }
    all
}

/// Whether it locks readers out, and about how long it takes; nothing for what is no build.
fn price(entry: &TocEntry, bytes: u64) -> Option<(bool, u64)> {
    let uses = |method: &str| entry.definition.contains(&format!(" USING {method} "));
    let index = if uses("brin") {
        bytes / 8
    } else if uses("btree") || uses("hash") || !entry.definition.contains(" USING ") {
        bytes / 3
    } else {
        // Measured between two and a half and fifteen times the time of COPY.
        bytes.saturating_mul(4)
    };
    match entry.kind.as_str() {
        // What else the entry says about its table (`CLUSTER ON`, `REPLICA IDENTITY`) locks it.
        "INDEX" => Some((entry.definition.contains("ALTER TABLE"), index)),
        "CONSTRAINT" => Some((true, index)),
        "FK CONSTRAINT" => Some((true, bytes / 4)),
        _ => None,
    }
}

/// A constraint waits until nobody reads its table, so it goes before the indexes that read it for long.
fn order_within_tables(builds: &mut [Build]) {
    let mut constraints: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, build) in builds.iter_mut().enumerate() {
        let [table] = build.tables[..] else { continue };
        let before = constraints.entry(table).or_default();
        if build.is_exclusive {
            before.push(at);
        } else {
            build.after.extend_from_slice(before);
        }
    }
}
