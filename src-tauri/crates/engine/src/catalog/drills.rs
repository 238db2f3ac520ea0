//! Drills: what each came to, and the databases that they made on somebody's server.

use super::{Catalog, CatalogError, Verdict};

/// How much of a backup a drill brings back. The kinds are never taken for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillKind {
    /// Everything; alone counts as proof.
    Full,
    /// Data and keys, without other indexes, triggers, policies and rules.
    Data,
    /// The rows of chosen tables.
    Sample,
}

impl DrillKind {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Data => "data",
            Self::Sample => "sample",
        }
    }

    fn parse(value: String) -> Result<Self, CatalogError> {
        match value.as_str() {
            "full" => Ok(Self::Full),
            "data" => Ok(Self::Data),
            "sample" => Ok(Self::Sample),
            _ => Err(CatalogError::Unknown { column: "kind", value }),
        }
    }
}

/// One drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillRecord {
    /// The job's id.
    pub id: String,
    /// The project.
    pub project_id: String,
    /// The backup.
    pub backup_id: String,
    /// The moment that it brings back.
    pub backup_at_ms: i64,
    /// How much came back.
    pub kind: DrillKind,
    /// Where, in words.
    pub place: String,
    /// What came out.
    pub verdict: Verdict,
    /// Why, as a sentence.
    pub reason: String,
    /// When it began.
    pub started_at_ms: i64,
    /// When it ended.
    pub at_ms: i64,
    /// From its beginning to the last check.
    pub rto_ms: Option<i64>,
    /// Phases, checks, facts and notes (JSON).
    pub report: String,
}

struct Row {
    id: String,
    project_id: String,
    backup_id: String,
    backup_at_ms: i64,
    kind: String,
    place: String,
    verdict: String,
    reason: String,
    started_at_ms: i64,
    at_ms: i64,
    rto_ms: Option<i64>,
    report: String,
}

impl TryFrom<Row> for DrillRecord {
    type Error = CatalogError;

    fn try_from(row: Row) -> Result<Self, CatalogError> {
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            backup_id: row.backup_id,
            backup_at_ms: row.backup_at_ms,
            kind: DrillKind::parse(row.kind)?,
            place: row.place,
            verdict: Verdict::parse(row.verdict)?,
            reason: row.reason,
            started_at_ms: row.started_at_ms,
            at_ms: row.at_ms,
            rto_ms: row.rto_ms,
            report: row.report,
        })
    }
}

/// A database that a drill made on somebody's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LentDatabase {
    /// The job that made it.
    pub(crate) job_id: String,
    /// Whose server.
    pub(crate) project_id: String,
    /// Its name.
    pub(crate) name: String,
}

impl Catalog {
    /// Adds a drill; it is never changed.
    pub(crate) async fn add_drill(&self, drill: &DrillRecord) -> Result<(), CatalogError> {
        let (kind, verdict) = (drill.kind.as_str(), drill.verdict.as_str());
        sqlx::query!(
            "INSERT INTO drill (id, project_id, backup_id, backup_at_ms, kind, place, verdict, reason,
                 started_at_ms, at_ms, rto_ms, report)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            drill.id,
            drill.project_id,
            drill.backup_id,
            drill.backup_at_ms,
            kind,
            drill.place,
            verdict,
            drill.reason,
            drill.started_at_ms,
            drill.at_ms,
            drill.rto_ms,
            drill.report
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Drills of one project or of all, newest first.
    pub(crate) async fn drills(
        &self,
        project: Option<&str>,
        limit: u32,
    ) -> Result<Vec<DrillRecord>, CatalogError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, project_id, backup_id, backup_at_ms, kind, place, verdict, reason,
                 started_at_ms, at_ms, rto_ms, report
             FROM drill WHERE ?1 IS NULL OR project_id = ?1 ORDER BY at_ms DESC, id LIMIT ?2",
            project,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(DrillRecord::try_from).collect()
    }

    /// Drills whose id begins with `prefix`; two are enough to know that it names none.
    pub(crate) async fn drills_by_prefix(&self, prefix: &str) -> Result<Vec<DrillRecord>, CatalogError> {
        let pattern = format!("{prefix}*");
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, project_id, backup_id, backup_at_ms, kind, place, verdict, reason,
                 started_at_ms, at_ms, rto_ms, report
             FROM drill WHERE id GLOB ? LIMIT 2",
            pattern
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(DrillRecord::try_from).collect()
    }

    /// Notes a database on somebody's server, before it is made.
    pub(crate) async fn note_lent(&self, lent: &LentDatabase) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO lent_database (job_id, project_id, name) VALUES (?, ?, ?)",
            lent.job_id,
            lent.project_id,
            lent.name
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The databases on others' servers that may still be there.
    pub(crate) async fn lent(&self) -> Result<Vec<LentDatabase>, CatalogError> {
        Ok(sqlx::query_as!(LentDatabase, "SELECT job_id, project_id, name FROM lent_database")
            .fetch_all(&self.pool)
            .await?)
    }

    /// Forgets a database that is gone.
    pub(crate) async fn forget_lent(&self, job_id: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM lent_database WHERE job_id = ?", job_id).execute(&self.pool).await?;
        Ok(())
    }
}
