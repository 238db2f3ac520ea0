//! Compares rows by key: which come back, which would be lost, which differ. Reads only.
//!
//! Counts alone mislead: a hundred deleted rows and a hundred new ones cancel out. If a table has a primary
//! key and is not too large, its keys in the backup are compared with the current ones.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::by_key::key_query;
use super::chosen::{columns_query, settable_query};
use super::damage::{Column, Damage};
use super::merge::After;
use super::plan::{KeyDifference, RestorePlan, TableAct};
use super::preview::full_name;
use crate::archive::Manifest;
use crate::profile::Profile;
use crate::proof;
use base::failure::Failure;
use postgres::compare::{is_one_condition, like_the_dump};
use postgres::connection::Session;
use postgres::custom_format::{Block, BlockText, CopiedTable, TableName, Toc};
use postgres::facts::configuration_conditions;
use postgres::fill::{LoadError, StoredDump};
use postgres::target::{Target, quote_identifier};

/// A row takes about 40 bytes here; beyond this a preview goes by counts.
pub(super) const ROWS_MAX: u64 = 1_000_000;
/// All comparisons together take at most this long.
const COMPARING: Duration = Duration::from_secs(20);

/// Fills in what the keys of each table say, as far as time and memory allow. What cannot be compared
/// stays with its counts.
pub(super) async fn compare_keys(
    profile: &Profile,
    plan: &mut RestorePlan,
    manifest: &Manifest,
    target: &Target,
) {
    if let Err(failure) = try_compare(profile, plan, manifest, target).await {
        tracing::info!(%failure, "a preview goes by counts alone");
    }
}

async fn try_compare(
    profile: &Profile,
    plan: &mut RestorePlan,
    manifest: &Manifest,
    target: &Target,
) -> Result<(), Failure> {
    let dump = proof::stored_dump(profile, &plan.backup_id, manifest).await?;
    let toc = super::properties::read_toc(&dump).await?;
    if !toc.has_plain_encoding() {
        // A quote that is half a letter would end nothing.
        return Ok(());
    }
    let session = target.session_for_tables().await?;
    like_the_dump(&session, toc.encoding()).await.map_err(postgres::refused)?;
    session
        .client
        .batch_execute(
            "set default_transaction_read_only = on; set lock_timeout = '2s'; set statement_timeout = '20s'",
        )
        .await
        .map_err(postgres::refused)?;
    let conditions = configuration_conditions(&session.client).await?;
    let after = match &plan.after {
        Some(later) => Some(After::open(profile, later, toc.encoding()).await?),
        None => None,
    };
    let began = Instant::now();
    let mut order: Vec<usize> = (0..plan.tables.len()).collect();
    order.sort_by_key(|&at| plan.tables[at].bytes);
    for at in order {
        let table = &plan.tables[at];
        let rows = table.rows.unwrap_or(0).saturating_add(table.rows_now.unwrap_or(0));
        let is_compared = matches!(table.act, TableAct::Replace | TableAct::Add | TableAct::Merge)
            && table.rows_now.is_some();
        if !is_compared || rows > ROWS_MAX {
            continue;
        }
        if began.elapsed() > COMPARING {
            break;
        }
        let condition = conditions.get(&(table.schema.clone(), table.name.clone()));
        if condition.is_some_and(|text| !is_one_condition(text)) {
            continue;
        }
        let of = (table.schema.as_str(), table.name.as_str());
        let there = There { session: &session, condition: condition.map(String::as_str) };
        match compare_table((&dump, &toc, after.as_ref()), &there, of).await {
            Ok(keys) => plan.tables[at].keys = keys,
            Err(failure) => tracing::info!(%failure, table = full_name(table), "keys are not compared"),
        }
    }
    session.close().await;
    Ok(())
}

/// The table of now.
struct There<'a> {
    session: &'a Session,
    /// Which of its rows a dump holds, where it is an extension's own.
    condition: Option<&'a str>,
}

/// A table's rows within a dump.
#[derive(Clone)]
pub(super) struct Stored {
    dump: StoredDump,
    block: Block,
    int_bytes: u8,
    /// Where the columns of the key are in a row.
    pub(super) key: Vec<usize>,
}

