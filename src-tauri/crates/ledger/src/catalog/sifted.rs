//! Backups that were sifted: by how they came, what they hold, how far they are proven, when; and what those that are
//! left take in all.

use super::{BackupRecord, Catalog, CatalogError};
use crate::component::Components;

/// How a backup came into the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Holdfast read the source itself.
    Own,
    /// A platform made it, or its documents, and it was pulled.
    Pulled,
    /// It is a file of a person.
    Imported,
}

impl Origin {
    fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Pulled => "pulled",
            Self::Imported => "imported",
        }
    }
}

/// Who began it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginner {
    /// A person, in the window or by the command line.
    Person,
    /// A schedule.
    Schedule,
}

impl Beginner {
    fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Schedule => "schedule",
        }
    }
}

/// How far backups have to be proven that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    /// At least so far.
    AtLeast(super::ProofLevel),
    /// Not at all.
    Never,
    /// What was tried last showed them to be wrong, or they did not come back.
    Failed,
}

/// Which backups are asked for; what is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupFilter {
    /// Id or name of their project.
    pub project: Option<String>,
    /// How they came.
    pub origin: Option<Origin>,
    /// Who began them.
    pub beginner: Option<Beginner>,
    /// What they have to hold, all of it.
    pub holds: Components,
    /// How far they are proven.
    pub proven: Option<Proven>,
    /// Of this moment or later.
    pub since_ms: Option<i64>,
    /// Of before this moment.
    pub until_ms: Option<i64>,
    /// Held by somebody.
    pub is_held: bool,
    /// A text that stands in the reason, in who made it, in the migration stamp, in the reason of a hold, in the
    /// project's name, or at the beginning of the id. Large and small letters (A to Z) are the same.
    pub text: Option<String>,
}

impl BackupFilter {
    /// Whether everything matches, but for the project.
    pub fn is_empty(&self) -> bool {
        let Self { project: _, origin, beginner, holds, proven, since_ms, until_ms, is_held, text } = self;
        origin.is_none()
            && beginner.is_none()
            && holds.is_empty()
            && proven.is_none()
            && since_ms.is_none()
            && until_ms.is_none()
            && !is_held
            && text.as_ref().is_none_or(|text| text.trim().is_empty())
    }
}

/// What some backups take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many.
    pub backups: u64,
    /// Bytes of all their parts, before anything is shared.
    pub size_bytes: u64,
    /// Bytes that they added to the vault when they were made.
    pub added_bytes: u64,
}

/// A filter as its query binds it.
struct Bound {
    project: Option<String>,
    origin: Option<&'static str>,
    beginner: Option<&'static str>,
    holds: i64,
    level_min: i64,
    level_max: i64,
    is_failed: bool,
    since_ms: i64,
    until_ms: i64,
    is_held: bool,
    text: String,
}

impl Bound {
    fn new(filter: &BackupFilter) -> Self {
        let (level_min, level_max) = match filter.proven {
            Some(Proven::AtLeast(level)) => (level.number(), i64::MAX),
            Some(Proven::Never) => (0, 0),
            Some(Proven::Failed) | None => (0, i64::MAX),
        };
        Self {
            project: filter.project.clone(),
            origin: filter.origin.map(Origin::as_str),
            beginner: filter.beginner.map(Beginner::as_str),
            holds: filter.holds.into(),
            level_min,
            level_max,
            is_failed: filter.proven == Some(Proven::Failed),
            since_ms: filter.since_ms.unwrap_or(i64::MIN),
            until_ms: filter.until_ms.unwrap_or(i64::MAX),
            is_held: filter.is_held,
            text: filter.text.as_deref().unwrap_or_default().trim().to_ascii_lowercase(),
        }
    }
}

/// A backup, and what all that match take.
struct Found {
    id: String,
    project_id: String,
    at_ms: i64,
    reason: Option<String>,
    trigger: String,
    who: String,
    components: i64,
    parts: String,
    size_bytes: i64,
    added_bytes: i64,
    row_count: Option<i64>,
    table_count: i64,
    migration: Option<String>,
    warning_count: i64,
    remote_id: Option<String>,
    needs_id: Option<String>,
    held_back: Option<String>,
    backups: i64,
    all_size: f64,
    all_added: f64,
}

impl From<Found> for BackupRecord {
    fn from(row: Found) -> Self {
        Self {
            id: row.id,
            project_id: row.project_id,
            at_ms: row.at_ms,
            reason: row.reason,
            trigger: row.trigger,
            who: row.who,
            components: row.components.into(),
            parts: row.parts,
            size_bytes: row.size_bytes,
            added_bytes: row.added_bytes,
            row_count: row.row_count,
            table_count: row.table_count,
            migration: row.migration,
            warning_count: row.warning_count,
            remote_id: row.remote_id,
            needs_id: row.needs_id,
            held_back: row.held_back,
        }
    }
}

