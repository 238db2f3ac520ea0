//! Drills: preflight, start, list, show, save; assertions of projects.

use camino::{Utf8Path, Utf8PathBuf};
use engine::Engine;
use engine::drill::{
    AskedImage, Depth, Drill, DrillPhase, DrillPlan, DrillReport, DrillRequest, DrillRow, NeededExtension,
};
use engine::proof::limit_sentences;
use engine::wall::WALL;
use ledger::catalog::{AssertionRecord, DrillKind, DrillRecord};
use ledger::job::{Check, CheckVerdict};

use super::Answer;
use super::backup::trigger_words;
use super::restore::remedies;
use crate::command::Nothing;
use crate::drill::{
    AddAssertion, AskDrill, AskImage, AssertionDraftView, AssertionRef, AssertionView, CheckVerdictView,
    CheckView, DrillKindView, DrillPhaseView, DrillPlanView, DrillRef, DrillRowView, DrillView, ListDrills,
    NeededExtensionView, SaveDrillReport,
};
use crate::error::UserError;
use crate::job::JobStarted;
use crate::number::Count;
use crate::project::ProjectRef;

/// What a drill would do, and what stands in its way.
///
/// # Errors
/// `backup_not_found`, `no_server_programs`, or why the named server cannot be looked at.
#[crate::boxed]
pub async fn drill_plan(engine: &Engine, request: AskDrill) -> Answer<DrillPlanView> {
    Ok(engine.plan_drill(request.into()).await?.into())
}

/// Starts a drill.
///
/// # Errors
/// As `drill_plan`.
#[crate::boxed]
pub async fn drill_start(engine: &Engine, request: AskDrill) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.start_drill(request.into()).await? })
}

/// Drills, newest first.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn drill_list(engine: &Engine, request: ListDrills) -> Answer<Vec<DrillRowView>> {
    let drills = engine.drills(request.project.as_deref(), request.limit).await?;
    Ok(drills.into_iter().map(Into::into).collect())
}

/// One drill with its report.
///
/// # Errors
/// `drill_not_found`, `ambiguous_drill`.
#[crate::boxed]
pub async fn drill_show(engine: &Engine, request: DrillRef) -> Answer<DrillView> {
    Ok(engine.drill(&request.drill).await?.into())
}

/// Writes the report of a drill into a file, as a page or as a document.
///
/// # Errors
/// `drill_not_found`, `invalid_request` for another kind of file, `write_failed`.
#[crate::boxed]
pub async fn drill_report_save(engine: &Engine, request: SaveDrillReport) -> Answer<Nothing> {
    let drill = engine.drill(&request.drill).await?;
    let path = Utf8PathBuf::from(request.path);
    let text = match path.extension() {
        Some("html" | "htm") => drill.html(),
        Some("json") => written(&DrillView::from(drill))?,
        _ => return Err(neither(&path)),
    };
    engine.save_report(&path, text).await?;
    Ok(Nothing {})
}

/// A report is one of two.
pub(super) fn neither(path: &Utf8Path) -> UserError {
    UserError::from(engine::Failure::invalid(
        format!("{path} is neither a page nor a document"),
        "Choose a name that ends in .html or .json.",
    ))
}

/// A report as a document.
pub(super) fn written<T: serde::Serialize>(report: &T) -> Answer<String> {
    let text = serde_json::to_string_pretty(report);
    text.map(|text| format!("{text}\n")).map_err(|error| {
        UserError::from(engine::Failure::invalid(
            format!("the report cannot be written down: {error}"),
            "Save it as a page.",
        ))
    })
}

/// The assertions of a project, by name.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn assertion_list(engine: &Engine, request: ProjectRef) -> Answer<Vec<AssertionView>> {
    Ok(engine.assertions(&request.project).await?.into_iter().map(Into::into).collect())
}

/// Adds an assertion.
///
/// # Errors
/// `project_not_found`, `assertion_exists`, `invalid_request`.
#[crate::boxed]
pub async fn assertion_add(engine: &Engine, request: AddAssertion) -> Answer<AssertionView> {
    let AddAssertion { project, name, query } = request;
    Ok(engine.add_assertion(&project, &name, &query).await?.into())
}

/// The command line that adds an assertion, once it passed the checks. Adds nothing.
///
/// # Errors
/// `project_not_found`, `assertion_exists`, `invalid_request`.
#[crate::boxed]
pub async fn assertion_draft(engine: &Engine, request: AddAssertion) -> Answer<AssertionDraftView> {
    let AddAssertion { project, name, query } = request;
    Ok(AssertionDraftView { command: engine.draft_assertion(&project, &name, &query).await? })
}

/// Removes an assertion.
///
/// # Errors
/// `project_not_found`, `assertion_not_found`.
#[crate::boxed]
pub async fn assertion_remove(engine: &Engine, request: AssertionRef) -> Answer<Nothing> {
    engine.remove_assertion(&request.project, &request.name).await?;
    Ok(Nothing {})
}

