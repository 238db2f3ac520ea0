//! Projects: list, show, add, edit, remove, the sample.

use std::collections::HashMap;

use base::secret::Secret;
use engine::Engine;
use engine::health::{Copies, CopyPlace, Elsewhere};
use engine::project::{Day, NewProject, OpenFailure, OpenJob, ProjectChange, ProjectStanding};
use engine::removal::RemovalPlan as EngineRemoval;
use engine::schedule::NextRun;
use ledger::catalog::{Label, ProjectRecord};
use ledger::job::JobKind;
use ledger::point::{ComponentPoint, RecoveryPoints};

use super::Answer;
use super::home::now;
use super::platform::secrets;
use crate::backup::RecoveryPoint;
use crate::command::Nothing;
use crate::coverage::CoverageFigure;
use crate::job::JobStarted;
use crate::number::{Count, Millis};
use crate::project::{
    AddProject, ComponentPointView, CopiesView, DayView, EditProject, ElsewhereView, FailureView, LabelView,
    ProjectRef, ProjectRow, ProjectState, ProjectView, RemovalPlan, RemoveProject, RunningJob,
};

/// Projects, most at risk first.
///
/// # Errors
/// When the profile does not answer.
#[crate::boxed]
pub async fn project_list(engine: &Engine, _: Nothing) -> Answer<Vec<ProjectRow>> {
    let (standings, next) = tokio::try_join!(engine.standings(), engine.next_runs(None))?;
    rows(engine, standings, next).await
}

/// One project.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn project_show(engine: &Engine, request: ProjectRef) -> Answer<ProjectView> {
    view(engine, &request.project).await
}

/// Adds a project.
///
/// # Errors
/// `name_taken`, `invalid_request`, or why the keychain does not take the password.
#[crate::boxed]
pub async fn project_add(engine: &Engine, request: AddProject) -> Answer<ProjectView> {
    let AddProject { name, label, connection, password, ssh_secret, platform, credentials } = request;
    let new = NewProject {
        name,
        label: label.into(),
        connection: connection.map(Into::into),
        password: password.map(Secret::new),
        ssh_secret: ssh_secret.map(Secret::new),
        platform: platform.map(Into::into),
        credentials: secrets(credentials),
    };
    let added = engine.add_project(new).await?;
    view(engine, &added.id).await
}

/// Changes a project.
///
/// # Errors
/// As `project_add`, and `project_not_found`.
#[crate::boxed]
pub async fn project_edit(engine: &Engine, request: EditProject) -> Answer<ProjectView> {
    let EditProject { project, name, label, connection, password, ssh_secret, platform, credentials } =
        request;
    let change = ProjectChange {
        name,
        label: label.map(Into::into),
        connection: connection.map(Into::into),
        password: password.map(Secret::new),
        ssh_secret: ssh_secret.map(Secret::new),
        platform: platform.map(Into::into),
        credentials: secrets(credentials),
    };
    let changed = engine.edit_project(&project, change).await?;
    view(engine, &changed.id).await
}

/// What removing a project would do.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn project_removal_plan(engine: &Engine, request: ProjectRef) -> Answer<RemovalPlan> {
    Ok(engine.plan_removal(&request.project).await?.into())
}

/// Removes a project.
///
/// # Errors
/// `not_confirmed`, `project_busy`, or why it cannot be removed.
#[crate::boxed]
pub async fn project_remove(engine: &Engine, request: RemoveProject) -> Answer<Nothing> {
    engine.remove_project(&request.project, request.keep_backups, &request.confirm).await?;
    Ok(Nothing {})
}

/// Notes that the last failure was seen.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn project_acknowledge(engine: &Engine, request: ProjectRef) -> Answer<Nothing> {
    engine.acknowledge(&request.project).await?;
    Ok(Nothing {})
}

/// Starts to make the sample project.
///
/// # Errors
/// `sample_exists`, `tools_missing`.
#[crate::boxed]
pub async fn sample_add(engine: &Engine, _: Nothing) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.start_sample().await? })
}

/// Projects as lists show them, with the next run of each.
pub(super) async fn rows(
    engine: &Engine,
    standings: Vec<ProjectStanding>,
    mut next: HashMap<String, NextRun>,
) -> Answer<Vec<ProjectRow>> {
    let mut copies = engine.copies(&standings).await?;
    let row = |standing: ProjectStanding| {
        let next_run = next.remove(&standing.project.id).map(Into::into);
        let copies = copies.remove(&standing.project.id).map(Into::into);
        ProjectRow { copies, next_run, ..standing.into() }
    };
    Ok(standings.into_iter().map(row).collect())
}

