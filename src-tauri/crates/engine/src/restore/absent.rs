//! What of a backup's structure a database does not have, told by names before anything is made. Reads only.
//!
//! What is there stays as it is, whatever the backup says of it: nothing of it is changed, no default, comment or right.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokio_postgres::Client;

use base::failure::Failure;
use base::words::count_words;
use postgres::custom_format::{Section, Toc, TocEntry};

/// Everything that has a name, as an archive names it: class, schema, name. Types of arguments as `pg_dump` writes them,
/// which is how a session without a path sees them.
const THERE: &str = "select 'SCHEMA', '', nspname::text from pg_catalog.pg_namespace \
    union all select 'EXTENSION', '', extname::text from pg_catalog.pg_extension \
    union all select 'PUBLICATION', '', pubname::text from pg_catalog.pg_publication \
    union all select 'EVENT TRIGGER', '', evtname::text from pg_catalog.pg_event_trigger \
    union all select 'SERVER', '', srvname::text from pg_catalog.pg_foreign_server \
    union all select 'FOREIGN DATA WRAPPER', '', fdwname::text from pg_catalog.pg_foreign_data_wrapper \
    union all select 'LANGUAGE', '', lanname::text from pg_catalog.pg_language \
    union all select o.class, n.nspname::text, o.name from ( \
      select 'RELATION' as class, relnamespace as place, relname::text as name from pg_catalog.pg_class where relkind not in ('t', 'c') \
      union all select 'TYPE', typnamespace, typname::text from pg_catalog.pg_type \
      union all select 'COLLATION', collnamespace, collname::text from pg_catalog.pg_collation \
      union all select 'CONVERSION', connamespace, conname::text from pg_catalog.pg_conversion \
      union all select 'TEXT SEARCH CONFIGURATION', cfgnamespace, cfgname::text from pg_catalog.pg_ts_config \
      union all select 'TEXT SEARCH DICTIONARY', dictnamespace, dictname::text from pg_catalog.pg_ts_dict \
      union all select 'STATISTICS', stxnamespace, stxname::text from pg_catalog.pg_statistic_ext \
      union all select 'ROUTINE', pronamespace, proname || '(' || case when prokind = 'a' and pronargs = 0 then '*' else \
        (select coalesce(string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.place), '') \
          from pg_catalog.unnest(proargtypes::oid[]) with ordinality a(type, place)) end || ')' from pg_catalog.pg_proc \
      union all select 'TRIGGER', c.relnamespace, c.relname || ' ' || t.tgname from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid \
      union all select 'POLICY', c.relnamespace, c.relname || ' ' || p.polname from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid \
      union all select 'RULE', c.relnamespace, c.relname || ' ' || r.rulename from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class \
      union all select 'CONSTRAINT', k.connamespace, coalesce(c.relname, t.typname) || ' ' || k.conname from pg_catalog.pg_constraint k \
        left join pg_catalog.pg_class c on c.oid = k.conrelid left join pg_catalog.pg_type t on t.oid = k.contypid \
      union all select 'PUBLICATION TABLE', c.relnamespace, p.pubname || ' ' || c.relname from pg_catalog.pg_publication_rel r \
        join pg_catalog.pg_publication p on p.oid = r.prpubid join pg_catalog.pg_class c on c.oid = r.prrelid \
    ) o join pg_catalog.pg_namespace n on n.oid = o.place where o.name is not null";
/// Schemas in which the role may make nothing.
const CLOSED: &str = "select nspname::text from pg_catalog.pg_namespace \
    where nspname !~ '^pg_' and not pg_catalog.has_schema_privilege(oid, 'create')";
