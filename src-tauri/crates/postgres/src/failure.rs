//! Failures of Postgres: reaching it, reading it, loading it, running one of our own.

use tokio_postgres::error::SqlState;

use crate::cluster::ClusterError;
use crate::compare::RowsError;
use crate::connection::ConnectError;
use crate::dump::{DumpError, DumpFailure, HolderError};
use crate::facts::FactsError;
use crate::fill::LoadError;
use crate::process::ProcessError;
use crate::tools::ToolsError;
use base::failure::cancelled;
use base::failure::{Failure, Retry};
use base::words::full_text;

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let message = full_text(&error);
        let retry = if error.may_pass() { Retry::Now } else { Retry::AfterFix };
        let (code, hint) = connect_hint(&error);
        Self::new(code, message, hint).retry(retry)
    }
}

/// A transaction pooler keeps nothing that a run needs.
const SESSION_POOLER: &str =
    "Use the session pooler (on Supabase port 5432 instead of 6543), or the direct address.";

fn connect_hint(error: &ConnectError) -> (&'static str, &'static str) {
    match error {
        ConnectError::UnknownHost { .. } => (
            "unknown_host",
            "Check the host's name for a typing mistake, and the network and VPN of this computer.",
        ),
        ConnectError::NoRoute { .. } => {
            ("no_route", "Check the network of this computer; a VPN may be needed to reach that host.")
        }
        ConnectError::Ipv6Only { .. } => {
            ("no_route_ipv6", "Use an address that answers on IPv4, such as the provider's session pooler.")
        }
        ConnectError::Refused { .. } => {
            ("connection_refused", "Check the port, and that the server runs and listens on this address.")
        }
        ConnectError::NoSocket { .. } => {
            ("no_socket", "Check the socket's directory, and that the server runs.")
        }
        ConnectError::Timeout { .. } => (
            "no_answer",
            "A firewall may drop the packets. Check the address, the port and the firewall's rules for this computer.",
        ),
        ConnectError::TlsNotOffered { .. } => (
            "tls_not_offered",
            "Turn TLS on at the server; or choose the mode prefer, if plain text is acceptable on this network.",
        ),
        ConnectError::TlsRejected { .. } => (
            "tls_rejected",
            "Check that the port is Postgres's own, and that the server's TLS version is 1.2 or newer.",
        ),
        ConnectError::Certificate { .. } => (
            "tls_certificate",
            "Give the file with the certificate of the right authority; do not go below verify-full on a network that you do not control.",
        ),
        ConnectError::RootCertificate { .. } | ConnectError::NoTrustedAuthorities => {
            ("tls_no_authority", "Choose a PEM file with the certificate of the server's authority.")
        }
        ConnectError::UnusableName { .. } => {
            ("tls_name", "Use the name that the server's certificate carries as host.")
        }
        signing_in => sign_in_hint(signing_in),
    }
}

/// Hints for what happens once the server answers.
fn sign_in_hint(error: &ConnectError) -> (&'static str, &'static str) {
    match error {
        ConnectError::WrongPassword { .. } => (
            "wrong_password",
            "Enter the password of this role again; special characters in a connection string must be percent-encoded.",
        ),
        ConnectError::PasswordMissing { .. } => {
            ("password_missing", "Enter the password of this role; it goes to the keychain.")
        }
        ConnectError::UnknownDatabase { .. } => {
            ("unknown_database", "Check the name of the database; upper and lower case matter.")
        }
        ConnectError::UnknownRole { .. } => (
            "unknown_role",
            "Check the name of the role; on a pooler it often has the project's id at its end.",
        ),
        ConnectError::NotAdmitted { .. } => (
            "not_admitted",
            "Let this computer's address and role in with a line in the server's pg_hba.conf, or connect from a place that it admits.",
        ),
        ConnectError::TooManyConnections { .. } => {
            ("too_many_connections", "Wait, or end idle sessions on the server; then try again.")
        }
        ConnectError::StartingUp { .. } => {
            ("server_starting", "Wait until the server is up, then try again.")
        }
        ConnectError::TransactionPooler { .. } => ("transaction_pooler", SESSION_POOLER),
        ConnectError::Server { .. } => {
            ("server_refused", "Look the code up in the Postgres documentation, “Error Codes”.")
        }
        ConnectError::Dropped { .. } => (
            "connection_dropped",
            "Check that the port is Postgres's own; a proxy or a firewall may close the connection.",
        ),
        ConnectError::UnknownHost { .. }
        | ConnectError::NoRoute { .. }
        | ConnectError::Ipv6Only { .. }
        | ConnectError::Refused { .. }
        | ConnectError::NoSocket { .. }
        | ConnectError::Timeout { .. }
        | ConnectError::TlsNotOffered { .. }
        | ConnectError::TlsRejected { .. }
        | ConnectError::Certificate { .. }
        | ConnectError::RootCertificate { .. }
        | ConnectError::NoTrustedAuthorities
        | ConnectError::UnusableName { .. } => ("connection_failed", "Test the connection again."),
    }
}

impl From<ToolsError> for Failure {
    fn from(error: ToolsError) -> Self {
        let code = match error {
            ToolsError::Missing { .. } => "tools_missing",
            ToolsError::TooOld { .. } => "tools_too_old",
        };
        Self::new(code, error.to_string(), error.hint())
    }
}

