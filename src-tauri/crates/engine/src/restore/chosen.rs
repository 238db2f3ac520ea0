//! What a restore of some tables would do to those that are there. Reads only.

use std::collections::{HashMap, HashSet};

use super::code::foreign_code;
use super::existing::{Existing, Relation};
use super::plan::{RestorePlan, TableAct};
use super::preview::{free_name, full_name};
use super::properties::read_toc;
use super::request::TableMode;
use super::tables::key_query;
use super::target::NAME_BYTES_MAX;
use crate::archive::Manifest;
use crate::profile::Profile;
use crate::proof;
use base::failure::Failure;
use postgres::custom_format::CopiedTable;
use postgres::target::{Target, quote_identifier, quote_literal};

/// Takes of the plan what was chosen, and judges whether the tables that are there can take it.
pub(super) async fn plan_tables(
    profile: &Profile,
    plan: &mut RestorePlan,
    manifest: &Manifest,
    existing: &Existing,
    target: &Target,
    chosen: &[String],
    mode: TableMode,
) -> Result<(), Failure> {
    plan.mode = Some(mode);
    plan.owners = false;
    plan.privileges = false;
    plan.warnings.retain(|warning| !warning.starts_with("Everything will belong to"));
    let wanted: HashSet<&str> = chosen.iter().map(|name| name.trim()).collect();
    let known: HashSet<String> = plan.tables.iter().map(full_name).collect();
    for name in wanted.iter().filter(|name| !known.contains(**name)) {
        plan.blockers.push(format!("The backup holds no table {name:?}. Write it as schema.name."));
    }
    plan.tables.retain(|table| wanted.contains(full_name(table).as_str()));
    // The server would cut it, and take it for another table's.
    for table in &plan.tables {
        if let Some(name) = [&table.schema, &table.name].into_iter().find(|name| name.len() > NAME_BYTES_MAX)
        {
            plan.blockers.push(format!(
                "{name:?} is longer than a name can be, which is {NAME_BYTES_MAX} bytes; nothing is restored of it alone."
            ));
        }
    }
    if plan.tables.is_empty() && plan.blockers.is_empty() {
        plan.blockers.push("No table was chosen.".into());
    }
    plan.rows = Some(plan.tables.iter().filter_map(|table| table.rows).sum());
    plan.size_bytes = plan.tables.iter().map(|table| table.bytes).sum();
    plan.needed_bytes = plan.size_bytes * 2;
    if mode == TableMode::Beside {
        plan.beside = Some(free_name("restored", "", &existing.schemas));
        return Ok(());
    }
    judge_kinds(plan, existing, mode);
    judge(profile, plan, manifest, target, mode).await
}

/// Only an ordinary table that is there takes rows.
fn judge_kinds(plan: &mut RestorePlan, existing: &Existing, mode: TableMode) {
    let there: HashMap<String, &Relation> =
        existing.relations.iter().map(|one| (format!("{}.{}", one.schema, one.name), one)).collect();
    for table in &mut plan.tables {
        table.act = if mode == TableMode::Replace { TableAct::Replace } else { TableAct::Add };
        let name = full_name(table);
        match there.get(&name) {
            Some(relation) if relation.kind == 'r' => {}
            Some(_) => plan.blockers.push(format!("{name} is no ordinary table there. Restore it beside.")),
            None => plan.blockers.push(format!(
                "There is no table {name} in {} any more. Restore it beside, and move it in place by hand.",
                plan.database
            )),
        }
    }
}

/// The columns of the backup have to be there, and a key where rows are told apart by it.
async fn judge(
    profile: &Profile,
    plan: &mut RestorePlan,
    manifest: &Manifest,
    target: &Target,
    mode: TableMode,
) -> Result<(), Failure> {
    let dump = proof::stored_dump(profile, &plan.backup_id, manifest).await?;
    let toc = read_toc(&dump).await?;
    let data = toc.entries.iter().filter(|entry| entry.kind == "TABLE DATA");
    let in_backup: HashMap<(&str, &str), Option<CopiedTable>> = data
        .map(|entry| {
            ((entry.schema.as_deref().unwrap_or_default(), entry.tag.as_str()), CopiedTable::of(entry))
        })
        .collect();
    let session = target.session().await?;
    for table in &plan.tables {
        let (name, quoted) = (
            full_name(table),
            format!("{}.{}", quote_identifier(&table.schema), quote_identifier(&table.name)),
        );
        let there = session.client.query(&columns_query(&quoted), &[]).await.map_err(postgres::refused)?;
        let there: HashSet<&str> = there.iter().map(|row| row.get(0)).collect();
        let wanted: &[String] = match in_backup.get(&(table.schema.as_str(), table.name.as_str())) {
            None => &[],
            Some(Some(copied)) => copied.columns.as_slice(),
            Some(None) => {
                plan.blockers.push(format!(
                    "How the rows of {name} are loaded is not written in the backup as pg_dump writes it; nothing of it is run."
                ));
                continue;
            }
        };
        let gone: Vec<&str> =
            wanted.iter().map(String::as_str).filter(|column| !there.contains(column)).collect();
        // Where the table itself is gone, that is said already.
        if !there.is_empty() && !gone.is_empty() {
            plan.blockers.push(format!(
                "The backup of {name} has columns that the table there does not take: {}. Restore it beside.",
                gone.join(", ")
            ));
        }
        if !there.is_empty()
            && let Some(why) =
                foreign_code(&session, (table.schema.as_str(), table.name.as_str()), wanted).await?
        {
            plan.blockers.push(why);
        }
        if mode == TableMode::MissingRows {
            let key = session.client.query(&key_query(&quoted), &[]).await;
            if key.is_ok_and(|rows| rows.is_empty()) {
                plan.blockers.push(format!(
                    "{name} has no primary key, so that which of its rows are missing cannot be told. Restore it beside."
                ));
            }
        }
    }
    session.close().await;
    Ok(())
}

/// Columns that rows can be given to; none where there is no such table.
pub(super) fn columns_query(quoted: &str) -> String {
    format!(
        "select attname::text from pg_catalog.pg_attribute a where attrelid = pg_catalog.to_regclass({}) \
         and attnum > 0 and not attisdropped and coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = ''",
        quote_literal(quoted)
    )
}
