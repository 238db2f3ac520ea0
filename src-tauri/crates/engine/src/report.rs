//! The auditor's report: a project's goals in a period, the measurements, and the exceptions. As a page, and
//! as tables for a spreadsheet.
//!
//! `reach.rs` computes (pure), `gather.rs` reads, `document.rs`, `records.rs` and `exceptions.rs` write.

mod document;
mod exceptions;
mod gather;
mod reach;
mod records;

pub use reach::{Breach, Kept, Reach};

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::Engine;
use crate::paper::{CsvFile, Paper, is_table_of_ours};
use base::Code;
use base::failure::Failure;
use base::words::zoned_words;
use ledger::audit::{Act, Details, Fact, Subject};

/// By which a page is known as a report.
const MARK: &str = "report";
/// Ten years.
const PERIOD_MS_MAX: i64 = 3660 * 24 * 60 * 60 * 1000;

/// Of what a report is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRequest {
    /// The period begins here (UTC milliseconds).
    pub from_ms: i64,
    /// It ends before this.
    pub until_ms: i64,
    /// Ids or names of projects; none means all.
    pub projects: Vec<String>,
}

impl Engine {
    /// The report of a period.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` for a period that is none, or has not begun.
    #[crate::boxed]
    pub async fn report(&self, request: &ReportRequest) -> Result<Paper, Failure> {
        let ReportRequest { from_ms, until_ms, projects } = request;
        let length = until_ms.saturating_sub(*from_ms);
        if length <= 0 || length > PERIOD_MS_MAX {
            return Err(Failure::invalid(
                format!("a period from {} to {}", zoned_words(*from_ms), zoned_words(*until_ms)),
                "Let it end after it begins, and within ten years.",
            ));
        }
        if *from_ms > base::clock::now_ms() {
            return Err(Failure::invalid("a period that has not begun", "Choose one that has."));
        }
        Ok(Box::pin(self.gather_report((*from_ms, *until_ms), projects)).await?.document())
    }

    /// Writes a report into a file, as a page. It may take the place of a report, and of nothing else.
    ///
    /// # Errors
    /// As `report`, and `file_exists`, `write_failed`, `audit_failed`.
    #[crate::boxed]
    pub async fn save_report_page(&self, request: &ReportRequest, path: &Utf8Path) -> Result<(), Failure> {
        let page = self.report(request).await?.html(MARK);
        self.note_saved(request, path).await?;
        crate::runbook::write_page(path.to_owned(), page, MARK.to_owned()).await
    }

    /// Writes the tables of a report into a folder, a file each; the folder is made where it is not there. They may
    /// take the place of such tables, and of nothing else. Yields the files.
    ///
    /// # Errors
    /// As `report`, and `file_exists`, `write_failed`, `audit_failed`.
    #[crate::boxed]
    pub async fn save_report_tables(
        &self,
        request: &ReportRequest,
        folder: &Utf8Path,
    ) -> Result<Vec<Utf8PathBuf>, Failure> {
        let files = self.report(request).await?.csv();
        self.note_saved(request, folder).await?;
        let to = folder.to_owned();
        let written = tokio::task::spawn_blocking(move || write_tables(&to, &files));
        written.await.unwrap_or_else(|join| Err(unwritable(folder, &std::io::Error::other(join))))
    }

    async fn note_saved(&self, request: &ReportRequest, path: &Utf8Path) -> Result<(), Failure> {
        let count = |ms: i64| Fact::Count(u64::try_from(ms).unwrap_or(0));
        let details = Details::none()
            .with("file", Fact::Path(path))
            .with("from_ms", count(request.from_ms))
            .with("until_ms", count(request.until_ms))
            .with("projects", Fact::Count(request.projects.len() as u64));
        self.audit(Act::ReportSaved, &Subject::profile(), details).await
    }
}

/// Looks at all places first, so that either all tables are of one report or none was touched.
fn write_tables(folder: &Utf8Path, files: &[CsvFile]) -> Result<Vec<Utf8PathBuf>, Failure> {
    let io = |path: &Utf8Path| {
        let path = path.to_owned();
        move |error: std::io::Error| unwritable(&path, &error)
    };
    let whole = camino::absolute_utf8(folder).map_err(io(folder))?;
    base::disk::create_private_dir(&whole).map_err(io(folder))?;
    for file in files {
        let path = whole.join(&file.name);
        match std::fs::read(&path) {
            Ok(there) if is_table_of_ours(&String::from_utf8_lossy(&there), file) => {}
            Ok(_) => {
                return Err(Failure::new(
                    Code::FileExists,
                    format!("{path} is there, and is no table of a report"),
                    "Choose another folder.",
                ));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unwritable(&path, &error)),
        }
    }
    let mut written = Vec::with_capacity(files.len());
    for file in files {
        let path = whole.join(&file.name);
        base::disk::write_private(&path, file.text.as_bytes()).map_err(io(&path))?;
        written.push(path);
    }
    Ok(written)
}

fn unwritable(path: &Utf8Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Code::WriteFailed,
        format!("{path} cannot be written: {error}"),
        "Check that the folder exists, is writable and has free space.",
    )
}