async fn view(engine: &Engine, project: &str) -> Answer<ProjectView> {
    let standing = engine.standing(project).await?;
    let mut copies = engine.copies(std::slice::from_ref(&standing)).await?;
    let mut view = ProjectView::from(standing);
    view.row.copies = copies.remove(&view.row.id).map(Into::into);
    let mut next = engine.next_runs(Some(&view.row.id)).await?;
    view.row.next_run = next.remove(&view.row.id).map(Into::into);
    Ok(view)
}

impl From<Copies> for CopiesView {
    fn from(copies: Copies) -> Self {
        let Copies { have, wanted, media, elsewhere, places, each, are_enough, behind } = copies;
        let each = each.iter().map(CopyPlace::words).collect();
        Self { have, wanted, media, elsewhere: elsewhere.into(), are_enough, places, each, behind }
    }
}

impl From<Elsewhere> for ElsewhereView {
    fn from(elsewhere: Elsewhere) -> Self {
        match elsewhere {
            Elsewhere::Yes => Self::Yes,
            Elsewhere::No => Self::No,
            Elsewhere::NotKnown => Self::NotKnown,
        }
    }
}

impl From<LabelView> for Label {
    fn from(label: LabelView) -> Self {
        match label {
            LabelView::Production => Self::Production,
            LabelView::Staging => Self::Staging,
            LabelView::Development => Self::Development,
        }
    }
}

impl From<Label> for LabelView {
    fn from(label: Label) -> Self {
        match label {
            Label::Production => Self::Production,
            Label::Staging => Self::Staging,
            Label::Development => Self::Development,
        }
    }
}

/// State and words of a project. Only evidence counts, in this order: what runs, what failed, how old
/// the newest verified point is.
fn state(standing: &ProjectStanding) -> (ProjectState, String) {
    if let Some(job) = &standing.job {
        return (ProjectState::Running, running_words(job));
    }
    if standing.project.is_archived {
        return (ProjectState::Idle, "Not protected any more".into());
    }
    let is_one_of_many = |part: &&ComponentPoint| {
        standing.is_over_goal()
            && (standing.points.components.len() > 1 || standing.points.has_own_goal(part.component))
    };
    if let Some(part) = standing.component_over_goal().filter(is_one_of_many) {
        return (ProjectState::Danger, format!("Over its goal: {}", part.component.words()));
    }
    if standing.is_over_goal() {
        return (ProjectState::Danger, "Over its goal".into());
    }
    if standing.failure.is_some() {
        return (ProjectState::Danger, "Last run failed".into());
    }
    match (&standing.recovery_point, standing.backups) {
        (None, 0) => (ProjectState::Idle, "No backup yet".into()),
        (None, _) => (ProjectState::Inconclusive, "Not proven".into()),
        (Some(_), _) if !standing.is_kit_confirmed => (ProjectState::Warn, "Recovery kit not saved".into()),
        (Some(_), _) => (ProjectState::Ok, "Restorable".into()),
    }
}

fn running_words(job: &OpenJob) -> String {
    let act = match job.kind {
        JobKind::Backup => "Backing up",
        JobKind::Restore => "Restoring",
        JobKind::Verify => "Verifying",
        JobKind::Export => "Exporting",
        JobKind::Pull => "Pulling",
        JobKind::Import => "Importing",
        JobKind::Drill => "Drilling",
        JobKind::Platform => "Busy at its platform",
        JobKind::Retention => "Removing old backups",
        JobKind::Check | JobKind::Repair | JobKind::Prune | JobKind::Sample | JobKind::Copy => "Running",
    };
    if let Some(title) = &job.waits_for {
        return format!("{act}, waits for you: {title}");
    }
    match job.percent {
        Some(percent) => format!("{act}, {percent:.0} %"),
        None => format!("{act}, waits"),
    }
}

/// One component is said by the project's own recovery point.
fn component_points(points: &RecoveryPoints) -> Vec<ComponentPointView> {
    let now_ms = now().0;
    let view = |one: &ComponentPoint| ComponentPointView {
        component: one.component.as_str().to_owned(),
        words: one.component.words().to_owned(),
        point: one
            .point
            .clone()
            .map(|point| RecoveryPoint { backup_id: point.backup_id, at_ms: point.at_ms.into() }),
        goal_ms: one.goal_ms.into(),
        is_over: one.is_over(now_ms),
    };
    if points.components.len() < 2 { Vec::new() } else { points.components.iter().map(view).collect() }
}

