//! Queries for drills: lists, one by id or prefix, its report as a page.

use super::report::DrillReport;
use crate::engine::Engine;
use crate::proof::{Document, DocumentPhase, DocumentSection, GENERATOR, RESTORE_REPORT};
use base::Code;
use base::failure::Failure;
use base::words::{moment_words, span_words};
use ledger::catalog::{DrillKind, DrillRecord, Verdict};

/// Shorter prefixes hit too much by chance.
const PREFIX_CHARACTERS_MIN: usize = 4;
const LIST_MAX: u32 = 500;

/// A drill as lists show it.
#[derive(Debug, Clone)]
pub struct DrillRow {
    /// As the catalogue keeps it.
    pub record: DrillRecord,
    /// Name of its project.
    pub project: String,
}

/// A drill with its report.
#[derive(Debug, Clone)]
pub struct Drill {
    /// As in lists.
    pub row: DrillRow,
    /// Phases, checks, facts, notes.
    pub report: DrillReport,
    /// The project's goal, where it has one.
    pub goal_ms: Option<i64>,
}

impl Engine {
    /// Drills of one project or of all, newest first.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request` for a limit of 0 or above 500.
    #[crate::boxed]
    pub async fn drills(&self, project: Option<&str>, limit: u32) -> Result<Vec<DrillRow>, Failure> {
        if limit == 0 || limit > LIST_MAX {
            return Err(Failure::invalid(
                format!("a list of {limit} drills"),
                format!("Ask for 1 to {LIST_MAX}."),
            ));
        }
        self.end_dead_drills().await?;
        let catalog = &self.profile.catalog;
        let project = match project {
            Some(project) => Some(self.profile.project(project).await?.id),
            None => None,
        };
        let records = catalog.drills(project.as_deref(), limit).await?;
        let ids: std::collections::HashSet<&str> =
            records.iter().map(|record| record.project_id.as_str()).collect();
        let names = catalog.project_names(&ids.into_iter().collect::<Vec<_>>()).await?;
        let rows = records.into_iter().map(|record| {
            let project = names.get(&record.project_id).cloned().unwrap_or_default();
            DrillRow { record, project }
        });
        Ok(rows.collect())
    }

    /// One drill by id or unique prefix.
    ///
    /// # Errors
    /// `drill_not_found`, `ambiguous_drill`.
    #[crate::boxed]
    pub async fn drill(&self, reference: &str) -> Result<Drill, Failure> {
        let catalog = &self.profile.catalog;
        let is_prefix =
            reference.len() >= PREFIX_CHARACTERS_MIN && reference.bytes().all(|b| b.is_ascii_hexdigit());
        let mut found = if is_prefix {
            catalog.drills_by_prefix(&reference.to_ascii_lowercase()).await?
        } else {
            Vec::new()
        };
        if found.len() > 1 {
            return Err(Failure::new(
                Code::AmbiguousDrill,
                format!("{reference} is the beginning of more than one drill's id"),
                "Give more characters of the id.",
            ));
        }
        let record = found.pop().ok_or_else(|| Failure::not_found(Code::DrillNotFound, reference))?;
        let project = catalog.project(&record.project_id).await?.map(|project| project.name);
        let report = serde_json::from_str(&record.report).map_err(|error| {
            Failure::new(
                Code::ReportUnreadable,
                format!("the report of this drill cannot be read: {error}"),
                "Make another drill.",
            )
        })?;
        let goal_ms = catalog.rto_goal(&record.project_id).await?;
        Ok(Drill { row: DrillRow { record, project: project.unwrap_or_default() }, report, goal_ms })
    }
}

