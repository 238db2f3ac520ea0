//! The status of a project: computed from verified backups, never from finished runs.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::coverage::judge;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::{
    ComponentGoal, FailedRun, Figures, Goals, JobRecord, JobState, ProjectRecord, ProofRecord,
};
use ledger::component::Component;
use ledger::coverage::Coverage;
use ledger::job::{JobKind, Progress, read_failure};
use ledger::point::RECOVERY_GOAL_MS;
use ledger::point::{ComponentPoint, PointGoals, RecoveryPoints};

/// Days of the strip.
const DAYS: i64 = 30;

/// How a project stands.
#[derive(Debug, Clone)]
pub struct ProjectStanding {
    /// The project.
    pub project: ProjectRecord,
    /// What it is held to.
    pub goals: Goals,
    /// Its components that have goals of their own.
    pub components: Vec<ComponentGoal>,
    /// The recovery points of its components.
    pub points: RecoveryPoints,
    /// That of the project: of the component that is next over its goal; backup and moment.
    pub recovery_point: Option<(String, i64)>,
    /// Whether the recovery kit of the vault was saved; until then no backup counts as done.
    pub is_kit_confirmed: bool,
    /// The best proof that stands.
    pub best_proof: Option<ProofRecord>,
    /// Whether the last proof of the newest backup failed or could not be made.
    pub newest_proof: Option<ProofRecord>,
    /// Time of the last full drill that passed; before the first one, of the last restore that did.
    pub restore_ms: Option<i64>,
    /// The last 30 days, oldest first.
    pub days: Vec<Day>,
    /// Backups kept.
    pub backups: u64,
    /// Size of the newest.
    pub newest_bytes: Option<u64>,
    /// What backups take of it, as of the last look.
    pub coverage: Coverage,
    /// The job that runs or waits.
    pub job: Option<OpenJob>,
    /// Why the last run failed, where nobody dealt with it.
    pub failure: Option<OpenFailure>,
}

/// One day of the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Its start in the local time zone.
    pub start_ms: i64,
    /// Highest level of a backup of that day; 0 for none.
    pub level: u8,
    /// Backups.
    pub backups: u32,
    /// Failed runs.
    pub failures: u32,
}

/// A job that runs or waits for a project.
#[derive(Debug, Clone)]
pub struct OpenJob {
    /// Its id.
    pub id: String,
    /// What it does.
    pub kind: JobKind,
    /// Overall progress; absent while it waits.
    pub percent: Option<f64>,
    /// Title of the step at which it waits for a person.
    pub waits_for: Option<String>,
}

/// A failure that nobody has dealt with.
#[derive(Debug, Clone)]
pub struct OpenFailure {
    /// The run.
    pub job_id: String,
    /// When.
    pub at_ms: i64,
    /// What.
    pub failure: Failure,
}

impl ProjectStanding {
    /// The age of the recovery point.
    pub fn age_ms(&self) -> Option<i64> {
        self.recovery_point.as_ref().map(|(_, at)| now_ms() - at)
    }

    /// How old the recovery point may get.
    pub fn recovery_goal_ms(&self) -> i64 {
        self.points.goal_ms().unwrap_or(self.goals.rpo_ms.unwrap_or(RECOVERY_GOAL_MS))
    }

    /// Over its goal, or over that of one of its components, or failing with nothing newer.
    pub fn is_over_goal(&self) -> bool {
        // Files that were imported get no newer by themselves, and nobody promised that they would.
        self.project.has_source()
            && (self.age_ms().is_some_and(|age| age > self.recovery_goal_ms())
                || self.component_over_goal().is_some())
    }

    /// The component that is over its goal by the most; one that no verified backup has comes first. Before the
    /// project has a recovery point none is.
    pub fn component_over_goal(&self) -> Option<&ComponentPoint> {
        self.points.over(now_ms())
    }

    /// The component that the recovery point is of, where others of the project have a younger one.
    pub fn oldest_component(&self) -> Option<Component> {
        self.points.project().filter(|_| self.points.is_of_a_part()).map(|one| one.component)
    }

    /// Higher is worse: what comes first in lists.
    pub fn risk(&self) -> (u8, i64) {
        let age = self.age_ms().unwrap_or(i64::MAX);
        let class = if self.project.is_archived {
            0
        } else if self.is_over_goal() || self.failure.is_some() {
            4
        } else if self.recovery_point.is_none() {
            if self.backups > 0 { 3 } else { 2 }
        } else {
            1
        };
        (class, age)
    }
}

