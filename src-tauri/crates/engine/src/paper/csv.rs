//! The tables of a paper as files of RFC 4180: one file for each, with a line of headings.

use super::{Block, Paper, PaperTable};

/// A table as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFile {
    /// Its name, as `drills.csv`.
    pub name: String,
    /// What it holds.
    pub text: String,
}

impl Paper {
    /// All tables, each as a file; those without rows have their headings.
    pub fn csv(&self) -> Vec<CsvFile> {
        let blocks = self.sections.iter().flat_map(|section| &section.blocks);
        let tables = blocks.filter_map(|block| match block {
            Block::Table(table) => Some(table),
            Block::Text { .. } | Block::Facts(_) | Block::Steps(_) => None,
        });
        tables.map(|table| CsvFile { name: format!("{}.csv", table.id), text: table.csv() }).collect()
    }
}

impl PaperTable {
    fn headings(&self) -> String {
        self.columns.iter().map(|column| cell(&column.name)).collect::<Vec<_>>().join(",")
    }

    fn csv(&self) -> String {
        let mut text = format!("{}\r\n", self.headings());
        for row in &self.rows {
            text.push_str(&row.iter().map(|one| cell(one)).collect::<Vec<_>>().join(","));
            text.push_str("\r\n");
        }
        text
    }
}

/// Whether a file begins with the headings of what is to take its place: only such a file is replaced.
pub(crate) fn is_table_of_ours(there: &str, new: &CsvFile) -> bool {
    there.lines().next().is_some_and(|first| new.text.lines().next() == Some(first))
}

/// A cell. What a spreadsheet would take for a formula gets an apostrophe: names come from other people. Spreadsheets
/// look past what is blank before a sign.
fn cell(text: &str) -> String {
    let is_formula =
        text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    format!("\"{}{}\"", if is_formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::super::everywhere;
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text_and_quotes_are_doubled() {
        for formula in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"] {
            assert!(cell(formula).starts_with("\"'"), "{formula:?}");
        }
        assert_eq!(cell("a \"b\",\nc"), "\"a \"\"b\"\",\nc\"");
    }

    #[test]
    fn a_table_replaces_a_file_with_its_own_headings_and_no_other() {
        let file = everywhere("x").csv().remove(0);
        assert_eq!(
            (file.name.as_str(), file.text.as_str()),
            ("table.csv", "\"x\",\"Rows\"\r\n\"x\",\"1\"\r\n")
        );
        assert!(is_table_of_ours("\"x\",\"Rows\"\r\nolder", &file));
        assert!(!is_table_of_ours("my own list", &file) && !is_table_of_ours("", &file));
    }
}
