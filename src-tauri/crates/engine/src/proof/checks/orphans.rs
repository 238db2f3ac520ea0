//! Orphans: for each foreign key an anti-join finds rows without a referenced row. Also for NOT VALID keys,
//! which nothing else checks; their orphans were in the original.

use std::time::Duration;

use tokio::sync::Mutex;

use super::super::check::Begun;
use super::sequences::capital;
use super::{Looked, concluded};
use base::words::{count_words, counted};
use ledger::job::Check;
use postgres::compare::like_the_dump;
use postgres::connection::{Session, said};
use postgres::orphans::{self, Key};

/// For one key; a join of the largest tables takes minutes.
const KEY_LIMIT: Duration = Duration::from_mins(30);
/// While one is asked, the run is not standing still.
const BEAT: Duration = Duration::from_secs(20);

/// What was found with one key.
enum Found {
    /// So many rows point to nothing.
    Orphans(i64),
    /// Nobody could ask.
    Unknown(String),
}

pub(super) async fn check(looked: &Looked<'_>) -> Check {
    let begun = Begun::new("orphans", "Orphans");
    let keys = match keys(looked).await {
        Ok(keys) => keys,
        Err(why) => return begun.inconclusive(format!("The foreign keys could not be listed: {why}.")),
    };
    let (temporal, keys): (Vec<Key>, Vec<Key>) = keys.into_iter().partition(|key| key.is_temporal);
    let asked = keys.len() as u64;
    let found = match ask_all(looked, keys).await {
        Ok(found) => found,
        Err(why) => return begun.inconclusive(format!("The foreign keys could not be asked: {why}.")),
    };
    let done = conclude(looked, asked, temporal.len() as u64, found);
    concluded(begun, Ok(done))
}

fn conclude(
    looked: &Looked<'_>,
    asked: u64,
    temporal: u64,
    found: Vec<(Key, Found)>,
) -> impl FnOnce(Begun) -> Check + use<> {
    let (mut wrong, mut as_it_was, mut unknown, mut rows) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (key, found) in found {
        match found {
            Found::Orphans(0) => {}
            Found::Orphans(count) => {
                rows += u64::try_from(count).unwrap_or(0);
                let what = format!("{}: {} to nothing", key.name, pointing(count));
                if key.is_validated { wrong.push(what) } else { as_it_was.push(what) }
            }
            Found::Unknown(why) => unknown.push(format!("{}: {why}", key.name)),
        }
    }
    let mut done = format!("In {}, each asked by a join.", counted(asked, "foreign key"));
    if temporal > 0 {
        done = format!("{done} {} of ranges of time not asked.", counted(temporal, "key"));
    }
    if !looked.is_everything() {
        done = format!("{done} {}.", capital(looked.left_out()));
    }
    move |begun: Begun| {
        if !unknown.is_empty() && wrong.is_empty() {
            return begun.inconclusive(format!("{done} Not answered: {}.", unknown.join("; ")));
        }
        if wrong.is_empty() && !as_it_was.is_empty() {
            let done = format!(
                "{done} These keys are NOT VALID in the original too; its rows came back as they were."
            );
            return begun.noted(count_words(rows), done, as_it_was);
        }
        wrong.extend(as_it_was);
        wrong.extend(unknown);
        begun.judged(count_words(rows), done, wrong)
    }
}

fn pointing(count: i64) -> String {
    let rows = counted(u64::try_from(count).unwrap_or(0), "row");
    if count == 1 { format!("{rows} points") } else { format!("{rows} point") }
}

async fn keys(looked: &Looked<'_>) -> Result<Vec<Key>, String> {
    let session = looked.target.session_for_tables().await.map_err(|error| error.to_string())?;
    let keys = orphans::keys(&session.client).await;
    session.close().await;
    keys.map_err(|error| said(&error))
}

/// Asks all keys over several sessions, the largest tables first.
async fn ask_all(looked: &Looked<'_>, keys: Vec<Key>) -> Result<Vec<(Key, Found)>, String> {
    let sessions = looked.sessions.min(keys.len());
    let (queue, found) = (Mutex::new(keys), Mutex::new(Vec::new()));
    let worker = || async {
        let session = looked.target.session_for_tables().await.map_err(|error| error.to_string())?;
        // Policies must hide no row, and no path may find another operator.
        like_the_dump(&session, None).await.map_err(|error| said(&error))?;
        loop {
            let Some(key) = queue.lock().await.pop() else { break };
            let answer = ask(looked, &session, &key.sql).await?;
            found.lock().await.push((key, answer));
        }
        session.close().await;
        Ok::<_, String>(())
    };
    futures_util::future::try_join_all((0..sessions).map(|_| worker())).await?;
    Ok(found.into_inner())
}

async fn ask(looked: &Looked<'_>, session: &Session, sql: &str) -> Result<Found, String> {
    let limited = format!("set statement_timeout = {}", KEY_LIMIT.as_millis());
    session.client.batch_execute(&limited).await.map_err(|error| said(&error))?;
    let mut answer = std::pin::pin!(session.client.query_one(sql, &[]));
    let mut beat = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            answer = &mut answer => return Ok(match answer {
                Ok(row) => Found::Orphans(row.get(0)),
                Err(error) => Found::Unknown(said(&error)),
            }),
            _ = beat.tick() => looked.context.meter().beat(),
            () = looked.context.token().cancelled() => return Err("cancelled".into()),
        }
    }
}
