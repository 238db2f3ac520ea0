//! Who may enter a private cluster without typing its password: whoever gets to its socket.
//!
//! The socket's directory keeps everybody out but the account that runs the server, which owns its files as
//! well, and whoever may do everything. So that role needs no password there, and `psql` works as it is copied
//! from a screen. To ask the system who is at the other end, the server would have to read the list of
//! accounts, which its wall keeps from it. All other roles, and all other ways in, need the password.
//! Source: PostgreSQL docs, "The `pg_hba.conf` File", "Trust Authentication".

#![expect(
    clippy::disallowed_methods,
    reason = "written where it is, so that it stays the file of the account that runs the server"
)]

use std::fs::File;
use std::io::{self, Read as _};

use super::SUPERUSER;
use super::place::Place;

/// Much more than rules of ours ever have.
const RULES_BYTES_MAX: u64 = 64 * 1024;

/// Lets the superuser in.
pub(super) fn admit_owner(place: &Place) -> io::Result<()> {
    // Where there are no sockets, there is no directory that keeps others out.
    if place.socket_directory.is_none() {
        return Ok(());
    }
    let rules = place.data().join("pg_hba.conf");
    let before = std::fs::read_to_string(&rules)?;
    std::fs::write(&rules, format!("local all {SUPERUSER} trust\n{before}"))
}

/// Lets the superuser into a cluster that was made when the server asked the system who is there.
pub(super) fn renew(place: &Place) -> io::Result<()> {
    let rules = place.data().join("pg_hba.conf");
    let mut before = Vec::new();
    File::open(&rules)?.take(RULES_BYTES_MAX).read_to_end(&mut before)?;
    let before = String::from_utf8_lossy(&before);
    let asks = format!("local all {SUPERUSER} peer ");
    let Some((first, rest)) = before.split_once('\n').filter(|(first, _)| first.starts_with(&asks)) else {
        return Ok(());
    };
    tracing::debug!(first, "the rules of a private server are renewed");
    std::fs::write(&rules, format!("local all {SUPERUSER} trust\n{rest}"))
}
