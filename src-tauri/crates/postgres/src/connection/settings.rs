//! Where a database is and how to speak to it; everything but the password.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::parse::ParseError;

/// What may stand unescaped in a part of a URL (RFC 3986, "unreserved").
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How much is demanded of TLS. The meanings are libpq's (`sslmode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Never encrypted.
    Disable,
    /// Plain, unless the server insists on TLS.
    Allow,
    /// TLS when the server offers it, plain otherwise; the certificate is not checked.
    #[default]
    Prefer,
    /// TLS or nothing. The certificate is checked only when a root certificate is given.
    Require,
    /// TLS, and the certificate comes from a trusted authority.
    VerifyCa,
    /// TLS, a trusted authority, and the certificate carries the host's name.
    VerifyFull,
}

impl TlsMode {
    /// libpq's word for the mode, as in `sslmode=verify-full`.
    pub fn as_libpq(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    /// True where an unencrypted connection is an error.
    pub fn is_demanded(self) -> bool {
        self >= Self::Require
    }
}

impl fmt::Display for TlsMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_libpq())
    }
}

impl FromStr for TlsMode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "disable" => Ok(Self::Disable),
            "allow" => Ok(Self::Allow),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            _ => Err(ParseError::UnknownTlsMode { value: text.to_owned() }),
        }
    }
}

/// A Postgres database and the role to sign in as. Holds no secret, so it may be stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Settings {
    /// A host name, an IP address, or the absolute directory of a Unix socket.
    pub host: String,
    /// TCP port, and the suffix of the socket's file name.
    pub port: u16,
    /// Name of the database.
    pub database: String,
    /// Role to sign in as.
    pub user: String,
    /// What is demanded of TLS.
    pub tls: TlsMode,
    /// PEM file of the authorities to trust, instead of those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_certificate: Option<Utf8PathBuf>,
    /// The SSH server by way of which the host is reached; host and port are as they are seen from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<ssh::Address>,
    /// The container that the host is reached from inside of, on the SSH server or, without one, on this computer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ssh::Container>,
}

impl Settings {
    /// The directory of the Unix socket, when `host` is one.
    pub fn socket_directory(&self) -> Option<&Utf8Path> {
        // `/` marks a socket on every system, a drive letter only on Windows (libpq's rule).
        let path = Utf8Path::new(&self.host);
        (self.host.starts_with('/') || path.is_absolute()).then_some(path)
    }

    /// The same server and role, another database.
    #[must_use]
    pub fn with_database(&self, database: impl Into<String>) -> Self {
        Self { database: database.into(), ..self.clone() }
    }

    /// The same database, from where the way by SSH begins on this computer.
    pub(crate) fn at_near_end(&self, near: SocketAddr) -> Self {
        Self { host: near.ip().to_string(), port: near.port(), ssh: None, container: None, ..self.clone() }
    }

    /// Where the server is, in a sentence: its host, or that it is on this computer.
    pub fn host_words(&self) -> Cow<'_, str> {
        match (&self.ssh, &self.container) {
            (ssh, Some(container)) => {
                let host = (!is_loopback(&self.host)).then(|| format!("{} by way of ", self.host));
                let of = ssh.as_ref().map_or_else(|| "this computer".to_owned(), ssh::Address::server);
                format!("{}the container {container} on {of}", host.unwrap_or_default()).into()
            }
            (Some(ssh), None) if is_loopback(&self.host) => ssh.server().into(),
            (Some(ssh), None) => format!("{} by way of {}", self.host, ssh.server()).into(),
            (None, None) if self.socket_directory().is_some() => "a server on this computer".into(),
            (None, None) => self.host.as_str().into(),
        }
    }

    /// The host and its port, in a sentence.
    pub fn place(&self) -> String {
        let Self { host, port, .. } = self;
        let within = self.container.as_ref().map(|container| format!(" in the container {container}"));
        let by = self.ssh.as_ref().map(|ssh| format!(" by way of {}", ssh.server()));
        format!("{host}:{port}{}{}", within.unwrap_or_default(), by.unwrap_or_default())
    }

    /// The host on which the server is, as far as that is known: `localhost` is the SSH server's own name for itself.
    pub fn machine(&self) -> &str {
        match &self.ssh {
            Some(ssh) if is_loopback(&self.host) => &ssh.host,
            _ => &self.host,
        }
    }

    /// Whether what is sent to the server leaves this computer by no network.
    pub fn is_on_this_computer(&self) -> bool {
        self.ssh.is_none() && (self.socket_directory().is_some() || is_loopback(&self.host))
    }

    /// Whether everything on the way is encrypted by SSH: beyond its server nothing leaves it.
    pub fn is_within_ssh(&self) -> bool {
        self.ssh.is_some() && is_loopback(&self.host)
    }

    /// Whether it is reached by a way that begins at a port of this computer: by SSH, or into a container.
    pub fn is_by_a_way(&self) -> bool {
        self.ssh.is_some() || self.container.is_some()
    }

    /// A URL for people, logs and the equivalent command line. It never holds a password.
    pub fn redacted_url(&self) -> String {
        let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let host = match self.socket_directory() {
            Some(directory) => escape(directory.as_str()),
            // An address of IPv6, which may name an interface behind a percent sign.
            None if self.host.contains(':') => format!("[{}]", escape(&self.host).replace("%3A", ":")),
            None => escape(&self.host),
        };
        let mut url =
            format!("postgresql://{}@{host}:{}/{}", escape(&self.user), self.port, escape(&self.database));
        // Writing to a String cannot fail.
        let _ = write!(url, "?sslmode={}", self.tls);
        if let Some(path) = &self.root_certificate {
            let _ = write!(url, "&sslrootcert={}", escape(path.as_str()));
        }
        url
    }
}

/// Whether a host is the computer itself.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_ordered_by_what_they_demand() {
        assert!(TlsMode::Disable < TlsMode::Allow && TlsMode::Require < TlsMode::VerifyFull);
        assert!(!TlsMode::Prefer.is_demanded());
        assert!(TlsMode::Require.is_demanded() && TlsMode::VerifyCa.is_demanded());
    }

    #[test]
    fn every_mode_reads_back_from_libpqs_word() {
        for mode in [
            TlsMode::Disable,
            TlsMode::Allow,
            TlsMode::Prefer,
            TlsMode::Require,
            TlsMode::VerifyCa,
            TlsMode::VerifyFull,
        ] {
            assert_eq!(mode.as_libpq().parse::<TlsMode>().unwrap(), mode);
        }
    }

    #[test]
    fn an_address_with_an_interface_reads_back_from_its_url() {
        let text = "postgresql://me@[fe80::1%25eth0]:5433/shop?sslmode=prefer";
        let settings = super::super::parse(text).unwrap().settings;
        assert_eq!(settings.host, "fe80::1%eth0");
        assert_eq!(settings.redacted_url(), text);
    }

    #[test]
    fn settings_are_stored_in_snake_case_without_a_password() {
        let settings = Settings {
            host: "db.example".into(),
            port: 5432,
            database: "shop".into(),
            user: "reader".into(),
            tls: TlsMode::VerifyFull,
            root_certificate: None,
            ssh: None,
            container: None,
        };
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(
            json,
            r#"{"host":"db.example","port":5432,"database":"shop","user":"reader","tls":"verify_full"}"#
        );
    }
}
