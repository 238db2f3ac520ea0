//! Makes what of a backup's structure is not there, within the transaction of a restore that fills tables. Statement by
//! statement, as the archive's table of contents has them: whatever is in one of them, it is one entry's and named so.

use std::collections::{BTreeSet, HashSet};

use tokio_postgres::error::SqlState;

use super::absent::{Absent, Fate, Names, Pass, named};
use super::defaults::Defaults;
use super::plan::{Makes, RestorePlan};
use super::properties::read_toc;
use super::target::Server;
use super::transaction::{Work, refused};
use crate::archive::Manifest;
use crate::profile::Profile;
use crate::proof;
use base::failure::Failure;
use base::words::counted;
use postgres::access::{access_facts, difference};
use postgres::connection::said;
use postgres::custom_format::{Section, SequenceSet, Toc, TocEntry};
use postgres::fill::sequences;
use postgres::target::{Target, quote_identifier};

/// What `pg_restore` sets before an archive's statements.
const BEFORE: &str = "SET LOCAL check_function_bodies = off; SET LOCAL xmloption = content; \
    SET LOCAL client_min_messages = warning; SET LOCAL default_tablespace = ''";
/// What names alone did not tell of: it is there, and stays as it is.
const IS_THERE: [&SqlState; 5] = [
    &SqlState::DUPLICATE_OBJECT,
    &SqlState::DUPLICATE_TABLE,
    &SqlState::DUPLICATE_FUNCTION,
    &SqlState::DUPLICATE_SCHEMA,
    &SqlState::INVALID_TABLE_DEFINITION,
];
/// Routines by how an archive names them.
const ROUTINE: &str = "select p.oid::pg_catalog.regprocedure::text from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
    where n.nspname = $1 and p.proname || '(' || case when p.prokind = 'a' and p.pronargs = 0 then '*' else \
      (select coalesce(string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.place), '') \
        from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality a(type, place)) end || ')' = $2";

/// So many are named in a sentence of a plan.
const NAMED_MAX: usize = 8;

/// Looks at what a restore would make, and writes it into its plan: what is made, what is only tried, and what is not.
/// Owners and rights that the backup has and the database has not, and that the role may not give, are counted.
pub(super) async fn plan_making(
    profile: &Profile,
    plan: &mut RestorePlan,
    manifest: &Manifest,
    server: &mut Server,
    target: &Target,
) -> Result<(Toc, Absent), Failure> {
    let toc = read_toc(&proof::stored_dump(profile, &plan.backup_id, manifest).await?).await?;
    let session = target.session().await?;
    let names = Names::look(&session.client).await?;
    let now = access_facts(&session.client, server.major).await?;
    session.close().await;
    let absent = Absent::of(&toc, &names);
    let stored = proof::stored_access(profile, &plan.backup_id, manifest).await?;
    let facts = stored.as_deref().unwrap_or_default();
    let roles: BTreeSet<&String> =
        facts.iter().flat_map(|fact| &fact.roles).filter(|role| !names.roles.contains(*role)).collect();
    let roles: Vec<String> = roles.into_iter().filter(|_| names.may_make_roles).cloned().collect();
    server.expect_roles(&roles);
    plan.makes = Some(Makes { objects: absent.words(&toc), roles });
    // What is so already stays so.
    let open = stored
        .as_deref()
        .map(|facts| difference(facts, &now, server.major == manifest.server_major().unwrap_or(0)).lost);
    server.judge_rights(plan, open.as_deref());
    let tried: Vec<String> = absent.tried(&toc).collect();
    if !tried.is_empty() {
        plan.warnings.push(format!(
            "Whether {} may make this is known only when it is tried; what the server refuses is left out and named: {}.",
            names.user,
            first_of(&tried)
        ));
    }
    let left: Vec<String> = absent.left(&toc).map(|(what, why)| format!("{what} ({why})")).collect();
    if !left.is_empty() {
        plan.warnings.push(format!("Not made: {}.", first_of(&left)));
    }
    let large_objects = manifest.database.as_ref().map_or(0, |database| database.large_objects.0);
    if large_objects > 0 {
        let what = counted(large_objects, "large object");
        plan.warnings.push(format!(
            "The backup holds {what}, which do not come back this way. Restore into a new database for those."
        ));
    }
    Ok((toc, absent))
}

