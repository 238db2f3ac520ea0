//! Queries for backups: lists, one by id or prefix or `PROJECT@latest`, details, growth.

use std::collections::{BTreeSet, HashMap};

use crate::archive::Manifest;
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use ledger::catalog::{
    BackupFilter, BackupRecord, DrillKind, DrillRecord, GrowthRecord, ProofLevel, ProofRecord, Standing,
    Taken, Verdict,
};
use ledger::job::{Check, CheckVerdict};

/// What a page may hold at most.
const PAGE_MAX: u32 = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A backup as lists show it.
#[derive(Debug, Clone)]
pub struct Backup {
    /// As the catalogue keeps it.
    pub record: BackupRecord,
    /// Name of its project.
    pub project: String,
    /// The level that stands.
    pub level: Option<ProofLevel>,
    /// What was tried last.
    pub last_proof: Option<ProofRecord>,
    /// True for the newest verified backup of its project.
    pub is_newest_verified: bool,
    /// What it is nothing without, where it is a part.
    pub needs: Option<Needed>,
}

/// A backup that another one is nothing without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Its id, or its id at the platform.
    pub name: String,
    /// Its id and its moment, where it is here.
    pub here: Option<(String, i64)>,
}

/// A backup with its manifest and its ledger.
#[derive(Debug, Clone)]
pub struct BackupDetails {
    /// As in lists.
    pub backup: Backup,
    /// The manifest, read from the vault.
    pub manifest: Manifest,
    /// Everything that was tried, newest first.
    pub proofs: Vec<ProofRecord>,
    /// What came back beside its database in the newest drill that showed something: `storage:uploads`.
    pub came_back: BTreeSet<String>,
}

/// Of the report of a drill, its checks.
#[derive(Default, serde::Deserialize)]
struct Checked {
    #[serde(default)]
    loads_redis: bool,
    checks: Vec<Check>,
}

impl Engine {
    /// A page of backups, newest first, and how many there are in all.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request` for a limit of 0 or above 500.
    #[crate::boxed]
    pub async fn backups(
        &self,
        project: Option<&str>,
        offset: u32,
        limit: u32,
    ) -> Result<(u64, Vec<Backup>), Failure> {
        require_page(limit)?;
        let catalog = &self.profile.catalog;
        let project = self.project_id(project).await?;
        let total = catalog.backup_count(project.as_deref()).await?;
        let records = catalog.backups(project.as_deref(), offset, limit).await?;
        Ok((u64::try_from(total).unwrap_or(0), self.dressed(records).await?))
    }

    /// A page of the backups that a filter leaves, newest first, and how many those are in all.
    ///
    /// # Errors
    /// As [`Self::backups`].
    #[crate::boxed]
    pub async fn sifted_backups(
        &self,
        filter: BackupFilter,
        offset: u32,
        limit: u32,
    ) -> Result<(u64, Vec<Backup>), Failure> {
        if filter.is_empty() {
            return self.backups(filter.project.as_deref(), offset, limit).await;
        }
        require_page(limit)?;
        let filter = self.with_project_id(filter).await?;
        let catalog = &self.profile.catalog;
        let (taken, records) = catalog.sifted(&filter, offset, limit).await?;
        // A page beyond the end says nothing of the others: backups went while somebody paged.
        let total = if records.is_empty() && offset > 0 {
            catalog.sifted(&filter, 0, 1).await?.0.backups
        } else {
            taken.backups
        };
        Ok((total, self.dressed(records).await?))
    }

