//! Owners of what only a superuser may get: event triggers, foreign-data wrappers, publications of all tables.
//!
//! They often belong to a role that was a superuser when they were made and is none since. That role becomes one again
//! for a single transaction, within which nothing else is done, so that no other session ever sees it as one.

use std::collections::HashMap;

use super::LoadError;
use super::data::refused;
use super::messages::Message;
use crate::custom_format::{Toc, TocEntry};
use crate::target::{Target, quote_identifier};

/// What is made before the rows.
pub(super) const OF_STRUCTURE: &[&str] = &["FOREIGN DATA WRAPPER"];
/// What is made after the rows. Before there are event triggers, which a new owner of a publication would set off.
pub(super) const AFTER_ROWS: &[&str] = &["PUBLICATION"];
/// What is made at the end; its new owner sets off nothing.
pub(super) const AT_THE_END: &[&str] = &["EVENT TRIGGER"];

const ROLES: &str = "select rolname::text, rolsuper from pg_catalog.pg_roles";
const OWNED: &str = "select 'EVENT TRIGGER', evtname::text, pg_catalog.pg_get_userbyid(evtowner)::text from pg_catalog.pg_event_trigger \
    union all select 'FOREIGN DATA WRAPPER', fdwname::text, pg_catalog.pg_get_userbyid(fdwowner)::text from pg_catalog.pg_foreign_data_wrapper \
    union all select 'PUBLICATION', pubname::text, pg_catalog.pg_get_userbyid(pubowner)::text from pg_catalog.pg_publication";

/// Gives them to their owners, as far as `pg_restore` could not; what it said of those is taken back.
pub(super) async fn give_owners(
    toc: &Toc,
    kinds: &[&str],
    target: &Target,
    messages: &mut Vec<Message>,
) -> Result<(), LoadError> {
    let entries: Vec<&TocEntry> = toc
        .entries
        .iter()
        .filter(|entry| kinds.contains(&entry.kind.as_str()) && entry.owner.is_some())
        .collect();
    if entries.is_empty() {
        return Ok(());
    }
    let session = target.session().await?;
    let rows = session.client.query(ROLES, &[]).await.map_err(|error| refused("the roles", &error))?;
    let roles: HashMap<String, bool> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let rows = session.client.query(OWNED, &[]).await.map_err(|error| refused("the owners", &error))?;
    let owned: HashMap<(String, String), String> =
        rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
    if roles.get(&target.settings.user) == Some(&true) {
        for entry in entries {
            let wanted = entry.owner.as_deref().unwrap_or_default();
            let now = owned.get(&(entry.kind.clone(), entry.tag.clone()));
            if roles.get(wanted) != Some(&false) || now.is_none_or(|now| now == wanted) {
                continue;
            }
            let role = quote_identifier(wanted);
            let give = format!(
                "BEGIN; ALTER ROLE {role} SUPERUSER; ALTER {} {} OWNER TO {role}; ALTER ROLE {role} NOSUPERUSER; COMMIT",
                entry.kind,
                quote_identifier(&entry.tag)
            );
            let given = session.client.batch_execute(&give).await;
            given.map_err(|error| refused(&format!("the owner of {}", entry.tag), &error))?;
            let said = format!(
                "permission denied to change owner of {} \"{}\"",
                entry.kind.to_lowercase().replace("foreign data", "foreign-data"),
                entry.tag
            );
            messages.retain(|message| message.text != said);
        }
    }
    session.close().await;
    Ok(())
}
