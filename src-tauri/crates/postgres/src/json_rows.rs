//! Rows as `COPY` writes them as objects of JSON, one on a line.
//!
//! Numbers, truth values and JSON are written as such, digit for digit; everything else as the text that its type prints.
//! What a type is says the statement that makes the table; a type that somebody made is a text.

use memchr::memchr;
use serde::de::IgnoredAny;

use crate::copy_text::unescaped_bytes;
use crate::custom_format::{CopiedTable, TableShape};

/// A row of an archive is at most this long; a longer line is no row.
const LINE_BYTES_MAX: usize = 1 << 30;
/// A buffer that grew for one long row is given back.
const KEPT_BYTES: usize = 1 << 20;
const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "real", "double precision", "oid"];

/// Why a row cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It has more or fewer values than its table has columns.
    #[error("row {row} has {found} values, and {expected} columns")]
    Values {
        /// Which, from 1.
        row: u64,
        /// How many it has.
        found: usize,
        /// How many there are columns.
        expected: usize,
    },
    /// JSON is UTF-8.
    #[error("row {row} has a text in {column} that is not UTF-8")]
    Encoding {
        /// Which, from 1.
        row: u64,
        /// The column.
        column: String,
    },
    /// It never ends.
    #[error("row {0} is longer than any row")]
    Length(u64),
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Truth,
    Json,
    Text,
}

/// A column.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// The name and its colon, as JSON.
    key: Vec<u8>,
    kind: Kind,
}

/// Writes rows of one table as they stream by.
#[derive(Debug, Clone)]
pub struct JsonRows {
    columns: Vec<Column>,
    line: Vec<u8>,
    rows: u64,
}

impl JsonRows {
    /// Columns whose types nobody knows, so that their values are texts.
    pub fn untyped(table: &CopiedTable, shape: Option<&TableShape>) -> Vec<String> {
        let is_known = |name: &&String| shape.is_some_and(|shape| shape.kind_of(name).is_some());
        table.columns.iter().filter(|name| !is_known(name)).cloned().collect()
    }

    /// For the rows of a table; without its shape every value is a text.
    pub fn of(table: &CopiedTable, shape: Option<&TableShape>) -> Self {
        let column = |name: &String| Column {
            name: name.clone(),
            key: format!("{}:", serde_json::Value::from(name.as_str())).into_bytes(),
            kind: shape.and_then(|shape| shape.kind_of(name)).map_or(Kind::Text, kind_of),
        };
        Self { columns: table.columns.iter().map(column).collect(), line: Vec::new(), rows: 0 }
    }

    /// Takes the next bytes, cut anywhere, and appends the rows that end in them.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn push(&mut self, mut bytes: &[u8], into: &mut Vec<u8>) -> Result<(), JsonError> {
        while let Some(end) = memchr(b'\n', bytes) {
            let (piece, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            if self.line.is_empty() {
                self.row(piece, into)?;
            } else {
                self.line.extend_from_slice(piece);
                let line = std::mem::take(&mut self.line);
                self.row(&line, into)?;
            }
        }
        self.line.extend_from_slice(bytes);
        self.line.shrink_to(KEPT_BYTES.max(self.line.len()));
        if self.line.len() > LINE_BYTES_MAX { Err(JsonError::Length(self.rows + 1)) } else { Ok(()) }
    }

    fn row(&mut self, line: &[u8], into: &mut Vec<u8>) -> Result<(), JsonError> {
        self.rows += 1;
        let values: Vec<&[u8]> = if self.columns.is_empty() && line.is_empty() {
            Vec::new()
        } else {
            line.split(|byte| *byte == b'\t').collect()
        };
        if values.len() != self.columns.len() {
            let (found, expected) = (values.len(), self.columns.len());
            return Err(JsonError::Values { row: self.rows, found, expected });
        }
        into.push(b'{');
        for (at, (column, value)) in self.columns.iter().zip(values).enumerate() {
            if at > 0 {
                into.push(b',');
            }
            into.extend_from_slice(&column.key);
            if value == b"\\N" {
                into.extend_from_slice(b"null");
                continue;
            }
            let plain = unescaped_bytes(value);
            let text = std::str::from_utf8(&plain)
                .map_err(|_| JsonError::Encoding { row: self.rows, column: column.name.clone() })?;
            write(column.kind, text, into);
        }
        into.extend_from_slice(b"}\n");
        Ok(())
    }
}

/// How values of a type are written, by its name as `pg_dump` writes it.
fn kind_of(name: &str) -> Kind {
    match name {
        "boolean" => Kind::Truth,
        "json" | "jsonb" => Kind::Json,
        name if NUMBERS.contains(&name) => Kind::Number,
        "numeric" => Kind::Number,
        name if name.starts_with("numeric(") && name.ends_with(')') => Kind::Number,
        _ => Kind::Text,
    }
}