async fn compare_table(
    (dump, toc, after): (&StoredDump, &Toc, Option<&After>),
    there: &There<'_>,
    (schema, name): (&str, &str),
) -> Result<Option<KeyDifference>, Failure> {
    let entry = toc.entries.iter().find(|entry| {
        entry.kind == "TABLE DATA" && entry.tag == name && entry.schema.as_deref() == Some(schema)
    });
    let Some(entry) = entry else { return Ok(None) };
    let Some(block) = dump.blocks.iter().find(|block| block.dump_id == entry.dump_id) else {
        return Ok(None);
    };
    // The table is the one that is there, and so are its columns: the archive only says which they are.
    let Some(CopiedTable { columns, .. }) = CopiedTable::of(entry) else { return Ok(None) };
    let copied = CopiedTable { table: TableName::new(schema, name), columns };
    let quoted = format!("{}.{}", quote_identifier(schema), quote_identifier(name));
    let takes = there.names(&columns_query(&quoted)).await?;
    if !copied.columns.iter().all(|column| takes.contains(column)) {
        return Ok(None);
    }
    let key = there.names(&key_query(&quoted)).await?;
    let Some(places) = places(&copied.columns, &key).filter(|places| !places.is_empty()) else {
        return Ok(None);
    };
    let copy =
        there.condition.map_or_else(|| copied.to_stdout(), |condition| copied.some_to_stdout(condition));
    let before =
        Stored { dump: dump.clone(), block: *block, int_bytes: toc.header.int_bytes, key: places.clone() };
    let Some(after) = after else {
        let held = crate::archive::opened::blocking(move || read_backup(&before)).await?;
        return Ok(Some(read_now(there.session, &copy, &places, held).await?));
    };
    let Some((later, block)) = after.table(schema, name) else { return Ok(None) };
    let Some(key) = self::places(&later, &key) else { return Ok(None) };
    let settable = there.names(&settable_query(&quoted)).await?;
    let columns = copied.columns.iter().enumerate().filter(|(at, _)| !places.contains(at));
    let columns: Vec<Column> = columns
        .map(|(before, name)| Column {
            before,
            after: later.iter().position(|column| column == name),
            is_settable: settable.contains(name),
        })
        .collect();
    let after = Stored { dump: after.dump.clone(), block, int_bytes: after.int_bytes, key };
    let damage = crate::archive::opened::blocking(move || Damage::between(&before, &after, columns)).await?;
    let Some(mut damage) = damage else { return Ok(None) };
    each_row_now(there.session, &copy, |row| damage.meet(key_hash(row, &places), row)).await?;
    Ok(Some(damage.difference()))
}

impl There<'_> {
    async fn names(&self, asked: &str) -> Result<Vec<String>, Failure> {
        let rows = self.session.client.query(asked, &[]).await.map_err(postgres::refused)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}

/// Where each of these is among the columns.
fn places(columns: &[String], wanted: &[String]) -> Option<Vec<usize>> {
    wanted.iter().map(|name| columns.iter().position(|column| column == name)).collect()
}

/// Keys of the backup, with a hash of each row.
fn read_backup(of: &Stored) -> Result<HashMap<u128, u64>, LoadError> {
    let mut held = HashMap::new();
    of.each_row(|row| {
        held.insert(key_hash(row, &of.key), xxh3_64(row));
        true
    })?;
    Ok(held)
}

impl Stored {
    /// Every row as text, as long as more are wanted.
    pub(super) fn each_row(&self, mut take: impl FnMut(&[u8]) -> bool) -> Result<(), LoadError> {
        let io = |source| LoadError::Io { what: "read the dump from the vault", source };
        let range = (self.dump.open)(self.block.offset, self.block.length).map_err(io)?;
        let range = BufReader::with_capacity(256 * 1024, range);
        let mut lines = BufReader::new(BlockText::new(range, self.int_bytes).map_err(io)?);
        let mut line = Vec::new();
        loop {
            line.clear();
            if lines.read_until(b'\n', &mut line).map_err(io)? == 0 {
                return Ok(());
            }
            let row = line.strip_suffix(b"\n").unwrap_or(&line);
            if row == b"\\." || !take(row) {
                return Ok(());
            }
        }
    }
}

async fn read_now(
    session: &Session,
    copy: &str,
    places: &[usize],
    mut held: HashMap<u128, u64>,
) -> Result<KeyDifference, Failure> {
    let mut difference = KeyDifference::default();
    each_row_now(session, copy, |row| match held.remove(&key_hash(row, places)) {
        None => difference.lost += 1,
        Some(hash) if hash != xxh3_64(row) => difference.changed += 1,
        Some(_) => {}
    })
    .await?;
    difference.back = held.len() as u64;
    Ok(difference)
}

/// Every row that the server sends, as text.
async fn each_row_now(session: &Session, copy: &str, mut take: impl FnMut(&[u8])) -> Result<(), Failure> {
    let mut stream = std::pin::pin!(session.client.copy_out(copy).await.map_err(postgres::refused)?);
    let mut open: Vec<u8> = Vec::new();
    while let Some(part) = stream.next().await {
        for piece in part.map_err(postgres::refused)?.split_inclusive(|&byte| byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) if open.is_empty() => take(end),
                Some(end) => {
                    open.extend_from_slice(end);
                    take(&open);
                    open.clear();
                }
                None => open.extend_from_slice(piece),
            }
        }
    }
    Ok(())
}

/// A hash of a row's key: its fields as they stand in the text, each with its length.
pub(super) fn key_hash(row: &[u8], places: &[usize]) -> u128 {
    let fields: Vec<&[u8]> = row.split(|&byte| byte == b'\t').collect();
    let mut key = Vec::with_capacity(32);
    for &place in places {
        let field = fields.get(place).copied().unwrap_or_default();
        key.extend_from_slice(&(field.len() as u64).to_le_bytes());
        key.extend_from_slice(field);
    }
    xxh3_128(&key)
}

#[cfg(test)]
mod tests {
    use super::key_hash;

    #[test]
    fn keys_of_several_columns_are_not_confused() {
        assert_ne!(key_hash(b"a\tbc\tx", &[0, 1]), key_hash(b"ab\tc\tx", &[0, 1]));
        assert_eq!(key_hash(b"a\tb\tx", &[1]), key_hash(b"q\tb\ty", &[1]));
    }
}
