//! Where the project's database is: its pooler, on the port that keeps sessions whole, and the server itself.
//!
//! The API answers with the pooler's transaction port. The same host keeps sessions whole on 5432 (Supabase docs,
//! "Connect to your database"). Nothing of the answer is believed that is not of the form of an address of this project.

use reqwest::Method;
use serde_json::Value;

use super::{CLOUD_BASE, Supabase};
use crate::platform::database::{is_host_name, is_identifier};
use crate::platform::http::{Call, shortened};
use crate::platform::{DatabaseAddresses, PlatformError};
use postgres::connection::{SUPABASE_SESSION_PORT, SUPABASE_TRANSACTION_PORT, Settings, TlsMode};

/// What the pooler and the project are described with takes a few kilobytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// A database has one primary and a few replicas.
const POOLERS_MAX: usize = 64;
/// The domains of the cloud's own poolers and servers.
const CLOUD_DOMAINS: [&str; 2] = [".supabase.com", ".supabase.co"];
/// The database and the role that every project has.
const DATABASE: &str = "postgres";
const ROLE: &str = "postgres";

impl Supabase {
    pub(super) async fn find_database(&self) -> Result<DatabaseAddresses, PlatformError> {
        let mut found = DatabaseAddresses { direct: self.server().await?, ..DatabaseAddresses::default() };
        match self.pooler(&mut found.notes).await {
            Ok(pooler) => found.session_pooler = pooler,
            // What an account may not see is no reason to say nothing of the rest.
            Err(
                error @ (PlatformError::Forbidden { .. }
                | PlatformError::NotFound { .. }
                | PlatformError::CannotDo { .. }
                | PlatformError::Failed { .. }),
            ) => found.notes.push(format!("Where the session pooler is, is not known: {error}.")),
            Err(error) => return Err(error),
        }
        if found.direct.is_some() {
            let note = "The server itself answers on IPv6 alone, unless the project has the IPv4 add-on.";
            found.notes.push(note.to_owned());
        }
        Ok(found)
    }

    /// The server itself.
    async fn server(&self) -> Result<Option<Settings>, PlatformError> {
        let described = self.describe(ANSWER_BYTES_MAX).await?;
        let host = match &described["database"]["host"] {
            Value::Null => return Ok(None),
            host => self.host(host, "server")?,
        };
        // Its name has the project in it: another one's would get the password.
        if self.is_cloud() && !host.to_ascii_lowercase().split('.').any(|label| label == self.reference) {
            return Err(self.http.odd(format!("a server that is not of this project: {host}")));
        }
        Ok(Some(settings(host, SUPABASE_SESSION_PORT, DATABASE, ROLE)))
    }

    /// The pooler of the primary, on the port that keeps sessions whole.
    async fn pooler(&self, notes: &mut Vec<String>) -> Result<Option<Settings>, PlatformError> {
        let doing = "say where its pooler is";
        let segments = ["v1", "projects", self.reference.as_str(), "config", "database", "pooler"];
        let call = Call::new(Method::GET, &segments, doing).bytes_max(ANSWER_BYTES_MAX);
        // A refusal of this says nothing of any act.
        let answer = self.http.call(&call.bearer(&self.token)).await?;
        if !answer.status.is_success() {
            return Err(self.http.error(doing, &answer));
        }
        let poolers = self.list_of(&answer.body, "poolers")?;
        if poolers.len() > POOLERS_MAX {
            return Err(self.http.odd(format!("{} poolers of one project", poolers.len())));
        }
        let Some(primary) = poolers.iter().find(|one| one["database_type"] == "PRIMARY") else {
            notes.push("The project has no pooler of its primary database.".to_owned());
            return Ok(None);
        };
        self.session_address(primary, notes)
    }

    fn session_address(
        &self,
        pooler: &Value,
        notes: &mut Vec<String>,
    ) -> Result<Option<Settings>, PlatformError> {
        let host = self.host(&pooler["db_host"], "pooler")?;
        let port = pooler["db_port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let Some(port) = port.filter(|port| *port > 0) else {
            return Err(self
                .http
                .odd(format!("a pooler whose port is no port: {}", quoted(&pooler["db_port"]))));
        };
        let user = pooler["db_user"].as_str().filter(|user| is_identifier(user));
        // The pooler tells projects apart by this: another one's would get the password.
        let of_project = format!(".{}", self.reference);
        let Some(user) = user.filter(|user| user.len() > of_project.len() && user.ends_with(&of_project))
        else {
            let user = quoted(&pooler["db_user"]);
            return Err(self.http.odd(format!("a pooler whose user is not of this project: {user}")));
        };
        let Some(database) = pooler["db_name"].as_str().filter(|name| is_identifier(name)) else {
            let name = quoted(&pooler["db_name"]);
            return Err(self.http.odd(format!("a pooler whose database has no name: {name}")));
        };
        let port = match (port, pooler["pool_mode"].as_str()) {
            (SUPABASE_TRANSACTION_PORT, _) => SUPABASE_SESSION_PORT,
            (port, Some("session")) => port,
            (port, _) => {
                notes.push(format!(
                    "The pooler at {host}:{port} keeps no session whole, and a dump needs one."
                ));
                return Ok(None);
            }
        };
        Ok(Some(settings(host, port, database, user)))
    }

