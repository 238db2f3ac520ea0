//! Rebuilds the catalogue from the vault alone.

use std::collections::{HashMap, HashSet};

use camino::Utf8Path;
use uuid::Uuid;
use vault::{SnapshotId, Vault, VaultStats};

use crate::archive::opened::blocking;
use crate::archive::{ArchiveError, BackupType, Manifest, TAG_KIND_RECEIPT, TAGS_KIND, Taken, normalise_key};
use crate::engine::Engine;
use crate::figures;
use base::clock::now_ms;
use base::disk;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{ProjectRecord, SourceRecord, VaultRecord};
use ledger::component::Components;
use ledger::event::Topic;

/// A manifest of a database with a hundred thousand tables is about 30 MiB; usual ones are some KiB.
const MANIFESTS_AT_ONCE: usize = 64;
/// A disk answers a few questions at once better than one after the other.
const READERS: usize = 4;

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

/// What of each project is known already; what was said on this computer is newer than any backup.
struct Settled {
    /// Of those that had a backup of everything, the components that it lacks: older ones say where they are.
    sources: HashMap<String, HashSet<String>>,
    tables: HashSet<String>,
    parts: HashSet<String>,
}

impl Settled {
    fn known<'a>(projects: impl Iterator<Item = &'a String>) -> Self {
        let known: HashSet<String> = projects.cloned().collect();
        let sources = known.iter().map(|project| (project.clone(), HashSet::new())).collect();
        Self { sources, tables: known.clone(), parts: known }
    }
}

impl Engine {
    /// The vault as it is now, or nothing when there is none.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
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