impl Catalog {
    /// A page of the backups that a filter leaves, newest first, and what all that are left take; the project is named
    /// by its id. A page beyond the last backup says nothing of the others.
    pub async fn sifted(
        &self,
        filter: &BackupFilter,
        offset: u32,
        limit: u32,
    ) -> Result<(Taken, Vec<BackupRecord>), CatalogError> {
        let bound = Bound::new(filter);
        let (offset, limit) = (i64::from(offset), i64::from(limit));
        let rows = sqlx::query_as!(
            Found,
            r#"SELECT b.id AS "id!", b.project_id AS "project_id!", b.at_ms AS "at_ms!", b.reason AS "reason?",
                      b.trigger_kind AS "trigger!", b.who AS "who!", b.holds AS "components!: i64", b.components AS "parts!",
                      b.size_bytes AS "size_bytes!", b.added_bytes AS "added_bytes!", b.row_count AS "row_count?",
                      b.table_count AS "table_count!", b.migration AS "migration?", b.warning_count AS "warning_count!",
                      b.remote_id AS "remote_id?", b.needs_id AS "needs_id?", b.held_back AS "held_back?", count(*) OVER () AS "backups!: i64",
                      total(b.size_bytes) OVER () AS "all_size!: f64", total(b.added_bytes) OVER () AS "all_added!: f64"
               FROM backup b JOIN project p ON p.id = b.project_id LEFT JOIN backup_keeping k ON k.backup_id = b.id
               WHERE (?1 IS NULL OR b.project_id = ?1)
                 AND (?2 IS NULL OR ?2 = CASE
                      WHEN b.remote_id LIKE 'sha256:%' THEN 'imported'
                      WHEN instr(',' || b.components || ',', ',artifact,') > 0 THEN 'pulled'
                      WHEN b.holds & 1 THEN 'own'
                      ELSE 'pulled' END)
                 AND (?3 IS NULL OR (?3 = 'schedule') = (b.trigger_kind = 'schedule'))
                 AND b.level BETWEEN ?4 AND ?5 AND b.at_ms >= ?6 AND b.at_ms < ?7
                 AND (NOT ?8 OR b.restore_failed OR EXISTS (
                      SELECT 1 FROM proof f WHERE f.number = b.last_proof AND f.verdict = 'fail'))
                 AND (NOT ?9 OR k.hold_reason IS NOT NULL)
                 AND b.holds & ?10 = ?10
                 AND (?11 = '' OR substr(b.id, 1, length(?11)) = ?11 OR instr(lower(p.name || char(10) || b.who
                      || char(10) || coalesce(b.reason, '') || char(10) || coalesce(b.migration, '') || char(10)
                      || coalesce(k.hold_reason, '') || char(10) || CASE b.trigger_kind
                         WHEN 'window' THEN 'by hand' WHEN 'command_line' THEN 'command line'
                         ELSE b.trigger_kind END), ?11) > 0)
               ORDER BY b.at_ms DESC, b.id LIMIT ?12 OFFSET ?13"#,
            bound.project,
            bound.origin,
            bound.beginner,
            bound.level_min,
            bound.level_max,
            bound.since_ms,
            bound.until_ms,
            bound.is_failed,
            bound.is_held,
            bound.holds,
            bound.text,
            limit,
            offset
        )
        .fetch_all(&self.pool)
        .await?;
        let taken = rows.first().map_or_else(Taken::default, |row| Taken {
            backups: u64::try_from(row.backups).unwrap_or(0),
            size_bytes: whole(row.all_size),
            added_bytes: whole(row.all_added),
        });
        Ok((taken, rows.into_iter().map(BackupRecord::from).collect()))
    }

    /// What the backups of one project take, or all.
    pub async fn taken(&self, project_id: Option<&str>) -> Result<Taken, CatalogError> {
        let row = sqlx::query!(
            r#"SELECT count(*) AS "backups!: i64", total(size_bytes) AS "all_size!: f64",
                      total(added_bytes) AS "all_added!: f64"
               FROM backup WHERE ?1 IS NULL OR project_id = ?1"#,
            project_id
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Taken {
            backups: u64::try_from(row.backups).unwrap_or(0),
            size_bytes: whole(row.all_size),
            added_bytes: whole(row.all_added),
        })
    }

    /// Ids of the backups that a filter leaves.
    pub async fn sifted_ids(&self, filter: &BackupFilter) -> Result<Vec<String>, CatalogError> {
        let (_, records) = self.sifted(filter, 0, u32::MAX).await?;
        Ok(records.into_iter().map(|record| record.id).collect())
    }
}

/// A sum of sizes: SQLite adds them as real numbers, which cannot run over.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of sizes is neither below 0 nor beyond 2^63"
)]
fn whole(sum: f64) -> u64 {
    sum.max(0.0) as u64
}
