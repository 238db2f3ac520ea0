//! From a host to addresses.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use camino::Utf8PathBuf;
use ssh::Route;

use super::error::ConnectError;
use super::settings::Settings;

/// Where a host can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// TCP addresses, in the order in which they are tried.
    Addresses(Vec<SocketAddr>),
    /// A Unix socket.
    Socket(Utf8PathBuf),
    /// By way of an SSH server, or into a container.
    Route(Route),
}

impl Resolved {
    /// How many IPv4 and IPv6 addresses there are.
    pub fn families(&self) -> (usize, usize) {
        match self {
            Self::Addresses(addresses) => {
                let v4 = addresses.iter().filter(|address| address.is_ipv4()).count();
                (v4, addresses.len() - v4)
            }
            Self::Socket(_) | Self::Route(_) => (0, 0),
        }
    }
}

/// The way to a database by SSH, into a container, or both; `None` for one that is reached straight.
///
/// # Errors
/// The name of the SSH server, where nobody said what signs in there.
pub(crate) fn way(settings: &Settings) -> Result<Option<Route>, String> {
    let Settings { host, port, ssh, container, .. } = settings;
    match (ssh, container) {
        (Some(address), container) => {
            let gateway = ssh::gateway(address).ok_or_else(|| address.server())?;
            Ok(Some(gateway.route(host, *port).within(container.as_ref())))
        }
        (None, Some(container)) => Ok(Some(Route::into_container(container, host, *port))),
        (None, None) => Ok(None),
    }
}

/// Looks the host up, IPv4 and IPv6. What is behind an SSH server is looked up there.
///
/// # Errors
/// [`ConnectError::UnknownHost`], [`ConnectError::Timeout`] of the resolver, or [`ConnectError::NoGateway`].
pub async fn resolve(settings: &Settings, timeout: Duration) -> Result<Resolved, ConnectError> {
    // Never straight to the host: the same name may be another server here.
    if let Some(route) = way(settings).map_err(|server| ConnectError::NoGateway { server })? {
        return Ok(Resolved::Route(route));
    }
    if let Some(directory) = settings.socket_directory() {
        return Ok(Resolved::Socket(directory.join(format!(".s.PGSQL.{}", settings.port))));
    }
    if let Ok(address) = settings.host.parse::<IpAddr>() {
        return Ok(Resolved::Addresses(vec![SocketAddr::new(address, settings.port)]));
    }
    let host = settings.host.clone();
    let lookup = tokio::net::lookup_host((settings.host.as_str(), settings.port));
    let found: Vec<SocketAddr> = match tokio::time::timeout(timeout, lookup).await {
        Err(_) => return Err(ConnectError::Timeout { host, after: timeout }),
        Ok(Err(source)) => return Err(ConnectError::UnknownHost { host, source }),
        Ok(Ok(found)) => found.collect(),
    };
    if found.is_empty() {
        return Err(ConnectError::UnknownHost { host, source: io::ErrorKind::NotFound.into() });
    }
    Ok(Resolved::Addresses(interleaved(found)))
}

/// One family after the other in turn, beginning with the system's first choice (RFC 8305, section 4).
fn interleaved(mut found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let mut seen = Vec::with_capacity(found.len());
    found.retain(|address| {
        let is_new = !seen.contains(address);
        seen.push(*address);
        is_new
    });
    let first_is_v4 = found.first().is_some_and(SocketAddr::is_ipv4);
    let (preferred, other): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| address.is_ipv4() == first_is_v4);
    let mut other = other.into_iter();
    let mut order = Vec::new();
    for address in preferred {
        order.push(address);
        order.extend(other.next());
    }
    order.extend(other);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns_beginning_with_the_systems_choice() {
        let parse =
            |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let found = parse(&["[::1]:1", "[::2]:1", "[::2]:1", "10.0.0.1:1", "[::3]:1", "10.0.0.2:1"]);
        assert_eq!(interleaved(found), parse(&["[::1]:1", "10.0.0.1:1", "[::2]:1", "10.0.0.2:1", "[::3]:1"]));
    }
}
