//! What health reads of all projects at once: a few queries with one row per project.

use serde::Deserialize;

use super::written::read_rows;
use super::{Catalog, CatalogError, OddTable, ProofLevel, ProofRecord, Verdict, believed_until_ms};
use crate::component::{Component, Components};

/// Earlier sizes that are compared.
pub const SIZES: u32 = 30;

/// A figure at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When (UTC milliseconds).
    pub at_ms: i64,
    /// The figure.
    pub value: u64,
}

/// What is known of a project's newest backup that is not dated later than now, or else of the newest; and of what
/// came before it.
#[derive(Debug, Clone, Default)]
pub struct NewestSeen {
    /// The project.
    pub project_id: String,
    /// The backup.
    pub backup_id: String,
    /// The moment that it restores (UTC milliseconds).
    pub at_ms: i64,
    /// The bytes that it restores.
    pub size_bytes: u64,
    /// The backup before it.
    pub before_id: Option<String>,
    /// Sizes of earlier ones of the same parts that were not shown to be wrong, newest first.
    pub earlier: Vec<Sample>,
    /// Tables that stand out; absent where its tables were not counted, or not looked at.
    pub odd: Option<Vec<OddTable>>,
    /// Backups before it of which the tables were counted.
    pub counted_before: u32,
    /// The server's clock before this computer's, when it was taken (milliseconds).
    pub clock_skew_ms: Option<i64>,
    /// The latest moment that a backup of it is dated at, where that is later than now.
    pub later_ms: Option<i64>,
    /// Until when a person accepted sizes and rows as they were.
    pub accepted_ms: Option<i64>,
    /// When a drill that brings everything back passed last.
    pub drilled_ms: Option<i64>,
    /// When the last drill of everything passed that left nothing out.
    pub drilled_whole_ms: Option<i64>,
}

/// A project's row, as SQL writes it.
#[derive(Deserialize)]
struct Row {
    project_id: String,
    backup_id: String,
    at_ms: i64,
    size_bytes: i64,
    before_id: Option<String>,
    earlier: Option<String>,
    odd: Option<String>,
    counted_before: u32,
    clock_skew_ms: Option<i64>,
    later_ms: Option<i64>,
    accepted_ms: Option<i64>,
    drilled_ms: Option<i64>,
    drilled_whole_ms: Option<i64>,
}

/// A backup of which the last proof is no pass.
#[derive(Debug, Clone)]
pub struct Unproven {
    /// The project.
    pub project_id: String,
    /// The moment of the backup.
    pub at_ms: i64,
    /// The proof that it failed, or that came to no verdict.
    pub proof: ProofRecord,
}

/// A backup whose date comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// The project.
    pub project_id: String,
    /// The backup.
    pub backup_id: String,
    /// The moment that it restores (UTC milliseconds).
    pub at_ms: i64,
    /// Until when it was to be kept (UTC milliseconds).
    pub until_ms: i64,
}

/// A backup as its plots need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotRecord {
    /// The backup.
    pub id: String,
    /// The moment that it restores (UTC milliseconds).
    pub at_ms: i64,
    /// The bytes that it restores.
    pub size_bytes: i64,
    /// The bytes that it added to the vault.
    pub added_bytes: i64,
    /// The number of its proof level; 0 where its last proof failed or there is none.
    pub level: i64,
    /// The number of its last proof.
    pub last_proof: Option<i64>,
    /// What its manifest holds, as words with commas between them.
    pub components: String,
    /// Whether it is a recovery point of what was asked for.
    pub counts: bool,
}