    /// Why the vault cannot be used, where it cannot, with its record; nothing when there is none. Asks
    /// less than `vault_status`: the home screen looks often.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn vault_problem(&self) -> Result<Option<(VaultRecord, Option<Failure>)>, Failure> {
        let Some(record) = self.profile.catalog.vault().await? else { return Ok(None) };
        let problem = self.profile.archive.vault().await.err();
        Ok(Some((record, problem)))
    }

    /// Opens an existing vault with its key, and rebuilds the catalogue from it.
    ///
    /// # Errors
    /// `wrong_key`, `no_repository`, `vault_exists`, or why the keychain does not take the key.
    #[crate::boxed]
    pub async fn open_vault(
        &self,
        name: Option<&str>,
        path: &Utf8Path,
        key: &str,
    ) -> Result<Rebuild, Failure> {
        let path = crate::archive::draft::absolute(path)?;
        let name = name.or_else(|| path.file_name()).unwrap_or("Vault").to_owned();
        self.profile.archive.attach(&name, &path, &normalise_key(key), now_ms()).await?;
        // Whoever typed the key from the kit has the kit.
        self.profile.archive.confirm_kit(now_ms()).await?;
        let rebuilt = self.rebuild_catalog().await?;
        // What this profile sent before it had this vault.
        self.keep_receipts_if_possible().await;
        Ok(rebuilt)
    }

    /// Recreates the catalogue's backups from the vault. Projects unknown to the catalogue are recreated
    /// without passwords, from their newest backup; proofs of this computer stay if their backup stays.
    ///
    /// # Errors
    /// When the vault or the catalogue does not answer; a snapshot that cannot be read is skipped and named.
    #[crate::boxed]
    pub async fn rebuild_catalog(&self) -> Result<Rebuild, Failure> {
        let catalog = &self.profile.catalog;
        let vault = self.profile.archive.vault().await?;
        let listing = vault.clone();
        let ids = blocking(move || Ok::<_, ArchiveError>(listing.snapshot_ids()?)).await?;
        let mut gone: HashSet<String> = catalog.backup_ids(None).await?.into_iter().collect();
        for id in &ids {
            gone.remove(&id.to_string());
        }
        let mut rebuild = Rebuild { snapshots: ids.len() as u64, ..Rebuild::default() };
        rebuild.projects = self.take_in(&vault, ids, &mut rebuild.skipped).await?;
        rebuild.skipped.extend(self.take_in_receipts().await?);
        let dropped = gone.len() as u64;
        for id in gone {
            catalog.remove_backup(&id).await?;
        }
        rebuild.backups = u64::try_from(catalog.backup_count(None).await?).unwrap_or(0);
        let details = Details::none()
            .with("backups", Fact::Count(rebuild.backups))
            .with("projects", Fact::Count(rebuild.projects))
            .with("dropped", Fact::Count(dropped))
            .with("skipped", Fact::Count(rebuild.skipped.len() as u64));
        let subject = Subject::vault(&self.profile.archive.record().await?);
        self.audit(Act::VaultCatalogRebuilt, &subject, details).await?;
        self.look_at_vault_if_there().await?;
        self.profile.jobs.changed(&[Topic::Projects, Topic::Backups, Topic::Vault, Topic::Setup]);
        Ok(rebuild)
    }

    /// Lists the backups of the vault that the catalogue does not know, as after a run that was killed
    /// between the end of its snapshot and the note of it. Reads only what is new.
    ///
    /// # Errors
    /// As `rebuild_catalog`.
    pub(crate) async fn take_in_unknown(&self) -> Result<(), Failure> {
        let vault = self.profile.archive.vault().await?;
        let known: HashSet<String> = self.profile.catalog.backup_ids(None).await?.into_iter().collect();
        let listing = vault.clone();
        let mut ids = blocking(move || Ok::<_, ArchiveError>(listing.snapshot_ids()?)).await?;
        ids.retain(|id| !known.contains(&id.to_string()));
        let mut skipped = Vec::new();
        self.take_in(&vault, ids, &mut skipped).await?;
        for one in skipped {
            tracing::warn!(snapshot = %one, "a snapshot is not listed");
        }
        self.profile.jobs.changed(&[Topic::Projects, Topic::Backups]);
        Ok(())
    }

    /// Reads the manifests of these snapshots and lists their backups; yields how many projects the
    /// catalogue has then.
    async fn take_in(
        &self,
        vault: &Vault,
        ids: Vec<SnapshotId>,
        skipped: &mut Vec<String>,
    ) -> Result<u64, Failure> {
        let catalog = &self.profile.catalog;
        let mut projects: HashMap<String, ProjectRecord> =
            catalog.projects().await?.into_iter().map(|one| (one.id.clone(), one)).collect();
        let mut settled = Settled::known(projects.keys());
        let of_vault = vault.clone();
        let (ids, unreadable) = blocking(move || newest_first(&of_vault, ids)).await?;
        skipped.extend(unreadable);
        for some in ids.chunks(MANIFESTS_AT_ONCE) {
            let (of_vault, some) = (vault.clone(), some.to_vec());
            let mut records = Vec::with_capacity(some.len());
            let mut counted = Vec::new();
            for (id, read) in blocking(move || manifests(&of_vault, &some)).await? {
                match read {
                    Ok(manifest) => {
                        self.make_project(&manifest, &mut projects).await?;
                        self.make_sources(&manifest, &mut settled.sources).await?;
                        self.make_choice(&manifest, &mut settled.tables).await?;
                        self.make_unwanted(&manifest, &mut settled.parts).await?;
                        let added = catalog.added_bytes(&id.to_string()).await?;
                        records.push(manifest.record(&id.to_string(), added));
                        counted.extend(figures::record(&manifest, &id.to_string()));
                    }
                    Err(why) => skipped.push(format!("{id}: {why}")),
                }
            }
            catalog.put_backups(&records).await?;
            catalog.put_counted(&counted).await?;
            let seen: HashSet<&str> = records.iter().map(|record| record.project_id.as_str()).collect();
            // After each portion, so that of many backups no more than those that are compared are kept.
            for project in seen {
                figures::weigh(catalog, project).await?;
            }
        }
        Ok(projects.len() as u64)
    }

    /// What was read of a project beside its database, by its backups down to one of everything that it had, and below that
    /// what this one could not read; whatever opens it is asked for when it is needed.
    async fn make_sources(
        &self,
        manifest: &Manifest,
        settled: &mut HashMap<String, HashSet<String>>,
    ) -> Result<(), Failure> {
        let project = &manifest.origin.project_id;
        let lacking = settled.get(project).cloned();
        // Older ones do not say what they were asked to take.
        let is_of_all = manifest.backup_type.is_none_or(|of| of == BackupType::Full);
        if lacking.is_none() && is_of_all && manifest.artifact.is_none() && !manifest.is_safety() {
            let absent = manifest.absent.iter().map(|absent| absent.name.clone()).collect();
            settled.insert(project.clone(), absent);
        }
        let is_unknown = |taken: &&Taken| lacking.as_ref().is_none_or(|names| names.contains(&taken.name));
        for taken in manifest.taken.iter().filter(is_unknown) {
            let source = SourceRecord {
                id: Uuid::now_v7().simple().to_string(),
                project_id: manifest.origin.project_id.clone(),
                name: taken.name.clone(),
                component: taken.component,
                place: taken.place.clone(),
                has_secret: false,
                created_at_ms: taken.began_at_ms,
            };
            self.profile.catalog.put_source(&source).await?;
        }
        Ok(())
    }

    /// Which rows and parts the backups of a project take, by the newest of them that tells.
    async fn make_choice(&self, manifest: &Manifest, settled: &mut HashSet<String>) -> Result<(), Failure> {
        // A safety backup has everything, and what was chosen for one backup alone is no choice of the project.
        let tells = manifest.database.is_some()
            && manifest.held_back.is_none()
            && manifest.artifact.is_none()
            && !manifest.is_safety();
        if !tells || !settled.insert(manifest.origin.project_id.clone()) {
            return Ok(());
        }
        if let Some(not_taken) = manifest.not_taken() {
            let project = &manifest.origin.project_id;
            self.profile.catalog.set_table_choice(project, &not_taken.choice).await?;
        }
        Ok(())
    }

    /// Which parts of a project nobody wants, by the newest backup of everything.
    async fn make_unwanted(&self, manifest: &Manifest, settled: &mut HashSet<String>) -> Result<(), Failure> {
        let project = &manifest.origin.project_id;
        let Some(coverage) = &manifest.coverage else { return Ok(()) };
        if settled.insert(project.clone()) && !coverage.unwanted.is_empty() {
            self.profile.catalog.set_unwanted(project, &coverage.unwanted).await?;
        }
        Ok(())
    }

    /// The project of a manifest, where the catalogue does not know it.
    async fn make_project(
        &self,
        manifest: &Manifest,
        projects: &mut HashMap<String, ProjectRecord>,
    ) -> Result<(), Failure> {
        let origin = &manifest.origin;
        if projects.contains_key(&origin.project_id) {
            return Ok(());
        }
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
            platform: origin.platform.clone(),
            parts: Components::NONE,
            has_password: false,
            server_version: manifest.server.as_ref().map(|server| server.version.clone()),
            acknowledged_at_ms: now_ms(),
            created_at_ms: now_ms(),
        };
        self.profile.catalog.put_project(&project).await?;
        projects.insert(project.id.clone(), project);
        Ok(())
    }
}