    fn is_cloud(&self) -> bool {
        self.http.base().as_str().trim_end_matches('/') == CLOUD_BASE
    }

    /// A host name; that of Supabase's own cloud lies in its own domains.
    fn host<'a>(&self, value: &'a Value, whose: &str) -> Result<&'a str, PlatformError> {
        let Some(host) = value.as_str().filter(|host| is_host_name(host)) else {
            let what = format!("a {whose} whose host is no host name: {}", quoted(value));
            return Err(self.http.odd(what));
        };
        let lower = host.to_ascii_lowercase();
        if self.is_cloud() && !CLOUD_DOMAINS.iter().any(|domain| lower.ends_with(domain)) {
            return Err(self.http.odd(format!("a {whose} outside of Supabase's own domains: {host}")));
        }
        Ok(host)
    }
}

/// The authority of these servers is Supabase's own, which no system trusts: encrypted, and not checked.
fn settings(host: &str, port: u16, database: &str, user: &str) -> Settings {
    Settings {
        host: host.to_owned(),
        port,
        database: database.to_owned(),
        user: user.to_owned(),
        tls: TlsMode::Require,
        root_certificate: None,
        ssh: None,
        container: None,
    }
}

/// A value that is not what it should be, short and in one line.
fn quoted(value: &Value) -> String {
    shortened(&value.to_string()).chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::platform::supabase::SupabaseSettings;
    use base::secret::Secret;

    const REFERENCE: &str = "abcdefghijklmnopqrst";

    fn read(pooler: &Value) -> (Result<Option<Settings>, String>, Vec<String>) {
        let client = Supabase::new(SupabaseSettings::cloud(REFERENCE, Secret::new("sbp_1"))).unwrap();
        let mut notes = Vec::new();
        let found = client.session_address(pooler, &mut notes).map_err(|error| error.to_string());
        (found, notes)
    }

    fn pooler(change: &[(&str, Value)]) -> Value {
        let mut pooler = json!({
            "database_type": "PRIMARY", "db_user": format!("postgres.{REFERENCE}"), "db_name": "postgres",
            "db_host": "aws-0-eu-central-1.pooler.supabase.com", "db_port": 6543, "pool_mode": "transaction",
        });
        for (name, value) in change {
            pooler[*name] = value.clone();
        }
        pooler
    }

    #[test]
    fn the_transaction_port_of_the_answer_becomes_the_session_port() {
        let found = read(&pooler(&[])).0.unwrap().unwrap();
        assert_eq!(
            found.redacted_url(),
            format!(
                "postgresql://postgres.{REFERENCE}@aws-0-eu-central-1.pooler.supabase.com:5432/postgres?sslmode=require"
            )
        );
        let session = pooler(&[("db_port", json!(5433)), ("pool_mode", json!("session"))]);
        assert_eq!(read(&session).0.unwrap().unwrap().port, 5433);
        let (found, notes) = read(&pooler(&[("db_port", json!(7000))]));
        assert_eq!(found, Ok(None));
        assert!(notes[0].contains(":7000 keeps no session whole"), "{notes:?}");
    }

    #[test]
    fn what_is_no_address_of_this_project_is_refused_and_quoted_shortly() {
        let long = "x".repeat(5_000);
        for (name, value, said) in [
            ("db_host", json!("127.0.0.1"), "no host name"),
            ("db_host", json!("/var/run/postgresql"), "no host name"),
            ("db_host", json!({ "a": 1 }), "no host name"),
            ("db_host", json!(long), "no host name"),
            ("db_host", json!("pooler.evil.example"), "outside of Supabase's own domains"),
            ("db_host", json!("aws-0.pooler.supabase.com.evil.example"), "outside of Supabase's own domains"),
            ("db_port", json!("5432"), "no port"),
            ("db_port", json!(0), "no port"),
            ("db_port", json!(65_536), "no port"),
            ("db_port", json!(-1), "no port"),
            ("db_user", json!("postgres"), "not of this project"),
            ("db_user", json!("postgres.zzzzzzzzzzzzzzzzzzzz"), "not of this project"),
            ("db_user", json!(format!("a\n.{REFERENCE}")), "not of this project"),
            ("db_name", json!(null), "has no name"),
        ] {
            let refused = read(&pooler(&[(name, value.clone())])).0.unwrap_err();
            assert!(refused.contains(said), "{name}: {refused}");
            assert!(refused.len() < 400, "{refused}");
        }
    }
}
