//! The rows of a table of logs as files, one for each day, read at the moment of a backup.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use postgres::log_rows::{LogDay, LogError, LogTable};
use source::object::Each;
use source::{Found, Object, Objects, Opened, SourceError};
use tokio::runtime::Handle;

use crate::moment::Moment;
use base::Code;
use base::failure::Failure;

/// Rows whose time is none.
const UNDATED: &str = "undated";

/// The days of a table.
pub(super) struct LogDays {
    moment: Arc<Moment>,
    table: LogTable,
    days: Vec<LogDay>,
    place: String,
    runtime: Handle,
}

impl LogDays {
    pub(super) async fn open(
        moment: Arc<Moment>,
        schema: &str,
        table: &str,
        column: &str,
    ) -> Result<Self, Failure> {
        let place = format!("{schema}.{table}");
        let client = moment.client();
        // An error would end the transaction for every other table too.
        let step = async |statement: &str| {
            client.batch_execute(statement).await.map_err(|error| failure(&error.into()))
        };
        step("savepoint holdfast_logs").await?;
        let looked = async {
            let table = LogTable::open(client, schema, table, column).await?;
            let days = table.days(client).await?;
            Ok::<_, LogError>((table, days))
        };
        let (table, days) = match looked.await {
            Ok(looked) => looked,
            Err(error) => {
                step("rollback to savepoint holdfast_logs").await?;
                return Err(failure(&error));
            }
        };
        Ok(Self { table, days, place, runtime: Handle::current(), moment })
    }
}

impl Objects for LogDays {
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let mut keys: Vec<(String, &LogDay)> = self.days.iter().map(|day| (key(day), day)).collect();
        keys.sort_by(|(one, _), (other, _)| one.cmp(other));
        keys.into_iter().try_for_each(|(key, day)| {
            each(Found::Object(Object { key, version: Some(day.mark.clone()), ..Object::default() }))
        })
    }

    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError> {
        let Some(day) = self.days.iter().find(|day| key(day) == object.key) else { return Ok(None) };
        let rows = self.runtime.block_on(self.table.rows(self.moment.client(), day.day.as_deref()));
        let rows = rows.map_err(|error| SourceError::Io {
            place: format!("{} of {}", object.key, self.place),
            source: io::Error::other(error.to_string()),
        })?;
        let reader = Lines { rows: Box::pin(rows), line: Vec::new(), at: 0, runtime: self.runtime.clone() };
        Ok(Some(Opened { object: object.clone(), reader: Box::new(reader) }))
    }

    /// One after the other: rows of several days would be held in memory for each other.
    fn at_once(&self) -> usize {
        1
    }
}

fn key(day: &LogDay) -> String {
    format!("{}.jsonl", day.day.as_deref().unwrap_or(UNDATED))
}

pub(super) fn failure(error: &LogError) -> Failure {
    let hint = match error {
        LogError::NoTable(_) => "Check schema and name; a view is no table.",
        LogError::NoTime { .. } => {
            "Name the column that holds the time of a row: `--time-column created_at`."
        }
        LogError::Forbidden(_) => {
            "Grant it SELECT on the table; row level security has to let it see every row."
        }
        LogError::Rewritten(_) => "Start the backup again.",
        LogError::TooManyDays(_) => "Check the column: a log has one day after the other.",
        LogError::Server(_) => "Look at the server's log, and start again.",
    };
    Failure::new(Code::SourceUnreadable, error.to_string(), hint)
}

struct Lines {
    rows: Pin<Box<dyn Stream<Item = Result<Vec<u8>, LogError>> + Send>>,
    line: Vec<u8>,
    at: usize,
    runtime: Handle,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            match self.runtime.block_on(self.rows.next()) {
                Some(line) => (self.line, self.at) = (line.map_err(io::Error::other)?, 0),
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.line.len() - self.at);
        buffer[..count].copy_from_slice(&self.line[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
