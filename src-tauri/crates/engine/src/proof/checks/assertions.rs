//! A user's assertions: queries that return no row, or a single true. They run in a read-only transaction,
//! one statement each; their rows are never shown.
//!
//! They are an administrator's own SQL, written for the role's `search_path` in its database, and run with
//! that role's rights. So each gets that path, for its transaction only. A role that may create objects in a
//! schema of that path can plant code there, as in every session of the administrator.

use std::time::Duration;

use tokio_postgres::types::Type;

use super::super::check::Begun;
use super::Looked;
use super::rows::of;
use ledger::job::Check;
use postgres::connection::{PATH_OF_ROLE, Session, said};

/// For one query; longer belongs into a program.
const QUERY_LIMIT: Duration = Duration::from_mins(2);
/// More rows than this are not asked for: one is enough.
const ROWS_ASKED: i32 = 1000;

pub(super) async fn check(looked: &Looked<'_>) -> Check {
    let begun = Begun::new("assertions", "Your assertions");
    let all = looked.assertions;
    if all.is_empty() {
        return begun.not_checked("There are none. Add one: `holdfast drill assert add PROJECT NAME QUERY`.");
    }
    if matches!(looked.selection, super::Selection::Tables(_)) {
        return begun.not_checked("Only the chosen tables were brought back; assertions may ask for others.");
    }
    let mut session = match looked.target.session().await {
        Ok(session) => session,
        Err(error) => return begun.inconclusive(format!("There was no session for them: {error}.")),
    };
    let mut findings = Vec::new();
    for assertion in all {
        let answer = tokio::select! {
            answer = ask(&mut session, &assertion.query) => answer,
            () = looked.context.token().cancelled() => break,
        };
        looked.context.meter().beat();
        if let Err(why) = answer {
            findings.push(format!("“{}” {why}", assertion.name));
        }
    }
    session.close().await;
    let rest = match all.len() {
        1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    let done = format!("“{}”{rest}.", all[0].name);
    begun.judged(of(all.len() - findings.len(), all.len()), done, findings)
}

/// Whether it holds; otherwise why not.
async fn ask(session: &mut Session, query: &str) -> Result<(), String> {
    let unasked = |error: tokio_postgres::Error| format!("could not be asked: {}", said(&error));
    let transaction = session.client.build_transaction().read_only(true).start().await;
    let transaction = transaction.map_err(unasked)?;
    let limit = format!("set local statement_timeout = {}; {PATH_OF_ROLE}", QUERY_LIMIT.as_millis());
    transaction.batch_execute(&limit).await.map_err(unasked)?;
    // Prepared, so that it is one statement and cannot end the transaction.
    let statement = transaction.prepare(query).await.map_err(unasked)?;
    if statement.columns().is_empty() {
        return Err("is no question: it returns no columns".to_owned());
    }
    let is_truth = statement.columns().len() == 1 && *statement.columns()[0].type_() == Type::BOOL;
    let portal = transaction.bind(&statement, &[]).await.map_err(unasked)?;
    let rows = transaction.query_portal(&portal, ROWS_ASKED).await.map_err(unasked)?;
    let answer = match rows.as_slice() {
        [] => Ok(()),
        [one] if is_truth => match one.try_get::<_, Option<bool>>(0) {
            Ok(Some(true)) => Ok(()),
            Ok(Some(false)) => Err("is false".to_owned()),
            Ok(None) => Err("is neither true nor false".to_owned()),
            Err(error) => Err(format!("could not be read: {error}")),
        },
        [_] => Err("returned a row".to_owned()),
        many if many.len() < usize::try_from(ROWS_ASKED).unwrap_or(usize::MAX) => {
            Err(format!("returned {} rows", many.len()))
        }
        many => Err(format!("returned {} rows or more", many.len())),
    };
    // Nothing in it is to stay, and what cannot be rolled back ends with the session.
    drop(transaction.rollback().await);
    answer
}
