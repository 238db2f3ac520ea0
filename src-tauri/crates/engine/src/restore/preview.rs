//! What a restore would do to an existing database: swap, in place, or some of its tables.

use std::collections::HashSet;

use super::chosen::{Choice, plan_tables};
use super::describe::describe;
use super::existing::{Existing, maintenance};
use super::in_place::{LOCKS_PER_ENTRY, entries_taken, roles_wanted};
use super::making::plan_making;
use super::plan::{PlannedTable, RestorePlan, Safety, TableAct};
use super::properties::read_toc;
use super::request::{RestoreTarget, Strategy, TableMode};
use super::swap::left_behind;
use super::target::{NAME_BYTES_MAX, Server};
use crate::archive::Manifest;
use crate::engine::Engine;
use crate::proof;
use base::Code;
use base::clock::now_ms;
use base::command::{self, Command, RestoreTo, TableWay};
use base::failure::Failure;
use base::words::{count_words, counted};
use ledger::catalog::{JobRecord, JobState, ProjectRecord};
use postgres::remedy::Remedy;
use postgres::target::{Target, quote_identifier};

/// Backups that are looked through for one that worked, newest first.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const LAST_MAX: u32 = 20;

/// Foreign keys of tables that stay, to tables that are dropped.
const FOREIGN_KEYS_IN: &str = "select conname::text, cn.nspname || '.' || c.relname, fn.nspname || '.' || f.relname \
    from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace \
    join pg_catalog.pg_class f on f.oid = k.confrelid join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace \
    where k.contype = 'f' and k.conparentid = 0";
/// Views of people that read tables.
const VIEWS_ON: &str = "select distinct vn.nspname || '.' || v.relname, tn.nspname || '.' || t.relname \
    from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid and d.classid = 'pg_catalog.pg_rewrite'::regclass \
    join pg_catalog.pg_class v on v.oid = r.ev_class join pg_catalog.pg_namespace vn on vn.oid = v.relnamespace \
    join pg_catalog.pg_class t on t.oid = d.refobjid and d.refclassid = 'pg_catalog.pg_class'::regclass and t.oid <> v.oid \
    join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace where vn.nspname <> 'information_schema' and vn.nspname !~ '^pg_'";

impl Engine {
    pub(super) async fn plan_existing(
        &self,
        plan: &mut RestorePlan,
        manifest: &Manifest,
        target: RestoreTarget,
        no_safety_because: Option<String>,
    ) -> Result<(), Failure> {
        let Asked { project, strategy, chosen, makes, keep_days } = Asked::of(target)?;
        plan.keep_until_ms = keep_days.map(|days| now_ms() + i64::from(days) * DAY_MS);
        let project = self.profile.project(project.as_deref().unwrap_or(&plan.project_id)).await?;
        self.wake(&project).await?;
        plan.strategy = strategy;
        plan.database.clone_from(&project.postgres()?.database);
        plan.target_label = Some(project.label.as_str().into());
        plan.password_of = Some(project.id.clone());
        plan.connection.clone_from(&project.connection);
        let (mut server, existing, target) = self.look_at(&project).await?;
        plan.target = server.words(project.postgres()?);
        plan.kept_databases =
            server.databases.iter().filter(|name| **name != plan.database).cloned().collect();
        plan.fingerprint = existing.fingerprint();
        server.judge(plan, manifest);
        server.judge_settings(plan, manifest);
        // What forbids any restore there.
        let is_hopeless = !plan.blockers.is_empty();
        let there = if strategy == Strategy::Swap { &[][..] } else { existing.installed.as_slice() };
        // Rows that go into tables that are there need nothing more.
        if makes || !matches!(chosen, Some((_, mode)) if mode != TableMode::Beside) {
            server.judge_extensions(plan, manifest, there);
        }
        let tools = self.profile.tools().await?;
        if let Err(error) = tools.for_restore(manifest.tool_major()?, server.major) {
            plan.blockers.push(format!("{error}. {}", error.hint()));
        }
        plan.safety = safety(&project, &existing, no_safety_because)?;
        match chosen {
            None if strategy == Strategy::Swap => {
                let access = proof::stored_access(&self.profile, &plan.backup_id, manifest).await?;
                server.judge_rights(plan, access.as_deref());
                plan_swap(plan, &server, &existing, &target).await;
                empty_by_choice(plan, manifest);
            }
            None => self.plan_in_place(plan, manifest, &server, &existing, &target).await?,
            Some((tables, mode)) => {
                let locks_max = existing.locks_max.unsigned_abs();
                let absent = if makes {
                    Some(plan_making(&self.profile, plan, manifest, &mut server, &target, locks_max).await?)
                } else {
                    None
                };
                let choice = tables.as_deref().map_or(Choice::Every(absent.as_ref()), Choice::Named);
                plan_tables(&self.profile, plan, manifest, (&existing, &target), &choice, mode).await?;
                self.hint_along(plan, manifest).await;
            }
        }
        if matches!(strategy, Strategy::Swap | Strategy::InPlace)
            && !plan.blockers.is_empty()
            && !is_hopeless
            && !server.is_superuser
        {
            plan.instead = Some(all_rows(plan, &project.name));
        }
        super::counts::count_now(plan, &existing, &target).await?;
        super::difference::compare_keys(&self.profile, plan, manifest, &target).await;
        super::recognised::advise(plan, manifest, &server.user);
        let last = self.profile.catalog.last_jobs(&project.id, "backup", LAST_MAX).await?;
        describe(plan, &existing, last.iter().find_map(took_ms));
        plan.identity = Some(existing.identity);
        Ok(())
    }

