//! Who is who on a private server: a role that is no superuser, so that what a database's functions, triggers and
//! scripts run stays within it, and the superuser, whose name is out of the way of the database's own roles.

use std::collections::BTreeSet;

use super::cluster::SUPERUSER;
use super::target::{Target, quote_identifier, quote_literal};
use base::failure::Failure;
use base::secret::Secret;

/// Its name.
pub const GUEST: &str = "holdfast_guest";
/// The superuser of a private server while something is loaded into it.
pub(crate) const KEEPER: &str = "holdfast_keeper";
/// May read, and may fill, everything, since servers have them (14).
const EVERYTHING: [&str; 2] = ["pg_read_all_data", "pg_write_all_data"];

/// Frees the name of the server's superuser: a dump may hold things that belong to a role of that name, and no
/// guest may stand for a superuser. Gives the superuser from then on.
///
/// # Errors
/// What the server said.
pub async fn make_keeper(first: &Target) -> Result<Target, Failure> {
    let password = first.password.as_ref().map(Secret::expose).unwrap_or_default();
    let session = first.session().await?;
    let made = format!("CREATE ROLE {KEEPER} SUPERUSER LOGIN PASSWORD {}", quote_literal(password));
    session.client.batch_execute(&made).await.map_err(crate::refused)?;
    session.close().await;
    let keeper = as_keeper(first);
    let session = keeper.session().await?;
    let renamed = format!("ALTER ROLE {SUPERUSER} RENAME TO {SUPERUSER}_before");
    session.client.batch_execute(&renamed).await.map_err(crate::refused)?;
    session.close().await;
    Ok(keeper)
}

/// The same server, as the superuser that `make_keeper` made.
pub fn as_keeper(first: &Target) -> Target {
    let mut target = first.clone();
    KEEPER.clone_into(&mut target.settings.user);
    target
}

/// Gives the superuser its name again, on a server that a person will enter. Where the database has a role of
/// that name, it is the one that the person enters as.
///
/// # Errors
/// What the server said.
pub async fn hand_over(keeper: &Target) -> Result<(), Failure> {
    let password = keeper.password.as_ref().map(Secret::expose).unwrap_or_default();
    let session = keeper.session().await?;
    let known = "select 1 from pg_catalog.pg_roles where rolname = $1";
    if session.client.query_opt(known, &[&SUPERUSER]).await.map_err(crate::refused)?.is_some() {
        // The guest could stand for it.
        session
            .client
            .batch_execute(&format!("REVOKE {SUPERUSER} FROM {GUEST}"))
            .await
            .map_err(crate::refused)?;
    } else {
        let renamed = format!("ALTER ROLE {SUPERUSER}_before RENAME TO {SUPERUSER}");
        session.client.batch_execute(&renamed).await.map_err(crate::refused)?;
    }
    let entered = format!(
        "ALTER ROLE {GUEST} NOLOGIN; ALTER ROLE {SUPERUSER} SUPERUSER LOGIN PASSWORD {}",
        quote_literal(password)
    );
    session.client.batch_execute(&entered).await.map_err(crate::refused)?;
    session.close().await;
    Ok(())
}

/// Makes the role on a private server, and those that it has to be able to stand for. `owner` is the server's
/// superuser. It may read all rows there, so that nobody else has to: not even row security, which would run
/// what the database brought, is in the way.
///
/// It stands for no role that was there before: whoever wrote the list could name one that may run programs.
///
/// # Errors
/// What the server said.
pub async fn make_guest(owner: &Target, password: &Secret, roles: &BTreeSet<String>) -> Result<(), Failure> {
    let session = owner.session().await?;
    let made = format!(
        "CREATE ROLE {GUEST} LOGIN CREATEDB NOSUPERUSER BYPASSRLS PASSWORD {}",
        quote_literal(password.expose())
    );
    session.client.batch_execute(&made).await.map_err(crate::refused)?;
    let known = "select 1 from pg_catalog.pg_roles where rolname = $1";
    for role in EVERYTHING {
        if session.client.query_opt(known, &[&role]).await.map_err(crate::refused)?.is_some() {
            session
                .client
                .batch_execute(&format!("GRANT {role} TO {GUEST}"))
                .await
                .map_err(crate::refused)?;
        }
    }
    for role in roles {
        if session.client.query_opt(known, &[role]).await.map_err(crate::refused)?.is_some() {
            continue;
        }
        let name = quote_identifier(role);
        session
            .client
            .batch_execute(&format!("CREATE ROLE {name} NOLOGIN; GRANT {name} TO {GUEST}"))
            .await
            .map_err(crate::refused)?;
    }
    session.close().await;
    Ok(())
}

/// The same server, as the guest.
pub fn as_guest(owner: &Target, password: &Secret) -> Target {
    let mut target = owner.clone();
    GUEST.clone_into(&mut target.settings.user);
    target.password = Some(password.clone());
    target
}
