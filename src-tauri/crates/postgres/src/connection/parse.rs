//! From a pasted connection string to settings and a password.
//!
//! Understands what libpq does (URLs and `key=value`), and the habits of other tools (`ssl=true`).
//! No error repeats the text, since a password may stand anywhere in it.

use camino::Utf8PathBuf;

use super::settings::{Settings, TlsMode};
use super::{keyword, uri};
use base::secret::Secret;

/// libpq's port when none is given.
const DEFAULT_PORT: u16 = 5432;
/// Longer texts are not connection strings.
const TEXT_BYTES_MAX: usize = 8 * 1024;

/// What a connection string said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Everything but the password.
    pub settings: Settings,
    /// The password, if the text held one.
    pub password: Option<Secret>,
    /// Options of the text that Holdfast has no use for, by name.
    pub ignored: Vec<String>,
}

/// What stands in for missing parts. Passed in, so that parsing is pure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// Host, or socket directory, when none is named.
    pub host: String,
    /// Role when none is named; the database is named after the role.
    pub user: String,
}

impl Defaults {
    /// libpq's defaults on this machine: the local socket, and the name of the signed-in user.
    pub fn of_this_machine() -> Self {
        let host = if cfg!(windows) {
            "localhost"
        } else if cfg!(target_os = "linux") {
            "/var/run/postgresql"
        } else {
            "/tmp"
        };
        let user = ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
            .unwrap_or_else(|| "postgres".to_owned());
        Self { host: host.to_owned(), user }
    }
}

/// Why a text is not a connection string. Never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing was given.
    #[error("the connection string is empty")]
    Empty,
    /// Longer than any connection string.
    #[error("the connection string is longer than {TEXT_BYTES_MAX} bytes")]
    TooLong,
    /// Neither a URL nor `key=value`.
    #[error("not a connection string: expected postgresql://… or key=value pairs")]
    Unrecognised,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("a percent sign in the {part} is not followed by two hexadecimal digits")]
    BadEscape {
        /// The part of the URL.
        part: &'static str,
    },
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    BadPort,
    /// An IPv6 address without its closing bracket.
    #[error("an IPv6 address must end in a bracket")]
    MissingBracket,
    /// Several hosts: a backup has one source.
    #[error("several hosts are named, and a backup has one source")]
    SeveralHosts,
    /// A password with `/`, `?` or `#` in it that was not escaped.
    #[error("the password holds a character that must be percent-encoded in a URL")]
    PasswordNeedsEncoding,
    /// `key` without `=value`.
    #[error("a keyword has no value")]
    MissingValue,
    /// A quote that does not end.
    #[error("a quoted value does not end")]
    UnterminatedQuote,
    /// An `sslmode` that libpq does not know.
    #[error("unknown sslmode {value:?}")]
    UnknownTlsMode {
        /// The word.
        value: String,
    },
}

/// Reads a URL or `key=value` text, with this machine's defaults for what is missing.
///
/// # Errors
/// [`ParseError`] names the part that cannot be read, without repeating it.
pub fn parse(text: &str) -> Result<Parsed, ParseError> {
    parse_with(text, &Defaults::of_this_machine())
}

/// Reads a URL or `key=value` text.
///
/// # Errors
/// [`ParseError`] names the part that cannot be read, without repeating it.
pub fn parse_with(text: &str, defaults: &Defaults) -> Result<Parsed, ParseError> {
    let text = unwrap_command(text);
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(ParseError::TooLong);
    }
    // A value with a zero byte would end there on the wire, and in every program that is given it.
    if text.contains('\0') {
        return Err(ParseError::Unrecognised);
    }
    let pairs = match uri::strip_scheme(text) {
        Some(rest) => uri::pairs(rest)?,
        None if text.contains("://") || !text.contains('=') => return Err(ParseError::Unrecognised),
        None => keyword::pairs(text)?,
    };
    Draft::of(pairs)?.finish(defaults)
}

/// Providers show `psql "postgresql://…"` or `DATABASE_URL="…"` to copy: what is inside counts.
fn unwrap_command(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("psql ").map_or(text, str::trim);
    let text = match text.split_once('=') {
        Some((name, rest)) if is_variable(name) && uri::strip_scheme(unquote(rest)).is_some() => rest,
        _ => text,
    };
    unquote(text)
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn unquote(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.trim();
        }
    }
    text
}

/// Keyword and value, in the order of the text; the last one wins (libpq's rule).
pub(super) type Pairs = Vec<(String, String)>;

#[derive(Default)]
struct Draft {
    host: Option<String>,
    address: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
    tls: Option<TlsMode>,
    root_certificate: Option<Utf8PathBuf>,
    ignored: Vec<String>,
}

impl Draft {
    fn of(pairs: Pairs) -> Result<Self, ParseError> {
        let mut draft = Self::default();
        for (key, value) in pairs {
            if value.is_empty() && key != "password" {
                continue;
            }
            draft.take(key, value)?;
        }
        Ok(draft)
    }

    fn take(&mut self, key: String, value: String) -> Result<(), ParseError> {
        match key.as_str() {
            "host" => self.host = Some(single(value)?),
            "hostaddr" => self.address = Some(single(value)?),
            "port" => self.port = Some(port(&value)?),
            "dbname" => self.database = Some(value),
            "user" => self.user = Some(value),
            // Supabase shows a placeholder where the password belongs.
            "password" => {
                self.password = (!value.is_empty() && value != "[YOUR-PASSWORD]").then(|| Secret::new(value));
            }
            "sslmode" => self.tls = Some(value.parse()?),
            // JDBC's and node's word.
            "ssl" if value == "true" || value == "1" => {
                self.tls.get_or_insert(TlsMode::Require);
            }
            // libpq 16: the authorities of the system, which are ours by default; it implies a full check.
            "sslrootcert" if value == "system" => self.tls = Some(TlsMode::VerifyFull),
            "sslrootcert" => self.root_certificate = Some(Utf8PathBuf::from(value)),
            _ => self.ignored.push(key),
        }
        Ok(())
    }

    fn finish(self, defaults: &Defaults) -> Result<Parsed, ParseError> {
        let user = self.user.unwrap_or_else(|| defaults.user.clone());
        let host = self.host.or(self.address).unwrap_or_else(|| defaults.host.clone());
        if host.contains(['\0', '\n']) || user.contains('\0') {
            return Err(ParseError::Unrecognised);
        }
        let settings = Settings {
            host,
            port: self.port.unwrap_or(DEFAULT_PORT),
            database: self.database.unwrap_or_else(|| user.clone()),
            user,
            tls: self.tls.unwrap_or_default(),
            root_certificate: self.root_certificate,
            ssh: None,
            container: None,
        };
        Ok(Parsed { settings, password: self.password, ignored: self.ignored })
    }
}

fn single(host: String) -> Result<String, ParseError> {
    if host.contains(',') { Err(ParseError::SeveralHosts) } else { Ok(host) }
}

fn port(text: &str) -> Result<u16, ParseError> {
    if text.contains(',') {
        return Err(ParseError::SeveralHosts);
    }
    text.parse().ok().filter(|port| *port != 0).ok_or(ParseError::BadPort)
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
