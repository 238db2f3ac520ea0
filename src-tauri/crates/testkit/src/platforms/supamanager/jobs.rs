//! Backups and exports as jobs that take time: dump, copy, pack, encrypt.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::state::Backup;
use super::{Project, Shared};
use crate::platforms::answer::{moment, now_ms};
use crate::platforms::archive::{checksum, copy, files, gzip, pack, words};

impl Shared {
    /// Begins a backup, and gives it as it stands at its begin.
    pub(super) fn begin(
        self: &Arc<Self>,
        project: Project,
        kind: &str,
        compress: bool,
        encrypt: bool,
    ) -> Backup {
        let wrong = self.misbehaviour();
        let backup = self.enlist(&project, kind, compress, encrypt);
        if wrong.completes_without_bytes {
            self.change(&backup.id, |backup| (backup.status, backup.progress) = ("COMPLETED", 100));
        } else if !wrong.is_stuck {
            let (shared, job) = (Arc::clone(self), backup.clone());
            tokio::task::spawn_blocking(move || {
                let made = shared.make(&project, &job);
                shared.end(&job.id, made);
            });
        }
        backup
    }

    /// The same in the call itself: compressed, and not encrypted.
    pub(super) fn make_now(&self, project: &Project, kind: &str) -> String {
        let backup = self.enlist(project, kind, true, false);
        self.end(&backup.id, self.make(project, &backup));
        backup.id
    }

    fn end(&self, id: &str, made: Result<(u64, BTreeMap<String, String>), String>) {
        self.change(id, |backup| match made {
            Ok((size, checksums)) => {
                (backup.status, backup.progress, backup.size) = ("COMPLETED", 100, size);
                (backup.checksums, backup.completed_ms) = (checksums, Some(now_ms()));
            }
            Err(error) => (backup.status, backup.error) = ("FAILED", Some(error)),
        });
    }

    fn enlist(&self, project: &Project, kind: &str, compress: bool, encrypt: bool) -> Backup {
        let mut state = self.state();
        let mut at = now_ms();
        // Ids and names have seconds: two in one second differ by one.
        let (id, stamp) = loop {
            let stamp = jiff::Timestamp::from_millisecond(i64::try_from(at).unwrap()).unwrap();
            let stamp = stamp.strftime("%Y%m%d_%H%M%S").to_string();
            let id = format!("backup_{}_{stamp}", project.reference);
            if state.backups.iter().all(|backup| backup.id != id) {
                break (id, stamp);
            }
            at += 1000;
        };
        let folder = self.options.folder.join("backups").join(&project.reference);
        std::fs::create_dir_all(&folder).unwrap();
        let name = match kind {
            "EXPORT" => format!("project_{}_export.tar.gz", project.reference),
            kind => format!("backup_{stamp}_{}.tar.gz", kind.to_lowercase()),
        };
        let name = if encrypt { name + ".enc" } else { name };
        let backup = Backup {
            id,
            project: project.reference.clone(),
            kind: kind.to_owned(),
            status: "CREATING",
            progress: 0,
            size: 0,
            created_ms: at,
            completed_ms: None,
            expires_ms: at + u64::try_from(self.options.backup_lifetime.as_millis()).unwrap(),
            error: None,
            is_compressed: compress,
            is_encrypted: encrypt,
            checksums: BTreeMap::new(),
            file: folder.join(name),
        };
        state.backups.push(backup.clone());
        backup
    }

    fn step(&self, id: &str, progress: u8) {
        std::thread::sleep(self.options.step);
        self.change(id, |backup| backup.progress = progress);
    }

    fn make(&self, project: &Project, job: &Backup) -> Result<(u64, BTreeMap<String, String>), String> {
        let staging = tempfile::tempdir_in(&self.options.folder).map_err(words)?;
        let root = staging.path().join("tree");
        std::fs::create_dir_all(&root).map_err(words)?;
        let mut sums = BTreeMap::new();
        let mut sum = |name: &str, folder: &Path| {
            sums.extend(checksum(folder).map(|sum| (name.to_owned(), sum)));
        };
        self.step(&job.id, 5);
        if job.kind != "STORAGE" {
            let folder = if job.kind == "EXPORT" { root.clone() } else { root.join("db") };
            std::fs::create_dir_all(&folder).map_err(words)?;
            let dump = folder.join(if job.kind == "EXPORT" { "database.dump" } else { "backup_db.dump" });
            if self.misbehaviour().fails_dumps {
                return Err("pg_dump: error: connection to server failed: FATAL: too many clients".to_owned());
            }
            project.postgres.dump("custom", &dump)?;
            if job.is_compressed && job.kind != "EXPORT" {
                gzip(&dump)?;
            }
            sum("database", &folder);
        }
        self.step(&job.id, 40);
        if job.kind != "DATABASE" {
            self.add_storage(project, job, &root, staging.path())?;
            sum("storage", &root.join("storage"));
        }
        self.step(&job.id, 70);
        if matches!(job.kind.as_str(), "FULL" | "EXPORT") {
            copy(&project.config, &root.join("config"))?;
            sum("config", &root.join("config"));
        }
        if job.kind == "EXPORT" {
            let about =
                json!({ "ref": project.reference, "name": project.name, "exported_at": moment(now_ms()) });
            std::fs::write(root.join("metadata.json"), about.to_string()).map_err(words)?;
        }
        self.step(&job.id, 90);
        let plain = staging.path().join("archive.tar.gz");
        pack(&root, &plain)?;
        if job.is_encrypted {
            self.options.encryption.run(false, &plain, &job.file)?;
        } else {
            std::fs::copy(&plain, &job.file).map_err(words)?;
        }
        Ok((std::fs::metadata(&job.file).map_err(words)?.len(), sums))
    }

    /// A tree in exports, one archive in backups; incremental ones hold what changed since the last full one.
    fn add_storage(
        &self,
        project: &Project,
        job: &Backup,
        root: &Path,
        staging: &Path,
    ) -> Result<(), String> {
        let target = root.join("storage");
        if job.kind == "EXPORT" {
            return copy(&project.storage, &target);
        }
        let tree = staging.join("storage");
        copy(&project.storage, &tree)?;
        let is_full = |backup: &&Backup| {
            backup.kind == "FULL" && backup.status == "COMPLETED" && backup.project == job.project
        };
        let since = self.state().backups.iter().filter(is_full).map(|backup| backup.created_ms).max();
        if let ("INCREMENTAL", Some(since)) = (job.kind.as_str(), since) {
            for file in files(&project.storage) {
                let changed = std::fs::metadata(&file).and_then(|about| about.modified()).map_err(words)?;
                if changed < std::time::UNIX_EPOCH + std::time::Duration::from_millis(since) {
                    std::fs::remove_file(tree.join(file.strip_prefix(&project.storage).unwrap()))
                        .map_err(words)?;
                }
            }
        }
        std::fs::create_dir_all(&target).map_err(words)?;
        pack(&tree, &target.join("storage_backup.tar.gz"))
    }
}
