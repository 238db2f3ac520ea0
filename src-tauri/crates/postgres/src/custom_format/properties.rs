//! What an archive says of the database itself: its settings, limits, comment and rights.
//!
//! `pg_restore` gives them to a database only where it makes that under the original's name. A restore under
//! another name reads them here into the few forms that `pg_dump` writes, and builds each statement anew of
//! the names and values in it. What has another form is named, and never run: the text of an archive may say
//! anything.
//! Source: PostgreSQL, `pg_dump.c`, `dumpDatabase`; `dumputils.c`, `makeAlterConfigCommand`,
//! `buildACLCommands`.

use super::tokens::{Token, Words, statements, tokens};
use super::{Toc, TocEntry};
use crate::stored_setting::StoredSetting;
use crate::target::{quote_identifier, quote_literal};

/// Rights to a database.
const RIGHTS: [&str; 5] = ["all", "connect", "create", "temp", "temporary"];
/// Words that stand for a role without naming it.
const NO_NAMES: [&str; 4] = ["all", "current_role", "current_user", "session_user"];
/// Of what is not carried over, so much is shown.
const LETTERS_SHOWN_MAX: usize = 60;

/// A statement about the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyStatement {
    /// `OWNER`, `COMMENT`, `ACL`, `DATABASE PROPERTIES`.
    pub kind: String,
    /// The statement, built of names and values.
    pub sql: String,
}

/// Something that belongs to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Property {
    Owner(String),
    /// A setting, of one role or of all.
    Setting {
        role: Option<String>,
        setting: StoredSetting,
    },
    ConnectionLimit(i32),
    Template(bool),
    Comment(String),
    Granted {
        rights: Vec<&'static str>,
        to: Grantee,
        may_pass_on: bool,
    },
    Revoked {
        rights: Vec<&'static str>,
        from: Grantee,
    },
}

/// To whom something is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grantee {
    Everybody,
    Role(String),
}

impl Toc {
    /// The statements that make a database called `name` like the original, one by one.
    ///
    /// Beside them what is not carried over, in words: its form is not one that is understood.
    pub fn database_statements(&self, name: &str) -> (Vec<PropertyStatement>, Vec<String>) {
        let Some(database) = self.entries.iter().find(|entry| entry.kind == "DATABASE") else {
            return (Vec::new(), Vec::new());
        };
        let (mut built, mut left_out) = (Vec::new(), Vec::new());
        if let Some(owner) = &database.owner {
            let sql = Property::Owner(owner.clone()).sql(name);
            built.push(PropertyStatement { kind: "OWNER".to_owned(), sql });
        }
        for entry in self.entries.iter().filter(|entry| is_about(entry, &database.tag)) {
            if entry.kind == "SECURITY LABEL" {
                left_out.push("its security label".to_owned());
                continue;
            }
            let Some(words) = tokens(&entry.definition, self.has_escapes()) else {
                left_out.push(format!("«{}»", shortened(&entry.definition)));
                continue;
            };
            for statement in statements(&words) {
                match read(statement, &database.tag) {
                    Some(property) => {
                        let sql = property.sql(name);
                        built.push(PropertyStatement { kind: entry.kind.clone(), sql });
                    }
                    None => left_out.push(format!("«{}»", shortened(&shown(statement)))),
                }
            }
        }
        (built, left_out)
    }
}

/// Whether an entry is about the database.
fn is_about(entry: &TocEntry, database: &str) -> bool {
    match entry.kind.as_str() {
        "DATABASE PROPERTIES" => true,
        "COMMENT" | "ACL" | "SECURITY LABEL" => {
            let of = entry.tag.strip_prefix("DATABASE ");
            of.is_some_and(|of| of == database || of == quote_identifier(database))
        }
        _ => false,
    }
}

/// A statement of one of the known forms, about this database and no other.
fn read(statement: &[Token], database: &str) -> Option<Property> {
    let mut words = Words::new(statement);
    let words = &mut words;
    let property = if words.pass("alter database").is_some() {
        about(words, database)?;
        altered(words)?
    } else if words.pass("alter role").is_some() {
        let Grantee::Role(role) = grantee(words)? else { return None };
        words.pass("in database")?;
        about(words, database)?;
        words.pass("set")?;
        Property::Setting { role: Some(role), setting: setting(words)? }
    } else if words.pass("comment on database").is_some() {
        about(words, database)?;
        words.pass("is")?;
        Property::Comment(words.text()?)
    } else if words.pass("grant").is_some() {
        let rights = rights(words)?;
        words.pass("on database")?;
        about(words, database)?;
        words.pass("to")?;
        let to = grantee(words)?;
        Property::Granted { rights, to, may_pass_on: words.pass("with grant option").is_some() }
    } else {
        words.pass("revoke")?;
        let rights = rights(words)?;
        words.pass("on database")?;
        about(words, database)?;
        words.pass("from")?;
        Property::Revoked { rights, from: grantee(words)? }
    };
    words.is_over().then_some(property)
}

