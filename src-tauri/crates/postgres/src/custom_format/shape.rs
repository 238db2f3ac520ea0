//! The shape of a table: its columns and keys, read from the statements that make it, and made anew
//! elsewhere.
//!
//! Defaults, checks and what is generated are expressions: whoever fills a table runs them, with his rights.
//! They are left out, and named. What is taken is names, types without anything but names and numbers in
//! them, and whether a column may be empty.

use super::TocEntry;
use super::copied::column_list;
use super::tokens::{Token, Words, tokens};
use crate::target::quote_identifier;

/// Where the type of a column ends.
const AFTER_TYPE: [&str; 12] = [
    "check",
    "collate",
    "compression",
    "constraint",
    "default",
    "generated",
    "not",
    "null",
    "primary",
    "references",
    "storage",
    "unique",
];
/// Words that begin no column: quoted, each of them is a name.
const NO_COLUMN: [&str; 5] = ["check", "foreign", "like", "primary", "unique"];

/// A table that is made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    columns: Vec<Column>,
    /// What is not made, in words.
    pub left_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    /// Its type, as SQL takes it.
    kind: String,
    /// As SQL takes it.
    collation: Option<String>,
    is_required: bool,
}

impl TableShape {
    /// Reads the `CREATE TABLE` of an entry. None where it is not written as `pg_dump` writes it.
    pub fn of(entry: &TocEntry) -> Option<Self> {
        let all = tokens(&entry.definition, false)?;
        let mut words = Words::new(&all);
        words.pass("create table").or_else(|| words.pass("create unlogged table"))?;
        this_table(&mut words, entry)?;
        words.sign('(')?;
        let mut shape = Self { columns: Vec::new(), left_out: Vec::new() };
        if words.sign(')').is_some() {
            return Some(shape);
        }
        loop {
            shape.part(&mut words)?;
            // What follows the bracket says how rows are stored, or of which family the table is.
            if words.sign(')').is_some() {
                return Some(shape);
            }
            words.sign(',')?;
        }
    }

    /// Whether it has a column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known.name == column)
    }

    /// Columns that are computed of others, whose values no dump holds.
    pub fn generated(&self) -> impl Iterator<Item = &str> {
        self.left_out.iter().filter_map(|what| what.strip_prefix("the generated column "))
    }

    /// The type of a column, as `pg_dump` writes it.
    pub fn kind_of(&self, column: &str) -> Option<&str> {
        self.columns.iter().find(|known| known.name == column).map(|known| known.kind.as_str())
    }

    /// The statement that makes it in a schema.
    pub fn create(&self, schema: &str, name: &str) -> String {
        let columns: Vec<String> = self.columns.iter().map(Column::sql).collect();
        format!(
            "CREATE TABLE {}.{} ({})",
            quote_identifier(schema),
            quote_identifier(name),
            columns.join(", ")
        )
    }

    /// A column, or a constraint beside the columns.
    fn part(&mut self, words: &mut Words<'_>) -> Option<()> {
        if words.pass("constraint").is_some() {
            let name = words.name()?;
            self.left_out.push(format!("the constraint {name}"));
            return expression(words, &[]);
        }
        if matches!(words.peek(), Some(Token::Word(word)) if NO_COLUMN.contains(&word.as_str())) {
            return None;
        }
        let mut column =
            Column { name: words.name()?, kind: kind(words)?, collation: None, is_required: false };
        let mut is_generated = false;
        while !matches!(words.peek(), None | Some(Token::Sign(',' | ')'))) {
            if words.pass("not null").is_some() {
                column.is_required = true;
            } else if words.pass("collate").is_some() {
                column.collation = Some(qualified(words)?);
            } else if words.pass("constraint").is_some() {
                // Of a column that must not be empty, since PostgreSQL 18.
                words.name()?;
            } else if words.pass("default").is_some() {
                self.left_out.push(format!("the default of {}", column.name));
                expression(words, &["not", "collate", "constraint"])?;
            } else if words.pass("generated").is_some() {
                self.left_out.push(format!("the generated column {}", column.name));
                is_generated = true;
                expression(words, &["not", "collate", "constraint"])?;
            } else {
                words.pass("no inherit").or_else(|| words.pass("null"))?;
            }
        }
        if !is_generated {
            self.columns.push(column);
        }
        Some(())
    }
}

impl Column {
    fn sql(&self) -> String {
        let collation = self.collation.as_ref().map_or_else(String::new, |name| format!(" COLLATE {name}"));
        let required = if self.is_required { " NOT NULL" } else { "" };
        format!("{} {}{collation}{required}", quote_identifier(&self.name), self.kind)
    }
}

/// Passes the table that an entry is about.
fn this_table(words: &mut Words<'_>, entry: &TocEntry) -> Option<()> {
    let schema = words.name()?;
    words.sign('.')?;
    (entry.schema.as_deref() == Some(schema.as_str()) && words.name()? == entry.tag).then_some(())
}

/// A name with its schema, quoted.
fn qualified(words: &mut Words<'_>) -> Option<String> {
    let mut name = quote_identifier(&words.name()?);
    while words.sign('.').is_some() {
        name = format!("{name}.{}", quote_identifier(&words.name()?));
    }
    Some(name)
}

