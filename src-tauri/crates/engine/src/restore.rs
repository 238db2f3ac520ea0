//! Restores: a plan that is shown, confirmed, and applied while it is fresh; the checks decide.
//!
//! A restore never starts by destroying data: it fills a new database, or works in one transaction that is
//! checked before it is committed. The facts in the plan are checked again when it starts, and databases are
//! dropped by OID.

mod ability;
mod absent;
mod along;
mod apply;
mod around;
mod aside;
mod audited;
mod beside;
mod by_key;
mod chosen;
mod code;
mod confirm;
mod connect;
mod counts;
mod damage;
mod database;
mod defaults;
mod describe;
mod difference;
mod existing;
mod forbidden;
mod in_place;
mod locks;
mod made;
mod make;
mod making;
mod meanwhile;
mod merge;
mod needed;
mod numbers;
mod phases;
mod plan;
mod planning;
mod preview;
mod properties;
mod recognised;
mod record;
mod report;
mod request;
mod rest;
mod settings;
mod silent;
mod standing;
mod structure;
mod swap;
mod tables;
mod target;
mod transaction;
mod undo;
mod within;
mod writable;

pub(crate) use apply::{Begun, show};
pub use existing::{Connected, Identity};
pub(crate) use phases::job_spec;
pub use plan::{KeyDifference, Later, LeftOut, Makes, PlannedTable, RestorePlan, Safety, TableAct};
pub use record::{Restore, RestoreState, Traces};
pub use report::RestoreAccount;
pub use request::{RestoreRequest, RestoreTarget, Strategy, TableMode, Writers};
pub use standing::Standing;
pub(crate) use transaction::Work;
