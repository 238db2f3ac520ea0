//! The input of the checks: the gathered facts about one project, and about the profile.

use crate::medium::Medium;
use crate::project::ProjectStanding;
use crate::schedule::State;
use ledger::catalog::{Declared, Expiring, JobRecord, NewestSeen, RemoteExpiry, Unproven};
use ledger::job::Progress;

/// One project.
#[derive(Debug, Clone)]
pub(crate) struct ProjectFacts {
    pub(crate) now_ms: i64,
    pub(crate) standing: ProjectStanding,
    /// Its newest backup, where it has one.
    pub(crate) newest: Option<NewestSeen>,
    /// Backups of which the last proof is no pass, newest first.
    pub(crate) unproven: Vec<Unproven>,
    /// Backups that go within the week.
    pub(crate) expiring: Vec<Expiring>,
    /// What its platform deletes within the week, and what is not here; the first of it first.
    pub(crate) going_there: Vec<RemoteExpiry>,
    /// The backup before the first one in which a table stood out.
    pub(crate) usual_before: Option<String>,
    pub(crate) schedules: Vec<ScheduleSeen>,
    /// Runs of it that wait or go on.
    pub(crate) jobs: Vec<JobSeen>,
    /// Where its copies are.
    pub(crate) places: PlacesSeen,
}

/// Where the copies of a project are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PlacesSeen {
    /// When the original last answered: to a test, a backup or a pull.
    pub(crate) original_ms: Option<i64>,
    /// The server that the original is on.
    pub(crate) original: Option<Medium>,
    /// The vault; absent where there is none.
    pub(crate) vault: Option<PlaceSeen>,
    /// The replicas of the vault.
    pub(crate) replicas: Vec<ReplicaSeen>,
}

/// A folder that holds copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaceSeen {
    pub(crate) name: String,
    /// What it is on; absent where that cannot be told.
    pub(crate) medium: Option<Medium>,
    /// What a person said of where it is.
    pub(crate) declared: Option<Declared>,
}

/// A replica, as far as one project is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReplicaSeen {
    pub(crate) place: PlaceSeen,
    /// Whether it is on the vault's disk, as far as the system tells.
    pub(crate) is_same_disk: bool,
    /// The newest backup of the project that it has.
    pub(crate) newest_ms: Option<i64>,
    /// Whether something of it did not read back.
    pub(crate) is_damaged: bool,
}

/// A schedule, as far as its health goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScheduleSeen {
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) because: String,
    pub(crate) attempts: u32,
    /// What the last attempt came to.
    pub(crate) said: Option<String>,
    /// The run of the last attempt.
    pub(crate) job_id: Option<String>,
    /// Since when it is paused.
    pub(crate) paused_ms: Option<i64>,
    /// Whether it fetches backups: others may give up without a goal being missed.
    pub(crate) is_backup: bool,
    /// Whether it fetches what a platform has.
    pub(crate) is_pull: bool,
    /// Whether it copies to replicas, whose disks may well lie in a drawer.
    pub(crate) is_copy: bool,
}

impl ScheduleSeen {
    /// Whether it will do by itself what it is there for.
    pub(crate) fn is_well(&self) -> bool {
        !matches!(self.state, State::GivenUp | State::Paused | State::Over)
    }
}

/// A channel that is told something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChannelSeen {
    pub(crate) name: String,
    /// Why the last attempt did not work.
    pub(crate) problem: Option<String>,
    /// Since when messages are given up.
    pub(crate) failing_since_ms: Option<i64>,
}

/// A run that waits or goes on.
#[derive(Debug, Clone)]
pub(crate) struct JobSeen {
    pub(crate) record: JobRecord,
    /// As far as it can be read.
    pub(crate) progress: Option<Progress>,
    /// Whether its process is dead.
    pub(crate) is_dead: bool,
    /// Title and age of what it waits for, where something is in its way.
    pub(crate) waits_for: Option<(String, i64)>,
}

impl JobSeen {
    /// When its process last wrote how far it is.
    pub(crate) fn heard_ms(&self) -> i64 {
        let begun = self.record.started_at_ms.unwrap_or(self.record.created_at_ms);
        let phases = self.progress.iter().flat_map(|progress| &progress.phases);
        let ends = phases.filter_map(|phase| Some(phase.started_at_ms? + phase.elapsed_ms.unwrap_or(0)));
        ends.max().unwrap_or(begun).max(begun)
    }
}

/// What holds for the profile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Space {
    /// Name of the vault.
    pub(crate) vault: String,
    /// What the vault takes.
    pub(crate) stored_bytes: u64,
    /// What is free there; absent where it cannot be asked.
    pub(crate) free_bytes: Option<u64>,
    /// What a day adds by the trend of the last month; absent where there are too few days.
    pub(crate) day_bytes: Option<u64>,
    /// The most that one backup of the last month added.
    pub(crate) largest_day_bytes: u64,
}
