//! Retention: show, set, preview, plan, apply; holds and dates of backups.

use engine::Engine;
use engine::retention::{
    Applied, BackupFate, Day, Fate, Held, Leaving, Plan, Policy, Preset, Reason, Retention,
};
use ledger::catalog::{RetentionRun, RunState};

use super::Answer;
use super::backup::short_id;
use crate::backup::BackupRef;
use crate::error::UserError;
use crate::job::JobStarted;
use crate::number::Count;
use crate::project::ProjectRef;
use crate::retention::{
    ApplyRetention, AskFates, BackupFateView, ExpireBackup, FateView, HoldBackup, KeepingView, LeavingView,
    PolicyPresetView, PolicyView, PreviewRetention, ReasonView, RetentionAppliedView, RetentionDayView,
    RetentionPlanView, RetentionRunState, RetentionRunView, RetentionView, SetRetention,
};

/// What is said where there is no policy.
const EVERYTHING: &str = "There is no policy: everything is kept.";
/// Who frees the space.
const PRUNE: &str = "The space is freed when the vault is pruned: `holdfast vault prune`.";

/// The retention of a project.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn retention_show(engine: &Engine, request: ProjectRef) -> Answer<RetentionView> {
    Ok(engine.retention(&request.project).await?.into())
}

/// Sets the policy of a project; removes nothing.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn retention_set(engine: &Engine, request: SetRetention) -> Answer<RetentionView> {
    let SetRetention { project, policy } = request;
    Ok(engine.set_retention(&project, policy.map(Into::into)).await?.into())
}

/// What a policy would come to now.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn retention_preview(engine: &Engine, request: PreviewRetention) -> Answer<RetentionPlanView> {
    let PreviewRetention { project, policy } = request;
    Ok(engine.preview_retention(&project, policy.map(Into::into)).await?.into())
}

/// What the project's policy comes to now, to be confirmed.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn retention_plan(engine: &Engine, request: ProjectRef) -> Answer<RetentionPlanView> {
    Ok(engine.plan_retention(&request.project).await?.into())
}

/// Starts the removal of the backups that a plan says go.
///
/// # Errors
/// `no_policy`, `retention_paused`, `plan_stale`, `not_confirmed`, `project_busy`.
#[crate::boxed]
pub async fn retention_apply(engine: &Engine, request: ApplyRetention) -> Answer<JobStarted> {
    let ApplyRetention { project, plan, confirm } = request;
    Ok(JobStarted { job_id: engine.start_retention(&project, &plan, &confirm).await? })
}

/// What came of the last confirmed plan, for who followed its run: nothing where none was begun since the run
/// `before`; `stopped` is why it did not come to its end.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn retention_applied(
    engine: &Engine,
    project: &str,
    before: Option<&str>,
    stopped: Option<UserError>,
) -> Answer<RetentionAppliedView> {
    let Applied { project, removed, left, stopped: _ } = engine.last_applied(project, before).await?;
    let next = match (&stopped, removed.is_empty()) {
        (Some(_), _) => "See what stood in the way; then apply the same plan again to go on.".to_owned(),
        (None, true) => "Nothing had to go.".to_owned(),
        (None, false) => PRUNE.to_owned(),
    };
    Ok(RetentionAppliedView { project, removed, left, stopped, next })
}

/// What becomes of backups, with what people said of them.
///
/// # Errors
/// `invalid_request` for more than 500.
#[crate::boxed]
pub async fn backup_fates(engine: &Engine, request: AskFates) -> Answer<Vec<BackupFateView>> {
    Ok(engine.backup_fates(&request.backups).await?.into_iter().map(Into::into).collect())
}

/// Holds a backup until it is released.
///
/// # Errors
/// `backup_not_found`, `ambiguous_backup`, `reason_needed`.
#[crate::boxed]
pub async fn backup_hold(engine: &Engine, request: HoldBackup) -> Answer<KeepingView> {
    let HoldBackup { backup, reason } = request;
    Ok(engine.hold_backup(&backup, &reason).await?.into())
}

/// Releases a backup that is held.
///
/// # Errors
/// `backup_not_found`, `ambiguous_backup`.
#[crate::boxed]
pub async fn backup_release(engine: &Engine, request: BackupRef) -> Answer<KeepingView> {
    Ok(engine.release_backup(&request.backup).await?.into())
}

/// Keeps a backup until a date, and no longer.
///
/// # Errors
/// `backup_not_found`, `ambiguous_backup`.
#[crate::boxed]
pub async fn backup_expire(engine: &Engine, request: ExpireBackup) -> Answer<KeepingView> {
    let ExpireBackup { backup, until_ms } = request;
    Ok(engine.expire_backup(&backup, until_ms.map(|until| until.0)).await?.into())
}

impl From<PolicyView> for Policy {
    fn from(view: PolicyView) -> Self {
        let PolicyView { keep_last, hourly, daily, weekly, monthly, yearly, within_ms, floor, zone } = view;
        let within_ms = within_ms.map(|within| within.0);
        Self { keep_last, hourly, daily, weekly, monthly, yearly, within_ms, floor, zone }
    }
}

impl From<Policy> for PolicyView {
    fn from(policy: Policy) -> Self {
        let Policy { keep_last, hourly, daily, weekly, monthly, yearly, within_ms, floor, zone } = policy;
        let within_ms = within_ms.map(Into::into);
        Self { keep_last, hourly, daily, weekly, monthly, yearly, within_ms, floor, zone }
    }
}

impl From<Preset> for PolicyPresetView {
    fn from(preset: Preset) -> Self {
        let policy = preset.policy();
        Self { name: preset.name().to_owned(), words: policy.words(), policy: policy.into() }
    }
}

