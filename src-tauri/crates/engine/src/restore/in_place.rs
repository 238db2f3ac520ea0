//! In place: the whole backup in one transaction, over the existing objects.

use std::collections::HashSet;

use super::confirm::stale;
use super::defaults::Defaults;
use super::plan::RestorePlan;
use super::structure::digest_of;
use super::transaction::Work;
use crate::archive::Manifest;
use crate::proof::{self, Brought};
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::Verdict;
use postgres::compare::is_one_condition;
use postgres::custom_format::{Block, CopiedTable, SequenceSet, Toc, TocEntry};
use postgres::facts::configuration_conditions;
use postgres::fill::{not_understood, sequences};
use postgres::target::quote_identifier;

/// Each object of a restore takes about so many locks: the old one, the new one, what belongs to it.
pub(super) const LOCKS_PER_ENTRY: i64 = 2;
/// Begins the part of a script that makes things; before it, things are dropped.
const FIRST_OBJECT: &str = "\n--\n-- Name: ";

/// Tables of extensions whose rows, or some of them, a backup holds.
const CONFIGURATION: &str = "select n.nspname::text, c.relname::text from pg_catalog.pg_extension e, \
    pg_catalog.unnest(e.extconfig) k(id) join pg_catalog.pg_class c on c.oid = k.id and c.relkind = 'r' \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace";

/// Entries that are taken: all but schemas and extensions that are there already. Dropping those would
/// take along, or be hindered by, what the backup does not hold.
pub(super) fn entries_taken(toc: &Toc, schemas: &[String], extensions: &[String]) -> Vec<i64> {
    let is_there = |kind: &str, tag: &str| match kind {
        "SCHEMA" => schemas.iter().any(|name| name == tag),
        "EXTENSION" => extensions.iter().any(|name| name == tag),
        _ => false,
    };
    let is_kept = |kind: &str, tag: &str| {
        is_there(kind, tag)
            || (kind == "COMMENT"
                && ["SCHEMA", "EXTENSION"].iter().any(|of| {
                    let name = tag.strip_prefix(of).map(|name| name.trim_start().trim_matches('"'));
                    name.is_some_and(|name| is_there(of, name))
                }))
    };
    toc.entries.iter().filter(|entry| !is_kept(&entry.kind, &entry.tag)).map(|entry| entry.dump_id).collect()
}

/// What is there when it begins.
pub(super) struct There<'a> {
    pub(super) schemas: &'a [String],
    pub(super) extensions: &'a [String],
    /// The structure, as the look found it.
    pub(super) digest: &'a str,
}

/// Drops what the backup replaces, where all of that was shown.
async fn drop_replaced(
    work: &Work<'_>,
    plan: &RestorePlan,
    script: &str,
    there: &There<'_>,
) -> Result<(), Failure> {
    let drops = script.split_once(FIRST_OBJECT).map_or(script, |(drops, _)| drops);
    work.run_script("to drop what the backup replaces", drops).await?;
    // As others see them: what came between the look and the drops was never shown, and went with them.
    if digest_of(&work.target).await? != there.digest {
        return Err(stale(&format!(
            "objects of {} were changed while its tables were locked",
            plan.database
        )));
    }
    Ok(())
}

