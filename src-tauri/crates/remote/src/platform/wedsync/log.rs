//! What the database noted: backups, and rows that changed.

use jiff::Timestamp;

use super::{Object, SHORT_LIMIT, Wedsync, WedsyncError, moment, value};

/// An entry of `backup_log`: a claim of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Id of the backup.
    pub backup_id: String,
    /// Its kind there.
    pub kind: Option<String>,
    /// Why it was made.
    pub reason: Option<String>,
    /// Who made it: a UUID.
    pub created_by: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// How it stands, in the database's own word.
    pub status: Option<String>,
}

/// A row that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its table, as it stands there.
    pub table: String,
    /// Its key, as text.
    pub record: Option<String>,
    /// What was done to it.
    pub operation: String,
    /// When.
    pub changed_at: Timestamp,
}

/// Rows that changed after a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// In the order in which they changed.
    pub changes: Vec<Change>,
    /// Whether there are more than were asked for.
    pub is_cut: bool,
}

impl Wedsync<'_> {
    /// The newest entries of the log.
    ///
    /// # Errors
    /// When the log is not there, or may not be read.
    pub async fn backup_log(&self, most: u32) -> Result<Vec<LogEntry>, WedsyncError> {
        let name = self.name(Object::BackupLog)?;
        let sql = format!(
            "select backup_id::text, backup_type::text, reason::text, created_by::text, \
             (extract(epoch from started_at) * 1000)::bigint, status::text from {name} \
             order by started_at desc nulls last limit $1"
        );
        let rows = self.rows("read its log", SHORT_LIMIT, &sql, &[&i64::from(most)]).await?;
        let read = |row: &tokio_postgres::Row| {
            Ok(LogEntry {
                backup_id: value(row, 0)?,
                kind: value(row, 1)?,
                reason: value(row, 2)?,
                created_by: value(row, 3)?,
                started_at: moment(value(row, 4)?),
                status: value(row, 5)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The rows that changed after a moment: what a row-level incremental is made of.
    ///
    /// # Errors
    /// When changes are not tracked there, or may not be read.
    pub async fn changes_since(&self, since: Timestamp, most: u32) -> Result<Changes, WedsyncError> {
        let name = self.name(Object::ChangeTracking)?;
        // One more than is wanted tells whether there are more.
        let sql = format!(
            "select table_name::text, record_id::text, operation::text, \
             (extract(epoch from changed_at) * 1000000)::bigint from {name} \
             where changed_at > $1::text::timestamptz order by changed_at limit $2"
        );
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
            [&since.to_string(), &(i64::from(most) + 1)];
        let rows = self.rows("say what changed", SHORT_LIMIT, &sql, &values).await?;
        let mut changes = Vec::new();
        for row in rows.iter().take(most as usize) {
            let at = Timestamp::from_microsecond(value(row, 3)?);
            let changed_at = at.map_err(|error| WedsyncError::Odd { what: error.to_string() })?;
            changes.push(Change {
                table: value(row, 0)?,
                record: value(row, 1)?,
                operation: value(row, 2)?,
                changed_at,
            });
        }
        Ok(Changes { is_cut: rows.len() > most as usize, changes })
    }
}
