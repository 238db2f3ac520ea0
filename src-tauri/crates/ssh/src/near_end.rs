//! A port of this computer that leads through an SSH server, for child processes: `pg_dump` speaks TCP alone.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use crate::error::SshError;
use crate::route::Route;

/// Streams at once: a restore runs a few programs, each with a few connections.
const STREAMS_MAX: usize = 64;
/// For each step on the way to the far end.
const LIMIT: Duration = Duration::from_secs(20);
/// What is copied at a time, in bytes.
const COPIED: usize = 64 * 1024;
/// No port is accepted from for so long where the system is short of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// The port. Dropped, it takes no more connections; those that are open go on.
#[derive(Debug)]
pub struct NearEnd {
    address: SocketAddr,
    accepting: AbortHandle,
}

impl NearEnd {
    /// Opens it. Programs are started where nothing waits, so this does not either.
    pub(crate) fn open(route: Route) -> Result<Self, SshError> {
        let runtime = Handle::try_current().map_err(io::Error::other);
        Self::listen(runtime, route).map_err(|source| SshError::NearEnd { source })
    }

    fn listen(runtime: io::Result<Handle>, route: Route) -> io::Result<Self> {
        let runtime = runtime?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let _within = runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        let accepting = runtime.spawn(accept(listener, address, route)).abort_handle();
        Ok(Self { address, accepting })
    }

    /// Where a child process connects to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for NearEnd {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, near: SocketAddr, route: Route) {
    let streams = Arc::new(Semaphore::new(STREAMS_MAX));
    loop {
        let Ok(room) = Arc::clone(&streams).acquire_owned().await else { return };
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection to SSH's near end was not taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let route = route.clone();
        tokio::spawn(async move {
            let _room = room;
            if owner::is_ours(from, near).await {
                carry(stream, &route).await;
            } else {
                tracing::warn!(%from, "another account of this computer tried to use SSH's near end");
            }
        });
    }
}

async fn carry(mut near: TcpStream, route: &Route) {
    // A child that is told something at once waits for the answer.
    if let Err(error) = near.set_nodelay(true) {
        tracing::debug!(%error, "small packets to SSH's near end wait");
    }
    match route.open(LIMIT).await {
        Ok(mut far) => {
            // How it ends, both sides tell each other: a stream that broke is closed, and Postgres misses its last word.
            if let Err(error) = copy_bidirectional_with_sizes(&mut near, &mut far, COPIED, COPIED).await {
                tracing::debug!(%error, %route, "a stream through SSH ended");
            }
        }
        Err(error) => tracing::warn!(%error, %route, "nothing was forwarded"),
    }
}

/// Whose connection it is. A port is open to every account of this computer, and what is behind it may ask for no
/// password of whoever comes from the SSH server.
#[cfg(target_os = "linux")]
mod owner {
    use std::net::SocketAddr;

    /// Connections of this computer (proc(5), `/proc/net/tcp`); of a socket of IPv6 in a table of their own, also where
    /// they lead to an address of IPv4.
    const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
    /// An established connection. Of one that its account has closed the table no longer has the account, but root.
    const ESTABLISHED: &str = "01";
    /// What an address of IPv4 has before it in the table of IPv6.
    const MAPPED: &str = "0000000000000000FFFF0000";

    pub(super) async fn is_ours(from: SocketAddr, near: SocketAddr) -> bool {
        let me = rustix::process::geteuid().as_raw();
        let looked = tokio::task::spawn_blocking(move || {
            let mut tables = TABLES.iter().filter_map(|path| std::fs::read_to_string(path).ok());
            tables.find_map(|table| owner(&table, from, near))
        });
        matches!(looked.await, Ok(Some(account)) if account == me)
    }

    /// The account that has the connection's other end.
    fn owner(table: &str, from: SocketAddr, near: SocketAddr) -> Option<u32> {
        let (from, near) = (written(from)?, written(near)?);
        table.lines().skip(1).find_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let mut address = || Some(fields.next()?.trim_start_matches(MAPPED));
            let is_it = address()? == from && address()? == near;
            // After the state: queues, timer, retransmissions, and then the account.
            if is_it && fields.next()? == ESTABLISHED { fields.nth(3)?.parse().ok() } else { None }
        })
    }

    /// An address as the kernel writes it: the bytes of a number of its own order.
    fn written(address: SocketAddr) -> Option<String> {
        let SocketAddr::V4(address) = address else { return None };
        let number = u32::from_ne_bytes(address.ip().octets());
        Some(format!("{number:08X}:{:04X}", address.port()))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_account_is_read_of_the_very_connection() {
            let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                 0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   107        0 1 1 0 100\n\
                 1: 0100007F:9C40 0100007F:1771 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20\n\
                 2: 0100007F:1771 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20\n";
            let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
            assert_eq!(owner(table, at(40_000), at(6001)), Some(1000));
            assert_eq!(owner(table, at(6001), at(40_000)), Some(0));
            assert_eq!(owner(table, at(40_001), at(6001)), None);
            // Closed by whoever opened it: the account that the table shows now is root.
            let closed = table.replace(" 01 ", " 05 ");
            assert_eq!(owner(&closed, at(40_000), at(6001)), None);
            let mapped = table.replace("0100007F:", "0000000000000000FFFF00000100007F:");
            assert_eq!(owner(&mapped, at(40_000), at(6001)), Some(1000));
        }
    }
}

/// Other systems tell no cheap way whose connection it is; docs/threat-model.md says so.
#[cfg(not(target_os = "linux"))]
mod owner {
    use std::net::SocketAddr;

    pub(super) async fn is_ours(_: SocketAddr, _: SocketAddr) -> bool {
        std::future::ready(true).await
    }
}
