//! Removes what a killed process left.

use camino::{Utf8Path, Utf8PathBuf};

use super::error::ClusterError;
use super::record::ClusterRecord;
use super::server::{self, StopMode};
use super::spec::Purpose;
use crate::disk;
use crate::source::postgres::tools::{SearchRoots, Tools};

/// What a sweep did.
#[derive(Debug, Default)]
pub struct SweepReport {
    /// Directories that are gone now.
    pub removed: Vec<Utf8PathBuf>,
    /// What could not be removed, and why.
    pub failed: Vec<ClusterError>,
}

/// Stops and removes the profile's scratch clusters whose owner is dead. Blocks for seconds.
///
/// # Errors
/// [`ClusterError::Record`] if the records cannot be read.
pub fn sweep(profile: &Utf8Path) -> Result<SweepReport, ClusterError> {
    let mut report = SweepReport::default();
    for record in ClusterRecord::all(profile)? {
        if record.purpose != Purpose::Scratch || is_owned(&record.owner_lock) {
            continue;
        }
        match remove(&record) {
            Ok(()) => report.removed.push(record.place.directory),
            Err(error) => report.failed.push(error),
        }
    }
    Ok(report)
}

fn remove(record: &ClusterRecord) -> Result<(), ClusterError> {
    let tools = Tools::discover(&SearchRoots::none().with_directory(&record.tools));
    if let Some(set) = tools.found.first() {
        server::stop(&record.place, set, StopMode::Immediate)?;
    }
    // Without its programs the server still ends, within a minute of losing its directory.
    record.place.remove()?;
    record.forget()
}

/// A lock file that can be locked belongs to nobody who lives.
fn is_owned(lock: &Utf8Path) -> bool {
    lock.is_file() && disk::open_lock(lock).is_ok_and(|file| file.try_lock().is_err())
}