impl From<HolderError> for Failure {
    fn from(error: HolderError) -> Self {
        let (message, hint) = (full_text(&error), error.hint());
        match error {
            HolderError::Refused { source } if source.code() == Some(&SqlState::QUERY_CANCELED) => Self::new(
                "terminated",
                message,
                "A time limit of the role or the database ended it: take statement_timeout away for this role.",
            ),
            HolderError::Connect { source } => source.into(),
            HolderError::TransactionPooler { .. } => Self::new(
                "transaction_pooler",
                message,
                hint.unwrap_or("Use the session pooler, or the direct address."),
            ),
            HolderError::Refused { .. } | HolderError::NoSnapshot => Self::new(
                "no_snapshot",
                message,
                "Connect straight to the server, not through a pooler; then try again.",
            ),
        }
    }
}

impl From<FactsError> for Failure {
    fn from(error: FactsError) -> Self {
        Self::new(
            "facts_unreadable",
            full_text(&error),
            "Check that the role may read the catalogue of the database.",
        )
        .retry(Retry::Now)
    }
}

impl From<DumpError> for Failure {
    fn from(error: DumpError) -> Self {
        match error {
            DumpError::Process { source } => source.into(),
            DumpError::Cancelled => cancelled(),
            DumpError::Failed { program, failure, stderr, .. } => {
                tracing::warn!(program, %stderr, "the dump failed");
                let (code, hint) = dump_hint(&failure);
                Self::new(code, format!("{program}: {failure}"), hint).retry(Retry::Now)
            }
        }
    }
}

fn dump_hint(failure: &DumpFailure) -> (&'static str, &'static str) {
    match failure {
        DumpFailure::NoRight { .. } => (
            "no_right",
            "Grant the role the right to read it (pg_read_all_data), or sign in as another role.",
        ),
        DumpFailure::RowSecurity { .. } => (
            "row_security",
            "Sign in as a role with BYPASSRLS; otherwise rows would be missing from the backup.",
        ),
        DumpFailure::LockTimeout { .. } => (
            "lock_timeout",
            "Another session holds a table, perhaps a migration. Wait for its end, then start again.",
        ),
        DumpFailure::Unreadable { .. } => (
            "table_unreadable",
            "Look at that table on the server: `select` on it fails in the same way. Damaged pages are told in the server's log.",
        ),
        DumpFailure::SnapshotGone | DumpFailure::ServerGone => (
            "server_gone",
            "The server or the network went away in the middle. Start it again; what is already in the vault is used.",
        ),
        DumpFailure::Terminated => {
            ("terminated", "Somebody or a timeout on the server ended the session. Start it again.")
        }
        DumpFailure::ToolTooOld => {
            ("tools_too_old", "Install client tools of the server's major version or newer.")
        }
        DumpFailure::SignIn => (
            "sign_in_failed",
            "Test the connection of the project; something changed since it was last used.",
        ),
        DumpFailure::OutputClosed | DumpFailure::Unfamiliar { .. } => {
            ("dump_failed", "Look at the log of the run; nothing is left that looks like a backup.")
        }
    }
}

impl From<ProcessError> for Failure {
    fn from(error: ProcessError) -> Self {
        Self::new(
            "tool_failed",
            full_text(&error),
            "Install the Postgres client tools again, or choose their folder in the settings.",
        )
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
                "restore_read_failed",
                message,
                "Verify the backup: `holdfast verify BACKUP --level readable`.",
            ),
            LoadError::Tool { .. } | LoadError::Refused { .. } => Self::new(
                "restore_refused",
                message,
                "The log has the server's words. The incomplete database was dropped; nothing else was touched.",
            ),
            LoadError::NotUnderstood { .. } => Self::new(
                "table_not_understood",
                message,
                "Whoever wrote that file did not use pg_dump as it is. Do not load it by hand before somebody has read it.",
            ),
            LoadError::RowCount { .. } => Self::new(
                "restore_row_count",
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
                Self::new("check_failed", message, "Try again; the data itself was restored.")
            }
        }
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        let message = full_text(&error);
        let (code, hint) = match &error {
            ClusterError::NoServerUser => (
                "no_server_user",
                "Run Holdfast as an ordinary user, or install the package postgresql, which brings the user postgres.",
            ),
            ClusterError::Make { .. } | ClusterError::Record { .. } => {
                ("cluster_io", "Check that the profile's folder is writable and has free space.")
            }
            ClusterError::SocketPath { .. } => {
                ("socket_path", "Use a profile with a shorter path: `--home DIR`.")
            }
            ClusterError::NoRandom => ("no_random_numbers", "Start the computer again."),
            ClusterError::Process { .. } => ("tool_failed", "Install the Postgres server package again."),
            ClusterError::Initdb { .. } | ClusterError::NotReady { .. } | ClusterError::Ended { .. } => (
                "cluster_failed",
                "Check free space and memory; the end of the server's log is in the log of Holdfast.",
            ),
            ClusterError::Wall { .. } => (
                "wall_failed",
                "Run Holdfast outside of other sandboxes; `holdfast doctor` says what this system can do.",
            ),
            ClusterError::NotStopped { .. } | ClusterError::Remove { .. } => {
                ("cluster_not_removed", "Stop the server that uses that folder, then remove it again.")
            }
            ClusterError::NotACluster { .. } => {
                ("cluster_gone", "It was removed outside Holdfast; remove it from the list.")
            }
            ClusterError::Interrupted => ("interrupted", "Start it again."),
        };
        Self::new(code, message, hint)
    }
}

/// What the server answered to a statement of ours.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
pub fn refused(error: tokio_postgres::Error) -> Failure {
    let message = error.as_db_error().map_or_else(|| full_text(&error), |db| db.message().to_owned());
    Failure::new("server_refused", message, "Look at the log; then try again.").retry(Retry::Now)
}
