//! What an entry is about, and what it says beyond that.
//!
//! There is no way for a `Secret` in here: a fact is a word of the source code, a figure, an id, a name,
//! a path, a connection (whose type has no password), or the code of a failure.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::Value;

use crate::catalog::{ProjectRecord, VaultRecord, Verdict};
use base::failure::Failure;
use postgres::connection::Settings;

/// What people type is kept to a length that a list can show.
const TEXT_CHARACTERS_MAX: usize = 500;

/// What an entry is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) name: String,
}

impl Subject {
    /// Its name for people.
    pub fn into_name(self) -> String {
        self.name
    }

    /// Something of this kind; `name` is for people.
    pub fn new(kind: &'static str, id: &str, name: &str) -> Self {
        Self { kind, id: shortened(id), name: shortened(name) }
    }

    /// Nothing in particular: the profile itself.
    pub fn profile() -> Self {
        Self::default()
    }

    /// A project.
    pub fn project(project: &ProjectRecord) -> Self {
        Self::new("project", &project.id, &project.name)
    }

    /// A backup of a project.
    pub fn backup(id: &str, project: &str) -> Self {
        Self::new("backup", id, project)
    }

    /// The vault.
    pub fn vault(vault: &VaultRecord) -> Self {
        Self::new("vault", &vault.id, &vault.name)
    }
}

/// One thing that an entry says.
#[derive(Debug, Clone, Copy)]
pub enum Fact<'a> {
    /// A word of the source code.
    Word(&'static str),
    /// A figure.
    Count(u64),
    /// Yes or no.
    Flag(bool),
    /// An id of a run, a backup, a plan.
    Id(&'a str),
    /// A name of a project, a database, a person.
    Name(&'a str),
    /// A file or a folder.
    Path(&'a Utf8Path),
    /// Where a server is, and as whom it is entered; the type has no password.
    Server(&'a Settings),
    /// A sentence that a person typed, as the reason for an opt-out.
    Reason(&'a str),
}

/// What an entry says beyond its subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details(BTreeMap<&'static str, Value>);

impl Details {
    /// Nothing more.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: Fact<'_>) -> Self {
        let value = match fact {
            Fact::Word(word) => word.into(),
            Fact::Count(count) => count.into(),
            Fact::Flag(flag) => flag.into(),
            Fact::Id(text) | Fact::Name(text) | Fact::Reason(text) => shortened(text).into(),
            Fact::Path(path) => shortened(path.as_str()).into(),
            Fact::Server(at) => {
                shortened(&format!("{}@{}:{}/{}", at.user, at.host, at.port, at.database)).into()
            }
        };
        self.0.insert(name, value);
        self
    }

    /// Adds the stable code of a failure; its message stays with the run.
    #[must_use]
    pub fn failure(mut self, failure: &Failure) -> Self {
        self.0.insert("code", failure.code.as_str().into());
        self
    }

    /// Adds a verdict.
    #[must_use]
    pub fn verdict(self, verdict: Option<Verdict>) -> Self {
        match verdict {
            Some(verdict) => self.with("verdict", Fact::Word(verdict.as_str())),
            None => self,
        }
    }

    /// The JSON that is stored and hashed: one object, names in order, no spaces.
    pub(super) fn text(&self) -> String {
        let object: Value = self.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        object.to_string()
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_one_object_in_order_and_what_is_typed_has_a_limit() {
        let long = "é".repeat(TEXT_CHARACTERS_MAX + 1);
        let details = Details::none()
            .with("tables", Fact::Count(2))
            .with("reason", Fact::Reason(&long))
            .with("kept", Fact::Flag(true));
        let text = details.text();
        assert!(
            text.starts_with("{\"kept\":true,\"reason\":\"é") && text.ends_with("…\",\"tables\":2}"),
            "{text}"
        );
        assert_eq!(Details::none().text(), "{}");
    }
}
