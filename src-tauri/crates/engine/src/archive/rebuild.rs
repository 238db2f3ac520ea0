//! The catalogue made again from the vault alone.

use std::collections::{HashMap, HashSet};

use camino::Utf8Path;
use vault::{Snapshot, VaultStats};

use super::opened::blocking;
use super::{ArchiveError, Manifest, TAG_KIND_POSTGRES, normalise_key};
use crate::catalog::{ProjectRecord, VaultRecord};
use crate::clock::now_ms;
use crate::disk;
use crate::engine::Engine;
use crate::event::Topic;
use crate::failure::Failure;

/// What a rebuild found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuild {
    /// Snapshots in the vault.
    pub snapshots: u64,
    /// Backups in the catalogue now.
    pub backups: u64,
    /// Projects in the catalogue now.
    pub projects: u64,
    /// Snapshots that are no backups of ours, or cannot be read, and why.
    pub skipped: Vec<String>,
}

/// The vault as it is now.
#[derive(Debug, Clone)]
pub struct VaultStatus {
    /// Where it is.
    pub record: VaultRecord,
    /// Why it cannot be used, where it cannot.
    pub problem: Option<Failure>,
    /// What it takes on its disk.
    pub stored_bytes: u64,
    /// What is free there.
    pub free_bytes: Option<u64>,
    /// Backups in the catalogue.
    pub backups: u64,
}

impl Engine {
    /// The vault as it is now, or nothing when there is none.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    pub async fn vault_status(&self) -> Result<Option<VaultStatus>, Failure> {
        let Some(record) = self.profile.catalog.vault().await? else { return Ok(None) };
        let backups = u64::try_from(self.profile.catalog.backup_count(None).await?).unwrap_or(0);
        let looked = async {
            let vault = self.profile.archive.vault().await?;
            blocking(move || -> Result<VaultStats, ArchiveError> { Ok(vault.stats()?) }).await
        };
        let (stored_bytes, problem) = match looked.await {
            Ok(stats) => (stats.stored_bytes, None),
            Err(failure) => (0, Some(failure)),
        };
        let free_bytes = if record.path.exists() { disk::free_bytes(&record.path).ok() } else { None };
        Ok(Some(VaultStatus { record, problem, stored_bytes, free_bytes, backups }))
    }

    /// Opens an existing vault with its key, and rebuilds the catalogue from it.
    ///
    /// # Errors
    /// `wrong_key`, `no_repository`, `vault_exists`, or why the keychain does not take the key.
    pub async fn open_vault(
        &self,
        name: Option<&str>,
        path: &Utf8Path,
        key: &str,
    ) -> Result<Rebuild, Failure> {
        let path = super::draft::absolute(path)?;
        let name = name.or_else(|| path.file_name()).unwrap_or("Vault").to_owned();
        self.profile.archive.attach(&name, &path, &normalise_key(key), now_ms()).await?;
        // Whoever typed the key from the kit has the kit.
        self.profile.catalog.confirm_kit(now_ms()).await?;
        self.rebuild_catalog().await
    }

    /// Makes the backups in the catalogue again from the vault. Projects that the catalogue does not know
    /// come back without their passwords; proofs of this computer stay where their backup stays.
    ///
    /// # Errors
    /// When the vault or the catalogue does not answer; a snapshot that cannot be read is skipped and named.
    pub async fn rebuild_catalog(&self) -> Result<Rebuild, Failure> {
        let profile = &self.profile;
        let vault = profile.archive.vault().await?;
        let listing = vault.clone();
        let snapshots =
            blocking(move || -> Result<Vec<Snapshot>, ArchiveError> { Ok(listing.snapshots()?) }).await?;
        let mut rebuild = Rebuild { snapshots: snapshots.len() as u64, ..Rebuild::default() };
        let mut projects: HashMap<String, ProjectRecord> =
            profile.catalog.projects().await?.into_iter().map(|one| (one.id.clone(), one)).collect();
        let mut gone: HashSet<String> = profile.catalog.backup_ids(None).await?.into_iter().collect();
        for snapshot in snapshots {
            let id = snapshot.id;
            gone.remove(&id.to_string());
            if !snapshot.tags.iter().any(|tag| tag == TAG_KIND_POSTGRES) {
                rebuild.skipped.push(format!("{id}: not a backup of Holdfast"));
                continue;
            }
            let of_vault = vault.clone();
            match blocking(move || Manifest::load(&of_vault, &id)).await {
                Ok(manifest) => self.take_in(&id.to_string(), &manifest, &mut projects).await?,
                Err(failure) => rebuild.skipped.push(format!("{id}: {}", failure.message)),
            }
        }
        for id in gone {
            profile.catalog.remove_backup(&id).await?;
        }
        rebuild.backups = u64::try_from(profile.catalog.backup_count(None).await?).unwrap_or(0);
        rebuild.projects = projects.len() as u64;
        profile.jobs.changed(&[Topic::Projects, Topic::Backups, Topic::Vault, Topic::Setup]);
        Ok(rebuild)
    }

    async fn take_in(
        &self,
        id: &str,
        manifest: &Manifest,
        projects: &mut HashMap<String, ProjectRecord>,
    ) -> Result<(), Failure> {
        let catalog = &self.profile.catalog;
        let origin = &manifest.origin;
        if !projects.contains_key(&origin.project_id) {
            let taken = |name: &str| projects.values().any(|one| one.name.eq_ignore_ascii_case(name));
            let mut name = origin.project.clone();
            if taken(&name) {
                name = format!("{name} ({})", &origin.project_id[..8.min(origin.project_id.len())]);
            }
            let project = ProjectRecord {
                id: origin.project_id.clone(),
                name,
                label: origin.label,
                is_sample: origin.is_sample,
                // A sample's server was on the computer that is gone.
                is_archived: origin.is_sample,
                connection: origin.connection.clone(),
                has_password: false,
                server_version: Some(manifest.server.version.clone()),
                acknowledged_at_ms: now_ms(),
                created_at_ms: now_ms(),
            };
            catalog.put_project(&project).await?;
            projects.insert(project.id.clone(), project);
        }
        let added = catalog.added_bytes(id).await?;
        Ok(catalog.put_backup(&manifest.record(id, added)).await?)
    }
}
