//! Is there a pooler between us and the server that changes connections under a session?
//!
//! A session that gets another server process, or shares its own, does not own one. A session
//! pooler passes: there, each client keeps its process.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::secret::Secret;
use crate::source::postgres::connection::{ConnectError, ConnectOptions, Session, Settings, connect};

/// The transaction port of Supabase's pooler.
const SUPABASE_TRANSACTION_PORT: u16 = 6543;

/// Opens a second session and compares server processes.
pub(crate) async fn is_transaction_pooler(
    session: &Session,
    settings: &Settings,
    password: Option<&Secret>,
    options: &ConnectOptions,
) -> Result<bool, ConnectError> {
    if is_known_address(settings) {
        return Ok(true);
    }
    let before = backend(&session.client, "").await;
    // It keeps its process busy in a transaction, so that a pooler must give the first another one.
    // Both go to the same address: of two servers behind one name, processes differ anyway.
    let options = ConnectOptions { through: session.peer.address().or(options.through), ..options.clone() };
    let second = connect(settings, password, &options).await?;
    let beside = backend(&second.client, "begin; ").await;
    let after = backend(&session.client, "").await;
    second.close().await;
    Ok(is_shared(before.as_deref(), beside.as_deref(), after.as_deref()))
}

fn is_known_address(settings: &Settings) -> bool {
    settings.port == SUPABASE_TRANSACTION_PORT
        && (settings.host.ends_with(".pooler.supabase.com") || settings.host.ends_with(".supabase.co"))
}

fn is_shared(before: Option<&str>, beside: Option<&str>, after: Option<&str>) -> bool {
    before.is_some() && (before != after || before == beside)
}

/// By the simple protocol: a transaction pooler may not know prepared statements.
async fn backend(client: &Client, prefix: &str) -> Option<String> {
    let answer = client.simple_query(&format!("{prefix}select pg_catalog.pg_backend_pid()")).await.ok()?;
    answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::postgres::connection::TlsMode;

    #[test]
    fn a_process_that_changes_or_is_shared_is_a_poolers() {
        assert!(!is_shared(Some("1"), Some("2"), Some("1")));
        assert!(is_shared(Some("1"), Some("2"), Some("3")));
        assert!(is_shared(Some("1"), Some("1"), Some("2")));
        assert!(!is_shared(None, None, None));
    }

    #[test]
    fn supabases_transaction_port_is_known() {
        let settings = |host: &str, port| Settings {
            host: host.into(),
            port,
            database: "postgres".into(),
            user: "postgres.ref".into(),
            tls: TlsMode::Require,
            root_certificate: None,
        };
        assert!(is_known_address(&settings("aws-0-eu-central-1.pooler.supabase.com", 6543)));
        assert!(!is_known_address(&settings("aws-0-eu-central-1.pooler.supabase.com", 5432)));
        assert!(!is_known_address(&settings("db.example", 6543)));
    }
}