/// What a project is and where: its database, its platform, or both.
fn place(project: &ProjectRecord) -> String {
    let version = project.server_version.as_deref().and_then(|version| version.split(' ').next());
    let postgres = version.map_or_else(|| "Postgres".to_owned(), |version| format!("Postgres {version}"));
    let database = project.connection.as_ref().map(|connection| match connection.socket_directory() {
        Some(_) => format!("{postgres} on this computer"),
        None => format!("{postgres} at {}", connection.place()),
    });
    let platform =
        project.platform.as_ref().map(|platform| format!("{} at {}", platform.kind.name(), platform.place()));
    match (database, platform) {
        (Some(database), Some(platform)) => format!("{database}, and {platform}"),
        (Some(one), None) => one,
        (None, Some(one)) => one.replacen("the T", "The T", 1),
        (None, None) => "Imported files".to_owned(),
    }
}

impl From<ProjectStanding> for ProjectRow {
    fn from(standing: ProjectStanding) -> Self {
        let (state, state_words) = state(&standing);
        let is_covered = !standing.project.is_archived
            && (standing.coverage.at_ms.is_some() || standing.coverage.parts.len() > 1);
        let coverage = is_covered.then(|| CoverageFigure::from(&standing.coverage));
        let goal_ms = standing.recovery_goal_ms();
        let oldest_part = standing.oldest_component().map(|one| one.words().to_owned());
        let ProjectStanding {
            project,
            goals: _,
            components: _,
            points,
            recovery_point,
            is_kit_confirmed,
            best_proof,
            newest_proof: _,
            restore_ms,
            days,
            backups,
            newest_bytes,
            coverage: _,
            job,
            failure,
        } = standing;
        let place = place(&project);
        let (has_database, platform) =
            (project.has_database(), project.platform.as_ref().map(|platform| platform.kind.into()));
        Self {
            id: project.id,
            name: project.name,
            label: project.label.into(),
            is_sample: project.is_sample,
            is_archived: project.is_archived,
            place,
            state,
            has_database,
            parts: project.parts.iter().map(|part| part.as_str().to_owned()).collect(),
            platform,
            state_words,
            // Until the kit is saved no backup counts as done.
            recovery_point: recovery_point
                .filter(|_| is_kit_confirmed)
                .map(|(backup_id, at_ms)| RecoveryPoint { backup_id, at_ms: at_ms.into() }),
            oldest_part: oldest_part.filter(|_| is_kit_confirmed),
            points: if is_kit_confirmed { component_points(&points) } else { Vec::new() },
            goal_ms: goal_ms.into(),
            best_proof: best_proof.map(Into::into),
            restore_ms: restore_ms.map(Into::into),
            days: days.into_iter().map(Into::into).collect(),
            backups: Count(backups),
            newest_bytes: newest_bytes.map(Count),
            coverage,
            copies: None,
            next_run: None,
            job: job.map(Into::into),
            failure: failure.map(Into::into),
        }
    }
}

impl From<ProjectStanding> for ProjectView {
    fn from(standing: ProjectStanding) -> Self {
        let project = standing.project.clone();
        let row = ProjectRow::from(standing);
        Self {
            backup_command: project.backup_command().into(),
            row,
            connection: project.connection.map(Into::into),
            platform: project.platform.map(Into::into),
            server_version: project.server_version,
            created_at_ms: project.created_at_ms.into(),
            has_password: project.has_password,
        }
    }
}

impl From<OpenJob> for RunningJob {
    fn from(job: OpenJob) -> Self {
        let OpenJob { id, kind, percent, waits_for } = job;
        Self { id, kind: kind.as_str().to_owned(), percent, waits_for }
    }
}

impl From<OpenFailure> for FailureView {
    fn from(open: OpenFailure) -> Self {
        let OpenFailure { job_id, at_ms, failure } = open;
        Self { job_id, at_ms: at_ms.into(), code: failure.code, message: failure.message }
    }
}

impl From<Day> for DayView {
    fn from(day: Day) -> Self {
        let Day { start_ms, level, backups, failures } = day;
        Self { day_ms: Millis(start_ms), level, backups, failures }
    }
}

impl From<EngineRemoval> for RemovalPlan {
    fn from(plan: EngineRemoval) -> Self {
        let EngineRemoval { name, backups, newest_at_ms, sample_directory, effects } = plan;
        Self {
            name,
            backups: Count(backups),
            newest_at_ms: newest_at_ms.map(Into::into),
            sample_directory,
            effects,
        }
    }
}
