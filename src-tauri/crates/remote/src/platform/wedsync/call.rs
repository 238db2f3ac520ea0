//! The design's two functions, and whether what they say is so.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::{Object, SHORT_LIMIT, Wedsync, WedsyncError, json, value};

/// `pg_backup_start` waits for a checkpoint.
const START_LIMIT: Duration = Duration::from_mins(10);
/// A test that restores works for as long as a restore does.
const TEST_LIMIT: Duration = Duration::from_hours(4);

/// A manual backup, as the database noted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualBackup {
    /// Its id in the log.
    pub id: String,
    /// Its status there, where the log can be read.
    pub status: Option<String>,
    /// What has to be known about it, as sentences.
    pub notes: Vec<String>,
}

/// What a test of the database's own came to.
#[derive(Debug, Clone, PartialEq)]
pub struct RestorationTest {
    /// Whether it succeeded, by its row and its answer alike.
    pub is_success: bool,
    /// The row that it wrote, where tests can be read.
    pub id: Option<String>,
    /// What it noted as errors.
    pub errors: Option<Value>,
}

impl Wedsync<'_> {
    /// Has the database note a manual backup, and looks whether it did. The session stays in backup mode
    /// until `end_backup_mode`, or until it ends.
    ///
    /// # Errors
    /// When the function is not there, refuses, or its row is not in the log.
    pub async fn create_manual_backup(
        &self,
        reason: &str,
        created_by: Option<Uuid>,
    ) -> Result<ManualBackup, WedsyncError> {
        let name = self.name(Object::CreateManualBackup)?;
        let doing = "note a manual backup";
        let by = created_by.map(|by| by.to_string());
        let sql = format!("select {name}($1::pg_catalog.text, $2::pg_catalog.text::pg_catalog.uuid)");
        let rows = self.rows_by_its_code(doing, START_LIMIT, &sql, &[&reason, &by]).await?;
        let id = match rows.first() {
            Some(row) => value::<Option<String>>(row, 0)?,
            None => None,
        };
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            return Err(WedsyncError::Odd { what: "a manual backup without an id".to_owned() });
        };
        let mut notes = vec![
            "it is a mark in the database's log, and no copy of anything: Holdfast's own dump is the backup"
                .to_owned(),
        ];
        let Ok(log) = self.name(Object::BackupLog) else {
            notes.push("the log cannot be read, so that nobody can say whether the mark is there".to_owned());
            return Ok(ManualBackup { id, status: None, notes });
        };
        let sql = format!("select status::text from {log} where backup_id = $1");
        let rows = self.rows("read its log", SHORT_LIMIT, &sql, &[&id]).await?;
        let Some(row) = rows.first() else {
            return Err(WedsyncError::FalseClaim {
                function: Object::CreateManualBackup.name(),
                claim: format!("that it noted {id}"),
                truth: "its log has no such row".to_owned(),
            });
        };
        Ok(ManualBackup { id, status: value(row, 0)?, notes })
    }

    /// Ends the backup mode that `create_manual_backup` left this session in.
    ///
    /// # Errors
    /// When the session is in none, or the role may not.
    pub async fn end_backup_mode(&self) -> Result<(), WedsyncError> {
        // Nobody here keeps the files that archiving would be waited for.
        let sql = "select lsn::text from pg_catalog.pg_backup_stop(wait_for_archive => false)";
        self.rows("end the backup mode", START_LIMIT, sql, &[]).await.map(drop)
    }

    /// Has the database test a backup, and believes it only with the row that it wrote.
    ///
    /// # Errors
    /// When the function is not there, refuses, or says something else than its row.
    pub async fn test_backup_restoration(&self, backup: &str) -> Result<RestorationTest, WedsyncError> {
        let name = self.name(Object::TestBackupRestoration)?;
        let tests = self.name(Object::BackupTests)?;
        let doing = "test the backup";
        let known = self.test_ids(&tests, backup).await?;
        let sql = format!("select {name}($1::pg_catalog.text)");
        let rows = self.rows_by_its_code(doing, TEST_LIMIT, &sql, &[&backup]).await?;
        let said = match rows.first() {
            Some(row) => value::<Option<bool>>(row, 0)?,
            None => None,
        };
        let sql = format!(
            "select id::text, success, errors::text, completed_at is not null from {tests} \
             where backup_id = $1 and id::text <> all($2) order by started_at desc limit 1"
        );
        let rows = self.rows("read its tests", SHORT_LIMIT, &sql, &[&backup, &known]).await?;
        let claim = |truth: String| WedsyncError::FalseClaim {
            function: Object::TestBackupRestoration.name(),
            claim: said
                .map_or("nothing".to_owned(), |said| if said { "success" } else { "failure" }.to_owned()),
            truth,
        };
        let Some(row) = rows.first() else {
            return Err(claim(format!("it wrote no row about {backup} into backup_tests")));
        };
        let (written, is_complete): (Option<bool>, bool) = (value(row, 1)?, value(row, 3)?);
        if written != said || !is_complete {
            return Err(claim("its row in backup_tests says something else".to_owned()));
        }
        Ok(RestorationTest {
            is_success: said == Some(true),
            id: Some(value(row, 0)?),
            errors: json(value(row, 2)?),
        })
    }

    async fn test_ids(&self, tests: &str, backup: &str) -> Result<Vec<String>, WedsyncError> {
        let sql = format!("select id::text from {tests} where backup_id = $1");
        let rows = self.rows("read its tests", SHORT_LIMIT, &sql, &[&backup]).await?;
        rows.iter().map(|row| value(row, 0)).collect()
    }
}
