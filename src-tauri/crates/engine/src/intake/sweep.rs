//! Cleans up after dead runs: folders of imports are removed; fetched files stay for the next pull while
//! their project exists.

use std::collections::HashSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::DIRECTORY;
use crate::engine::Engine;
use base::failure::Failure;

/// Where pulls keep what they fetched; a folder per project below it.
pub(crate) const PULLS: &str = "pulls";

impl Engine {
    /// Removes what no run needs any more. A folder that does not go is said, and hinders nothing.
    pub(crate) async fn sweep_intake(&self) -> Result<(), Failure> {
        // What is there is listed first: a run, or a project, is known before it has a folder.
        let (spools, pulls) =
            (folders(&self.profile.home.join(DIRECTORY)), folders(&self.profile.home.join(PULLS)));
        let open = self.profile.catalog.open_jobs().await?.into_iter().map(|job| job.id).collect();
        remove_others(spools, &open);
        let projects = self.profile.catalog.projects().await?;
        let known = projects.into_iter().filter(|one| !one.is_archived).map(|one| one.id).collect();
        remove_others(pulls, &known);
        Ok(())
    }
}

fn folders(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Ok(entries) = folder.read_dir_utf8() else { return Vec::new() };
    entries.flatten().map(|entry| entry.path().to_owned()).collect()
}

/// Removes the folders that are named by none of `kept`.
fn remove_others(folders: Vec<Utf8PathBuf>, kept: &HashSet<String>) {
    for folder in folders.into_iter().filter(|one| one.file_name().is_some_and(|name| !kept.contains(name))) {
        match std::fs::remove_dir_all(&folder) {
            Ok(()) => tracing::info!(%folder, "removed what a run that ended left"),
            Err(error) => tracing::warn!(%error, %folder, "what a run left stays behind"),
        }
    }
}
