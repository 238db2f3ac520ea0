//! A database that follows `WedSync`'s design: its functions called, its log read, and Holdfast's results
//! written where it keeps such, if the user wants that. There is no HTTP API; this speaks SQL.
//!
//! What the design calls a backup is a mark in a log: `pg_backup_start` copies nothing. Holdfast's own dump
//! is the backup; this only ties the two together.

use std::time::Duration;

use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

mod call;
mod design;
mod error;
mod log;
mod record;

pub use call::{ManualBackup, RestorationTest};
pub use design::{Design, Found, Object};
pub use error::WedsyncError;
pub use log::{Change, Changes, LogEntry};
pub use record::{TestKind, TestRecord, VerificationKind, VerificationRecord};

use postgres::connection::{Session, said};
use postgres::target::quote_identifier;

/// For what only reads or writes a row.
const SHORT_LIMIT: Duration = Duration::from_secs(30);

/// A database that follows the design, as far as it does.
#[derive(Debug)]
pub struct Wedsync<'session> {
    session: &'session Session,
    design: Design,
    limit: Option<Duration>,
}

impl<'session> Wedsync<'session> {
    /// Looks which parts of the design are there. Reads the catalogue alone.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub async fn open(session: &'session Session) -> Result<Self, WedsyncError> {
        Ok(Self { session, design: Design::read(session).await?, limit: None })
    }

    /// The same, with no statement allowed to take longer than this.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// What of the design is there, and what not, and why.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// Whether tests can be written there.
    ///
    /// # Errors
    /// `NotThere`, with what is missing.
    pub fn require_tests(&self) -> Result<(), WedsyncError> {
        self.name(Object::BackupTests).map(drop)
    }

    /// The quoted name of a part of the design.
    fn name(&self, object: Object) -> Result<String, WedsyncError> {
        match self.design.found(object) {
            Found::Here { schema } => {
                Ok(format!("{}.{}", quote_identifier(schema), quote_identifier(object.name())))
            }
            Found::Absent { reason } => {
                Err(WedsyncError::NotThere { what: object.name(), reason: reason.clone() })
            }
        }
    }

    async fn rows(
        &self,
        doing: &'static str,
        limit: Duration,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, WedsyncError> {
        rows(self.session, doing, self.limit.map_or(limit, |most| most.min(limit)), sql, values).await
    }

    /// The same for what runs code of the database's own: its functions, and the triggers of its tables. They
    /// may be written for the path that the role has there, and have it for this statement; in `sql` itself,
    /// names have their schemas, and there are no operators.
    async fn rows_by_its_code(
        &self,
        doing: &'static str,
        limit: Duration,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, WedsyncError> {
        let refused = |error: tokio_postgres::Error| refused(doing, &error);
        self.session.use_path_of_role().await.map_err(refused)?;
        let rows = self.rows(doing, limit, sql, values).await;
        // Also after a failure: whoever holds the session may ask on. A statement that was told to stop ends
        // first.
        match tokio::time::timeout(SHORT_LIMIT, self.session.use_safe_path()).await {
            Ok(Ok(())) => rows,
            Ok(Err(error)) => rows.and(Err(refused(error))),
            Err(_) => rows.and(Err(WedsyncError::Slow { doing, limit: SHORT_LIMIT })),
        }
    }
}

/// Runs one statement with its values apart from it. After the limit it is stopped on the server too.
async fn rows(
    session: &Session,
    doing: &'static str,
    limit: Duration,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, WedsyncError> {
    let Ok(answered) = tokio::time::timeout(limit, session.client.query(sql, values)).await else {
        // The server would go on with it; whether it hears this, it does not say.
        let _ = session.canceller().cancel().await;
        return Err(WedsyncError::Slow { doing, limit });
    };
    answered.map_err(|error| refused(doing, &error))
}

fn refused(doing: &'static str, error: &tokio_postgres::Error) -> WedsyncError {
    WedsyncError::Refused { doing, code: error.code().map(|code| code.code().to_owned()), said: said(error) }
}

/// A value of a row; one of another type than the design's is odd, and no panic.
fn value<'row, T: tokio_postgres::types::FromSql<'row>>(
    row: &'row Row,
    at: usize,
) -> Result<T, WedsyncError> {
    row.try_get(at).map_err(|error| WedsyncError::Odd { what: error.to_string() })
}

/// JSON that came as text.
fn json(text: Option<String>) -> Option<Value> {
    text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// A moment that came as milliseconds.
fn moment(milliseconds: Option<i64>) -> Option<jiff::Timestamp> {
    milliseconds.and_then(|milliseconds| jiff::Timestamp::from_millisecond(milliseconds).ok())
}
