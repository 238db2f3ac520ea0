//! Makes what of a backup's structure is not there, within the transaction of a restore that fills tables. Statement by
//! statement, as the archive's table of contents has them: whatever is in one of them, it is one entry's and named so.

use std::collections::HashSet;

use tokio_postgres::error::SqlState;

use super::absent::{Absent, Fate, Names, Pass, is_restrictive, named};
use super::defaults::Defaults;
use super::plan::Makes;
use super::transaction::{Work, refused};
use base::Code;
use base::failure::Failure;
use postgres::connection::said;
use postgres::custom_format::{Section, SequenceSet, TocEntry};
use postgres::fill::sequences;
use postgres::target::quote_identifier;

/// What `pg_restore` sets before an archive's statements.
const BEFORE: &str = "SET LOCAL check_function_bodies = off; SET LOCAL xmloption = content; \
    SET LOCAL client_min_messages = warning; SET LOCAL default_tablespace = ''";
/// Before the statements of an archive whose backslashes are doubled.
const WITH_ESCAPES: &str =
    "SET LOCAL standard_conforming_strings = off; SET LOCAL escape_string_warning = off";
/// What names alone did not tell of: it is there, and stays as it is.
const IS_THERE: [&SqlState; 3] =
    [&SqlState::DUPLICATE_OBJECT, &SqlState::DUPLICATE_FUNCTION, &SqlState::DUPLICATE_SCHEMA];
/// Classes of errors that say nothing of what was tried: a deadlock, no room, somebody's wish, a broken server.
const OF_THE_SERVER: [&str; 6] = ["40", "53", "55", "57", "58", "XX"];
/// Routines by how an archive names them.
const ROUTINE: &str = "select p.oid::pg_catalog.regprocedure::text from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
    where n.nspname = $1 and p.proname || '(' || case when p.prokind = 'a' and p.pronargs = 0 then '*' else \
      pg_catalog.oidvectortypes(p.proargtypes) end || ')' = $2";
/// Whether a relation reads or writes others with the rights of its owner: a view that does not ask by whoever looks,
/// and whatever has a rule. Its own options say it; a text may hold the same words.
const ACTS_AS_OWNER: &str = "select (c.relkind = 'v' and not exists (select from pg_catalog.pg_options_to_table(c.reloptions) o \
      where o.option_name = 'security_invoker' and o.option_value::boolean)) \
    or exists (select from pg_catalog.pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN') \
    from pg_catalog.pg_class c where c.oid = $1::text::pg_catalog.regclass";

/// What `ALTER … OWNER` takes by schema and name.
const OWNABLE: [&str; 12] = [
    "COLLATION",
    "CONVERSION",
    "DOMAIN",
    "FOREIGN TABLE",
    "MATERIALIZED VIEW",
    "SEQUENCE",
    "STATISTICS",
    "TABLE",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TYPE",
    "VIEW",
];

/// What came of something that the server may refuse.
enum Tried {
    Done,
    /// It is there, and stays as it is.
    IsThere,
    Refused(String),
}

/// Makes what is absent.
pub(super) struct Maker<'w, 'a> {
    work: &'w Work<'a>,
    absent: Absent,
    names: Names,
    defaults: Option<Defaults>,
    /// Roles that it made, whose rights it has until the end.
    roles: Vec<String>,
    /// Entries that the server refused, and those that were there after all.
    left: HashSet<i64>,
    there: HashSet<i64>,
    /// What was not made, each with its reason.
    notes: Vec<String>,
}

impl<'w, 'a> Maker<'w, 'a> {
    /// Looks at what is there under the locks, and makes roles, schemas, types, functions and tables. What their maker's
    /// default privileges would give is set aside until `finish`.
    pub(super) async fn structure(work: &'w Work<'a>, planned: &Makes) -> Result<Self, Failure> {
        let roles = &planned.roles;
        let names = Names::look(&work.session.client).await?.without(&planned.not_held);
        let absent = Absent::of(&work.head.toc, &names);
        let defaults = Some(Defaults::set_aside(work).await?);
        let (left, there, notes) = (HashSet::new(), HashSet::new(), Vec::new());
        let mut maker = Self { work, absent, names, defaults, roles: Vec::new(), left, there, notes };
        let missing = roles.iter().filter(|role| !maker.names.roles.contains(*role)).cloned();
        for role in missing.collect::<Vec<_>>() {
            maker.make_role(role).await?;
        }
        maker.pass(Pass::Structure).await?;
        Ok(maker)
    }

