//! Deliveries: messages on their way to channels, claimed in one statement, so that of several processes one sends.

use super::{Catalog, CatalogError, MessageRecord};

/// A message that was claimed for sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMessage {
    /// How often sending it was begun, this time included.
    pub attempts: i64,
    /// The message.
    pub message: MessageRecord,
}

/// What waits for a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The channel.
    pub channel_id: String,
    /// Messages that wait.
    pub waiting: i64,
    /// When the first of them is due.
    pub next_at_ms: i64,
}

/// How the sending of a message ended, or is put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryEnd<'a> {
    /// It arrived.
    Sent,
    /// It will not.
    Failed(&'a str),
    /// It is tried again.
    Later(&'a str, i64),
}

impl Catalog {
    /// Claims what is due for a channel, the oldest first, as long as nobody else sends to it. Atomic across
    /// processes.
    pub async fn claim_deliveries(
        &self,
        channel: &str,
        process: &str,
        limit: i64,
        now_ms: i64,
    ) -> Result<Vec<ClaimedMessage>, CatalogError> {
        let claimed = sqlx::query!(
            r#"UPDATE delivery SET state = 'sending', process = ?2, attempts = attempts + 1
               WHERE channel_id = ?1 AND state = 'waiting' AND due_at_ms <= ?3
                 AND NOT EXISTS (SELECT 1 FROM delivery o WHERE o.channel_id = ?1 AND o.state = 'sending')
                 AND message_id IN (SELECT d.message_id FROM delivery d JOIN message m ON m.id = d.message_id
                                    WHERE d.channel_id = ?1 AND d.state = 'waiting' AND d.due_at_ms <= ?3
                                    ORDER BY m.at_ms, m.id LIMIT ?4)
               RETURNING message_id AS "message_id!", attempts AS "attempts!: i64""#,
            channel,
            process,
            now_ms,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let mut messages = Vec::with_capacity(claimed.len());
        for row in claimed {
            let message = sqlx::query_as!(
                MessageRecord,
                r#"SELECT id, key, kind, severity, is_change AS "is_change: bool", project_id, job_id, channel_id,
                          at_ms, words FROM message WHERE id = ?"#,
                row.message_id
            )
            .fetch_one(&self.pool)
            .await?;
            messages.push(ClaimedMessage { attempts: row.attempts, message });
        }
        messages.sort_by(|one, other| {
            (one.message.at_ms, &one.message.id).cmp(&(other.message.at_ms, &other.message.id))
        });
        Ok(messages)
    }

    /// Ends what `process` claimed, or puts it off.
    pub async fn end_delivery(
        &self,
        message: &str,
        channel: &str,
        process: &str,
        end: DeliveryEnd<'_>,
        now_ms: i64,
    ) -> Result<(), CatalogError> {
        let (state, said, due) = match end {
            DeliveryEnd::Sent => ("sent", None, None),
            DeliveryEnd::Failed(said) => ("failed", Some(said), None),
            DeliveryEnd::Later(said, due) => ("waiting", Some(said), Some(due)),
        };
        let ended = due.is_none().then_some(now_ms);
        sqlx::query!(
            "UPDATE delivery SET state = ?4, said = ?5, due_at_ms = coalesce(?6, due_at_ms), ended_at_ms = ?7
             WHERE message_id = ?1 AND channel_id = ?2 AND process = ?3 AND state = 'sending'",
            message,
            channel,
            process,
            state,
            said,
            due,
            ended
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The processes that send something now.
    pub async fn senders(&self) -> Result<Vec<String>, CatalogError> {
        let all = sqlx::query_scalar!(
            r#"SELECT DISTINCT process AS "process!" FROM delivery WHERE state = 'sending' AND process IS NOT NULL"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(all)
    }

    /// Frees what a dead process was sending. It may have arrived: twice is better than never.
    pub async fn free_deliveries(&self, process: &str) -> Result<(), CatalogError> {
        sqlx::query!(
            "UPDATE delivery SET state = 'waiting' WHERE state = 'sending' AND process = ?",
            process
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Frees what a living process claimed for a channel and does not send any more; due at a moment.
    pub async fn free_channel(
        &self,
        process: &str,
        channel: &str,
        due_at_ms: i64,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "UPDATE delivery SET state = 'waiting', due_at_ms = ?3
             WHERE state = 'sending' AND process = ?1 AND channel_id = ?2",
            process,
            channel,
            due_at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Drops what waits for a channel and happened before a moment.
    pub async fn drop_stale(&self, channel: &str, before_ms: i64, now_ms: i64) -> Result<u64, CatalogError> {
        let done = sqlx::query!(
            "UPDATE delivery SET state = 'dropped', ended_at_ms = ?3, said = 'It came too late to be of use.'
             WHERE channel_id = ?1 AND state = 'waiting'
               AND message_id IN (SELECT m.id FROM message m WHERE m.at_ms < ?2)",
            channel,
            before_ms,
            now_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// What waits for a channel: the messages.
    pub async fn waiting_for(&self, channel: &str) -> Result<Vec<MessageRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            MessageRecord,
            r#"SELECT m.id, m.key, m.kind, m.severity, m.is_change AS "is_change: bool", m.project_id, m.job_id,
                      m.channel_id, m.at_ms, m.words
               FROM delivery d JOIN message m ON m.id = d.message_id
               WHERE d.channel_id = ? AND d.state = 'waiting' ORDER BY m.at_ms, m.id"#,
            channel
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Sets anew when a message that waits is due; without a time it is dropped.
    pub async fn set_due(
        &self,
        message: &str,
        channel: &str,
        due_at_ms: Option<i64>,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "UPDATE delivery SET state = iif(?3 IS NULL, 'dropped', state), due_at_ms = coalesce(?3, due_at_ms)
             WHERE message_id = ?1 AND channel_id = ?2 AND state = 'waiting'",
            message,
            channel,
            due_at_ms
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// How one delivery stands: its state, and what was said.
    pub async fn delivery(
        &self,
        message: &str,
        channel: &str,
    ) -> Result<Option<(String, Option<String>)>, CatalogError> {
        let row = sqlx::query!(
            "SELECT state, said FROM delivery WHERE message_id = ? AND channel_id = ?",
            message,
            channel
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| (row.state, row.said)))
    }

    /// What waits, for each channel that something waits for.
    pub async fn queues(&self) -> Result<Vec<Queue>, CatalogError> {
        Ok(sqlx::query_as!(
            Queue,
            r#"SELECT channel_id AS "channel_id!", count(*) AS "waiting!: i64", min(due_at_ms) AS "next_at_ms!: i64"
               FROM delivery WHERE state = 'waiting' GROUP BY channel_id"#
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
