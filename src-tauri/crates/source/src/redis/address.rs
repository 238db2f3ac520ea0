//! Where a Redis server is.

use std::fmt;

use base::failure::Failure;
use base::secret::Secret;
use serde::{Deserialize, Serialize};

const PORT: u16 = 6379;

/// A Redis server, without its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedisAddress {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether the connection is encrypted.
    #[serde(default)]
    pub tls: bool,
    /// The account, where it is not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The container from inside of which host and port are seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ssh::Container>,
}

impl RedisAddress {
    /// Reads `redis://[user[:password]@]host[:port]`, or `rediss://` for TLS. A password in it is returned apart.
    ///
    /// # Errors
    /// `invalid_request`; the text is never quoted, since it may hold a password.
    pub fn parse(text: &str) -> Result<(Self, Option<Secret>), Failure> {
        let wrong = |what: &str| {
            Failure::invalid(
                format!("the address of the Redis server {what}"),
                "Write it as redis://HOST:6379, or rediss://USER@HOST:6379 where the connection is encrypted.",
            )
        };
        let (scheme, rest) =
            text.trim().split_once("://").ok_or_else(|| wrong("has no redis:// in front"))?;
        let tls = match scheme {
            "redis" => false,
            "rediss" => true,
            _ => return Err(wrong("begins with neither redis:// nor rediss://")),
        };
        let (account, place) = match rest.rsplit_once('@') {
            Some((account, place)) => (Some(account), place),
            None => (None, rest),
        };
        let (place, database) = place.split_once('/').unwrap_or((place, ""));
        if !database.is_empty() && database != "0" {
            return Err(wrong("names one database; all of them are backed up: leave it out"));
        }
        let (host, port) = split_port(place).ok_or_else(|| wrong("has a port that is none"))?;
        if host.is_empty() {
            return Err(wrong("names no host"));
        }
        let decoded = |text: &str| decode(text).ok_or_else(|| wrong("has an account that cannot be read"));
        let (user, password) = match account.map(|account| account.split_once(':').unwrap_or((account, ""))) {
            Some((user, password)) => (decoded(user)?, decoded(password)?),
            None => (String::new(), String::new()),
        };
        let user = (!user.is_empty()).then_some(user);
        let address = Self { host: host.to_owned(), port, tls, user, container: None };
        Ok((address, (!password.is_empty()).then(|| Secret::new(password))))
    }
}

impl RedisAddress {
    /// The same, as it is seen from inside of a container.
    #[must_use]
    pub fn within(self, container: Option<ssh::Container>) -> Self {
        Self { container, ..self }
    }

    /// As it is entered, without a password.
    pub fn url(&self) -> String {
        format!("{}://{self}", if self.tls { "rediss" } else { "redis" })
    }
}

fn split_port(place: &str) -> Option<(&str, u16)> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest {
            "" => Some((host, PORT)),
            rest => Some((host, rest.strip_prefix(':')?.parse().ok()?)),
        };
    }
    match place.rsplit_once(':') {
        Some((host, port)) => Some((host, port.parse().ok().filter(|port| *port != 0)?)),
        None => Some((place, PORT)),
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, tls: _, user, container: _ } = self;
        if let Some(user) = user {
            write!(f, "{user}@")?;
        }
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_its_password_taken_apart() {
        let (address, password) = RedisAddress::parse("redis://:p%40ss@cache.example:6380/0").unwrap();
        assert_eq!(address.to_string(), "cache.example:6380");
        assert_eq!(password.unwrap().expose(), "p@ss");
        let (address, password) = RedisAddress::parse("rediss://backup@[::1]").unwrap();
        assert_eq!((address.to_string(), address.tls), ("backup@[::1]:6379".into(), true));
        assert!(password.is_none());
    }

    #[test]
    fn what_is_no_address_is_refused_and_never_quoted() {
        for text in [
            "cache.example",
            "http://:geheim@x",
            "redis://:geheim@x:99999",
            "redis://:geheim@",
            "redis://:geheim@x/3",
        ] {
            let refused = RedisAddress::parse(text).unwrap_err();
            assert!(!refused.message.contains("geheim"), "{text}: {}", refused.message);
        }
    }
}
