//! Backups: plan, start, list, show, verify, delete.

use base::command::{BackupSave, Command, Packing, RestorePlan, RestoreTo};
use engine::archive::BackupType;
use engine::backup::{
    Backup, BackupDetails, BackupPlan, BackupWish, DeletionPlan as EngineDeletionPlan, Needed,
};
use engine::drill::DrillRequest;
use engine::proof::{Coverage, Standing};
use engine::{Engine, archive};
use ledger::catalog::{GrowthRecord, ProofLevel, ProofRecord, Verdict};
use ledger::job::Trigger;

use super::Answer;
use super::component::{brought_back, components, held};
use super::recognised::recognised;
use super::sift::filter;
use crate::backup::{
    ArtifactView, AskGrowth, AskProofs, BackupPage, BackupPlanView, BackupRef, BackupRow, BackupView,
    CoverageView, DeleteBackup, DeletionPlan, GrowthPoint, LevelView, ListBackups, NeededView, PartView,
    ProofStandingView, ProofView, RecoveryPoint, StartBackup, TreeView, VerdictView, VerifyBackup,
};
use crate::command::Nothing;
use crate::job::JobStarted;
use crate::number::Count;
use crate::tables::TableView;

/// More than a screen shows.
const PROOFS_MAX: usize = 100;
/// Enough of an id for people.
const SHORT_ID: usize = 8;

/// Plans a backup.
///
/// # Errors
/// `component_not_found`; why the server, the tools or the vault cannot be used.
#[crate::boxed]
pub async fn backup_plan(engine: &Engine, request: StartBackup) -> Answer<BackupPlanView> {
    let (project, wish) = wish(request)?;
    Ok(engine.plan_backup(&project, &wish).await?.into())
}

/// Starts a backup.
///
/// # Errors
/// `project_not_found`, `no_vault`, `project_archived`.
#[crate::boxed]
pub async fn backup_start(engine: &Engine, request: StartBackup) -> Answer<JobStarted> {
    let (project, wish) = wish(request)?;
    Ok(JobStarted { job_id: engine.start_backup_of(&project, wish).await? })
}

/// The project, and what of it is wished for.
fn wish(request: StartBackup) -> Answer<(String, BackupWish)> {
    let StartBackup { project, reason, only, tables } = request;
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let (only, tables) = (components(&only)?, tables.map(Into::into));
    Ok((project, BackupWish { reason, only, tables, ..BackupWish::default() }))
}

/// A page of backups.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn backup_list(engine: &Engine, request: ListBackups) -> Answer<BackupPage> {
    let ListBackups { project, offset, limit, sift } = request;
    let (total, backups) = engine.sifted_backups(filter(project, sift)?, offset, limit).await?;
    Ok(BackupPage { total: Count(total), backups: backups.into_iter().map(Into::into).collect() })
}

/// A backup with its manifest and ledger.
///
/// # Errors
/// `backup_not_found`, or why the vault does not give the manifest.
#[crate::boxed]
pub async fn backup_show(engine: &Engine, request: BackupRef) -> Answer<BackupView> {
    let details = engine.backup_details(&request.backup).await?;
    let previous_id = match &details.manifest.documents {
        Some(documents) if details.manifest.is_of_documents_alone() => documents.compared_with.clone(),
        Some(_) | None => engine.backup_before(&details.backup).await?,
    };
    Ok(BackupView { previous_id, ..details.into() })
}

/// What was read again of a backup, part by part with the rest of the vault.
///
/// # Errors
/// `backup_not_found`, or why the vault does not say where the backup lies.
#[crate::boxed]
pub async fn backup_coverage(engine: &Engine, request: BackupRef) -> Answer<CoverageView> {
    Ok(engine.coverage(&request.backup).await?.into())
}

/// How backups are proven, level by level, and how long a drill of each would take.
///
/// # Errors
/// `invalid_request` for more than 100.
#[crate::boxed]
pub async fn proof_standing(engine: &Engine, request: AskProofs) -> Answer<Vec<ProofStandingView>> {
    if request.backups.len() > PROOFS_MAX {
        return Err(engine::Failure::invalid(
            format!("the proofs of {} backups", request.backups.len()),
            format!("Ask for {PROOFS_MAX} at a time."),
        )
        .into());
    }
    Ok(engine.proof_standings(&request.backups).await?.into_iter().map(Into::into).collect())
}

