//! Channels: to whom things are told, and how each stands.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// A channel as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRecord {
    /// Id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `desktop`, `email`, `webhook`, `telegram`, `heartbeat`.
    pub kind: String,
    /// Where to (JSON), without secrets.
    pub target: String,
    /// Names its secrets in the keychain.
    pub secret_id: Option<String>,
    /// `all`, `warnings`, `errors`, `none`.
    pub level: String,
    /// Whether each scheduled run is told.
    pub each_run: bool,
    /// When nothing is told (JSON).
    pub quiet: Option<String>,
    /// Whether errors are told then all the same.
    pub errors_in_quiet: bool,
    /// The time of day of its digest.
    pub digest_at: Option<String>,
    /// What happened before is not told.
    pub created_at_ms: i64,
    /// The last time that something arrived.
    pub sent_at_ms: Option<i64>,
    /// Why the last attempt did not work.
    pub problem: Option<String>,
    /// When that was.
    pub problem_at_ms: Option<i64>,
    /// Since when messages are given up.
    pub failing_since_ms: Option<i64>,
}

impl Catalog {
    /// All channels, the desktop first, then by name.
    pub async fn channels(&self) -> Result<Vec<ChannelRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            ChannelRecord,
            r#"SELECT id, name, kind, target, secret_id, level, each_run AS "each_run: bool", quiet,
                      errors_in_quiet AS "errors_in_quiet: bool", digest_at, created_at_ms, sent_at_ms, problem,
                      problem_at_ms, failing_since_ms
               FROM channel ORDER BY kind <> 'desktop', name, id"#
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Stores what a person said of a channel; how it stands stays, unless it leads elsewhere now.
    pub async fn put_channel(on: &mut SqliteConnection, channel: &ChannelRecord) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO channel (id, name, kind, target, secret_id, level, each_run, quiet, errors_in_quiet,
                                  digest_at, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name,
                 problem = iif(target = excluded.target AND secret_id IS excluded.secret_id, problem, NULL),
                 problem_at_ms = iif(target = excluded.target AND secret_id IS excluded.secret_id, problem_at_ms, NULL),
                 failing_since_ms = iif(target = excluded.target AND secret_id IS excluded.secret_id, failing_since_ms, NULL),
                 target = excluded.target, secret_id = excluded.secret_id, level = excluded.level,
                 each_run = excluded.each_run, quiet = excluded.quiet,
                 errors_in_quiet = excluded.errors_in_quiet, digest_at = excluded.digest_at",
            channel.id,
            channel.name,
            channel.kind,
            channel.target,
            channel.secret_id,
            channel.level,
            channel.each_run,
            channel.quiet,
            channel.errors_in_quiet,
            channel.digest_at,
            channel.created_at_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Removes a channel, and what was on its way to it. False when it is gone already.
    pub async fn remove_channel(on: &mut SqliteConnection, id: &str) -> Result<bool, CatalogError> {
        let done = sqlx::query!("DELETE FROM channel WHERE id = ?", id).execute(on).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Something arrived: whatever was wrong with the channel is not any more.
    pub async fn channel_works(&self, id: &str, now_ms: i64) -> Result<(), CatalogError> {
        sqlx::query!(
            "UPDATE channel SET sent_at_ms = ?2, problem = NULL, problem_at_ms = NULL, failing_since_ms = NULL
             WHERE id = ?1",
            id,
            now_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Something did not arrive. True when the channel fails from now on.
    pub async fn channel_fails(
        &self,
        id: &str,
        problem: &str,
        is_given_up: bool,
        now_ms: i64,
    ) -> Result<bool, CatalogError> {
        sqlx::query!(
            "UPDATE channel SET problem = ?2, problem_at_ms = ?3 WHERE id = ?1",
            id,
            problem,
            now_ms
        )
        .execute(&self.pool)
        .await?;
        if !is_given_up {
            return Ok(false);
        }
        let done = sqlx::query!(
            "UPDATE channel SET failing_since_ms = ?2 WHERE id = ?1 AND failing_since_ms IS NULL",
            id,
            now_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
