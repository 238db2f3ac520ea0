//! A line in the profile for each cluster, so that one whose owner was killed is found again.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::place::Place;
use super::spec::Purpose;
use super::wall::Confinement;
use base::disk;

/// Folder of the records inside the profile.
const FOLDER: &str = "cluster-records";

/// What is known of a cluster. Holds no password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterRecord {
    /// Its name among the profile's clusters.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Where it is.
    pub place: Place,
    /// Directory of the programs that made it.
    pub tools: Utf8PathBuf,
    /// Major version of its data.
    pub major: u16,
    /// Held locked by its owner while that one lives.
    pub owner_lock: Utf8PathBuf,
    /// Parameters of the server's command line.
    pub parameters: Vec<(String, String)>,
    /// Whether the system walls it in, whenever it is started.
    #[serde(default)]
    pub confinement: Confinement,
    pub(super) file: Utf8PathBuf,
}

impl ClusterRecord {
    /// The path of a new record.
    pub(super) fn path(profile: &Utf8Path, id: &str) -> Utf8PathBuf {
        profile.join(FOLDER).join(format!("{id}.json"))
    }

    /// All records of the profile.
    pub(super) fn all(profile: &Utf8Path) -> Result<Vec<Self>, ClusterError> {
        let folder = profile.join(FOLDER);
        let failed = |source| ClusterError::Record { path: folder.clone(), source };
        let entries = match folder.read_dir_utf8() {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed(source)),
        };
        let mut records = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.into_path();
            if path.extension() == Some("json") {
                records.push(Self::read(&path)?);
            }
        }
        records.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(records)
    }

    fn read(path: &Utf8Path) -> Result<Self, ClusterError> {
        let failed = |source| ClusterError::Record { path: path.to_owned(), source };
        let text = std::fs::read(path).map_err(failed)?;
        let mut record: Self = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
        // The profile may have moved.
        path.clone_into(&mut record.file);
        Ok(record)
    }

    /// Whether it listens on its port too.
    pub(super) fn is_on_loopback(&self) -> bool {
        self.parameters.iter().any(|(name, value)| name == "listen_addresses" && !value.is_empty())
    }

    pub(super) fn save(&self) -> Result<(), ClusterError> {
        let failed = |source| ClusterError::Record { path: self.file.clone(), source };
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        disk::write_private(&self.file, &text).map_err(failed)
    }

    pub(super) fn forget(&self) -> Result<(), ClusterError> {
        disk::remove(&self.file).map_err(|source| ClusterError::Record { path: self.file.clone(), source })
    }
}
