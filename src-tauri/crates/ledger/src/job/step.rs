//! The result of a step: stored with the restore, shown in its run and its report.

use serde::{Deserialize, Serialize};

use base::command::Command;

/// The word of a step that pauses the project at its platform.
pub const PAUSE: &str = "pause";
/// The word of one that resumes it.
pub const RESUME: &str = "resume";

/// When a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepTime {
    /// Before the safety backup, and so before anything is changed.
    Before,
    /// After the restore and its checks.
    After,
}

impl StepTime {
    /// The word that is stored and shown; also the id of the phase in a run.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Planned,
    /// Goes on.
    Running,
    /// A person is waited for.
    Waiting,
    /// Done.
    Ok,
    /// It did not work, or it was stopped.
    Failed,
    /// Not done, and why is said.
    Skipped,
}

impl StepState {
    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// What came of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// Id of the step.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it is done.
    pub when: StepTime,
    /// `sql`, `webhook`, `program`, `wait`, `pause`, `resume`.
    pub kind: String,
    /// What it does, as the plan said it.
    pub sentence: String,
    /// Whether the run ends where it fails.
    pub is_critical: bool,
    /// Whether it is done also when nothing was restored.
    pub also_after_failure: bool,
    /// How it stands.
    pub state: StepState,
    /// When it began (UTC milliseconds).
    pub started_at_ms: Option<i64>,
    /// How long it took.
    pub ms: Option<i64>,
    /// What was said: by the server, the address, the program, or why it was not done. Holds no secret.
    pub said: String,
}

impl StepResult {
    /// Whether it was begun and its end is not known.
    fn is_open(&self) -> bool {
        matches!(self.state, StepState::Running | StepState::Waiting)
    }
}

/// Where a run was whose process ended, in words that follow that; such a step is a failed one from now on.
pub fn interrupted(steps: &mut [StepResult]) -> Option<String> {
    let open = steps.iter_mut().find(|step| step.is_open())?;
    let words = match open.state {
        StepState::Waiting => {
            "its process ended while it waited for a person; whether what was asked for is done is not known"
        }
        _ => "its process ended; whether it was done is not known",
    };
    let how = match open.state {
        StepState::Waiting => "while it waited for a person at",
        _ => "in",
    };
    open.state = StepState::Failed;
    words.clone_into(&mut open.said);
    Some(format!("{how} the step “{}” {} the restore", open.title, open.when.as_str()))
}

/// The step since which the project may be paused at its platform: one that was begun, and after which nothing is
/// known to have resumed it. Of a run that has ended.
pub fn may_be_paused(steps: &[StepResult]) -> Option<&StepResult> {
    let of = |when| steps.iter().filter(move |step| step.when == when && step.started_at_ms.is_some());
    of(StepTime::Before).chain(of(StepTime::After)).fold(None, |paused, step| match step.kind.as_str() {
        PAUSE => Some(step),
        RESUME if step.state == StepState::Ok => None,
        _ => paused,
    })
}

/// What is offered where a project may be paused: the same in a run, in how its restore stands, and after a kill.
pub fn resume_words(steps: &[StepResult], project: &str) -> Option<String> {
    let step = may_be_paused(steps)?;
    let resume = Command::PlatformAsk { project: project.to_owned(), act: RESUME.to_owned(), name: None };
    Some(format!(
        "The project may be paused at its platform since the step “{}”: resume it with `{resume}`.",
        step.title
    ))
}

/// What a run that ended early left undone of the steps after it, for a person to do by hand: where
/// anything was done at all, and of a restore that did not come about only what would have been done then.
pub fn left_undone(steps: &[StepResult], may_be_restored: bool) -> Vec<String> {
    let is_begun = steps.iter().any(|step| step.started_at_ms.is_some());
    let undone = steps.iter().filter(|step| {
        is_begun
            && step.when == StepTime::After
            && (may_be_restored || step.also_after_failure)
            && matches!(step.state, StepState::Planned | StepState::Running | StepState::Waiting)
    });
    undone.map(|step| format!("“{}”", step.title)).collect()
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitsFor {
    /// Id of the step.
    pub step_id: String,
    /// Its title.
    pub title: String,
    /// What a person has to do.
    pub instructions: String,
    /// Since when (UTC milliseconds).
    pub since_ms: i64,
    /// Until when it is waited for.
    pub until_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(title: &str, when: StepTime, kind: &str, state: StepState) -> StepResult {
        let began = !matches!(state, StepState::Planned | StepState::Skipped);
        StepResult {
            id: title.into(),
            title: title.into(),
            when,
            kind: kind.into(),
            sentence: String::new(),
            is_critical: true,
            also_after_failure: false,
            state,
            started_at_ms: began.then_some(1),
            ms: None,
            said: String::new(),
        }
    }

    #[test]
    fn a_pause_that_began_is_open_until_a_resume_after_it_is_done() {
        let resume = |state| step("Resume", StepTime::After, RESUME, state);
        let pause = |state| step("Pause", StepTime::Before, PAUSE, state);
        let open = |steps: &[StepResult]| may_be_paused(steps).map(|step| step.title.clone());

        assert_eq!(
            open(&[resume(StepState::Ok), pause(StepState::Ok)]),
            None,
            "the order of a list is none of times"
        );
        for state in [StepState::Ok, StepState::Running, StepState::Failed] {
            assert_eq!(open(&[pause(state), resume(StepState::Planned)]), Some("Pause".into()), "{state:?}");
        }
        for state in [StepState::Failed, StepState::Skipped, StepState::Running] {
            assert_eq!(open(&[pause(StepState::Ok), resume(state)]), Some("Pause".into()), "{state:?}");
        }
        assert_eq!(open(&[pause(StepState::Planned), resume(StepState::Planned)]), None);
        assert_eq!(open(&[pause(StepState::Skipped)]), None);
        let words = resume_words(&[pause(StepState::Ok)], "my shop").unwrap();
        assert!(words.contains("`holdfast platform ask 'my shop' resume`"), "{words}");
    }
}