impl From<RetentionRun> for RetentionRunView {
    fn from(run: RetentionRun) -> Self {
        let RetentionRun {
            id,
            plan,
            planned,
            removed,
            state,
            process: _,
            code,
            started_at_ms,
            finished_at_ms,
        } = run;
        let of = format!("{removed} of {} backups were removed", planned.len());
        let (state, words) = match state {
            RunState::Running => (
                RetentionRunState::Running,
                format!("Backups are being removed: {removed} of {}.", planned.len()),
            ),
            RunState::Done => (RetentionRunState::Done, format!("{of}.")),
            RunState::Stopped => (
                RetentionRunState::Stopped,
                format!("It was stopped: {of}; the others stay. Apply it again to go on."),
            ),
            RunState::Interrupted => (
                RetentionRunState::Interrupted,
                format!("Its process ended: {of}; the others are whole. Apply it again to go on."),
            ),
        };
        Self {
            id,
            plan,
            state,
            planned: Count::from(planned.len()),
            removed: Count(removed),
            code,
            started_at_ms: started_at_ms.into(),
            finished_at_ms: finished_at_ms.map(Into::into),
            words,
        }
    }
}

impl From<Retention> for RetentionView {
    fn from(retention: Retention) -> Self {
        let Retention { project_id, project, policy, last_run } = retention;
        let shown = policy.clone().unwrap_or_else(|| Preset::Omniops.policy());
        Self {
            preset: policy.as_ref().and_then(Policy::preset).map(|preset| preset.name().to_owned()),
            words: policy.as_ref().map_or_else(|| EVERYTHING.to_owned(), Policy::words),
            command: shown.command(&project),
            policy: policy.map(Into::into),
            presets: Preset::ALL.map(Into::into).into(),
            last_run: last_run.map(Into::into),
            project_id,
            project,
        }
    }
}

fn fate(fate: Fate, zone: &jiff::tz::TimeZone) -> FateView {
    let Fate { id, at_ms, counts, needs: _, is_kept, reasons, until_ms } = fate;
    let view = |reason: &Reason| ReasonView { code: reason.code().to_owned(), words: reason.words(zone) };
    FateView {
        short_id: short_id(&id),
        backup_id: id,
        at_ms: at_ms.into(),
        counts,
        is_kept,
        reasons: reasons.iter().map(view).collect(),
        until_ms: until_ms.map(Into::into),
    }
}

impl From<Leaving> for LeavingView {
    fn from(leaving: Leaving) -> Self {
        let Leaving { backup_id, at_ms, until_ms } = leaving;
        Self { short_id: short_id(&backup_id), backup_id, at_ms: at_ms.into(), until_ms: until_ms.into() }
    }
}

impl From<Plan> for RetentionPlanView {
    fn from(plan: Plan) -> Self {
        let removed = plan.fates.iter().filter(|fate| !fate.is_kept).count();
        let day = |day: Day| RetentionDayView {
            date: day.date,
            start_ms: day.start_ms.into(),
            backups: day.backups.into_iter().map(|one| fate(one, plan.zone())).collect(),
        };
        let command = match &plan.policy {
            Some(policy) if !plan.is_set || plan.pause.is_some() => policy.command(&plan.project),
            Some(_) => plan.command(),
            None => Preset::Omniops.policy().command(&plan.project),
        };
        Self {
            days: plan.days().into_iter().map(day).collect(),
            kept: Count::from(plan.fates.len() - removed),
            removed: Count::from(removed),
            removed_added_bytes: Count(plan.going_added_bytes),
            words: plan.policy.as_ref().map_or_else(|| EVERYTHING.to_owned(), Policy::words),
            effects: effects(removed, plan.is_set),
            command,
            confirm: plan.project.clone(),
            id: plan.id,
            project_id: plan.project_id,
            project: plan.project,
            policy: plan.policy.map(Into::into),
            is_set: plan.is_set,
            pause: plan.pause,
            leaving: plan.leaving.into_iter().map(Into::into).collect(),
            last_run: plan.last_run.map(Into::into),
            made_at_ms: plan.made_at_ms.into(),
        }
    }
}

fn effects(removed: usize, is_set: bool) -> Vec<String> {
    match (removed, is_set) {
        (0, _) => vec!["Nothing is removed.".into()],
        (count, true) => {
            let backups = if count == 1 { "1 backup goes".to_owned() } else { format!("{count} backups go") };
            vec![
                format!("{backups} from the list and from the vault; they cannot be brought back."),
                PRUNE.into(),
            ]
        }
        (_, false) => vec!["This policy is only looked at: nothing is removed before it is set.".into()],
    }
}

impl From<BackupFate> for BackupFateView {
    fn from(one: BackupFate) -> Self {
        let BackupFate { project_id, project, has_policy, pause, fate: of, keeping, expires_ms, zone } = one;
        let ledger::catalog::Keeping { hold_reason, hold_who, held_at_ms, until_ms } = keeping;
        Self {
            project_id,
            project,
            has_policy,
            pause,
            fate: fate(of, &zone),
            hold_reason,
            hold_who,
            held_at_ms: held_at_ms.map(Into::into),
            until_ms: until_ms.map(Into::into),
            expires_ms: expires_ms.map(Into::into),
        }
    }
}

impl From<Held> for KeepingView {
    fn from(held: Held) -> Self {
        let Held { backup_id, project, keeping } = held;
        let ledger::catalog::Keeping { hold_reason, hold_who, held_at_ms, until_ms } = keeping;
        Self {
            backup_id,
            project,
            hold_reason,
            hold_who,
            held_at_ms: held_at_ms.map(Into::into),
            until_ms: until_ms.map(Into::into),
        }
    }
}
