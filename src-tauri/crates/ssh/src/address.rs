//! Where an SSH server is, and who signs in there.

use std::fmt;
use std::str::FromStr;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// The port of SSH (RFC 4253, section 4.1).
const PORT: u16 = 22;

/// An SSH server, the account there, and how the two prove who they are. Holds no secret, so it may be stored and
/// shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Address {
    /// A host name or an IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The account.
    pub user: String,
    /// File of the private key. Without one: a password where one is known, else the agent, else the keys that `ssh`
    /// itself would try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Utf8PathBuf>,
    /// The fingerprint of the server's key that a person accepted, as `ssh-keygen -l` prints it. Without one the key
    /// has to be in the user's `known_hosts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
}

impl Address {
    /// Whether both are the same account of the same server, however each proves who it is.
    pub fn is_same_account(&self, other: &Self) -> bool {
        (&self.host, self.port, &self.user) == (&other.host, other.port, &other.user)
    }

    /// The same, believed by this fingerprint.
    #[must_use]
    pub fn with_host_key(&self, fingerprint: impl Into<String>) -> Self {
        Self { host_key: Some(fingerprint.into()), ..self.clone() }
    }

    /// The host and, where it is another one than SSH's, the port.
    pub fn server(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == PORT { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.user, self.server())
    }
}

/// Why a text is no address of an SSH server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nobody is named who signs in.
    #[error("{text:?} does not say who signs in")]
    NoUser {
        /// The text.
        text: String,
    },
    /// There is no host in it, or one that nothing could resolve.
    #[error("{text:?} has no host")]
    NoHost {
        /// The text.
        text: String,
    },
    /// What follows the colon is no port.
    #[error("{text:?} has no port between 1 and 65535 after its colon")]
    Port {
        /// The text.
        text: String,
    },
    /// A password or a path is no part of it.
    #[error("{text:?} is more than an account and a server")]
    More {
        /// The text, without what may be a password.
        text: String,
    },
}

impl FromStr for Address {
    type Err = AddressError;

    /// Reads `user@host`, `user@host:port` or `user@[address]:port`, with or without `ssh://` before it.
    fn from_str(given: &str) -> Result<Self, AddressError> {
        let text = given.trim();
        let text = text.strip_prefix("ssh://").unwrap_or(text).trim_end_matches('/');
        let owned = || text.to_owned();
        let (user, server) = text.rsplit_once('@').ok_or_else(|| AddressError::NoUser { text: owned() })?;
        if user.is_empty() {
            return Err(AddressError::NoUser { text: owned() });
        }
        // A password in it would be stored in the clear, and would end up in the shell's history.
        if user.contains([':', '/', '@']) || server.contains('/') {
            let user = user.split(':').next().unwrap_or_default();
            return Err(AddressError::More { text: format!("{user}…@{server}") });
        }
        let (host, port) = match server.strip_prefix('[') {
            Some(rest) => {
                let (host, port) =
                    rest.split_once(']').ok_or_else(|| AddressError::NoHost { text: owned() })?;
                (host, port.strip_prefix(':').or_else(|| (!port.is_empty()).then_some(port)))
            }
            // More than one colon is an address of IPv6 without brackets.
            None if server.matches(':').count() > 1 => (server, None),
            None => match server.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (server, None),
            },
        };
        let is_odd = |c: char| c.is_whitespace() || c.is_control();
        if host.is_empty() || host.starts_with('-') || text.contains(is_odd) {
            return Err(AddressError::NoHost { text: owned() });
        }
        let port = match port.map(str::parse) {
            None => PORT,
            Some(Ok(port @ 1..)) => port,
            Some(_) => return Err(AddressError::Port { text: owned() }),
        };
        Ok(Self { host: host.to_owned(), port, user: user.to_owned(), key: None, host_key: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_and_a_server_read_back_as_they_are_shown() {
        for text in ["me@db.example", "me@db.example:2222", "me@[2001:db8::1]:2222", "me@[2001:db8::1]"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("ssh://me@db.example/".parse::<Address>().unwrap().port, 22);
        assert_eq!("me@2001:db8::1".parse::<Address>().unwrap().host, "2001:db8::1");
    }

    #[test]
    fn what_is_no_account_and_server_is_told_apart_and_a_password_is_not_repeated() {
        let error = |text: &str| text.parse::<Address>().unwrap_err();
        assert!(matches!(error("db.example"), AddressError::NoUser { .. }));
        assert!(matches!(error("@db.example"), AddressError::NoUser { .. }));
        assert!(matches!(error("me@"), AddressError::NoHost { .. }));
        assert!(matches!(error("me@-oProxyCommand=x"), AddressError::NoHost { .. }));
        assert!(matches!(error("me@db example"), AddressError::NoHost { .. }));
        assert!(matches!(error("me@[::1"), AddressError::NoHost { .. }));
        for port in ["0", "65536", "x", ""] {
            assert!(matches!(error(&format!("me@db.example:{port}")), AddressError::Port { .. }), "{port}");
        }
        let password = error("me:hunter2@db.example");
        assert!(matches!(password, AddressError::More { .. }) && !password.to_string().contains("hunter2"));
        assert!(matches!(error("me@db.example/etc"), AddressError::More { .. }));
    }
}
