//! A plan: the outcome for each backup of a project now, with an id that is valid as long as the outcome does
//! not change.

use jiff::tz::TimeZone;
use ring::digest::{SHA256, digest};

use super::calendar::{Day, calendar};
use super::policy::DAY_MS;
use super::source::pause;
use super::{Fate, Policy, decide};
use crate::engine::Engine;
use base::clock::now_ms;
use base::command::Command;
use base::failure::Failure;
use base::hex;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{ProjectRecord, RetentionRun};

/// Backups that will be removed within this time are announced.
pub(super) const AHEAD_MS: i64 = 7 * DAY_MS;
/// Bytes of the hash that name a plan.
const ID_BYTES: usize = 8;

/// A backup whose date comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// The backup.
    pub backup_id: String,
    /// Its moment.
    pub at_ms: i64,
    /// When it goes.
    pub until_ms: i64,
}

/// What a policy comes to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Names what was seen and decided; another one once that changed.
    pub id: String,
    /// The project's id.
    pub project_id: String,
    /// The project's name: what has to be typed.
    pub project: String,
    /// The policy; absent keeps everything.
    pub policy: Option<Policy>,
    /// Whether that policy is the project's, and not one that is only looked at.
    pub is_set: bool,
    /// Why nothing is removed at this moment.
    pub pause: Option<String>,
    /// What becomes of each backup, newest first.
    pub fates: Vec<Fate>,
    /// Backups that go by their date within a week.
    pub leaving: Vec<Leaving>,
    /// Bytes that the backups which go added to the vault when they were made; what of it nothing else needs is
    /// freed by a prune.
    pub going_added_bytes: u64,
    /// The last confirmed plan of the project.
    pub last_run: Option<RetentionRun>,
    /// When it was made.
    pub made_at_ms: i64,
    zone: TimeZone,
}

impl Plan {
    /// The time zone of its days.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// As a calendar.
    pub fn days(&self) -> Vec<Day> {
        calendar(&self.fates, &self.zone)
    }

    /// Ids of the backups that go: those that need another, and then the others, oldest first.
    pub fn going(&self) -> Vec<String> {
        let going = self.fates.iter().filter(|fate| !fate.is_kept);
        // What needs another goes before that one, whatever their order: at no moment is it there in vain.
        let (needing, others): (Vec<&Fate>, Vec<&Fate>) = going.partition(|fate| !fate.needs.is_empty());
        needing.into_iter().chain(others.into_iter().rev()).map(|fate| fate.id.clone()).collect()
    }

    /// The command line that applies it.
    pub fn command(&self) -> String {
        let confirmed = Some((self.id.clone(), self.project.clone()));
        Command::RetentionApply { project: self.project.clone(), confirmed }.into()
    }
}

impl Engine {
    /// What a policy would come to now: of the project's own, or of one that is only looked at. Changes
    /// nothing, and records nothing.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request` for a policy that makes no sense.
    #[crate::boxed]
    pub async fn preview_retention(&self, project: &str, policy: Option<Policy>) -> Result<Plan, Failure> {
        let project = self.profile.project(project).await?;
        let is_set = policy.is_none();
        let policy = match policy {
            Some(policy) => Some(policy.checked()?),
            None => self.policy(&project).await?,
        };
        self.retention_plan(&project, policy, is_set, now_ms()).await
    }

    /// The current outcome of the project's policy, to be confirmed.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` where the policy's time zone is unknown here.
    #[crate::boxed]
    pub async fn plan_retention(&self, project: &str) -> Result<Plan, Failure> {
        self.look_at_vault_if_there().await?;
        let plan = self.preview_retention(project, None).await?;
        let project = self.profile.project(&plan.project_id).await?;
        let going = u64::try_from(plan.going().len()).unwrap_or(u64::MAX);
        let details = Details::none().with("plan", Fact::Id(&plan.id)).with("backups", Fact::Count(going));
        self.audit(Act::RetentionPlanned, &Subject::project(&project), details).await?;
        Ok(plan)
    }

    pub(super) async fn retention_plan(
        &self,
        project: &ProjectRecord,
        policy: Option<Policy>,
        is_set: bool,
        now_ms: i64,
    ) -> Result<Plan, Failure> {
        let last_run = self.last_retention(project).await?;
        let zone = match &policy {
            Some(policy) => policy.time_zone()?,
            None => TimeZone::system(),
        };
        let backups = self.candidates(project).await?;
        let pause = match &policy {
            Some(_) => pause(&self.source(project, &backups, now_ms).await?, now_ms),
            None => None,
        };
        let fates = decide(policy.as_ref(), &backups, pause.is_some(), &zone, now_ms);
        let going_added_bytes = self.going_added_bytes(project, &fates).await?;
        Ok(Plan {
            id: id(project, policy.as_ref(), &fates),
            project_id: project.id.clone(),
            project: project.name.clone(),
            leaving: leaving(&fates, now_ms),
            made_at_ms: now_ms,
            policy,
            is_set,
            pause,
            going_added_bytes,
            fates,
            last_run,
            zone,
        })
    }

    async fn going_added_bytes(&self, project: &ProjectRecord, fates: &[Fate]) -> Result<u64, Failure> {
        if fates.iter().all(|fate| fate.is_kept) {
            return Ok(0);
        }
        let added = self.profile.catalog.added_bytes_of(&project.id).await?;
        let going = fates.iter().filter(|fate| !fate.is_kept).filter_map(|fate| added.get(&fate.id));
        Ok(going.filter_map(|bytes| u64::try_from(*bytes).ok()).sum())
    }
}

/// Backups that stay now, and whose date comes within a week; the first one first.
fn leaving(fates: &[Fate], now_ms: i64) -> Vec<Leaving> {
    let soon = |fate: &Fate| {
        let until_ms = fate.until_ms.filter(|until| *until <= now_ms.saturating_add(AHEAD_MS))?;
        Some(Leaving { backup_id: fate.id.clone(), at_ms: fate.at_ms, until_ms })
    };
    let mut leaving: Vec<Leaving> = fates.iter().filter_map(soon).collect();
    leaving.sort_by_key(|one| one.until_ms);
    leaving
}

/// Of the project, its policy, and each backup with what becomes of it.
fn id(project: &ProjectRecord, policy: Option<&Policy>, fates: &[Fate]) -> String {
    let mut text = format!("{}\n{policy:?}\n", project.id);
    for fate in fates {
        text.push(if fate.is_kept { '+' } else { '-' });
        text.push_str(&fate.id);
        text.push('\n');
    }
    hex::encode(&digest(&SHA256, text.as_bytes()).as_ref()[..ID_BYTES])
}
