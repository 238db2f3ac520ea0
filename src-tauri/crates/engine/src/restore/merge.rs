//! Three-way merge by keys: what was deleted or changed between two backups is taken back, and what was changed since
//! stays.
//!
//! The backup that is restored says how rows were before the damage, a later one how they were after it, and the table
//! how they are now. A column is set back where the damage changed it and nobody has since. Values are compared as the
//! server writes them, since not every type has an equality; rows are told by their primary key.

use std::collections::{HashMap, HashSet};

use super::by_key::{
    BACKUP, KeyColumn, insert, key_of, load_backup, make_like, number, refuse_missing, same_key,
};
use super::chosen::settable_query;
use super::plan::Later;
use super::tables::Chosen;
use super::transaction::Work;
use super::writable::Name;
use crate::profile::Profile;
use crate::proof::{self, read_toc};
use base::Code;
use base::failure::Failure;
use base::words::counted;
use postgres::custom_format::{Block, BlockKind, CopiedTable, TocEntry, column_list};
use postgres::fill::StoredDump;
use postgres::target::quote_identifier;

/// The rows of the later backup, beside the table.
const AFTER: &str = "pg_temp.holdfast_after";

/// The backup made after the damage, opened.
pub(super) struct After {
    pub(super) dump: StoredDump,
    pub(super) int_bytes: u8,
    tables: HashMap<Name, (TocEntry, Block)>,
}

impl After {
    /// Reads its table of contents.
    ///
    /// # Errors
    /// Why it cannot be read; `invalid_request` where its text has another encoding than the other backup's.
    pub(super) async fn open(
        profile: &Profile,
        later: &Later,
        encoding: Option<&str>,
    ) -> Result<Self, Failure> {
        let (_, manifest) = profile.archive.manifest(&later.backup_id).await?;
        let dump = proof::stored_dump(profile, &later.backup_id, &manifest).await?;
        let toc = read_toc(&dump).await?;
        if toc.encoding() != encoding {
            return Err(Failure::invalid(
                "the two backups are in different encodings",
                "Restore beside the tables that are there, and compare by hand.",
            ));
        }
        let blocks = dump.blocks.iter().filter(|block| block.kind == BlockKind::Rows);
        let blocks: HashMap<i64, Block> = blocks.map(|block| (block.dump_id, *block)).collect();
        let data = toc.entries.into_iter().filter(|entry| entry.kind == "TABLE DATA");
        let tables = data.filter_map(|entry| {
            let block = *blocks.get(&entry.dump_id)?;
            Some(((entry.schema.clone().unwrap_or_default(), entry.tag.clone()), (entry, block)))
        });
        let tables = tables.collect();
        Ok(Self { dump, int_bytes: toc.header.int_bytes, tables })
    }

    /// The columns of a table's rows and where they are; absent where it holds none of the table, or not as `pg_dump`
    /// writes them.
    pub(super) fn table(&self, schema: &str, name: &str) -> Option<(Vec<String>, Block)> {
        let (entry, block) = self.tables.get(&(schema.to_owned(), name.to_owned()))?;
        Some((CopiedTable::of(entry)?.columns, *block))
    }
}

/// What a merge did to a table.
pub(super) struct Merged {
    /// Rows that came back, and those in which something was set back.
    pub(super) rows: u64,
    /// What came back and what stays, as sentences.
    pub(super) notes: Vec<String>,
}

/// Columns of a table as SQL takes them.
struct Columns {
    key: Vec<KeyColumn>,
    /// Those that both backups hold, without the key.
    both: Vec<String>,
    /// Those of them that a value can be given to.
    settable: Vec<String>,
    /// All that the backup holds, without the key.
    backup: Vec<String>,
}

