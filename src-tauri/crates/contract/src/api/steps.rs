//! Recovery steps: show, set; and the answer to a run that waits for a person.

use base::secret::Secret;
use engine::Engine;
use engine::steps::{Answer as EngineAnswer, NewAct, NewHeader, NewStep, RecoveryStep, StepAct};
use ledger::job::{StepResult, StepState, StepTime, WaitsFor};

use super::Answer;
use crate::command::Nothing;
use crate::number::Count;
use crate::project::ProjectRef;
use crate::steps::{
    AnswerJob, AnswerView, PlannedStepView, SetSteps, StepActRequest, StepActView, StepHeaderRequest,
    StepHeaderView, StepRequest, StepResultView, StepStateView, StepTimeView, StepView, WaitsForView,
};

/// The recovery steps of a project, in order.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn recovery_steps_show(engine: &Engine, request: ProjectRef) -> Answer<Vec<StepView>> {
    Ok(engine.recovery_steps(&request.project).await?.into_iter().map(Into::into).collect())
}

/// Puts a list of steps in the place of the one that a project has.
///
/// # Errors
/// `project_not_found`, `invalid_request`, `command_line_only`.
#[crate::boxed]
pub async fn recovery_steps_set(engine: &Engine, request: SetSteps) -> Answer<Vec<StepView>> {
    let SetSteps { project, steps } = request;
    let steps = steps.into_iter().map(Into::into).collect();
    Ok(engine.set_recovery_steps(&project, steps).await?.into_iter().map(Into::into).collect())
}

/// Answers a run that waits for a person.
///
/// # Errors
/// `job_not_found`, `job_over`, `job_not_waiting`.
#[crate::boxed]
pub async fn job_answer(engine: &Engine, request: AnswerJob) -> Answer<Nothing> {
    let AnswerJob { job, step, answer } = request;
    let answer = match answer {
        AnswerView::GoOn => EngineAnswer::GoOn,
        AnswerView::Stop => EngineAnswer::Stop,
    };
    engine.answer_job(&job, step.as_deref(), answer).await?;
    Ok(Nothing {})
}

/// A step of a plan about `database`.
/// Recovery steps, each with its place among all steps of a plan.
pub(super) fn planned(own: &[RecoveryStep], database: &str, all: &[String]) -> Vec<PlannedStepView> {
    let sentences = own.iter().map(|step| step.sentence(database));
    let places = places(all, sentences);
    own.iter().zip(places).map(|(step, at)| planned_at(step, database, at)).collect()
}

/// Where some sentences stand among all of them, each place taken once: two steps may say the same.
pub(super) fn places(all: &[String], some: impl Iterator<Item = String>) -> Vec<Option<Count>> {
    let mut is_taken = vec![false; all.len()];
    let find = |sentence: String| {
        let at = (0..all.len()).find(|at| !is_taken[*at] && all[*at] == sentence)?;
        is_taken[at] = true;
        u64::try_from(at).ok().map(Count)
    };
    some.map(find).collect()
}

fn planned_at(step: &RecoveryStep, database: &str, at: Option<Count>) -> PlannedStepView {
    PlannedStepView {
        title: step.title.clone(),
        when: step.when.into(),
        kind: step.act.kind().into(),
        sentence: step.sentence(database),
        at,
        critical: step.is_critical,
        also_after_failure: step.also_after_failure,
    }
}

impl From<StepRequest> for NewStep {
    fn from(step: StepRequest) -> Self {
        let StepRequest { id, title, when, act, critical, timeout_seconds, also_after_failure } = step;
        let act = match act {
            StepActRequest::Sql { statements } => NewAct::Sql { statements },
            StepActRequest::Webhook { url, header } => {
                NewAct::Webhook { url, header: header.map(Into::into) }
            }
            StepActRequest::Program { argv } => NewAct::Program { argv },
            StepActRequest::Wait { instructions } => NewAct::Wait { instructions },
            StepActRequest::Pause => NewAct::Pause,
            StepActRequest::Resume => NewAct::Resume,
        };
        let when = match when {
            StepTimeView::Before => StepTime::Before,
            StepTimeView::After => StepTime::After,
        };
        Self { id, title, when, act, is_critical: critical, timeout_s: timeout_seconds, also_after_failure }
    }
}

impl From<StepHeaderRequest> for NewHeader {
    fn from(header: StepHeaderRequest) -> Self {
        let StepHeaderRequest { name, value } = header;
        Self { name, value: value.map(Secret::new) }
    }
}

impl From<RecoveryStep> for StepView {
    fn from(step: RecoveryStep) -> Self {
        let RecoveryStep { id, title, when, act, is_critical, timeout_s, also_after_failure } = step;
        let act = match act {
            StepAct::Sql { statements } => StepActView::Sql { statements },
            StepAct::Webhook { url, header } => StepActView::Webhook {
                url,
                header: header.map(|header| StepHeaderView { name: header.name }),
            },
            StepAct::Program { argv } => StepActView::Program { argv },
            StepAct::Wait { instructions } => StepActView::Wait { instructions },
            StepAct::Pause => StepActView::Pause,
            StepAct::Resume => StepActView::Resume,
        };
        Self {
            id,
            title,
            when: when.into(),
            act,
            critical: is_critical,
            timeout_seconds: timeout_s,
            also_after_failure,
        }
    }
}

impl From<StepTime> for StepTimeView {
    fn from(when: StepTime) -> Self {
        match when {
            StepTime::Before => Self::Before,
            StepTime::After => Self::After,
        }
    }
}

impl From<StepResult> for StepResultView {
    fn from(result: StepResult) -> Self {
        let StepResult {
            id,
            title,
            when,
            kind,
            sentence,
            is_critical,
            also_after_failure,
            state,
            started_at_ms,
            ms,
            said,
        } = result;
        let state = match state {
            StepState::Planned => StepStateView::Planned,
            StepState::Running => StepStateView::Running,
            StepState::Waiting => StepStateView::Waiting,
            StepState::Ok => StepStateView::Ok,
            StepState::Failed => StepStateView::Failed,
            StepState::Skipped => StepStateView::Skipped,
        };
        Self {
            id,
            title,
            when: when.into(),
            kind,
            sentence,
            critical: is_critical,
            also_after_failure,
            state,
            started_at_ms: started_at_ms.map(Into::into),
            elapsed_ms: ms.map(Into::into),
            said,
        }
    }
}

impl From<WaitsFor> for WaitsForView {
    fn from(waits: WaitsFor) -> Self {
        let WaitsFor { step_id, title, instructions, since_ms, until_ms } = waits;
        Self { step_id, title, instructions, since_ms: since_ms.into(), until_ms: until_ms.into() }
    }
}
