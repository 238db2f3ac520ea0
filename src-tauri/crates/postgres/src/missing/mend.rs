//! The head of an archive for a server that lacks extensions.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::cut::{self, Cuts};
use super::{Dependent, ExtensionPart, Limit, Part, stand_in};
use crate::custom_format::{Edit, FormatError, Toc, TocEntry, identifier};
use crate::target::quote_identifier;

/// A head that is mended.
#[derive(Debug)]
pub struct Mended {
    /// The bytes of it.
    pub head: Vec<u8>,
    /// What it leaves out, or keeps in another form.
    pub limits: Vec<Limit>,
}

/// Why a head cannot be mended.
#[derive(Debug, thiserror::Error)]
pub enum MendError {
    /// It cannot be read.
    #[error("the dump's table of contents cannot be read")]
    Format(#[from] FormatError),
    /// What has to be cut out of a table is not found in it.
    #[error("{what} needs an extension that is not here, and how the archive makes it is not understood")]
    NotUnderstood {
        /// The table or domain.
        what: String,
    },
    /// A table that there is not without the extension.
    #[error("there is no table {table} without the extension {extension}")]
    NoTable {
        /// The table.
        table: String,
        /// The extension.
        extension: String,
    },
}

/// Mends a head: of `parts`, those of extensions that are `missing` are stood in for or left out.
///
/// # Errors
/// `MendError`.
pub fn mend(head: &[u8], parts: &[ExtensionPart], missing: &BTreeSet<&str>) -> Result<Mended, MendError> {
    let toc = Toc::parse(head)?;
    let parts: Vec<&ExtensionPart> =
        parts.iter().filter(|part| missing.contains(part.name.as_str())).collect();
    let mut work = Work::new(&toc, &parts)?;
    work.edit_tables()?;
    work.leave_out_what_needs_those();
    let Work { edits, mut limits, .. } = work;
    for part in &parts {
        limits.extend(part.limits(None));
    }
    limits.sort();
    limits.dedup();
    let head = Toc::rewrite(head, &|entry| edits.get(&entry.dump_id).cloned().unwrap_or(Edit::Keep))?;
    Ok(Mended { head, limits })
}

struct Work<'a> {
    toc: &'a Toc,
    parts: &'a [&'a ExtensionPart],
    edits: HashMap<i64, Edit>,
    limits: Vec<Limit>,
    /// Partitioned tables that become plain ones, by their entries.
    plain: HashSet<i64>,
}