impl Engine {
    /// How all projects stand, most at risk first.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn standings(&self) -> Result<Vec<ProjectStanding>, Failure> {
        let projects = self.profile.catalog.projects().await?;
        let mut all = self.stand(None, projects).await?;
        // Ages are taken once: time goes on while it sorts, and an order that changes is none.
        all.sort_by_cached_key(|one| (Reverse(one.risk()), one.project.name.clone()));
        Ok(all)
    }

    /// How one project stands.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn standing(&self, project: &str) -> Result<ProjectStanding, Failure> {
        let known = self.profile.project(project).await?;
        let id = known.id.clone();
        let standing = self.stand(Some(&id), vec![known]).await?.pop();
        standing.ok_or_else(|| Failure::not_found(Code::ProjectNotFound, project))
    }

    /// How these projects stand; `only` names the one, where it is one.
    async fn stand(
        &self,
        only: Option<&str>,
        projects: Vec<ProjectRecord>,
    ) -> Result<Vec<ProjectStanding>, Failure> {
        let catalog = &self.profile.catalog;
        let open = catalog.open_jobs().await?;
        let mut open_of: HashMap<&str, &JobRecord> = HashMap::new();
        for job in &open {
            // The oldest comes first: it is the one that runs.
            open_of.entry(job.project_id.as_deref().unwrap_or_default()).or_insert(job);
        }
        let is_kit_confirmed =
            catalog.vault().await?.is_some_and(|vault| vault.kit_confirmed_at_ms.is_some());
        let starts = day_starts();
        let goals = catalog.all_goals().await?;
        let mut components: HashMap<String, Vec<ComponentGoal>> = HashMap::new();
        for goal in catalog.component_goals(only).await? {
            components.entry(goal.project_id.clone()).or_default().push(goal);
        }
        let mut covered = catalog.coverages(only).await?;
        let mut sources = catalog.all_sources(only).await?;
        let mut seen = catalog.overview(only, starts.first().copied().unwrap_or(0)).await?;
        let standing = |project: ProjectRecord| {
            let id = project.id.as_str();
            let figures = seen.remove(id).unwrap_or_default();
            let days = days(&starts, &figures);
            let goals = goals.get(id).copied().unwrap_or_default();
            let components = components.remove(id).unwrap_or_default();
            let points = RecoveryPoints::of(
                figures.seen,
                project.expects(),
                &PointGoals::of_project(&goals, &components),
            );
            let covered = covered.remove(id).unwrap_or_default();
            let coverage = judge(&project, &sources.remove(id).unwrap_or_default(), &covered);
            let point = points.project().and_then(|one| one.point.clone());
            ProjectStanding {
                goals,
                components,
                points,
                recovery_point: point.map(|point| (point.backup_id, point.at_ms)),
                is_kit_confirmed,
                best_proof: figures.best_proof,
                newest_proof: figures.newest_proof,
                restore_ms: figures.restore_ms,
                backups: u64::try_from(figures.backups).unwrap_or(0),
                newest_bytes: figures.newest_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
                days,
                coverage,
                job: open_of.get(id).map(|job| self.open_job(job)),
                failure: figures.failed_run.and_then(open_failure),
                project,
            }
        };
        Ok(projects.into_iter().map(standing).collect())
    }

    fn open_job(&self, job: &JobRecord) -> OpenJob {
        let progress = self
            .profile
            .jobs
            .live_progress(&job.id)
            .or_else(|| serde_json::from_str::<Progress>(&job.progress).ok());
        let progress = progress.filter(|_| job.state == JobState::Running);
        let percent = progress.as_ref().map(Progress::percent);
        let waits_for = progress.and_then(|progress| progress.waits_for).map(|waits| waits.title);
        OpenJob { id: job.id.clone(), kind: job.kind, percent, waits_for }
    }
}

fn open_failure(run: FailedRun) -> Option<OpenFailure> {
    let FailedRun { job_id, state, finished_at_ms: at_ms, failure, said } = run;
    if let Some(said) = said {
        let failure = Failure::new(
            Code::ScheduledCheckFailed,
            format!("a scheduled check did not come out well: {}", said.trim_end_matches('.')),
            "Open its run: it says what was found. Then verify again, or make a new backup.",
        );
        return Some(OpenFailure { job_id, at_ms, failure });
    }
    let failure = match state {
        JobState::Failed => read_failure(failure.as_deref().unwrap_or_default()),
        JobState::Interrupted => Failure::new(
            Code::Interrupted,
            "the last run was interrupted: its process ended",
            "Start it again; what is already in the vault is used.",
        ),
        JobState::Queued | JobState::Running | JobState::Succeeded | JobState::Cancelled => return None,
    };
    Some(OpenFailure { job_id, at_ms, failure })
}

/// The strip of a project: what happened on each of the days that begin at `starts`.
fn days(starts: &[i64], figures: &Figures) -> Vec<Day> {
    let day_of = |at: i64| starts.partition_point(|start| *start <= at).checked_sub(1);
    let mut days: Vec<Day> =
        starts.iter().map(|start| Day { start_ms: *start, level: 0, backups: 0, failures: 0 }).collect();
    for (at, level) in &figures.moments {
        if let Some(day) = day_of(*at).and_then(|at| days.get_mut(at)) {
            day.backups += 1;
            day.level = day.level.max(*level);
        }
    }
    for at in &figures.failures {
        if let Some(day) = day_of(*at).and_then(|at| days.get_mut(at)) {
            day.failures += 1;
        }
    }
    days
}

/// Starts of the last 30 days in the local time zone, oldest first; days with a clock change are
/// shorter or longer, so they are not counted in hours.
fn day_starts() -> Vec<i64> {
    let today = Timestamp::now().to_zoned(TimeZone::system()).date();
    (0..DAYS)
        .rev()
        .filter_map(|back| {
            let day = today.checked_sub(back.days()).ok()?;
            Some(day.to_zoned(TimeZone::system()).ok()?.timestamp().as_millisecond())
        })
        .collect()
}
