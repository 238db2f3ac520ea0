//! Restores over a project, which is paused meanwhile, and projects made of exported files.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::state::Backup;
use super::{Project, Shared};
use crate::platforms::archive::{checksum, copy, gunzip, unpack, words};

impl Shared {
    /// Restores in a job; the project's status is all that shows it.
    pub(super) fn begin_restore(self: &Arc<Self>, project: Project, backup: Backup, parts: Value) {
        let status = |shared: &Self, status: &str| {
            shared.state().statuses.insert(project.reference.clone(), status.to_owned());
        };
        status(self, "PAUSED");
        if self.misbehaviour().is_stuck {
            return;
        }
        let (shared, target) = (Arc::clone(self), project.clone());
        let reference = project.reference;
        tokio::task::spawn_blocking(move || {
            let say = |status: &str| {
                shared.state().statuses.insert(reference.clone(), status.to_owned());
                std::thread::sleep(shared.options.step);
            };
            std::thread::sleep(shared.options.step);
            say("RESTORING");
            match shared.put_back(&target, &backup, &parts) {
                Ok(()) => {
                    say("RESUMING");
                    say("ACTIVE_HEALTHY");
                }
                Err(_) => say("RESTORE_FAILED"),
            }
        });
    }

    /// Goes to another state by way of one that lasts for a while.
    pub(super) fn begin_state(self: &Arc<Self>, reference: &str, by_way_of: &str, to: &'static str) {
        if let Some(hidden) = self.misbehaviour().hides_pauses_for.filter(|_| to == "PAUSED") {
            let (shared, reference) = (Arc::clone(self), reference.to_owned());
            tokio::spawn(async move {
                tokio::time::sleep(hidden).await;
                shared.state().statuses.insert(reference, to.to_owned());
            });
            return;
        }
        self.state().statuses.insert(reference.to_owned(), by_way_of.to_owned());
        if self.misbehaviour().pauses_forever {
            return;
        }
        let (shared, reference) = (Arc::clone(self), reference.to_owned());
        tokio::task::spawn_blocking(move || {
            std::thread::sleep(shared.options.step);
            shared.state().statuses.insert(reference, to.to_owned());
        });
    }

    fn put_back(&self, project: &Project, backup: &Backup, parts: &Value) -> Result<(), String> {
        let staging = tempfile::tempdir_in(&self.options.folder).map_err(words)?;
        let root = staging.path().join("tree");
        let mut archive = backup.file.clone();
        if backup.is_encrypted {
            let plain = staging.path().join("archive.tar.gz");
            self.options.encryption.run(true, &archive, &plain)?;
            archive = plain;
        }
        unpack(&archive, &root)?;
        for (name, folder) in [("database", "db"), ("storage", "storage"), ("config", "config")] {
            if backup.kind != "EXPORT" && backup.checksums.get(name) != checksum(&root.join(folder)).as_ref()
            {
                return Err(format!("checksum mismatch: {name}"));
            }
        }
        if parts["database"] == true {
            let mut dump = root.join("db/backup_db.dump");
            if backup.is_compressed {
                dump = gunzip(&root.join("db/backup_db.dump.gz"))?;
            }
            project.postgres.restore(&dump)?;
        }
        if parts["storage"] == true {
            let tree = staging.path().join("storage");
            unpack(&root.join("storage/storage_backup.tar.gz"), &tree)?;
            replace(&tree, &project.storage)?;
        }
        if parts["config"] == true {
            replace(&root.join("config"), &project.config)?;
        }
        Ok(())
    }

    /// A new project of an exported file.
    pub(super) async fn import(&self, like: &Project, file: &Path, name: &str) -> Result<Project, String> {
        let reference: String = uuid::Uuid::new_v4().simple().to_string().chars().take(12).collect();
        let root = self.options.folder.join("projects").join(&reference);
        std::fs::create_dir_all(&root).map_err(words)?;
        unpack(file, &root)?;
        let postgres = like.postgres.create(&format!("imported_{reference}")).await?;
        postgres.restore(&root.join("database.dump"))?;
        let (storage, config) = (root.join("storage"), root.join("config"));
        Ok(Project { reference, name: name.to_owned(), postgres, storage, config })
    }
}

fn replace(from: &Path, to: &Path) -> Result<(), String> {
    let _ = std::fs::remove_dir_all(to);
    copy(from, to)
}