const ABOUT: &str = "select current_user::text, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create'), \
    r.rolsuper or r.rolcreaterole, array(select o.rolname::text from pg_catalog.pg_roles o), \
    array(select o.rolname::text from pg_catalog.pg_roles o where pg_catalog.pg_has_role(current_user, o.oid, 'usage')), \
    array(select l.lanname::text from pg_catalog.pg_language l where r.rolsuper or l.lanname = 'sql' \
      or (l.lanpltrusted and pg_catalog.has_language_privilege(l.oid, 'usage'))) \
    from pg_catalog.pg_roles r where r.rolname = current_user";

/// What an entry says of something else: it is done where that is made, and nowhere else.
const BELONGS: [&str; 11] = [
    "ACL",
    "COMMENT",
    "DEFAULT",
    "DEFAULT ACL",
    "INDEX ATTACH",
    "MATERIALIZED VIEW DATA",
    "ROW SECURITY",
    "SECURITY LABEL",
    "SEQUENCE OWNED BY",
    "SEQUENCE SET",
    "TABLE ATTACH",
];
/// What is no part of the structure, or of more than this database.
const NOT_MADE: [&str; 10] = [
    "BLOB",
    "BLOB METADATA",
    "BLOBS",
    "DATABASE",
    "DATABASE PROPERTIES",
    "ENCODING",
    "SEARCHPATH",
    "STATISTICS DATA",
    "STDSTRINGS",
    "TABLE DATA",
];
/// What many a role may not make that is no superuser. It is tried.
const OF_SUPERUSERS: [&str; 12] = [
    "ACCESS METHOD",
    "CAST",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "PROCEDURAL LANGUAGE",
    "PUBLICATION",
    "PUBLICATION TABLE",
    "PUBLICATION TABLES IN SCHEMA",
    "SERVER",
    "TRANSFORM",
];
/// What is a part of a table, and made by its owner.
const OF_TABLES: [&str; 8] =
    ["CHECK CONSTRAINT", "CONSTRAINT", "FK CONSTRAINT", "INDEX", "POLICY", "RULE", "STATISTICS", "TRIGGER"];
/// Of these, what needs no right to make something in the table's schema.
const PARTS: [&str; 6] = ["CHECK CONSTRAINT", "CONSTRAINT", "FK CONSTRAINT", "POLICY", "RULE", "TRIGGER"];
/// A connection of the server's own to another one: whoever restores decides whether it is wanted again.
const SUBSCRIPTION: &str = "SUBSCRIPTION";
const TABLE: &str = "TABLE";
const TABLES: [&str; 2] = ["FOREIGN TABLE", TABLE];

/// What is in a database, and what a role may make there.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashSet<(String, String, String)>,
    closed: HashSet<String>,
    may_make_schemas: bool,
    /// The connected role.
    pub(super) user: String,
    /// Whether it may make roles.
    pub(super) may_make_roles: bool,
    /// Every role of the server.
    pub(super) roles: HashSet<String>,
    /// Roles whose rights it has.
    pub(super) acts_for: HashSet<String>,
    /// Languages in which it may write functions.
    languages: HashSet<String>,
}

impl Names {
    /// Asks the server.
    pub(super) async fn look(client: &Client) -> Result<Self, Failure> {
        let there = client.query(THERE, &[]).await.map_err(postgres::refused)?;
        let closed = client.query(CLOSED, &[]).await.map_err(postgres::refused)?;
        let about = client.query_one(ABOUT, &[]).await.map_err(postgres::refused)?;
        Ok(Self {
            known: there.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect(),
            closed: closed.iter().map(|row| row.get(0)).collect(),
            user: about.get(0),
            may_make_schemas: about.get(1),
            may_make_roles: about.get(2),
            roles: about.get::<_, Vec<String>>(3).into_iter().collect(),
            acts_for: about.get::<_, Vec<String>>(4).into_iter().collect(),
            languages: about.get::<_, Vec<String>>(5).into_iter().collect(),
        })
    }

