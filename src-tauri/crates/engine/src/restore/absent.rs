//! What of a backup's structure a database does not have, told by names before anything is made. Reads only.
//!
//! What is there stays as it is, whatever the backup says of it: nothing of it is changed, no default, comment or right.

mod kinds;
mod names;

use std::collections::{BTreeMap, HashMap, HashSet};

use kinds::{
    BELONGS, NEEDED_BY_ROWS, NOT_COUNTED, NOT_MADE, OF_SUPERUSERS, OF_TABLES, PARTS, POLICY, RELATIONS,
    SUBSCRIPTION, TABLE, WHOLES, class, is_identity, kinds,
};
use postgres::custom_format::{Section, Toc, TocEntry};

pub(super) use kinds::{is_restrictive, named};
pub(super) use names::Names;

/// Entries by their number.
type Entries<'a> = HashMap<i64, &'a TocEntry>;

/// Whether something is what an entry is a part of.
fn is_whole_of(entry: &TocEntry, of: Option<&&TocEntry>) -> bool {
    let Some(of) = of else { return false };
    if !WHOLES.contains(&of.kind.as_str()) || of.schema != entry.schema {
        return false;
    }
    // The tag of an index or of statistics names itself alone.
    matches!(entry.kind.as_str(), "INDEX" | "STATISTICS")
        || entry.tag.strip_prefix(of.tag.as_str()).is_some_and(|rest| rest.starts_with(' '))
}

