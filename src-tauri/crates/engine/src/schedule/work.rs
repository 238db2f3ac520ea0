//! Does due work: through the verbs that a person uses, watched to the end, and judged by what was verified.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::rule::Work;
use super::slots::first_after;
use super::{Schedule, words};
use crate::drill::DrillRequest;
use crate::engine::Engine;
use crate::pull::PullRequest;
use base::Code;
use base::clock::{Clock as _, SystemClock};
use base::failure::Failure;
use ledger::catalog::{BackupRecord, JobState, ProofLevel, SlotState, Verdict};
use ledger::job::{Creation, Job, JobKind};

/// How often a run is asked whether it has ended; at first sooner, so that a short one is not waited for in vain.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const LOOK_FIRST_AFTER: Duration = Duration::from_millis(20);
/// A table per day in turn, so that each comes to be restored.
const DAY_S: i64 = 24 * 60 * 60;

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Doing {
    /// The schedule.
    pub schedule: Schedule,
    /// The slot that was claimed.
    pub slot: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How it ended; never `Running`.
    pub state: SlotState,
    /// As a sentence.
    pub said: String,
    /// The run that did it, where one was begun.
    pub job_id: Option<String>,
}

/// Who does what is due.
#[async_trait]
pub trait Worker: std::fmt::Debug + Send + Sync {
    /// Does it, to its end.
    async fn work(&self, engine: &Engine, doing: &Doing) -> Ended;
}

/// The verbs of the engine.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Verbs;

#[async_trait]
impl Worker for Verbs {
    async fn work(&self, engine: &Engine, doing: &Doing) -> Ended {
        let Begun { said, job_id } = match Box::pin(engine.begin_work(doing)).await {
            Ok(begun) => begun,
            Err(failure) => return failed(&failure, None),
        };
        let Some(job_id) = job_id else {
            return Ended { state: SlotState::Succeeded, said, job_id };
        };
        let ended = engine.follow(doing, job_id).await;
        let mut ended = engine.date_backup(doing, ended).await;
        if !said.is_empty() {
            ended.said = format!("{said} {}", ended.said);
        }
        ended
    }
}

/// What was begun.
pub(super) struct Begun {
    /// What was done before the run, in sentences.
    pub(super) said: String,
    /// The run; absent where nothing is left to be done.
    pub(super) job_id: Option<String>,
}

impl Engine {
    /// Notes which run does it, and waits for its end.
    async fn follow(&self, doing: &Doing, job_id: String) -> Ended {
        let (id, slot_ms) = (&doing.schedule.id, doing.slot.as_millisecond());
        if let Err(error) = self.profile.catalog.note_slot_job(id, slot_ms, &job_id).await {
            tracing::warn!(%error, schedule = %id, "which run does it is not noted");
        }
        match self.wait_for_end(&job_id).await {
            Ok(job) => judged(job),
            Err(failure) => failed(&failure, Some(job_id)),
        }
    }

    /// Sets the expiry of the made backup, if its schedule has one. A failure is reported with the outcome:
    /// the backup exists, and is kept by the policy.
    async fn date_backup(&self, doing: &Doing, mut ended: Ended) -> Ended {
        let (Some(keep_ms), Some(job_id)) = (doing.schedule.keep_ms, &ended.job_id) else { return ended };
        let dated: Result<(), Failure> = async {
            let job = self.job(job_id).await?;
            // A pull that lacks one at its end brought the others all the same.
            let mut made = job.progress.made.clone();
            if ended.state == SlotState::Succeeded {
                made.extend(job.output.and_then(|output| output.backup_id).filter(|id| !made.contains(id)));
            }
            for backup in made {
                let at_ms = self.backup(&backup).await?.record.at_ms;
                self.expire_backup(&backup, Some(at_ms.saturating_add(keep_ms))).await?;
            }
            Ok(())
        }
        .await;
        if let Err(failure) = dated {
            tracing::warn!(%failure, "until when a backup is kept is not noted");
            ended.said.push_str(" Until when it is kept could not be noted; the policy holds.");
        }
        ended
    }

    /// Begins a run.
    async fn begin_work(&self, doing: &Doing) -> Result<Begun, Failure> {
        let Schedule { project_id, work, rule, .. } = &doing.schedule;
        let job_id = match work {
            Work::Backup => {
                let reason = format!("scheduled {}", rule.words());
                self.start_backup(project_id, Some(reason)).await
            }
            Work::Pull => self.begin_pull(doing).await,
            Work::VerifyQuick => {
                let newest = self.newest_of(&doing.schedule).await?;
                self.start_verify(&newest.id, ProofLevel::Bytes).await
            }
            Work::VerifyFull => {
                let newest = self.newest_of(&doing.schedule).await?;
                self.start_verify(&newest.id, ProofLevel::Readable).await
            }
            Work::VerifySample => {
                let newest = self.newest_of(&doing.schedule).await?;
                let tables = vec![self.table_of_the_day(&newest, doing.slot).await?];
                let request = DrillRequest { tables, ..DrillRequest::of_backup(newest.id) };
                self.start_drill(doing.schedule.place.of(request)).await
            }
            Work::Drill => {
                let newest = self.newest_of(&doing.schedule).await?;
                self.start_drill(doing.schedule.place.of(DrillRequest::of_backup(newest.id))).await
            }
            Work::Prune => return self.keep_house(project_id).await,
            Work::Copy => self.copy_in_turn().await,
        };
        Ok(Begun { said: String::new(), job_id: Some(job_id?) })
    }