    /// The server and the database of a project, as they are now.
    pub(super) async fn look_at(
        &self,
        project: &ProjectRecord,
    ) -> Result<(Server, Existing, Target), Failure> {
        let password = self.profile.password(project).await?;
        let server = Server::look(project.postgres()?, password.as_ref()).await?;
        let target = Target {
            settings: project.postgres()?.clone(),
            password,
            application: "holdfast plan".to_owned(),
        };
        let words = server.words(project.postgres()?);
        let existing = Existing::look(&target, words, server.system_identifier.clone()).await?;
        Ok((server, existing, target))
    }

    async fn plan_in_place(
        &self,
        plan: &mut RestorePlan,
        manifest: &Manifest,
        server: &Server,
        existing: &Existing,
        target: &Target,
    ) -> Result<(), Failure> {
        plan.owners = true;
        plan.privileges = true;
        let dump = proof::stored_dump(&self.profile, &plan.backup_id, manifest).await?;
        let toc = read_toc(&dump).await?;
        let wanted = roles_wanted(&toc);
        let missing: Vec<&String> = wanted.iter().filter(|role| !existing.roles.contains(role)).collect();
        for role in &missing {
            plan.forbid_until(Remedy::new(
                format!("The role {role} does not exist on that server."),
                format!("create role {} nologin;", quote_identifier(role)),
            ));
        }
        let owners: HashSet<&String> = toc.entries.iter().filter_map(|entry| entry.owner.as_ref()).collect();
        if !server.is_superuser {
            for owner in owners.into_iter().filter(|owner| {
                !owner.is_empty() && existing.roles.contains(owner) && !existing.member_of.contains(owner)
            }) {
                plan.forbid_until(Remedy::new(
                    format!(
                        "The role {} may not act for {owner}, who owns objects of the backup.",
                        server.user
                    ),
                    format!("grant {} to {};", quote_identifier(owner), quote_identifier(&server.user)),
                ));
            }
        }
        judge_contents(plan, manifest, existing);
        let entries = entries_taken(&toc, &existing.schemas, &existing.installed).len();
        let locks = i64::try_from(entries).unwrap_or(i64::MAX).saturating_mul(LOCKS_PER_ENTRY);
        if locks > existing.locks_max {
            plan.blockers.push(format!(
                "One transaction would hold about {} locks, and that server has room for {}. Raise max_locks_per_transaction there, or restore side by side and swap.",
                count_words(u64::try_from(locks).unwrap_or(0)),
                count_words(u64::try_from(existing.locks_max).unwrap_or(0))
            ));
        }
        let replaced: HashSet<String> = toc
            .entries
            .iter()
            .filter(|entry| matches!(entry.kind.as_str(), "TABLE" | "VIEW" | "MATERIALIZED VIEW"))
            .map(|entry| format!("{}.{}", entry.schema.as_deref().unwrap_or_default(), entry.tag))
            .collect();
        dependents(plan, target, &replaced).await?;
        merge(plan, existing, TableAct::Keep);
        if manifest.not_taken().is_some() {
            plan.blockers.push("By choice the rows of some tables are not in this backup. A restore in place makes those tables anew, and their rows of now would be lost. Restore all rows, which leaves those tables alone: --all-rows with --missing-rows, or with --replace where nothing refers to rows that were made since. Or restore side by side and swap.".into());
        }
        Ok(())
    }
}

/// A restore into a database that is there.
struct Asked {
    /// Id or name of the project.
    project: Option<String>,
    strategy: Strategy,
    /// Tables, all that can be filled where none are named, and what becomes of their rows.
    chosen: Option<(Option<Vec<String>>, TableMode)>,
    /// Whether what is not there is made.
    makes: bool,
    keep_days: Option<u16>,
}

