//! Statements of a step, in one transaction on the target database.
//!
//! They are an administrator's own SQL, written for the role's `search_path` there, and run with that role's
//! rights. So they get that path, for their transaction only.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use base::words::counted;
use postgres::connection::{PATH_OF_ROLE, Session};
use postgres::target::Target;

/// How long the server may take to answer a commit beyond the step's own time.
const COMMIT_LIMIT: Duration = Duration::from_secs(30);

/// Runs them; what came of it in words, or why it did not work. Then nothing of it stays.
pub(super) async fn run(
    target: &Target,
    statements: &[String],
    limit: Duration,
    token: &CancellationToken,
) -> Result<String, String> {
    let session = target.session().await.map_err(|error| format!("there was no session for it: {error}"))?;
    let canceller = session.canceller();
    let ran = tokio::select! {
        biased;
        () = token.cancelled() => Err("the run was cancelled; nothing of it stays".to_owned()),
        ran = tokio::time::timeout(limit, all(&session, statements, limit)) => {
            ran.unwrap_or_else(|_| Err(format!("it was ended after {} seconds; nothing of it stays", limit.as_secs())))
        }
    };
    let ended = match ran {
        Ok(rows) => commit(&session)
            .await
            .map(|()| format!("{}, {}", counted(statements.len() as u64, "statement"), counted(rows, "row"))),
        Err(why) => {
            // A statement that still runs would hold its locks until the server notices that nobody listens.
            if let Err(error) = canceller.cancel().await {
                tracing::debug!(%error, "the server could not be asked to stop a statement");
            }
            Err(why)
        }
    };
    session.close().await;
    ended
}

/// All statements; how many rows they returned or changed.
async fn all(session: &Session, statements: &[String], limit: Duration) -> Result<u64, String> {
    let begin = format!("BEGIN; SET LOCAL statement_timeout = {}; {PATH_OF_ROLE}", limit.as_millis());
    session.client.batch_execute(&begin).await.map_err(|error| said(&error))?;
    let mut rows = 0_u64;
    for (at, statement) in statements.iter().enumerate() {
        // Prepared, so that each is one statement and cannot end the transaction.
        let done = session.client.execute(statement.as_str(), &[]).await;
        rows = rows.saturating_add(done.map_err(|error| {
            format!("the server refused statement {}: {}; nothing of it stays", at + 1, said(&error))
        })?);
    }
    Ok(rows)
}

async fn commit(session: &Session) -> Result<(), String> {
    match tokio::time::timeout(COMMIT_LIMIT, session.client.batch_execute("COMMIT")).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if error.as_db_error().is_some() => {
            Err(format!("the server refused the commit: {}; nothing of it stays", said(&error)))
        }
        Ok(Err(_)) | Err(_) => {
            Err("the connection broke at the commit; whether it was done is not known".to_owned())
        }
    }
}

/// The message alone: a detail often holds a row.
fn said(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned())
}
