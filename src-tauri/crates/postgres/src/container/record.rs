//! A line in the profile for each container, so that one whose owner was killed is found again.

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::runtime::{REMOVE_MAX, Runtime, SWEEP_MAX, is_unknown};
use super::{ContainerError, ContainerSpec, make_folders};
use base::disk;

/// No program takes longer to make a container, or it is given up.
const SETTLED_AFTER: Duration = Duration::from_mins(10);
/// Folder of the records inside the profile.
const FOLDER: &str = "container-records";

/// What is known of a container. Holds no password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ContainerRecord {
    /// Its name.
    pub(super) name: String,
    /// The program that made it.
    program: Utf8PathBuf,
    /// Where its socket is, in a folder of its own.
    folder: Utf8PathBuf,
    /// Held locked by its owner while that one lives.
    owner_lock: Utf8PathBuf,
    #[serde(skip)]
    file: Utf8PathBuf,
}

impl ContainerRecord {
    pub(super) fn of(spec: &ContainerSpec, folder: Utf8PathBuf) -> Self {
        let name = format!("holdfast-{}", spec.short_job());
        let file = spec.profile.join(FOLDER).join(format!("{name}.json"));
        let (program, owner_lock) = (spec.runtime.program().to_owned(), spec.owner_lock.clone());
        Self { name, program, folder, owner_lock, file }
    }

    /// Makes the folders of a new one. It is written down before there is anything to forget.
    pub(super) fn make(spec: &ContainerSpec) -> Result<Self, ContainerError> {
        // A socket's path has to be short, and a profile's need not be.
        let temporary = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| "/tmp".into());
        let record = Self::of(spec, temporary.join(format!("holdfast-c-{}", spec.short_job())));
        let failed = |path: &Utf8Path| {
            let path = path.to_owned();
            move |source| ContainerError::Write { path, source }
        };
        if let Some(folder) = record.file.parent() {
            disk::create_private_dir(folder).map_err(failed(folder))?;
        }
        let text = serde_json::to_vec_pretty(&record).map_err(|error| failed(&record.file)(error.into()))?;
        disk::write_private(&record.file, &text).map_err(failed(&record.file))?;
        if let Err(source) = make_folders(&record.folder, &record.sockets()) {
            let _ = record.forget();
            return Err(failed(&record.folder)(source));
        }
        Ok(record)
    }

    /// The folder that is shared with the container.
    pub(super) fn sockets(&self) -> Utf8PathBuf {
        self.folder.join("s")
    }

    /// Removes the container, its folder and this record. A container that is gone is no failure.
    pub(super) fn remove(&self, runtime: &Runtime) -> Result<(), ContainerError> {
        self.remove_container(runtime, REMOVE_MAX)?;
        self.forget()
    }

    /// Whether there was one: the programs remove with success what is not there.
    fn remove_container(&self, runtime: &Runtime, limit: Duration) -> Result<bool, ContainerError> {
        let is_there = runtime.is_running(&self.name, limit)?.is_some();
        if is_there {
            let words = ["rm", "--force", "--volumes", &self.name].map(str::to_owned);
            match runtime.run(&words, &[], limit) {
                // Another process that sweeps too was there first.
                Err(ContainerError::Failed { said, .. }) if is_unknown(&said) => {}
                removed => drop(removed?),
            }
        }
        Ok(is_there)
    }

    /// The same for a process that was killed, and for a program that was ended: the engine may make the container
    /// only now, so that the record stays until nothing can come of it any more.
    pub(super) fn sweep(&self) -> Result<(), ContainerError> {
        let was_there = self.remove_container(&Runtime::at(self.program.clone()), SWEEP_MAX)?;
        let written = self.file.metadata().and_then(|file| file.modified());
        let is_settled = written.ok().and_then(|at| at.elapsed().ok()).is_none_or(|age| age > SETTLED_AFTER);
        if was_there || is_settled { self.forget() } else { Ok(()) }
    }

    fn forget(&self) -> Result<(), ContainerError> {
        match std::fs::remove_dir_all(&self.folder) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(ContainerError::Write { path: self.folder.clone(), source });
            }
            _ => {}
        }
        disk::remove(&self.file).map_err(|source| ContainerError::Write { path: self.file.clone(), source })
    }
}

/// Removes the profile's containers whose owner is dead, and tells what could not be removed. Blocks for seconds.
///
/// # Errors
/// If the records cannot be read.
pub fn sweep(profile: &Utf8Path) -> Result<Vec<ContainerError>, ContainerError> {
    let folder = profile.join(FOLDER);
    let failed = |source| ContainerError::Write { path: folder.clone(), source };
    let entries = match folder.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut left = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.into_path();
        if path.extension() != Some("json") {
            continue;
        }
        let unreadable = |source| ContainerError::Write { path: path.clone(), source };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            // Its owner has just removed it, or another process sweeps too.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => {
                left.push(unreadable(source));
                continue;
            }
        };
        match serde_json::from_slice::<ContainerRecord>(&text) {
            Err(error) => left.push(unreadable(error.into())),
            Ok(record) if disk::is_dropped(&record.owner_lock) => {
                let swept = ContainerRecord { file: path, ..record }.sweep();
                let is_silent = matches!(swept, Err(ContainerError::Late { .. }));
                left.extend(swept.err());
                if is_silent {
                    // Nothing else would be answered either, and somebody waits for the start.
                    break;
                }
            }
            Ok(_) => {}
        }
    }
    Ok(left)
}
