//! What belongs to the database itself: owner, settings, limits, comment, rights.
//!
//! The tools give it to a database of the original's name only. It is given last: a setting may forbid
//! what a restore has to do, and without the owner nobody but the restorer may use the schema public.

use std::io::Read as _;
use std::sync::Arc;

use crate::archive::opened;
use crate::failure::Failure;
use crate::job::JobContext;
use crate::source::postgres::connection::said;
use crate::source::postgres::custom_format::Toc;
use crate::source::postgres::fill::{LoadError, Ownership, StoredDump};
use crate::source::postgres::target::Target;

/// Makes the database like the original. What the server refuses is a note: no row depends on it.
pub(super) async fn give_properties(
    context: &JobContext,
    server: &Target,
    dump: &StoredDump,
    database: &str,
    ownership: Ownership,
) -> Result<Vec<String>, Failure> {
    let toc = read_toc(dump).await?;
    let (statements, lost) = toc.database_statements(database);
    let mut notes = Vec::new();
    if lost > 0 {
        notes.push(format!("{lost} settings of the database were not understood, and are not given."));
    }
    let wanted = statements.into_iter().filter(|statement| match statement.kind.as_str() {
        "OWNER" => ownership.owners,
        "ACL" => ownership.privileges,
        _ => true,
    });
    let wanted: Vec<_> = wanted.collect();
    if !wanted.is_empty() {
        match server.session().await {
            Ok(session) => {
                for statement in wanted {
                    if let Err(error) = session.client.batch_execute(&statement.sql).await {
                        let said = said(&error);
                        notes.push(format!(
                            "The database's {} is not as it was: {said}.",
                            words(&statement.kind)
                        ));
                    }
                }
                session.close().await;
            }
            Err(error) => notes.push(format!("The database's settings are not given: {error}.")),
        }
    }
    for note in &notes {
        context.warn("prepare", note.clone());
    }
    Ok(notes)
}

pub(super) async fn read_toc(dump: &StoredDump) -> Result<Toc, Failure> {
    let (open, length) = (Arc::clone(&dump.open), dump.prefix_bytes);
    opened::blocking(move || -> Result<Toc, LoadError> {
        let io = |source| LoadError::Io { what: "read the dump from the vault", source };
        let mut head = Vec::new();
        open(0, length).map_err(io)?.read_to_end(&mut head).map_err(io)?;
        Ok(Toc::parse(&head)?)
    })
    .await
}

fn words(kind: &str) -> &'static str {
    match kind {
        "OWNER" => "owner",
        "ACL" => "access rights",
        "COMMENT" => "comment",
        "SECURITY LABEL" => "security label",
        _ => "settings",
    }
}