/// A type: names, with numbers or names in brackets, and `[]`. Bare names stay bare, since some are of
/// several words.
fn kind(words: &mut Words<'_>) -> Option<String> {
    let mut kind = String::new();
    loop {
        match words.peek() {
            Some(Token::Word(word)) if !AFTER_TYPE.contains(&word.as_str()) => {
                let is_plain =
                    |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
                if !word.bytes().all(is_plain) {
                    return None;
                }
                words.take();
                if !(kind.is_empty() || kind.ends_with('.')) {
                    kind.push(' ');
                }
                kind.push_str(word);
            }
            Some(Token::Name(name)) => {
                words.take();
                if !(kind.is_empty() || kind.ends_with('.')) {
                    return None;
                }
                kind.push_str(&quote_identifier(name));
            }
            Some(Token::Sign('.')) if !kind.is_empty() => {
                words.take();
                kind.push('.');
            }
            Some(Token::Sign('(')) if !kind.is_empty() => kind.push_str(&modifiers(words)?),
            Some(Token::Sign('[')) if !kind.is_empty() => {
                words.take();
                words.sign(']')?;
                kind.push_str("[]");
            }
            _ => return (!kind.is_empty() && !kind.ends_with('.')).then_some(kind),
        }
    }
}

/// `(10,2)`, `(Point,4326)`: nothing but numbers and names.
fn modifiers(words: &mut Words<'_>) -> Option<String> {
    words.sign('(')?;
    let mut all: Vec<String> = Vec::new();
    loop {
        all.push(match words.number::<i32>() {
            Some(number) => number.to_string(),
            None => quote_identifier(&words.name()?),
        });
        if words.sign(')').is_some() {
            return Some(format!("({})", all.join(",")));
        }
        words.sign(',')?;
    }
}

/// Passes an expression, to the bracket or the comma behind it, or to one of these words outside of brackets.
fn expression(words: &mut Words<'_>, until: &[&str]) -> Option<()> {
    let (mut depth, mut is_first) = (0_u32, true);
    loop {
        match words.peek()? {
            Token::Sign(',' | ')') if depth == 0 => return (!is_first).then_some(()),
            Token::Word(word) if depth == 0 && !is_first && until.contains(&word.as_str()) => return Some(()),
            Token::Sign('(' | '[') => depth += 1,
            Token::Sign(')' | ']') => depth = depth.checked_sub(1)?,
            _ => {}
        }
        words.take();
        is_first = false;
    }
}

/// A primary or unique key that is made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyShape {
    name: String,
    /// `PRIMARY KEY`, `UNIQUE`.
    kind: &'static str,
    columns: Vec<String>,
    included: Vec<String>,
    /// When it is checked, where that is not at once.
    checked: &'static str,
}

impl KeyShape {
    /// Reads the `ALTER TABLE … ADD CONSTRAINT` of an entry about `table`. None of any other constraint.
    pub fn of(entry: &TocEntry, table: &TocEntry) -> Option<Self> {
        let all = tokens(&entry.definition, false)?;
        let mut words = Words::new(&all);
        words.pass("alter table")?;
        words.pass("only");
        this_table(&mut words, table)?;
        words.pass("add constraint")?;
        let name = words.name()?;
        let is_primary = words.pass("primary key").is_some();
        if !is_primary {
            words.pass("unique")?;
        }
        let kind = match (is_primary, words.pass("nulls not distinct")) {
            (true, _) => "PRIMARY KEY",
            (false, None) => "UNIQUE",
            (false, Some(())) => "UNIQUE NULLS NOT DISTINCT",
        };
        let columns = words.names()?;
        let included = if words.pass("include").is_some() { words.names()? } else { Vec::new() };
        if words.pass("with").is_some() {
            // How its pages are filled.
            words.sign('(')?;
            expression_list(&mut words)?;
        }
        let checked = match (words.pass("deferrable"), words.pass("initially deferred")) {
            (None, _) => "",
            (Some(()), None) => " DEFERRABLE",
            (Some(()), Some(())) => " DEFERRABLE INITIALLY DEFERRED",
        };
        // What follows the statement is of the old table's storage and replication.
        words.sign(';')?;
        Some(Self { name, kind, columns, included, checked })
    }

    /// The statement that makes it on a table of a schema.
    pub fn add(&self, schema: &str, table: &str) -> String {
        let included = column_list(&self.included);
        let included = if included.is_empty() { included } else { format!(" INCLUDE{included}") };
        format!(
            "ALTER TABLE {}.{} ADD CONSTRAINT {} {}{}{included}{}",
            quote_identifier(schema),
            quote_identifier(table),
            quote_identifier(&self.name),
            self.kind,
            column_list(&self.columns),
            self.checked
        )
    }
}

/// Passes what is between brackets, and the last of them.
fn expression_list(words: &mut Words<'_>) -> Option<()> {
    loop {
        expression(words, &[])?;
        if words.sign(')').is_some() {
            return Some(());
        }
        words.sign(',')?;
    }
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
