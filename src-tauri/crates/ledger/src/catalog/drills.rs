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
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// How many things could not be brought back there; the report names them.
    #[serde(default)]
    pub limits: u32,
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
    limits: u32,
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
            limits: row.limits,
        })
    }
}

/// A database that a drill made on somebody's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LentDatabase {
    /// The job that made it.
    pub job_id: String,
    /// Whose server.
    pub project_id: String,
    /// Its name.
    pub name: String,
    /// Its number on that server, once it is made.
    pub oid: Option<i64>,
}

impl Catalog {
    /// Notes a drill that begins: what the history says of it if nobody comes to write its end.
    pub async fn begin_drill(&self, drill: &DrillRecord) -> Result<(), CatalogError> {
        let unwritable = |_| CatalogError::Unknown { column: "record", value: drill.id.clone() };
        let record = serde_json::to_string(drill).map_err(unwritable)?;
        sqlx::query!(
            "INSERT INTO drill_begun (id, project_id, record) VALUES (?, ?, ?)",
            drill.id,
            drill.project_id,
            record
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The drills that began, and whose end is not written.
    pub async fn begun_drills(&self) -> Result<Vec<DrillRecord>, CatalogError> {
        let rows = sqlx::query!("SELECT record FROM drill_begun").fetch_all(&self.pool).await?;
        // What another version wrote stays for that one, and keeps nobody from opening the profile.
        Ok(rows.into_iter().filter_map(|row| serde_json::from_str(&row.record).ok()).collect())
    }

    /// Forgets that a drill began: it leaves nothing in the history.
    pub async fn forget_begun(&self, id: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM drill_begun WHERE id = ?", id).execute(&self.pool).await?;
        Ok(())
    }

    /// Adds a drill, in the place of the note that it began; it is never changed. Nothing happens where its
    /// end is written already: false.
    pub async fn end_drill(&self, drill: &DrillRecord) -> Result<bool, CatalogError> {
        let (kind, verdict) = (drill.kind.as_str(), drill.verdict.as_str());
        let mut tx = self.pool.begin().await?;
        let begun = sqlx::query!("DELETE FROM drill_begun WHERE id = ?", drill.id).execute(&mut *tx).await?;
        if begun.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "INSERT INTO drill (id, project_id, backup_id, backup_at_ms, kind, place, verdict, reason,
                 started_at_ms, at_ms, rto_ms, report, limits)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            drill.report,
            drill.limits
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The last drill of a project that brought everything back and was measured.
    pub async fn last_measured_drill(&self, project_id: &str) -> Result<Option<DrillRecord>, CatalogError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT id, project_id, backup_id, backup_at_ms, kind, place, verdict, reason,
                 started_at_ms, at_ms, rto_ms, report, limits AS "limits: u32"
             FROM drill WHERE project_id = ? AND kind = 'full' AND verdict <> 'inconclusive'
               AND rto_ms IS NOT NULL ORDER BY at_ms DESC, id LIMIT 1"#,
            project_id
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(DrillRecord::try_from).transpose()
    }

    /// Drills of one project or of all, newest first.
    pub async fn drills(&self, project: Option<&str>, limit: u32) -> Result<Vec<DrillRecord>, CatalogError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, project_id, backup_id, backup_at_ms, kind, place, verdict, reason,
                 started_at_ms, at_ms, rto_ms, report, limits AS "limits: u32"
             FROM drill WHERE ?1 IS NULL OR project_id = ?1 ORDER BY at_ms DESC, id LIMIT ?2"#,
            project,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(DrillRecord::try_from).collect()
    }

    /// Drills whose id begins with `prefix`; two are enough to know that it names none.
    pub async fn drills_by_prefix(&self, prefix: &str) -> Result<Vec<DrillRecord>, CatalogError> {
        let pattern = format!("{prefix}*");
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, project_id, backup_id, backup_at_ms, kind, place, verdict, reason,
                 started_at_ms, at_ms, rto_ms, report, limits AS "limits: u32"
             FROM drill WHERE id GLOB ? LIMIT 2"#,
            pattern
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(DrillRecord::try_from).collect()
    }

    /// Notes a database on somebody's server, before it is made: also a loss of power leaves nothing unknown there.
    pub async fn note_lent(&self, lent: &LentDatabase) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO lent_database (job_id, project_id, name) VALUES (?, ?, ?)",
            lent.job_id,
            lent.project_id,
            lent.name
        )
        .execute(&self.durable)
        .await?;
        Ok(())
    }

    /// Notes the number that a database on somebody's server has, now that it is made.
    pub async fn number_lent(&self, job_id: &str, oid: Option<u32>) -> Result<(), CatalogError> {
        let oid = oid.map(i64::from);
        sqlx::query!("UPDATE lent_database SET oid = ? WHERE job_id = ?", oid, job_id)
            .execute(&self.durable)
            .await?;
        Ok(())
    }

    /// The databases on others' servers that may still be there.
    pub async fn lent(&self) -> Result<Vec<LentDatabase>, CatalogError> {
        Ok(sqlx::query_as!(LentDatabase, "SELECT job_id, project_id, name, oid FROM lent_database")
            .fetch_all(&self.pool)
            .await?)
    }

    /// Forgets a database that is gone.
    pub async fn forget_lent(&self, job_id: &str) -> Result<(), CatalogError> {
        sqlx::query!("DELETE FROM lent_database WHERE job_id = ?", job_id).execute(&self.pool).await?;
        Ok(())
    }
}
