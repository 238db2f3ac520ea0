//! The stored record of a restore, for its undo and for identifying it after a kill.

use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::plan::RestorePlan;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::{Catalog, RestoreRecord};
use ledger::job::{RestoreReport, StepResult};

/// How far a restore came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreState {
    /// It has not touched what was there.
    Preparing,
    /// It is doing so at this moment; only the server knows whether it happened.
    Switching,
    /// What was planned is done.
    Done,
    /// It ended before it touched what was there.
    Failed,
    /// What was there before is there again.
    Undone,
    /// It is done, and what was kept for an undo is gone.
    Discarded,
}

impl RestoreState {
    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Switching => "switching",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Undone => "undone",
            Self::Discarded => "discarded",
        }
    }

    /// The state of a stored word. One that is not known is none: of any other it would be said what it left.
    fn parse(text: &str) -> Option<Self> {
        match text {
            "preparing" => Some(Self::Preparing),
            "switching" => Some(Self::Switching),
            "done" => Some(Self::Done),
            "failed" => Some(Self::Failed),
            "undone" => Some(Self::Undone),
            "discarded" => Some(Self::Discarded),
            _ => None,
        }
    }
}

/// What a restore left on the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traces {
    /// The database that is filled, until it has its name.
    pub incomplete: Option<String>,
    /// Its number on the server.
    pub new_oid: Option<u32>,
    /// The database that was there before a swap: its number.
    pub old_oid: Option<u32>,
    /// The name that it has since.
    pub old_name: Option<String>,
    /// The schema that tables were restored into beside the old ones.
    pub schema: Option<String>,
    /// The number of that schema.
    #[serde(default)]
    pub schema_oid: Option<u32>,
    /// The numbers of the tables in it that the restore made.
    #[serde(default)]
    pub schema_tables: Vec<u32>,
    /// The schema that keeps what others wrote between the safety backup and the locks.
    #[serde(default)]
    pub written: Option<String>,
    /// The transaction, by the server's number, of which the server says whether it was committed.
    pub transaction: Option<String>,
    /// The backup that was made before.
    pub safety_backup: Option<String>,
    /// When it was last tried to drop what was to go by itself.
    #[serde(default)]
    pub discard_tried_ms: Option<i64>,
}

/// A restore as it is kept.
#[derive(Debug, Clone)]
pub struct Restore {
    /// Id: that of its job.
    pub id: String,
    /// The project that its target belongs to.
    pub project_id: Option<String>,
    /// What was planned.
    pub plan: RestorePlan,
    /// How far it came.
    pub state: RestoreState,
    /// What it left on the server.
    pub traces: Traces,
    /// What its checks found.
    pub report: Option<RestoreReport>,
    /// What came of each recovery step; they are noted apart, as they go.
    pub steps: Vec<StepResult>,
    /// When it began.
    pub at_ms: i64,
}

impl Restore {
    pub(super) fn begin(job_id: &str, plan: &RestorePlan) -> Self {
        Self {
            id: job_id.to_owned(),
            project_id: plan.password_of.clone(),
            plan: plan.clone(),
            state: RestoreState::Preparing,
            traces: Traces::default(),
            report: None,
            steps: plan.recovery_steps.iter().map(|step| step.planned(&plan.database)).collect(),
            at_ms: now_ms(),
        }
    }

    /// Stores how far it came. Before each act on what was there, so that a kill cannot outrun it.
    pub(crate) async fn note(&mut self, catalog: &Catalog, state: RestoreState) -> Result<(), Failure> {
        self.state = state;
        let internal =
            |error: serde_json::Error| Failure::new(Code::Internal, error.to_string(), "Report this.");
        let report = self.report.as_ref().map(serde_json::to_string).transpose().map_err(internal)?;
        let record = RestoreRecord {
            id: self.id.clone(),
            project_id: self.project_id.clone(),
            plan: serde_json::to_string(&self.plan).map_err(internal)?,
            state: state.as_str().to_owned(),
            traces: serde_json::to_string(&self.traces).map_err(internal)?,
            report,
            steps: serde_json::to_string(&self.steps).map_err(internal)?,
            at_ms: self.at_ms,
        };
        Ok(catalog.put_restore(&record).await?)
    }

    fn read(record: RestoreRecord) -> Result<Self, Failure> {
        let unreadable = |error: serde_json::Error| {
            Failure::new(
                Code::RestoreUnreadable,
                format!("what was kept of restore {} cannot be read: {error}", record.id),
                "A newer version of Holdfast may have written it; use that one.",
            )
        };
        let unknown = || unreadable(serde_json::Error::custom(format!("its state is {:?}", record.state)));
        let state = RestoreState::parse(&record.state).ok_or_else(unknown)?;
        Ok(Self {
            plan: serde_json::from_str(&record.plan).map_err(unreadable)?,
            traces: serde_json::from_str(&record.traces).map_err(unreadable)?,
            report: record.report.as_deref().map(serde_json::from_str).transpose().map_err(unreadable)?,
            steps: serde_json::from_str(&record.steps).map_err(unreadable)?,
            state,
            id: record.id,
            project_id: record.project_id,
            at_ms: record.at_ms,
        })
    }
}

impl Engine {
    /// Restores that were applied, newest first.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    #[crate::boxed]
    pub async fn restores(&self, limit: u32) -> Result<Vec<Restore>, Failure> {
        self.profile.catalog.restores(limit).await?.into_iter().map(Restore::read).collect()
    }

    /// One restore by its id, or the beginning of it.
    ///
    /// # Errors
    /// `restore_not_found`, `ambiguous_restore`.
    #[crate::boxed]
    pub async fn restore(&self, reference: &str) -> Result<Restore, Failure> {
        let mut found = if reference.len() < 4 {
            Vec::new()
        } else {
            self.profile.catalog.restores_by_prefix(&reference.to_ascii_lowercase()).await?
        };
        if found.len() > 1 {
            return Err(Failure::new(
                Code::AmbiguousRestore,
                format!("{reference} is the beginning of more than one restore's id"),
                "Give more characters of the id.",
            ));
        }
        Restore::read(found.pop().ok_or_else(|| Failure::not_found(Code::RestoreNotFound, reference))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_not_known_is_no_other_one() {
        let all = [
            RestoreState::Preparing,
            RestoreState::Switching,
            RestoreState::Done,
            RestoreState::Failed,
            RestoreState::Undone,
            RestoreState::Discarded,
        ];
        for state in all {
            assert_eq!(RestoreState::parse(state.as_str()), Some(state));
        }
        assert_eq!(RestoreState::parse("verifying"), None);
    }

    #[test]
    fn a_restore_of_an_unknown_state_is_not_said_to_be_as_it_was() {
        let record = RestoreRecord {
            id: "1a2b3c4d".into(),
            project_id: None,
            plan: "{}".into(),
            state: "verifying".into(),
            traces: "{}".into(),
            report: None,
            steps: "[]".into(),
            at_ms: 0,
        };
        let failure = Restore::read(record).unwrap_err();
        assert_eq!(failure.code, Code::RestoreUnreadable);
        assert!(failure.message.contains("its state is \"verifying\""), "{}", failure.message);
    }
}