fn first_of(all: &[String]) -> String {
    let more = match all.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let named: Vec<&str> = all.iter().take(NAMED_MAX).map(String::as_str).collect();
    format!("{}{more}", named.join("; "))
}

/// Makes what is absent.
pub(super) struct Maker<'w, 'a> {
    work: &'w Work<'a>,
    absent: Absent,
    names: Names,
    defaults: Option<Defaults>,
    /// Entries that the server refused.
    left: HashSet<i64>,
    /// What was not made, each with its reason.
    notes: Vec<String>,
}

impl<'w, 'a> Maker<'w, 'a> {
    /// Looks at what is there under the locks, and makes roles, schemas, types, functions and tables. What their maker's
    /// default privileges would give is set aside until `finish`.
    pub(super) async fn structure(work: &'w Work<'a>, roles: &[String]) -> Result<Self, Failure> {
        let names = Names::look(&work.session.client).await?;
        let absent = Absent::of(&work.head.toc, &names);
        let defaults = Defaults::set_aside(work).await?;
        let mut maker =
            Self { work, absent, names, defaults: Some(defaults), left: HashSet::new(), notes: Vec::new() };
        for role in roles.iter().filter(|role| !maker.names.roles.contains(*role)) {
            let make = format!("CREATE ROLE {} NOLOGIN", quote_identifier(role));
            work.run(&format!("the role {role}"), &make).await?;
        }
        maker.pass(Pass::Structure).await?;
        Ok(maker)
    }

    /// Whether it makes this table.
    pub(super) fn makes(&self, schema: &str, name: &str) -> bool {
        matches!(self.absent.table(&self.work.head.toc, schema, name), Some(Fate::Made))
    }

    /// After the rows: sequences, indexes, constraints, triggers, policies, rights.
    pub(super) async fn finish(&mut self) -> Result<(), Failure> {
        let made: HashSet<(&str, &str)> = self
            .absent
            .made(&self.work.head.toc)
            .filter(|(entry, _)| entry.kind == "SEQUENCE" && !self.left.contains(&entry.dump_id))
            .map(|(entry, _)| (entry.schema.as_deref().unwrap_or_default(), entry.tag.as_str()))
            .collect();
        let sets = sequences(&self.work.head.toc)?;
        let sets = sets
            .iter()
            .filter(|set| made.contains(&(set.sequence.schema.as_str(), set.sequence.name.as_str())));
        let sets: String = sets.map(SequenceSet::sql).collect();
        self.work.run("the sequences", &sets).await?;
        self.pass(Pass::Rest).await?;
        if let Some(defaults) = self.defaults.take() {
            defaults.put_back(self.work).await?;
        }
        self.pass(Pass::Rights).await?;
        self.pass(Pass::Last).await
    }

    /// What was not made, each as a sentence.
    pub(super) fn into_notes(self) -> Vec<String> {
        let known =
            self.absent.left(&self.work.head.toc).map(|(what, why)| format!("{what} is not made: {why}"));
        known.collect::<Vec<_>>().into_iter().chain(self.notes).collect()
    }

    async fn pass(&mut self, pass: Pass) -> Result<(), Failure> {
        let work = self.work;
        let of_pass = self.absent.made(&work.head.toc).filter(|(entry, _)| Pass::of(entry) == Some(pass));
        let all: Vec<(&TocEntry, bool)> = of_pass.collect();
        work.run("the session's settings", BEFORE).await?;
        let (mut left, mut notes) = (std::mem::take(&mut self.left), std::mem::take(&mut self.notes));
        for (entry, must) in all {
            if entry.dependencies.iter().any(|id| left.contains(id)) {
                left.insert(entry.dump_id);
                if Pass::of(entry) != Some(Pass::Rights) {
                    notes.push(format!("{} is not made: it needs what is not", named(entry)));
                }
                continue;
            }
            if entry.kind == "ACL" || entry.kind == "DEFAULT ACL" {
                notes.extend(self.give(entry).await?);
                continue;
            }
            if must {
                work.run(&named(entry), &entry.definition).await?;
            } else if let Some(why) = self.try_one(&entry.definition).await? {
                left.insert(entry.dump_id);
                notes.push(format!("{} is not made: {why}", named(entry)));
                continue;
            }
            notes.extend(self.give_owner(entry).await?);
        }
        (self.left, self.notes) = (left, notes);
        work.restore_settings().await
    }

