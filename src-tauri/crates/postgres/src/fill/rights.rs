//! Rights of an archive that name a role which the server does not have.
//!
//! `pg_restore` sends all statements of an entry as one: where a role of them is missing, the server undoes the others
//! too, also what they take from everybody. Such entries are gone through here statement by statement, and left out is
//! nothing but what is given to a role that is not there.

use std::collections::HashSet;

use tokio_postgres::error::SqlState;

use super::LoadError;
use super::data::refused;
use super::messages::{Message, Noise};
use crate::connection::{Session, said};
use crate::custom_format::{RightsChange, Toc, TocEntry};
use crate::target::{Target, quote_identifier};

const ROLES: &str = "select rolname::text from pg_catalog.pg_roles";

/// What an extension of another version does not have here, and what is another's to give: known of `pg_restore` too.
const NOT_GIVEN: [&SqlState; 4] = [
    &SqlState::UNDEFINED_FUNCTION,
    &SqlState::UNDEFINED_TABLE,
    &SqlState::UNDEFINED_OBJECT,
    &SqlState::INSUFFICIENT_PRIVILEGE,
];

/// When rights are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// As soon as what they are of is made.
    Structure,
    /// To large objects, and to what will be made later: at the end.
    End,
}

impl When {
    fn of(entry: &TocEntry) -> Option<Self> {
        match entry.kind.as_str() {
            "DEFAULT ACL" => Some(Self::End),
            // Those of the database are its properties; those of many large objects go one by one.
            "ACL" if entry.tag.starts_with("DATABASE ") || entry.tag.starts_with("LARGE OBJECTS ") => None,
            "ACL" if entry.tag.starts_with("LARGE OBJECT ") => Some(Self::End),
            "ACL" => Some(Self::Structure),
            _ => None,
        }
    }
}

/// Gives and takes what `pg_restore` could not, since a role is missing. Returns what was left out.
pub(super) async fn give_rights(toc: &Toc, when: When, target: &Target) -> Result<Vec<Message>, LoadError> {
    let entries: Vec<&TocEntry> = toc.entries.iter().filter(|entry| When::of(entry) == Some(when)).collect();
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let session = target.session().await?;
    let rows = session.client.query(ROLES, &[]).await.map_err(|error| refused("the roles", &error))?;
    let roles: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut messages = Vec::new();
    for entry in entries {
        let Some(changes) = toc.rights(entry) else {
            messages.push(degraded(format!(
                "the rights of {} are not written in the archive as expected; look whether they are as they were",
                entry.tag
            )));
            continue;
        };
        // What names no role that is missing, `pg_restore` has done.
        if !changes.iter().all(|change| is_there(change, &roles)) {
            messages.extend(one_by_one(&session, entry, &changes, &roles).await?);
        }
    }
    session.close().await;
    Ok(messages)
}

/// Whether the server has all roles that a statement names.
fn is_there(change: &RightsChange, roles: &HashSet<String>) -> bool {
    change.roles().into_iter().all(|role| roles.contains(role))
}

/// Gives the rights of one entry, to roles that are there.
pub(super) async fn give(
    session: &Session,
    entry: &TocEntry,
    changes: &[RightsChange],
) -> Result<Vec<Message>, LoadError> {
    let rows = session.client.query(ROLES, &[]).await.map_err(|error| refused("the roles", &error))?;
    let roles: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
    one_by_one(session, entry, changes, &roles).await
}

async fn one_by_one(
    session: &Session,
    entry: &TocEntry,
    changes: &[RightsChange],
    roles: &HashSet<String>,
) -> Result<Vec<Message>, LoadError> {
    let mut messages = Vec::new();
    for change in changes {
        if is_there(change, roles) {
            match run(session, change).await {
                Err(error) if error.code().is_some_and(|code| NOT_GIVEN.contains(&code)) => {
                    messages.push(degraded(format!(
                        "a right to {} is not given: {}",
                        entry.tag,
                        said(&error)
                    )));
                }
                done => done.map_err(|error| refused(&format!("rights of {}", entry.tag), &error))?,
            }
        } else if change.is_grant {
            // Who is not there has nothing that could be taken.
            let named = change.roles().join(", ");
            messages.push(degraded(format!(
                "{} is not granted to {}: not all of these roles are on this server: {named}",
                entry.tag,
                change.grantee()
            )));
        }
    }
    Ok(messages)
}

/// Runs it in a transaction of its own, as whoever gave the right. Prepared, so that it is one statement.
async fn run(session: &Session, change: &RightsChange) -> Result<(), tokio_postgres::Error> {
    let Some(grantor) = &change.grantor else {
        return session.client.execute(change.sql().as_str(), &[]).await.map(|_| ());
    };
    let begin = format!("BEGIN; SET LOCAL SESSION AUTHORIZATION {}", quote_identifier(grantor));
    let done = match session.client.batch_execute(&begin).await {
        Ok(()) => session.client.execute(change.sql().as_str(), &[]).await,
        Err(error) => Err(error),
    };
    // Also where the role may not act for the grantor: the transaction was begun by then.
    let ended = session.client.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await;
    done.and(ended)
}

fn degraded(text: String) -> Message {
    Message { noise: Noise::Degraded, text }
}
