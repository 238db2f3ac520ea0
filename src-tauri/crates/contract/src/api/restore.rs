//! Restores: plan, apply, and scratch clusters.

use engine::Engine;
use engine::restore::{
    PlannedTable as EnginePlannedTable, RestorePlan, RestoreRequest, RestoreTarget, Strategy,
};
use engine::scratch::Scratch;
use engine::secret::Secret;

use super::Answer;
use crate::backup::LevelView;
use crate::command::Nothing;
use crate::job::JobStarted;
use crate::number::Count;
use crate::restore::{
    ApplyRestore, PlanRestore, PlannedTable, RestorePlanView, ScratchRef, ScratchView, TargetRequest,
};

/// Plans a restore.
///
/// # Errors
/// `backup_not_found`, or why the target cannot be looked at.
pub async fn restore_plan(engine: &Engine, request: PlanRestore) -> Answer<RestorePlanView> {
    let target = match request.target {
        TargetRequest::Scratch => RestoreTarget::Scratch,
        TargetRequest::NewDatabase { name, project } => {
            RestoreTarget::NewDatabase { name: name.trim().into(), project }
        }
        TargetRequest::OtherServer { name, connection, password } => RestoreTarget::OtherServer {
            name: name.trim().into(),
            connection: connection.into(),
            password: password.map(Secret::new),
        },
    };
    Ok(engine.plan_restore(RestoreRequest { backup: request.backup, target }).await?.into())
}

/// Applies a plan.
///
/// # Errors
/// `not_confirmed`, `plan_blocked`, `plan_stale`, `plan_not_found`.
pub async fn restore_apply(engine: &Engine, request: ApplyRestore) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.apply_restore(&request.plan_id, &request.confirm).await? })
}

/// Scratch clusters of this profile.
///
/// # Errors
/// When they cannot be listed.
pub async fn scratch_list(engine: &Engine, _: Nothing) -> Answer<Vec<ScratchView>> {
    Ok(engine.scratches().await?.into_iter().map(Into::into).collect())
}

/// Removes a scratch cluster.
///
/// # Errors
/// `scratch_not_found`, or what could not be removed.
pub async fn scratch_remove(engine: &Engine, request: ScratchRef) -> Answer<Nothing> {
    engine.remove_scratch(&request.scratch).await?;
    Ok(Nothing {})
}

impl From<RestorePlan> for RestorePlanView {
    fn from(plan: RestorePlan) -> Self {
        let strategy = match plan.strategy {
            Strategy::Scratch => "scratch",
            Strategy::NewDatabase => "new_database",
        };
        let level = match plan.level {
            Some(1) => Some(LevelView::Bytes),
            Some(2) => Some(LevelView::Readable),
            Some(3) => Some(LevelView::Restored),
            _ => None,
        };
        Self {
            id: plan.id,
            backup_id: plan.backup_id,
            project: plan.project,
            at_ms: plan.at_ms.into(),
            level,
            strategy: strategy.into(),
            target_database: plan.database,
            target: plan.target,
            target_label: plan.target_label,
            tables: plan.tables.into_iter().map(Into::into).collect(),
            rows: plan.rows.map(Count),
            size_bytes: Count(plan.size_bytes),
            needed_bytes: Count(plan.needed_bytes),
            free_bytes: plan.free_bytes.map(Count),
            kept_databases: plan.kept_databases,
            steps: plan.steps,
            warnings: plan.warnings,
            blockers: plan.blockers,
            made_at_ms: plan.made_at_ms.into(),
            valid_until_ms: plan.valid_until_ms.into(),
            command: plan.command,
        }
    }
}

impl From<EnginePlannedTable> for PlannedTable {
    fn from(table: EnginePlannedTable) -> Self {
        let EnginePlannedTable { schema, name, rows, bytes } = table;
        Self { schema, name, rows: Some(Count(rows)), size_bytes: Count(bytes), act: "create".into() }
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