/// Sizes over time.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn backup_growth(engine: &Engine, request: AskGrowth) -> Answer<Vec<GrowthPoint>> {
    Ok(engine.growth(&request.project, request.days).await?.into_iter().map(Into::into).collect())
}

/// What deleting a backup would do.
///
/// # Errors
/// `backup_not_found`.
#[crate::boxed]
pub async fn backup_deletion_plan(engine: &Engine, request: BackupRef) -> Answer<DeletionPlan> {
    Ok(engine.plan_deletion(&request.backup).await?.into())
}

/// Deletes a backup.
///
/// # Errors
/// `newest_verified`, `below_floor`, `not_confirmed`.
#[crate::boxed]
pub async fn backup_delete(engine: &Engine, request: DeleteBackup) -> Answer<Nothing> {
    engine.delete_backup(&request.backup, &request.confirm).await?;
    Ok(Nothing {})
}

/// Starts to prove a backup; that it restores is shown by a drill.
///
/// # Errors
/// `backup_not_found`; for a drill also what `drill_start` says.
#[crate::boxed]
pub async fn verify_start(engine: &Engine, request: VerifyBackup) -> Answer<JobStarted> {
    let VerifyBackup { backup, level } = request;
    let job_id = match level {
        LevelView::Restored => engine.start_drill(DrillRequest::of_backup(backup)).await?,
        LevelView::Bytes | LevelView::Readable => engine.start_verify(&backup, level.into()).await?,
    };
    Ok(JobStarted { job_id })
}

/// Enough of an id for people.
pub(super) fn short_id(id: &str) -> String {
    id.chars().take(SHORT_ID).collect()
}

impl From<LevelView> for ProofLevel {
    fn from(level: LevelView) -> Self {
        match level {
            LevelView::Bytes => Self::Bytes,
            LevelView::Readable => Self::Readable,
            LevelView::Restored => Self::Restored,
        }
    }
}

impl From<ProofLevel> for LevelView {
    fn from(level: ProofLevel) -> Self {
        match level {
            ProofLevel::Bytes => Self::Bytes,
            ProofLevel::Readable => Self::Readable,
            ProofLevel::Restored => Self::Restored,
        }
    }
}

