//! Failures of Postgres: reaching it, reading it, loading it, running one of our own.

use tokio_postgres::error::SqlState;

use crate::cluster::ClusterError;
use crate::compare::RowsError;
use crate::connection::{ConnectError, SUPABASE_SESSION_PORT, is_transaction_pooler, project_of_server};
use crate::container::ContainerError;
use crate::dump::{DumpError, DumpFailure, HolderError};
use crate::facts::FactsError;
use crate::fill::LoadError;
use crate::process::ProcessError;
use crate::tools::ToolsError;
use base::Code;
use base::failure::cancelled;
use base::failure::{Failure, Retry};
use base::words::full_text;

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let error = match error {
            ConnectError::Ssh(error) => return error.into(),
            other => other,
        };
        let message = full_text(&error);
        let retry = if error.may_pass() { Retry::Now } else { Retry::AfterFix };
        let (code, hint) = connect_hint(&error);
        Self::new(code, message, other_address(&error).unwrap_or_else(|| hint.to_owned())).retry(retry)
    }
}

/// The address to use instead, where this one tells which that is.
fn other_address(error: &ConnectError) -> Option<String> {
    match error {
        ConnectError::TransactionPooler { host, port, user } if is_transaction_pooler(host, *port) => {
            Some(format!(
                "A dump needs one session from its beginning to its end. Use the session pooler: {host}:{SUPABASE_SESSION_PORT}, \
                 user {user}, same password."
            ))
        }
        ConnectError::Ipv6Only { host, .. } => project_of_server(host).map(|project| {
            format!(
                "Use the project's session pooler, which answers on IPv4: port {SUPABASE_SESSION_PORT}, user postgres.{project}, \
                 same password. Its host is on the project's page at Supabase, under Connect."
            )
        }),
        _ => None,
    }
}

/// A transaction pooler keeps nothing that a run needs.
const SESSION_POOLER: &str =
    "Use the session pooler (on Supabase port 5432 instead of 6543), or the direct address.";

/// Whoever reads a project prepares its way by SSH; that it was not is a mistake of Holdfast.
const NO_GATEWAY: &str = "Start it again. If it stays, copy this report to the developers.";

#[expect(clippy::too_many_lines, reason = "a table")]
fn connect_hint(error: &ConnectError) -> (Code, &'static str) {
    match error {
        ConnectError::UnknownHost { .. } => (
            Code::UnknownHost,
            "Check the host's name for a typing mistake, and the network and VPN of this computer.",
        ),
        ConnectError::NoRoute { .. } => {
            (Code::NoRoute, "Check the network of this computer; a VPN may be needed to reach that host.")
        }
        ConnectError::Ipv6Only { .. } => {
            (Code::NoRouteIpv6, "Use an address that answers on IPv4, such as the provider's session pooler.")
        }
        ConnectError::Refused { .. } => {
            (Code::ConnectionRefused, "Check the port, and that the server runs and listens on this address.")
        }
        ConnectError::NoGateway { .. } => (Code::SshFailed, NO_GATEWAY),
        ConnectError::Ssh(_) => (Code::SshFailed, "Test the connection of the project."),
        ConnectError::NoSocket { .. } => {
            (Code::NoSocket, "Check the socket's directory, and that the server runs.")
        }
        ConnectError::Timeout { .. } => (
            Code::NoAnswer,
            "A firewall may drop the packets. Check the address, the port and the firewall's rules for this computer.",
        ),
        ConnectError::TlsNotOffered { .. } => (
            Code::TlsNotOffered,
            "Turn TLS on at the server; or choose the mode prefer, if plain text is acceptable on this network.",
        ),
        ConnectError::TlsRejected { .. } => (
            Code::TlsRejected,
            "Check that the port is Postgres's own, and that the server's TLS version is 1.2 or newer.",
        ),
        ConnectError::Certificate { .. } => (
            Code::TlsCertificate,
            "Give the file with the certificate of the right authority; do not go below verify-full on a network that you do not control.",
        ),
        ConnectError::RootCertificate { .. } | ConnectError::NoTrustedAuthorities => {
            (Code::TlsNoAuthority, "Choose a PEM file with the certificate of the server's authority.")
        }
        ConnectError::UnusableName { .. } => {
            (Code::TlsName, "Use the name that the server's certificate carries as host.")
        }
        ConnectError::WrongPassword { .. } => (
            Code::WrongPassword,
            "Enter the password of this role again; special characters in a connection string must be percent-encoded.",
        ),
        ConnectError::PasswordMissing { .. } => {
            (Code::PasswordMissing, "Enter the password of this role; it goes to the keychain.")
        }
        ConnectError::UnknownDatabase { .. } => {
            (Code::UnknownDatabase, "Check the name of the database; upper and lower case matter.")
        }
        ConnectError::UnknownRole { .. } => (
            Code::UnknownRole,
            "Check the name of the role; on a pooler it often has the project's id at its end.",
        ),
        ConnectError::NotAdmitted { .. } => (
            Code::NotAdmitted,
            "Let this computer's address and role in with a line in the server's pg_hba.conf, or connect from a place that it admits.",
        ),
        ConnectError::TooManyConnections { .. } => {
            (Code::TooManyConnections, "Wait, or end idle sessions on the server; then try again.")
        }
        ConnectError::StartingUp { .. } => {
            (Code::ServerStarting, "Wait until the server is up, then try again.")
        }
        ConnectError::TransactionPooler { .. } => (Code::TransactionPooler, SESSION_POOLER),
        ConnectError::Server { .. } => {
            (Code::ServerRefused, "Look the code up in the Postgres documentation, “Error Codes”.")
        }
        ConnectError::Dropped { .. } => (
            Code::ConnectionDropped,
            "Check that the port is Postgres's own; a proxy or a firewall may close the connection.",
        ),
    }
}

