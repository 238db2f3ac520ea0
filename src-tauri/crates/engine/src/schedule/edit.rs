//! Setting, listing, pausing, resuming and removing schedules.

use jiff::Timestamp;
use uuid::Uuid;

use super::checked::{check_jitter, check_keep, checked_name, fitting, not_found};
use super::outlook::{Facts, Outlook, ScheduleFacts};
use super::plan::look;
use super::rule::{Rule, Work, Zone};
use super::slots::upcoming;
use super::surroundings::Surroundings as _;
use super::{Conditions, Creates, DrillPlace, ThisComputer};
use crate::engine::Engine;
use base::Code;
use base::clock::{Clock as _, SystemClock};
use base::command::Command;
use base::failure::{Failure, Retry};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ProjectRecord, ScheduleRecord};
use ledger::event::Topic;

/// So many next slots are shown.
const SLOTS_SHOWN: usize = 5;

/// Since when, and until when, a schedule is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paused {
    /// Since when.
    pub at_ms: i64,
    /// Until when; absent means until somebody resumes it.
    pub until_ms: Option<i64>,
}

impl Paused {
    /// Whether it still holds.
    pub(super) fn holds(self, now: Timestamp) -> bool {
        self.until_ms.is_none_or(|until| until > now.as_millisecond())
    }

    /// Until when.
    pub(super) fn until(self) -> Option<Timestamp> {
        self.until_ms.and_then(|until| Timestamp::from_millisecond(until).ok())
    }
}

/// A schedule as somebody wants it.
#[derive(Debug, Clone)]
pub struct NewSchedule {
    /// Id or name of the project.
    pub project: String,
    /// What it is called; absent means as its work. One of that name is replaced.
    pub name: Option<String>,
    /// What is done; absent means a backup, and a pull where a platform backs the project up.
    pub work: Option<Work>,
    /// When.
    pub rule: Rule,
    /// By which clock.
    pub zone: Zone,
    /// When not.
    pub conditions: Conditions,
    /// Runs begin up to so many seconds later.
    pub jitter_s: u32,
    /// How long its backups are kept, overriding the policy (milliseconds).
    pub keep_ms: Option<i64>,
    /// What its platform makes before it fetches; absent where it only fetches.
    pub creates: Option<Creates>,
    /// Where its drills bring the backup back.
    pub place: DrillPlace,
}

/// A schedule, and how it stands.
#[derive(Debug, Clone)]
pub struct ScheduleStanding {
    /// What is known of it.
    pub facts: ScheduleFacts,
    /// What is to be done, and why.
    pub outlook: Outlook,
    /// When its next runs start, ignoring obstacles; empty while it is paused until resumed.
    pub upcoming: Vec<Timestamp>,
    /// The zone of its clock, for people.
    pub zone_words: String,
}

