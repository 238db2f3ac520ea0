//! Sends a script to the private server: statement by statement, as split by the parser that judged it, under
//! a role that is not a superuser. `psql` is not involved.

use std::fs::File;
use std::time::Duration;

use super::{Spooled, unreadable};
use crate::archive::opened::blocking;
use base::Code;
use base::failure::Failure;
use base::failure::cancelled;
use bundle::{Piece, Refusal, Script};
use ledger::job::JobContext;
use postgres::connection::{ForeignError, ForeignSession};
use postgres::target::Target;

/// Interval of progress messages during a long statement.
const BEAT: Duration = Duration::from_secs(20);
/// So long at most; then the run counts as standing still. An index of a billion rows takes less.
const BEATS_MAX: u32 = 6 * 180;

/// Sends the script; reports only errors.
///
/// # Errors
/// The line and what the server said; that the script changed what its reading depends on; `cancelled`.
pub(super) async fn run(context: &JobContext, target: &Target, script: &Spooled) -> Result<(), Failure> {
    let (path, inner) = (script.path.clone(), script.inner.clone());
    let mut reader = blocking(move || -> Result<_, Failure> {
        Ok(Script::open(File::open(&path).map_err(unreadable)?, inner))
    })
    .await?;
    let mut sending =
        Sending { context, target, session: open(target, &script.inner, 1).await?, script, copy_line: 0 };
    loop {
        let (back, pieces) = blocking(move || -> Result<_, Failure> {
            let pieces = reader.pieces()?;
            Ok((reader, pieces))
        })
        .await?;
        reader = back;
        // All of it passed before. It is not so any more where somebody writes to the file.
        if let Some(refusal) = reader.first_refusal() {
            return Err(refused(&script.inner, refusal));
        }
        let Some(pieces) = pieces else { break };
        for piece in pieces {
            sending.beating(piece).await?;
        }
    }
    sending.session.close().await;
    Ok(())
}

/// A script that must not run.
pub(super) fn refused(inner: &str, refusal: &Refusal) -> Failure {
    Failure::new(
        Code::ScriptRefused,
        format!("{inner}, line {}: {} {}", refusal.line, refusal.quote, refusal.reason),
        "Nothing of it was run. Ask whoever gave you this file where it comes from.",
    )
}

async fn open(target: &Target, inner: &str, line: u64) -> Result<ForeignSession, Failure> {
    ForeignSession::open(target).await.map_err(|error| failed(inner, line, error))
}

fn failed(inner: &str, line: u64, error: ForeignError) -> Failure {
    let message = format!("{inner}, line {line}: {}", told(&error));
    match error {
        ForeignError::Connect(source) => source.into(),
        ForeignError::Changed { .. } => Failure::new(
            Code::ScriptChangedSession,
            message,
            "Nothing of what follows was run. Ask whoever gave you this file where it comes from.",
        ),
        ForeignError::Server(_) | ForeignError::Ended | ForeignError::NoCopy => {
            Failure::new(Code::RestoreRefused, message, "Load it by hand and look.")
        }
    }
}

/// What was wrong; of rows, which.
fn told(error: &ForeignError) -> String {
    let place = match error {
        ForeignError::Server(error) => error.as_db_error().and_then(|said| said.where_()),
        _ => None,
    };
    // Where a function was, is long; rows are named in one line.
    match place.and_then(|place| place.lines().find(|line| line.starts_with("COPY "))) {
        Some(place) => format!("{error} ({place})"),
        None => error.to_string(),
    }
}

struct Sending<'a> {
    context: &'a JobContext,
    target: &'a Target,
    script: &'a Spooled,
    session: ForeignSession,
    /// The line of the COPY that is going on.
    copy_line: u64,
}

impl Sending<'_> {
    /// Sends a piece, and shows that something moves as long as the server may rightly be at it.
    async fn beating(&mut self, piece: Piece) -> Result<(), Failure> {
        let context = self.context;
        context.meter().beat();
        let mut sent = std::pin::pin!(self.send(piece));
        let mut beat = tokio::time::interval(BEAT);
        let mut beats = 0;
        loop {
            tokio::select! {
                biased;
                () = context.token().cancelled() => return Err(cancelled()),
                done = &mut sent => return done,
                _ = beat.tick() => {
                    beats += 1;
                    if beats <= BEATS_MAX {
                        context.meter().beat();
                    }
                }
            }
        }
    }

    async fn send(&mut self, piece: Piece) -> Result<(), Failure> {
        let inner = &self.script.inner;
        match piece {
            Piece::Statement { line, text, has_standard_strings } => {
                let done = self.session.execute(&text, has_standard_strings).await;
                done.map_err(|error| failed(inner, line, error))
            }
            Piece::Copy { line, text } => {
                self.copy_line = line;
                self.session.copy(&text).await.map_err(|error| failed(inner, line, error))
            }
            Piece::Rows(rows) => {
                let done = self.session.rows(rows).await;
                done.map_err(|error| failed(inner, self.copy_line, error))
            }
            Piece::RowsEnd => {
                let done = self.session.rows_end().await;
                let rows = done.map_err(|error| failed(inner, self.copy_line, error))?;
                self.context.meter().add_rows(rows);
                Ok(())
            }
            Piece::Connect { line, database } => {
                let next = open(&self.target.with_database(&database), inner, line).await?;
                std::mem::replace(&mut self.session, next).close().await;
                Ok(())
            }
        }
    }
}
