//! Reads the facts about all schedules of a profile at once.

use std::collections::HashMap;

use jiff::Timestamp;

use super::outlook::{Run, ScheduleFacts};
use super::rule::{Rule, Work, Zone};
use super::{DrillPlace, Paused, Schedule};
use crate::engine::Engine;
use crate::profile::Profile;
use crate::replica::place;
use base::disk;
use base::failure::Failure;
use base::words::bytes_words;
use ledger::catalog::{
    CatalogError, ComponentGoal, Goals, JobRecord, ProjectRecord, ScheduleRecord, ScheduleSeen, SlotRecord,
};
use ledger::component::Component;
use ledger::job::{JobKind, Trigger};
use ledger::point::{ComponentPoint, Expects, PointGoals, RecoveryPoints, Seen};

/// What a platform deletes later than this is no reason to pull before the next time.
const EXPIRY_AHEAD_MS: i64 = 7 * 24 * 60 * 60 * 1000;

impl TryFrom<ScheduleRecord> for Schedule {
    type Error = CatalogError;

    fn try_from(record: ScheduleRecord) -> Result<Self, CatalogError> {
        let unknown = |column, value: &str| CatalogError::Unknown { column, value: value.to_owned() };
        let rule: Rule = serde_json::from_str(&record.rule).map_err(|_| unknown("rule", &record.rule))?;
        let work = Work::parse(&record.work).ok_or_else(|| unknown("work", &record.work))?;
        let zone = Zone::parse(&record.zone).ok_or_else(|| unknown("zone", &record.zone))?;
        let conditions = serde_json::from_str(&record.conditions)
            .map_err(|_| unknown("conditions", &record.conditions))?;
        let jitter_s =
            u32::try_from(record.jitter_s).map_err(|_| unknown("jitter_s", &record.jitter_s.to_string()))?;
        let creates = record.creates.as_deref().map(serde_json::from_str).transpose();
        let creates =
            creates.map_err(|_| unknown("creates", record.creates.as_deref().unwrap_or_default()))?;
        let until_ms = record.paused_until_ms;
        let place = DrillPlace::stored(&record);
        Ok(Self {
            paused: record.paused_at_ms.map(|at_ms| Paused { at_ms, until_ms }),
            set_at_ms: record.set_at_ms,
            id: record.id,
            project_id: record.project_id,
            project: record.project,
            name: record.name,
            work,
            rule,
            zone,
            conditions,
            jitter_s,
            keep_ms: record.keep_ms,
            creates,
            place,
            // Of a project that is gone, what is left.
            lender: record.drill_on_name.or(record.drill_on),
        })
    }
}

impl TryFrom<SlotRecord> for Run {
    type Error = CatalogError;

    fn try_from(record: SlotRecord) -> Result<Self, CatalogError> {
        Ok(Self {
            slot: moment(record.slot_ms)?,
            state: record.state,
            attempts: record.attempts,
            ended: record.ended_at_ms.map(moment).transpose()?,
            job_id: record.job_id,
            said: record.said,
        })
    }
}

fn moment(ms: i64) -> Result<Timestamp, CatalogError> {
    Timestamp::from_millisecond(ms)
        .map_err(|_| CatalogError::Unknown { column: "slot_ms", value: ms.to_string() })
}