/// The backups of ours among these snapshots, newest first, and what is none of ours or cannot be read.
/// Blocks.
fn newest_first(vault: &Vault, ids: Vec<SnapshotId>) -> Result<(Vec<SnapshotId>, Vec<String>), ArchiveError> {
    let (mut found, mut skipped) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        match vault.snapshot(&id) {
            Ok(snapshot) if snapshot.tags.iter().any(|tag| TAGS_KIND.contains(&tag.as_str())) => {
                found.push((snapshot.time, id));
            }
            // What was sent to a chat is taken in by itself.
            Ok(snapshot) if snapshot.tags.iter().any(|tag| tag == TAG_KIND_RECEIPT) => {}
            Ok(_) => skipped.push(format!("{id}: not a backup of Holdfast")),
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => skipped.push(format!("{id}: {error}")),
        }
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok((found.into_iter().map(|(_, id)| id).collect(), skipped))
}

type ReadManifest = (SnapshotId, Result<Box<Manifest>, String>);

/// Reads the manifests of some snapshots, several at a time. Blocks.
///
/// # Errors
/// When the vault itself is gone; a manifest that cannot be read is a finding.
fn manifests(vault: &Vault, ids: &[SnapshotId]) -> Result<Vec<ReadManifest>, ArchiveError> {
    let share = ids.len().div_ceil(READERS).max(1);
    let read = |ids: &[SnapshotId]| -> Result<Vec<ReadManifest>, ArchiveError> {
        ids.iter()
            .map(|id| match Manifest::load(vault, id) {
                Ok(manifest) => Ok((*id, Ok(Box::new(manifest)))),
                Err(ArchiveError::Vault(error)) if error.is_fatal() => Err(error.into()),
                Err(error) => Ok((*id, Err(error.to_string()))),
            })
            .collect()
    };
    let done = std::thread::scope(|scope| {
        let readers: Vec<_> = ids.chunks(share).map(|ids| scope.spawn(move || read(ids))).collect();
        readers.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut all = Vec::with_capacity(ids.len());
    for read in done {
        match read {
            Ok(read) => all.extend(read?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    Ok(all)
}