impl Catalog {
    /// Newest backups, of all projects or of one, with so many earlier sizes of each.
    pub async fn newest_seen(
        &self,
        project: Option<&str>,
        sizes: u32,
    ) -> Result<Vec<NewestSeen>, CatalogError> {
        let until_ms = believed_until_ms();
        let written = sqlx::query_scalar!(
            r#"SELECT json_group_array(json_object('project_id', p.id, 'backup_id', n.id, 'at_ms', n.at_ms,
                 'size_bytes', n.size_bytes, 'odd', c.odd, 'clock_skew_ms', c.clock_skew_ms, 'accepted_ms', a.until_ms,
                 'later_ms', (SELECT max(l.at_ms) FROM backup l WHERE l.project_id = p.id AND l.at_ms > ?3),
                 'before_id', (SELECT e.id FROM backup e WHERE e.project_id = p.id AND e.at_ms < n.at_ms
                    AND (e.holds & n.holds OR n.holds = 0)
                  ORDER BY e.at_ms DESC, e.id LIMIT 1),
                 'earlier', (SELECT group_concat(e.at_ms || ' ' || e.size_bytes) FROM (
                    SELECT s.at_ms, s.size_bytes FROM backup s INDEXED BY backup_sizes
                    WHERE s.project_id = p.id AND s.at_ms < n.at_ms AND s.at_ms >= coalesce(a.until_ms, 0)
                      AND (s.level > 0 OR s.last_proof IS NULL) AND s.components = n.components
                    ORDER BY s.at_ms DESC LIMIT ?2) e),
                 'counted_before', (SELECT count(*) FROM backup_counted k JOIN backup s ON s.id = k.backup_id
                  WHERE c.odd IS NOT NULL AND s.project_id = p.id AND s.at_ms < n.at_ms
                    AND s.at_ms >= coalesce(a.until_ms, 0)),
                 'drilled_ms', (SELECT d.at_ms FROM drill d WHERE d.project_id = p.id AND d.kind = 'full'
                    AND d.verdict = 'pass' ORDER BY d.at_ms DESC, d.id LIMIT 1),
                 'drilled_whole_ms', (SELECT d.at_ms FROM drill d WHERE d.project_id = p.id AND d.kind = 'full'
                    AND d.verdict = 'pass' AND d.limits = 0 ORDER BY d.at_ms DESC, d.id LIMIT 1)
                 )) AS "rows!: String"
               FROM project p
               JOIN backup n ON n.rowid = coalesce(
                   (SELECT m.rowid FROM backup m WHERE m.project_id = p.id AND m.holds & 1 AND m.at_ms <= ?3
                      AND m.held_back IS NULL ORDER BY m.at_ms DESC, m.id LIMIT 1),
                   (SELECT m.rowid FROM backup m WHERE m.project_id = p.id AND m.holds & 2 AND m.at_ms <= ?3
                    ORDER BY m.at_ms DESC, m.id LIMIT 1),
                   -- Configuration and logs alone have no size that says anything.
                   (SELECT m.rowid FROM backup m WHERE m.project_id = p.id AND m.at_ms <= ?3
                      AND (m.holds & 3 OR (m.holds & 20) = 0) ORDER BY m.at_ms DESC, m.id LIMIT 1),
                   (SELECT m.rowid FROM backup m WHERE m.project_id = p.id
                      AND (m.holds & 3 OR (m.holds & 20) = 0) ORDER BY m.at_ms DESC, m.id LIMIT 1))
               LEFT JOIN backup_counted c ON c.backup_id = n.id
               LEFT JOIN accepted a ON a.project_id = p.id
               WHERE p.is_archived = 0 AND (?1 IS NULL OR p.id = ?1)"#,
            project,
            sizes,
            until_ms
        )
        .fetch_one(&self.pool)
        .await?;
        let rows: Vec<Row> = read_rows(&written)?;
        rows.into_iter()
            .map(|row| {
                Ok(NewestSeen {
                    project_id: row.project_id,
                    backup_id: row.backup_id,
                    at_ms: row.at_ms,
                    size_bytes: u64::try_from(row.size_bytes).unwrap_or(0),
                    before_id: row.before_id,
                    earlier: samples(row.earlier.as_deref().unwrap_or_default())?,
                    odd: row.odd.as_deref().map(super::counted::odd).transpose()?,
                    counted_before: row.counted_before,
                    clock_skew_ms: row.clock_skew_ms,
                    later_ms: row.later_ms,
                    accepted_ms: row.accepted_ms,
                    drilled_ms: row.drilled_ms,
                    drilled_whole_ms: row.drilled_whole_ms,
                })
            })
            .collect()
    }

    /// Backups of which the last proof is no pass, newest first.
    pub async fn unproven(&self, project: Option<&str>) -> Result<Vec<Unproven>, CatalogError> {
        // From the few proofs to their backups: SQLite would go through all backups to have them in order.
        let rows = sqlx::query!(
            r#"SELECT b.project_id, b.at_ms AS moment_ms, p.backup_id, p.store, p.level, p.verdict, p.at_ms,
                      p.elapsed_ms, p.reason
               FROM proof p INDEXED BY proof_not_passed CROSS JOIN backup b ON b.id = p.backup_id
               WHERE p.verdict <> 'pass' AND b.last_proof = p.number AND (?1 IS NULL OR b.project_id = ?1)
               ORDER BY b.at_ms DESC, b.id"#,
            project
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let proof = ProofRecord {
                    backup_id: row.backup_id,
                    store: row.store,
                    level: ProofLevel::from_number(row.level)?,
                    verdict: Verdict::parse(row.verdict)?,
                    at_ms: row.at_ms,
                    elapsed_ms: row.elapsed_ms,
                    reason: row.reason,
                };
                Ok(Unproven { project_id: row.project_id, at_ms: row.moment_ms, proof })
            })
            .collect()
    }

    /// Backups that a person wanted until a date before `until_ms`, and that nobody holds.
    pub async fn expiring(
        &self,
        project: Option<&str>,
        until_ms: i64,
    ) -> Result<Vec<Expiring>, CatalogError> {
        Ok(sqlx::query_as!(
            Expiring,
            r#"SELECT b.project_id, b.id AS backup_id, b.at_ms, k.until_ms AS "until_ms!"
               FROM backup_keeping k JOIN backup b ON b.id = k.backup_id
               WHERE k.until_ms IS NOT NULL AND k.until_ms <= ?2 AND k.held_at_ms IS NULL
                 AND (?1 IS NULL OR b.project_id = ?1)
               ORDER BY k.until_ms, b.id"#,
            project,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Bytes that each day (UTC) added to the vault, from the first of them on.
    pub async fn added_by_day(&self, since_ms: i64) -> Result<Vec<(i64, i64)>, CatalogError> {
        let rows = sqlx::query!(
            r#"SELECT at_ms / 86400000 AS "day!: i64", sum(added_bytes) AS "added!: i64"
               FROM backup INDEXED BY backup_added WHERE at_ms >= ? GROUP BY at_ms / 86400000 ORDER BY 1"#,
            since_ms
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.day, row.added)).collect())
    }

    /// The moment of the oldest backup.
    pub async fn oldest_backup(&self) -> Result<Option<i64>, CatalogError> {
        Ok(sqlx::query_scalar!(r#"SELECT min(at_ms) AS "at_ms: i64" FROM backup"#)
            .fetch_one(&self.pool)
            .await?)
    }

    /// The last backup of a project's database before a moment.
    pub async fn backup_before(
        &self,
        project_id: &str,
        before_ms: i64,
    ) -> Result<Option<String>, CatalogError> {
        Ok(sqlx::query_scalar!(
            "SELECT id FROM backup WHERE project_id = ? AND at_ms < ? AND holds & 1
             ORDER BY at_ms DESC, id LIMIT 1",
            project_id,
            before_ms
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Backups of a project that hold a component, since a moment, and the last one before it that is proven; oldest
    /// first. Of all backups where no component is named. What does not count for that component stands at no level.
    pub async fn plot_backups(
        &self,
        project_id: &str,
        since_ms: i64,
        component: Option<Component>,
    ) -> Result<Vec<PlotRecord>, CatalogError> {
        let bits: i64 = component.into_iter().collect::<Components>().into();
        Ok(sqlx::query_as!(
            PlotRecord,
            r#"SELECT b.id, b.at_ms, b.size_bytes, b.added_bytes, b.last_proof, b.components, b.level,
                      EXISTS (SELECT 1 FROM proven v WHERE v.id = b.id
                                AND (v.counts & ?3 OR (?3 = 0 AND v.level >= 2))) AS "counts!: bool"
               FROM backup b
               WHERE b.project_id = ?1 AND (b.holds & ?3 OR ?3 = 0)
                 AND b.at_ms >= coalesce((SELECT max(e.at_ms) FROM proven e WHERE e.project_id = ?1 AND e.at_ms < ?2
                                            AND (e.counts & ?3 OR (?3 = 0 AND e.level >= 2))), ?2)
               ORDER BY b.at_ms, b.id"#,
            project_id,
            since_ms,
            bits
        )
        .fetch_all(&self.pool)
        .await?)
    }
}

/// Reads moments and sizes, as the query above writes them.
fn samples(text: &str) -> Result<Vec<Sample>, CatalogError> {
    let one = |pair: &str| {
        let (at_ms, value) = pair.split_once(' ')?;
        Some(Sample { at_ms: at_ms.parse().ok()?, value: value.parse().ok()? })
    };
    let read = text.split(',').filter(|pair| !pair.is_empty()).map(one).collect::<Option<Vec<_>>>();
    read.ok_or_else(|| CatalogError::Unknown { column: "size_bytes", value: text.to_owned() })
}