impl Asked {
    fn of(target: RestoreTarget) -> Result<Self, Failure> {
        let asked =
            |project, strategy, chosen| Self { project, strategy, chosen, makes: false, keep_days: None };
        match target {
            RestoreTarget::Swap { project, keep_days } => {
                Ok(Self { keep_days, ..asked(project, Strategy::Swap, None) })
            }
            RestoreTarget::InPlace { project } => Ok(asked(project, Strategy::InPlace, None)),
            RestoreTarget::Tables { project, tables, mode } => {
                Ok(asked(project, Strategy::Tables, Some((Some(tables), mode))))
            }
            RestoreTarget::AllRows { mode: TableMode::Beside, .. } => Err(Failure::invalid(
                "all rows do not come back beside the tables that are there",
                "Restore into a new database, or choose tables.",
            )),
            RestoreTarget::AllRows { project, mode, makes } => {
                Ok(Self { makes, ..asked(project, Strategy::Tables, Some((None, mode))) })
            }
            RestoreTarget::Scratch
            | RestoreTarget::NewDatabase { .. }
            | RestoreTarget::OtherServer { .. } => {
                Err(Failure::invalid("this target is planned elsewhere", "Report this."))
            }
        }
    }
}

/// What an ordinary role may do nearly everywhere.
fn all_rows(plan: &RestorePlan, project: &str) -> String {
    let on = (plan.project != project).then(|| project.to_owned());
    let plan = command::RestorePlan {
        backup: plan.backup_id[..8].to_owned(),
        to: RestoreTo::AllRows { on, way: TableWay::Replace, makes: false },
        no_safety_because: None,
        lets_writers_write: false,
        after: None,
        out: "plan.json".to_owned(),
    };
    Command::RestorePlan(plan).into()
}

/// How long a run took that worked.
fn took_ms(job: &JobRecord) -> Option<i64> {
    (job.state == JobState::Succeeded).then_some(job.finished_at_ms? - job.started_at_ms?)
}

/// What a restore in place cannot bring back, or would not bring back as it was.
fn judge_contents(plan: &mut RestorePlan, manifest: &Manifest, existing: &Existing) {
    let large_objects = manifest.database.as_ref().map_or(0, |database| database.large_objects.0);
    if large_objects > 0 {
        plan.blockers.push(format!(
            "The backup holds {}, which are not restored in place. Restore side by side and swap.",
            counted(large_objects, "large object")
        ));
    }
    if existing.large_objects > 0 {
        plan.blockers.push(format!(
            "{} holds {}, which a restore in place does not touch. Restore side by side and swap.",
            plan.database,
            counted(u64::try_from(existing.large_objects).unwrap_or(0), "large object")
        ));
    }
    if existing.default_privileges > 0 {
        plan.warnings.push(format!(
            "{} has default privileges. Those of the role that restores are set aside while it makes things, and put back before the commit.",
            plan.database
        ));
    }
}

/// What stays and hangs on what is dropped: the server would refuse.
async fn dependents(
    plan: &mut RestorePlan,
    target: &Target,
    replaced: &HashSet<String>,
) -> Result<(), Failure> {
    let session = target.session().await?;
    for row in session.client.query(FOREIGN_KEYS_IN, &[]).await.map_err(postgres::refused)? {
        let (key, from, to): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        if !replaced.contains(&from) && replaced.contains(&to) {
            plan.blockers.push(format!(
                "The table {from} is not in the backup, and its foreign key {key} points to {to}, which would be replaced. Drop that key first, or restore side by side and swap."
            ));
        }
    }
    for row in session.client.query(VIEWS_ON, &[]).await.map_err(postgres::refused)? {
        let (view, table): (String, String) = (row.get(0), row.get(1));
        if !replaced.contains(&view) && replaced.contains(&table) {
            plan.blockers.push(format!(
                "The view {view} is not in the backup, and reads {table}, which would be replaced. Drop that view first, or restore side by side and swap."
            ));
        }
    }
    session.close().await;
    Ok(())
}

fn safety(
    project: &ProjectRecord,
    existing: &Existing,
    no_safety_because: Option<String>,
) -> Result<Safety, Failure> {
    if existing.is_empty() {
        return Ok(Safety::NotNeeded);
    }
    match no_safety_because {
        None => Ok(Safety::Planned { project: project.name.clone() }),
        Some(reason) if reason.trim().is_empty() => Err(Failure::new(
            Code::ReasonNeeded,
            "a safety backup is declined only with a reason",
            "Say why none is wanted; it is kept in the audit log.",
        )),
        Some(reason) => Ok(Safety::Declined { reason: reason.trim().to_owned() }),
    }
}