/// Passes the name of the database.
fn about(words: &mut Words<'_>, database: &str) -> Option<()> {
    (words.name()? == database).then_some(())
}

fn altered(words: &mut Words<'_>) -> Option<Property> {
    if words.pass("connection limit").is_some() {
        words.sign('=');
        return words.number().map(Property::ConnectionLimit);
    }
    if words.pass("is_template").is_some() {
        words.sign('=');
        let is_template = words.pass("true").is_some();
        return (is_template || words.pass("false").is_some()).then_some(Property::Template(is_template));
    }
    words.pass("set")?;
    Some(Property::Setting { role: None, setting: setting(words)? })
}

/// `name TO value, value`. A list is written by its elements.
fn setting(words: &mut Words<'_>) -> Option<StoredSetting> {
    let mut name = words.name()?;
    while words.sign('.').is_some() {
        name = format!("{name}.{}", words.name()?);
    }
    words.pass("to").or_else(|| words.sign('='))?;
    let mut values = vec![value(words)?];
    while words.sign(',').is_some() {
        values.push(value(words)?);
    }
    Some(StoredSetting { name, values })
}

fn value(words: &mut Words<'_>) -> Option<String> {
    if let Some(text) = words.text() {
        return Some(text);
    }
    let sign = if words.sign('-').is_some() { "-" } else { "" };
    match words.take()? {
        Token::Number(number) => Some(format!("{sign}{number}")),
        // `DEFAULT` is no value but the wish for none.
        Token::Word(word) if sign.is_empty() && word != "default" => Some(word.clone()),
        Token::Word(_) | Token::Name(_) | Token::Text(_) | Token::Sign(_) => None,
    }
}

fn rights(words: &mut Words<'_>) -> Option<Vec<&'static str>> {
    let mut rights = Vec::new();
    loop {
        let Some(Token::Word(word)) = words.take() else { return None };
        rights.push(*RIGHTS.iter().find(|right| *right == word)?);
        if words.sign(',').is_none() {
            return Some(rights);
        }
    }
}

pub(super) fn grantee(words: &mut Words<'_>) -> Option<Grantee> {
    match words.peek()? {
        Token::Word(word) if word == "public" => {
            words.take();
            Some(Grantee::Everybody)
        }
        Token::Word(word) if NO_NAMES.contains(&word.as_str()) => None,
        _ => words.name().map(Grantee::Role),
    }
}

impl Property {
    fn sql(&self, database: &str) -> String {
        let database = quote_identifier(database);
        match self {
            Self::Owner(owner) => format!("ALTER DATABASE {database} OWNER TO {}", quote_identifier(owner)),
            Self::Setting { role: None, setting } => {
                format!("ALTER DATABASE {database} {}", setting.assignment())
            }
            Self::Setting { role: Some(role), setting } => {
                format!(
                    "ALTER ROLE {} IN DATABASE {database} {}",
                    quote_identifier(role),
                    setting.assignment()
                )
            }
            Self::ConnectionLimit(limit) => format!("ALTER DATABASE {database} CONNECTION LIMIT {limit}"),
            Self::Template(is_template) => format!("ALTER DATABASE {database} IS_TEMPLATE {is_template}"),
            Self::Comment(comment) => format!("COMMENT ON DATABASE {database} IS {}", quote_literal(comment)),
            Self::Granted { rights, to, may_pass_on } => {
                let option = if *may_pass_on { " WITH GRANT OPTION" } else { "" };
                format!("GRANT {} ON DATABASE {database} TO {}{option}", rights.join(", "), to.sql())
            }
            Self::Revoked { rights, from } => {
                format!("REVOKE {} ON DATABASE {database} FROM {}", rights.join(", "), from.sql())
            }
        }
    }
}

impl Grantee {
    /// The role, where it is one.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Everybody => None,
            Self::Role(role) => Some(role),
        }
    }

    pub(super) fn sql(&self) -> String {
        match self {
            Self::Everybody => "PUBLIC".to_owned(),
            Self::Role(role) => quote_identifier(role),
        }
    }
}

/// A statement as a person reads it; nobody runs this.
fn shown(statement: &[Token]) -> String {
    let words = statement.iter().map(|token| match token {
        Token::Word(text) | Token::Name(text) | Token::Number(text) => text.clone(),
        Token::Text(text) => format!("'{text}'"),
        Token::Sign(sign) => sign.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// One line of no more than can be looked at.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LETTERS_SHOWN_MAX) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

#[cfg(test)]
#[path = "properties_tests.rs"]
mod tests;
