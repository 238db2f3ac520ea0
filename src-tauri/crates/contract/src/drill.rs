//! Drills: backups brought back to see that they come back; what is asked of them, and how they went.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::VerdictView;
use crate::job::FactView;
use crate::number::{Count, Millis};
use crate::restore::RemedyView;
use crate::wall::WallView;

/// How much of a backup a drill brings back. The kinds are never taken for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DrillKindView {
    /// Everything; alone counts as proof.
    Full,
    /// Data and keys.
    Data,
    /// The rows of chosen tables.
    Sample,
}

/// Asks for a drill, or for what stands in its way.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskDrill {
    /// Id or name of a project, whose newest backup is meant; or a backup's id, prefix, `PROJECT@latest`.
    pub reference: String,
    /// Whether only data and keys come back.
    pub data_only: bool,
    /// Only these tables; empty means all.
    pub tables: Vec<String>,
    /// Id or name of the project whose server lends a database; absent means a private Postgres here.
    pub on: Option<String>,
    /// The container image whose server is used instead.
    pub image: Option<AskImage>,
    /// Path of a program that looks at the database too; on the command line only.
    pub program: Option<String>,
}

/// A container image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskImage {
    /// Its name, as in `supabase/postgres:15.8.1.085`.
    pub name: String,
    /// Whether it is fetched where it is not on this computer.
    pub pull: bool,
}

/// An extension that a backup needs.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NeededExtensionView {
    /// Name and version in the original.
    pub name: String,
    /// Whether the server has it; absent where that shows only once it runs.
    pub is_there: Option<bool>,
}

/// A drill as it would be made.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillPlanView {
    /// The backup.
    pub backup_id: String,
    /// Its project's id.
    pub project_id: String,
    /// Its project's name.
    pub project: String,
    /// The moment that comes back.
    pub at_ms: Millis,
    /// How much comes back.
    pub kind: DrillKindView,
    /// The tables of a sample.
    pub tables: Vec<String>,
    /// Where, in words.
    pub place: String,
    /// Version of the server that it runs on.
    pub server: String,
    /// Version of the original's.
    pub original_server: String,
    /// Space that it takes, roughly.
    pub needed_bytes: Count,
    /// Space that is free, where it can be known.
    pub free_bytes: Option<Count>,
    /// Extensions that have to be there.
    pub extensions: Vec<NeededExtensionView>,
    /// What will not come back there, and why.
    pub limits: Vec<String>,
    /// Assertions of the project that will be asked.
    pub assertions: Count,
    /// Why nothing could be shown; with one of them the drill ends as inconclusive.
    pub obstacles: Vec<String>,
    /// SQL for those of them that a statement takes away.
    pub remedies: Vec<RemedyView>,
    /// Sentences to consider.
    pub warnings: Vec<String>,
    /// How the system walls the private server in; absent where another server lends a database.
    pub wall: Option<WallView>,
    /// The goal of the project, where it has one.
    pub goal_ms: Option<Millis>,
    /// The equivalent command line.
    pub command: String,
}

/// A drill as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillRowView {
    /// Id; the job's too.
    pub id: String,
    /// Its project's id.
    pub project_id: String,
    /// Its project's name.
    pub project: String,
    /// The backup.
    pub backup_id: String,
    /// The moment that it brings back.
    pub backup_at_ms: Millis,
    /// How much came back.
    pub kind: DrillKindView,
    /// Where, in words.
    pub place: String,
    /// What came out.
    pub verdict: VerdictView,
    /// Why, as a sentence.
    pub reason: String,
    /// When it began.
    pub started_at_ms: Millis,
    /// When it ended.
    pub at_ms: Millis,
    /// From its beginning to the last check; absent where it did not come that far.
    pub rto_ms: Option<Millis>,
    /// How many things were left out there, since extensions were missing; the report names them.
    pub left_out: u32,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdictView {
    /// It is as it should be.
    Pass,
    /// It is not.
    Fail,
    /// It could not be shown either way.
    Inconclusive,
    /// It is as it was backed up, and a person should look at it.
    Noted,
    /// Nobody looked.
    NotChecked,
}

