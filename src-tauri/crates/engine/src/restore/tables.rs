//! Some tables of a backup into a database that is in use, in one transaction: beside the old ones,
//! in their place, only the rows that are missing, or what was damaged between two backups.

use std::collections::{HashMap, HashSet};

use super::aside::{finish_beside, make_beside};
use super::by_key::add_missing;
use super::chosen::columns_query;
use super::code::code_query;
use super::confirm::stale;
use super::make::Maker;
use super::merge::{Merged, merge};
use super::numbers::advance_sequences;
use super::plan::{RestorePlan, TableAct};
use super::request::TableMode;
use super::silent;
use super::transaction::Work;
use super::writable::Triggers;
use crate::proof::Brought;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::Verdict;
use postgres::compare::{DumpedTable, is_one_condition};
use postgres::custom_format::{Block, CopiedTable, TableName, TocEntry, column_list};
use postgres::facts::configuration_conditions;
use postgres::fill::not_understood;
use postgres::target::{quote_identifier, quote_literal};

/// Foreign keys that touch a table: they are dropped and made again, and so checked again.
const FOREIGN_KEYS: &str = "select conname::text, conrelid::regclass::text, pg_catalog.pg_get_constraintdef(oid), \
    pg_catalog.obj_description(oid, 'pg_constraint') from pg_catalog.pg_constraint \
    where contype = 'f' and conparentid = 0 and (conrelid = any($TABLES) or confrelid = any($TABLES)) order by 2, 1";
/// Triggers of people, and how each is enabled.
const TRIGGERS: &str = "select tgname::text, tgrelid::regclass::text, tgenabled::text from pg_catalog.pg_trigger \
    where not tgisinternal and tgenabled <> 'D' and tgrelid = any($TABLES) order by 2, 1";

/// Rules of people but a view's own, and how each is enabled.
const RULES: &str = "select rulename::text, ev_class::regclass::text, ev_enabled::text from pg_catalog.pg_rewrite \
    where ev_type <> '1' and ev_enabled <> 'D' and ev_class = any($TABLES) order by 2, 1";

/// A chosen table.
pub(super) struct Chosen {
    /// Schema and name, as a person reads it.
    pub(super) name: String,
    /// The same, as SQL takes it.
    pub(super) quoted: String,
    pub(super) entry: TocEntry,
    pub(super) block: Block,
    /// The columns of its rows in the archive, by name.
    pub(super) columns: Vec<String>,
}

impl Chosen {
    /// The statement that takes its rows into a table, built anew of the names.
    pub(super) fn copy_into(&self, table: &str) -> String {
        format!("COPY {table}{} FROM stdin", column_list(&self.columns))
    }

    /// The columns must be those of an existing table, so that only known names are put into a statement.
    async fn refuse_other_columns(&self, work: &Work<'_>) -> Result<(), Failure> {
        self.refuse_columns(work, &self.columns).await
    }

    /// The same for columns that another backup holds of it.
    pub(super) async fn refuse_columns(&self, work: &Work<'_>, columns: &[String]) -> Result<(), Failure> {
        let there = work.query(&columns_query(&self.quoted)).await?;
        let there: Vec<&str> = there.iter().map(|row| row.get(0)).collect();
        match columns.iter().find(|column| !there.contains(&column.as_str())) {
            None => Ok(()),
            Some(column) => Err(stale(&format!("{} does not take the column {column} any more", self.name))),
        }
    }

    /// The plan found nothing that others wrote and that runs as rows go in. Under its lock the table stays so.
    async fn refuse_foreign_code(&self, work: &Work<'_>) -> Result<(), Failure> {
        match work.query(&code_query(&self.quoted, &self.columns)).await?.first() {
            None => Ok(()),
            Some(found) => {
                let what: String = found.get(0);
                Err(stale(&format!("{} runs what others wrote by now: {what}", self.name)))
            }
        }
    }
}

/// What filling did.
#[derive(Default)]
struct Filled {
    rows: u64,
    notes: Vec<String>,
    /// Tables that were made for it.
    made: HashSet<i64>,
    /// Whether something of the backup could not be made.
    has_left: bool,
}

impl Filled {
    /// Takes what a merge did to a table. Returns how many rows were changed.
    fn merge(&mut self, merged: Merged) -> u64 {
        self.notes.extend(merged.notes);
        merged.rows
    }

