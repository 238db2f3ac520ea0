//! Schedules: list, set, pause, resume, remove, and do what is due.

use engine::Engine;
use engine::schedule::{
    Conditions, Creates, DrillPlace, Maintenance, NewSchedule, NextRun, Outlook, Paused, QuietHours, Rule,
    Run, RunReport, Schedule, ScheduleFacts, ScheduleStanding, State, TimeOfDay, Work, Zone,
};
use jiff::Timestamp;
use ledger::catalog::SlotState;

use super::Answer;
use crate::command::Nothing;
use crate::error::UserError;
use crate::number::Millis;
use crate::schedule::{
    ConditionsView, CreatesView, DueRunView, DueView, ListSchedules, MaintenanceView, NextRunView, PauseAll,
    PauseSchedule, PausedView, QuietHoursView, RuleView, ScheduleRef, ScheduleRunStateView, ScheduleRunView,
    ScheduleStateView, ScheduleView, SetSchedule, WorkView, ZoneView,
};

/// Schedules of one project or of all.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn schedule_list(engine: &Engine, request: ListSchedules) -> Answer<Vec<ScheduleView>> {
    let all = engine.schedules(request.project.as_deref()).await?;
    Ok(all.into_iter().map(Into::into).collect())
}

/// Sets a schedule.
///
/// # Errors
/// `project_not_found`, `project_archived`, `no_connection`, `no_platform`; `invalid_request` with what was seen.
#[crate::boxed]
pub async fn schedule_set(engine: &Engine, request: SetSchedule) -> Answer<ScheduleView> {
    Ok(engine.set_schedule(request.try_into()?).await?.into())
}

/// Pauses schedules; how those of the project stand then.
///
/// # Errors
/// `project_not_found`, `schedule_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn schedule_pause(engine: &Engine, request: PauseSchedule) -> Answer<Vec<ScheduleView>> {
    let PauseSchedule { project, name, until_ms } = request;
    let until = until_ms.map(timestamp).transpose()?;
    let all = engine.pause_schedules(&project, name.as_deref(), until).await?;
    Ok(all.into_iter().map(Into::into).collect())
}

/// Resumes schedules; how those of the project stand then.
///
/// # Errors
/// `project_not_found`, `schedule_not_found`.
#[crate::boxed]
pub async fn schedule_resume(engine: &Engine, request: ScheduleRef) -> Answer<Vec<ScheduleView>> {
    let all = engine.resume_schedules(&request.project, request.name.as_deref()).await?;
    Ok(all.into_iter().map(Into::into).collect())
}

/// Pauses all schedules of the profile.
///
/// # Errors
/// `invalid_request` for a moment that has passed.
#[crate::boxed]
pub async fn schedule_pause_all(engine: &Engine, request: PauseAll) -> Answer<Option<PausedView>> {
    engine.pause_all(request.until_ms.map(timestamp).transpose()?).await?;
    paused(engine).await
}

/// Ends the pause of all schedules; those with a pause of their own keep it.
///
/// # Errors
/// When the profile does not answer.
#[crate::boxed]
pub async fn schedule_resume_all(engine: &Engine, _: Nothing) -> Answer<Option<PausedView>> {
    engine.resume_all().await?;
    paused(engine).await
}

/// The pause of all schedules, where there is one.
pub(super) async fn paused(engine: &Engine) -> Answer<Option<PausedView>> {
    let view =
        |paused: Paused| PausedView { at_ms: Millis(paused.at_ms), until_ms: paused.until_ms.map(Millis) };
    Ok(engine.all_paused().await?.map(view))
}

fn timestamp(at: Millis) -> Answer<Timestamp> {
    Timestamp::from_millisecond(at.0).map_err(|_| {
        UserError::from(engine::Failure::invalid("a moment that no calendar has", "Give another one."))
    })
}

/// Removes schedules.
///
/// # Errors
/// `project_not_found`, `schedule_not_found`.
#[crate::boxed]
pub async fn schedule_remove(engine: &Engine, request: ScheduleRef) -> Answer<Nothing> {
    engine.remove_schedules(&request.project, request.name.as_deref()).await?;
    Ok(Nothing {})
}

/// Does what is due now, and waits for it. For the scheduler of an operating system; the window does it by itself.
///
/// # Errors
/// When the profile does not answer; that a run failed is in the answer.
#[crate::boxed]
pub async fn schedule_run_due(engine: &Engine) -> Answer<DueView> {
    let reports = Box::pin(engine.notifier().beside(engine.scheduler().run_due())).await?;
    // What was done is in the pages of the recovery plans before this ends; a page that could not be written says so
    // of itself.
    Box::pin(engine.export_recovery_plans()).await?;
    let schedules = engine.schedules(None).await?;
    Ok(DueView {
        runs: reports.into_iter().map(Into::into).collect(),
        schedules: schedules.into_iter().map(Into::into).collect(),
    })
}

