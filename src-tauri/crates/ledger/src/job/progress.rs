//! Where a job is: its phases, its figures, and how much time is left.

use remote::platform::Ticket;
use serde::{Deserialize, Serialize};

use super::{GoesOn, StepResult, WaitsFor};
use crate::component::Component;
use crate::names::FileNames;

/// State of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseState {
    /// Not begun.
    Waits,
    /// Goes on.
    Running,
    /// Goes on, and nothing moved for a while.
    Stalled,
    /// Done.
    Done,
    /// Did not work.
    Failed,
}

/// A phase as it is planned.
#[derive(Debug, Clone)]
pub struct PhaseSpec {
    /// Stable id.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What, from where, to where.
    pub sentence: String,
    /// Its share of the whole in the overall per cent; shares are relative to each other.
    pub weight: u32,
}

/// A phase as it goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Phase {
    /// Stable id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What, from where, to where.
    pub sentence: String,
    /// Its share of the whole.
    pub weight: u32,
    /// State.
    pub state: PhaseState,
    /// Bytes so far.
    pub bytes: u64,
    /// Bytes in all, where they are known or estimated.
    pub bytes_total: Option<u64>,
    /// Rows so far.
    pub rows: u64,
    /// When it began.
    pub started_at_ms: Option<i64>,
    /// How long it took, or takes so far.
    pub elapsed_ms: Option<i64>,
}

/// The fact that tells why somebody started a run.
pub const WHY: &str = "Why";

/// A fact shown beside a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fact {
    /// What.
    pub name: String,
    /// The value.
    pub value: String,
    /// A second line.
    pub note: Option<String>,
}

/// Everything that is shown of a job while it goes on, and after.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Phases in order.
    pub phases: Vec<Phase>,
    /// Facts beside it.
    pub facts: Vec<Fact>,
    /// What cancelling leaves, or what is safe to do next.
    pub safe_next: String,
    /// Bytes per second over the last seconds.
    pub bytes_per_second: Option<u64>,
    /// Time left, at best and at worst.
    pub left_ms: Option<(i64, i64)>,
    /// Recovery steps in order, with what came of each.
    #[serde(default)]
    pub steps: Vec<StepResult>,
    /// The person whom it waits for, and why.
    #[serde(default)]
    pub waits_for: Option<WaitsFor>,
    /// What it goes on with when it ends in the middle.
    #[serde(default)]
    pub goes_on: Option<GoesOn>,
    /// Backups that it made, where it may make several; they stay, however it ends.
    #[serde(default)]
    pub made: Vec<String>,
    /// What it had a platform make.
    #[serde(default)]
    pub there: Option<Creation>,
    /// What it brings back beside a database.
    #[serde(default)]
    pub parts: Option<PartsRestored>,
}

/// What a run brings back beside a database, to where it came from. Kept before the first file is written, so that it
/// can be undone however the run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartsRestored {
    /// The backup.
    pub backup_id: String,
    /// The component.
    pub component: Component,
    /// The sources of it.
    pub names: Vec<String>,
    /// Which of its files.
    #[serde(flatten)]
    pub files: FileNames,
    /// The sources of which it came to delete files that the backup does not have.
    pub deleted_of: Vec<String>,
    /// The backup of the state before.
    pub safety: Option<String>,
    /// Whether nothing of it was there before.
    pub is_all_new: bool,
}

impl PartsRestored {
    /// Whether the state before is known: kept in a backup, or nothing. Of the keys that a server got in between, nobody
    /// knows who made them.
    pub fn can_be_undone(&self) -> bool {
        self.safety.is_some() || (self.is_all_new && self.component != Component::Redis)
    }
}

/// How far a run is that has a platform make a backup. Kept, so that another attempt watches what goes on there
/// instead of having one more made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Creation {
    /// It was asked for at this moment (milliseconds since 1970), and no answer is known.
    Asked(i64),
    /// It goes on there, or ended well.
    Began(Ticket),
}

/// A running phase never says that it is complete: 100 % means verified.
const RUNNING_SHARE_MAX: f64 = 0.99;

impl Progress {
    /// Why a person started the run, as they said.
    pub fn reason(&self) -> Option<&str> {
        self.facts.iter().find(|fact| fact.name == WHY).map(|fact| fact.value.as_str())
    }

    /// All phases waiting.
    pub fn planned(phases: Vec<PhaseSpec>, safe_next: String) -> Self {
        let phases = phases
            .into_iter()
            .map(|spec| Phase {
                id: spec.id.into(),
                title: spec.title.into(),
                sentence: spec.sentence,
                weight: spec.weight,
                state: PhaseState::Waits,
                bytes: 0,
                bytes_total: None,
                rows: 0,
                started_at_ms: None,
                elapsed_ms: None,
            })
            .collect();
        Self { phases, safe_next, ..Self::default() }
    }

    /// Overall progress, 0 to 100.
    pub fn percent(&self) -> f64 {
        let total: f64 = self.phases.iter().map(|phase| f64::from(phase.weight)).sum();
        let done: f64 = self.phases.iter().map(|phase| f64::from(phase.weight) * share(phase)).sum();
        if total > 0.0 { 100.0 * done / total } else { 0.0 }
    }

    /// The phase that goes on.
    pub fn current(&self) -> Option<&Phase> {
        self.phases.iter().find(|phase| matches!(phase.state, PhaseState::Running | PhaseState::Stalled))
    }

    pub(super) fn current_mut(&mut self) -> Option<&mut Phase> {
        self.phases.iter_mut().find(|phase| matches!(phase.state, PhaseState::Running | PhaseState::Stalled))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of bytes for a progress bar")]
fn share(phase: &Phase) -> f64 {
    match phase.state {
        PhaseState::Waits => 0.0,
        PhaseState::Done => 1.0,
        PhaseState::Running | PhaseState::Stalled | PhaseState::Failed => match phase.bytes_total {
            Some(total) if total > 0 => (phase.bytes as f64 / total as f64).min(RUNNING_SHARE_MAX),
            _ => 0.0,
        },
    }
}
