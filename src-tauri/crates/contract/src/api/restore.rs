//! Restores: plan, apply, and scratch clusters.

use base::secret::Secret;
use camino::Utf8PathBuf;
use engine::Engine;
use engine::proof::{Estimate, RESTORE_REPORT};
use engine::restore::{
    Connected, Identity, LeftOut, PlannedTable as EnginePlannedTable, Restore, RestoreAccount, RestorePlan,
    RestoreRequest, RestoreTarget, Safety, Standing, TableAct, TableMode, Writers,
};
use engine::scratch::Scratch;
use postgres::remedy::Remedy;

use super::Answer;
use super::drill::{neither, written};
use super::job::restore_view;
use super::steps::{places, planned};
use crate::backup::LevelView;
use crate::command::Nothing;
use crate::job::JobStarted;
use crate::number::Count;
use crate::restore::{
    ApplyRestore, ConnectedView, EstimateView, LeftOutView, PlanRestore, PlanUndo, PlannedTable, RemedyView,
    RestorePlanView, RestoreRef, RestoreReportView, RestoreRow, RestoreStandingView, SafetyView,
    SaveRestoreReport, ScratchRef, ScratchView, TableModeView, TargetIdentityView, TargetRequest,
};

/// The list goes back so far; the audit log further.
const RESTORES_MAX: u32 = 500;

/// Plans a restore.
///
/// # Errors
/// `backup_not_found`, or why the target cannot be looked at.
#[crate::boxed]
pub async fn restore_plan(engine: &Engine, request: PlanRestore) -> Answer<RestorePlanView> {
    let target = match request.target {
        TargetRequest::Scratch => RestoreTarget::Scratch,
        TargetRequest::NewDatabase { name, project } => {
            RestoreTarget::NewDatabase { name: name.trim().into(), project }
        }
        TargetRequest::OtherServer { name, connection, password } => RestoreTarget::OtherServer {
            name: name.trim().into(),
            connection: Box::new((*connection).into()),
            password: password.map(Secret::new),
        },
        TargetRequest::Swap { project, keep_days } => RestoreTarget::Swap { project, keep_days },
        TargetRequest::InPlace { project } => RestoreTarget::InPlace { project },
        TargetRequest::Tables { project, tables, mode } => {
            RestoreTarget::Tables { project, tables, mode: mode.into() }
        }
        TargetRequest::AllRows { project, mode, makes } => {
            RestoreTarget::AllRows { project, mode: mode.into(), makes }
        }
    };
    let no_safety_because = request.no_safety_because;
    let writers = if request.let_writers_write { Writers::GoOn } else { Writers::Wait };
    let (backup, after) = (request.backup, request.after);
    let request = RestoreRequest { backup, target, no_safety_because, writers, after };
    Ok(engine.plan_restore(request).await?.into())
}

/// Applies a plan.
///
/// # Errors
/// `not_confirmed`, `plan_blocked`, `connections_open`, `plan_stale`, `plan_not_found`.
#[crate::boxed]
pub async fn restore_apply(engine: &Engine, request: ApplyRestore) -> Answer<JobStarted> {
    let ApplyRestore { plan_id, confirm, end_connections } = request;
    Ok(JobStarted { job_id: engine.apply_restore(&plan_id, &confirm, end_connections).await? })
}

/// Restores that were applied, newest first.
///
/// # Errors
/// When the catalogue cannot be read.
#[crate::boxed]
pub async fn restore_list(engine: &Engine, _: Nothing) -> Answer<Vec<RestoreRow>> {
    Ok(engine.restores(RESTORES_MAX).await?.into_iter().map(Into::into).collect())
}

/// How a restore stands, and what can be done about it.
///
/// # Errors
/// `restore_not_found`, `ambiguous_restore`.
#[crate::boxed]
pub async fn restore_show(engine: &Engine, request: RestoreRef) -> Answer<RestoreStandingView> {
    let (restore, standing) = engine.restore_standing(&request.restore).await?;
    let Standing { sentence, next, can_undo, can_discard, .. } = standing;
    let steps = restore.steps.iter().cloned().map(Into::into).collect();
    Ok(RestoreStandingView { restore: restore.into(), sentence, next, can_undo, can_discard, steps })
}

/// A restore written down for others.
///
/// # Errors
/// `restore_not_found`, `ambiguous_restore`.
#[crate::boxed]
pub async fn restore_report(engine: &Engine, request: RestoreRef) -> Answer<RestoreReportView> {
    Ok(engine.restore_account(&request.restore).await?.into())
}

