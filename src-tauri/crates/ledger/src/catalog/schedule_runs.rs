//! Slots of schedules: claimed in one statement, so that of several processes one does what is due; free again
//! once the process that held them is dead. What is claimed and done is on the disk before anything else happens, so
//! that a loss of power has nothing done a second time as if it had never begun.

use super::{Catalog, CatalogError};

/// So many slots of a schedule are remembered beside the one at hand: the nearest to it.
const SLOTS_KEPT: u32 = 12;

/// What became of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotState {
    /// A living process does it.
    Running,
    /// Done, and verified.
    Succeeded,
    /// Tried in vain.
    Failed,
    /// Its process ended in the middle.
    Interrupted,
    /// A person ended it.
    Stopped,
}

/// What became of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRecord {
    /// The schedule.
    pub schedule_id: String,
    /// The slot.
    pub slot_ms: i64,
    /// What became of it.
    pub state: SlotState,
    /// The process that does it, or did.
    pub process: String,
    /// How often it was begun.
    pub attempts: u32,
    /// When the last attempt ended.
    pub ended_at_ms: Option<i64>,
    /// The run that does it, or did; until an attempt has one, that of the attempt before.
    pub job_id: Option<String>,
    /// What it came to.
    pub said: Option<String>,
}

/// A wish to do what is due.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// The schedule.
    pub schedule_id: &'a str,
    /// As it was when somebody looked: one that was set anew since is looked at again.
    pub set_at_ms: i64,
    /// The slot.
    pub slot_ms: i64,
    /// Attempts at it that were seen.
    pub attempts: u32,
    /// Who wants to.
    pub process: &'a str,
    /// Now.
    pub now_ms: i64,
}

impl SlotState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
        }
    }

    fn stored(value: String) -> Result<Self, CatalogError> {
        let all = [Self::Running, Self::Succeeded, Self::Failed, Self::Interrupted, Self::Stopped];
        let known = all.into_iter().find(|state| state.as_str() == value);
        known.ok_or(CatalogError::Unknown { column: "state", value })
    }
}

impl Catalog {
    /// Claims a slot, where nobody did it or does it, as many attempts were made as were seen, its schedule is as
    /// it was seen and not paused, and no other schedule of its project is at work. Atomic across processes.
    /// False when somebody else was first, or it may not be done any more.
    pub async fn claim_slot(&self, claim: &Claim<'_>) -> Result<bool, CatalogError> {
        let Claim { schedule_id, set_at_ms, slot_ms, attempts, process, now_ms } = claim;
        let done = sqlx::query!(
            "INSERT INTO schedule_run (schedule_id, slot_ms, state, process, attempts, claimed_at_ms)
             SELECT s.id, ?2, 'running', ?3, ?4 + 1, ?5 FROM schedule s
             WHERE s.id = ?1 AND s.set_at_ms = ?6
               AND (s.paused_at_ms IS NULL OR (s.paused_until_ms IS NOT NULL AND s.paused_until_ms <= ?5))
               AND (?4 = 0 OR EXISTS (SELECT 1 FROM schedule_run o WHERE o.schedule_id = ?1 AND o.slot_ms = ?2))
               AND NOT EXISTS (SELECT 1 FROM schedule_run r JOIN schedule o ON o.id = r.schedule_id
                               WHERE r.state = 'running' AND o.project_id = s.project_id)
             ON CONFLICT (schedule_id, slot_ms) DO UPDATE SET
                 state = 'running', process = excluded.process, attempts = excluded.attempts,
                 claimed_at_ms = excluded.claimed_at_ms, ended_at_ms = NULL, said = NULL
             WHERE schedule_run.state IN ('failed', 'interrupted') AND schedule_run.attempts = ?4",
            schedule_id,
            slot_ms,
            process,
            attempts,
            now_ms,
            set_at_ms
        )
        .execute(&self.durable)
        .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        sqlx::query!(
            "DELETE FROM schedule_run WHERE schedule_id = ?1 AND state <> 'running' AND slot_ms IN (
                 SELECT slot_ms FROM schedule_run WHERE schedule_id = ?1
                 ORDER BY abs(slot_ms - ?2) LIMIT -1 OFFSET ?3)",
            schedule_id,
            slot_ms,
            SLOTS_KEPT
        )
        .execute(&self.durable)
        .await?;
        Ok(true)
    }

    /// Notes which run does a slot.
    pub async fn note_slot_job(
        &self,
        schedule_id: &str,
        slot_ms: i64,
        job_id: &str,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "UPDATE schedule_run SET job_id = ?3 WHERE schedule_id = ?1 AND slot_ms = ?2 AND state = 'running'",
            schedule_id,
            slot_ms,
            job_id
        )
        .execute(&self.durable)
        .await?;
        Ok(())
    }

    /// Ends what `process` claimed. False when it is not its claim any more.
    pub async fn end_slot(
        &self,
        schedule_id: &str,
        slot_ms: i64,
        process: &str,
        state: SlotState,
        said: Option<&str>,
        now_ms: i64,
    ) -> Result<bool, CatalogError> {
        let state = state.as_str();
        let done = sqlx::query!(
            "UPDATE schedule_run SET state = ?4, said = ?5, ended_at_ms = ?6
             WHERE schedule_id = ?1 AND slot_ms = ?2 AND process = ?3 AND state = 'running'",
            schedule_id,
            slot_ms,
            process,
            state,
            said,
            now_ms
        )
        .execute(&self.durable)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The slots that are remembered, of one project's schedules or of all, newest first.
    pub async fn slots(&self, project: Option<&str>) -> Result<Vec<SlotRecord>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT r.schedule_id, r.slot_ms, r.state, r.process, r.attempts AS "attempts: u32", r.ended_at_ms,
                      r.job_id, r.said
               FROM schedule_run r JOIN schedule s ON s.id = r.schedule_id
               WHERE ?1 IS NULL OR s.project_id = ?1 ORDER BY r.schedule_id, r.slot_ms DESC"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(SlotRecord {
                    schedule_id: row.schedule_id,
                    slot_ms: row.slot_ms,
                    state: SlotState::stored(row.state)?,
                    process: row.process,
                    attempts: row.attempts,
                    ended_at_ms: row.ended_at_ms,
                    job_id: row.job_id,
                    said: row.said,
                })
            })
            .collect()
    }
}