    fn has_made(&self, one: &Chosen) -> bool {
        self.made.contains(&one.entry.dump_id)
    }
}

/// Restores the tables of the plan within the transaction, and checks them. The caller commits.
pub(super) async fn fill(work: &Work<'_>, plan: &RestorePlan) -> Result<Brought, Failure> {
    let (context, started) = (work.context, now_ms());
    let chosen = chosen(work, plan)?;
    let mode = plan.mode.unwrap_or(TableMode::Beside);
    context.phase("structure");
    let filled = match mode {
        TableMode::Beside => fill_beside(work, plan, &chosen).await?,
        TableMode::Replace | TableMode::MissingRows | TableMode::Merge => {
            fill_there(work, plan, mode, &chosen).await?
        }
    };
    let restore_ms = now_ms() - started;

    context.phase("check");
    let checked = now_ms();
    let mut reason = check(work, plan, mode, &chosen, &filled).await?;
    if plan.triggers == Triggers::Silent && mode != TableMode::Beside {
        // Keys of what was made were checked by the server as it made them.
        let there: Vec<&Chosen> = chosen.iter().filter(|one| !filled.has_made(one)).collect();
        silent::check_keys(work, &there).await?;
    }
    if filled.has_left {
        reason = format!("{reason} Not everything of the backup could be made; what is missing is named.");
    }
    // Rows that are told by their keys are among others: nothing is compared with the manifest.
    let compared = if mode.keeps_rows() { (0, 0) } else { (chosen.len() as u64, filled.rows) };
    Ok(Brought {
        verdict: if filled.has_left { Verdict::Inconclusive } else { Verdict::Pass },
        reason,
        tables: compared.0,
        rows: compared.1,
        checks: Vec::new(),
        differences: Vec::new(),
        notes: filled.notes,
        limits: Vec::new(),
        restore_ms,
        check_ms: now_ms() - checked,
    })
}

/// Into tables of their own.
async fn fill_beside(work: &Work<'_>, plan: &RestorePlan, chosen: &[Chosen]) -> Result<Filled, Failure> {
    let mut filled = Filled { notes: make_beside(work, plan, chosen).await?, ..Filled::default() };
    begin_rows(work, chosen);
    for one in chosen {
        let into = format!("{}.{}", quote_identifier(beside(plan)), quote_identifier(&one.entry.tag));
        filled.rows += work.copy(&one.name, &one.copy_into(&into), one.block).await?;
    }
    work.context.phase("indexes");
    filled.notes.extend(finish_beside(work, plan, chosen).await?);
    Ok(filled)
}

/// Into the tables that are there, and those that the plan makes.
async fn fill_there(
    work: &Work<'_>,
    plan: &RestorePlan,
    mode: TableMode,
    chosen: &[Chosen],
) -> Result<Filled, Failure> {
    let (mut filled, mut guard) = (Filled::default(), Guard::default());
    let mut maker = match &plan.makes {
        Some(makes) => Some(Maker::structure(work, makes).await?),
        None => None,
    };
    // In what is made now nothing acts yet: its triggers and keys are made after its rows.
    if let Some(maker) = &maker {
        let is_made =
            |one: &&Chosen| maker.makes(one.entry.schema.as_deref().unwrap_or_default(), &one.entry.tag);
        filled.made = chosen.iter().filter(is_made).map(|one| one.entry.dump_id).collect();
    }
    refuse_other_acts(plan, chosen, &filled)?;
    let there: Vec<&Chosen> = chosen.iter().filter(|one| !filled.has_made(one)).collect();
    match plan.triggers {
        Triggers::SetAside => guard = Guard::lift(work, &there).await?,
        Triggers::Silent => silent::begin(work).await?,
    }
    for one in chosen {
        one.refuse_other_columns(work).await?;
        one.refuse_foreign_code(work).await?;
    }

    begin_rows(work, chosen);
    if mode == TableMode::Replace {
        empty(work, plan.triggers, &there).await?;
    }
    for one in chosen {
        let is_there = !filled.has_made(one);
        filled.rows += match mode {
            TableMode::MissingRows if is_there => add_missing(work, one).await?,
            TableMode::Merge if is_there => filled.merge(merge(work, one).await?),
            _ => work.copy(&one.name, &one.copy_into(&one.quoted), one.block).await?,
        };
    }
    let anew: Vec<&Chosen> = chosen.iter().filter(|one| filled.has_made(one)).collect();
    // Before row security of theirs hides rows.
    compare(work, &anew, None).await?;

    work.context.phase("indexes");
    let by_others =
        |one: &&&Chosen| maker.as_ref().is_some_and(|maker| maker.uses_numbers_of_others(&one.entry));
    for one in there.iter().chain(anew.iter().filter(by_others)) {
        advance_sequences(work, &one.quoted).await?;
    }
    match plan.triggers {
        Triggers::SetAside => guard.put_back(work).await?,
        Triggers::Silent => silent::end(work).await?,
    }
    if let Some(mut maker) = maker.take() {
        maker.finish().await?;
        let left = maker.into_notes();
        filled.has_left = !left.is_empty();
        filled.notes.extend(left);
    }
    Ok(filled)
}