    /// A role without a way in. What it owns is given to it, which takes its rights for a while.
    async fn make_role(&mut self, role: String) -> Result<(), Failure> {
        let name = quote_identifier(&role);
        if let Tried::Refused(why) = self.try_one(&format!("CREATE ROLE {name} NOLOGIN")).await? {
            self.notes.push(format!("the role {role} is not made: {why}"));
            return Ok(());
        }
        if matches!(self.try_one(&format!("GRANT {name} TO CURRENT_USER")).await?, Tried::Done) {
            self.names.acts_for.insert(role.clone());
            self.roles.push(role);
        }
        Ok(())
    }

    /// Whether it makes this table.
    pub(super) fn makes(&self, schema: &str, name: &str) -> bool {
        matches!(self.absent.table(&self.work.head.toc, schema, name), Some(Fate::Made))
    }

    /// Whether the numbers of a table that it makes come from a sequence that is there.
    pub(super) fn uses_numbers_of_others(&self, table: &TocEntry) -> bool {
        self.absent.uses_numbers_of_others(&self.work.head.toc, table)
    }

    /// After the rows: sequences, indexes, constraints, triggers, policies, owners, rights.
    pub(super) async fn finish(&mut self) -> Result<(), Failure> {
        let work = self.work;
        let made = self.absent.made(&work.head.toc).map(|(entry, _)| entry);
        let made = made.filter(|entry| entry.kind == "SEQUENCE" && self.is_made(entry));
        let made: HashSet<(&str, &str)> =
            made.map(|entry| (entry.schema.as_deref().unwrap_or_default(), entry.tag.as_str())).collect();
        let sets = sequences(&work.head.toc)?;
        let sets = sets
            .iter()
            .filter(|set| made.contains(&(set.sequence.schema.as_str(), set.sequence.name.as_str())));
        let sets: String = sets.map(SequenceSet::sql).collect();
        work.run("the sequences", &sets).await?;
        self.pass(Pass::Rest).await?;
        self.pass(Pass::Attaching).await?;
        if let Some(defaults) = self.defaults.take() {
            defaults.put_back(work).await?;
        }
        self.pass(Pass::Schemas).await?;
        let narrowed = self.give_owners().await?;
        self.left.extend(narrowed);
        self.pass(Pass::Rights).await?;
        self.pass(Pass::Last).await?;
        for role in std::mem::take(&mut self.roles) {
            work.run("its own membership", &format!("REVOKE {} FROM CURRENT_USER", quote_identifier(&role)))
                .await?;
        }
        Ok(())
    }

    fn is_made(&self, entry: &TocEntry) -> bool {
        !self.left.contains(&entry.dump_id) && !self.there.contains(&entry.dump_id)
    }

    /// What was not made, each as a sentence.
    pub(super) fn into_notes(self) -> Vec<String> {
        let known =
            self.absent.left(&self.work.head.toc).map(|(what, why)| format!("{what} is not made: {why}"));
        known.collect::<Vec<_>>().into_iter().chain(self.notes).collect()
    }

    async fn pass(&mut self, pass: Pass) -> Result<(), Failure> {
        let work = self.work;
        let of_pass = self.absent.made(&work.head.toc);
        let of_pass = of_pass.filter(|(entry, _)| Pass::of(entry, &self.absent) == Some(pass));
        let all: Vec<(&TocEntry, bool)> = of_pass.collect();
        work.run("the session's settings", BEFORE).await?;
        if work.head.toc.has_escapes() {
            work.run("the session's settings", WITH_ESCAPES).await?;
        }
        let is_of_rights = matches!(pass, Pass::Schemas | Pass::Rights);
        for (entry, must) in all {
            let needs = |of: &HashSet<i64>| entry.dependencies.iter().any(|id| of.contains(id));
            if is_of_rights && needs(&self.there) {
                continue;
            }
            if needs(&self.left) {
                self.leave(entry, "it needs what is not", is_of_rights)?;
            } else if entry.kind == "ACL" || entry.kind == "DEFAULT ACL" {
                let notes = self.give(entry).await?;
                self.notes.extend(notes);
            } else if must {
                work.run(&named(entry), &entry.definition).await?;
            } else {
                match self.try_one(&entry.definition).await? {
                    Tried::Done => {}
                    Tried::IsThere => {
                        self.there.insert(entry.dump_id);
                    }
                    Tried::Refused(why) => self.leave(entry, &why, false)?,
                }
            }
        }
        work.restore_settings().await
    }

