//! Who may enter a private cluster without typing its password: whoever runs Holdfast.
//!
//! The socket's directory keeps everybody else out already. So the server asks the system who is at
//! the other end (`peer`), and lets that one account be the cluster's superuser; `psql` then works as
//! it is copied from a screen. All others, and all other ways in, need the password.
//! Source: PostgreSQL docs, "Peer Authentication", "User Name Maps".

use std::io;

use super::SUPERUSER;
use super::place::Place;
use crate::account::this_account;

/// Name of the map in `pg_ident.conf`.
const MAP: &str = "holdfast_owner";

/// Lets this account in. Where its name cannot be told, the password stays the only way.
pub(super) fn admit_owner(place: &Place) -> io::Result<()> {
    // Where there are no sockets the server cannot ask who is there.
    if place.socket_directory.is_none() {
        return Ok(());
    }
    let Some(account) = this_account() else { return Ok(()) };
    let rules = place.data().join("pg_hba.conf");
    let before = std::fs::read_to_string(&rules)?;
    std::fs::write(&rules, format!("local all {SUPERUSER} peer map={MAP}\n{before}"))?;
    let map = place.data().join("pg_ident.conf");
    let before = std::fs::read_to_string(&map)?;
    let account = account.replace('"', "\"\"");
    std::fs::write(&map, format!("{before}\n{MAP} \"{account}\" {SUPERUSER}\n"))
}