/// What was to be made is made, and what was to be filled was shown and kept.
fn refuse_other_acts(plan: &RestorePlan, chosen: &[Chosen], filled: &Filled) -> Result<(), Failure> {
    let other = plan.tables.iter().find(|table| {
        let of = chosen.iter().find(|one| {
            one.entry.tag == table.name && one.entry.schema.as_deref() == Some(table.schema.as_str())
        });
        of.is_some_and(|one| filled.has_made(one) != (table.act == TableAct::Create))
    });
    match other {
        None => Ok(()),
        Some(table) => Err(stale(&format!("{}.{} came or went since", table.schema, table.name))),
    }
}

fn begin_rows(work: &Work<'_>, chosen: &[Chosen]) {
    work.context.phase("rows");
    let later = |one: &Chosen| {
        let after = work.after.as_ref()?.table(one.entry.schema.as_deref()?, &one.entry.tag)?;
        Some(after.1.length)
    };
    work.context.expect_bytes(chosen.iter().map(|one| one.block.length + later(one).unwrap_or(0)).sum());
}

/// Takes the rows of now away. Where triggers were set aside not by DELETE: that would follow foreign keys into other
/// tables, and run their triggers.
async fn empty(work: &Work<'_>, triggers: Triggers, chosen: &[&Chosen]) -> Result<(), Failure> {
    let conditions = configuration_conditions(&work.session.client).await?;
    let mut whole = Vec::new();
    for &one in chosen {
        let name = (one.entry.schema.clone().unwrap_or_default(), one.entry.tag.clone());
        match conditions.get(&name) {
            None => whole.push(one),
            // Of an extension's own table the backup holds a part alone; the extension brought the rest.
            Some(condition) if is_one_condition(condition) => {
                work.run(&one.name, &format!("DELETE FROM ONLY {} {condition}", one.quoted)).await?;
            }
            Some(_) => return Err(not_understood(&one.entry).into()),
        }
    }
    match triggers {
        Triggers::Silent => silent::empty(work, &whole).await,
        Triggers::SetAside => {
            for one in whole {
                work.run(&one.name, &format!("TRUNCATE ONLY {}", one.quoted)).await?;
            }
            Ok(())
        }
    }
}

/// The schema in which tables are made beside those that are there.
pub(super) fn beside(plan: &RestorePlan) -> &str {
    plan.beside.as_deref().unwrap_or("restored")
}

fn chosen(work: &Work<'_>, plan: &RestorePlan) -> Result<Vec<Chosen>, Failure> {
    let mut data: HashMap<(String, String), (TocEntry, Block)> = work
        .data()
        .into_iter()
        .filter(|(entry, _)| entry.copy.is_some())
        .map(|(entry, block)| ((entry.schema.clone().unwrap_or_default(), entry.tag.clone()), (entry, block)))
        .collect();
    plan.tables
        .iter()
        .map(|table| {
            let key = (table.schema.clone(), table.name.clone());
            let (entry, block) = data.remove(&key).ok_or_else(|| {
                Failure::new(
                    Code::TableNotFound,
                    format!("the backup holds no rows of {}.{}", table.schema, table.name),
                    "Look at what it holds: `holdfast backup show`.",
                )
            })?;
            let copied = CopiedTable::of(&entry).ok_or_else(|| not_understood(&entry))?;
            Ok(Chosen {
                name: format!("{}.{}", table.schema, table.name),
                quoted: format!("{}.{}", quote_identifier(&table.schema), quote_identifier(&table.name)),
                entry,
                block,
                columns: copied.columns,
            })
        })
        .collect()
}

