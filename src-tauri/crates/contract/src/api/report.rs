//! The auditor's report: preview, save.

use camino::Utf8PathBuf;
use engine::Engine;
use engine::report::ReportRequest;

use super::Answer;
use crate::error::UserError;
use crate::paper::PaperView;
use crate::report::{AskReport, ReportForm, ReportSaved, SaveReport};

/// The report of a period.
///
/// # Errors
/// `project_not_found`, `invalid_request` for a period that is none.
#[crate::boxed]
pub async fn report_preview(engine: &Engine, request: AskReport) -> Answer<PaperView> {
    Ok(Box::pin(engine.report(&request.into())).await?.into())
}

/// Writes the report of a period: a page, or a folder of tables. That it was saved is in the audit chain.
///
/// # Errors
/// As `report_preview`, and `file_exists`, `write_failed`, `audit_failed`.
#[crate::boxed]
pub async fn report_save(engine: &Engine, request: SaveReport) -> Answer<ReportSaved> {
    let SaveReport { report, form, path } = request;
    let (report, path) = (ReportRequest::from(report), Utf8PathBuf::from(path));
    let files = match form {
        ReportForm::Html if !matches!(path.extension(), Some("html" | "htm")) => {
            return Err(UserError::from(engine::Failure::invalid(
                format!("{path} is no page"),
                "Choose a name that ends in .html.",
            )));
        }
        ReportForm::Html => {
            Box::pin(engine.save_report_page(&report, &path)).await?;
            vec![path]
        }
        ReportForm::Csv => Box::pin(engine.save_report_tables(&report, &path)).await?,
    };
    Ok(ReportSaved { files: files.into_iter().map(Utf8PathBuf::into_string).collect() })
}

impl From<AskReport> for ReportRequest {
    fn from(ask: AskReport) -> Self {
        let AskReport { from_ms, until_ms, projects } = ask;
        Self { from_ms: from_ms.0, until_ms: until_ms.0, projects }
    }
}