impl Engine {
    /// Schedules of one project or of all that are protected, and how each stands.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn schedules(&self, project: Option<&str>) -> Result<Vec<ScheduleStanding>, Failure> {
        let project = match project {
            Some(project) => Some(self.profile.project(project).await?.id),
            None => None,
        };
        self.free_dead_slots(SystemClock.now()).await?;
        self.schedule_standings(project.as_deref()).await
    }

    /// What holds for all schedules now, on this computer.
    pub(super) async fn facts_now(&self, now: Timestamp) -> Result<Facts, Failure> {
        let (seen, paused) = (ThisComputer.look().await, self.all_paused_at(now).await?);
        Ok(Facts { now, zone: SystemClock.zone(), seen, paused })
    }

    async fn schedule_standings(&self, project_id: Option<&str>) -> Result<Vec<ScheduleStanding>, Failure> {
        let now = SystemClock.now();
        let facts = self.facts_now(now).await?;
        let all = self.schedule_facts(project_id, now).await?;
        Ok(all.into_iter().map(|one| stand(&facts, one)).collect())
    }

    /// Sets a schedule, in the place of the one with its name. Nothing before now is due by a new rule.
    ///
    /// # Errors
    /// `project_not_found`, `project_archived`, `no_connection`, `no_platform`; `invalid_request` with what was seen.
    #[crate::boxed]
    pub async fn set_schedule(&self, new: NewSchedule) -> Result<ScheduleStanding, Failure> {
        let project = self.profile.project(&new.project).await?;
        let work = fitting(&project, new.work.or(new.creates.is_some().then_some(Work::Pull)))?;
        let creates = self.checked_creates(&project, work, new.creates.clone()).await?;
        let (place, lender) = self.checked_place(work, new.place.clone()).await?;
        let name = checked_name(new.name.as_deref(), work, creates.as_ref())?;
        check_jitter(&new)?;
        check_keep(work, new.keep_ms)?;
        let known = self.profile.catalog.schedules(Some(&project.id)).await?;
        let known = known.into_iter().find(|one| one.name.to_lowercase() == name.to_lowercase());
        let unwritable = |_| Failure::invalid("a schedule that cannot be written down", "Set it again.");
        let rule = serde_json::to_string(&new.rule).map_err(unwritable)?;
        let (zone, now_ms) = (new.zone.as_str(), SystemClock.now().as_millisecond());
        // Whoever changes only its conditions does not lose a run that is overdue.
        let is_as_before = |known: &&ScheduleRecord| {
            (known.rule.as_str(), known.zone.as_str(), known.work.as_str()) == (&rule, zone, work.as_str())
                && known.creates.is_some() == creates.is_some()
        };
        let set_at_ms = known.as_ref().filter(is_as_before).map_or(now_ms, |known| known.set_at_ms);
        let record = ScheduleRecord {
            id: known.as_ref().map_or_else(|| Uuid::new_v4().simple().to_string(), |known| known.id.clone()),
            project_id: project.id.clone(),
            project: project.name.clone(),
            name,
            work: work.as_str().into(),
            rule,
            zone: zone.into(),
            conditions: serde_json::to_string(&new.conditions).map_err(unwritable)?,
            jitter_s: i64::from(new.jitter_s),
            keep_ms: new.keep_ms,
            creates: creates.as_ref().map(serde_json::to_string).transpose().map_err(unwritable)?,
            drill_on: place.on,
            drill_on_name: None,
            drill_pulls: place.image.as_ref().is_some_and(|image| image.pull),
            drill_image: place.image.map(|image| image.name),
            set_at_ms,
            paused_at_ms: known.as_ref().and_then(|known| known.paused_at_ms),
            paused_until_ms: known.as_ref().and_then(|known| known.paused_until_ms),
        };
        let words = format!("{}, {}", new.rule.words(), new.zone.as_str());
        let details = Details::none()
            .with("schedule", Fact::Name(&record.name))
            .with("work", Fact::Word(work.as_str()))
            .with("rule", Fact::Name(&words));
        let details = match &creates {
            Some(creates) => details.with("creates", Fact::Name(&creates.kind)),
            None => details,
        };
        let details = match lender.as_deref().or(record.drill_image.as_deref()) {
            Some(on) => details.with("on", Fact::Name(on)),
            None => details,
        };
        self.write_schedule(Act::ScheduleSet, &record, details).await?;
        self.schedule_of(&project.id, &record.id).await
    }

    /// Pauses the schedules of a project, or the one of this name, until a moment or until somebody resumes them.
    ///
    /// # Errors
    /// `project_not_found`, `schedule_not_found`; `invalid_request` for a moment that has passed.
    #[crate::boxed]
    pub async fn pause_schedules(
        &self,
        project: &str,
        name: Option<&str>,
        until: Option<Timestamp>,
    ) -> Result<Vec<ScheduleStanding>, Failure> {
        let now = SystemClock.now();
        require_future(until, now)?;
        let until_ms = until.map(Timestamp::as_millisecond);
        let project = self.profile.project(project).await?;
        for known in self.named(&project, name).await? {
            let record = ScheduleRecord {
                paused_at_ms: Some(now.as_millisecond()),
                paused_until_ms: until_ms,
                ..known
            };
            let until = until.map_or_else(|| "resumed".to_owned(), |until| until.to_string());
            let details =
                Details::none().with("schedule", Fact::Name(&record.name)).with("until", Fact::Name(&until));
            self.write_schedule(Act::SchedulePaused, &record, details).await?;
        }
        self.schedule_standings(Some(&project.id)).await
    }

    /// Resumes the schedules of a project, or the one of this name. What was missed meanwhile is made up for by one
    /// run.
    ///
    /// # Errors
    /// `project_not_found`, `schedule_not_found`.
    #[crate::boxed]
    pub async fn resume_schedules(
        &self,
        project: &str,
        name: Option<&str>,
    ) -> Result<Vec<ScheduleStanding>, Failure> {
        let project = self.profile.project(project).await?;
        for known in self.named(&project, name).await? {
            if known.paused_at_ms.is_some() {
                let record = ScheduleRecord { paused_at_ms: None, paused_until_ms: None, ..known };
                let details = Details::none().with("schedule", Fact::Name(&record.name));
                self.write_schedule(Act::ScheduleResumed, &record, details).await?;
            }
        }
        self.schedule_standings(Some(&project.id)).await
    }

    /// Removes the schedules of a project, or the one of this name. Runs that go on go on.
    ///
    /// # Errors
    /// `project_not_found`, `schedule_not_found`.
    #[crate::boxed]
    pub async fn remove_schedules(&self, project: &str, name: Option<&str>) -> Result<Vec<String>, Failure> {
        let project = self.profile.project(project).await?;
        let mut removed = Vec::new();
        for known in self.named(&project, name).await? {
            let details = Details::none()
                .with("schedule", Fact::Name(&known.name))
                .with("project", Fact::Name(&project.name));
            let subject = Subject::project(&project);
            let mut writing = self.profile.audit.begin(Act::ScheduleRemoved, &subject, details).await?;
            if Catalog::remove_schedule(writing.connection(), &known.id).await? {
                writing.commit().await?;
                removed.push(known.name);
            }
        }
        self.profile.jobs.changed(&[Topic::Schedules]);
        Ok(removed)
    }

    /// Where its drills are made, with the id of the project whose server lends a database, and that one's name.
    async fn checked_place(
        &self,
        work: Work,
        place: DrillPlace,
    ) -> Result<(DrillPlace, Option<String>), Failure> {
        let place = place.checked(work)?;
        let Some(on) = &place.on else { return Ok((place, None)) };
        let lender = self.profile.project(on).await?;
        lender.postgres()?;
        Ok((DrillPlace { on: Some(lender.id), ..place }, Some(lender.name)))
    }

    /// What is to be made at the platform, where it offers that.
    async fn checked_creates(
        &self,
        project: &ProjectRecord,
        work: Work,
        creates: Option<Creates>,
    ) -> Result<Option<Creates>, Failure> {
        let Some(creates) = creates else { return Ok(None) };
        if work != Work::Pull {
            return Err(Failure::invalid(
                format!("a schedule of the kind {} that makes something", work.as_str().replace('_', "-")),
                "Leave --kind out: what a platform makes is pulled.",
            ));
        }
        let platform = self.platform_of(project).await?;
        let creates = creates.checked(&crate::pull::kinds(platform.as_ref()))?;
        if creates.encrypt && self.platform_passphrase(project).await?.is_none() {
            return Err(Failure::new(
                Code::ArchivePassphraseNeeded,
                "what it makes would be encrypted, and no passphrase is stored that opens it",
                format!(
                    "Store it first: `{}`.",
                    Command::PlatformPassphrase { project: project.name.clone(), forget: false }
                ),
            )
            .retry(Retry::Never));
        }
        Ok(Some(creates))
    }

    async fn write_schedule(
        &self,
        act: Act,
        record: &ScheduleRecord,
        details: Details,
    ) -> Result<(), Failure> {
        let subject = Subject::new("project", &record.project_id, &record.project);
        let mut writing = self.profile.audit.begin(act, &subject, details).await?;
        Catalog::put_schedule(writing.connection(), record).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Schedules]);
        Ok(())
    }

    async fn schedule_of(&self, project_id: &str, id: &str) -> Result<ScheduleStanding, Failure> {
        let all = self.schedule_standings(Some(project_id)).await?;
        let found = all.into_iter().find(|one| one.facts.schedule.id == id);
        found.ok_or_else(|| not_found(id, ""))
    }

    async fn named(
        &self,
        project: &ProjectRecord,
        name: Option<&str>,
    ) -> Result<Vec<ScheduleRecord>, Failure> {
        let mut all = self.profile.catalog.schedules(Some(&project.id)).await?;
        if let Some(name) = name {
            all.retain(|one| one.name.to_lowercase() == name.trim().to_lowercase());
        }
        if all.is_empty() {
            return Err(not_found(name.unwrap_or_default(), &project.name));
        }
        Ok(all)
    }
}

/// Refuses a pause until a moment that has passed.
pub(super) fn require_future(until: Option<Timestamp>, now: Timestamp) -> Result<(), Failure> {
    match until.filter(|until| *until <= now) {
        None => Ok(()),
        Some(until) => Err(Failure::invalid(
            format!("{until} has passed"),
            "Give a moment that is to come; or leave it out, to pause until it is resumed.",
        )),
    }
}

fn stand(facts: &Facts, one: ScheduleFacts) -> ScheduleStanding {
    let outlook = look(facts, &one);
    let schedule = &one.schedule;
    let (zone, delay) = (schedule.zone.on(&facts.zone), schedule.delay());
    let begins = match facts.pause_of(schedule) {
        None => Some(facts.now),
        Some(paused) => paused.until(),
    };
    let from = begins.map(|begins| begins.checked_sub(delay).unwrap_or(begins));
    let upcoming = from.map_or_else(Vec::new, |from| upcoming(&schedule.rule, &zone, from, SLOTS_SHOWN));
    let upcoming = upcoming.into_iter().filter_map(|slot| slot.checked_add(delay).ok()).collect();
    ScheduleStanding { zone_words: schedule.zone.words(&facts.zone), outlook, upcoming, facts: one }
}