impl Engine {
    /// Schedules of one project or of all that are protected, and what is known of each at a moment.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    pub(crate) async fn schedule_facts(
        &self,
        project_id: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<ScheduleFacts>, Failure> {
        let catalog = &self.profile.catalog;
        let records = catalog.schedules(project_id).await?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let seen = by_schedule(catalog.schedule_seen(project_id, now.as_millisecond()).await?);
        let ever = by_schedule(catalog.schedule_seen(project_id, i64::MAX).await?);
        let mut runs: HashMap<String, Vec<Run>> = HashMap::new();
        for slot in catalog.slots(project_id).await? {
            runs.entry(slot.schedule_id.clone()).or_default().push(Run::try_from(slot)?);
        }
        let open = catalog.open_jobs().await?;
        let projects = match project_id {
            Some(id) => catalog.project(id).await?.into_iter().collect(),
            None => catalog.projects().await?,
        };
        let projects: HashMap<String, ProjectRecord> =
            projects.into_iter().map(|project| (project.id.clone(), project)).collect();
        let goals = catalog.all_goals().await?;
        let of_parts = catalog.component_goals(project_id).await?;
        let points = catalog.points_seen(project_id, now.as_millisecond()).await?;
        let ground = ground(&self.profile).await?;
        let ahead = now.as_millisecond().saturating_add(EXPIRY_AHEAD_MS);
        let going = catalog.remotes_expiring(project_id, now.as_millisecond(), ahead).await?;
        let mut all = Vec::with_capacity(records.len());
        for record in records {
            let schedule = Schedule::try_from(record)?;
            let seen = seen.get(&schedule.id).cloned().unwrap_or_default();
            let newest = ever.get(&schedule.id).and_then(|ever| ever.success_at_ms);
            let project = projects.get(&schedule.project_id);
            let brought = brought(
                schedule.work,
                points.get(&schedule.project_id).cloned().unwrap_or_default(),
                project.map(ProjectRecord::expects).unwrap_or_default(),
                &goals_of(&goals, &of_parts, &schedule.project_id),
            );
            let going = going.iter().find(|one| one.project_id == schedule.project_id);
            let going = going.filter(|_| schedule.work == Work::Pull);
            let busy = open.iter().find(|job| is_in_the_way(job, &schedule));
            all.push(ScheduleFacts {
                last_success: seen.success_at_ms.map(moment).transpose()?,
                future_success: newest.filter(|at| *at > now.as_millisecond()).map(moment).transpose()?,
                runs: runs.remove(&schedule.id).unwrap_or_default(),
                busy: busy.map(|job| job.title.clone()),
                obstacle: obstacle(&schedule, &seen, &ground),
                needs_network: project.is_some_and(|project| needs_network(schedule.work, project)),
                recovery_point: brought.point.map(|point| moment(point.at_ms)).transpose()?,
                goes_there_at: going.map(|one| moment(one.expires_at_ms)).transpose()?,
                goal_ms: brought.goal_ms,
                schedule,
            });
        }
        Ok(all)
    }
}

fn goals_of(goals: &HashMap<String, Goals>, of_parts: &[ComponentGoal], project_id: &str) -> PointGoals {
    let own: Vec<ComponentGoal> =
        of_parts.iter().filter(|one| one.project_id == project_id).cloned().collect();
    PointGoals::of_project(&goals.get(project_id).copied().unwrap_or_default(), &own)
}

/// The recovery point that a run of this kind brings forward, and how old it may get: a backup that Holdfast makes is
/// of the database; a pull brings what the platform has, and is due by what of it is.
fn brought(work: Work, seen: Seen, expects: Expects, goals: &PointGoals) -> ComponentPoint {
    let points = RecoveryPoints::of(seen, expects, goals);
    let database = points.components.iter().find(|one| one.component == Component::Database);
    let of_project = points.project().filter(|_| work != Work::Backup || !expects.database);
    let none = ComponentPoint { component: Component::Database, point: None, goal_ms: goals.project_ms };
    of_project.or(database).cloned().unwrap_or(none)
}

/// Drills read the vault alone, and go on beside everything else; a prune has the vault for itself.
fn is_in_the_way(job: &JobRecord, schedule: &Schedule) -> bool {
    if schedule.work == Work::Prune {
        return job.writes_vault || matches!(job.kind, JobKind::Drill | JobKind::Copy);
    }
    // Backups may be written meanwhile; what is moved or removed may not.
    if schedule.work == Work::Copy {
        return matches!(job.kind, JobKind::Copy | JobKind::Prune | JobKind::Repair | JobKind::Retention);
    }
    let is_drill = matches!(schedule.work, Work::Drill | Work::VerifySample);
    job.project_id.as_deref() == Some(&schedule.project_id) && (job.kind == JobKind::Drill) == is_drill
}