impl From<NextRun> for NextRunView {
    fn from(next: NextRun) -> Self {
        let NextRun { schedule, work, often, state, because, why, at } = next;
        let at_ms = at.map(|at| at.as_millisecond().into());
        Self { schedule, work: work.into(), often, state: state.into(), because, why, at_ms }
    }
}

impl From<Work> for WorkView {
    fn from(work: Work) -> Self {
        match work {
            Work::Backup => Self::Backup,
            Work::Pull => Self::Pull,
            Work::VerifyQuick => Self::VerifyQuick,
            Work::VerifySample => Self::VerifySample,
            Work::VerifyFull => Self::VerifyFull,
            Work::Drill => Self::Drill,
            Work::Prune => Self::Prune,
            Work::Copy => Self::Copy,
        }
    }
}

impl From<WorkView> for Work {
    fn from(work: WorkView) -> Self {
        match work {
            WorkView::Backup => Self::Backup,
            WorkView::Pull => Self::Pull,
            WorkView::VerifyQuick => Self::VerifyQuick,
            WorkView::VerifySample => Self::VerifySample,
            WorkView::VerifyFull => Self::VerifyFull,
            WorkView::Drill => Self::Drill,
            WorkView::Prune => Self::Prune,
            WorkView::Copy => Self::Copy,
        }
    }
}

impl From<Rule> for RuleView {
    fn from(rule: Rule) -> Self {
        let day = rule.day_name().unwrap_or_default().to_owned();
        match rule {
            Rule::Hourly => Self::Hourly,
            Rule::Daily { at } => Self::Daily { at: at.to_string() },
            Rule::Weekly { day: _, at } => Self::Weekly { day, at: at.to_string() },
            Rule::Monthly { day, at } => Self::Monthly { day, at: at.to_string() },
            Rule::Cron { expression } => Self::Cron { expression },
        }
    }
}

impl TryFrom<RuleView> for Rule {
    type Error = UserError;

    fn try_from(rule: RuleView) -> Result<Self, UserError> {
        Ok(match rule {
            RuleView::Hourly => Self::Hourly,
            RuleView::Daily { at } => Self::Daily { at: TimeOfDay::parse(&at)? },
            RuleView::Weekly { day, at } => Self::weekly(&day, &at)?,
            RuleView::Monthly { day, at } => Self::monthly(&day.to_string(), &at)?,
            RuleView::Cron { expression } => Self::cron(&expression)?,
        })
    }
}

impl From<Conditions> for ConditionsView {
    fn from(conditions: Conditions) -> Self {
        let Conditions { battery_percent_min, unmetered_only, quiet, maintenance } = conditions;
        let maintenance = maintenance.map(|maintenance| MaintenanceView {
            day: maintenance.day_name().map(str::to_owned),
            hours: maintenance.hours.into(),
        });
        Self { battery_percent_min, unmetered_only, quiet: quiet.map(Into::into), maintenance }
    }
}

impl From<QuietHours> for QuietHoursView {
    fn from(QuietHours { from, to }: QuietHours) -> Self {
        Self { from: from.to_string(), to: to.to_string() }
    }
}

impl TryFrom<QuietHoursView> for QuietHours {
    type Error = UserError;

    fn try_from(QuietHoursView { from, to }: QuietHoursView) -> Result<Self, UserError> {
        Ok(Self::new(TimeOfDay::parse(&from)?, TimeOfDay::parse(&to)?)?)
    }
}

impl TryFrom<ConditionsView> for Conditions {
    type Error = UserError;

    fn try_from(conditions: ConditionsView) -> Result<Self, UserError> {
        let ConditionsView { battery_percent_min, unmetered_only, quiet, maintenance } = conditions;
        let maintenance = maintenance.map(|MaintenanceView { day, hours }| -> Result<_, UserError> {
            Ok(Maintenance::new(day.as_deref(), hours.try_into()?)?)
        });
        Ok(Self {
            battery_percent_min,
            unmetered_only,
            quiet: quiet.map(TryInto::try_into).transpose()?,
            maintenance: maintenance.transpose()?,
        })
    }
}

impl TryFrom<SetSchedule> for NewSchedule {
    type Error = UserError;