fn is_silent(entry: &TocEntry) -> bool {
    BELONGS.contains(&entry.kind.as_str()) || NOT_COUNTED.contains(&entry.kind.as_str())
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

/// Everything of a backup's structure that is not there, by the entries' numbers.
#[derive(Debug, Default)]
pub(super) struct Absent {
    fates: BTreeMap<i64, Fate>,
    /// Schemas that are made.
    schemas: HashSet<String>,
}

impl Absent {
    /// Tells what is absent.
    pub(super) fn of(toc: &Toc, names: &Names) -> Self {
        let entries: Entries<'_> = toc.entries.iter().map(|entry| (entry.dump_id, entry)).collect();
        let mut absent = Self::default();
        for entry in &toc.entries {
            if let Some(fate) = absent.fate(entry, &entries, names) {
                if entry.kind == "SCHEMA" && fate == Fate::Made {
                    absent.schemas.insert(entry.tag.clone());
                }
                absent.fates.insert(entry.dump_id, fate);
            }
        }
        absent
    }

    fn fate(&self, entry: &TocEntry, entries: &Entries<'_>, names: &Names) -> Option<Fate> {
        let kind = entry.kind.as_str();
        if NOT_MADE.contains(&kind) {
            return None;
        }
        if BELONGS.contains(&kind) {
            return entry.dependencies.iter().any(|id| self.is_made(*id)).then_some(Fate::Tried);
        }
        match kind {
            "DEFAULT ACL" => return self.fate_of_default_rights(entry, entries, names),
            "DEFAULT" | "ROW SECURITY" => return self.fate_of_property(entry, entries),
            "INDEX ATTACH" | "TABLE ATTACH" => return self.fate_of_attaching(entry, entries),
            // Which table it is says the statement alone; what is refused leaves a sequence that works.
            "SEQUENCE OWNED BY" => {
                return entry.dependencies.iter().any(|id| self.is_made(*id)).then_some(Fate::Tried);
            }
            _ if is_identity(entry) => return self.fate_of_property(entry, entries),
            _ => {}
        }
        let class = class(kind);
        if class.is_some_and(|class| names.has(class, entry)) {
            return None;
        }
        if kind == SUBSCRIPTION {
            return Some(Fate::Left("it would have the server connect to another one".to_owned()));
        }
        if names.not_held.contains(&entry.object) {
            return Some(Fate::Left("by choice the backup does not have what it needs".to_owned()));
        }
        if let Some(why) = self.why_not(entry, entries, names) {
            return Some(Fate::Left(why));
        }
        if OF_TABLES.contains(&kind) {
            return Some(self.fate_of_part(entry, entries));
        }
        let is_sure = self.needs_nothing_tried(entry)
            && class.is_some()
            && !OF_SUPERUSERS.contains(&kind)
            && names.may_write(entry);
        if kind == TABLE {
            return Some(self.fate_of_table(entry, entries, names, is_sure));
        }
        // What stays as it is may have other columns than what is made of it now.
        let is_made = is_sure && (NEEDED_BY_ROWS.contains(&kind) || self.needs_nothing_there(entry, entries));
        Some(if is_made { Fate::Made } else { Fate::Tried })
    }

    fn is_made(&self, id: i64) -> bool {
        matches!(self.fates.get(&id), Some(Fate::Made | Fate::Tried))
    }

    fn needs_nothing_tried(&self, entry: &TocEntry) -> bool {
        entry.dependencies.iter().all(|id| self.fates.get(id) != Some(&Fate::Tried))
    }

    /// Whether all that it needs is made too, but for schemas and extensions.
    fn needs_nothing_there(&self, entry: &TocEntry, entries: &Entries<'_>) -> bool {
        let is_there = |id: &i64| {
            !self.fates.contains_key(id)
                && entries.get(id).is_some_and(|of| !matches!(of.kind.as_str(), "SCHEMA" | "EXTENSION"))
        };
        !entry.dependencies.iter().any(is_there)
    }

    /// The first of its dependencies that is not made, as a reason.
    fn needs_left(&self, entry: &TocEntry, entries: &Entries<'_>) -> Option<String> {
        let left = entry.dependencies.iter().find_map(|id| match self.fates.get(id) {
            Some(Fate::Left(_)) => entries.get(id),
            _ => None,
        });
        left.map(|needed| format!("it needs {}, which is not made", named(needed)))
    }

    /// Why it cannot even be tried.
    fn why_not(&self, entry: &TocEntry, entries: &Entries<'_>, names: &Names) -> Option<String> {
        let (kind, schema) = (entry.kind.as_str(), entry.schema.as_deref().unwrap_or_default());
        if kind == "SCHEMA" && !names.may_make_schemas {
            return Some(format!("{} may not make it in that database", names.user));
        }
        if schema.is_empty() || PARTS.contains(&kind) {
            return self.needs_left(entry, entries);
        }
        if !self.schemas.contains(schema) && !names.has_schema(schema) {
            return Some(format!("there is no schema {schema}, and it is not made"));
        }
        if names.closed.contains(schema) {
            return Some(format!("{} may not make it in the schema {schema}", names.user));
        }
        self.needs_left(entry, entries)
    }

    /// Rows cannot go into a table of which nobody knows whether it will be there.
    fn fate_of_table(&self, entry: &TocEntry, entries: &Entries<'_>, names: &Names, is_sure: bool) -> Fate {
        let parent = entry
            .dependencies
            .iter()
            .filter(|id| !self.fates.contains_key(id))
            .find_map(|id| entries.get(id).filter(|of| of.kind == TABLE));
        match parent {
            Some(parent) => {
                Fate::Left(format!("it inherits from {}, which is there and stays", named(parent)))
            }
            None if is_sure => Fate::Made,
            None => Fate::Left(format!("it needs what {} may not be able to make", names.user)),
        }
    }

    /// Of a table that is there, its owner makes it if anybody may; of one that is made, it is made with it.
    fn fate_of_part(&self, entry: &TocEntry, entries: &Entries<'_>) -> Fate {
        let of = entry.dependencies.iter().find(|id| is_whole_of(entry, entries.get(id)));
        match of.map(|id| self.fates.get(id)) {
            Some(Some(Fate::Made)) if is_restrictive(entry) => Fate::Made,
            // Without a policy that lets rows be seen, fewer are.
            Some(Some(Fate::Made)) if entry.kind == POLICY => Fate::Tried,
            Some(Some(Fate::Made))
                if self.needs_nothing_tried(entry) && self.needs_nothing_there(entry, entries) =>
            {
                Fate::Made
            }
            _ => Fate::Tried,
        }
    }

    /// The default of a column, the number of one, row security of a table: with what they are of, and nowhere else.
    fn fate_of_property(&self, entry: &TocEntry, entries: &Entries<'_>) -> Option<Fate> {
        let is_relation = |id: &&i64| entries.get(id).is_some_and(|of| RELATIONS.contains(&of.kind.as_str()));
        let of = entry.dependencies.iter().find(is_relation)?;
        let fate = self.fates.get(of)?;
        match fate {
            Fate::Left(_) => None,
            Fate::Made | Fate::Tried => Some(match self.needs_left(entry, entries) {
                Some(why) => Fate::Left(why),
                None if *fate == Fate::Made && self.needs_nothing_tried(entry) => Fate::Made,
                None => Fate::Tried,
            }),
        }
    }

    /// A part of a partitioned table or index, where the part is made. What is there stays a table of its own.
    fn fate_of_attaching(&self, entry: &TocEntry, entries: &Entries<'_>) -> Option<Fate> {
        let is_child =
            |id: &&i64| entries.get(id).is_some_and(|of| of.tag == entry.tag && of.schema == entry.schema);
        let child = entry.dependencies.iter().find(is_child)?;
        if !self.is_made(*child) {
            let is_parent_made = entry.dependencies.iter().any(|id| id != child && self.is_made(*id));
            let is_there = !self.fates.contains_key(child);
            return (is_parent_made && is_there)
                .then(|| Fate::Left("its part is there, and stays as it is".to_owned()));
        }
        let all_made = entry.dependencies.iter().all(|id| self.fates.get(id) == Some(&Fate::Made));
        Some(if all_made { Fate::Made } else { Fate::Tried })
    }

    /// What a role gives to whatever it makes: with the schema that is made, or where nothing of it is said yet.
    fn fate_of_default_rights(&self, entry: &TocEntry, entries: &Entries<'_>, names: &Names) -> Option<Fate> {
        let is_schema_made = entry
            .dependencies
            .iter()
            .any(|id| entries.get(id).is_some_and(|of| of.kind == "SCHEMA") && self.is_made(*id));
        let maker = entry.owner.clone().unwrap_or_default();
        let kind = entry.tag.rsplit_once(" FOR ").map_or("", |(_, kind)| kind);
        let schema = entry.schema.clone().unwrap_or_default();
        let key = ("DEFAULT ACL".to_owned(), schema, format!("{maker} {kind}"));
        if !is_schema_made && names.known.contains(&key) {
            return None;
        }
        if maker != names.user && !names.acts_for.contains(&maker) {
            return Some(Fate::Left(format!("only {maker} may say what it gives")));
        }
        Some(Fate::Tried)
    }

    /// Whether the numbers of a table that is made come from a sequence that is there.
    pub(super) fn uses_numbers_of_others(&self, toc: &Toc, table: &TocEntry) -> bool {
        let defaults = toc
            .entries
            .iter()
            .filter(|entry| entry.kind == "DEFAULT" && entry.dependencies.contains(&table.dump_id));
        let needed: HashSet<i64> = defaults.flat_map(|entry| entry.dependencies.iter().copied()).collect();
        toc.entries.iter().any(|entry| {
            entry.kind == "SEQUENCE"
                && needed.contains(&entry.dump_id)
                && !self.fates.contains_key(&entry.dump_id)
        })
    }

    /// Whether the parent of what is attached is made too: then it is before the rows.
    pub(super) fn is_wholly_made(&self, entry: &TocEntry) -> bool {
        self.fates.get(&entry.dump_id) == Some(&Fate::Made)
    }

    /// What is added to tables that are there, all of it.
    pub(super) fn added<'a>(&'a self, toc: &'a Toc) -> Vec<String> {
        let entries: Entries<'_> = toc.entries.iter().map(|entry| (entry.dump_id, entry)).collect();
        let added = self.made(toc).filter(|(entry, _)| {
            let of = entry.dependencies.iter().find(|id| is_whole_of(entry, entries.get(id)));
            OF_TABLES.contains(&entry.kind.as_str()) && of.is_some_and(|id| !self.fates.contains_key(id))
        });
        added.map(|(entry, _)| named(entry)).collect()
    }

    /// Entries that are made or tried, in the archive's order, each with whether it has to be made.
    pub(super) fn made<'t>(&self, toc: &'t Toc) -> impl Iterator<Item = (&'t TocEntry, bool)> + use<'_, 't> {
        let fate = |entry: &&'t TocEntry| match self.fates.get(&entry.dump_id) {
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
        let added: HashSet<String> = self.added(toc).into_iter().collect();
        let mut counts: Vec<(String, u64)> = Vec::new();
        for (entry, must) in self.made(toc) {
            // A policy of a table that is made is tried, and nearly always given.
            let is_counted = must || (entry.kind == POLICY && !added.contains(&named(entry)));
            if !is_counted || is_silent(entry) {
                continue;
            }
            match counts.iter_mut().find(|(kind, _)| *kind == entry.kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((entry.kind.clone(), 1)),
            }
        }
        counts.into_iter().map(|(kind, count)| kinds(&kind, count)).collect()
    }

    /// What may not be made, by whoever restores: each with what it is, but for what is added to tables that are there.
    pub(super) fn tried<'a>(&'a self, toc: &'a Toc) -> impl Iterator<Item = String> + 'a {
        let added: HashSet<String> = self.added(toc).into_iter().collect();
        self.made(toc)
            .filter(|(entry, must)| !must && !is_silent(entry) && entry.kind != POLICY)
            .map(|(entry, _)| named(entry))
            .filter(move |name| !added.contains(name))
    }

    /// What is not made, with its reason.
    pub(super) fn left<'a>(&'a self, toc: &'a Toc) -> impl Iterator<Item = (String, &'a str)> + 'a {
        toc.entries.iter().filter_map(|entry| match self.fates.get(&entry.dump_id) {
            Some(Fate::Left(why)) => Some((named(entry), why.as_str())),
            _ => None,
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
    /// Parts of what is there become parts of it.
    Attaching,
    /// Rights to schemas: who owns something in one may need them.
    Schemas,
    /// All other rights, and comments.
    Rights,
    /// What reads or sees everything that is there by then.
    Last,
}

impl Pass {
    /// When this one is; none where it is no statement of the archive that is run.
    pub(super) fn of(entry: &TocEntry, absent: &Absent) -> Option<Self> {
        match entry.kind.as_str() {
            "SEQUENCE SET" => None,
            // It is said of what is made last.
            "COMMENT" if entry.tag.starts_with("EVENT TRIGGER ") => Some(Self::Last),
            "ACL" if entry.tag.starts_with("SCHEMA ") => Some(Self::Schemas),
            "ACL" | "COMMENT" | "DEFAULT ACL" | "SECURITY LABEL" => Some(Self::Rights),
            "EVENT TRIGGER" | "MATERIALIZED VIEW DATA" => Some(Self::Last),
            // Triggers and keys of a parent that is there would act on the rows, and its indexes be made twice.
            "INDEX ATTACH" | "TABLE ATTACH" if !absent.is_wholly_made(entry) => Some(Self::Attaching),
            _ if entry.section == Section::PreData => Some(Self::Structure),
            _ => Some(Self::Rest),
        }
    }
}

#[cfg(test)]
mod tests;