impl Columns {
    async fn of(work: &Work<'_>, one: &Chosen, after: &[String]) -> Result<Self, Failure> {
        let key = key_of(work, one).await?;
        let settable = work.query(&settable_query(&one.quoted)).await?;
        let settable: HashSet<String> = settable.iter().map(|row| quote_identifier(row.get(0))).collect();
        let after: HashSet<String> = after.iter().map(|column| quote_identifier(column)).collect();
        let backup: Vec<String> = one.columns.iter().map(|column| quote_identifier(column)).collect();
        if !key.iter().all(|column| backup.contains(&column.name) && after.contains(&column.name)) {
            return Err(Failure::new(
                Code::NoKey,
                format!("the key of {} is not among the columns of both backups", one.name),
                "Restore it beside the old table, and compare there.",
            ));
        }
        let is_key = |column: &String| key.iter().any(|one| one.name == *column);
        let backup: Vec<String> = backup.into_iter().filter(|column| !is_key(column)).collect();
        let both: Vec<String> = backup.iter().filter(|column| after.contains(*column)).cloned().collect();
        let settable = both.iter().filter(|column| settable.contains(*column)).cloned().collect();
        Ok(Self { key, both, settable, backup })
    }

    /// Whether two rows have one key: `l` the table's, `b` of the backup, `a` of the later one.
    fn same(&self, one: &str, other: &str) -> String {
        same_key(one, other, &self.key)
    }

    /// The columns that the damage changed and nobody has since, as one condition.
    fn any_to_set_back(&self) -> String {
        any(self.settable.iter().map(|column| is_to_set_back(column)))
    }

    fn assignments(&self) -> String {
        let set = self.settable.iter().map(|column| {
            let condition = is_to_set_back(column);
            format!("{column} = CASE WHEN {condition} THEN b.{column} ELSE l.{column} END")
        });
        set.collect::<Vec<_>>().join(", ")
    }
}

/// Merges one table: rows that the damage deleted come back, columns that it changed are set back, unless they were
/// changed since.
pub(super) async fn merge(work: &Work<'_>, one: &Chosen) -> Result<Merged, Failure> {
    let (schema, name) = (one.entry.schema.as_deref().unwrap_or_default(), one.entry.tag.as_str());
    let after = work.after.as_ref().and_then(|after| Some((after, after.table(schema, name)?)));
    let Some((after, (later_columns, block))) = after else {
        return Err(Failure::new(
            Code::TableNotFound,
            format!("the later backup does not hold the rows of {}", one.name),
            "Choose another one with --after.",
        ));
    };
    one.refuse_columns(work, &later_columns).await?;
    let columns = Columns::of(work, one, &later_columns).await?;
    load_backup(work, one).await?;
    work.run(&one.name, &make_like(AFTER, &later_columns, &one.quoted)).await?;
    let copy = format!("COPY {AFTER}{} FROM stdin", column_list(&later_columns));
    work.copy_after(after, &one.name, &copy, block).await?;
    // No ANALYZE: it would run functions of range types, which anybody can have written.
    let merged = apply(work, one, &columns).await?;
    work.run(&one.name, &format!("DROP TABLE {BACKUP}; DROP TABLE {AFTER}")).await?;
    Ok(merged)
}

async fn apply(work: &Work<'_>, one: &Chosen, columns: &Columns) -> Result<Merged, Failure> {
    let table = &one.quoted;
    let (with_live, with_after) = (columns.same("l", "b"), columns.same("a", "b"));
    let added = format!(
        "SELECT count(*)::int8 FROM {AFTER} a WHERE NOT EXISTS (SELECT FROM {BACKUP} b WHERE {with_after}) \
         AND EXISTS (SELECT FROM ONLY {table} l WHERE {})",
        columns.same("l", "a")
    );
    let added = number(work, &one.name, &added).await?;

    // Rows that the damage left alone need no further look.
    let is_same =
        all(columns.both.iter().map(|column| format!("{} = {}", text("a", column), text("b", column))));
    let forget = format!("DELETE FROM {BACKUP} b USING {AFTER} a WHERE {with_after} AND {is_same}");
    work.context.alive(work.run(&one.name, &forget)).await?;

    // Before rows come back: a value that must be unique may be one that the damage gave to another row.
    let set_back = set_back(work, one, columns).await?;
    let deleted = format!("NOT EXISTS (SELECT FROM {AFTER} a WHERE {with_after})");
    let absent = format!("{deleted} AND NOT EXISTS (SELECT FROM {table} l WHERE {with_live})");
    let back = insert(work, one, &absent).await?;
    refuse_missing(work, one, &absent).await?;
    let kept = kept(work, one, columns).await?;
    Ok(Merged { rows: back + set_back, notes: notes(&one.name, (back, set_back), (kept, added)) })
}