impl From<Verdict> for VerdictView {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<ProofRecord> for ProofView {
    fn from(proof: ProofRecord) -> Self {
        let ProofRecord { backup_id: _, store: _, level, verdict, at_ms, elapsed_ms, reason } = proof;
        Self {
            level: level.into(),
            verdict: verdict.into(),
            at_ms: at_ms.into(),
            elapsed_ms: elapsed_ms.into(),
            reason,
        }
    }
}

/// A stored number that is never negative.
fn count(number: i64) -> Count {
    Count(u64::try_from(number).unwrap_or(0))
}

impl From<Backup> for BackupRow {
    fn from(backup: Backup) -> Self {
        let Backup { record, project, level, last_proof, is_newest_verified, needs } = backup;
        Self {
            short_id: short_id(&record.id),
            id: record.id,
            project_id: record.project_id,
            project,
            at_ms: record.at_ms.into(),
            reason: record.reason,
            trigger: trigger_words(&record.trigger).to_owned(),
            who: record.who,
            components: record.parts.split(',').map(str::to_owned).collect(),
            size_bytes: count(record.size_bytes),
            added_bytes: count(record.added_bytes),
            rows: record.row_count.map(count),
            tables: count(record.table_count),
            migration: record.migration,
            level: level.map(Into::into),
            last_proof: last_proof.map(Into::into),
            warnings: u32::try_from(record.warning_count).unwrap_or(0),
            is_newest_verified,
            needs: needs.map(Into::into),
            held_back: record.held_back,
        }
    }
}

impl From<Needed> for NeededView {
    fn from(Needed { name, here }: Needed) -> Self {
        let (id, at_ms) = here.unzip();
        Self { name, id, at_ms: at_ms.map(Into::into) }
    }
}

/// What started something, for people; another version may know more of them.
pub(super) fn trigger_words(word: &str) -> &str {
    Trigger::parse(word).map_or(word, |known| known.words())
}

impl From<archive::Part> for PartView {
    fn from(part: archive::Part) -> Self {
        let component = part.component().to_owned();
        let archive::Part { path, bytes, sha256 } = part;
        Self { component, path, size_bytes: Count(bytes), sha256 }
    }
}

impl From<archive::Tree> for TreeView {
    fn from(tree: archive::Tree) -> Self {
        let archive::Tree { component, path, files, bytes } = tree;
        Self { component, path, files: Count(files), size_bytes: Count(bytes) }
    }
}

impl From<archive::Artifact> for ArtifactView {
    fn from(artifact: archive::Artifact) -> Self {
        let archive::Artifact {
            parts: _,
            what,
            layers,
            made_by,
            made_at_ms,
            remote_id,
            findings,
            unloaded,
            is_trusted,
        } = artifact;
        Self {
            what,
            layers,
            made_by,
            made_at_ms: made_at_ms.map(Into::into),
            remote_id,
            findings,
            unloaded,
            is_trusted,
        }
    }
}

impl From<archive::Documents> for ArtifactView {
    fn from(documents: archive::Documents) -> Self {
        let findings = documents.change_words();
        let archive::Documents { what, given_by, files: _, not_restorable: _, compared_with: _, changes: _ } =
            documents;
        Self {
            what,
            layers: Vec::new(),
            made_by: Some(given_by),
            made_at_ms: None,
            remote_id: None,
            findings,
            unloaded: None,
            is_trusted: true,
        }
    }
}

impl From<BackupDetails> for BackupView {
    fn from(details: BackupDetails) -> Self {
        let BackupDetails { backup, manifest, proofs, came_back } = details;
        let row = BackupRow::from(backup);
        let is_documents = manifest.is_of_documents_alone();
        let components = held(&manifest, row.level, &came_back);
        let parts = manifest.parts().cloned().map(PartView::from).collect();
        let holds = |component: &str| manifest.trees.iter().any(|tree| tree.component == component);
        let recognised = manifest.recognised.map(|found| recognised(found, holds));
        let absent = manifest.absent.into_iter().map(Into::into).collect();
        let trees = manifest.trees.into_iter().map(Into::into).collect();
        let documents = manifest.documents.filter(|_| manifest.artifact.is_none());
        let artifact = manifest.artifact.map(Into::into).or(documents.map(|documents| (*documents).into()));
        let mut not_taken = None;
        let (name, tool_version, tables) = match manifest.database {
            Some(database) => {
                not_taken = database.not_taken.map(|not_taken| (*not_taken).into());
                let tables = database.tables.unwrap_or_default();
                (Some(database.name), Some(format!("pg_dump {}", database.tool)), tables)
            }
            None => (None, None, Vec::new()),
        };
        let mut table_list: Vec<TableView> = tables.into_iter().map(Into::into).collect();
        table_list.sort_by_key(|table| std::cmp::Reverse(table.size_bytes));
        let (connection, platform) = (&manifest.origin.connection, &manifest.origin.platform);
        let restore_command = match components.iter().find(|held| held.comes_back) {
            Some(held) if name.is_none() => brought_back(&row.short_id, &held.component),
            None if is_documents => {
                saved(&row.short_id, row.components.first().map_or("config", String::as_str))
            }
            _ => looked_into(&row.short_id),
        };
        let places: Vec<&str> = components.iter().filter_map(|held| held.from.as_deref()).collect();
        let what = name.unwrap_or_else(|| "files".to_owned());
        let origin = match (platform, connection) {
            (Some(platform), _) => format!("{what} of {} at {}", platform.reference, platform.place()),
            (None, Some(origin)) => format!("{what} at {}:{}", origin.host, origin.port),
            (None, None) if places.is_empty() => format!("{what}, from a file"),
            (None, None) => places.join(", "),
        };
        let server = manifest.server;
        Self {
            restore_command: restore_command.into(),
            type_words: manifest.backup_type.and_then(BackupType::words).map(str::to_owned),
            origin,
            recognised,
            trees,
            components,
            coverage: manifest.coverage.map(|coverage| (*coverage).into()),
            absent,
            artifact,
            row,
            parts,
            table_list,
            server_version: server.as_ref().map(|server| server.version.clone()),
            tool_version,
            lsn: server.and_then(|server| server.lsn),
            started_at_ms: manifest.started_at_ms.into(),
            finished_at_ms: manifest.finished_at_ms.into(),
            extensions: manifest.extensions,
            not_taken,
            warnings: manifest.warnings,
            proofs: proofs.into_iter().map(Into::into).collect(),
            previous_id: None,
        }
    }
}

impl From<Standing> for ProofStandingView {
    fn from(standing: Standing) -> Self {
        let Standing { backup_id, proofs, drill } = standing;
        Self { backup_id, proofs: proofs.into_iter().map(Into::into).collect(), drill: drill.into() }
    }
}

impl From<Coverage> for CoverageView {
    fn from(coverage: Coverage) -> Self {
        let proven_at_ms = coverage.proven_at_ms();
        let Coverage { packs, packs_read, oldest_at_ms, newest_at_ms, damaged, missing } = coverage;
        Self {
            packs: Count(packs),
            packs_read: Count(packs_read),
            oldest_at_ms: oldest_at_ms.map(Into::into),
            newest_at_ms: newest_at_ms.map(Into::into),
            proven_at_ms: proven_at_ms.map(Into::into),
            damaged: damaged.into_iter().map(Into::into).collect(),
            missing: Count(missing),
        }
    }
}

impl From<GrowthRecord> for GrowthPoint {
    fn from(point: GrowthRecord) -> Self {
        let GrowthRecord { id, at_ms, size_bytes, added_bytes } = point;
        Self {
            backup_id: id,
            at_ms: at_ms.into(),
            size_bytes: count(size_bytes),
            added_bytes: count(added_bytes),
        }
    }
}

impl From<BackupPlan> for BackupPlanView {
    fn from(plan: BackupPlan) -> Self {
        let BackupPlan {
            project,
            origin,
            destination,
            server_version,
            tool_version,
            tables,
            database_bytes,
            free_bytes,
            new_tables,
            gone_tables,
            left_out,
            parts,
            warnings,
        } = plan;
        Self {
            project,
            origin,
            destination,
            server_version,
            tool_version,
            tables: Count(tables),
            database_bytes: Count(database_bytes),
            free_bytes: Count(free_bytes),
            new_tables,
            gone_tables,
            left_out,
            parts,
            warnings,
        }
    }
}

impl From<EngineDeletionPlan> for DeletionPlan {
    fn from(plan: EngineDeletionPlan) -> Self {
        let EngineDeletionPlan { backup, confirm, refusal, effects, newest_verified_after } = plan;
        Self {
            backup: backup.into(),
            confirm,
            refusal: refusal.map(|failure| failure.message),
            effects,
            newest_verified_after: newest_verified_after
                .map(|(backup_id, at_ms)| RecoveryPoint { backup_id, at_ms: at_ms.into() }),
        }
    }
}

/// A part of documents, as a file.
fn saved(backup: &str, part: &str) -> Command {
    Command::BackupSave(BackupSave {
        backup: backup.to_owned(),
        part: part.to_owned(),
        tables: Vec::new(),
        form: None,
        clean: false,
        no_owner: false,
        file: format!("{part}.tar"),
        packing: Packing::None,
        is_encrypted: false,
        replace: false,
    })
}

/// A restore that only looks.
fn looked_into(backup: &str) -> Command {
    let (backup, out) = (backup.to_owned(), "plan.json".to_owned());
    Command::RestorePlan(RestorePlan {
        backup,
        to: RestoreTo::Scratch,
        no_safety_because: None,
        lets_writers_write: false,
        after: None,
        out,
    })
}