impl<'a> Work<'a> {
    /// Extensions become stand-ins, and what needs them goes.
    fn new(toc: &'a Toc, parts: &'a [&'a ExtensionPart]) -> Result<Self, MendError> {
        let mut edits = HashMap::new();
        let of_name: HashMap<&str, &ExtensionPart> =
            parts.iter().map(|part| (part.name.as_str(), *part)).collect();
        let whole: HashSet<(u32, u32)> = parts
            .iter()
            .flat_map(|part| &part.needed_by)
            .filter(|one| {
                !matches!(
                    one.part,
                    Some(
                        Part::Column { .. }
                            | Part::PartitionKey
                            | Part::Table
                            | Part::Type
                            | Part::DomainDefault
                            | Part::Generated { .. }
                    )
                )
            })
            .map(|one| one.object)
            .collect();
        let types: HashSet<(u32, u32)> = parts
            .iter()
            .flat_map(|part| &part.needed_by)
            .filter(|one| one.part == Some(Part::Type))
            .map(|one| one.object)
            .collect();
        // A mapping has no number of its own in an archive.
        let mappings: HashSet<String> = parts
            .iter()
            .flat_map(|part| &part.needed_by)
            .filter(|one| one.kind == "user mapping")
            .map(|one| format!("USER MAPPING {}", one.name.replacen(" on server ", " SERVER ", 1)))
            .collect();
        let rights: HashSet<_> = parts.iter().flat_map(|part| &part.with_rights).collect();
        for entry in &toc.entries {
            let edit = if entry.kind == "EXTENSION" {
                of_name.get(entry.tag.as_str()).map(|part| Edit::Define(stand_in::statements(part)))
            } else if types.contains(&entry.object) {
                Some(Edit::Define(stand_in::opaque(entry.schema.as_deref().unwrap_or_default(), &entry.tag)))
            } else if whole.contains(&entry.object)
                || entry.kind == "USER MAPPING" && mappings.contains(&entry.tag)
                || is_right_of(toc, entry, &rights)
            {
                Some(Edit::Drop)
            } else {
                None
            };
            edits.extend(edit.map(|edit| (entry.dump_id, edit)));
        }
        for part in parts {
            if let Some(one) = part.needed_by.iter().find(|one| one.part == Some(Part::Table)) {
                return Err(MendError::NoTable { table: one.name.clone(), extension: part.name.clone() });
            }
        }
        Ok(Self { toc, parts, edits, limits: Vec::new(), plain: HashSet::new() })
    }

    /// What is written within a table or a domain is cut out of it.
    fn edit_tables(&mut self) -> Result<(), MendError> {
        let mut wanted: HashMap<(&str, &str), Vec<&Dependent>> = HashMap::new();
        for one in self.parts.iter().flat_map(|part| &part.needed_by) {
            if let (Some((schema, name)), Some(_)) = (&one.of, &one.part) {
                wanted.entry((schema.as_str(), name.as_str())).or_default().push(one);
            }
        }
        let own_entries: HashSet<(u32, u32)> = self.toc.entries.iter().map(|entry| entry.object).collect();
        for entry in &self.toc.entries {
            let is_domain = entry.kind == "DOMAIN";
            if !is_domain && entry.kind != "TABLE" && entry.kind != "FOREIGN TABLE" {
                continue;
            }
            let key = (entry.schema.as_deref().unwrap_or_default(), entry.tag.as_str());
            let cuts = cuts(wanted.get(&key).map_or(&[][..], Vec::as_slice), &own_entries);
            if cuts == Cuts::default() || self.edits.contains_key(&entry.dump_id) {
                continue;
            }
            // What is not in UTF-8 could not be written as it was.
            if entry.definition.contains(char::REPLACEMENT_CHARACTER) {
                return Err(MendError::NotUnderstood { what: format!("{}.{}", key.0, key.1) });
            }
            let cut = if is_domain {
                cut::domain(&entry.definition, &cuts)
            } else {
                cut::table(&entry.definition, &cuts)
            };
            let cut = cut.ok_or_else(|| MendError::NotUnderstood { what: format!("{}.{}", key.0, key.1) })?;
            self.edits.insert(entry.dump_id, Edit::Define(cut));
            if cuts.is_partitioned {
                self.plain.insert(entry.dump_id);
            }
            for name in &cuts.checks {
                self.leave_out_comment(name, key.1);
            }
        }
        Ok(())
    }

    /// A comment on a check is an entry that needs its table alone.
    fn leave_out_comment(&mut self, check: &str, of: &str) {
        for entry in self.toc.entries.iter().filter(|entry| entry.kind == "COMMENT") {
            let read = entry.tag.strip_prefix("CONSTRAINT ").and_then(|rest| {
                let (name, rest) = identifier(rest)?;
                let rest = rest.strip_prefix(" ON ")?;
                let (table, _) = identifier(rest.strip_prefix("DOMAIN ").unwrap_or(rest))?;
                Some((name, table))
            });
            if read.is_some_and(|(name, table)| name == check && table == of) {
                self.edits.insert(entry.dump_id, Edit::Drop);
            }
        }
    }

    /// What an archive says of something that is left out goes with it. Partitions become children.
    fn leave_out_what_needs_those(&mut self) {
        let entries: HashMap<i64, &TocEntry> =
            self.toc.entries.iter().map(|entry| (entry.dump_id, entry)).collect();
        let of_plain = |plain: &HashSet<i64>, entry: &TocEntry| {
            entry.dependencies.iter().any(|id| {
                plain.contains(id)
                    || entries.get(id).is_some_and(|of| {
                        matches!(of.kind.as_str(), "INDEX" | "CONSTRAINT")
                            && of.dependencies.iter().any(|id| plain.contains(id))
                    })
            })
        };
        loop {
            let before = self.edits.len();
            for entry in &self.toc.entries {
                if self.edits.contains_key(&entry.dump_id) {
                    continue;
                }
                let is_of_extension = entry.kind == "COMMENT"
                    && entry.tag.starts_with("EXTENSION ")
                    && entry.dependencies.iter().any(|id| {
                        self.edits.contains_key(id)
                            && entries.get(id).is_some_and(|of| of.kind == "EXTENSION")
                    });
                let needs_dropped =
                    entry.dependencies.iter().any(|id| self.edits.get(id) == Some(&Edit::Drop));
                let stays = matches!(
                    entry.kind.as_str(),
                    "TABLE" | "TABLE DATA" | "SEQUENCE" | "SEQUENCE SET" | "TYPE" | "DOMAIN" | "SCHEMA"
                );
                let edit = match entry.kind.as_str() {
                    "TABLE ATTACH" if of_plain(&self.plain, entry) => child(entry),
                    "INDEX ATTACH" | "FK CONSTRAINT" if of_plain(&self.plain, entry) => Some(Edit::Drop),
                    _ if is_of_extension || needs_dropped && !stays => Some(Edit::Drop),
                    _ => None,
                };
                self.edits.extend(edit.map(|edit| (entry.dump_id, edit)));
            }
            if self.edits.len() == before {
                return;
            }
        }
    }
}

/// Whether an entry gives rights to what an extension made.
fn is_right_of(toc: &Toc, entry: &TocEntry, rights: &HashSet<&crate::custom_format::RightsKey>) -> bool {
    if entry.kind != "ACL" || rights.is_empty() {
        return false;
    }
    let changes = toc.rights(entry).unwrap_or_default();
    changes.iter().any(|change| {
        let key = change.key();
        rights.contains(&key)
    })
}

fn cuts(of: &[&Dependent], own_entries: &HashSet<(u32, u32)>) -> Cuts {
    let mut cuts = Cuts::default();
    for one in of {
        // What is an entry of its own is not written within the table.
        let is_within = !own_entries.contains(&one.object);
        match &one.part {
            Some(Part::Default { column }) if is_within => drop(cuts.defaults.insert(column.clone())),
            Some(Part::Generated { column }) => drop(cuts.generated.insert(column.clone())),
            Some(Part::Check { name }) if is_within => drop(cuts.checks.insert(name.clone())),
            Some(Part::PartitionKey) => cuts.is_partitioned = true,
            Some(Part::DomainDefault) => cuts.domain_default = true,
            Some(
                Part::Default { .. } | Part::Check { .. } | Part::Type | Part::Column { .. } | Part::Table,
            )
            | None => {}
        }
    }
    cuts
}

/// A partition of a table that is partitioned no more becomes its child: who asks the one sees the rows of all.
fn child(entry: &TocEntry) -> Option<Edit> {
    let text = entry.definition.trim_start();
    let text = text.strip_prefix("ALTER TABLE ONLY ").or_else(|| text.strip_prefix("ALTER TABLE "))?;
    let (parent, rest) = qualified(text)?;
    let (child, _) = qualified(rest.strip_prefix(" ATTACH PARTITION ")?)?;
    Some(Edit::Define(format!("ALTER TABLE ONLY {child} INHERIT {parent};\n")))
}

fn qualified(text: &str) -> Option<(String, &str)> {
    let (schema, rest) = identifier(text)?;
    let (name, rest) = identifier(rest.strip_prefix('.')?)?;
    Some((format!("{}.{}", quote_identifier(&schema), quote_identifier(&name)), rest))
}
