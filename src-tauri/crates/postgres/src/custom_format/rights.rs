//! What an archive says of rights: given and taken, of everything in a database.
//!
//! `pg_restore` sends the statements of an entry as one. What has to be done with one of them alone is built anew of
//! the names in it, each quoted; an entry with anything that `pg_dump` does not write is none that is understood.
//! Source: PostgreSQL, `dumputils.c`, `buildACLCommands`, `buildDefaultACLCommands`.

use super::properties::{Grantee, grantee};
use super::tokens::{Token, Words, statements, tokens};
use super::{TableName, Toc, TocEntry};
use crate::target::quote_identifier;

/// All rights that there are, and the word for all of them.
const RIGHTS: [&str; 12] = [
    "all",
    "select",
    "insert",
    "update",
    "delete",
    "truncate",
    "references",
    "trigger",
    "usage",
    "execute",
    "create",
    "maintain",
];
/// What rights to new things are given for.
const DEFAULTS: [&str; 6] = ["tables", "sequences", "functions", "types", "schemas", "large objects"];

/// What rights are given to, with what SQL calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    /// A table, view or sequence; a routine with its arguments; a type or domain.
    InSchema {
        kind: &'static str,
        name: TableName,
        arguments: Option<String>,
    },
    /// A schema, language, foreign server or wrapper.
    Named {
        kind: &'static str,
        name: String,
    },
    LargeObject(u32),
    /// What a role will make, perhaps in one schema only.
    New {
        role: String,
        schema: Option<String>,
        kind: &'static str,
    },
}

/// Where rights are looked up: `relation`, `routine` …, then schema and name, without quotes. A routine's name has its
/// arguments with it, without spaces and in small letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RightsKey {
    /// What it is.
    pub class: String,
    /// Its schema, or nothing.
    pub schema: String,
    /// Its name.
    pub name: String,
}

/// A right, of a whole table or of some of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// In small letters; `all` is all of them.
    pub name: &'static str,
    /// None of a whole table.
    pub columns: Vec<String>,
}

/// One `GRANT` or `REVOKE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsChange {
    subject: Subject,
    /// Which rights.
    pub rights: Vec<Right>,
    /// Given, or taken.
    pub is_grant: bool,
    /// Whether only that they may be passed on is taken, or that is given too.
    with_option: bool,
    role: Grantee,
    /// Who gives them, where that is not the owner.
    pub grantor: Option<String>,
}

impl Toc {
    /// What an entry of rights changes, in its order. None where something of it has another form.
    pub fn rights(&self, entry: &TocEntry) -> Option<Vec<RightsChange>> {
        let words = tokens(&entry.definition, self.has_escapes())?;
        let (mut changes, mut grantor) = (Vec::new(), None);
        for statement in statements(&words) {
            let mut words = Words::new(statement);
            if words.pass("set session authorization").is_some() {
                grantor = Some(words.name().or_else(|| words.text())?);
            } else if words.pass("reset session authorization").is_some() {
                grantor = None;
            } else {
                changes.push(RightsChange { grantor: grantor.clone(), ..change(&mut words, entry)? });
            }
            if !words.is_over() {
                return None;
            }
        }
        Some(changes)
    }
}

impl RightsChange {
    /// The statement, built of names.
    pub fn sql(&self) -> String {
        let rights: Vec<String> = self.rights.iter().map(Right::sql).collect();
        let rights = rights.join(", ");
        let (before, on) = self.subject.sql();
        let to = self.role.sql();
        match (self.is_grant, self.with_option) {
            (true, false) => format!("{before}GRANT {rights} ON {on} TO {to}"),
            (true, true) => format!("{before}GRANT {rights} ON {on} TO {to} WITH GRANT OPTION"),
            (false, false) => format!("{before}REVOKE {rights} ON {on} FROM {to}"),
            (false, true) => format!("{before}REVOKE GRANT OPTION FOR {rights} ON {on} FROM {to}"),
        }
    }

    /// The roles that the server has to have for it.
    pub fn roles(&self) -> Vec<&str> {
        let maker = match &self.subject {
            Subject::New { role, .. } => Some(role.as_str()),
            Subject::InSchema { .. } | Subject::Named { .. } | Subject::LargeObject(_) => None,
        };
        [self.role.name(), self.grantor.as_deref(), maker].into_iter().flatten().collect()
    }

    /// Who gets or loses them; `PUBLIC` is everybody.
    pub fn grantee(&self) -> &str {
        self.role.name().unwrap_or("PUBLIC")
    }

    /// Whether it changes what somebody has, and not only whether they may pass it on.
    pub fn changes_rights(&self) -> bool {
        self.is_grant || !self.with_option
    }

    /// Where the server has what it is about.
    pub fn key(&self) -> RightsKey {
        self.subject.key()
    }
}

impl Right {
    fn sql(&self) -> String {
        match self.columns.as_slice() {
            [] => self.name.to_owned(),
            columns => {
                let quoted: Vec<String> = columns.iter().map(|column| quote_identifier(column)).collect();
                format!("{} ({})", self.name, quoted.join(", "))
            }
        }
    }
}