impl From<AskImage> for AskedImage {
    fn from(AskImage { name, pull }: AskImage) -> Self {
        Self { name: name.trim().to_owned(), pull }
    }
}

impl From<AskedImage> for AskImage {
    fn from(AskedImage { name, pull }: AskedImage) -> Self {
        Self { name, pull }
    }
}

impl From<AskDrill> for DrillRequest {
    fn from(ask: AskDrill) -> Self {
        let AskDrill { reference, data_only, tables, on, image, program } = ask;
        let trimmed = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            reference,
            depth: if data_only { Depth::Data } else { Depth::Everything },
            tables: tables.into_iter().filter_map(trimmed).collect(),
            on: on.and_then(trimmed),
            image: image.map(Into::into),
            program: program.and_then(trimmed).map(Utf8PathBuf::from),
        }
    }
}

impl From<DrillKind> for DrillKindView {
    fn from(kind: DrillKind) -> Self {
        match kind {
            DrillKind::Full => Self::Full,
            DrillKind::Data => Self::Data,
            DrillKind::Sample => Self::Sample,
        }
    }
}

impl From<NeededExtension> for NeededExtensionView {
    fn from(extension: NeededExtension) -> Self {
        let NeededExtension { name, is_there } = extension;
        Self { name, is_there }
    }
}

impl From<DrillPlan> for DrillPlanView {
    fn from(plan: DrillPlan) -> Self {
        Self {
            backup_id: plan.backup_id,
            project_id: plan.project_id,
            project: plan.project,
            at_ms: plan.at_ms.into(),
            kind: plan.kind.into(),
            tables: plan.tables,
            place: plan.place,
            server: plan.server,
            original_server: plan.original_server,
            needed_bytes: Count(plan.needed_bytes),
            free_bytes: plan.free_bytes.map(Count),
            extensions: plan.extensions.into_iter().map(Into::into).collect(),
            limits: limit_sentences(&plan.limits),
            assertions: Count(plan.assertions),
            remedies: remedies(plan.remedies, &plan.obstacles),
            obstacles: plan.obstacles,
            warnings: plan.warnings,
            wall: plan.wall.map(Into::into),
            goal_ms: plan.goal_ms.map(Into::into),
            command: plan.command,
        }
    }
}

impl From<DrillRow> for DrillRowView {
    fn from(row: DrillRow) -> Self {
        let DrillRow { record, project } = row;
        let DrillRecord {
            id,
            project_id,
            backup_id,
            backup_at_ms,
            kind,
            place,
            verdict,
            reason,
            started_at_ms,
            at_ms,
            rto_ms,
            report: _,
            limits,
        } = record;
        Self {
            id,
            project_id,
            project,
            backup_id,
            backup_at_ms: backup_at_ms.into(),
            kind: kind.into(),
            place,
            verdict: verdict.into(),
            reason,
            started_at_ms: started_at_ms.into(),
            at_ms: at_ms.into(),
            rto_ms: rto_ms.map(Into::into),
            left_out: limits,
        }
    }
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        let Check { id, title, verdict, figure, done, findings, found, ms } = check;
        let verdict = match verdict {
            CheckVerdict::Pass => CheckVerdictView::Pass,
            CheckVerdict::Fail => CheckVerdictView::Fail,
            CheckVerdict::Inconclusive => CheckVerdictView::Inconclusive,
            CheckVerdict::Noted => CheckVerdictView::Noted,
            CheckVerdict::NotChecked => CheckVerdictView::NotChecked,
        };
        Self { id, title, verdict, figure, done, findings, found: Count(found), ms: ms.into() }
    }
}

impl From<DrillPhase> for DrillPhaseView {
    fn from(phase: DrillPhase) -> Self {
        let DrillPhase { id, title, after_ms, elapsed_ms } = phase;
        Self { id, title, after_ms: after_ms.into(), elapsed_ms: elapsed_ms.into() }
    }
}

impl From<Drill> for DrillView {
    fn from(drill: Drill) -> Self {
        let Drill { row, report, goal_ms } = drill;
        let left_out = report.limit_sentences();
        let DrillReport {
            loads_redis: _,
            tables,
            phases,
            checks,
            facts,
            notes,
            limits: _,
            obstacles,
            command,
            trigger,
            bytes: _,
            wall,
        } = report;
        Self {
            row: row.into(),
            goal_ms: goal_ms.map(Into::into),
            tables,
            phases: phases.into_iter().map(Into::into).collect(),
            checks: checks.into_iter().map(Into::into).collect(),
            // In words it is one of the facts.
            facts: facts
                .into_iter()
                .filter(|fact| wall.is_none() || fact.name != WALL)
                .map(Into::into)
                .collect(),
            wall: wall.map(Into::into),
            notes,
            limits: left_out,
            obstacles,
            trigger: trigger_words(&trigger).to_owned(),
            command,
        }
    }
}

impl From<AssertionRecord> for AssertionView {
    fn from(assertion: AssertionRecord) -> Self {
        let AssertionRecord { name, query, created_at_ms } = assertion;
        Self { name, query, created_at_ms: created_at_ms.into() }
    }
}
