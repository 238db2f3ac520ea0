//! What an archive says of rows: the table and the columns of its `COPY`, and where it sets a sequence.
//!
//! Only names and numbers are taken of it. The statements that load and read are built of them.

use super::names::{TableName, table};
use super::tokens::{Token, Words, tokens};
use super::{Toc, TocEntry};
use crate::target::quote_identifier;

/// How the entry of a partition begins whose rows go in through its root.
const VIA_ROOT: &str = "-- load via partition root";

/// The table and the columns of rows as they lie in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// The table that the statement names: of a partition it may be the root.
    pub table: TableName,
    /// The columns, in the order of the values of a row. None where a table has none.
    pub columns: Vec<String>,
}

impl CopiedTable {
    /// Reads `COPY schema.table (a, b) FROM stdin;` of an entry. None where it has another form, names another
    /// table than the entry, or there is none.
    pub fn of(entry: &TocEntry) -> Option<Self> {
        let all = tokens(entry.copy.as_deref()?, false)?;
        let mut words = Words::new(&all);
        words.pass("copy")?;
        let first = words.name()?;
        let table = match words.sign('.') {
            Some(()) => TableName::new(first, words.name()?),
            // As programs before PostgreSQL 10.3 wrote it.
            None => TableName::new(entry.schema.clone().unwrap_or_default(), first),
        };
        let columns = if words.peek() == Some(&Token::Sign('(')) { words.names()? } else { Vec::new() };
        words.pass("from stdin")?;
        words.sign(';')?;
        let is_own = table.name == entry.tag && table.schema == entry.schema.as_deref().unwrap_or_default();
        // Rows of a partition may go in through its root, which the entry says then. Any other table is not what is
        // emptied before, counted, and shown to whoever restores.
        (words.is_over() && (is_own || entry.definition.starts_with(VIA_ROOT)))
            .then_some(Self { table, columns })
    }

    /// The statement that takes rows, without its options.
    pub fn from_stdin(&self) -> String {
        format!("COPY {}{} FROM stdin", quoted(&self.table), column_list(&self.columns))
    }

    /// The statement that gives the rows of the same columns in the same order.
    pub fn to_stdout(&self) -> String {
        format!("COPY {}{} TO stdout", quoted(&self.table), column_list(&self.columns))
    }

    /// The same for the rows of which a condition (`WHERE …`) holds: the server's own, of an extension.
    pub fn some_to_stdout(&self, condition: &str) -> String {
        let columns: Vec<String> = self.columns.iter().map(|name| quote_identifier(name)).collect();
        let columns = if columns.is_empty() { "*".to_owned() } else { columns.join(", ") };
        format!("COPY (SELECT {columns} FROM {} {condition}) TO stdout", quoted(&self.table))
    }
}

/// ` ("a", "b")`; nothing of a table without columns.
pub fn column_list(columns: &[String]) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let quoted: Vec<String> = columns.iter().map(|name| quote_identifier(name)).collect();
    format!(" ({})", quoted.join(", "))
}

/// A table as SQL takes it; one without a schema has none to name.
fn quoted(of: &TableName) -> String {
    if of.schema.is_empty() {
        return quote_identifier(&of.name);
    }
    format!("{}.{}", quote_identifier(&of.schema), quote_identifier(&of.name))
}

/// Where an archive sets a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceSet {
    /// The sequence.
    pub sequence: TableName,
    /// Its last value.
    pub last: i64,
    /// Whether that was given out already.
    pub is_called: bool,
}

impl SequenceSet {
    /// Reads `SELECT pg_catalog.setval('public.t_id_seq', 500, true);`. None where it has another form, or names
    /// another sequence than the entry.
    fn of(entry: &TocEntry, has_escapes: bool) -> Option<Self> {
        let all = tokens(&entry.definition, has_escapes)?;
        let mut words = Words::new(&all);
        words.pass("select pg_catalog")?;
        words.sign('.')?;
        words.pass("setval")?;
        words.sign('(')?;
        let name = words.text()?;
        let (sequence, rest) = table(&name, entry.schema.as_deref().unwrap_or_default())?;
        words.sign(',')?;
        let last = words.number()?;
        words.sign(',')?;
        let is_called = words.pass("true").is_some();
        if !is_called {
            words.pass("false")?;
        }
        words.sign(')')?;
        words.sign(';')?;
        let is_own =
            sequence.name == entry.tag && sequence.schema == entry.schema.as_deref().unwrap_or_default();
        (is_own && rest.is_empty() && words.is_over()).then_some(Self { sequence, last, is_called })
    }