    fn try_from(request: SetSchedule) -> Result<Self, UserError> {
        let SetSchedule {
            project,
            name,
            work,
            rule,
            zone,
            jitter_s,
            keep_ms,
            creates,
            on,
            image,
            conditions,
        } = request;
        let zone = match zone {
            ZoneView::Local => Zone::Local,
            ZoneView::Utc => Zone::Utc,
        };
        let conditions = conditions.map(TryInto::try_into).transpose()?.unwrap_or_else(Conditions::usual);
        Ok(Self {
            project,
            name,
            work: work.map(Into::into),
            rule: rule.try_into()?,
            zone,
            conditions,
            jitter_s,
            keep_ms: keep_ms.map(|keep| keep.0),
            creates: creates.map(Into::into),
            place: DrillPlace {
                on: on.map(|on| on.trim().to_owned()).filter(|on| !on.is_empty()),
                image: image.map(Into::into),
            },
        })
    }
}

impl From<CreatesView> for Creates {
    fn from(view: CreatesView) -> Self {
        let CreatesView { kind, compress, encrypt, format, notify_email, range_ms } = view;
        Self { kind, compress, encrypt, format, notify_email, range_ms: range_ms.map(|range| range.0) }
    }
}

impl From<Creates> for CreatesView {
    fn from(creates: Creates) -> Self {
        let Creates { kind, compress, encrypt, format, notify_email, range_ms } = creates;
        Self { kind, compress, encrypt, format, notify_email, range_ms: range_ms.map(Millis) }
    }
}

impl From<State> for ScheduleStateView {
    fn from(state: State) -> Self {
        match state {
            State::Due => Self::Due,
            State::Planned => Self::Planned,
            State::Waiting => Self::Waiting,
            State::Retrying => Self::Retrying,
            State::GivenUp => Self::GivenUp,
            State::Running => Self::Running,
            State::Paused => Self::Paused,
            State::Over => Self::Over,
        }
    }
}

impl From<SlotState> for ScheduleRunStateView {
    fn from(state: SlotState) -> Self {
        match state {
            SlotState::Running => Self::Running,
            SlotState::Succeeded => Self::Succeeded,
            SlotState::Failed => Self::Failed,
            SlotState::Interrupted => Self::Interrupted,
            SlotState::Stopped => Self::Stopped,
        }
    }
}

fn millis(at: Timestamp) -> Millis {
    Millis(at.as_millisecond())
}

impl From<Run> for ScheduleRunView {
    fn from(run: Run) -> Self {
        let Run { slot, state, attempts, ended, job_id, said } = run;
        let (slot_ms, ended_at_ms) = (millis(slot), ended.map(millis));
        Self { slot_ms, state: state.into(), attempts, ended_at_ms, job_id, said }
    }
}

impl From<ScheduleStanding> for ScheduleView {
    fn from(standing: ScheduleStanding) -> Self {
        let command = standing.command();
        let work_words = standing.facts.schedule.work_words();
        let ScheduleStanding { facts, outlook, upcoming, zone_words } = standing;
        let ScheduleFacts { schedule, last_success, runs, .. } = facts;
        let Outlook { state, slot: _, attempts: _, next_at, because, why: _, notes } = outlook;
        let Schedule {
            id,
            project_id,
            project,
            name,
            work,
            rule,
            zone,
            conditions,
            jitter_s,
            keep_ms,
            creates,
            place,
            lender: _,
            set_at_ms: _,
            paused,
        } = schedule;
        Self {
            id,
            project_id,
            project,
            name,
            work: work.into(),
            work_words,
            rule_words: rule.words(),
            rule: rule.into(),
            zone: match zone {
                Zone::Local => ZoneView::Local,
                Zone::Utc => ZoneView::Utc,
            },
            zone_words,
            jitter_s,
            keep_ms: keep_ms.map(Millis),
            creates: creates.map(Into::into),
            on: place.on,
            image: place.image.map(Into::into),
            conditions: conditions.into(),
            state: state.into(),
            because,
            notes,
            next_at_ms: next_at.map(millis),
            upcoming_ms: upcoming.into_iter().map(millis).collect(),
            paused_at_ms: paused.map(|paused| Millis(paused.at_ms)),
            paused_until_ms: paused.and_then(|paused| paused.until_ms).map(Millis),
            last_success_at_ms: last_success.map(millis),
            runs: runs.into_iter().map(Into::into).collect(),
            command,
        }
    }
}

impl From<RunReport> for DueRunView {
    fn from(report: RunReport) -> Self {
        let RunReport { doing, ended } = report;
        Self {
            project_id: doing.schedule.project_id,
            project: doing.schedule.project,
            schedule: doing.schedule.name,
            work: doing.schedule.work.into(),
            slot_ms: millis(doing.slot),
            state: ended.state.into(),
            said: ended.said,
            job_id: ended.job_id,
        }
    }
}
