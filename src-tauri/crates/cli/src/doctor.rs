//! `holdfast doctor`.

use contract::api;
use contract::command::Nothing;
use contract::setup::{DoctorReport, Severity};

use crate::console::Console;
use crate::error::Ended;
use crate::status::Status;

/// Looks at everything, and fails when something does not work.
pub(crate) async fn run(console: &Console<'_>) -> Ended {
    let report = api::doctor(&console.engine, Nothing {}).await?;
    console.output.answer(&report, || words(&report));
    let is_ill = report.findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if is_ill { Status::Failed } else { Status::Done })
}

fn words(report: &DoctorReport) -> String {
    let mut lines = Vec::new();
    for finding in &report.findings {
        let sign = match finding.severity {
            Severity::Ok => "ok     ",
            Severity::Warning => "look at",
            Severity::Error => "broken ",
        };
        lines.push(format!("{sign}  {:<9} {}", finding.check, finding.message));
        lines.extend(finding.hint.iter().map(|hint| format!("                   {hint}")));
    }
    lines.join("\n")
}