    /// What the backups that a filter leaves take, as the catalogue knows it.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn taken(&self, filter: BackupFilter) -> Result<Taken, Failure> {
        let filter = self.with_project_id(filter).await?;
        let catalog = &self.profile.catalog;
        if filter.is_empty() {
            return Ok(catalog.taken(filter.project.as_deref()).await?);
        }
        Ok(catalog.sifted(&filter, 0, 1).await?.0)
    }

    pub(super) async fn with_project_id(&self, filter: BackupFilter) -> Result<BackupFilter, Failure> {
        let project = self.project_id(filter.project.as_deref()).await?;
        Ok(BackupFilter { project, ..filter })
    }

    async fn project_id(&self, project: Option<&str>) -> Result<Option<String>, Failure> {
        Ok(match project {
            Some(project) => Some(self.profile.project(project).await?.id),
            None => None,
        })
    }

    async fn dressed(&self, records: Vec<BackupRecord>) -> Result<Vec<Backup>, Failure> {
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let mut standings = self.profile.catalog.standings(&ids).await?;
        let mut needed = self.needed(&records).await?;
        // One that was deleted between the two questions is not listed.
        let dressed = records.into_iter().filter_map(|record| {
            let standing = standings.remove(&record.id)?;
            let here = needed.remove(&record.id);
            Some(dress(record, standing, here))
        });
        Ok(dressed.collect())
    }

    /// One backup by id, unique prefix, or `PROJECT@latest`.
    ///
    /// # Errors
    /// `backup_not_found`, `ambiguous_backup`.
    #[crate::boxed]
    pub async fn backup(&self, reference: &str) -> Result<Backup, Failure> {
        let record = self.profile.archive.find(reference).await?;
        let standing = self.profile.catalog.standings(&[&record.id]).await?.remove(&record.id);
        let standing = standing.ok_or_else(|| Failure::not_found(Code::BackupNotFound, reference))?;
        let here = self.needed(std::slice::from_ref(&record)).await?.remove(&record.id);
        Ok(dress(record, standing, here))
    }

    /// Id and moment of what these need, where it is here.
    async fn needed(&self, records: &[BackupRecord]) -> Result<HashMap<String, (String, i64)>, Failure> {
        let parts: Vec<&str> =
            records.iter().filter(|one| one.needs_id.is_some()).map(|one| one.id.as_str()).collect();
        if parts.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.profile.catalog.needed(&parts).await?)
    }

    /// A backup with its manifest, read from the vault.
    ///
    /// # Errors
    /// As `backup`, and why the vault does not give the manifest.
    #[crate::boxed]
    pub async fn backup_details(&self, reference: &str) -> Result<BackupDetails, Failure> {
        let backup = self.backup(reference).await?;
        let (_, manifest) = self.profile.archive.manifest(&backup.record.id).await?;
        let proofs = self.profile.catalog.proofs(&backup.record.id).await?;
        let came_back = self.came_back(&backup.record).await?;
        Ok(BackupDetails { backup, manifest, proofs, came_back })
    }

    /// What came back of a backup beside its database, by the ids of its checks: in the newest drill of everything that
    /// showed something.
    async fn came_back(&self, backup: &BackupRecord) -> Result<BTreeSet<String>, Failure> {
        let drills = self.profile.catalog.drills(Some(&backup.project_id), PAGE_MAX).await?;
        let shows = |drill: &&DrillRecord| {
            let is_of_it = drill.backup_id == backup.id && drill.kind == DrillKind::Full;
            is_of_it && drill.verdict != Verdict::Inconclusive
        };
        let Some(drill) = drills.iter().find(shows) else { return Ok(BTreeSet::new()) };
        // A report of another version says nothing of it.
        let report: Checked = serde_json::from_str(&drill.report).unwrap_or_default();
        let is_read = |id: &str| !report.loads_redis && id.starts_with("redis:");
        let passed = report.checks.into_iter().filter(|check| check.verdict == CheckVerdict::Pass);
        let passed = passed.filter(|check| !is_read(&check.id));
        Ok(passed.map(|check| check.id).filter(|id| id.contains(':')).collect())
    }

    /// Sizes of a project's backups over the last `days`, oldest first.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn growth(&self, project: &str, days: u32) -> Result<Vec<GrowthRecord>, Failure> {
        let project = self.profile.project(project).await?;
        let since = base::clock::now_ms() - i64::from(days) * DAY_MS;
        let catalog = &self.profile.catalog;
        // Backups of other components have other sizes.
        let main = catalog.main_component(&project.id).await?.into_iter().collect();
        Ok(catalog.growth(&project.id, since, main).await?)
    }
}

fn require_page(limit: u32) -> Result<(), Failure> {
    if (1..=PAGE_MAX).contains(&limit) {
        return Ok(());
    }
    Err(Failure::invalid(format!("a page of {limit} backups"), format!("Ask for 1 to {PAGE_MAX} at a time.")))
}

fn dress(record: BackupRecord, standing: Standing, here: Option<(String, i64)>) -> Backup {
    let Standing { project, level, last_proof, is_newest_verified } = standing;
    let needs = record.needs_id.clone().map(|name| Needed { name, here });
    Backup { record, project, level, last_proof, is_newest_verified, needs }
}
