//! Platforms of projects: list their backups, request acts, watch them, and fetch backups.
//!
//! A verb. What a platform reports is a claim until its bytes are here; `intake` turns these into a backup,
//! for pulled and imported files alike.

use ledger::job::PhaseSpec;

mod act;
mod choose;
mod configuration;
mod confirm;
mod create;
mod diagnosis;
mod fetch;
mod found;
mod give;
mod give_new;
mod going_on;
mod logs;
mod look;
mod many;
mod needs;
mod new_project;
mod plan;
mod run;
mod safety;
mod test;
mod watch;

pub use act::Asked;
pub use choose::PullLimits;
pub(crate) use create::kinds;
pub(crate) use give_new::phases as import_phases;
pub use going_on::{GoingOn, can_pause};
pub use logs::{LogFile, LogFormat, LogsRequest};
pub use look::{PlatformLook, Seen};
pub use new_project::NewThere;
pub use plan::{PlannedPart, RemotePlan, RemotePlanRequest, RemoteTarget};
pub use run::PullRequest;
pub use safety::Safety;
pub use test::PlatformRung;
pub(crate) use watch::{Watching, watched};

/// The phases of a backup that a platform makes, and that is then pulled.
pub(crate) fn phases(place: &str, vault: &str) -> Vec<PhaseSpec> {
    let mut phases = vec![create::phase(place, "usual")];
    phases.extend(run::fetch_phases(place, vault));
    phases
}
