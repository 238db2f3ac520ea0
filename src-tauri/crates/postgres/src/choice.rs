//! Which tables' rows a backup takes, where a person chose some of them.
//!
//! The structure of everything that the role may read is taken in any case, so that a restore gives a database that
//! works; of tables that were not chosen it gives no rows. What the role may not read at all is absent, where nobody
//! chose it. What cannot be as it was without those rows is read from the catalogue at the moment of the backup.

mod consequences;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

pub(crate) use consequences::consequences;

use crate::facts::{TableFacts, TableKind, Unreadable, UnreadableReason};
use crate::missing::Dependent;
use base::command::{is_meant, split_table};

/// A list that a person would make by hand is shorter.
const PATTERNS_MAX: usize = 1_000;
/// What all names that a dump is told may come to: a shell on the other side of SSH gets them as one argument.
const NAMED_BYTES_MAX: usize = 96 * 1024;
/// One argument of a program; Linux takes 128 KiB of them.
const ARGUMENT_BYTES_MAX: usize = 16 * 1024;

/// The table that each partition is of, by schema and name.
type Parents<'a> = HashMap<(&'a str, &'a str), (&'a str, &'a str)>;

/// Tables that were chosen, as `schema.table`, with a star at the end of either for all that begin so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChoice {
    /// Only the rows of these are taken; none takes all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// The rows of these are not taken, whatever else is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_rows: Vec<String>,
}

/// Why something is no choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// Not a name of tables.
    #[error("{0:?} names no table")]
    NoName(String),
    /// More names than anybody gives.
    #[error("{0} names are too many for a choice of tables")]
    TooMany(usize),
}

impl TableChoice {
    /// Whether all rows are taken.
    pub fn is_everything(&self) -> bool {
        self.only.is_empty() && self.without_rows.is_empty()
    }

    /// The choice without doubles, where each of its names can be one.
    ///
    /// # Errors
    /// [`ChoiceError`].
    pub fn checked(self) -> Result<Self, ChoiceError> {
        let count = self.only.len() + self.without_rows.len();
        if count > PATTERNS_MAX {
            return Err(ChoiceError::TooMany(count));
        }
        let tidy = |names: Vec<String>| -> Result<Vec<String>, ChoiceError> {
            let mut tidied: Vec<String> = Vec::with_capacity(names.len());
            for name in names.iter().map(|name| name.trim()) {
                let (schema, table) = split_table(name);
                if schema.is_empty() || table.is_empty() || name.contains(['\0', '\n']) {
                    return Err(ChoiceError::NoName(name.to_owned()));
                }
                if !tidied.iter().any(|known| known == name) {
                    tidied.push(name.to_owned());
                }
            }
            Ok(tidied)
        };
        Ok(Self { only: tidy(self.only)?, without_rows: tidy(self.without_rows)? })
    }

    /// Whether the rows of a table are taken, by its own name or that of a table that it is a partition of.
    fn takes(&self, schema: &str, name: &str, parents: &Parents<'_>) -> bool {
        let mut names = vec![(schema, name)];
        while let Some(parent) =
            names.last().and_then(|one| parents.get(one)).filter(|one| !names.contains(one))
        {
            names.push(*parent);
        }
        let is_among = |wanted: &[String]| {
            wanted.iter().any(|wanted| names.iter().any(|(schema, name)| is_meant(wanted, schema, name)))
        };
        (self.only.is_empty() || is_among(&self.only)) && !is_among(&self.without_rows)
    }

    /// Names that mean none of these tables: a misspelt one would leave out what nobody wanted to leave out.
    pub fn unmatched(&self, tables: &[TableFacts]) -> Vec<&str> {
        let is_there = |wanted: &str| tables.iter().any(|table| is_meant(wanted, &table.schema, &table.name));
        let names = self.only.iter().chain(&self.without_rows).map(String::as_str);
        names.filter(|wanted| !is_there(wanted)).collect()
    }

    /// What a dump leaves out of these tables for it, and what stops that dump.
    pub fn leaves_out(&self, tables: &[TableFacts], unreadable: &[Unreadable]) -> (LeftOut, Vec<Unreadable>) {
        let mut out = LeftOut::default();
        if self.is_everything() {
            return (out, unreadable.to_vec());
        }
        let parents: Parents<'_> = tables
            .iter()
            .filter_map(|table| {
                let (schema, name) = table.partition_of.as_ref()?;
                Some(((table.schema.as_str(), table.name.as_str()), (schema.as_str(), name.as_str())))
            })
            .collect();
        let (unwanted, stopping): (Vec<&Unreadable>, Vec<&Unreadable>) = unreadable.iter().partition(|one| {
            // The numbers of a table belong to it, whatever their sequence is called.
            let (schema, name) =
                one.owned_by.as_ref().unwrap_or(&(one.schema.clone(), one.name.clone())).clone();
            !self.takes(&schema, &name, &parents)
        });
        for one in unwanted {
            match one.reason {
                UnreadableReason::NoUsage if !out.schemas.contains(&one.schema) => {
                    out.schemas.push(one.schema.clone());
                }
                // A sequence goes with its table.
                UnreadableReason::NoSelect if one.owned_by.is_some() => {}
                UnreadableReason::NoSelect => out.absent.push((one.schema.clone(), one.name.clone())),
                // Rows that are not read are not hidden.
                UnreadableReason::NoUsage | UnreadableReason::RowSecurity => {}
            }
        }
        // A schema that is closed to the role is absent as a whole; what of it was chosen stops the dump.
        for table in tables.iter().filter(|table| !self.takes(&table.schema, &table.name, &parents)) {
            let named = (table.schema.clone(), table.name.clone());
            if table.kind == TableKind::Table
                && !out.schemas.contains(&table.schema)
                && !out.absent.contains(&named)
            {
                out.without_rows.push(named);
            }
        }
        // A sequence goes with its table, and begins anew where that has no rows.
        for one in unreadable.iter().filter(|one| one.reason == UnreadableReason::NoSelect) {
            let named = (one.schema.clone(), one.name.clone());
            match &one.owned_by {
                Some(of) if out.without_rows.contains(of) => out.without_numbers.push(named),
                Some(of) if out.absent.contains(of) || out.schemas.contains(&of.0) => out.absent.push(named),
                _ => {}
            }
        }
        (out, stopping.into_iter().cloned().collect())
    }
}