/// Writes a value as its type prints it.
pub(crate) fn write(kind: Kind, text: &str, into: &mut Vec<u8>) {
    match kind {
        // Not a number, and without an end, are numbers of Postgres and none of JSON.
        Kind::Number if is_number(text) => into.extend_from_slice(text.as_bytes()),
        Kind::Truth if text == "t" => into.extend_from_slice(b"true"),
        Kind::Truth if text == "f" => into.extend_from_slice(b"false"),
        // A raw line break is between its values, never in one.
        Kind::Json if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            into.extend(text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
        }
        // Into memory, which takes everything.
        _ => drop(serde_json::to_writer(&mut *into, text)),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let starts = digits.first().is_some_and(u8::is_ascii_digit);
    let is_zero_led = digits.first() == Some(&b'0') && digits.get(1).is_some_and(u8::is_ascii_digit);
    let ends = digits.last().is_some_and(u8::is_ascii_digit);
    starts && ends && !is_zero_led && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custom_format::TableName;
    use proptest::prelude::*;

    fn rows(kinds: &[(&str, Kind)]) -> JsonRows {
        let column = |(name, kind): &(&str, Kind)| Column {
            name: (*name).to_owned(),
            key: format!("{}:", serde_json::Value::from(*name)).into_bytes(),
            kind: *kind,
        };
        JsonRows { columns: kinds.iter().map(column).collect(), line: Vec::new(), rows: 0 }
    }

    fn written(mut rows: JsonRows, text: &[u8]) -> Result<String, JsonError> {
        let mut into = Vec::new();
        rows.push(text, &mut into)?;
        Ok(String::from_utf8(into).unwrap())
    }

    #[test]
    fn numbers_truth_and_json_are_written_as_such_and_digits_are_kept() {
        let all = [("n", Kind::Number), ("b", Kind::Truth), ("j", Kind::Json), ("t\"", Kind::Text)];
        let text = b"12345678901234567890.1000\tt\t{\"a\":\\n1.10}\ta\\tb\\\\\nNaN\tf\t{\t\\N\n";
        assert_eq!(
            written(rows(&all), text).unwrap(),
            "{\"n\":12345678901234567890.1000,\"b\":true,\"j\":{\"a\": 1.10},\"t\\\"\":\"a\\tb\\\\\"}\n\
             {\"n\":\"NaN\",\"b\":false,\"j\":\"{\",\"t\\\"\":null}\n"
        );
    }

    #[test]
    fn a_value_is_written_as_json_whatever_is_in_it() {
        let value = |kind, text| {
            let mut into = Vec::new();
            write(kind, text, &mut into);
            String::from_utf8(into).unwrap()
        };
        assert_eq!(value(Kind::Number, "1.50"), "1.50");
        assert_eq!(value(Kind::Number, "NaN"), "\"NaN\"");
        assert_eq!(value(Kind::Number, "-Infinity"), "\"-Infinity\"");
        assert_eq!(value(Kind::Truth, "t"), "true");
        assert_eq!(value(Kind::Json, "{\"a\":\n 1}"), "{\"a\":  1}");
        assert_eq!(value(Kind::Text, "a\"b\nc"), "\"a\\\"b\\nc\"");
    }

    #[test]
    fn a_number_is_nothing_but_its_digits() {
        for number in ["0", "-1", "1.50", "1e300", "-0.0"] {
            assert!(is_number(number), "{number}");
        }
        for other in ["", "-", "1\n", "1 ", "01", "+1", "NaN", "Infinity", ".5", "5.", "1,5"] {
            assert!(!is_number(other), "{other:?}");
        }
    }

    #[test]
    fn escapes_of_every_kind_are_the_bytes_that_they_stand_for() {
        let text = [("t", Kind::Text)];
        assert_eq!(written(rows(&text), b"\\x41\\102\\v\\c\n").unwrap(), "{\"t\":\"AB\\u000bc\"}\n");
    }

    #[test]
    fn types_are_told_by_their_names_and_one_that_somebody_made_is_a_text() {
        for (name, kind) in [
            ("bigint", Kind::Number),
            ("numeric(10,2)", Kind::Number),
            ("jsonb", Kind::Json),
            ("boolean", Kind::Truth),
            ("integer[]", Kind::Text),
            ("public.numeric", Kind::Text),
            ("timestamp with time zone", Kind::Text),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }

    #[test]
    fn a_row_that_is_none_is_named() {
        let two = [("a", Kind::Text), ("b", Kind::Text)];
        assert_eq!(
            written(rows(&two), b"1\t2\n1\n"),
            Err(JsonError::Values { row: 2, found: 1, expected: 2 })
        );
        let refused = written(rows(&two), b"\xff\t2\n");
        assert_eq!(refused, Err(JsonError::Encoding { row: 1, column: "a".into() }));
        let none = CopiedTable { table: TableName::new("public", "t"), columns: Vec::new() };
        assert_eq!(written(JsonRows::of(&none, None), b"\n\n").unwrap(), "{}\n{}\n");
    }

    proptest! {
        #[test]
        fn whatever_a_row_holds_each_line_is_json(
            values in prop::collection::vec("\\PC{0,12}", 4),
            cut in 1_usize..9,
        ) {
            let escape = |text: &String| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
            let line = format!("{}\n", values.iter().map(escape).collect::<Vec<_>>().join("\t"));
            let kinds = [("a", Kind::Number), ("b", Kind::Truth), ("c", Kind::Json), ("d", Kind::Text)];
            let (mut rows, mut into) = (rows(&kinds), Vec::new());
            for piece in line.as_bytes().chunks(cut) {
                rows.push(piece, &mut into).unwrap();
            }
            let text = String::from_utf8(into).unwrap();
            prop_assert_eq!(text.matches('\n').count(), 1);
            let object: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(object["d"].as_str(), Some(values[3].as_str()));
        }
    }
}