/// Writes the report of a restore into a file, as a page or as a document.
///
/// # Errors
/// `restore_not_found`, `invalid_request` for another kind of file, `file_exists`, `write_failed`.
#[crate::boxed]
pub async fn restore_report_save(engine: &Engine, request: SaveRestoreReport) -> Answer<Nothing> {
    let account = engine.restore_account(&request.restore).await?;
    let path = Utf8PathBuf::from(request.path);
    let text = match path.extension() {
        Some("html" | "htm") => account.html(),
        Some("json") => written(&RestoreReportView::from(account))?,
        _ => return Err(neither(&path)),
    };
    engine.save_report(&path, text).await?;
    Ok(Nothing {})
}

/// Plans the undo of a restore.
///
/// # Errors
/// `nothing_to_undo`, `restore_not_found`, `reason_needed`.
#[crate::boxed]
pub async fn restore_undo_plan(engine: &Engine, request: PlanUndo) -> Answer<RestorePlanView> {
    Ok(engine.plan_undo(&request.restore, request.no_safety_because).await?.into())
}

/// Plans to drop what a restore kept for its undo.
///
/// # Errors
/// `nothing_to_discard`, `restore_not_found`.
#[crate::boxed]
pub async fn restore_discard_plan(engine: &Engine, request: RestoreRef) -> Answer<RestorePlanView> {
    Ok(engine.plan_discard(&request.restore).await?.into())
}

/// Scratch clusters of this profile.
///
/// # Errors
/// When they cannot be listed.
#[crate::boxed]
pub async fn scratch_list(engine: &Engine, _: Nothing) -> Answer<Vec<ScratchView>> {
    Ok(engine.scratches().await?.into_iter().map(Into::into).collect())
}

/// Removes a scratch cluster.
///
/// # Errors
/// `scratch_not_found`, or what could not be removed.
#[crate::boxed]
pub async fn scratch_remove(engine: &Engine, request: ScratchRef) -> Answer<Nothing> {
    engine.remove_scratch(&request.scratch).await?;
    Ok(Nothing {})
}

impl From<Estimate> for EstimateView {
    fn from(estimate: Estimate) -> Self {
        let Estimate { ms, is_guess, basis } = estimate;
        Self { ms: ms.into(), is_guess, basis }
    }
}

impl From<RestoreAccount> for RestoreReportView {
    fn from(account: RestoreAccount) -> Self {
        let RestoreAccount { restore, standing, who, origin, phases, outcome, finished_at_ms } = account;
        let Standing { state: _, sentence, next, can_undo, can_discard } = standing;
        Self {
            format: RESTORE_REPORT.into(),
            who,
            origin,
            plan: restore.plan.clone().into(),
            phases: phases.into_iter().map(Into::into).collect(),
            steps: restore.steps.iter().cloned().map(Into::into).collect(),
            outcome,
            finished_at_ms: finished_at_ms.map(Into::into),
            result: restore.report.clone().map(|report| restore_view(report, &restore.id)),
            sentence,
            next,
            can_undo,
            can_discard,
            restore: restore.into(),
        }
    }
}

impl From<RestorePlan> for RestorePlanView {
    fn from(plan: RestorePlan) -> Self {
        let lets_writers_write = plan.waits_for_backup().then_some(plan.writers == Writers::GoOn);
        let level = match plan.level {
            Some(1) => Some(LevelView::Bytes),
            Some(2) => Some(LevelView::Readable),
            Some(3) => Some(LevelView::Restored),
            _ => None,
        };
        let (rows_back, rows_lost, is_estimate) = (plan.rows_back(), plan.rows_lost(), plan.is_guessed());
        let tables: Vec<PlannedTable> = plan.tables.into_iter().map(Into::into).collect();
        let database = &plan.database;
        Self {
            recovery_steps: planned(&plan.recovery_steps, database, &plan.steps),
            id: plan.id,
            backup_id: plan.backup_id,
            project: plan.project,
            at_ms: plan.at_ms.into(),
            level,
            strategy: plan.strategy.as_str().into(),
            mode: plan.mode.map(Into::into),
            after_ms: plan.after.map(|later| later.at_ms.into()),
            target_database: plan.database,
            target: plan.target,
            target_label: plan.target_label,
            identity: plan.identity.map(Into::into),
            left_out: plan.left_out.into_iter().map(Into::into).collect(),
            instead: plan.instead,
            beside: plan.beside,
            keep_until_ms: plan.keep_until_ms.map(Into::into),
            safety: plan.safety.into(),
            lets_writers_write,
            ends_connections: plan.ends_connections,
            act: plan.act,
            undo: plan.undo,
            restore_id: plan.restore_id,
            estimate: plan.estimate.map(Into::into),
            rows_back: Count(rows_back),
            rows_lost: Count(rows_lost),
            is_estimate,
            tables,
            rows: plan.rows.map(Count),
            size_bytes: Count(plan.size_bytes),
            needed_bytes: Count(plan.needed_bytes),
            free_bytes: plan.free_bytes.map(Count),
            wall: plan.wall.map(Into::into),
            kept_databases: plan.kept_databases,
            steps: plan.steps,
            warnings: plan.warnings,
            remedies: remedies(plan.remedies, &plan.blockers),
            blockers: plan.blockers,
            rights_lost: plan.rights_lost,
            rights_lost_count: Count(plan.rights_lost_count),
            made_at_ms: plan.made_at_ms.into(),
            valid_until_ms: plan.valid_until_ms.into(),
            command: plan.command,
        }
    }
}

