//! Why a server could not be reached, told apart finely enough to say what to do about it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use camino::Utf8PathBuf;
use ssh::SshError;
use tokio_postgres::error::{DbError, SqlState};

use super::settings::Settings;

/// Why there is no session. No variant holds a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name has no address.
    #[error("no address is known for {host}")]
    UnknownHost {
        /// The name that was asked for.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// Addresses exist, and this network leads to none of them.
    #[error("no route to {host}")]
    NoRoute {
        /// The host.
        host: String,
        /// What the last attempt met.
        source: io::Error,
    },
    /// All addresses are IPv6 ones, and no way leads from here over IPv6.
    #[error("{host} has an IPv6 address alone, and this computer has no IPv6")]
    Ipv6Only {
        /// The host.
        host: String,
        /// What the last attempt met.
        source: io::Error,
    },
    /// Nothing listens on the port.
    #[error("{address} refuses connections")]
    Refused {
        /// The address that answered with a refusal.
        address: SocketAddr,
    },
    /// The directory has no socket of a server, or nobody listens on it.
    #[error("no server listens on {path}")]
    NoSocket {
        /// The socket's path.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is reached by way of an SSH server, and nothing on the way there worked.
    #[error(transparent)]
    Ssh(SshError),
    /// It is reached by way of an SSH server, and nobody said what signs in there.
    #[error("nothing is known that signs in to the SSH server {server}")]
    NoGateway {
        /// The SSH server.
        server: String,
    },
    /// No answer in time.
    #[error("{host} did not answer within {} s", .after.as_secs())]
    Timeout {
        /// The host.
        host: String,
        /// The limit.
        after: Duration,
    },
    /// TLS is demanded, and the server has none.
    #[error("{host} does not offer TLS")]
    TlsNotOffered {
        /// The host.
        host: String,
    },
    /// The handshake failed before a certificate could be judged.
    #[error("the TLS handshake with {host} failed")]
    TlsRejected {
        /// The host.
        host: String,
        /// What rustls, or the network, said.
        source: io::Error,
    },
    /// The certificate was seen and refused.
    #[error("the certificate of {host} {problem}")]
    Certificate {
        /// The host.
        host: String,
        /// What is wrong with it.
        problem: CertificateProblem,
        /// What rustls said.
        source: io::Error,
    },
    /// The file of trusted authorities cannot be used.
    #[error("cannot read certificates from {path}")]
    RootCertificate {
        /// The PEM file.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// This computer has no list of trusted authorities.
    #[error("this computer has no list of trusted certificate authorities")]
    NoTrustedAuthorities,
    /// The host cannot be written in a certificate.
    #[error("{host} is not a name that a certificate can carry")]
    UnusableName {
        /// The host.
        host: String,
    },
    /// The server refused the password.
    #[error("the password of {user} is wrong")]
    WrongPassword {
        /// The role.
        user: String,
    },
    /// The server asks for a password, and none is known.
    #[error("the server asks for the password of {user}")]
    PasswordMissing {
        /// The role.
        user: String,
    },
    /// There is no such database.
    #[error("the server has no database {database}")]
    UnknownDatabase {
        /// The database.
        database: String,
    },
    /// There is no such role.
    #[error("the server has no role {user}")]
    UnknownRole {
        /// The role.
        user: String,
    },
    /// `pg_hba.conf` has no entry that lets this role in from here.
    #[error("the server does not let {user} sign in to {database} from here: {message}")]
    NotAdmitted {
        /// The role.
        user: String,
        /// The database.
        database: String,
        /// The server's words.
        message: String,
    },
    /// All connection slots are taken.
    #[error("the server has no free connection: {message}")]
    TooManyConnections {
        /// The server's words.
        message: String,
    },
    /// The server starts, recovers or shuts down.
    #[error("the server does not accept connections yet: {message}")]
    StartingUp {
        /// The server's words.
        message: String,
    },
    /// A pooler that gives each transaction another server connection: no session there is one.
    #[error("{host}:{port} is a transaction pooler, where no session is kept whole")]
    TransactionPooler {
        /// The pooler.
        host: String,
        /// Its port.
        port: u16,
        /// The role, which is the same one at the address to use instead.
        user: String,
    },
    /// Another error of the server.
    #[error("the server said {sqlstate}: {message}")]
    Server {
        /// Five characters (Postgres docs, "Error Codes").
        sqlstate: String,
        /// The server's words.
        message: String,
    },
    /// The peer closed the connection, or does not speak the protocol.
    #[error("the connection to {host} broke while signing in")]
    Dropped {
        /// The host.
        host: String,
        /// What happened.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateProblem {
    /// Its authority is not trusted here; self-signed ones among them.
    UnknownAuthority,
    /// It is for another name.
    OtherName,
    /// Its time has passed.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// Its authority took it back.
    Revoked,
    /// It cannot be read, or is not meant for servers.
    Unusable,
}

impl std::fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnknownAuthority => "comes from an authority that is not trusted here",
            Self::OtherName => "is for another name",
            Self::Expired => "has expired",
            Self::NotYetValid => "is not valid yet",
            Self::Revoked => "was revoked",
            Self::Unusable => "cannot be used",
        })
    }
}

impl ConnectError {
    /// At this address is a transaction pooler.
    pub(super) fn transaction_pooler(settings: &Settings) -> Self {
        let Settings { host, port, user, .. } = settings;
        Self::TransactionPooler { host: host.clone(), port: *port, user: user.clone() }
    }

    /// True where a later attempt with the same settings may succeed.
    pub fn may_pass(&self) -> bool {
        if let Self::Ssh(error) = self {
            return error.may_pass();
        }
        matches!(
            self,
            Self::NoRoute { .. }
                | Self::Refused { .. }
                | Self::Timeout { .. }
                | Self::TooManyConnections { .. }
                | Self::StartingUp { .. }
                | Self::Dropped { .. }
        )
    }

    /// Reads what the server or the client said while signing in.
    pub(crate) fn of_sign_in(error: tokio_postgres::Error, settings: &Settings) -> Self {
        if let Some(refusal) = error.as_db_error() {
            return Self::of_server(refusal, settings);
        }
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        // The crate has no kind for it; the text is its own constant, not the server's.
        if cause.as_deref() == Some("password missing") {
            return Self::PasswordMissing { user: settings.user.clone() };
        }
        Self::Dropped { host: settings.host.clone(), source: Box::new(error) }
    }

    fn of_server(refusal: &DbError, settings: &Settings) -> Self {
        let message = refusal.message().to_owned();
        let user = settings.user.clone();
        let database = settings.database.clone();
        let code = refusal.code();
        // A routine's name is not translated, as messages are.
        let routine = refusal.routine().unwrap_or_default();
        if *code == SqlState::INVALID_PASSWORD {
            Self::WrongPassword { user }
        } else if *code == SqlState::INVALID_CATALOG_NAME {
            Self::UnknownDatabase { database }
        } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
            if routine == "InitializeSessionUserId" {
                Self::UnknownRole { user }
            } else {
                Self::NotAdmitted { user, database, message }
            }
        } else if *code == SqlState::TOO_MANY_CONNECTIONS {
            Self::TooManyConnections { message }
        } else if *code == SqlState::CANNOT_CONNECT_NOW {
            Self::StartingUp { message }
        } else if message.contains("Tenant or user not found") {
            // Supabase's pooler says this, as an internal error, of a role it does not know.
            Self::UnknownRole { user }
        } else {
            Self::Server { sqlstate: code.code().to_owned(), message }
        }
    }
}
