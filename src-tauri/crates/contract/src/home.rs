//! The home screen: one sentence, what needs a person, and the projects by risk.

use serde::Serialize;
use specta::Type;

use crate::project::{ProjectRow, ProjectState};
use crate::schedule::PausedView;

/// The home screen.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HomeView {
    /// The answer: `All 6 projects are restorable.`
    pub sentence: String,
    /// The sentence below it.
    pub support: String,
    /// At most three things that need a person.
    pub needs: Vec<Need>,
    /// Projects, most at risk first.
    pub projects: Vec<ProjectRow>,
    /// Jobs that run or wait.
    pub running: u32,
    /// The pause of all schedules, where there is one.
    pub paused: Option<PausedView>,
}

/// One thing that needs a person.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// How bad.
    pub state: ProjectState,
    /// The project, where it is about one.
    pub project_id: Option<String>,
    /// Its name, to be set in bold at the start of the sentence.
    pub subject: String,
    /// What, after the subject: `has no new recovery point for 31 hours; its goal is 24.`
    pub what: String,
    /// Why.
    pub why: String,
    /// The one act that fixes it, in words.
    pub act: String,
    /// Which act it is.
    pub target: NeedTarget,
}

/// Where the act of a need leads.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum NeedTarget {
    /// Back this project up now.
    BackUp(String),
    /// See this run.
    Job(String),
    /// See this project's connection.
    Connection(String),
    /// See the vault in the settings.
    Vault,
    /// See how long the backups of this project are kept.
    Retention(String),
}
