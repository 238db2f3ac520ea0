//! What belongs to the database itself: owner, settings, limits, comment, rights.
//!
//! The tools give it to a database of the original's name only. It is given last: a setting may forbid
//! what a restore has to do, and without the owner nobody but the restorer may use the schema public.

use crate::failure::Failure;
use crate::job::JobContext;
pub(super) use crate::proof::read_toc;
use crate::source::postgres::connection::said;
use crate::source::postgres::fill::{Ownership, StoredDump};
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

fn words(kind: &str) -> &'static str {
    match kind {
        "OWNER" => "owner",
        "ACL" => "access rights",
        "COMMENT" => "comment",
        "SECURITY LABEL" => "security label",
        _ => "settings",
    }
}
