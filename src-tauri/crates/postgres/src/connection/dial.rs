//! From addresses to an open stream: the first that answers.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use camino::Utf8Path;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use socket2::{SockRef, TcpKeepalive};
use ssh::{Route, SshError};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::error::ConnectError;
use super::resolve::Resolved;
use super::wire::{AnyStream, Peer};

/// Head start of each address before the next one is tried beside it (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);
/// A silent peer is probed after this long, so that a dump through a NAT notices its death.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// Between two probes.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// Names with hundreds of addresses exist; more attempts than this tell nothing new.
const ADDRESSES_MAX: usize = 16;

/// One address that did not answer.
#[derive(Debug)]
pub struct Attempt {
    /// The address.
    pub address: SocketAddr,
    /// Why not.
    pub error: io::Error,
}

/// An open stream.
pub struct Dialled {
    /// The stream; nothing was said on it yet.
    pub stream: Box<dyn AnyStream>,
    /// Where it leads.
    pub peer: Peer,
    /// The addresses that were tried without success before.
    pub failures: Vec<Attempt>,
}

impl std::fmt::Debug for Dialled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialled")
            .field("peer", &self.peer)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

/// Opens a stream to the first address that answers.
///
/// # Errors
/// [`ConnectError::Refused`], [`ConnectError::Timeout`], [`ConnectError::NoRoute`],
/// [`ConnectError::Ipv6Only`], [`ConnectError::NoSocket`], [`ConnectError::Ssh`].
pub async fn dial(host: &str, to: &Resolved, limit: Duration) -> Result<Dialled, ConnectError> {
    match to {
        Resolved::Socket(path) => dial_socket(host, path, limit).await,
        Resolved::Addresses(addresses) => dial_addresses(host, addresses, limit).await,
        Resolved::Route(route) => dial_route(route, limit).await.map_err(ConnectError::Ssh),
    }
}

#[crate::boxed]
async fn dial_route(route: &Route, limit: Duration) -> Result<Dialled, SshError> {
    let stream = route.open(limit).await?;
    // For the programs that will follow this stream.
    let near = route.near_end()?;
    let peer = Peer::Route { route: route.clone(), near };
    Ok(Dialled { stream: Box::new(stream), peer, failures: Vec::new() })
}

#[cfg(unix)]
async fn dial_socket(host: &str, path: &Utf8Path, limit: Duration) -> Result<Dialled, ConnectError> {
    let stream = tokio::time::timeout(limit, tokio::net::UnixStream::connect(path))
        .await
        .map_err(|_| ConnectError::Timeout { host: host.to_owned(), after: limit })?
        .map_err(|source| ConnectError::NoSocket { path: path.to_owned(), source })?;
    Ok(Dialled { stream: Box::new(stream), peer: Peer::Socket(path.to_owned()), failures: Vec::new() })
}

#[cfg(not(unix))]
async fn dial_socket(_: &str, path: &Utf8Path, _: Duration) -> Result<Dialled, ConnectError> {
    let source = io::ErrorKind::Unsupported.into();
    std::future::ready(Err(ConnectError::NoSocket { path: path.to_owned(), source })).await
}

async fn dial_addresses(
    host: &str,
    addresses: &[SocketAddr],
    limit: Duration,
) -> Result<Dialled, ConnectError> {
    let mut waiting = addresses.iter().take(ADDRESSES_MAX).copied();
    let mut running = FuturesUnordered::new();
    let mut failures = Vec::new();
    let mut next_start = Instant::now();
    let deadline = Instant::now() + limit;
    running.extend(waiting.next().map(open));
    loop {
        next_start += HEAD_START;
        tokio::select! {
            result = running.next() => match result {
                Some((address, Ok(stream))) => {
                    return Ok(Dialled { stream: Box::new(stream), peer: Peer::Tcp(address), failures });
                }
                Some((address, Err(error))) => {
                    failures.push(Attempt { address, error });
                    running.extend(waiting.next().map(open));
                    next_start = Instant::now();
                }
                None => return Err(verdict(host, failures)),
            },
            () = sleep_until(next_start), if waiting.len() > 0 => running.extend(waiting.next().map(open)),
            () = sleep_until(deadline) => {
                return Err(ConnectError::Timeout { host: host.to_owned(), after: limit });
            }
        }
    }
}

async fn open(address: SocketAddr) -> (SocketAddr, io::Result<TcpStream>) {
    let opened = TcpStream::connect(address).await.and_then(|stream| {
        stream.set_nodelay(true)?;
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
        SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
        Ok(stream)
    });
    (address, opened)
}

/// The attempt that says most: a refusal proves a way there, silence more than a missing route.
fn verdict(host: &str, failures: Vec<Attempt>) -> ConnectError {
    let host = host.to_owned();
    if let Some(refused) = failures.iter().find(|one| one.error.kind() == io::ErrorKind::ConnectionRefused) {
        return ConnectError::Refused { address: refused.address };
    }
    let is_v6_only = failures.iter().all(|one| one.address.is_ipv6());
    let Some(Attempt { error: source, .. }) = failures.into_iter().next_back() else {
        return ConnectError::UnknownHost { host, source: io::ErrorKind::NotFound.into() };
    };
    match source.kind() {
        // The system's own limit, where it is shorter than ours.
        io::ErrorKind::TimedOut => ConnectError::NoRoute { host, source },
        _ if is_v6_only => ConnectError::Ipv6Only { host, source },
        _ => ConnectError::NoRoute { host, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(address: &str, kind: io::ErrorKind) -> Attempt {
        Attempt { address: address.parse().unwrap(), error: kind.into() }
    }

    #[test]
    fn a_refusal_says_more_than_a_missing_route() {
        let failures = vec![
            failure("10.0.0.1:1", io::ErrorKind::ConnectionRefused),
            failure("[::1]:1", io::ErrorKind::NetworkUnreachable),
        ];
        assert!(matches!(verdict("db", failures), ConnectError::Refused { address } if address.is_ipv4()));
    }

    #[test]
    fn only_ipv6_without_a_route_has_its_own_name() {
        let failures = vec![failure("[2001:db8::1]:1", io::ErrorKind::NetworkUnreachable)];
        assert!(matches!(verdict("db", failures), ConnectError::Ipv6Only { .. }));
        let failures = vec![failure("10.0.0.1:1", io::ErrorKind::NetworkUnreachable)];
        assert!(matches!(verdict("db", failures), ConnectError::NoRoute { .. }));
    }
}
