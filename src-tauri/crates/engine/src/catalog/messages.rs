//! Messages: what is told, each once, and how things stood when they were told last.

use std::collections::{HashMap, HashSet};

use super::{Catalog, CatalogError};

/// A message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageRecord {
    /// Id.
    pub(crate) id: String,
    /// What makes it this message.
    pub(crate) key: String,
    /// Its kind.
    pub(crate) kind: String,
    /// `info`, `warning`, `error`.
    pub(crate) severity: String,
    /// Whether something is otherwise than it was.
    pub(crate) is_change: bool,
    /// The project that it is about.
    pub(crate) project_id: Option<String>,
    /// The run that it is about.
    pub(crate) job_id: Option<String>,
    /// The channel that it is about.
    pub(crate) channel_id: Option<String>,
    /// When it happened.
    pub(crate) at_ms: i64,
    /// Subject, sentences, figures (JSON).
    pub(crate) words: String,
}

/// How something stood when it was told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// What.
    pub(crate) subject: String,
    /// How it stood.
    pub(crate) state: String,
    /// Since when.
    pub(crate) since_ms: i64,
}

/// A backup with a date on which it is not kept any longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpiringBackup {
    /// The backup.
    pub(crate) id: String,
    /// Its project.
    pub(crate) project_id: String,
    /// Its project's name.
    pub(crate) project: String,
    /// The moment that it restores.
    pub(crate) at_ms: i64,
    /// The date.
    pub(crate) until_ms: i64,
}

impl Catalog {
    /// Stores a message with where it goes (channel, when), and how things stand now, all or nothing. False where
    /// the same was told before; how things stand is noted all the same.
    pub(crate) async fn put_message(
        &self,
        message: &MessageRecord,
        goes_to: &[(String, i64)],
        told: Option<&Told>,
    ) -> Result<bool, CatalogError> {
        let mut tx = self.pool.begin().await?;
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
        .execute(&mut *tx)
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
                .execute(&mut *tx)
                .await?;
            }
        }
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

    /// What was told since a moment, by key.
    pub(crate) async fn message_keys(&self, since_ms: i64) -> Result<HashSet<String>, CatalogError> {
        let keys = sqlx::query_scalar!("SELECT key FROM message WHERE at_ms >= ?", since_ms)
            .fetch_all(&self.pool)
            .await?;
        Ok(keys.into_iter().collect())
    }

    /// How everything stood when it was told last, by subject.
    pub(crate) async fn told(&self) -> Result<HashMap<String, Told>, CatalogError> {
        let all =
            sqlx::query_as!(Told, "SELECT subject, state, since_ms FROM told").fetch_all(&self.pool).await?;
        Ok(all.into_iter().map(|told| (told.subject.clone(), told)).collect())
    }

    /// Forgets messages that happened before a moment, and what became of them.
    pub(crate) async fn forget_messages(&self, before_ms: i64) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM message WHERE at_ms < ?", before_ms).execute(&self.pool).await?;
        Ok(())
    }

    /// Backups that are kept until a date within this span, and that nobody holds.
    pub(crate) async fn dated(&self, from_ms: i64, to_ms: i64) -> Result<Vec<ExpiringBackup>, CatalogError> {
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
