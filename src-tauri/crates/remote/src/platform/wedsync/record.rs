//! Holdfast's results, written where the design keeps such. Only where the user wants that.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{Object, SHORT_LIMIT, Wedsync, WedsyncError, value};

/// Kinds of verification that the design names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerificationKind {
    /// Hashes compared.
    Checksum,
    /// Restored, and looked at.
    RestoreTest,
    /// Looked through.
    IntegrityCheck,
}

impl VerificationKind {
    /// Its word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Checksum => "checksum",
            Self::RestoreTest => "restore_test",
            Self::IntegrityCheck => "integrity_check",
        }
    }
}

/// A row for `backup_verification`.
#[derive(Debug, Clone, PartialEq)]
pub struct VerificationRecord {
    /// Id of the backup.
    pub backup_id: String,
    /// What was done.
    pub kind: VerificationKind,
    /// When.
    pub at: Timestamp,
    /// What came of it; absent means inconclusive.
    pub is_success: Option<bool>,
    /// More about it; no secret.
    pub details: Value,
    /// Who did it.
    pub verified_by: Option<Uuid>,
}

/// Kinds of tests that the design names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestKind {
    /// Restored as a whole.
    RestoreTest,
    /// Looked through.
    IntegrityCheck,
    /// A sample.
    SpotCheck,
}

impl TestKind {
    /// Its word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::RestoreTest => "restore_test",
            Self::IntegrityCheck => "integrity_check",
            Self::SpotCheck => "spot_check",
        }
    }
}

/// A row for `backup_tests`.
#[derive(Debug, Clone, PartialEq)]
pub struct TestRecord {
    /// Id of the backup.
    pub backup_id: String,
    /// What was done.
    pub kind: TestKind,
    /// Where, in words.
    pub environment: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// What came of it; absent means inconclusive.
    pub is_success: Option<bool>,
    /// What went wrong.
    pub errors: Option<Value>,
    /// What was looked at.
    pub data_verified: Option<Value>,
    /// Who did it.
    pub tested_by: Option<Uuid>,
    /// Words about it.
    pub notes: Option<String>,
}

impl Wedsync<'_> {
    /// Writes one verification; its id there.
    ///
    /// # Errors
    /// When the table is not there, or may not be written.
    pub async fn record_verification(&self, record: &VerificationRecord) -> Result<String, WedsyncError> {
        let name = self.name(Object::BackupVerification)?;
        let sql = format!(
            "insert into {name} (backup_id, verification_type, verification_date, success, details, verified_by) \
             values ($1, $2, $3::pg_catalog.text::pg_catalog.timestamptz, $4, \
             $5::pg_catalog.text::pg_catalog.jsonb, $6::pg_catalog.text::pg_catalog.uuid) \
             returning id::pg_catalog.text"
        );
        let VerificationRecord { backup_id, kind, at, is_success, details, verified_by } = record;
        let by = verified_by.map(|by| by.to_string());
        let (at, details) = (at.to_string(), details.to_string());
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [backup_id, &kind.word(), &at, is_success, &details, &by];
        self.written("write a verification", &sql, &values).await
    }

    /// Writes one test; its id there.
    ///
    /// # Errors
    /// When the table is not there, or may not be written.
    pub async fn record_test(&self, record: &TestRecord) -> Result<String, WedsyncError> {
        let name = self.name(Object::BackupTests)?;
        let sql = format!(
            "insert into {name} (backup_id, test_type, test_environment, started_at, completed_at, success, \
             errors, data_verified, tested_by, notes) values ($1, $2, $3, \
             $4::pg_catalog.text::pg_catalog.timestamptz, $5::pg_catalog.text::pg_catalog.timestamptz, $6, \
             $7::pg_catalog.text::pg_catalog.jsonb, $8::pg_catalog.text::pg_catalog.jsonb, \
             $9::pg_catalog.text::pg_catalog.uuid, $10) returning id::pg_catalog.text"
        );
        let TestRecord {
            backup_id,
            kind,
            environment,
            started_at,
            completed_at,
            is_success,
            errors,
            data_verified,
            tested_by,
            notes,
        } = record;
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let (began, ended) = (started_at.to_string(), completed_at.map(|at| at.to_string()));
        let (errors, verified, by) = (text(errors), text(data_verified), tested_by.map(|by| by.to_string()));
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 10] = [
            backup_id,
            &kind.word(),
            environment,
            &began,
            &ended,
            is_success,
            &errors,
            &verified,
            &by,
            notes,
        ];
        self.written("write a test", &sql, &values).await
    }

    async fn written(
        &self,
        doing: &'static str,
        sql: &str,
        values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<String, WedsyncError> {
        let rows = self.rows_by_its_code(doing, SHORT_LIMIT, sql, values).await?;
        let row = rows.first().ok_or_else(|| WedsyncError::Odd { what: "a row without an id".to_owned() })?;
        value(row, 0)
    }
}