impl From<ToolsError> for Failure {
    fn from(error: ToolsError) -> Self {
        let code = match error {
            ToolsError::Missing { .. } => Code::ToolsMissing,
            ToolsError::TooOld { .. } => Code::ToolsTooOld,
        };
        Self::new(code, error.to_string(), error.hint())
    }
}

impl From<HolderError> for Failure {
    fn from(error: HolderError) -> Self {
        let message = full_text(&error);
        match error {
            HolderError::Refused { source } if source.code() == Some(&SqlState::QUERY_CANCELED) => Self::new(
                Code::Terminated,
                message,
                "A time limit of the role or the database ended it: take statement_timeout away for this role.",
            ),
            HolderError::Connect { source } => source.into(),
            HolderError::Refused { .. } | HolderError::NoSnapshot => Self::new(
                Code::NoSnapshot,
                message,
                "Connect straight to the server, not through a pooler; then try again.",
            ),
        }
    }
}

impl From<FactsError> for Failure {
    fn from(error: FactsError) -> Self {
        Self::new(
            Code::FactsUnreadable,
            full_text(&error),
            "Check that the role may read the catalogue of the database.",
        )
    }
}

impl From<DumpError> for Failure {
    fn from(error: DumpError) -> Self {
        match error {
            DumpError::Process { source } => source.into(),
            DumpError::There { source } => source.into(),
            DumpError::Cancelled => cancelled(),
            DumpError::Failed { program, failure, stderr, .. } => {
                tracing::warn!(program, %stderr, "the dump failed");
                let (code, hint) = dump_hint(&failure);
                Self::new(code, format!("{program}: {failure}"), hint).retry(Retry::Now)
            }
        }
    }
}

fn dump_hint(failure: &DumpFailure) -> (Code, &'static str) {
    match failure {
        DumpFailure::NoRight { .. } => (
            Code::NoRight,
            "Grant the role the right to read it (pg_read_all_data), or sign in as another role.",
        ),
        DumpFailure::RowSecurity { .. } => (
            Code::RowSecurity,
            "Sign in as a role with BYPASSRLS; otherwise rows would be missing from the backup.",
        ),
        DumpFailure::LockTimeout { .. } => (
            Code::LockTimeout,
            "Another session holds a table, perhaps a migration. Wait for its end, then start again.",
        ),
        DumpFailure::Unreadable { .. } => (
            Code::TableUnreadable,
            "Look at that table on the server: `select` on it fails in the same way. Damaged pages are told in the server's log.",
        ),
        DumpFailure::SnapshotGone | DumpFailure::ServerGone => (
            Code::ServerGone,
            "The server or the network went away in the middle. Start it again; what is already in the vault is used.",
        ),
        DumpFailure::Terminated => {
            (Code::Terminated, "Somebody or a timeout on the server ended the session. Start it again.")
        }
        DumpFailure::ToolTooOld => {
            (Code::ToolsTooOld, "Install client tools of the server's major version or newer.")
        }
        DumpFailure::SignIn => (
            Code::SignInFailed,
            "Test the connection of the project; something changed since it was last used.",
        ),
        DumpFailure::OutputClosed | DumpFailure::Unfamiliar { .. } => {
            (Code::DumpFailed, "Look at the log of the run; nothing is left that looks like a backup.")
        }
    }
}