    /// Whether it may write in the language of a function; of everything else, yes.
    fn may_write(&self, entry: &TocEntry) -> bool {
        let is_routine = matches!(entry.kind.as_str(), "FUNCTION" | "PROCEDURE");
        let language = entry.definition.split_once("\n    LANGUAGE ").map(|(_, rest)| rest);
        let language = language.and_then(|rest| rest.split_whitespace().next()).filter(|_| is_routine);
        language.is_none_or(|name| self.languages.contains(name.trim_matches('"')))
    }

    fn has(&self, class: &str, entry: &TocEntry) -> bool {
        let schema = entry.schema.clone().unwrap_or_default();
        self.known.contains(&(class.to_owned(), schema, entry.tag.clone()))
    }
}

/// What becomes of an entry that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is made; where it cannot be, nothing is changed at all.
    Made,
    /// It is tried, and named where the server refuses it.
    Tried,
    /// It is not made, for this reason.
    Left(String),
}

/// Everything of a backup's structure that is not there, in the archive's order.
#[derive(Debug, Default)]
pub(super) struct Absent {
    fates: BTreeMap<i64, Fate>,
    order: Vec<i64>,
}

impl Absent {
    /// Tells what is absent.
    pub(super) fn of(toc: &Toc, names: &Names) -> Self {
        let entries: HashMap<i64, &TocEntry> =
            toc.entries.iter().map(|entry| (entry.dump_id, entry)).collect();
        let mut absent = Self::default();
        for entry in &toc.entries {
            if let Some(fate) = absent.fate(entry, &entries, names) {
                absent.fates.insert(entry.dump_id, fate);
                absent.order.push(entry.dump_id);
            }
        }
        absent
    }

    fn fate(&self, entry: &TocEntry, entries: &HashMap<i64, &TocEntry>, names: &Names) -> Option<Fate> {
        let kind = entry.kind.as_str();
        if NOT_MADE.contains(&kind) {
            return None;
        }
        if BELONGS.contains(&kind) {
            return self.fate_of_belonging(entry, entries);
        }
        let class = class(kind);
        if class.is_some_and(|class| names.has(class, entry)) {
            return None;
        }
        if kind == SUBSCRIPTION {
            return Some(Fate::Left("it would have the server connect to another one".to_owned()));
        }
        let schema = entry.schema.as_deref().unwrap_or_default();
        let is_closed = match kind {
            "SCHEMA" => !names.may_make_schemas,
            kind if PARTS.contains(&kind) => false,
            _ => !schema.is_empty() && (names.closed.contains(schema) || self.is_left_schema(entry, entries)),
        };
        if is_closed {
            let place = if kind == "SCHEMA" {
                "in that database".to_owned()
            } else {
                format!("in the schema {schema}")
            };
            return Some(Fate::Left(format!("{} may not make it {place}", names.user)));
        }
        let needs_left = entry.dependencies.iter().find_map(|id| match self.fates.get(id) {
            Some(Fate::Left(_)) => entries.get(id),
            _ => None,
        });
        if let Some(needed) = needs_left {
            return Some(Fate::Left(format!("it needs {}, which is not made", named(needed))));
        }
        let needs_tried = entry.dependencies.iter().any(|id| self.fates.get(id) == Some(&Fate::Tried));
        let is_of_others = OF_TABLES.contains(&kind) && !self.is_of_made(entry);
        let is_unsure = OF_SUPERUSERS.contains(&kind) || !names.may_write(entry);
        if class.is_none() || is_unsure || needs_tried || is_of_others {
            // Rows cannot go into a table of which nobody knows whether it will be there.
            let why = || format!("it needs what {} may not be able to make", names.user);
            return Some(if kind == TABLE { Fate::Left(why()) } else { Fate::Tried });
        }
        Some(Fate::Made)
    }