impl Subject {
    /// What stands before the statement, and what behind its `ON`.
    fn sql(&self) -> (String, String) {
        match self {
            Self::InSchema { kind, name, arguments } => {
                let name = format!("{}.{}", quote_identifier(&name.schema), quote_identifier(&name.name));
                (String::new(), format!("{kind} {name}{}", arguments.as_deref().unwrap_or_default()))
            }
            Self::Named { kind, name } => (String::new(), format!("{kind} {}", quote_identifier(name))),
            Self::LargeObject(number) => (String::new(), format!("large object {number}")),
            Self::New { role, schema, kind } => {
                let place = schema.as_ref().map(|schema| format!("IN SCHEMA {} ", quote_identifier(schema)));
                let role = quote_identifier(role);
                let before =
                    format!("ALTER DEFAULT PRIVILEGES FOR ROLE {role} {}", place.unwrap_or_default());
                (before, (*kind).to_owned())
            }
        }
    }

    fn key(&self) -> RightsKey {
        let key = |class: &str, schema: &str, name: String| RightsKey {
            class: class.to_owned(),
            schema: schema.to_owned(),
            name,
        };
        match self {
            Self::InSchema { kind, name, arguments } => {
                let class = match *kind {
                    "table" | "sequence" => "relation",
                    "type" | "domain" => "type",
                    _ => "routine",
                };
                let arguments =
                    arguments.as_deref().unwrap_or_default().replace([' ', '"'], "").to_lowercase();
                key(class, &name.schema, format!("{}{arguments}", name.name))
            }
            Self::Named { kind, name } => key(kind, "", name.clone()),
            Self::LargeObject(number) => key("large object", "", number.to_string()),
            Self::New { role, schema, kind } => {
                key(&format!("new {kind}"), schema.as_deref().unwrap_or_default(), role.clone())
            }
        }
    }
}

fn change(words: &mut Words<'_>, entry: &TocEntry) -> Option<RightsChange> {
    let mut new = None;
    if words.pass("alter default privileges for role").is_some() {
        let role = words.name()?;
        let schema = match words.pass("in schema") {
            Some(()) => Some(words.name()?),
            None => None,
        };
        new = Some((role, schema));
    }
    let is_grant = words.pass("grant").is_some();
    let mut with_option = false;
    if !is_grant {
        words.pass("revoke")?;
        with_option = words.pass("grant option for").is_some();
    }
    let rights = rights(words)?;
    words.pass("on")?;
    let subject = match new {
        Some((role, schema)) => {
            let kind = *DEFAULTS.iter().find(|kind| words.pass(kind).is_some())?;
            Subject::New { role, schema, kind }
        }
        None => subject(words, entry)?,
    };
    words.pass(if is_grant { "to" } else { "from" })?;
    // As old programs wrote a role; one of that name is in quotes.
    words.pass("group");
    let role = grantee(words)?;
    if is_grant {
        with_option = words.pass("with grant option").is_some();
    }
    Some(RightsChange { subject, rights, is_grant, with_option, role, grantor: None })
}

fn rights(words: &mut Words<'_>) -> Option<Vec<Right>> {
    let mut rights = Vec::new();
    loop {
        let Some(Token::Word(word)) = words.take() else { return None };
        let name = *RIGHTS.iter().find(|right| *right == word)?;
        // `ALL PRIVILEGES` is the same.
        words.pass("privileges");
        let columns = if words.peek() == Some(&Token::Sign('(')) { words.names()? } else { Vec::new() };
        rights.push(Right { name, columns });
        if words.sign(',').is_none() {
            return Some(rights);
        }
    }
}

fn subject(words: &mut Words<'_>, entry: &TocEntry) -> Option<Subject> {
    if words.pass("large object").is_some() {
        return words.number().map(Subject::LargeObject);
    }
    for kind in ["schema", "language", "foreign server", "foreign data wrapper"] {
        if words.pass(kind).is_some() {
            return Some(Subject::Named { kind, name: words.name()? });
        }
    }
    let kinds = ["table", "sequence", "type", "domain", "function", "procedure", "routine"];
    let kind = *kinds.iter().find(|kind| words.pass(kind).is_some())?;
    let first = words.name()?;
    let name = match words.sign('.') {
        Some(()) => TableName::new(first, words.name()?),
        None => TableName::new(entry.schema.clone().unwrap_or_default(), first),
    };
    let has_arguments = matches!(kind, "function" | "procedure" | "routine");
    let arguments = if has_arguments { Some(arguments(words)?) } else { None };
    Some(Subject::InSchema { kind, name, arguments })
}

fn add_word(text: &mut String, word: &str) {
    if !text.ends_with(['(', ',', '.']) {
        text.push(' ');
    }
    text.push_str(word);
}

/// The brackets behind a routine's name, written anew: names and types, which are words, names, numbers and a few
/// signs.
fn arguments(words: &mut Words<'_>) -> Option<String> {
    let (mut text, mut depth) = (String::new(), 0_u32);
    loop {
        match words.take()? {
            Token::Word(word) => add_word(&mut text, word),
            Token::Name(name) => add_word(&mut text, &quote_identifier(name)),
            Token::Number(number) => text.push_str(number),
            Token::Sign('(') => {
                depth += 1;
                text.push('(');
            }
            Token::Sign(')') => {
                depth = depth.checked_sub(1)?;
                text.push(')');
                if depth == 0 {
                    return Some(text);
                }
            }
            Token::Sign(sign @ (',' | '.' | '[' | ']')) if depth > 0 => text.push(*sign),
            Token::Sign(_) | Token::Text(_) => return None,
        }
        if depth == 0 {
            return None;
        }
    }
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;
