//! Messages: what is told, each once, and how things stood when they were told last.

use std::collections::{HashMap, HashSet};

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError, JobState, jobs};
use crate::job::Trigger;

/// A message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// Id.
    pub id: String,
    /// What makes it this message.
    pub key: String,
    /// Its kind.
    pub kind: String,
    /// `info`, `warning`, `error`.
    pub severity: String,
    /// Whether something is otherwise than it was.
    pub is_change: bool,
    /// The project that it is about.
    pub project_id: Option<String>,
    /// The run that it is about.
    pub job_id: Option<String>,
    /// The channel that it is about.
    pub channel_id: Option<String>,
    /// When it happened.
    pub at_ms: i64,
    /// Subject, sentences, figures (JSON).
    pub words: String,
}

/// How something stood when it was told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub subject: String,
    /// How it stood.
    pub state: String,
    /// Since when.
    pub since_ms: i64,
}

/// A backup with a date on which it is not kept any longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringBackup {
    /// The backup.
    pub id: String,
    /// Its project.
    pub project_id: String,
    /// Its project's name.
    pub project: String,
    /// The moment that it restores.
    pub at_ms: i64,
    /// The date.
    pub until_ms: i64,
}

/// A run that was begun by hand and did not come out well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandFailure {
    /// The run.
    pub job_id: String,
    /// Its title.
    pub title: String,
    /// Its project.
    pub project_id: Option<String>,
    /// Its project's name.
    pub project: Option<String>,
    /// The window or a command line.
    pub trigger: Trigger,
    /// How it ended.
    pub state: JobState,
    /// Whether nobody sat at the command line.
    pub is_unattended: bool,
    /// When it began.
    pub started_at_ms: Option<i64>,
    /// When it ended.
    pub finished_at_ms: i64,
    /// Why (JSON).
    pub failure: Option<String>,
}

impl Catalog {
    /// Runs that were begun by hand, and failed or were interrupted since a moment.
    pub async fn hand_failures(&self, since_ms: i64) -> Result<Vec<HandFailure>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT j.id, j.title, j.project_id, p.name AS "project?", j.trigger_kind, j.state,
                      j.is_unattended AS "is_unattended: bool", j.started_at_ms,
                      j.finished_at_ms AS "finished_at_ms!: i64", j.failure
               FROM job j LEFT JOIN project p ON p.id = j.project_id
               WHERE j.trigger_kind IN ('window', 'command_line') AND j.state IN ('failed', 'interrupted')
                 AND j.finished_at_ms >= ?1 ORDER BY j.finished_at_ms"#,
            since_ms
        )
        .fetch_all(&self.pool)
        .await?;
        let failures = rows.into_iter().map(|row| {
            Ok(HandFailure {
                job_id: row.id,
                title: row.title,
                project_id: row.project_id,
                project: row.project,
                trigger: jobs::trigger(row.trigger_kind)?,
                state: JobState::parse(row.state)?,
                is_unattended: row.is_unattended,
                started_at_ms: row.started_at_ms,
                finished_at_ms: row.finished_at_ms,
                failure: row.failure,
            })
        });
        failures.collect()
    }

    /// Notes that nobody sits at the command line of a run.
    pub async fn mark_unattended(on: &mut SqliteConnection, job: &str) -> Result<(), CatalogError> {
        sqlx::query!("UPDATE job SET is_unattended = 1 WHERE id = ?", job).execute(on).await?;
        Ok(())
    }

    /// Stores a message with where it goes (channel, when), and how things stand now, all or nothing. False where
    /// the same was told before; how things stand is noted all the same.
    pub async fn put_message(
        &self,
        message: &MessageRecord,
        goes_to: &[(String, i64)],
        told: Option<&Told>,
    ) -> Result<bool, CatalogError> {
        let mut tx = self.pool.begin().await?;
        let is_new = Self::insert_message(&mut tx, message, goes_to).await?;
        if let Some(told) = told {
            sqlx::query!(
                "INSERT INTO told (subject, state, since_ms) VALUES (?, ?, ?)
                 ON CONFLICT (subject) DO UPDATE SET state = excluded.state, since_ms = excluded.since_ms",
                told.subject,
                told.state,
                told.since_ms
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(is_new)
    }

    /// Stores a message with where it goes (channel, when). False where the same was told before.
    pub(super) async fn insert_message(
        on: &mut SqliteConnection,
        message: &MessageRecord,
        goes_to: &[(String, i64)],
    ) -> Result<bool, CatalogError> {
        let done = sqlx::query!(
            "INSERT INTO message (id, key, kind, severity, is_change, project_id, job_id, channel_id, at_ms, words)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            message.id,
            message.key,
            message.kind,
            message.severity,
            message.is_change,
            message.project_id,
            message.job_id,
            message.channel_id,
            message.at_ms,
            message.words
        )
        .execute(&mut *on)
        .await?;
        let is_new = done.rows_affected() == 1;
        if is_new {
            for (channel, due_at_ms) in goes_to {
                // A channel that was removed meanwhile gets nothing.
                sqlx::query!(
                    "INSERT INTO delivery (message_id, channel_id, state, due_at_ms)
                     SELECT ?1, c.id, 'waiting', ?3 FROM channel c WHERE c.id = ?2",
                    message.id,
                    channel,
                    due_at_ms
                )
                .execute(&mut *on)
                .await?;
            }
        }
        Ok(is_new)
    }

    /// What was told since a moment, by key.
    pub async fn message_keys(&self, since_ms: i64) -> Result<HashSet<String>, CatalogError> {
        let keys = sqlx::query_scalar!("SELECT key FROM message WHERE at_ms >= ?", since_ms)
            .fetch_all(&self.pool)
            .await?;
        Ok(keys.into_iter().collect())
    }

    /// How everything stood when it was told last, by subject.
    pub async fn told(&self) -> Result<HashMap<String, Told>, CatalogError> {
        let all =
            sqlx::query_as!(Told, "SELECT subject, state, since_ms FROM told").fetch_all(&self.pool).await?;
        Ok(all.into_iter().map(|told| (told.subject.clone(), told)).collect())
    }

    /// Forgets messages that happened before a moment, and what became of them.
    pub async fn forget_messages(&self, before_ms: i64) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM message WHERE at_ms < ?", before_ms).execute(&self.pool).await?;
        Ok(())
    }

    /// Backups that are kept until a date within this span, and that nobody holds.
    pub async fn dated(&self, from_ms: i64, to_ms: i64) -> Result<Vec<ExpiringBackup>, CatalogError> {
        Ok(sqlx::query_as!(
            ExpiringBackup,
            r#"SELECT b.id, b.project_id, p.name AS project, b.at_ms, k.until_ms AS "until_ms!: i64"
               FROM backup_keeping k JOIN backup b ON b.id = k.backup_id JOIN project p ON p.id = b.project_id
               WHERE k.until_ms > ?1 AND k.until_ms <= ?2 AND k.hold_reason IS NULL ORDER BY k.until_ms, b.id"#,
            from_ms,
            to_ms
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