/// What a dump leaves out, by schema and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Tables of which only the structure is taken.
    pub without_rows: Vec<(String, String)>,
    /// Tables and sequences of which nothing is.
    pub absent: Vec<(String, String)>,
    /// Schemas of which no table, view or sequence is.
    pub schemas: Vec<String>,
    /// Sequences of tables without rows that may not be read: they begin anew, as those tables do.
    pub without_numbers: Vec<(String, String)>,
}

impl LeftOut {
    /// Whether there is nothing that is left out.
    pub fn is_empty(&self) -> bool {
        self.without_rows.is_empty() && self.absent.is_empty() && self.schemas.is_empty()
    }

    /// Whether a table's rows are left out.
    pub fn lacks(&self, schema: &str, name: &str) -> bool {
        let is_it = |one: &(String, String)| one.0 == schema && one.1 == name;
        self.schemas.iter().any(|one| one == schema)
            || self.without_rows.iter().any(is_it)
            || self.absent.iter().any(is_it)
    }

    /// What `pg_dump` is told; nothing where it is more than a program can be told.
    pub fn arguments(&self) -> Option<Vec<String>> {
        let mut all = patterns("--exclude-table-data", &self.without_rows);
        all.extend(patterns("--exclude-table", &self.absent));
        all.extend(self.schemas.iter().map(|schema| format!("--exclude-table={}.*", quoted(schema))));
        all.extend(patterns("--exclude-table-data", &self.without_numbers));
        (all.iter().map(String::len).sum::<usize>() <= NAMED_BYTES_MAX).then_some(all)
    }
}

/// One pattern for the plain names of a schema: the server is asked once for each.
fn patterns(option: &str, names: &[(String, String)]) -> Vec<String> {
    let mut all = Vec::new();
    let mut plain: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (schema, name) in names {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.chars().all(is_plain) {
            plain.entry(schema).or_default().push(name);
        } else {
            all.push(format!("{option}={}.{}", quoted(schema), quoted(name)));
        }
    }
    for (schema, names) in plain {
        let mut some = String::new();
        for name in names {
            if some.len() + name.len() > ARGUMENT_BYTES_MAX {
                all.push(format!("{option}={}.({some})", quoted(schema)));
                some.clear();
            }
            if !some.is_empty() {
                some.push('|');
            }
            some.push_str(name);
        }
        all.push(format!("{option}={}.({some})", quoted(schema)));
    }
    all
}

/// Within quotes no letter of a pattern means anything else.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What of a database is not in a backup by choice, as its manifest says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotTaken {
    /// What was chosen.
    #[serde(flatten)]
    pub choice: TableChoice,
    /// Tables without their rows, and tables that are not there at all.
    pub tables: Vec<NotTakenTable>,
    /// Schemas of which no table, view or sequence is there, since the role may not use them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<String>,
    /// What cannot be made again without them: foreign keys to rows that are not there, views on absent tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cannot_hold: Vec<Dependent>,
}

/// A table of which a backup has no rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotTakenTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The planner's estimate of its rows at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_estimated: Option<u64>,
    /// Its bytes on the server.
    #[serde(default)]
    pub size_bytes: u64,
    /// Whether nothing of it is there, not even its structure.
    #[serde(default)]
    pub is_absent: bool,
}

impl NotTaken {
    /// Describes it.
    pub fn of(
        choice: TableChoice,
        out: &LeftOut,
        tables: &[TableFacts],
        cannot_hold: Vec<Dependent>,
    ) -> Self {
        let of = |(schema, name): &(String, String), is_absent| {
            let known = tables.iter().find(|table| table.schema == *schema && table.name == *name);
            NotTakenTable {
                schema: schema.clone(),
                name: name.clone(),
                rows_estimated: known.and_then(|table| table.rows_estimated),
                size_bytes: known.map_or(0, |table| table.size_bytes),
                is_absent,
            }
        };
        let mut all: Vec<NotTakenTable> = out.without_rows.iter().map(|one| of(one, false)).collect();
        all.extend(out.absent.iter().map(|one| of(one, true)));
        Self { choice, tables: all, schemas: out.schemas.clone(), cannot_hold }
    }

    /// Whether a table has no rows here.
    pub fn lacks(&self, schema: &str, name: &str) -> bool {
        self.schemas.iter().any(|one| one == schema)
            || self.tables.iter().any(|table| table.schema == schema && table.name == name)
    }
}

#[cfg(test)]
mod tests;
