//! The private Postgres servers that the application started, found by the records in its profile.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A server of the profile.
pub(crate) struct Server {
    directory: PathBuf,
}

/// All servers of this profile, running or not.
pub(crate) fn of(profile: &Path) -> Vec<Server> {
    let Ok(entries) = std::fs::read_dir(profile.join("cluster-records")) else { return Vec::new() };
    let records = entries.filter_map(|entry| std::fs::read(entry.ok()?.path()).ok());
    let directory = |record: Vec<u8>| {
        let record: Value = serde_json::from_slice(&record).ok()?;
        Some(Server { directory: record["place"]["directory"].as_str()?.into() })
    };
    records.filter_map(directory).collect()
}

impl Server {
    /// True while its process lives.
    pub(crate) fn is_running(&self) -> bool {
        self.process().is_some_and(|id| Path::new("/proc").join(id).exists())
    }

    /// Where its files are.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Ends it, and removes its files: what a test leaves on the computer is nothing.
    pub(crate) fn remove(&self) {
        if let Some(id) = self.process().filter(|_| self.is_running()) {
            // An immediate shutdown: nothing in there is needed any more.
            let _ = Command::new("kill").args(["-QUIT", &id]).status();
            while self.is_running() {
                std::thread::sleep(crate::peer::POLL);
            }
        }
        // Its parent belongs to this profile alone when root runs the test, and to the profile otherwise.
        let _ = std::fs::remove_dir_all(self.directory.parent().unwrap_or(&self.directory));
    }

    fn process(&self) -> Option<String> {
        let file = std::fs::read_to_string(self.directory.join("data/postmaster.pid")).ok()?;
        file.lines().next().map(str::to_owned)
    }
}
