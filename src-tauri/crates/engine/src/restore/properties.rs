//! Properties of the database itself: owner, settings, limits, comment, privileges.
//!
//! The Postgres tools set them only on a database of the original's name. They are set last: a setting may
//! forbid what a restore has to do, and without the owner only the restorer may use the schema public.

pub(super) use crate::proof::read_toc;
use crate::scratch::open_to_all;
use base::failure::Failure;
use base::words::first_of;
use ledger::job::JobContext;
use postgres::connection::said;
use postgres::fill::{Ownership, StoredDump};
use postgres::target::Target;

/// Of what is not carried over, so much is named; the rest is counted.
const NAMED_MAX: usize = 8;

/// Makes the new database like the original. What the server refuses is a note: no row depends on it.
///
/// In a session of the new database itself, so that no other is where anything of this is run.
pub(super) async fn give_properties(
    context: &JobContext,
    new: &Target,
    dump: &StoredDump,
    ownership: Ownership,
) -> Result<Vec<String>, Failure> {
    let toc = read_toc(dump).await?;
    let (statements, left_out) = toc.database_statements(&new.settings.database);
    let mut notes = Vec::new();
    if !left_out.is_empty() {
        let named = first_of(&left_out, NAMED_MAX, ", ");
        notes.push(format!("Not carried over, since it is no property that is known: {named}."));
    }
    let wanted = statements.into_iter().filter(|statement| match statement.kind.as_str() {
        "OWNER" => ownership.owners,
        "ACL" => ownership.privileges,
        _ => true,
    });
    let mut wanted: Vec<(String, String)> =
        wanted.map(|statement| (statement.kind.clone(), statement.sql.clone())).collect();
    // It was closed while it was filled. An archive that takes something from all says what it leaves them.
    if !wanted.iter().any(|(kind, sql)| kind == "ACL" && sql.contains(" FROM PUBLIC")) {
        // Before a new owner is given, who may keep the restorer from it.
        wanted.insert(0, ("ACL".to_owned(), open_to_all(&new.settings.database)));
    }
    match new.session().await {
        Ok(session) => {
            for (kind, sql) in wanted {
                // Prepared, so that it is one statement.
                if let Err(error) = session.client.execute(sql.as_str(), &[]).await {
                    let said = said(&error);
                    notes.push(format!("The database's {} is not as it was: {said}.", words(&kind)));
                }
            }
            session.close().await;
        }
        Err(error) => notes.push(format!(
            "The database's settings and rights are not given, so only its owner may connect: {error}."
        )),
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