    fn fate_of_belonging(&self, entry: &TocEntry, entries: &HashMap<i64, &TocEntry>) -> Option<Fate> {
        let is_made = |id: &i64| matches!(self.fates.get(id), Some(Fate::Made | Fate::Tried));
        let is_table = |id: &&i64| entries.get(id).is_some_and(|of| TABLES.contains(&of.kind.as_str()));
        let is_done = match entry.kind.as_str() {
            // What is there keeps the defaults that it has, also where a sequence of them is made.
            "DEFAULT" | "ROW SECURITY" => {
                entry.dependencies.iter().any(is_made)
                    && entry.dependencies.iter().filter(is_table).all(is_made)
            }
            _ => entry.dependencies.iter().any(is_made),
        };
        let needs_tried = || entry.dependencies.iter().any(|id| self.fates.get(id) == Some(&Fate::Tried));
        let must = match entry.kind.as_str() {
            "DEFAULT" | "ROW SECURITY" | "SEQUENCE SET" => true,
            // To what is there, it is attached if that one's owner and columns allow it.
            "INDEX ATTACH" | "TABLE ATTACH" | "SEQUENCE OWNED BY" => entry.dependencies.iter().all(is_made),
            _ => false,
        };
        is_done.then(|| if must && !needs_tried() { Fate::Made } else { Fate::Tried })
    }

    /// Whether it is a part of something that is made.
    fn is_of_made(&self, entry: &TocEntry) -> bool {
        entry.dependencies.iter().any(|id| self.fates.get(id) == Some(&Fate::Made))
    }

    fn is_left_schema(&self, entry: &TocEntry, entries: &HashMap<i64, &TocEntry>) -> bool {
        entry.dependencies.iter().any(|id| {
            matches!(self.fates.get(id), Some(Fate::Left(_)))
                && entries.get(id).is_some_and(|of| of.kind == "SCHEMA")
        })
    }

    /// Entries that are made or tried, in the archive's order, each with whether it has to be made.
    pub(super) fn made<'a>(&'a self, toc: &'a Toc) -> impl Iterator<Item = (&'a TocEntry, bool)> {
        let fate = |entry: &&TocEntry| match self.fates.get(&entry.dump_id) {
            Some(Fate::Made) => Some(true),
            Some(Fate::Tried) => Some(false),
            Some(Fate::Left(_)) | None => None,
        };
        toc.entries.iter().filter_map(move |entry| fate(&entry).map(|must| (entry, must)))
    }

    /// Whether a table is made, or why not; none where it is there.
    pub(super) fn table<'a>(&'a self, toc: &Toc, schema: &str, name: &str) -> Option<&'a Fate> {
        let is_it = |entry: &&TocEntry| {
            entry.kind == "TABLE" && entry.tag == name && entry.schema.as_deref() == Some(schema)
        };
        toc.entries.iter().find(is_it).and_then(|entry| self.fates.get(&entry.dump_id))
    }

    /// How many of each kind are made: `2 schemas`, `14 tables`. Of what belongs to those, nothing.
    pub(super) fn words(&self, toc: &Toc) -> Vec<String> {
        let mut counts: Vec<(String, u64)> = Vec::new();
        for (entry, must) in self.made(toc) {
            if !must || BELONGS.contains(&entry.kind.as_str()) {
                continue;
            }
            match counts.iter_mut().find(|(kind, _)| *kind == entry.kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((entry.kind.clone(), 1)),
            }
        }
        counts.into_iter().map(|(kind, count)| kinds(&kind, count)).collect()
    }

    /// What may not be made, by whoever restores: each with what it is.
    pub(super) fn tried<'a>(&'a self, toc: &'a Toc) -> impl Iterator<Item = String> + 'a {
        self.made(toc)
            .filter(|(entry, must)| !must && !BELONGS.contains(&entry.kind.as_str()))
            .map(|(entry, _)| named(entry))
    }

    /// What is not made, with its reason, but for tables with rows.
    pub(super) fn left<'a>(&'a self, toc: &'a Toc) -> impl Iterator<Item = (String, &'a str)> + 'a {
        toc.entries.iter().filter(|entry| entry.kind != "TABLE").filter_map(|entry| {
            match self.fates.get(&entry.dump_id) {
                Some(Fate::Left(why)) => Some((named(entry), why.as_str())),
                _ => None,
            }
        })
    }
}