    /// It is not made, and what needs it is not either.
    fn leave(&mut self, entry: &TocEntry, why: &str, in_silence: bool) -> Result<(), Failure> {
        if is_restrictive(entry) {
            return Err(Failure::new(
                Code::ServerRefused,
                format!("{} cannot be made: {why}; without it more rows could be read", named(entry)),
                "Nothing was changed. Make what it needs there first; then plan again.",
            ));
        }
        self.left.insert(entry.dump_id);
        if !in_silence {
            self.notes.push(format!("{} is not made: {why}", named(entry)));
        }
        Ok(())
    }

    /// Runs what the server may refuse.
    async fn try_one(&self, sql: &str) -> Result<Tried, Failure> {
        // By itself: of statements that are sent together the server reads all before it runs the first.
        self.work.run("the structure", "SAVEPOINT holdfast_one").await?;
        let error = match self.work.attempt(sql).await? {
            Ok(()) => {
                self.work.run("the structure", "RELEASE SAVEPOINT holdfast_one").await?;
                return Ok(Tried::Done);
            }
            Err(error) => error,
        };
        let code = error.code().map(SqlState::code).unwrap_or_default();
        if error.as_db_error().is_none() || OF_THE_SERVER.iter().any(|class| code.starts_with(class)) {
            return Err(refused("the structure", sql, &error));
        }
        let back = "ROLLBACK TO SAVEPOINT holdfast_one; RELEASE SAVEPOINT holdfast_one";
        self.work.run("the structure", back).await?;
        Ok(match error.code() {
            Some(code) if IS_THERE.contains(&code) => Tried::IsThere,
            _ => Tried::Refused(said(&error)),
        })
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
            } else if let Tried::Refused(why) = self.try_one(&change.sql()).await? {
                notes.push(format!("a right to {} is not given: {why}", entry.tag));
            }
        }
        Ok(notes)
    }

    /// Gives everything to its owner, where the role may act for that one. Yields what keeps no rights of others: it
    /// would act with those of the role that restores, and not with its owner's.
    async fn give_owners(&mut self) -> Result<Vec<i64>, Failure> {
        let (toc, mut narrowed) = (&self.work.head.toc, Vec::new());
        let made: Vec<&TocEntry> =
            self.absent.made(toc).map(|(entry, _)| entry).filter(|entry| self.is_made(entry)).collect();
        for entry in made {
            let Some(note) = self.give_owner(entry).await? else { continue };
            self.notes.push(note);
            if self.acts_as_owner(entry).await? {
                let note = self.narrow(entry).await?;
                self.notes.push(note);
                narrowed.push(entry.dump_id);
            }
        }
        Ok(narrowed)
    }

    /// Whether it would act with the rights of the role that restores, for whoever has a right to it.
    async fn acts_as_owner(&self, entry: &TocEntry) -> Result<bool, Failure> {
        Ok(match entry.kind.as_str() {
            "VIEW" | "TABLE" | "FOREIGN TABLE" => {
                let found = self.work.session.client.query_one(ACTS_AS_OWNER, &[&quoted(entry)]).await;
                found.map_err(postgres::refused)?.get(0)
            }
            // Its rows would be what the other one may read.
            "MATERIALIZED VIEW" => true,
            "FUNCTION" | "PROCEDURE" => entry.definition.contains("SECURITY DEFINER"),
            _ => false,
        })
    }

    /// Takes from everybody what they would get without being given it.
    async fn narrow(&self, entry: &TocEntry) -> Result<String, Failure> {
        if let Some(what) = self.ownable(entry).await?.filter(|what| what.starts_with("ROUTINE ")) {
            self.work.run(&named(entry), &format!("REVOKE ALL ON {what} FROM PUBLIC")).await?;
        }
        let user = &self.names.user;
        Ok(format!("{} would act with the rights of {user}; nobody else gets a right to it", named(entry)))
    }

    /// Why it does not belong to its owner; nothing where it does.
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
        Ok(match self.try_one(&give).await? {
            Tried::Refused(why) => Some(format!("{} does not belong to {owner}: {why}", named(entry))),
            Tried::Done | Tried::IsThere => None,
        })
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
            kind if OWNABLE.contains(&kind) && entry.section != Section::Data => kind,
            _ => return Ok(None),
        };
        Ok(Some(format!("{kind} {}", quoted(entry))))
    }
}

fn quoted(entry: &TocEntry) -> String {
    let schema = entry.schema.as_deref().unwrap_or_default();
    format!("{}.{}", quote_identifier(schema), quote_identifier(&entry.tag))
}
