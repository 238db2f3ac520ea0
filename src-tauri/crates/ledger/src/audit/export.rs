//! The chain as a file: JSON Lines with everything that is hashed, or CSV for a spreadsheet.

use std::io::{BufRead as _, BufReader, Write as _};

use camino::Utf8Path;

use super::{Act, AuditError, Details, Entry, Fact, Recorder, Subject};
use crate::catalog::audit as rows;
use base::disk::PrivateFile;

/// Entries that are read at a time.
const PAGE: u32 = 2000;
const COLUMNS: &str =
    "seq,time,who,host,origin,process,act,subject_kind,subject_id,subject_name,details,prev,hash";
/// The longest beginning of a file that is looked at.
const LOOK_BYTES: u64 = 4096;

/// Forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON object per line; can be verified by other programs.
    JsonLines,
    /// For a spreadsheet.
    Csv,
}

impl Recorder {
    /// Writes all entries, oldest first, to a file that only its owner can read; yields how many. The path is absolute.
    ///
    /// # Errors
    /// `file_exists` where a file is that is no export, `write_failed`, `audit_unreadable`, `audit_failed`.
    pub async fn export(&self, path: &Utf8Path, format: ExportFormat) -> Result<u64, AuditError> {
        if path.exists() && !is_export(path) {
            return Err(AuditError::FileExists { path: path.to_owned() });
        }
        let details = Details::none().with("file", Fact::Path(path));
        self.record(Act::AuditExported, &Subject::profile(), details).await?;
        let io = |source| AuditError::Export { path: path.to_owned(), source };
        let mut file = PrivateFile::begin(path).map_err(io)?;
        if format == ExportFormat::Csv {
            write!(file, "{COLUMNS}\r\n").map_err(io)?;
        }
        let unreadable = |source| AuditError::Read { source };
        let mut view = self.catalog().view_audit().await.map_err(unreadable)?;
        let (mut after, mut written) = (i64::MIN, 0);
        loop {
            let page = rows::after(&mut view, after, PAGE).await.map_err(unreadable)?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            written += page.len() as u64;
            let text: String = page.iter().map(|entry| line(entry, format)).collect();
            file.write_all(text.as_bytes()).map_err(io)?;
        }
        file.finish().map_err(io)?;
        Ok(written)
    }
}

fn line(entry: &Entry, format: ExportFormat) -> String {
    match format {
        // Numbers and texts always have a JSON form.
        ExportFormat::JsonLines => format!("{}\n", serde_json::to_string(entry).unwrap_or_default()),
        ExportFormat::Csv => {
            let time =
                jiff::Timestamp::from_millisecond(entry.at_ms).map(|at| at.to_string()).unwrap_or_default();
            let texts = [
                &entry.who,
                &entry.host,
                &entry.origin,
                &entry.process,
                &entry.act,
                &entry.subject_kind,
                &entry.subject_id,
                &entry.subject_name,
                &entry.details,
                &entry.prev,
                &entry.hash,
            ];
            let cells: Vec<String> = texts.into_iter().map(|text| cell(text)).collect();
            format!("{},{time},{}\r\n", entry.seq, cells.join(","))
        }
    }
}

/// A cell of RFC 4180. What a spreadsheet would take for a formula gets an apostrophe: names come from
/// other people.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// Whether a file is an export of ours, so that a newer one may take its place.
fn is_export(path: &Utf8Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    let mut first = String::new();
    let read = BufReader::new(std::io::Read::take(file, LOOK_BYTES)).read_line(&mut first);
    read.is_ok() && (first.trim_end() == COLUMNS || first.starts_with("{\"seq\":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_formula_and_quotes_are_doubled() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
