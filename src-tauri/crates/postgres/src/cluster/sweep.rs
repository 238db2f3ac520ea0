//! Removes what a killed process left.

use camino::{Utf8Path, Utf8PathBuf};

use super::error::ClusterError;
use super::record::ClusterRecord;
use super::spec::Purpose;
use super::stop::{StopMode, stop};
use crate::tools::{SearchRoots, Tools};
use base::disk;

/// What a sweep did.
#[derive(Debug, Default)]
pub struct SweepReport {
    /// Directories that are gone now.
    pub removed: Vec<Utf8PathBuf>,
    /// What could not be removed, and why.
    pub failed: Vec<ClusterError>,
}

/// Stops and removes the profile's scratch clusters whose owner is dead: nobody who lives holds its lock.
/// Blocks for seconds.
///
/// # Errors
/// [`ClusterError::Record`] if the records cannot be read.
pub fn sweep(profile: &Utf8Path) -> Result<SweepReport, ClusterError> {
    let mut report = SweepReport::default();
    for record in ClusterRecord::all(profile)? {
        if record.purpose != Purpose::Scratch || !disk::is_dropped(&record.owner_lock) {
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
        stop(&record.place, set, StopMode::Immediate, None)?;
    }
    // Without its programs the server still ends, within a minute of losing its directory.
    record.place.remove()?;
    record.forget()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_whose_owners_lock_cannot_be_opened_stays() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        let directory = home.join("cluster");
        let lock = home.join("owner.lock");
        // Also the administrator cannot open a folder for writing.
        for path in [&directory, &lock, &home.join("cluster-records")] {
            disk::create_private_dir(path).unwrap();
        }
        let record = |lock: &Utf8Path| {
            let place = serde_json::json!({ "directory": directory, "port": 5432 });
            let record = serde_json::json!({
                "id": "scratch", "purpose": Purpose::Scratch, "place": place, "tools": home.join("no-tools"),
                "major": 17, "owner_lock": lock, "parameters": [], "file": "",
            });
            disk::write_private(&ClusterRecord::path(home, "scratch"), record.to_string().as_bytes())
                .unwrap();
        };

        record(&lock);
        assert!(sweep(home).unwrap().removed.is_empty() && directory.exists(), "it may be in use");
        record(&home.join("gone.lock"));
        assert_eq!((sweep(home).unwrap().removed, directory.exists()), (vec![directory.clone()], false));
    }
}
