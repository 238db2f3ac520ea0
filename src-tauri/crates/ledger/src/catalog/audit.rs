//! The audit chain's rows. What they mean, and how they are bound to one another, is in `audit`.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Sqlite, Transaction};

use super::{Catalog, CatalogError};
use crate::audit::{AuditFilter, Entry};

impl Catalog {
    /// Begins to write, alone: nobody else adds an entry before the end of it, and what it commits is
    /// on the disk.
    pub async fn begin_audit(&self) -> Result<Transaction<'static, Sqlite>, CatalogError> {
        Ok(self.durable.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// One view of the chain, whatever is added meanwhile.
    pub async fn view_audit(&self) -> Result<Transaction<'static, Sqlite>, CatalogError> {
        Ok(self.pool.begin().await?)
    }

    /// A page of entries that match, newest first, and how many there are in all.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<(i64, Vec<Entry>), CatalogError> {
        let AuditFilter { act, subject, since_ms, until_ms, text } = filter;
        let mut tx = self.pool.begin().await?;
        let total = sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!: i64" FROM audit
               WHERE (?1 IS NULL OR substr(act, 1, length(?1)) = ?1)
                 AND (?2 IS NULL OR subject_id = ?2 OR subject_name = ?2 COLLATE NOCASE OR subject_kind = ?2)
                 AND (?3 IS NULL OR at_ms >= ?3) AND (?4 IS NULL OR at_ms < ?4)
                 AND (?5 IS NULL OR instr(lower(who || ' ' || host || ' ' || origin || ' ' || process || ' ' || act
                      || ' ' || subject_kind || ' ' || subject_id || ' ' || subject_name || ' ' || details || ' ' || hash),
                      lower(?5)) > 0)"#,
            act,
            subject,
            since_ms,
            until_ms,
            text
        )
        .fetch_one(&mut *tx)
        .await?;
        let entries = sqlx::query_as!(
            Entry,
            "SELECT seq, at_ms, who, host, origin, process, act, subject_kind, subject_id, subject_name, details, prev, hash
             FROM audit
             WHERE (?1 IS NULL OR substr(act, 1, length(?1)) = ?1)
               AND (?2 IS NULL OR subject_id = ?2 OR subject_name = ?2 COLLATE NOCASE OR subject_kind = ?2)
               AND (?3 IS NULL OR at_ms >= ?3) AND (?4 IS NULL OR at_ms < ?4)
               AND (?5 IS NULL OR instr(lower(who || ' ' || host || ' ' || origin || ' ' || process || ' ' || act
                    || ' ' || subject_kind || ' ' || subject_id || ' ' || subject_name || ' ' || details || ' ' || hash),
                    lower(?5)) > 0)
               AND (?6 IS NULL OR seq < ?6)
             ORDER BY seq DESC LIMIT ?7",
            act,
            subject,
            since_ms,
            until_ms,
            text,
            before,
            limit
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok((total, entries))
    }
}

/// The last entry.
pub(crate) async fn last(on: &mut SqliteConnection) -> Result<Option<Entry>, CatalogError> {
    Ok(sqlx::query_as!(
        Entry,
        "SELECT seq, at_ms, who, host, origin, process, act, subject_kind, subject_id, subject_name, details, prev, hash
         FROM audit ORDER BY seq DESC LIMIT 1"
    )
    .fetch_optional(on)
    .await?)
}

/// The hash of the entry with this number.
pub(crate) async fn hash_at(on: &mut SqliteConnection, seq: i64) -> Result<Option<String>, CatalogError> {
    Ok(sqlx::query_scalar!("SELECT hash FROM audit WHERE seq = ?", seq).fetch_optional(on).await?)
}

/// Entries with a number above `after`, in order. Numbers may be negative where somebody wrote them.
pub(crate) async fn after(
    on: &mut SqliteConnection,
    after: i64,
    limit: u32,
) -> Result<Vec<Entry>, CatalogError> {
    Ok(sqlx::query_as!(
        Entry,
        "SELECT seq, at_ms, who, host, origin, process, act, subject_kind, subject_id, subject_name, details, prev, hash
         FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",
        after,
        limit
    )
    .fetch_all(on)
    .await?)
}

/// Adds an entry at the end.
pub(crate) async fn add(on: &mut SqliteConnection, entry: &Entry) -> Result<(), CatalogError> {
    sqlx::query!(
        "INSERT INTO audit (seq, at_ms, who, host, origin, process, act, subject_kind, subject_id, subject_name,
                            details, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.seq,
        entry.at_ms,
        entry.who,
        entry.host,
        entry.origin,
        entry.process,
        entry.act,
        entry.subject_kind,
        entry.subject_id,
        entry.subject_name,
        entry.details,
        entry.prev,
        entry.hash
    )
    .execute(on)
    .await?;
    Ok(())
}

/// How many of the three guards of the table are there.
pub(crate) async fn guards(on: &mut SqliteConnection) -> Result<i64, CatalogError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!: i64" FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'
           AND name IN ('audit_grows_at_its_end', 'audit_is_not_changed', 'audit_is_not_shortened')"#
    )
    .fetch_one(on)
    .await?)
}

/// Whether this catalogue ever held a chain.
pub(crate) async fn is_begun(on: &mut SqliteConnection) -> Result<bool, CatalogError> {
    let mark = sqlx::query_scalar!("SELECT value FROM setting WHERE name = 'audit_chain'");
    Ok(mark.fetch_optional(on).await?.is_some())
}

/// Marks this catalogue as one that holds a chain, by the hash of its first entry.
pub(crate) async fn set_begun(on: &mut SqliteConnection, chain: &str) -> Result<(), CatalogError> {
    sqlx::query!(
        "INSERT INTO setting (name, value) VALUES ('audit_chain', ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        chain
    )
    .execute(on)
    .await?;
    Ok(())
}
