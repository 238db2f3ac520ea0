//! The home screen: one sentence, what needs a person, and the projects by risk.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::project::{ProjectRow, ProjectState};
use crate::schedule::PausedView;

/// The home screen.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
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
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
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

/// Where the act of a need, or of a finding of health, leads; ids are of projects where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum NeedTarget {
    /// Nothing that a button could do.
    None,
    /// Back this project up now.
    BackUp(String),
    /// Pull what its platform backed up.
    Pull(String),
    /// Pull all that its platform has and that is not here.
    PullAll(String),
    /// Verify this backup.
    Verify(String),
    /// Drill this project.
    Drill(String),
    /// See the drills of this project.
    SeeDrills(String),
    /// See this run.
    Job(String),
    /// See this project's connection.
    Connection(String),
    /// See this project's goals.
    Goals(String),
    /// See what backups take of this project.
    Components(String),
    /// See this backup.
    Backup(String),
    /// See what changed between two backups.
    Compare(ComparePair),
    /// See what goes of this project, and when.
    Retention(String),
    /// See this project's schedules.
    Schedules(String),
    /// See the vault in the settings.
    Vault,
    /// Save the recovery kit.
    SaveKit,
    /// See the Postgres tools in the settings.
    Tools,
    /// See where secrets rest in the settings.
    Secrets,
    /// See this channel in the settings; its name.
    Channel(String),
}

/// Two backups, the older one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ComparePair {
    /// The older one's id.
    pub left: String,
    /// The newer one's id.
    pub right: String,
}