    /// Its name as SQL takes it.
    pub fn quoted(&self) -> String {
        quoted(&self.sequence)
    }

    /// The statement that sets it, for a session in the state of `like_the_dump`: there a backslash is
    /// nothing but itself, also where the dump's encoding has it in letters.
    pub fn sql(&self) -> String {
        let name = self.quoted().replace('\'', "''");
        format!(
            "SELECT pg_catalog.setval('{name}'::pg_catalog.regclass, {}, {});\n",
            self.last, self.is_called
        )
    }
}

impl Toc {
    /// Where the archive sets its sequences.
    ///
    /// # Errors
    /// The sequence whose statement is not understood.
    pub fn sequences(&self) -> Result<Vec<SequenceSet>, TableName> {
        let has_escapes = self.has_escapes();
        let entries = self.entries.iter().filter(|entry| entry.kind == "SEQUENCE SET");
        entries
            .map(|entry| {
                SequenceSet::of(entry, has_escapes)
                    .ok_or_else(|| TableName::new(entry.schema.clone().unwrap_or_default(), &entry.tag))
            })
            .collect()
    }

    /// Whether texts of the archive have their backslashes doubled: the server that it is of was set so.
    pub fn has_escapes(&self) -> bool {
        let of = self.entries.iter().find(|entry| entry.kind == "STDSTRINGS");
        of.is_some_and(|entry| entry.definition.contains("'off'"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Header, Section};
    use super::*;

    fn entry(kind: &str, definition: &str, copy: &str) -> TocEntry {
        TocEntry {
            dump_id: 1,
            section: Section::Data,
            has_data: true,
            tag: "t".into(),
            kind: kind.into(),
            definition: definition.into(),
            copy: Some(copy.to_owned()).filter(|copy| !copy.is_empty()),
            schema: Some("public".into()),
            owner: None,
            dependencies: Vec::new(),
            object: (0, 0),
        }
    }

    fn copied_of(tag: &str, copy: &str) -> Option<CopiedTable> {
        CopiedTable::of(&TocEntry { tag: tag.into(), ..entry("TABLE DATA", "", copy) })
    }

    fn copied(copy: &str) -> Option<CopiedTable> {
        copied_of("t", copy)
    }

    fn sequences((schema, tag): (&str, &str), statement: &str) -> Result<Vec<SequenceSet>, TableName> {
        let header = Header {
            version: (1, 14, 0),
            int_bytes: 4,
            is_compressed: false,
            database: None,
            server_version: None,
            tool_version: None,
        };
        let entry = entry("SEQUENCE SET", statement, "");
        let entries = vec![TocEntry { schema: Some(schema.into()), tag: tag.into(), ..entry }];
        Toc { header, entries, prefix_bytes: 0 }.sequences()
    }

    #[test]
    fn table_and_columns_are_read_and_each_is_quoted_anew() {
        let found = copied_of(
            "a FROM stdin;",
            "COPY public.\"a FROM stdin;\" (id, \"A, \"\"b\"\" (c)\") FROM stdin;\n",
        )
        .unwrap();
        assert_eq!(found.columns, ["id", "A, \"b\" (c)"]);
        let list = "\"public\".\"a FROM stdin;\" (\"id\", \"A, \"\"b\"\" (c)\")";
        assert_eq!(found.from_stdin(), format!("COPY {list} FROM stdin"));
        assert_eq!(found.to_stdout(), format!("COPY {list} TO stdout"));
        assert_eq!(
            found.some_to_stdout("where not is_std"),
            "COPY (SELECT \"id\", \"A, \"\"b\"\" (c)\" FROM \"public\".\"a FROM stdin;\" where not is_std) TO stdout"
        );
        assert_eq!(
            copied_of("empty", "COPY public.empty  FROM stdin;\n").unwrap().to_stdout(),
            "COPY \"public\".\"empty\" TO stdout"
        );
        assert_eq!(
            copied_of("old", "COPY old (id) FROM stdin;").unwrap().table,
            TableName::new("public", "old")
        );
    }

    #[test]
    fn what_is_no_copy_of_rows_alone_is_not_understood() {
        for text in [
            "COPY public.t (id) TO PROGRAM 'touch /tmp/x' --FROM stdin;\n",
            "COPY public.t (id) FROM PROGRAM 'x';",
            "COPY (SELECT evil()) TO stdout;",
            "COPY public.t (id) FROM stdin; DROP TABLE x;",
            "COPY public.t (id, evil()) FROM stdin;",
            "COPY public.t (id) WITH OIDS FROM stdin;",
            "COPY public.t () FROM stdin;",
            "COPY public.other (id) FROM stdin;",
            "COPY other.t (id) FROM stdin;",
            "COPY public.t (id FROM stdin;",
            "DROP TABLE public.t;",
            "",
        ] {
            assert_eq!(copied(text), None, "{text}");
        }
    }

    #[test]
    fn rows_go_into_another_table_only_where_that_is_the_root_of_a_partition() {
        let root = entry(
            "TABLE DATA",
            "-- load via partition root public.parted",
            "COPY public.parted (id) FROM stdin;",
        );
        assert_eq!(CopiedTable::of(&root).unwrap().table, TableName::new("public", "parted"));
        assert_eq!(CopiedTable::of(&TocEntry { definition: String::new(), ..root }), None);
    }

    #[test]
    fn encodings_in_which_a_backslash_may_be_half_a_letter_are_told() {
        let is_plain = |name: &str| {
            let header = Header {
                version: (1, 14, 0),
                int_bytes: 4,
                is_compressed: false,
                database: None,
                server_version: None,
                tool_version: None,
            };
            let entries = vec![entry("ENCODING", &format!("SET client_encoding = '{name}';\n"), "")];
            Toc { header, entries, prefix_bytes: 0 }.has_plain_encoding()
        };
        for plain in ["UTF8", "SQL_ASCII", "LATIN1", "WIN1252", "EUC_JP", "KOI8R"] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in
            ["SJIS", "windows932", "BIG5", "GBK", "UHC", "GB18030", "JOHAB", "SHIFT_JIS_2004", "win936"]
        {
            assert!(!is_plain(other), "{other}");
        }
    }

    #[test]
    fn a_sequence_is_set_by_its_name_and_numbers_alone() {
        let named = |name, text: &str| sequences(name, text).map(|found| found[0].clone());
        let of = |text: &str| named(("public", "t"), text);
        let found =
            named(("public", "t_id_seq"), "SELECT pg_catalog.setval('public.t_id_seq', 500, true);\n\n\n");
        let found = found.unwrap();
        assert_eq!(
            (found.sequence.to_string().as_str(), found.last, found.is_called),
            ("public.t_id_seq", 500, true)
        );
        let odd = "SELECT pg_catalog.setval('\"a b\".\"it''s, ''odd''\"', -7, false);";
        let found = named(("a b", "it's, 'odd'"), odd).unwrap();
        assert_eq!((found.quoted().as_str(), found.last), ("\"a b\".\"it's, 'odd'\"", -7));
        assert_eq!(
            found.sql(),
            "SELECT pg_catalog.setval('\"a b\".\"it''s, ''odd''\"'::pg_catalog.regclass, -7, false);\n"
        );
        for text in [
            "SELECT 1",
            "SELECT pg_catalog.setval('public.other', 1, true);",
            "SELECT pg_catalog.setval('public.t; drop table x', 1, true);",
            "SELECT pg_catalog.setval((SELECT evil())::text, 1, true);",
            "SELECT pg_catalog.setval('public.t', 1, true); DROP TABLE x;",
            "SELECT evil.setval('public.t', 1, true);",
        ] {
            assert_eq!(of(text), Err(TableName::new("public", "t")), "{text}");
        }
    }
}