/// Objects that would block or change inserts: foreign keys, triggers and rules. They are removed within the
/// transaction; the recreated foreign keys are checked over every row.
#[derive(Default)]
struct Guard {
    put_back: Vec<String>,
}

impl Guard {
    async fn lift(work: &Work<'_>, chosen: &[&Chosen]) -> Result<Self, Failure> {
        if chosen.is_empty() {
            return Ok(Self::default());
        }
        let all: Vec<&str> = chosen.iter().map(|one| one.quoted.as_str()).collect();
        work.run("the lock", &format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", all.join(", "))).await?;
        let ids: Vec<String> = all.iter().map(|name| format!("{}::regclass", quote_literal(name))).collect();
        let of = |sql: &str| sql.replace("$TABLES", &format!("array[{}]", ids.join(", ")));
        let mut guard = Self::default();
        for (asked, what) in [(TRIGGERS, "TRIGGER"), (RULES, "RULE")] {
            for row in work.query(&of(asked)).await? {
                let (name, table, enabled): (String, String, String) = (row.get(0), row.get(1), row.get(2));
                let name = quote_identifier(&name);
                let disable = format!("ALTER TABLE {table} DISABLE {what} {name}");
                work.run("its triggers and rules", &disable).await?;
                let how = match enabled.as_str() {
                    "R" => "ENABLE REPLICA",
                    "A" => "ENABLE ALWAYS",
                    _ => "ENABLE",
                };
                guard.put_back.push(format!("ALTER TABLE {table} {how} {what} {name}"));
            }
        }
        for row in work.query(&of(FOREIGN_KEYS)).await? {
            let (name, table, definition): (String, String, String) = (row.get(0), row.get(1), row.get(2));
            let name = quote_identifier(&name);
            work.run("its foreign keys", &format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).await?;
            guard.put_back.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"));
            if let Some(comment) = row.get::<_, Option<String>>(3) {
                let comment = quote_literal(&comment);
                guard.put_back.push(format!("COMMENT ON CONSTRAINT {name} ON {table} IS {comment}"));
            }
        }
        Ok(guard)
    }

    async fn put_back(self, work: &Work<'_>) -> Result<(), Failure> {
        // A table with a deferred check that is still to be made cannot be altered.
        let put_back = format!("SET CONSTRAINTS ALL IMMEDIATE;\n{}", self.put_back.join(";\n"));
        work.run("foreign keys, triggers and rules as they were", &put_back).await
    }
}

async fn check(
    work: &Work<'_>,
    plan: &RestorePlan,
    mode: TableMode,
    chosen: &[Chosen],
    filled: &Filled,
) -> Result<String, Failure> {
    let words = format!("{} of {}", counted(filled.rows, "row"), counted(chosen.len() as u64, "table"));
    // What was made was compared before anything but its rows was, and what was there keeps rows that the backup does
    // not know where only the missing ones came back.
    let compared = chosen.iter().filter(|one| !mode.keeps_rows() && !filled.has_made(one));
    let schema = (mode == TableMode::Beside).then(|| beside(plan));
    compare(work, &compared.collect::<Vec<_>>(), schema).await?;
    Ok(match mode {
        TableMode::MissingRows => format!("{words} came back; every row that was there stays as it was."),
        TableMode::Merge => {
            format!("{words} came back or were set back; what was changed since stays.")
        }
        TableMode::Beside | TableMode::Replace => {
            format!("{words} are as the backup says, compared before the commit.")
        }
    })
}

/// The rows of these tables, perhaps in another schema, with those of the dump.
async fn compare(work: &Work<'_>, chosen: &[&Chosen], schema: Option<&str>) -> Result<(), Failure> {
    let mut dumped: Vec<DumpedTable> = work.dumped();
    dumped.retain(|table| {
        chosen.iter().any(|one| {
            one.entry.tag == table.digest.name
                && one.entry.schema.as_deref().unwrap_or_default() == table.digest.schema
        })
    });
    for table in &mut dumped {
        let schema = schema.unwrap_or(table.digest.schema.as_str());
        table.copied.table = TableName::new(schema, &table.digest.name);
    }
    match work.differences(dumped).await?.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(
            Code::ChecksFailed,
            format!("{} would not be as the backup says; nothing was changed", first.table),
            "Something of the table changes rows as they go in. Restore beside the old tables instead.",
        )),
    }
}