impl From<ProcessError> for Failure {
    fn from(error: ProcessError) -> Self {
        let message = full_text(&error);
        match error {
            ProcessError::NearEnd { source } => source.into(),
            ProcessError::NoGateway { .. } => Self::new(Code::SshFailed, message, NO_GATEWAY),
            ProcessError::NotThere { .. } | ProcessError::Start { .. } | ProcessError::Wait { .. } => {
                Self::new(
                    Code::ToolFailed,
                    message,
                    "Install the Postgres client tools again, or choose their folder in the settings.",
                )
            }
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let message = full_text(&error);
        match error {
            LoadError::Cancelled => cancelled(),
            LoadError::Connect(source) => source.into(),
            LoadError::Process(source) => source.into(),
            LoadError::Archive(_) | LoadError::Io { .. } | LoadError::NoBlock { .. } => Self::new(
                Code::RestoreReadFailed,
                message,
                "Verify the backup: `holdfast verify BACKUP --level readable`.",
            ),
            LoadError::Tool { .. } | LoadError::Refused { .. } => Self::new(
                Code::RestoreRefused,
                message,
                "The log has the server's words. The incomplete database was dropped; nothing else was touched.",
            ),
            LoadError::NotUnderstood { .. } => Self::new(
                Code::TableNotUnderstood,
                message,
                "Whoever wrote that file did not use pg_dump as it is. Do not load it by hand before somebody has read it.",
            ),
            LoadError::RowCount { .. } => Self::new(
                Code::RestoreRowCount,
                message,
                "Verify the backup, and try again into another new database.",
            ),
        }
    }
}

impl From<RowsError> for Failure {
    fn from(error: RowsError) -> Self {
        let message = full_text(&error);
        match error {
            RowsError::Connect { source } => source.into(),
            RowsError::Cancelled => cancelled(),
            RowsError::Conditions { source } => source.into(),
            RowsError::Settings { .. } => {
                Self::new(Code::CheckFailed, message, "Try again; the data itself was restored.")
            }
        }
    }
}

impl From<ContainerError> for Failure {
    fn from(error: ContainerError) -> Self {
        if matches!(error, ContainerError::Cancelled) {
            return cancelled();
        }
        let message = full_text(&error);
        let (code, hint) = match &error {
            ContainerError::NoProgram => (
                Code::ContainerProgramMissing,
                "Install Docker or Podman, or let the drill be made on this computer or another server.",
            ),
            ContainerError::NotAnImage { .. } => {
                (Code::InvalidRequest, "Give the name of an image, as in supabase/postgres:15.8.1.085.")
            }
            ContainerError::NoImage { .. } => (Code::ImageMissing, "Add --pull, or fetch it yourself."),
            ContainerError::Write { .. } => {
                (Code::ContainerFailed, "Look at the folder's rights and at the disk.")
            }
            ContainerError::Start { .. }
            | ContainerError::Failed { .. }
            | ContainerError::Late { .. }
            | ContainerError::Answer { .. } => (
                Code::ContainerFailed,
                "Start Docker or Podman on this computer, and look whether you may use it: docker version.",
            ),
            ContainerError::NotReady { .. } => {
                (Code::ContainerFailed, "Its image has to be one of a Postgres server, as postgres:17 is.")
            }
            ContainerError::NoSocket { .. } => (
                Code::ContainerFailed,
                "Its engine has to run on this computer: look at DOCKER_HOST and docker context.",
            ),
            ContainerError::Interrupted | ContainerError::Cancelled => (Code::Interrupted, "Start it again."),
        };
        Self::new(code, message, hint)
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        let message = full_text(&error);
        let (code, hint) = match &error {
            ClusterError::NoServerUser => (
                Code::NoServerUser,
                "Run Holdfast as an ordinary user, or install the package postgresql, which brings the user postgres.",
            ),
            ClusterError::Make { .. } | ClusterError::Record { .. } => {
                (Code::ClusterIo, "Check that the profile's folder is writable and has free space.")
            }
            ClusterError::SocketPath { .. } => {
                (Code::SocketPath, "Use a profile with a shorter path: `--home DIR`.")
            }
            ClusterError::NoRandom => (Code::NoRandomNumbers, "Start the computer again."),
            ClusterError::Process { .. } => (Code::ToolFailed, "Install the Postgres server package again."),
            ClusterError::Initdb { .. } | ClusterError::NotReady { .. } | ClusterError::Ended { .. } => (
                Code::ClusterFailed,
                "Check free space and memory; the end of the server's log is in the log of Holdfast.",
            ),
            ClusterError::Wall { .. } => (
                Code::WallFailed,
                "Run Holdfast outside of other sandboxes; `holdfast doctor` says what this system can do.",
            ),
            ClusterError::NotStopped { .. } | ClusterError::Remove { .. } => {
                (Code::ClusterNotRemoved, "Stop the server that uses that folder, then remove it again.")
            }
            ClusterError::NotACluster { .. } => {
                (Code::ClusterGone, "It was removed outside Holdfast; remove it from the list.")
            }
            ClusterError::Interrupted => (Code::Interrupted, "Start it again."),
        };
        Self::new(code, message, hint)
    }
}

/// What the server answered to a statement of ours.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
pub fn refused(error: tokio_postgres::Error) -> Failure {
    let message = error.as_db_error().map_or_else(|| full_text(&error), |db| db.message().to_owned());
    Failure::new(Code::ServerRefused, message, "Look at the log; then try again.").retry(Retry::Now)
}
