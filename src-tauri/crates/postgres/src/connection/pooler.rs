//! Is there a pooler between us and the server that changes connections under a session?
//!
//! A session that gets another server process, or shares its own, does not own one. A session
//! pooler passes: there, each client keeps its process.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, SimpleQueryMessage};

use super::error::ConnectError;
use super::path::first_statement;
use super::resolve::Resolved;
use super::session::{Session, signed_in};
use super::settings::Settings;
use base::secret::Secret;

/// How long a pooler is believed to keep sessions whole: a restore opens dozens, and each question takes a
/// second one of the few that such a pooler grants.
const BELIEVED_FOR: Duration = Duration::from_mins(10);
/// More poolers than this are not in use at once.
const BELIEVED_MAX: usize = 64;

/// Poolers that were seen to keep sessions whole, and when.
static BELIEVED: Mutex<Vec<(Settings, Resolved, Instant)>> = Mutex::new(Vec::new());

/// Whether the session's peer was seen to keep sessions whole, not long ago.
pub(super) fn is_believed(session: &Session) -> bool {
    let Some(way) = session.peer.again() else { return false };
    let believed = BELIEVED.lock().unwrap_or_else(PoisonError::into_inner);
    believed.iter().any(|(settings, seen, since)| {
        settings == session.settings() && *seen == way && since.elapsed() < BELIEVED_FOR
    })
}

/// Remembers that the session's peer keeps sessions whole. Of the way there, and not of the session: what a session
/// holds open on this computer closes with it.
pub(super) fn believe(session: &Session) {
    let Some(way) = session.peer.again() else { return };
    let mut believed = BELIEVED.lock().unwrap_or_else(PoisonError::into_inner);
    believed.retain(|(_, _, since)| since.elapsed() < BELIEVED_FOR);
    if believed.len() < BELIEVED_MAX {
        believed.push((session.settings().clone(), way, Instant::now()));
    }
}

/// Looks at every pooler again from here on: it may have been set otherwise since another run saw it.
pub fn forget_poolers() {
    BELIEVED.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Opens a second session and compares server processes. Nothing is set in either.
pub(super) async fn is_transaction_pooler(
    session: &Session,
    password: Option<&Secret>,
) -> Result<bool, ConnectError> {
    // A stream that somebody gave cannot be opened twice: what stands behind it is not found out, and not
    // tried.
    let Some(to) = session.peer.again() else { return Ok(true) };
    let before = backend(&session.client, "").await;
    // To the same address: of two servers behind one name, processes differ anyway.
    let second = signed_in(session.settings(), password, session.options(), &to).await?;
    first_statement(&second).await?;
    // It keeps its process busy in a transaction, so that a pooler must give the first another one.
    let beside = backend(&second.client, "begin; ").await;
    let after = backend(&session.client, "").await;
    // A pooler that gives its connections out in turn may have hit the same by chance, and not once more.
    let let_go = second.client.simple_query("rollback").await;
    let beside_again = backend(&second.client, "begin; ").await;
    let at_last = backend(&session.client, "").await;
    second.close().await;
    Ok(let_go.is_err() || is_shared(&[before, after, at_last], &[beside, beside_again]))
}

/// Each of two sessions has a process of its own, and keeps it; where nobody says so, it has not.
fn is_shared(of_first: &[Option<String>], of_second: &[Option<String>]) -> bool {
    let kept = |of: &[Option<String>]| of.iter().all(|one| one.is_some() && *one == of[0]);
    !kept(of_first) || !kept(of_second) || of_first[0] == of_second[0]
}

/// By the simple protocol: a transaction pooler may not know prepared statements.
async fn backend(client: &Client, prefix: &str) -> Option<String> {
    let answer = client.simple_query(&format!("{prefix}select pg_catalog.pg_backend_pid()")).await.ok()?;
    answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_changes_or_is_shared_is_a_poolers() {
        let of = |processes: &[&str]| -> Vec<Option<String>> {
            processes.iter().map(|process| Some((*process).to_owned())).collect()
        };
        assert!(!is_shared(&of(&["1", "1", "1"]), &of(&["2", "2"])));
        assert!(is_shared(&of(&["1", "3", "3"]), &of(&["2", "2"])));
        assert!(is_shared(&of(&["1", "1", "1"]), &of(&["1", "1"])));
        assert!(is_shared(&of(&["1", "1", "1"]), &of(&["2", "3"])));
        assert!(is_shared(&[None, None, None], &of(&["2", "2"])));
    }
}