impl Engine {
    /// Writes a report into a file that only its owner can read, whole or not at all. It may take the place
    /// of a report, and of nothing else.
    ///
    /// # Errors
    /// `file_exists`, `write_failed`.
    #[crate::boxed]
    pub async fn save_report(&self, path: &camino::Utf8Path, text: String) -> Result<(), Failure> {
        let place =
            std::path::absolute(path).ok().and_then(|path| camino::Utf8PathBuf::from_path_buf(path).ok());
        let place = place.unwrap_or_else(|| path.to_owned());
        if place.exists() && !std::fs::read_to_string(&place).is_ok_and(|text| is_report(&text)) {
            return Err(Failure::new(
                Code::FileExists,
                format!("{path} is there, and is no report of Holdfast"),
                "Choose another name.",
            ));
        }
        let written = tokio::task::spawn_blocking(move || base::disk::write_private(&place, text.as_bytes()));
        let written = written.await.unwrap_or_else(|join| Err(std::io::Error::other(join)));
        written.map_err(|error| {
            Failure::new(
                Code::WriteFailed,
                format!("{path} cannot be written: {error}"),
                "Check that the folder exists, is writable and has free space.",
            )
        })
    }
}

impl Drill {
    /// The report as one page that needs nothing else.
    pub fn html(&self) -> String {
        let (record, report) = (&self.row.record, &self.report);
        let kind = match record.kind {
            DrillKind::Full => "Drill",
            DrillKind::Data => "Drill of data and keys",
            DrillKind::Sample => "Sample drill",
        };
        // What a part takes says nothing of the goal, which is for all of it.
        let goal = self.goal_ms.filter(|_| record.kind == DrillKind::Full);
        let goal = goal.map(|goal| format!(", goal {}", span_words(goal))).unwrap_or_default();
        let time = record.rto_ms.map(|ms| format!("{} to restore and check{goal}", span_words(ms)));
        let mut facts: Vec<(String, String)> =
            vec![("Drill".into(), record.id.clone()), ("Backup".into(), record.backup_id.clone())];
        let said = report.facts.iter().filter(|fact| fact.name != "Backup");
        facts.extend(said.map(|fact| (fact.name.clone(), fact.value.clone())));
        facts.push(("Command".into(), report.command.clone()));
        Document {
            title: format!("{kind} of {}", self.row.project),
            subtitle: format!(
                "{} · the backup of {}",
                moment_words(record.started_at_ms),
                moment_words(record.backup_at_ms)
            ),
            verdict: record.verdict,
            reason: record.reason.clone(),
            headline: headline(record),
            time: time.unwrap_or_default(),
            checks: report.checks.clone(),
            phases: report
                .phases
                .iter()
                .map(|phase| DocumentPhase {
                    title: phase.title.clone(),
                    after_ms: phase.after_ms,
                    elapsed_ms: phase.elapsed_ms,
                })
                .collect(),
            sections: not_here(report.limit_sentences()),
            facts,
            notes: report.notes.clone(),
        }
        .html()
    }
}

fn not_here(lines: Vec<String>) -> Vec<DocumentSection> {
    if lines.is_empty() { Vec::new() } else { vec![DocumentSection { title: "Not here".into(), lines }] }
}

/// Whether a file is a report that was saved before, as a page or as a document.
fn is_report(text: &str) -> bool {
    let is_page = text.starts_with("<!doctype html>") && text.contains(GENERATOR);
    let document: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let is_document = document.is_some_and(|one| {
        let is_drill = one.get("backupAtMs").is_some() && one.get("checks").is_some();
        is_drill || one.get("format").and_then(|format| format.as_str()) == Some(RESTORE_REPORT)
    });
    is_page || is_document
}

/// The verdict in a sentence.
fn headline(record: &DrillRecord) -> String {
    let what = match record.kind {
        DrillKind::Full => "The backup",
        DrillKind::Data => "Data and keys of the backup",
        DrillKind::Sample => "The sample of the backup",
    };
    match record.verdict {
        Verdict::Pass => format!("Pass. {what} came back whole."),
        Verdict::Fail => format!("Fail. {what} did not come back as it should."),
        Verdict::Inconclusive => "Inconclusive. Nothing was shown either way.".into(),
    }
}
