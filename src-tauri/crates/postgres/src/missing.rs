//! A database whose extensions are not all on the server that it is brought back to.
//!
//! What needs an extension is recorded at the backup, from `pg_depend`, so that nothing is guessed later. At a restore
//! the head of the archive is mended with that record: types of a missing extension become stand-ins that keep the
//! text of a value as it is, so that rows go in and are compared like any others; what needs more than a type is left
//! out, one by one, and named. The record holds names, numbers and labels, and each is quoted where a statement is
//! built of it; and the definitions of functions, each of which is run as one statement that makes a function.

mod cut;
mod look;
mod mend;
mod queries;
mod stand_in;

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

pub use look::extension_parts;
pub(crate) use look::needing_absent;
pub use mend::{MendError, Mended, mend};

use super::custom_format::RightsKey;

/// What of a database belongs to an extension, and what needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionPart {
    /// `vector`.
    pub name: String,
    /// `0.8.0`.
    pub version: String,
    /// Where its objects are.
    pub schema: String,
    /// Extensions that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Schemas that it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<String>,
    /// Its types, each behind those that it is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<OwnType>,
    /// Its tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<OwnTable>,
    /// Its sequences, by schema and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sequences: Vec<(String, String)>,
    /// What it made that has its own list of rights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with_rights: Vec<RightsKey>,
    /// Functions that belong to it, and lie where neither it nor its script has anything: an event trigger made them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<BesideFunction>,
    /// What the database has that needs it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed_by: Vec<Dependent>,
}

/// A type of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnType {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub form: TypeForm,
}

/// What a type is, as far as a stand-in has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeForm {
    /// Only the extension knows what its values are: they are kept as text.
    Opaque {
        /// What stands between its values in an array.
        delimiter: char,
        /// Whether a column of it may name a collation.
        is_collatable: bool,
        /// Whether it takes numbers or words in brackets.
        has_modifier: bool,
    },
    /// One of these labels.
    Enum {
        /// In their order.
        labels: Vec<String>,
    },
    /// Another type, with checks.
    Domain {
        /// The other one.
        of: TypeName,
    },
    /// Several values.
    Composite {
        /// Each of them.
        attributes: Vec<OwnColumn>,
    },
}

/// A type by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeName {
    /// Schema.
    pub schema: String,
    /// Name; of an array, that of its elements.
    pub name: String,
    /// Whether it is an array.
    #[serde(default)]
    pub is_array: bool,
}

/// A column of an extension's table, or a part of its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub of: TypeName,
}

/// A table of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<OwnColumn>,
}

/// A function that belongs to an extension whose script does not make it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BesideFunction {
    /// The extension.
    pub extension: String,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// The statement that makes it.
    pub definition: String,
}

/// What needs an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependent {
    /// The catalogue's table and its number there, by which the archive knows it too.
    pub object: (u32, u32),
    /// `index`, `function`, `default value`.
    pub kind: String,
    /// As a person would name it.
    pub name: String,
    /// The table, or the domain, that it is a part of, by schema and name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<(String, String)>,
    /// Which part of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// A part of what makes a table or a domain, that can be cut out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What a column has if nothing is said.
    Default {
        /// The column.
        column: String,
    },
    /// How a column is computed.
    Generated {
        /// The column.
        column: String,
    },
    /// A check.
    Check {
        /// Its name.
        name: String,
    },
    /// By what rows go into partitions.
    PartitionKey,
    /// What a value of a domain is if nothing is said.
    DomainDefault,
    /// A type of the user's own that is made of the extension's.
    Type,
    /// A column whose values are kept as text.
    Column {
        /// The column.
        column: String,
    },
    /// All of it: without the extension there is no such table.
    Table,
}

/// What was not brought back, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Limit {
    /// `index`, `function`, `extension`.
    pub kind: String,
    /// What.
    pub name: String,
    /// The extension that is not here.
    pub extension: String,
}

impl ExtensionPart {
    /// What would be missing of the database where the extension is: that of some tables alone, where only they are
    /// wanted.
    pub fn limits(&self, tables: Option<&HashSet<(String, String)>>) -> Vec<Limit> {
        let limit = |kind: &str, name: &str| Limit {
            kind: kind.to_owned(),
            name: name.to_owned(),
            extension: self.name.clone(),
        };
        let is_wanted = |one: &&Dependent| match (tables, &one.of) {
            (None, _) => true,
            (Some(tables), Some(of)) => tables.contains(of),
            (Some(_), None) => false,
        };
        let mut limits: Vec<Limit> =
            self.needed_by.iter().filter(is_wanted).map(|one| limit(&one.kind, &one.name)).collect();
        if tables.is_none() {
            limits.push(limit("extension", &self.name));
        }
        limits.sort();
        limits.dedup();
        limits
    }
}

/// The extensions that are missing where these are: with them, those that need them.
pub fn missing<'a>(parts: &'a [ExtensionPart], there: &BTreeSet<String>) -> BTreeSet<&'a str> {
    let mut missing: BTreeSet<&str> =
        parts.iter().map(|part| part.name.as_str()).filter(|name| !there.contains(*name)).collect();
    loop {
        let more = parts.iter().filter(|part| {
            !missing.contains(part.name.as_str())
                && part.requires.iter().any(|name| missing.contains(name.as_str()))
        });
        let more: Vec<&str> = more.map(|part| part.name.as_str()).collect();
        if more.is_empty() {
            return missing;
        }
        missing.extend(more);
    }
}

/// How many of what were left out, in words: `2 indexes (vector), 14 functions (pg_graphql)`.
pub fn summary(limits: &[Limit]) -> String {
    let mut counts: Vec<((&str, &str), usize)> = Vec::new();
    for limit in limits.iter().filter(|limit| limit.kind != "extension") {
        let key = (limit.kind.as_str(), limit.extension.as_str());
        match counts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => counts.push((key, 1)),
        }
    }
    if counts.is_empty() {
        let names: Vec<&str> = limits.iter().map(|limit| limit.extension.as_str()).collect();
        let what = if names.len() == 1 { "the extension" } else { "the extensions" };
        return format!("{what} {}", names.join(", "));
    }
    let words = counts
        .iter()
        .map(|((kind, extension), count)| format!("{count} {} ({extension})", plural(kind, *count)));
    words.collect::<Vec<_>>().join(", ")
}

fn plural(kind: &str, count: usize) -> String {
    if count == 1 {
        return kind.to_owned();
    }
    // "columns as text"
    if let Some((first, rest)) = kind.split_once(" as ") {
        return format!("{} as {rest}", plural(first, count));
    }
    match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with('x') => format!("{kind}es"),
        None if kind.ends_with('s') || kind.ends_with("ing") => kind.to_owned(),
        None => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests;
