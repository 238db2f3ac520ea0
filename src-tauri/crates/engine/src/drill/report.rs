//! The stored result of a drill, and its report for others.

use serde::{Deserialize, Serialize};

use ledger::job::{Check, Fact, Phase};
use postgres::cluster::Wall;
use postgres::missing::Limit;

/// A phase of a drill, with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillPhase {
    /// Stable id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// When it began, from the drill's beginning.
    pub after_ms: i64,
    /// How long it took.
    pub elapsed_ms: i64,
}

/// What is kept beside verdict and reason.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DrillReport {
    /// The tables of a sample.
    pub tables: Vec<String>,
    /// Where the time went.
    pub phases: Vec<DrillPhase>,
    /// Every check that was made, or was not.
    pub checks: Vec<Check>,
    /// Facts beside it.
    pub facts: Vec<Fact>,
    /// What the tools said that is expected or tolerable.
    pub notes: Vec<String>,
    /// What was not brought back here, and why; none in reports of older versions.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// What stood in the way.
    pub obstacles: Vec<String>,
    /// The equivalent command line.
    pub command: String,
    /// What started it.
    pub trigger: String,
    /// Bytes of the backup; 0 in reports of older versions.
    #[serde(default)]
    pub bytes: u64,
    /// How the system walled the private server in; absent where another server lent a database, and in
    /// reports of older versions.
    #[serde(default)]
    pub wall: Option<Wall>,
}

/// The phases that were begun.
pub(super) fn phases(all: Vec<Phase>, started_at_ms: i64) -> Vec<DrillPhase> {
    let begun = all.into_iter().filter_map(|phase| {
        Some(DrillPhase {
            id: phase.id,
            title: phase.title,
            after_ms: (phase.started_at_ms? - started_at_ms).max(0),
            elapsed_ms: phase.elapsed_ms?,
        })
    });
    begun.collect()
}
