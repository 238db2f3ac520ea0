//! The catalogue: SQLite, one file per table.
//!
//! A cache of the vault for backups, and the home of what belongs to this computer alone: projects'
//! connections (without passwords), jobs, proofs, settings. The vault is the truth; `vault
//! rebuild-catalog` makes the backups here again from it.

mod assertions;
pub(crate) mod audit;
mod backups;
mod channels;
mod component_goals;
mod counted;
mod dated;
mod deletions;
mod deliveries;
mod drills;
mod error;
mod goals;
mod health;
mod jobs;
mod messages;
mod open;
mod overview;
mod papers;
mod period;
mod plans;
mod points;
mod projects;
mod proofs;
mod receipts;
mod replicas;
mod restores;
mod retention;
mod retention_runs;
mod rolling;
mod schedule_runs;
mod schedules;
mod scratches;
mod settings;
mod steps;
mod vaults;

pub use assertions::AssertionRecord;
pub(crate) use backups::Standing;
pub use backups::{BackupRecord, GrowthRecord};
pub(crate) use channels::ChannelRecord;
pub use component_goals::ComponentGoal;
pub(crate) use counted::CountedRecord;
pub use dated::LATER_MAX_MS;
pub(crate) use dated::believed_until_ms;
pub(crate) use deletions::Guard;
pub(crate) use deliveries::{ClaimedMessage, DeliveryEnd};
pub(crate) use drills::LentDatabase;
pub use drills::{DrillKind, DrillRecord};
pub use error::CatalogError;
pub use goals::{Category, Goals};
pub(crate) use health::{Expiring, NewestSeen, PlotRecord, SIZES, Unproven};
pub use jobs::{JobLine, JobRecord, JobState, Level};
pub(crate) use messages::{MessageRecord, Told};
pub use open::Catalog;
pub(crate) use overview::{FailedRun, Figures};
pub(crate) use papers::PointRecord;
pub use papers::{CleanRecord, ContactRecord, PlanFileRecord};
pub(crate) use period::{HeldRecord, LedgerRecord, RunRecord};
pub use projects::{Label, ProjectRecord};
pub use proofs::{ProofLevel, ProofRecord, Verdict};
pub(crate) use receipts::ReceiptRecord;
pub use replicas::ReplicaRecord;
pub use restores::RestoreRecord;
pub use retention::{FLOOR_USUAL, Keeping};
pub(crate) use retention::{KeptBackup, RetentionRecord};
pub use retention_runs::{RetentionRun, RunState};
pub(crate) use rolling::{Cycle, PackNote};
pub(crate) use schedule_runs::{Claim, SlotRecord};
pub(crate) use schedules::{ScheduleRecord, ScheduleSeen};
pub use scratches::ScratchRecord;
pub(crate) use steps::StepRecord;
pub use vaults::VaultRecord;