/// Sets columns back that the damage changed and nobody has since. Returns in how many rows.
async fn set_back(work: &Work<'_>, one: &Chosen, columns: &Columns) -> Result<u64, Failure> {
    if columns.settable.is_empty() {
        return Ok(0);
    }
    let (table, to_set_back) = (&one.quoted, columns.any_to_set_back());
    let (with_live, with_after) = (columns.same("l", "b"), columns.same("a", "b"));
    let both = format!("{with_after} AND {with_live} AND {to_set_back}");
    let update = format!(
        "WITH changed AS (UPDATE ONLY {table} l SET {} FROM {BACKUP} b, {AFTER} a WHERE {both} RETURNING 1) \
         SELECT count(*)::int8 FROM changed",
        columns.assignments()
    );
    let set_back = number(work, &one.name, &update).await?;
    let still = format!("SELECT count(*)::int8 FROM ONLY {table} l, {BACKUP} b, {AFTER} a WHERE {both}");
    refuse_unchanged(one, number(work, &one.name, &still).await?)?;
    Ok(set_back)
}

/// Rows in which something stays that the damage had changed, since it was changed again, deleted or made anew.
async fn kept(work: &Work<'_>, one: &Chosen, columns: &Columns) -> Result<u64, Failure> {
    let harmed = any(columns.both.iter().map(|column| {
        let (live, before, after) = (text("l", column), text("b", column), text("a", column));
        format!("({after} <> {before} AND {live} <> {before})")
    }));
    let differs =
        any(columns.backup.iter().map(|column| format!("{} <> {}", text("l", column), text("b", column))));
    // One pass over joins that can be hashed: a question for each row would take hours.
    let asked = format!(
        "SELECT count(*)::int8 FROM {BACKUP} b LEFT JOIN {AFTER} a ON {} LEFT JOIN ONLY {} l ON {} \
         WHERE (a.ctid IS NOT NULL AND (l.ctid IS NULL OR {harmed})) OR (a.ctid IS NULL AND l.ctid IS NOT NULL AND {differs})",
        columns.same("a", "b"),
        one.quoted,
        columns.same("l", "b")
    );
    number(work, &one.name, &asked).await
}

/// Something of the table may have turned what was set back into something else.
fn refuse_unchanged(one: &Chosen, rows: u64) -> Result<(), Failure> {
    if rows == 0 {
        return Ok(());
    }
    Err(Failure::new(
        Code::ChecksFailed,
        format!("{} of {} would not be set back; nothing was changed", counted(rows, "row"), one.name),
        "Something of the table changes rows as they go in. Restore it beside the old table instead.",
    ))
}

fn notes(name: &str, (back, set_back): (u64, u64), (kept, added): (u64, u64)) -> Vec<String> {
    let stays = |rows: u64| if rows == 1 { "stays" } else { "stay" };
    let mut parts = Vec::new();
    if back > 0 {
        parts.push(format!("{} came back", counted(back, "row")));
    }
    if set_back > 0 {
        parts.push(format!("{} set back", counted(set_back, "changed row")));
    }
    if kept > 0 {
        parts.push(format!("{} {} as changed since", counted(kept, "damaged row"), stays(kept)));
    }
    if added > 0 {
        parts.push(format!("{} from between the two backups {}", counted(added, "new row"), stays(added)));
    }
    if parts.is_empty() { Vec::new() } else { vec![format!("{name}: {}.", parts.join(", "))] }
}

/// Whether the damage changed a column and nobody has since.
fn is_to_set_back(column: &str) -> String {
    let (live, before, after) = (text("l", column), text("b", column), text("a", column));
    format!("({after} <> {before} AND {live} = {after})")
}

/// A value as the server writes it, never absent, and compared byte by byte: by the type's own output function, and by
/// no cast that somebody made.
fn text(of: &str, column: &str) -> String {
    format!("(pg_catalog.format('%L', {of}.{column}) COLLATE \"C\")")
}

fn any(conditions: impl Iterator<Item = String>) -> String {
    joined(conditions, " OR ", "false")
}

fn all(conditions: impl Iterator<Item = String>) -> String {
    joined(conditions, " AND ", "true")
}

fn joined(conditions: impl Iterator<Item = String>, with: &str, none: &str) -> String {
    let all: Vec<String> = conditions.collect();
    if all.is_empty() { none.to_owned() } else { format!("({})", all.join(with)) }
}
