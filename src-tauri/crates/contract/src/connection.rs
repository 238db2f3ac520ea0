//! How a Postgres server is reached, and the ladder that tests it.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// TLS modes, with the meaning that libpq gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum TlsModeView {
    /// Never.
    Disable,
    /// Only if the server insists.
    Allow,
    /// If the server offers it.
    Prefer,
    /// Always, without checking who it is.
    Require,
    /// Always; the certificate must come from a trusted authority.
    VerifyCa,
    /// Always; and the certificate must name the host.
    VerifyFull,
}

/// How a server is reached. Holds no password.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// Name, address, or the directory of a socket.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Database.
    pub database: String,
    /// Role.
    pub user: String,
    /// TLS mode.
    pub tls: TlsModeView,
    /// File with the certificate of the authority; absent means the system's.
    pub root_certificate: Option<String>,
    /// The SSH server by way of which the host is reached; absent means straight.
    pub ssh: Option<SshView>,
    /// The container from inside of which host and port are seen, by `docker exec`; on the SSH server or, without one,
    /// on this computer.
    pub container: Option<String>,
}

/// An SSH server, the account there, and how the two prove who they are. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SshView {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Account.
    pub user: String,
    /// File of the private key; absent means a password, an agent, or the usual keys of this account.
    pub key: Option<String>,
    /// The accepted fingerprint of the server's key; absent means what `known_hosts` has.
    pub host_key: Option<String>,
}

/// A pasted connection string.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ParseConnection {
    /// URL or `key=value` pairs; may hold a password.
    pub text: String,
}

/// The fields of a pasted connection string.
#[derive(Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ParsedConnection {
    /// The fields.
    pub connection: ConnectionView,
    /// The password that was in the text, for the form's own field.
    pub password: Option<String>,
}

/// Tests a connection; rungs arrive one by one on the channel.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TestConnection {
    /// How to reach it; absent together with `project` given means as the project has it.
    pub connection: Option<ConnectionView>,
    /// The password; absent means the one in the keychain for `project`.
    pub password: Option<String>,
    /// The passphrase of the SSH account's key, or that account's password; absent means the one in the keychain.
    pub ssh_secret: Option<String>,
    /// The project whose password or connection is to be used.
    pub project: Option<String>,
}

/// Where the database of a project is, as its platform says: claims, of which only the form was checked.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseAddressesView {
    /// A pooler that keeps sessions whole, and answers on IPv4.
    pub session_pooler: Option<ConnectionView>,
    /// The server itself.
    pub direct: Option<ConnectionView>,
    /// What is to be known of them, as sentences.
    pub notes: Vec<String>,
}

/// Result of a climb.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LadderView {
    /// All rungs in order.
    pub rungs: Vec<RungView>,
    /// True when no rung failed.
    pub passed: bool,
    /// Server version, where it was learnt.
    pub server_version: Option<String>,
    /// Size of the database, where it was learnt.
    pub size_bytes: Option<Count>,
}

/// One rung.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RungView {
    /// Stable id: `ssh`, `name`, `connection`, `tls`, `sign_in`, `version`, `rights`, `size`, `clock`, `tools`.
    pub id: String,
    /// Title.
    pub title: String,
    /// How it went.
    pub state: RungState,
    /// What was seen.
    pub message: String,
    /// How long it took.
    pub elapsed_ms: Option<Millis>,
    /// Stable code of a failure or warning.
    pub code: Option<String>,
    /// What to do.
    pub fix: Option<FixView>,
}

/// State of a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RungState {
    /// Well.
    Passed,
    /// Works, with a reservation.
    Warned,
    /// Stopped here.
    Failed,
    /// Not tried, since an earlier one failed.
    Waiting,
}

/// What to do about a rung.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FixView {
    /// The act, in a few words.
    pub title: String,
    /// How.
    pub detail: String,
    /// SQL to run on the server, where that is the fix.
    pub sql: Option<String>,
    /// Another connection to try, where that is the fix.
    pub connection: Option<ConnectionView>,
}