    /// Has the platform make what is to be made, and fetches all that is not here.
    async fn begin_pull(&self, doing: &Doing) -> Result<String, Failure> {
        let Schedule { project_id, rule, zone, creates, .. } = &doing.schedule;
        let pull = PullRequest::unwatched();
        let before = doing.slot.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(doing.slot);
        // A slot beside the rule is there to fetch what goes, and makes nothing.
        let is_of_rule = first_after(rule, &zone.on(&SystemClock.zone()), before) == Some(doing.slot);
        match creates.as_ref().filter(|_| is_of_rule) {
            Some(creates) => {
                let reason = format!("scheduled {}", rule.words());
                let request = creates.request(SystemClock.now(), reason);
                let before = self.there_before(doing).await?;
                self.start_remote_again(project_id, request, Some(pull), before).await
            }
            None => self.start_pull(project_id, pull).await,
        }
    }

    /// How far an attempt before at the same slot came at the platform.
    async fn there_before(&self, doing: &Doing) -> Result<Option<Creation>, Failure> {
        let slots = self.profile.catalog.slots(Some(&doing.schedule.project_id)).await?;
        let slot_ms = doing.slot.as_millisecond();
        let slot =
            slots.into_iter().find(|slot| slot.schedule_id == doing.schedule.id && slot.slot_ms == slot_ms);
        match slot.and_then(|slot| slot.job_id) {
            Some(job_id) => Ok(self.job(&job_id).await?.progress.there),
            None => Ok(None),
        }
    }

    /// Copies to all replicas once no other copy goes on: that one may be of a single replica, and may fail. Where it
    /// did all of it, there is nothing left to copy.
    async fn copy_in_turn(&self) -> Result<String, Failure> {
        loop {
            match self.start_copy(None).await {
                Err(failure) if failure.code == Code::CopyRunning => {}
                other => return other,
            }
            let open = self.profile.catalog.open_jobs().await?;
            if let Some(copying) = open.into_iter().find(|job| job.kind == JobKind::Copy) {
                self.wait_for_end(&copying.id).await?;
            }
        }
    }

    async fn newest_of(&self, schedule: &Schedule) -> Result<BackupRecord, Failure> {
        let catalog = &self.profile.catalog;
        // What is dated later than now is only looked at where there is nothing else.
        let newest = match catalog.newest_main(&schedule.project_id).await? {
            Some(newest) => Some(newest),
            None => catalog.backups(Some(&schedule.project_id), 0, 1).await?.pop(),
        };
        newest.ok_or_else(|| {
            Failure::new(
                Code::BackupNotFound,
                format!("{} has no backup yet", schedule.project),
                "Make one: `holdfast backup run PROJECT`.",
            )
        })
    }

    /// Another table with rows each day, as `schema.table`.
    async fn table_of_the_day(&self, backup: &BackupRecord, slot: Timestamp) -> Result<String, Failure> {
        let (_, manifest) = self.profile.archive.manifest(&backup.id).await?;
        let full: Vec<_> = manifest.tables().iter().filter(|table| table.rows > 0).collect();
        let day = usize::try_from(slot.as_second().div_euclid(DAY_S)).unwrap_or(0);
        let table = full.get(day.checked_rem(full.len()).unwrap_or(0));
        let table = table.map(|table| format!("{}.{}", table.schema, table.name));
        table.ok_or_else(|| {
            Failure::new(
                Code::NothingToSample,
                "the newest backup holds no table with rows",
                "Verify it in full: `holdfast schedule set PROJECT --kind verify-full …`.",
            )
        })
    }

    pub(super) async fn wait_for_end(&self, job_id: &str) -> Result<Job, Failure> {
        let mut pause = LOOK_FIRST_AFTER;
        loop {
            let job = self.job(job_id).await?;
            if job.record.state.is_final() {
                return Ok(job);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LOOK_EVERY);
        }
    }
}

fn failed(failure: &Failure, job_id: Option<String>) -> Ended {
    Ended { state: SlotState::Failed, said: words::sentence(&failure.message), job_id }
}

/// A run that ended well is a success only where it says that it verified what it did, or had nothing to do.
fn judged(job: Job) -> Ended {
    let said = job.record.outcome.clone().unwrap_or_else(|| "It ended without a word.".into());
    let verdict = job.output.as_ref().and_then(|output| output.verdict);
    let state = match (job.record.state, verdict) {
        (JobState::Succeeded, Some(Verdict::Pass)) => SlotState::Succeeded,
        (JobState::Succeeded, None)
            if matches!(job.record.kind, JobKind::Pull | JobKind::Prune | JobKind::Copy) =>
        {
            SlotState::Succeeded
        }
        (JobState::Cancelled, _) if job.record.cancel_asked => SlotState::Stopped,
        (JobState::Cancelled | JobState::Interrupted, _) => SlotState::Interrupted,
        _ => SlotState::Failed,
    };
    Ended { state, said: words::sentence(&said), job_id: Some(job.record.id) }
}