/// Fills the database within the transaction, and checks it. The caller commits.
pub(super) async fn fill(
    work: &Work<'_>,
    plan: &RestorePlan,
    manifest: &Manifest,
    there: &There<'_>,
) -> Result<Brought, Failure> {
    let (context, started) = (work.context, now_ms());
    let taken = entries_taken(&work.head.toc, there.schemas, there.extensions);
    let list = format!("--use-list={}", work.head.list(&taken)?);
    let mut common = vec![list.as_str()];
    if !plan.owners {
        common.push("--no-owner");
    }
    if !plan.privileges {
        common.push("--no-privileges");
    }
    let with = |more: &[&'static str]| -> Vec<&str> { [common.as_slice(), more].concat() };

    context.phase("structure");
    let all = ["--clean", "--if-exists", "--section=pre-data", "--section=post-data"];
    let dropping = work.script(&with(&all)).await?;
    drop_replaced(work, plan, &dropping, there).await?;
    // After the second look at the structure, which they are part of.
    let defaults = Defaults::set_aside(work).await?;
    let making = work.script(&with(&["--section=pre-data"])).await?;
    work.run_script("the structure", &making).await?;

    context.phase("rows");
    let rows = copy_all(work).await?;
    let sequences: String = sequences(&work.head.toc)?.iter().map(SequenceSet::sql).collect();
    work.run("the sequences", &sequences).await?;

    context.phase("indexes");
    let finishing = work.script(&with(&["--section=post-data"])).await?;
    work.run_script("indexes, constraints and triggers", &finishing).await?;
    defaults.put_back(work).await?;
    let restore_ms = now_ms() - started;

    context.phase("check");
    let checked = now_ms();
    // What is deferred is checked here, where it can be named, and not by the commit.
    work.run("its deferred constraints", "SET CONSTRAINTS ALL IMMEDIATE").await?;
    let tables = work.dumped();
    let compared = tables.len() as u64;
    let differences = work.differences(tables).await?;
    if let Some(first) = differences.first() {
        return Err(Failure::new(
            Code::ChecksFailed,
            format!(
                "{} of {} would not be as the backup says, the first: {}; nothing was changed",
                differences.len(),
                counted(compared, "table"),
                first.table
            ),
            "A trigger or rule of the target may change rows as they go in. Restore into a new database, and look there.",
        ));
    }
    Ok(Brought {
        verdict: Verdict::Pass,
        reason: format!(
            "{} and {} are as the backup says, compared before the commit.",
            counted(compared, "table"),
            counted(manifest.rows().unwrap_or(rows), "row")
        ),
        tables: compared,
        rows,
        checks: Vec::new(),
        differences: Vec::new(),
        limits: Vec::new(),
        notes: Vec::new(),
        restore_ms,
        check_ms: now_ms() - checked,
    })
}

/// The rows of every table. Returns how many.
async fn copy_all(work: &Work<'_>) -> Result<u64, Failure> {
    let mut data = work.data();
    data.retain(|(entry, _)| entry.copy.is_some());
    empty_tables_of_extensions(work, &data).await?;
    work.context.expect_bytes(data.iter().map(|(_, block)| block.length).sum());
    let mut rows = 0;
    for (entry, block) in &data {
        let name = format!("{}.{}", entry.schema.as_deref().unwrap_or_default(), entry.tag);
        let copied = CopiedTable::of(entry).ok_or_else(|| not_understood(entry))?;
        rows += work.copy(&name, &copied.from_stdin(), *block).await?;
    }
    Ok(rows)
}

/// What an extension made is not dropped with what the backup replaces: the user's rows in it are.
async fn empty_tables_of_extensions(work: &Work<'_>, data: &[(TocEntry, Block)]) -> Result<(), Failure> {
    let own = work.session.client.query(CONFIGURATION, &[]).await.map_err(postgres::refused)?;
    let own: HashSet<(String, String)> = own.iter().map(|row| (row.get(0), row.get(1))).collect();
    let name_of = |entry: &TocEntry| (entry.schema.clone().unwrap_or_default(), entry.tag.clone());
    let of_extensions: Vec<&TocEntry> =
        data.iter().map(|(entry, _)| entry).filter(|entry| own.contains(&name_of(entry))).collect();
    if of_extensions.is_empty() {
        return Ok(());
    }
    let conditions = configuration_conditions(&work.session.client).await?;
    for entry in of_extensions {
        let (schema, name) = name_of(entry);
        let quoted = format!("{}.{}", quote_identifier(&schema), quote_identifier(&name));
        let condition = conditions.get(&(schema, name)).map_or("", String::as_str);
        if !condition.is_empty() && !is_one_condition(condition) {
            return Err(not_understood(entry).into());
        }
        work.run(&quoted, &format!("DELETE FROM ONLY {quoted} {condition}")).await?;
    }
    Ok(())
}

/// What a restore in place wants of a target beside what every restore wants.
pub(super) fn roles_wanted(toc: &Toc) -> Vec<String> {
    let mut roles: Vec<String> = toc.entries.iter().filter_map(|entry| entry.owner.clone()).collect();
    let grants = toc.entries.iter().filter(|entry| entry.kind == "ACL" || entry.kind == "DEFAULT ACL");
    for line in grants.flat_map(|entry| entry.definition.lines()) {
        let Some((_, to)) = line.rsplit_once(" TO ") else { continue };
        let to = to.trim_end_matches(';').trim_end_matches(" WITH GRANT OPTION").trim();
        let name = match to.strip_prefix('"').and_then(|to| to.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => to.to_owned(),
        };
        if name != "PUBLIC" {
            roles.push(name);
        }
    }
    roles.retain(|role| !role.is_empty());
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// The phases of a restore in one transaction.
pub(super) fn phases(table_count: usize, size_bytes: u64) -> Vec<ledger::job::PhaseSpec> {
    let mut phases = proof::phases(table_count, size_bytes).to_vec();
    phases[1].sentence = "Rows from the vault into COPY, within one transaction.".into();
    phases[2].sentence = "Indexes, constraints and triggers, within the same transaction.".into();
    phases[3].sentence =
        "Rows and fingerprints of every table against the manifest; then it is committed, or nothing is."
            .into();
    phases
}
