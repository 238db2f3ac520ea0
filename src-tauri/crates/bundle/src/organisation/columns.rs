//! Rows, and the types that the values of a column have in common.

use std::collections::HashMap;

use super::json::quoted;

/// What Postgres allows.
const COLUMNS_MAX: usize = 1600;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// None.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as it stands there.
    Number(String),
    /// A text.
    Text(String),
    /// An array or object, as text.
    Json(String),
}

/// A row, its columns in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Columns with their values.
    pub cells: Vec<(String, Cell)>,
}

/// A type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// `uuid`.
    Uuid,
    /// `timestamp with time zone`.
    TimestampTz,
    /// `timestamp without time zone`.
    Timestamp,
    /// `date`.
    Date,
    /// `boolean`.
    Boolean,
    /// `bigint`.
    BigInt,
    /// `numeric`.
    Numeric,
    /// `jsonb`.
    Jsonb,
    /// `text`.
    Text,
}

impl ColumnKind {
    /// As SQL names it.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::TimestampTz => "timestamptz",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
            Self::Boolean => "boolean",
            Self::BigInt => "bigint",
            Self::Numeric => "numeric",
            Self::Jsonb => "jsonb",
            Self::Text => "text",
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// The type that takes all its values without changing one.
    pub kind: ColumnKind,
    /// Some row has no value there.
    pub is_nullable: bool,
}

impl Row {
    /// The row as a JSON object on one line, its numbers as they were: for
    /// `jsonb_populate_record(null::the_table, …)`, which gives each column the type that the table has,
    /// arrays and enumerations among them.
    pub fn to_json(&self) -> String {
        let mut text = String::from("{");
        for (at, (name, cell)) in self.cells.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            text.push_str(&quoted(name));
            text.push(':');
            match cell {
                Cell::Null => text.push_str("null"),
                Cell::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
                Cell::Number(value) | Cell::Json(value) => text.push_str(value),
                Cell::Text(value) => text.push_str(&quoted(value)),
            }
        }
        text.push('}');
        text
    }

    /// The row as a line of COPY's text format, its newline included, for a table of these columns.
    pub fn copy_line(&self, columns: &[Column]) -> String {
        let values: HashMap<&str, &Cell> = self.cells.iter().map(|(name, cell)| (&**name, cell)).collect();
        let mut line = String::new();
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                line.push('\t');
            }
            match values.get(column.name.as_str()) {
                None | Some(Cell::Null) => line.push_str("\\N"),
                Some(Cell::Bool(value)) if column.kind == ColumnKind::Boolean => {
                    line.push(if *value { 't' } else { 'f' });
                }
                Some(Cell::Bool(value)) => line.push_str(if *value { "true" } else { "false" }),
                Some(Cell::Number(value)) => line.push_str(value),
                Some(Cell::Text(value)) if column.kind == ColumnKind::Jsonb => {
                    escape(&quoted(value), &mut line);
                }
                Some(Cell::Text(value) | Cell::Json(value)) => escape(value, &mut line),
            }
        }
        line.push('\n');
        line
    }
}

fn escape(text: &str, into: &mut String) {
    for letter in text.chars() {
        match letter {
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            _ => into.push(letter),
        }
    }
}

/// What the values of the columns have in common so far.
#[derive(Debug, Default)]
pub(super) struct Columns {
    order: Vec<Seen>,
    places: HashMap<String, usize>,
}

#[derive(Debug)]
struct Seen {
    name: String,
    values: u64,
    /// A document was among the values: nothing but `jsonb` takes it.
    has_json: bool,
    /// The type of all values so far.
    kind: Option<ColumnKind>,
}

impl Columns {
    pub(super) fn add(&mut self, row: &Row) -> Result<(), &'static str> {
        for (name, cell) in &row.cells {
            let at = match self.places.get(name) {
                Some(at) => *at,
                None if self.order.len() >= COLUMNS_MAX => {
                    return Err("a table has more columns than Postgres takes");
                }
                None => {
                    self.places.insert(name.clone(), self.order.len());
                    self.order.push(Seen { name: name.clone(), values: 0, has_json: false, kind: None });
                    self.order.len() - 1
                }
            };
            let seen = &mut self.order[at];
            let Some(kind) = of_cell(cell) else { continue };
            seen.values += 1;
            seen.has_json |= matches!(cell, Cell::Json(_));
            seen.kind = Some(seen.kind.map_or(kind, |before| common(before, kind)));
        }
        Ok(())
    }

    pub(super) fn finish(self, rows: u64) -> Vec<Column> {
        let column = |seen: Seen| Column {
            kind: if seen.has_json { ColumnKind::Jsonb } else { seen.kind.unwrap_or(ColumnKind::Text) },
            is_nullable: seen.values < rows,
            name: seen.name,
        };
        self.order.into_iter().map(column).collect()
    }
}

/// A type that takes both.
fn common(one: ColumnKind, other: ColumnKind) -> ColumnKind {
    use ColumnKind::{BigInt, Numeric, Text};
    match (one, other) {
        _ if one == other => one,
        (BigInt, Numeric) | (Numeric, BigInt) => Numeric,
        _ => Text,
    }
}

fn of_cell(cell: &Cell) -> Option<ColumnKind> {
    match cell {
        Cell::Null => None,
        Cell::Bool(_) => Some(ColumnKind::Boolean),
        Cell::Number(text) if text.parse::<i64>().is_ok() && text != "-0" => Some(ColumnKind::BigInt),
        Cell::Number(_) => Some(ColumnKind::Numeric),
        Cell::Json(_) => Some(ColumnKind::Jsonb),
        Cell::Text(text) => Some(of_text(text)),
    }
}

/// Only what Postgres writes back in the same way is more than a text.
fn of_text(text: &str) -> ColumnKind {
    if text.len() == 36 && uuid::Uuid::parse_str(text).is_ok_and(|id| id.hyphenated().to_string() == text) {
        return ColumnKind::Uuid;
    }
    if text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok() {
        return ColumnKind::Date;
    }
    let Some((date, time)) = text.split_once('T').filter(|(date, _)| date.len() == 10) else {
        return ColumnKind::Text;
    };
    let zone = time.find(['Z', '+', '-']);
    let plain = &time[..zone.unwrap_or(time.len())];
    let is_zone = zone.is_some_and(|at| {
        let zone = &time[at..];
        zone == "Z"
            || zone.len() == 6
                && zone.as_bytes()[3] == b':'
                && zone[1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
    });
    let is_time = plain.len() >= 8 && plain.parse::<jiff::civil::Time>().is_ok() && !plain.starts_with("24");
    if date.parse::<jiff::civil::Date>().is_err() || !is_time || plain.len() > 15 {
        return ColumnKind::Text;
    }
    match zone {
        Some(_) if is_zone => ColumnKind::TimestampTz,
        Some(_) => ColumnKind::Text,
        None => ColumnKind::Timestamp,
    }
}
