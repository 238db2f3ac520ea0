//! The stored result of a drill, and its report for others.

use serde::{Deserialize, Serialize};

use crate::proof::limit_sentences;
use ledger::catalog::DrillKind;
use ledger::component::Component;
use ledger::job::{Check, CheckVerdict, Fact, Phase};
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
    /// Whether a snapshot of Redis that passed was loaded by a server; reports of older versions say no.
    #[serde(default)]
    pub loads_redis: bool,
}

impl DrillReport {
    /// How much of a backup did not come back where the drill was made: what needs an extension that is missing there,
    /// each by itself, and owners and rights, all as one.
    pub(super) fn left_out(&self, kind: DrillKind) -> u32 {
        let lacks_rights =
            self.checks.iter().any(|check| check.id == "access" && check.verdict == CheckVerdict::NotChecked);
        let parts = self.checks.iter().filter(|check| is_part_left_out(check)).count();
        let limits = u32::try_from(self.limits.len() + parts).unwrap_or(u32::MAX);
        limits.saturating_add(u32::from(kind == DrillKind::Full && lacks_rights))
    }
}

impl DrillReport {
    /// What did not come back here, and why, as sentences without their full stops.
    pub fn limit_sentences(&self) -> Vec<String> {
        let mut all = limit_sentences(&self.limits);
        let is_only_read = |check: &&Check| !self.loads_redis && is_redis(check);
        let has_rows_without = |check: &&Check| check.id == "objects" && check.verdict == CheckVerdict::Noted;
        let of_parts = self
            .checks
            .iter()
            .filter(|check| is_part_left_out(check) || is_only_read(check) || has_rows_without(check));
        all.extend(of_parts.map(|check| {
            let why =
                if is_only_read(&check) { "read to its end, and loaded by no server" } else { &check.done };
            format!("{}: {}", check.title, why.trim_end_matches('.'))
        }));
        all
    }
}

/// Something beside the database that is not in the backup, or rows whose files are not.
fn is_part_left_out(check: &Check) -> bool {
    let is_part = check.id.contains(':');
    match check.verdict {
        CheckVerdict::NotChecked => is_part || check.id == "objects",
        // It came back, and some of it was not in the backup.
        CheckVerdict::Noted => is_part,
        _ => false,
    }
}

fn is_redis(check: &Check) -> bool {
    check.verdict == CheckVerdict::Pass && check.id.starts_with(&format!("{}:", Component::Redis.as_str()))
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