    /// Runs what the server may refuse. Why it did; nothing where it did not, or where it is there.
    async fn try_one(&self, sql: &str) -> Result<Option<String>, Failure> {
        let within = format!("SAVEPOINT holdfast_one; {sql}\n; RELEASE SAVEPOINT holdfast_one");
        let Err(error) = self.work.attempt(&within).await? else { return Ok(None) };
        if error.as_db_error().is_none() {
            return Err(refused("the structure", sql, &error));
        }
        let back = "ROLLBACK TO SAVEPOINT holdfast_one; RELEASE SAVEPOINT holdfast_one";
        self.work.run("the structure", back).await?;
        Ok((!error.code().is_some_and(|code| IS_THERE.contains(&code))).then(|| said(&error)))
    }

    /// Gives and takes rights, statement by statement, built of names.
    async fn give(&self, entry: &TocEntry) -> Result<Vec<String>, Failure> {
        let Some(changes) = self.work.head.toc.rights(entry) else {
            return Ok(vec![format!(
                "the rights of {} are not written in the archive as expected; look whether they are as they were",
                entry.tag
            )]);
        };
        let mut notes = Vec::new();
        for change in changes {
            // Of another's giving; the comparison at the end tells which of them are missing.
            let is_of_others = change.grantor.as_ref().is_some_and(|grantor| *grantor != self.names.user);
            if is_of_others {
                notes.push(format!("a right to {} was given by another role, and is not given", entry.tag));
            } else if let Some(why) = self.try_one(&change.sql()).await? {
                notes.push(format!("a right to {} is not given: {why}", entry.tag));
            }
        }
        Ok(notes)
    }

    /// Gives something to its owner, where the role may act for that one.
    async fn give_owner(&self, entry: &TocEntry) -> Result<Option<String>, Failure> {
        let Some(owner) =
            entry.owner.as_ref().filter(|owner| !owner.is_empty() && **owner != self.names.user)
        else {
            return Ok(None);
        };
        let Some(what) = self.ownable(entry).await? else { return Ok(None) };
        if !self.names.acts_for.contains(owner) {
            return Ok(Some(format!("{} belongs to {}, not to {owner}", named(entry), self.names.user)));
        }
        let give = format!("ALTER {what} OWNER TO {}", quote_identifier(owner));
        let refused = self.try_one(&give).await?;
        Ok(refused.map(|why| format!("{} does not belong to {owner}: {why}", named(entry))))
    }

    /// What an entry made, as `ALTER … OWNER` takes it; none of what has no owner of its own.
    async fn ownable(&self, entry: &TocEntry) -> Result<Option<String>, Failure> {
        let schema = entry.schema.as_deref().unwrap_or_default();
        let kind = match entry.kind.as_str() {
            "SCHEMA" | "PUBLICATION" | "EVENT TRIGGER" | "SERVER" | "FOREIGN DATA WRAPPER" => {
                return Ok(Some(format!("{} {}", entry.kind, quote_identifier(&entry.tag))));
            }
            "FUNCTION" | "PROCEDURE" | "AGGREGATE" => {
                let found = self.work.session.client.query_opt(ROUTINE, &[&schema, &entry.tag]).await;
                let found = found.map_err(postgres::refused)?;
                return Ok(found.map(|row| format!("ROUTINE {}", row.get::<_, String>(0))));
            }
            // The number of a column belongs with its table.
            "SEQUENCE" if !entry.definition.trim_start().starts_with("CREATE SEQUENCE") => return Ok(None),
            "TABLE" | "VIEW" | "MATERIALIZED VIEW" | "FOREIGN TABLE" | "SEQUENCE" | "TYPE" | "DOMAIN"
            | "STATISTICS"
                if entry.section != Section::Data =>
            {
                entry.kind.as_str()
            }
            _ => return Ok(None),
        };
        Ok(Some(format!("{kind} {}.{}", quote_identifier(schema), quote_identifier(&entry.tag))))
    }
}
