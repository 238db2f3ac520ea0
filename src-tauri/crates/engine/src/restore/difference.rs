//! Compares rows by key: which come back, which would be lost, which differ. Reads only.
//!
//! Counts alone mislead: a hundred deleted rows and a hundred new ones cancel out. If a table has a primary
//! key and is not too large, its keys in the backup are compared with the current ones.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::chosen::columns_query;
use super::plan::{KeyDifference, RestorePlan, TableAct};
use super::preview::full_name;
use super::tables::key_query;
use crate::archive::Manifest;
use crate::profile::Profile;
use crate::proof;
use base::failure::Failure;
use postgres::compare::{is_one_condition, like_the_dump};
use postgres::connection::Session;
use postgres::custom_format::{Block, BlockText, CopiedTable, TableName, Toc};
use postgres::facts::configuration_conditions;
use postgres::fill::StoredDump;
use postgres::target::{Target, quote_identifier};

/// A row takes about 40 bytes here; beyond this a preview goes by counts.
const ROWS_MAX: u64 = 1_000_000;
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
    let began = Instant::now();
    let mut order: Vec<usize> = (0..plan.tables.len()).collect();
    order.sort_by_key(|&at| plan.tables[at].bytes);
    for at in order {
        let table = &plan.tables[at];
        let rows = table.rows.unwrap_or(0).saturating_add(table.rows_now.unwrap_or(0));
        let is_compared = matches!(table.act, TableAct::Replace | TableAct::Add) && table.rows_now.is_some();
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
        match compare_table(&dump, &toc, &session, of, condition.map(String::as_str)).await {
            Ok(keys) => plan.tables[at].keys = keys,
            Err(failure) => tracing::info!(%failure, table = full_name(table), "keys are not compared"),
        }
    }
    session.close().await;
    Ok(())
}

async fn compare_table(
    dump: &StoredDump,
    toc: &Toc,
    session: &Session,
    (schema, name): (&str, &str),
    condition: Option<&str>,
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
    let there = session.client.query(&columns_query(&quoted), &[]).await.map_err(postgres::refused)?;
    let takes = |column: &String| there.iter().any(|row| row.get::<_, &str>(0) == column);
    if !copied.columns.iter().all(takes) {
        return Ok(None);
    }
    let key = session.client.query(&key_query(&quoted), &[]).await.map_err(postgres::refused)?;
    let place = |of: &str| copied.columns.iter().position(|column| column == of);
    let places: Option<Vec<usize>> = key.iter().map(|row| place(row.get(0))).collect();
    let Some(places) = places.filter(|places| !places.is_empty()) else { return Ok(None) };
    let (of, block, int_bytes, by) = (dump.clone(), *block, toc.header.int_bytes, places.clone());
    let held = crate::archive::opened::blocking(move || read_backup(&of, block, int_bytes, &by)).await?;
    let copy = condition.map_or_else(|| copied.to_stdout(), |condition| copied.some_to_stdout(condition));
    Ok(Some(read_now(session, &copy, &places, held).await?))
}

/// Keys of the backup, with a hash of each row.
fn read_backup(
    dump: &StoredDump,
    block: Block,
    int_bytes: u8,
    places: &[usize],
) -> Result<HashMap<u128, u64>, postgres::fill::LoadError> {
    let io = |source| postgres::fill::LoadError::Io { what: "read the dump from the vault", source };
    let range = BufReader::with_capacity(256 * 1024, (dump.open)(block.offset, block.length).map_err(io)?);
    let mut lines = BufReader::new(BlockText::new(range, int_bytes).map_err(io)?);
    let mut held = HashMap::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(io)? == 0 {
            return Ok(held);
        }
        let row = line.strip_suffix(b"\n").unwrap_or(&line);
        if row == b"\\." {
            return Ok(held);
        }
        held.insert(key_of(row, places), xxh3_64(row));
    }
}

async fn read_now(
    session: &Session,
    copy: &str,
    places: &[usize],
    mut held: HashMap<u128, u64>,
) -> Result<KeyDifference, Failure> {
    let mut stream = std::pin::pin!(session.client.copy_out(copy).await.map_err(postgres::refused)?);
    let mut difference = KeyDifference::default();
    let mut open: Vec<u8> = Vec::new();
    let mut take = |row: &[u8]| match held.remove(&key_of(row, places)) {
        None => difference.lost += 1,
        Some(hash) if hash != xxh3_64(row) => difference.changed += 1,
        Some(_) => {}
    };
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
    difference.back = held.len() as u64;
    Ok(difference)
}

/// A hash of a row's key: its fields as they stand in the text, each with its length.
fn key_of(row: &[u8], places: &[usize]) -> u128 {
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
    use super::key_of;

    #[test]
    fn keys_of_several_columns_are_not_confused() {
        assert_ne!(key_of(b"a\tbc\tx", &[0, 1]), key_of(b"ab\tc\tx", &[0, 1]));
        assert_eq!(key_of(b"a\tb\tx", &[1]), key_of(b"q\tb\ty", &[1]));
    }
}