async fn plan_swap(plan: &mut RestorePlan, server: &Server, existing: &Existing, target: &Target) {
    server.judge_creation(plan);
    let name = plan.database.clone();
    if !existing.is_owner {
        plan.blockers.push(format!(
            "The role {} does not own {name}, and so may not rename it. Its owner is {}.",
            server.user, existing.identity.owner
        ));
    }
    let hindrances = [
        (existing.slots, "logical replication slots"),
        (existing.subscriptions, "subscriptions"),
        (existing.prepared, "prepared transactions"),
    ];
    for (count, what) in hindrances.into_iter().filter(|(count, _)| *count > 0) {
        plan.blockers.push(format!(
            "{name} has {what} ({count}), which would stay with the old database. Restore in place instead."
        ));
    }
    if let Err(failure) = maintenance(target).await {
        plan.blockers.push(format!(
            "While {name} changes its name, another database is needed to connect to: {}. Restore in place instead.",
            failure.message
        ));
    }
    match left_behind(target).await {
        Ok(notes) => plan.warnings.extend(notes),
        Err(failure) => {
            plan.warnings.push(format!("The settings of {name} could not be read: {}.", failure.message));
        }
    }
    plan.beside = Some(free_name(&name, "_before", &server.databases));
    plan.ends_connections = !existing.identity.connections.is_empty();
    merge(plan, existing, TableAct::Delete);
}

/// Tables whose rows are not in the backup by choice are made, and stay empty.
fn empty_by_choice(plan: &mut RestorePlan, manifest: &Manifest) {
    let Some(not_taken) = manifest.not_taken() else { return };
    let bare: HashSet<(&str, &str)> = not_taken
        .tables
        .iter()
        .filter(|table| !table.is_absent)
        .map(|table| (table.schema.as_str(), table.name.as_str()))
        .collect();
    let others = plan.tables.iter_mut().filter(|table| table.act == TableAct::Delete);
    for table in others.filter(|table| bare.contains(&(table.schema.as_str(), table.name.as_str()))) {
        table.act = TableAct::Empty;
    }
}

/// The tables of the backup against those that are there; `others` is what becomes of the rest.
fn merge(plan: &mut RestorePlan, existing: &Existing, others: TableAct) {
    let there: HashSet<(&str, &str)> =
        existing.relations.iter().map(|one| (one.schema.as_str(), one.name.as_str())).collect();
    for table in &mut plan.tables {
        if there.contains(&(table.schema.as_str(), table.name.as_str())) {
            table.act = TableAct::Replace;
        }
    }
    let planned: HashSet<String> = plan.tables.iter().map(full_name).collect();
    let more = existing
        .relations
        .iter()
        .filter(|one| one.has_rows() && one.kind == 'r')
        .filter(|one| !planned.contains(&format!("{}.{}", one.schema, one.name)));
    plan.tables.extend(more.map(|one| PlannedTable {
        schema: one.schema.clone(),
        name: one.name.clone(),
        rows: None,
        bytes: one.bytes,
        act: others,
        rows_now: None,
        is_estimate: false,
        keys: None,
    }));
}

pub(super) fn full_name(table: &PlannedTable) -> String {
    format!("{}.{}", table.schema, table.name)
}

/// A name with what it is and the minute in it, at most as long as the server takes. Of a long name only
/// the beginning is kept, so that what
/// was before a restore and what was restored never share one. None of those that are taken.
pub(super) fn free_name(stem: &str, what: &str, taken: &[String]) -> String {
    let moment = jiff::Timestamp::from_millisecond(now_ms()).unwrap_or_default();
    let stamp = moment.to_zoned(jiff::tz::TimeZone::UTC).strftime("_%Y%m%d_%H%M").to_string();
    let mut again = String::new();
    let mut number = 1;
    loop {
        let tail = format!("{what}{stamp}{again}");
        let mut end = stem.len().min(NAME_BYTES_MAX - tail.len());
        while !stem.is_char_boundary(end) {
            end -= 1;
        }
        let name = format!("{}{tail}", &stem[..end]);
        if !taken.contains(&name) {
            return name;
        }
        number += 1;
        again = format!("_{number}");
    }
}

#[cfg(test)]
mod tests {
    use super::free_name;

    #[test]
    fn the_name_of_what_stays_fits_into_what_a_server_takes() {
        let name = free_name(&"é".repeat(40), "", &[]);
        assert!(name.len() <= 63 && name.starts_with('é'), "{name}");
        assert_eq!(free_name("shop", "_before", &[]).len(), "shop_before_20261121_1410".len());
    }

    #[test]
    fn of_a_long_name_what_was_before_and_what_was_restored_differ_also_within_a_minute() {
        let long = "é".repeat(31);
        let old = free_name(&long, "_before", &[]);
        let second = free_name(&long, "_before", std::slice::from_ref(&old));
        let restored = free_name(&long, "_restored", &[old.clone(), second.clone()]);
        for name in [&old, &second, &restored] {
            assert!(name.len() <= 63 && name.starts_with("éé"), "{name}");
        }
        assert!(old.contains("_before_2") && second.ends_with("_2") && restored.contains("_restored_2"));
    }
}