fn by_schedule(seen: Vec<ScheduleSeen>) -> HashMap<String, ScheduleSeen> {
    seen.into_iter().map(|one| (one.schedule_id.clone(), one)).collect()
}

/// What all runs need.
struct Ground {
    /// What is in the way of all of them, as the rest of a sentence.
    obstacle: Option<String>,
    /// Bytes that are free at the vault.
    free_bytes: Option<u64>,
    /// What is in the way of a copy to the replicas, as the rest of a sentence.
    no_replica: Option<&'static str>,
}

/// Disconnected disks and locked secrets are waited for: a try would only use up the attempts.
async fn ground(profile: &Profile) -> Result<Ground, Failure> {
    let Some(vault) = profile.catalog.vault().await? else {
        let obstacle = Some("there is no vault yet".into());
        return Ok(Ground { obstacle, free_bytes: None, no_replica: None });
    };
    let is_there = vault.path.join("config").exists();
    let obstacle = if !is_there {
        Some(format!("the vault “{}” is not in {}; its disk may not be connected", vault.name, vault.path))
    } else if profile.secrets.is_closed() && profile.jobs.trigger() != Trigger::CommandLine {
        // The command line opens them only for what needs them; to look at schedules needs none.
        Some("the sealed file of the secrets is not open; open it with its passphrase".into())
    } else {
        None
    };
    let replicas = profile.catalog.replicas(&vault.id).await?;
    let folders: Vec<_> = replicas.iter().map(|one| one.path.as_path()).collect();
    let no_replica = if replicas.is_empty() {
        Some("the vault has no replica; add one with `holdfast store add PATH`")
    } else if !place::look(&folders, &vault.path).await.iter().any(|look| look.is_there) {
        Some("no replica is connected; it goes on once one is")
    } else {
        None
    };
    Ok(Ground { obstacle, free_bytes: disk::free_bytes(&vault.path).ok(), no_replica })
}

/// What keeps a run from being begun at all, as the rest of a sentence.
fn obstacle(schedule: &Schedule, seen: &ScheduleSeen, ground: &Ground) -> Option<String> {
    if ground.obstacle.is_some() {
        return ground.obstacle.clone();
    }
    let added = seen.added_bytes.and_then(|bytes| u64::try_from(bytes).ok());
    match schedule.work {
        Work::Prune => return None,
        Work::Copy => {
            if let Some(words) = ground.no_replica {
                return Some(words.to_owned());
            }
        }
        _ => {}
    }
    if !schedule.work.brings_recovery_point() {
        return added.is_none().then(|| format!("{} has no backup yet", schedule.project));
    }
    // A run that is stopped by a full disk costs as much as one that works.
    match (ground.free_bytes, added) {
        (Some(free), Some(added)) if free < added => Some(format!(
            "the vault's disk has {} left, and the last backup added {}",
            bytes_words(free),
            bytes_words(added)
        )),
        _ => None,
    }
}

/// Whether what is read or asked is on another computer.
fn needs_network(work: Work, project: &ProjectRecord) -> bool {
    match work {
        Work::Backup => project.connection.as_ref().is_some_and(|connection| {
            !is_here(&connection.host) || connection.ssh.as_ref().is_some_and(|ssh| !is_here(&ssh.host))
        }),
        Work::Pull => project.platform.as_ref().is_some_and(|platform| {
            let address = url::Url::parse(&platform.address).ok();
            !address.as_ref().and_then(url::Url::host_str).is_some_and(is_here)
        }),
        Work::VerifyQuick
        | Work::VerifySample
        | Work::VerifyFull
        | Work::Drill
        | Work::Prune
        | Work::Copy => false,
    }
}

/// A socket, or this computer itself.
fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.is_empty()
        || host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|one| one.is_loopback())
}
