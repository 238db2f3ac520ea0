//! Alarms: findings of health as they were told, decided and stored in one transaction, so that of several processes
//! one tells.

use std::collections::{HashMap, HashSet};

use super::{Catalog, CatalogError, MessageRecord};

/// A finding that is worse than well, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRecord {
    /// What makes it this finding.
    pub key: String,
    /// The project that it is about.
    pub project_id: Option<String>,
    /// How it stood at the last look, as its stable word.
    pub severity: String,
    /// Since when it stands so.
    pub since_ms: i64,
    /// How it was told last.
    pub told: Option<String>,
    /// When that was.
    pub told_at_ms: Option<i64>,
    /// Since when it is away.
    pub gone_ms: Option<i64>,
    /// Whom its end is about.
    pub subject: String,
    /// What its end is about.
    pub title: String,
}

/// A message about findings, and where it goes (channel, when).
#[derive(Debug, Clone)]
pub struct AlarmMessage {
    /// The message.
    pub message: MessageRecord,
    /// The ids of its channels, and when each may have it at the earliest (UTC milliseconds).
    pub goes_to: Vec<(String, i64)>,
    /// The findings that it tells of, and that are still there.
    pub keys: Vec<String>,
}

/// What was decided of all alarms.
#[derive(Debug, Clone, Default)]
pub struct Alarms {
    /// As they stand from now on.
    pub stand: Vec<AlarmRecord>,
    /// Those that are over.
    pub over: Vec<String>,
    /// What is told.
    pub messages: Vec<AlarmMessage>,
}

/// When a finding was told, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmTold {
    pub key: String,
    pub told_at_ms: i64,
    /// The channel's name; absent where no channel heard of it.
    pub channel: Option<String>,
    /// `waiting`, `sending`, `sent`, `failed`, `dropped`.
    pub state: Option<String>,
    /// When that came to its end.
    pub ended_at_ms: Option<i64>,
}

/// Of which backups it was told that they go by a policy.
#[derive(Debug, Clone, Default)]
pub struct LeavingTold {
    pub backups: HashSet<String>,
    projects: HashMap<String, i64>,
}

impl LeavingTold {
    /// When it was last told of a project.
    pub fn of_project(&self, id: &str) -> Option<i64> {
        self.projects.get(id).copied()
    }
}

impl Catalog {
    /// Decides of all alarms at once, and stores what was decided: all or nothing, and no other process in between.
    /// `decide` is given the alarms, and when findings were told since a moment. How many messages there are now.
    pub async fn decide_alarms<D>(&self, since_ms: i64, decide: D) -> Result<usize, CatalogError>
    where
        D: FnOnce(Vec<AlarmRecord>, Vec<i64>) -> Result<Alarms, CatalogError> + Send,
    {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let known = sqlx::query_as!(
            AlarmRecord,
            "SELECT key, project_id, severity, since_ms, told, told_at_ms, gone_ms, subject, title FROM alarm"
        )
        .fetch_all(&mut *tx)
        .await?;
        let recent = sqlx::query_scalar!(
            "SELECT DISTINCT at_ms FROM message WHERE kind = 'health' AND at_ms > ? ORDER BY at_ms",
            since_ms
        )
        .fetch_all(&mut *tx)
        .await?;
        let Alarms { stand, over, messages } = decide(known, recent)?;
        for key in &over {
            sqlx::query!("DELETE FROM alarm WHERE key = ?", key).execute(&mut *tx).await?;
        }
        for alarm in &stand {
            put(&mut tx, alarm).await?;
        }
        for one in &messages {
            Self::insert_message(&mut tx, &one.message, &one.goes_to).await?;
            for key in &one.keys {
                sqlx::query!(
                    "INSERT OR IGNORE INTO alarm_message (key, message_id) VALUES (?, ?)",
                    key,
                    one.message.id
                )
                .execute(&mut *tx)
                .await?;
            }
        }
        tx.commit().await?;
        Ok(messages.len())
    }

    /// When each finding that was told was told, and to whom; the newest telling alone.
    pub async fn alarms_told(&self) -> Result<Vec<AlarmTold>, CatalogError> {
        Ok(sqlx::query_as!(
            AlarmTold,
            r#"SELECT a.key, a.told_at_ms AS "told_at_ms!: i64", c.name AS "channel?", d.state AS "state?",
                      d.ended_at_ms
               FROM alarm a LEFT JOIN alarm_message t ON t.key = a.key
                    LEFT JOIN delivery d ON d.message_id = t.message_id LEFT JOIN channel c ON c.id = d.channel_id
               WHERE a.told_at_ms IS NOT NULL ORDER BY a.key, c.name"#
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Of which backups it was told that they go by a policy.
    pub async fn leaving_told(&self) -> Result<LeavingTold, CatalogError> {
        let rows = sqlx::query!(
            "SELECT t.backup_id, t.at_ms, b.project_id FROM leaving_told t JOIN backup b ON b.id = t.backup_id"
        )
        .fetch_all(&self.pool)
        .await?;
        let mut told = LeavingTold::default();
        for row in rows {
            let last = told.projects.entry(row.project_id).or_insert(row.at_ms);
            *last = row.at_ms.max(*last);
            told.backups.insert(row.backup_id);
        }
        Ok(told)
    }

    /// Stores a message about backups that go, unless another process told of one of them in between.
    pub async fn put_leaving(
        &self,
        message: &MessageRecord,
        goes_to: &[(String, i64)],
        backups: &[String],
    ) -> Result<bool, CatalogError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for backup in backups {
            // One that was removed meanwhile is none to tell of.
            let done = sqlx::query!(
                "INSERT INTO leaving_told (backup_id, at_ms) SELECT b.id, ?2 FROM backup b WHERE b.id = ?1
                 ON CONFLICT (backup_id) DO NOTHING",
                backup,
                message.at_ms
            )
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
        }
        let is_new = Self::insert_message(&mut tx, message, goes_to).await?;
        tx.commit().await?;
        Ok(is_new)
    }
}

/// Stores how an alarm stands; what told it before is its past once it is told again.
async fn put(on: &mut sqlx::SqliteConnection, alarm: &AlarmRecord) -> Result<(), CatalogError> {
    sqlx::query!(
        "DELETE FROM alarm_message WHERE key = ?1
           AND EXISTS (SELECT 1 FROM alarm a WHERE a.key = ?1 AND a.told_at_ms IS NOT ?2)",
        alarm.key,
        alarm.told_at_ms
    )
    .execute(&mut *on)
    .await?;
    sqlx::query!(
        "INSERT INTO alarm (key, project_id, severity, since_ms, told, told_at_ms, gone_ms, subject, title)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET severity = excluded.severity, since_ms = excluded.since_ms,
             told = excluded.told, told_at_ms = excluded.told_at_ms, gone_ms = excluded.gone_ms,
             subject = excluded.subject, title = excluded.title",
        alarm.key,
        alarm.project_id,
        alarm.severity,
        alarm.since_ms,
        alarm.told,
        alarm.told_at_ms,
        alarm.gone_ms,
        alarm.subject,
        alarm.title
    )
    .execute(on)
    .await?;
    Ok(())
}
