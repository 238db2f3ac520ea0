//! The rows of tables in the last backups of each project, and which of them stand out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Catalog, CatalogError};

/// So many backups of a project are compared; of older ones the rows are not kept here.
const KEPT: i64 = 31;

/// The rows of a backup's tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The moment that the backup restores.
    pub at_ms: i64,
    /// Rows by `schema.table`.
    pub rows: BTreeMap<String, u64>,
    /// Tables beyond what is kept.
    pub left_out: u64,
    /// The migration stamp.
    pub migration: Option<String>,
    /// Tables whose rows were not taken by choice, as `schema.table`.
    pub not_taken: BTreeSet<String>,
}

/// How a table stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OddKind {
    /// It had rows, and has none.
    Emptied,
    /// It was there, and is not.
    Vanished,
    /// Fewer rows than expected.
    Fewer,
    /// More rows than expected.
    More,
}

/// A table that stands out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OddTable {
    /// `schema.table`.
    pub table: String,
    /// How.
    pub kind: OddKind,
    /// Its rows now; absent where it is gone.
    pub rows: Option<u64>,
    /// Its rows in the last backup in which it was as usual; for the others what was expected.
    pub usual: u64,
    /// The moment of the first backup in which it stood out so.
    pub since_ms: i64,
    /// Earlier backups that it was compared with.
    pub points: u32,
    /// Whether the schema was migrated between the last usual one and this.
    pub is_migrated: bool,
}

/// What is kept of one backup.
#[derive(Debug, Clone)]
pub struct CountedRecord {
    /// The backup.
    pub backup_id: String,
    /// Its tables.
    pub counted: Counted,
    /// The server's clock before this computer's.
    pub clock_skew_ms: Option<i64>,
}

impl Catalog {
    /// Keeps the rows of these backups, which the catalogue lists already: all or none.
    pub async fn put_counted(&self, all: &[CountedRecord]) -> Result<(), CatalogError> {
        let mut tx = self.pool.begin().await?;
        for CountedRecord { backup_id, counted, clock_skew_ms } in all {
            let tables = json(&counted.rows)?;
            let not_taken = json(&counted.not_taken)?;
            let left_out = i64::try_from(counted.left_out).unwrap_or(i64::MAX);
            sqlx::query!(
                "INSERT INTO backup_counted (backup_id, tables, left_out, clock_skew_ms, not_taken)
                 VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (backup_id) DO UPDATE SET tables = excluded.tables, left_out = excluded.left_out,
                     clock_skew_ms = excluded.clock_skew_ms, not_taken = excluded.not_taken",
                backup_id,
                tables,
                left_out,
                clock_skew_ms,
                not_taken
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Stores which tables of a backup stand out, and forgets what is too old to be compared.
    pub async fn set_odd(
        &self,
        project_id: &str,
        backup_id: &str,
        odd: &[OddTable],
    ) -> Result<(), CatalogError> {
        let odd = json(&odd)?;
        let mut tx = self.pool.begin().await?;
        sqlx::query!("UPDATE backup_counted SET odd = ? WHERE backup_id = ?", odd, backup_id)
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "DELETE FROM backup_counted WHERE backup_id IN (
                 SELECT b.id FROM backup b JOIN backup_counted c ON c.backup_id = b.id WHERE b.project_id = ?1
                 ORDER BY b.at_ms DESC, b.id LIMIT -1 OFFSET ?2)",
            project_id,
            KEPT
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The rows of a project's last backups, newest first, with their ids: the newest, and those before that were
    /// not shown to be wrong and are younger than what a person accepted.
    pub async fn counted(&self, project_id: &str) -> Result<Vec<(String, Counted)>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT b.id, b.at_ms, b.migration, c.tables, c.left_out, c.not_taken, b.level, b.last_proof
               FROM backup b JOIN backup_counted c ON c.backup_id = b.id
               WHERE b.project_id = ?1
                 AND b.at_ms >= coalesce((SELECT a.until_ms FROM accepted a WHERE a.project_id = ?1), 0)
               ORDER BY b.at_ms DESC, b.id LIMIT ?2"#,
            project_id,
            KEPT
        )
        .fetch_all(&self.pool)
        .await?;
        let mut all = Vec::with_capacity(rows.len());
        for (at, row) in rows.into_iter().enumerate() {
            // One that nobody looked at on this computer yet is not shown to be wrong.
            if at > 0 && row.level == 0 && row.last_proof.is_some() {
                continue;
            }
            let rows: BTreeMap<String, u64> = serde_json::from_str(&row.tables)
                .map_err(|_| CatalogError::Unknown { column: "tables", value: row.id.clone() })?;
            let left_out = u64::try_from(row.left_out).unwrap_or(0);
            let not_taken = serde_json::from_str(&row.not_taken)
                .map_err(|_| CatalogError::Unknown { column: "not_taken", value: row.id.clone() })?;
            let (at_ms, migration) = (row.at_ms, row.migration);
            all.push((row.id, Counted { at_ms, rows, left_out, migration, not_taken }));
        }
        Ok(all)
    }

    /// Notes until when a project's sizes and rows are as they should be, within a transaction.
    pub async fn accept_on(
        on: &mut sqlx::sqlite::SqliteConnection,
        project_id: &str,
        until_ms: i64,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO accepted (project_id, until_ms) VALUES (?, ?)
             ON CONFLICT (project_id) DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)",
            project_id,
            until_ms
        )
        .execute(on)
        .await?;
        Ok(())
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, CatalogError> {
    serde_json::to_string(value)
        .map_err(|error| CatalogError::Unknown { column: "tables", value: error.to_string() })
}

/// Reads what `set_odd` wrote.
pub(super) fn odd(text: &str) -> Result<Vec<OddTable>, CatalogError> {
    serde_json::from_str(text).map_err(|_| CatalogError::Unknown { column: "odd", value: text.to_owned() })
}
