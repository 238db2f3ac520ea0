//! What a restore of some tables would do to the existing ones. Reads only.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::absent::{Absent, Fate};
use super::by_key::key_query;
use super::code::foreign_code;
use super::existing::{Existing, Relation};
use super::merge::After;
use super::plan::{LeftOut, PlannedTable, RestorePlan, TableAct};
use super::preview::{free_name, full_name};
use super::properties::read_toc;
use super::request::TableMode;
use super::target::NAME_BYTES_MAX;
use super::writable::{Name, Writable};
use crate::archive::Manifest;
use crate::profile::Profile;
use crate::proof;
use base::failure::Failure;
use postgres::connection::Session;
use postgres::custom_format::{CopiedTable, Toc};
use postgres::facts;
use postgres::remedy::Remedy;
use postgres::target::{Target, quote_identifier, quote_literal};

/// Tables whose foreign keys to a partition's parent change, empty or reset rows where those of the partition change.
const FOLLOWERS: &str = "select k.conrelid::pg_catalog.regclass::text from pg_catalog.pg_constraint k \
    where k.contype = 'f' and k.confrelid = pg_catalog.to_regclass($TABLE) and k.conparentid <> 0 \
    and k.confupdtype in ('c', 'n', 'd') order by 1";

/// Which tables rows come back into.
pub(super) enum Choice<'a> {
    /// These; what cannot be filled of them forbids the restore.
    Named(&'a [String]),
    /// All that the role may fill; the others stay as they are, and are named. What is absent is made before.
    Every(Option<&'a (Toc, Absent)>),
}

/// Why a table cannot take its rows.
struct Problem {
    of: Name,
    /// The end of a sentence, for one that is left out.
    why: String,
    /// A sentence with what to do, for one that was named.
    sentence: String,
}

impl Problem {
    fn new(of: &PlannedTable, why: impl Into<String>, sentence: String) -> Self {
        Self { of: (of.schema.clone(), of.name.clone()), why: why.into(), sentence }
    }
}

/// Takes of the plan what was chosen, and judges whether the tables that are there can take it.
pub(super) async fn plan_tables(
    profile: &Profile,
    plan: &mut RestorePlan,
    manifest: &Manifest,
    (existing, target): (&Existing, &Target),
    choice: &Choice<'_>,
    mode: TableMode,
) -> Result<(), Failure> {
    plan.mode = Some(mode);
    plan.owners = false;
    plan.privileges = false;
    plan.warnings.retain(|warning| !warning.starts_with("Everything will belong to"));
    if let Choice::Named(chosen) = choice {
        retain_named(plan, chosen, manifest);
    }
    if mode == TableMode::Beside {
        plan.beside = Some(free_name("restored", "", &existing.schemas));
        sum_up(plan);
        return Ok(());
    }
    let kinds = judge_kinds(plan, existing, choice, mode);
    let session = target.session_for_tables().await?;
    if mode.keeps_rows() {
        judge_temporary(plan, &session).await?;
    }
    let judged = judge(profile, plan, manifest, &session, mode).await;
    let migrations = match choice {
        Choice::Named(_) => Ok(Vec::new()),
        Choice::Every(_) => of_migrations(plan, &session).await,
    };
    session.close().await;
    // The first reason is the one that is named.
    let problems = migrations?.into_iter().chain(kinds).chain(judged?).collect();
    settle(plan, choice, problems);
    if mode == TableMode::Replace && manifest.not_taken().is_some() {
        plan.warnings.push("Tables whose rows are not in the backup stay as they are. Where their rows of now refer to rows that go, or the other way round, the server refuses, and nothing is changed: --missing-rows keeps every row.".into());
    }
    if let (Choice::Every(_), Some(not_taken)) = (choice, manifest.not_taken()) {
        plan.left_out.extend(not_taken.tables.iter().map(|table| LeftOut {
            schema: table.schema.clone(),
            name: table.name.clone(),
            why: "by choice its rows are not in the backup".into(),
        }));
    }
    if plan.tables.is_empty() && plan.blockers.is_empty() {
        plan.blockers.push(match choice {
            Choice::Named(_) => "No table was chosen.".into(),
            Choice::Every(_) => "Not one table of the backup can be filled there by this role.".into(),
        });
    }
    let unrefreshed = existing.relations.iter().filter(|one| one.kind == 'm');
    let unrefreshed: Vec<String> = unrefreshed.map(|one| format!("{}.{}", one.schema, one.name)).collect();
    if matches!(choice, Choice::Every(_)) && !unrefreshed.is_empty() {
        plan.warnings.push(format!(
            "Materialized views show the rows of before until they are refreshed: {}.",
            unrefreshed.join(", ")
        ));
    }
    sum_up(plan);
    Ok(())
}

fn retain_named(plan: &mut RestorePlan, chosen: &[String], manifest: &Manifest) {
    let wanted: HashSet<&str> = chosen.iter().map(|name| name.trim()).collect();
    let known: HashSet<String> = plan.tables.iter().map(full_name).collect();
    for name in wanted.iter().filter(|name| !known.contains(**name)) {
        let (schema, table) = name.split_once('.').unwrap_or(("public", name));
        plan.blockers.push(match manifest.not_taken() {
            Some(out) if out.lacks(schema, table) => {
                format!("The rows of {name} are not in this backup, by choice. Take another backup.")
            }
            _ => format!("The backup holds no table {name:?}. Write it as schema.name."),
        });
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
}

fn sum_up(plan: &mut RestorePlan) {
    plan.rows = Some(plan.tables.iter().filter_map(|table| table.rows).sum());
    plan.size_bytes = plan.tables.iter().map(|table| table.bytes).sum();
    // A merge loads both backups beside the tables.
    plan.needed_bytes = plan.size_bytes * if plan.after.is_some() { 4 } else { 2 };
}

/// What is wrong with a table forbids the restore where the table was named, and leaves it out where it was not.
fn settle(plan: &mut RestorePlan, choice: &Choice<'_>, problems: Vec<Problem>) {
    match choice {
        Choice::Named(_) => plan.blockers.extend(problems.into_iter().map(|problem| problem.sentence)),
        Choice::Every(_) => {
            let mut left: BTreeMap<Name, String> = BTreeMap::new();
            for Problem { of, why, .. } in problems {
                left.entry(of).or_insert(why);
            }
            plan.tables.retain(|table| !left.contains_key(&(table.schema.clone(), table.name.clone())));
            let left = left.into_iter().map(|((schema, name), why)| LeftOut { schema, name, why });
            plan.left_out = left.collect();
        }
    }
}

fn act_of(mode: TableMode) -> TableAct {
    match mode {
        TableMode::Beside => TableAct::Create,
        TableMode::Replace => TableAct::Replace,
        TableMode::MissingRows => TableAct::Add,
        TableMode::Merge => TableAct::Merge,
    }
}

/// Rows that are told by their keys are loaded into temporary tables first.
async fn judge_temporary(plan: &mut RestorePlan, session: &Session) -> Result<(), Failure> {
    let asked =
        "select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'temp'), current_user::text";
    let row = session.client.query_one(asked, &[]).await.map_err(postgres::refused)?;
    if !row.get::<_, bool>(0) {
        let (database, user) = (quote_identifier(&plan.database), row.get::<_, String>(1));
        plan.forbid_until(Remedy::new(
            format!(
                "The role {user} may not make temporary tables, in which rows are compared by their keys."
            ),
            format!("grant temporary on database {database} to {};", quote_identifier(&user)),
        ));
    }
    Ok(())
}

/// Only an ordinary table that is there takes rows, or one that is made.
fn judge_kinds(
    plan: &mut RestorePlan,
    existing: &Existing,
    choice: &Choice<'_>,
    mode: TableMode,
) -> Vec<Problem> {
    let there: HashMap<String, &Relation> =
        existing.relations.iter().map(|one| (format!("{}.{}", one.schema, one.name), one)).collect();
    let (mut problems, database) = (Vec::new(), plan.database.clone());
    for table in &mut plan.tables {
        table.act = act_of(mode);
        let name = full_name(table);
        match there.get(&name) {
            Some(relation) if relation.kind == 'r' => {}
            Some(_) => {
                let sentence = format!("{name} is no ordinary table there. Restore it beside.");
                problems.push(Problem::new(table, "it is no ordinary table there", sentence));
            }
            None if made(choice, table) == Some(&Fate::Made) => table.act = TableAct::Create,
            None => {
                if let Some(Fate::Left(why)) = made(choice, table) {
                    problems.push(Problem::new(
                        table,
                        format!("it is not there, and is not made: {why}"),
                        String::new(),
                    ));
                    continue;
                }
                let sentence = format!(
                    "There is no table {name} in {database} any more. Restore it beside, and move it in place by hand."
                );
                problems.push(Problem::new(table, "it is not there any more", sentence));
            }
        }
    }
    problems
}

/// What becomes of a table that is not there.
fn made<'a>(choice: &'a Choice<'_>, table: &PlannedTable) -> Option<&'a Fate> {
    match choice {
        Choice::Every(Some((toc, absent))) => absent.table(toc, &table.schema, &table.name),
        Choice::Every(None) | Choice::Named(_) => None,
    }
}

/// What the backup says of a table's rows.
type InBackup<'a> = HashMap<(&'a str, &'a str), Option<CopiedTable>>;

/// The columns of the backup have to be there, a key where rows are told apart by it, and the right to fill it.
async fn judge(
    profile: &Profile,
    plan: &mut RestorePlan,
    manifest: &Manifest,
    session: &Session,
    mode: TableMode,
) -> Result<Vec<Problem>, Failure> {
    let dump = proof::stored_dump(profile, &plan.backup_id, manifest).await?;
    let toc = read_toc(&dump).await?;
    let data = toc.entries.iter().filter(|entry| entry.kind == "TABLE DATA");
    let in_backup: InBackup<'_> = data
        .map(|entry| {
            ((entry.schema.as_deref().unwrap_or_default(), entry.tag.as_str()), CopiedTable::of(entry))
        })
        .collect();
    let after = match &plan.after {
        Some(later) => Some(After::open(profile, later, toc.encoding()).await?),
        None => None,
    };
    let mut problems = Vec::new();
    for table in &plan.tables {
        problems.extend(judge_table(session, table, (&in_backup, after.as_ref()), mode).await?);
    }
    let writable = Writable::look(session).await?;
    // How the rest is done goes by what can be filled at all.
    let names: Vec<Name> = plan
        .tables
        .iter()
        .map(|table| (table.schema.clone(), table.name.clone()))
        .filter(|name| problems.iter().all(|problem| problem.of != *name))
        .collect();
    let (triggers, why) = writable.judge(&names, mode);
    plan.triggers = triggers;
    problems.extend(why.into_iter().map(|(of, why)| {
        let sentence = format!("{}.{} cannot be filled: {why}. Restore it beside.", of.0, of.1);
        Problem { of, why, sentence }
    }));
    Ok(problems)
}

async fn judge_table(
    session: &Session,
    table: &PlannedTable,
    (in_backup, after): (&InBackup<'_>, Option<&After>),
    mode: TableMode,
) -> Result<Vec<Problem>, Failure> {
    let (name, quoted) =
        (full_name(table), format!("{}.{}", quote_identifier(&table.schema), quote_identifier(&table.name)));
    let there = session.client.query(&columns_query(&quoted), &[]).await.map_err(postgres::refused)?;
    let there: HashSet<&str> = there.iter().map(|row| row.get(0)).collect();
    let wanted: &[String] = match in_backup.get(&(table.schema.as_str(), table.name.as_str())) {
        None => &[],
        Some(Some(copied)) => copied.columns.as_slice(),
        Some(None) => {
            let sentence = format!(
                "How the rows of {name} are loaded is not written in the backup as pg_dump writes it; nothing of it is run."
            );
            let why = "how its rows are loaded is not written in the backup as pg_dump writes it";
            return Ok(vec![Problem::new(table, why, sentence)]);
        }
    };
    // Where the table itself is gone, that is said already.
    if there.is_empty() {
        return Ok(Vec::new());
    }
    let mut problems = Vec::new();
    let later = after.map(|after| after.table(&table.schema, &table.name).map(|(columns, _)| columns));
    if let Some(None) = &later {
        let sentence = format!(
            "The later backup does not hold the rows of {name}. Choose another one with --after, or bring back the missing rows alone."
        );
        problems.push(Problem::new(table, "the later backup does not hold its rows", sentence));
    }
    let later = later.flatten().unwrap_or_default();
    let gone: Vec<&str> =
        wanted.iter().chain(&later).map(String::as_str).filter(|column| !there.contains(column)).collect();
    if !gone.is_empty() {
        let gone = gone.join(", ");
        let sentence = format!(
            "The backup of {name} has columns that the table there does not take: {gone}. Restore it beside."
        );
        problems.push(Problem::new(table, format!("it does not take these columns there: {gone}"), sentence));
    }
    if mode == TableMode::Merge {
        problems.extend(judge_followers(session, table, &quoted).await?);
    }
    if let Some(code) = foreign_code(session, (table.schema.as_str(), table.name.as_str()), wanted).await? {
        let why = format!("code of others would run as rows go in: {}", code.what);
        problems.push(Problem::new(table, why, code.sentence));
    }
    if mode.keeps_rows() {
        problems.extend(judge_key(session, table, &quoted, [wanted, &later]).await?);
    }
    Ok(problems)
}

/// Foreign keys that point to a partition by way of its parent cannot be set aside, and those that follow a change of
/// what they point to would change rows of other tables.
async fn judge_followers(
    session: &Session,
    table: &PlannedTable,
    quoted: &str,
) -> Result<Option<Problem>, Failure> {
    let asked = FOLLOWERS.replace("$TABLE", &quote_literal(quoted));
    let found = session.client.query(&asked, &[]).await.map_err(postgres::refused)?;
    let Some(of) = found.first().map(|row| row.get::<_, String>(0)) else { return Ok(None) };
    let name = full_name(table);
    let sentence = format!(
        "{name} is a partition, and rows of {of} follow changes of the rows that they point to. Restore it beside."
    );
    Ok(Some(Problem::new(table, format!("rows of {of} follow changes of its rows"), sentence)))
}

/// Rows are told by a key that the backups hold.
async fn judge_key(
    session: &Session,
    table: &PlannedTable,
    quoted: &str,
    [wanted, later]: [&[String]; 2],
) -> Result<Option<Problem>, Failure> {
    let name = full_name(table);
    let rows = session.client.query(&key_query(quoted), &[]).await.map_err(postgres::refused)?;
    let held = |column: &str| {
        let holds = |columns: &[String]| columns.iter().any(|one| one == column);
        holds(wanted) && (later.is_empty() || holds(later))
    };
    if rows.is_empty() {
        let sentence = format!(
            "{name} has no primary key, so that which of its rows are missing cannot be told. Restore it beside."
        );
        return Ok(Some(Problem::new(
            table,
            "it has no primary key, so nobody can tell which rows are missing",
            sentence,
        )));
    }
    if rows.iter().all(|row| held(row.get(0))) {
        return Ok(None);
    }
    let sentence = format!(
        "The primary key of {name} is not among the columns of the backup, so that which of its rows are missing cannot be told. Restore it beside."
    );
    Ok(Some(Problem::new(table, "its primary key is not among the columns of the backup", sentence)))
}

/// Tables in which a tool records the migrations that it applied: they tell of the tables that are there, which stay.
async fn of_migrations(plan: &RestorePlan, session: &Session) -> Result<Vec<Problem>, Failure> {
    let tables = facts::tables(&session.client).await?;
    let stamps = facts::migration_stamps(&session.client, &tables).await?;
    let of = |table: &&PlannedTable| {
        stamps.iter().any(|stamp| stamp.schema == table.schema && stamp.table == table.name)
    };
    let why = "it records which migrations were applied to the tables there, and these stay";
    Ok(plan.tables.iter().filter(of).map(|table| Problem::new(table, why, String::new())).collect())
}

/// The columns of those whose values can be changed: no identity that the server alone gives.
pub(super) fn settable_query(quoted: &str) -> String {
    format!("{} and a.attidentity <> 'a'", columns_query(quoted))
}

/// Columns that rows can be given to; none where there is no such table.
pub(super) fn columns_query(quoted: &str) -> String {
    format!(
        "select attname::text from pg_catalog.pg_attribute a where attrelid = pg_catalog.to_regclass({}) \
         and attnum > 0 and not attisdropped and coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = ''",
        quote_literal(quoted)
    )
}