/// When an entry is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Before the rows.
    Structure,
    /// After them.
    Rest,
    /// Rights and comments.
    Rights,
    /// What reads or sees everything that is there by then.
    Last,
}

impl Pass {
    /// When this one is; none where it is no statement of the archive that is run.
    pub(super) fn of(entry: &TocEntry) -> Option<Self> {
        match entry.kind.as_str() {
            "SEQUENCE SET" => None,
            "ACL" | "COMMENT" | "DEFAULT ACL" | "SECURITY LABEL" => Some(Self::Rights),
            "EVENT TRIGGER" | "MATERIALIZED VIEW DATA" => Some(Self::Last),
            _ if entry.section == Section::PreData => Some(Self::Structure),
            _ => Some(Self::Rest),
        }
    }
}

/// The class that tells whether something of a kind is there; none where names alone do not.
fn class(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "TABLE" | "VIEW" | "MATERIALIZED VIEW" | "FOREIGN TABLE" | "SEQUENCE" | "INDEX" => "RELATION",
        "TYPE" | "DOMAIN" | "SHELL TYPE" => "TYPE",
        "FUNCTION" | "PROCEDURE" | "AGGREGATE" => "ROUTINE",
        "CONSTRAINT" | "FK CONSTRAINT" | "CHECK CONSTRAINT" => "CONSTRAINT",
        "SCHEMA" => "SCHEMA",
        "EXTENSION" => "EXTENSION",
        "PUBLICATION" => "PUBLICATION",
        "PUBLICATION TABLE" => "PUBLICATION TABLE",
        "EVENT TRIGGER" => "EVENT TRIGGER",
        "SERVER" => "SERVER",
        "FOREIGN DATA WRAPPER" => "FOREIGN DATA WRAPPER",
        "PROCEDURAL LANGUAGE" => "LANGUAGE",
        "COLLATION" => "COLLATION",
        "CONVERSION" => "CONVERSION",
        "TEXT SEARCH CONFIGURATION" => "TEXT SEARCH CONFIGURATION",
        "TEXT SEARCH DICTIONARY" => "TEXT SEARCH DICTIONARY",
        "STATISTICS" => "STATISTICS",
        "TRIGGER" => "TRIGGER",
        "POLICY" => "POLICY",
        "RULE" => "RULE",
        _ => return None,
    })
}

/// `the policy storage.objects Own files`.
pub(super) fn named(entry: &TocEntry) -> String {
    let schema = entry.schema.as_deref().filter(|schema| !schema.is_empty());
    let place = schema.map_or_else(String::new, |schema| format!("{schema}."));
    format!("the {} {place}{}", word(&entry.kind), entry.tag)
}

fn word(kind: &str) -> String {
    match kind {
        "FK CONSTRAINT" => "foreign key".to_owned(),
        "CHECK CONSTRAINT" => "check".to_owned(),
        "PUBLICATION TABLE" => "table of a publication".to_owned(),
        kind => kind.to_lowercase(),
    }
}

fn kinds(kind: &str, count: u64) -> String {
    let word = word(kind);
    let plural = match word.as_str() {
        _ if count == 1 => word,
        "index" => "indexes".to_owned(),
        "policy" => "policies".to_owned(),
        "statistics" => "statistics".to_owned(),
        "table of a publication" => "tables of publications".to_owned(),
        _ if word.ends_with('y') && !word.ends_with("key") => format!("{}ies", &word[..word.len() - 1]),
        _ => format!("{word}s"),
    };
    format!("{} {plural}", count_words(count))
}

#[cfg(test)]
#[path = "absent_tests.rs"]
mod tests;
