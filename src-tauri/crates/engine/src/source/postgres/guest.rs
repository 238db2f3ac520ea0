//! A role for databases that come from nobody knows where: no superuser, so that what their functions,
//! triggers and scripts run stays within their database.

use std::collections::BTreeSet;

use super::target::{Target, quote_identifier, quote_literal};
use crate::failure::Failure;
use crate::secret::Secret;

/// Its name.
pub(crate) const GUEST: &str = "holdfast_guest";

/// Reads everything, since servers have it (14).
const READER: &str = "pg_read_all_data";

/// Makes the role on a private server, and those that it has to be able to stand for. `owner` is the server's
/// superuser. It may read all rows there, so that nobody else has to: not even row security, which would run
/// what the database brought, is in the way.
///
/// # Errors
/// What the server said.
pub(crate) async fn make_guest(
    owner: &Target,
    password: &Secret,
    roles: &BTreeSet<String>,
) -> Result<(), Failure> {
    let session = owner.session().await?;
    let made = format!(
        "CREATE ROLE {GUEST} LOGIN CREATEDB NOSUPERUSER BYPASSRLS PASSWORD {}",
        quote_literal(password.expose())
    );
    session.client.batch_execute(&made).await?;
    let known = "select 1 from pg_catalog.pg_roles where rolname = $1";
    if session.client.query_opt(known, &[&READER]).await?.is_some() {
        session.client.batch_execute(&format!("GRANT {READER} TO {GUEST}")).await?;
    }
    make_roles(owner, roles).await?;
    for role in roles.iter().filter(|role| *role != GUEST && **role != owner.settings.user) {
        let grant = format!("GRANT {} TO {GUEST}", quote_identifier(role));
        session.client.batch_execute(&grant).await?;
    }
    session.close().await;
    Ok(())
}

/// Makes roles that are not there yet, without passwords and rights of their own.
///
/// # Errors
/// What the server said.
pub(crate) async fn make_roles(owner: &Target, roles: &BTreeSet<String>) -> Result<(), Failure> {
    let session = owner.session().await?;
    for role in roles {
        let known = "select 1 from pg_catalog.pg_roles where rolname = $1";
        if session.client.query_opt(known, &[role]).await?.is_none() {
            session.client.batch_execute(&format!("CREATE ROLE {} NOLOGIN", quote_identifier(role))).await?;
        }
    }
    session.close().await;
    Ok(())
}

/// The same server, as the guest.
pub(crate) fn as_guest(owner: &Target, password: &Secret) -> Target {
    let mut target = owner.clone();
    GUEST.clone_into(&mut target.settings.user);
    target.password = Some(password.clone());
    target
}
