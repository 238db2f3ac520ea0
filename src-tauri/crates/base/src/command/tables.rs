//! Which rows of a database, and which parts of a project, backups take.

use super::line::Line;

/// Tables whose rows are taken, and tables whose rows are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableChoice {
    /// Only these; none means all.
    pub only: Vec<String>,
    /// None of these.
    pub without_rows: Vec<String>,
}

impl TableChoice {
    pub(super) fn on(&self, line: Line, only: &str) -> Line {
        let line = self.only.iter().fold(line, |line, table| line.option(only, table));
        self.without_rows.iter().fold(line, |line, table| line.option("without-rows", table))
    }
}

pub(super) fn parts_line(project: &str, without: &[String], with: &[String]) -> Line {
    let line = Line::of("project coverage").argument(project);
    let line = without.iter().fold(line, |line, part| line.option("without", part));
    with.iter().fold(line, |line, part| line.option("with", part))
}
