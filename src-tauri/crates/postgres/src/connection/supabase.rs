//! What is known of Supabase's addresses by their form alone: which is a transaction pooler's, which one keeps sessions
//! whole instead, and which answers on IPv6 alone.
//!
//! Source: Supabase docs, "Connect to your database": the pooler listens on 5432 for sessions and on 6543 for
//! transactions; `db.<project>.supabase.co` is the server itself, on IPv6 unless the project has the IPv4 add-on, with a
//! transaction pooler of its own on 6543.

use super::error::ConnectError;
use super::settings::Settings;

/// The port on which Supabase's poolers, and its servers, keep sessions whole.
pub const SUPABASE_SESSION_PORT: u16 = 5432;
/// The port on which they give each transaction another server connection.
pub const SUPABASE_TRANSACTION_PORT: u16 = 6543;

/// The same address on the port that keeps sessions whole, where this one is a transaction pooler's of Supabase.
pub fn session_address(settings: &Settings) -> Option<Settings> {
    is_transaction_pooler(&settings.host, settings.port)
        .then(|| Settings { port: SUPABASE_SESSION_PORT, ..settings.clone() })
}

/// Refuses an address that is a transaction pooler's, before anything is sent there.
///
/// # Errors
/// [`ConnectError::TransactionPooler`].
pub fn refuse_transaction_pooler(settings: &Settings) -> Result<(), ConnectError> {
    match session_address(settings) {
        Some(_) => Err(ConnectError::transaction_pooler(settings)),
        None => Ok(()),
    }
}

/// Supabase's transaction pooler, by its address.
pub(crate) fn is_transaction_pooler(host: &str, port: u16) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    port == SUPABASE_TRANSACTION_PORT
        && (host.ends_with(".pooler.supabase.com") || host.ends_with(".supabase.co"))
}

/// The project whose server a host is: of `db.<project>.supabase.co`.
pub(crate) fn project_of_server(host: &str) -> Option<&str> {
    host.strip_prefix("db.")?.strip_suffix(".supabase.co").filter(|project| !project.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::TlsMode;

    fn settings(host: &str, port: u16) -> Settings {
        Settings {
            host: host.into(),
            port,
            database: "postgres".into(),
            user: "postgres.ref".into(),
            tls: TlsMode::Require,
            root_certificate: None,
            ssh: None,
            container: None,
        }
    }

    #[test]
    fn a_transaction_pooler_is_known_by_its_address_and_the_other_one_is_named() {
        for host in
            ["aws-0-eu-central-1.pooler.supabase.com", "AWS-0-X.Pooler.Supabase.com.", "db.ref.supabase.co"]
        {
            let given = settings(host, 6543);
            let other = session_address(&given).unwrap();
            assert_eq!((other.host.as_str(), other.port, other.user.as_str()), (host, 5432, "postgres.ref"));
            let refused = refuse_transaction_pooler(&given).unwrap_err();
            assert!(matches!(refused, ConnectError::TransactionPooler { port: 6543, .. }), "{refused}");
        }
        for (host, port) in [
            ("aws-0-eu-central-1.pooler.supabase.com", 5432),
            ("db.example", 6543),
            ("pooler.supabase.com.evil.example", 6543),
        ] {
            assert_eq!(session_address(&settings(host, port)), None, "{host}:{port}");
        }
    }

    #[test]
    fn the_project_of_a_server_is_in_its_name() {
        assert_eq!(project_of_server("db.qhzk.supabase.co"), Some("qhzk"));
        assert_eq!(project_of_server("db..supabase.co"), None);
        assert_eq!(project_of_server("db.example"), None);
    }
}