impl From<LeftOut> for LeftOutView {
    fn from(LeftOut { schema, name, why }: LeftOut) -> Self {
        Self { schema, name, why }
    }
}

impl From<EnginePlannedTable> for PlannedTable {
    fn from(table: EnginePlannedTable) -> Self {
        let (back, lost) = (table.rows_back(), table.rows_lost());
        let EnginePlannedTable { schema, name, rows, bytes, act, rows_now, is_estimate, keys } = table;
        Self {
            schema,
            name,
            rows: rows.map(Count),
            size_bytes: Count(bytes),
            act: act.as_str().into(),
            rows_now: rows_now.map(Count),
            is_estimate,
            rows_back: back.map(Count),
            rows_lost: lost.map(Count),
            rows_changed: keys.map(|keys| Count(keys.changed)),
            rows_kept: keys.filter(|_| act == TableAct::Merge).map(|keys| Count(keys.kept)),
        }
    }
}

impl From<Identity> for TargetIdentityView {
    fn from(identity: Identity) -> Self {
        let Identity {
            server,
            system_identifier,
            database,
            oid,
            owner,
            size_bytes,
            table_count,
            connections,
        } = identity;
        let connected = |one: Connected| ConnectedView {
            user: one.user,
            application: one.application,
            from: one.from,
            state: one.state,
            since_ms: one.since_ms.into(),
        };
        Self {
            server,
            system_identifier,
            database,
            oid,
            owner,
            size_bytes: Count(size_bytes),
            table_count: Count(table_count),
            connections: connections.into_iter().map(connected).collect(),
        }
    }
}

impl From<Safety> for SafetyView {
    fn from(safety: Safety) -> Self {
        match safety {
            Safety::NotNeeded => Self::NotNeeded,
            Safety::Planned { project } => Self::Planned { project },
            Safety::Declined { reason } => Self::Declined { reason },
        }
    }
}

impl From<TableModeView> for TableMode {
    fn from(mode: TableModeView) -> Self {
        match mode {
            TableModeView::Beside => Self::Beside,
            TableModeView::Replace => Self::Replace,
            TableModeView::MissingRows => Self::MissingRows,
            TableModeView::Merge => Self::Merge,
        }
    }
}

impl From<TableMode> for TableModeView {
    fn from(mode: TableMode) -> Self {
        match mode {
            TableMode::Beside => Self::Beside,
            TableMode::Replace => Self::Replace,
            TableMode::MissingRows => Self::MissingRows,
            TableMode::Merge => Self::Merge,
        }
    }
}

impl From<Restore> for RestoreRow {
    fn from(restore: Restore) -> Self {
        let Restore { id, plan, state, traces, report, at_ms, .. } = restore;
        Self {
            id,
            backup_id: plan.backup_id,
            project: plan.project,
            strategy: plan.strategy.as_str().into(),
            database: plan.database,
            target: plan.target,
            state: state.as_str().into(),
            verdict: report.map(|report| report.verdict.into()),
            safety_backup_id: traces.safety_backup,
            moment_ms: plan.at_ms.into(),
            at_ms: at_ms.into(),
        }
    }
}

impl From<Scratch> for ScratchView {
    fn from(scratch: Scratch) -> Self {
        let Scratch { record, directory, connect, is_running } = scratch;
        Self {
            id: record.id,
            backup_id: record.backup_id,
            project: record.project,
            directory,
            connect,
            is_running,
            created_at_ms: record.created_at_ms.into(),
        }
    }
}

/// Remedies, each with the place of what it takes away among everything that stands in the way.
pub(super) fn remedies(remedies: Vec<Remedy>, all: &[String]) -> Vec<RemedyView> {
    let places = places(all, remedies.iter().map(Remedy::sentence));
    let views = remedies.into_iter().zip(places).map(|(remedy, at)| {
        let of = remedy.sentence();
        let Remedy { obstacle, sql } = remedy;
        RemedyView { at, of, obstacle, sql }
    });
    views.collect()
}
