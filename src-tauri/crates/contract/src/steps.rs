//! Recovery steps: what a project wants done before and after it is restored.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// When a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StepTimeView {
    /// Before the safety backup, and so before anything is changed.
    Before,
    /// After the restore and its checks.
    After,
}

/// A step of a project. What is printed can be given back as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// Stable id.
    pub id: String,
    /// Its name for people, unique in the project.
    pub title: String,
    /// When it is done.
    pub when: StepTimeView,
    /// What is done.
    pub act: StepActView,
    /// Whether the run ends where it fails.
    pub critical: bool,
    /// After so many seconds it is ended, and has failed.
    pub timeout_seconds: u32,
    /// Whether a step after the restore is done also when nothing was restored.
    pub also_after_failure: bool,
}

/// What a step does.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum StepActView {
    /// Statements on the target database, in one transaction.
    Sql {
        /// One statement each.
        statements: Vec<String>,
    },
    /// A small document is posted to an address.
    Webhook {
        /// Where to.
        url: String,
        /// A header whose value rests in the keychain.
        header: Option<StepHeaderView>,
    },
    /// A program of the user's own.
    Program {
        /// The program's full path, then its arguments; no shell reads them.
        argv: Vec<String>,
    },
    /// A person is waited for.
    Wait {
        /// What the person has to do.
        instructions: String,
    },
    /// The project is paused at its platform, and that is waited for.
    Pause,
    /// It is resumed there, and that is waited for.
    Resume,
}

/// A header of a webhook; its value never comes back.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StepHeaderView {
    /// Its name.
    pub name: String,
}

/// Puts a list of steps in the place of the one that a project has.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetSteps {
    /// Id or name of the project.
    pub project: String,
    /// All of its steps, in order.
    pub steps: Vec<StepRequest>,
}

/// A step as it is asked for.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepRequest {
    /// The step that it was; absent for a new one.
    #[serde(default)]
    pub id: Option<String>,
    /// Its name for people, unique in the project.
    pub title: String,
    /// When it is done.
    pub when: StepTimeView,
    /// What is done.
    pub act: StepActRequest,
    /// Whether the run ends where it fails.
    pub critical: bool,
    /// After so many seconds it is ended; absent means what is usual for its kind.
    #[serde(default)]
    pub timeout_seconds: Option<u32>,
    /// Whether a step after the restore is done also when nothing was restored.
    #[serde(default)]
    pub also_after_failure: bool,
}

/// What a step does, as it is asked for.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum StepActRequest {
    /// Statements on the target database, in one transaction; on the command line only.
    Sql {
        /// One statement each.
        statements: Vec<String>,
    },
    /// A small document is posted to an address.
    Webhook {
        /// Where to; `http` or `https`.
        url: String,
        /// A header with a secret value.
        #[serde(default)]
        header: Option<StepHeaderRequest>,
    },
    /// A program of the user's own; on the command line only.
    Program {
        /// The program's full path, then its arguments; no shell reads them.
        argv: Vec<String>,
    },
    /// A person is waited for.
    Wait {
        /// What the person has to do.
        instructions: String,
    },
    /// The project is paused at its platform, and that is waited for.
    Pause,
    /// It is resumed there, and that is waited for.
    Resume,
}

/// A header of a webhook, as it is asked for.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepHeaderRequest {
    /// Its name.
    pub name: String,
    /// Its value, which goes to the keychain; absent means that the stored one stays.
    #[serde(default)]
    pub value: Option<String>,
}

/// A step in a plan.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStepView {
    /// Its name for people.
    pub title: String,
    /// When it is done.
    pub when: StepTimeView,
    /// `sql`, `webhook`, `program`, `wait`, `pause`, `resume`.
    pub kind: String,
    /// What it does, as it stands among the steps of the plan.
    pub sentence: String,
    /// Which of the steps of the plan it is, from 0.
    pub at: Option<Count>,
    /// Whether the run ends where it fails.
    pub critical: bool,
    /// Whether it is done also when nothing was restored.
    pub also_after_failure: bool,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StepStateView {
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

/// What came of a step.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StepResultView {
    /// Id of the step.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it is done.
    pub when: StepTimeView,
    /// `sql`, `webhook`, `program`, `wait`, `pause`, `resume`.
    pub kind: String,
    /// What it does, as the plan said it.
    pub sentence: String,
    /// Whether the run ends where it fails.
    pub critical: bool,
    /// Whether it is done also when nothing was restored.
    pub also_after_failure: bool,
    /// How it stands.
    pub state: StepStateView,
    /// When it began.
    pub started_at_ms: Option<Millis>,
    /// How long it took.
    pub elapsed_ms: Option<Millis>,
    /// What was said; holds no secret.
    pub said: String,
}

/// What a run waits for.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WaitsForView {
    /// Id of the step.
    pub step_id: String,
    /// Its title.
    pub title: String,
    /// What a person has to do.
    pub instructions: String,
    /// Since when.
    pub since_ms: Millis,
    /// Until when it is waited for.
    pub until_ms: Millis,
}

/// Answers a run that waits for a person.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AnswerJob {
    /// The job: id, or a unique prefix of one.
    pub job: String,
    /// The step that the person saw; absent means the one that is waited at now.
    #[serde(default)]
    pub step: Option<String>,
    /// What is said.
    pub answer: AnswerView,
}

/// What a person says to a run that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AnswerView {
    /// It is done, go on.
    GoOn,
    /// Stop here.
    Stop,
}