/// One check of what came back.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CheckView {
    /// Stable id, for instance `fingerprints`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What it came to.
    pub verdict: CheckVerdictView,
    /// The figure, for instance `41 of 41`.
    pub figure: String,
    /// What was compared with what, or why nothing was.
    pub done: String,
    /// What is not as it should be, the first ones.
    pub findings: Vec<String>,
    /// How many there are in all.
    pub found: Count,
    /// How long it took.
    pub ms: Millis,
}

/// A phase of a drill, with its time.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillPhaseView {
    /// Stable id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// When it began, from the drill's beginning.
    pub after_ms: Millis,
    /// How long it took.
    pub elapsed_ms: Millis,
}

/// A drill with its report.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillView {
    /// As in lists.
    #[serde(flatten)]
    pub row: DrillRowView,
    /// The project's goal, where it has one.
    pub goal_ms: Option<Millis>,
    /// The tables of a sample.
    pub tables: Vec<String>,
    /// Where the time went.
    pub phases: Vec<DrillPhaseView>,
    /// Every check that was made, or was not.
    pub checks: Vec<CheckView>,
    /// Facts beside it.
    pub facts: Vec<FactView>,
    /// How the system walled the private server in; absent where another server lent a database, and in reports of
    /// older versions.
    pub wall: Option<WallView>,
    /// What the tools said that is expected or tolerable.
    pub notes: Vec<String>,
    /// What was not brought back here, and why.
    pub limits: Vec<String>,
    /// What stood in the way.
    pub obstacles: Vec<String>,
    /// What started it.
    pub trigger: String,
    /// The equivalent command line.
    pub command: String,
}

/// Asks for drills, newest first.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ListDrills {
    /// Id or name of a project; absent means all.
    pub project: Option<String>,
    /// How many at most; 1 to 500.
    pub limit: u32,
}

/// Names a drill.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillRef {
    /// Id, or a unique prefix of one.
    pub drill: String,
}

/// Asks for a report as a file.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SaveDrillReport {
    /// Id, or a unique prefix of one.
    pub drill: String,
    /// Where to; ends in `.html` or `.json`. It may take the place of a report, and of nothing else.
    pub path: String,
}

/// An assertion of a project: a query that returns no row, or a single true.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AssertionView {
    /// Its name, unique in the project.
    pub name: String,
    /// The query.
    pub query: String,
    /// When it was added.
    pub created_at_ms: Millis,
}

/// Adds an assertion.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddAssertion {
    /// Id or name of the project.
    pub project: String,
    /// Its name.
    pub name: String,
    /// The query.
    pub query: String,
}

/// An assertion that may be added, as the command line that adds it.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AssertionDraftView {
    /// The command line. Adding it in the window is refused: a query can start programs.
    pub command: String,
}

/// Names an assertion.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AssertionRef {
    /// Id or name of the project.
    pub project: String,
    /// Its name.
    pub name: String,
}

/// What kind of data a project's goals were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CategoryView {
    /// Money.
    Financial,
    /// What users entered.
    UserData,
    /// Most things.
    Standard,
    /// What can be computed again.
    Analytics,
}

/// What a project is held to; what is absent nobody said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GoalView {
    /// The preset that they were taken from, until one of them is changed.
    pub category: Option<CategoryView>,
    /// How old the newest verified restorable point may get.
    pub rpo_ms: Option<Millis>,
    /// Within how many milliseconds it has to be back, where somebody said so.
    pub rto_ms: Option<Millis>,
    /// How many copies there have to be, the original among them.
    pub copies: Option<u32>,
    /// How often it has to be shown that it comes back.
    pub drill_every_ms: Option<Millis>,
    /// Whether only a drill counts that left nothing out.
    pub whole_drills: bool,
}

/// Says what a project is held to: all of it, so that what is absent is no goal.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetGoal {
    /// Id or name of the project.
    pub project: String,
    /// The goal.
    pub goal: GoalView,
}
