//! A program of Postgres, told by its environment where to connect.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ssh::NearEnd;

use super::bare_command;
use super::passfile::{Passfile, PasswordOf};
use super::running::{ProcessError, Running};
use crate::connection::{self, Peer, Session, Settings, TlsMode};
use crate::tools::{Program, ToolSet};
use base::secret::Secret;

/// Seconds that a child may take to connect.
const CONNECT_TIMEOUT_S: &str = "15";
/// The first version whose `pg_dump`, `pg_dumpall` and `pg_restore` empty their `search_path` before anything
/// else (CVE-2018-1058). Older ones are told to begin with an empty one.
pub(crate) const OWN_PATH_SINCE: (u16, u16) = (10, 3);
/// The first major whose libpq knows `sslrootcert=system`.
const SYSTEM_ROOTS_SINCE: u16 = 16;
/// Where systems keep their trusted authorities, for an older libpq.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A program with a server to connect to. Nothing of it ever stands in an argument.
#[derive(Debug, Clone)]
pub struct Tool {
    name: &'static str,
    path: Utf8PathBuf,
    major: u16,
    settings: Settings,
    password: Option<Secret>,
    peer: Option<Peer>,
    application_name: String,
    /// Settings that its sessions begin with. A pooler may refuse them, so only those that are needed.
    session: Vec<(&'static str, &'static str)>,
    /// Whether it may turn to other databases of the server.
    has_all_databases: bool,
}

impl Tool {
    /// The program of the set, as a client of the server. Its sessions begin with a `search_path` in which
    /// nobody can plant anything: those that write and read archives see to it themselves, with their first
    /// statement. `psql` does not, since that is its script's business; whoever starts it says what is to be
    /// there.
    ///
    /// # Errors
    /// [`ProcessError::NotThere`] if the set has no such program.
    pub fn new(
        set: &ToolSet,
        program: Program,
        settings: &Settings,
        password: Option<&Secret>,
    ) -> Result<Self, ProcessError> {
        let path = set.path(program);
        if !set.has(program) {
            return Err(ProcessError::NotThere { path });
        }
        let sees_to_it = (set.version.major, set.version.minor) >= OWN_PATH_SINCE;
        Ok(Self {
            name: program.name(),
            path,
            major: set.major(),
            settings: settings.clone(),
            password: password.cloned(),
            peer: None,
            application_name: format!("holdfast {program}"),
            session: if sees_to_it { Vec::new() } else { vec![("search_path", "")] },
            // A script may connect to another one.
            has_all_databases: program == Program::Psql,
        })
    }

    /// A program of the user's own, as a client of the server. `major` is that of the server. What it asks
    /// was written for the path of its role: nothing is set for it.
    pub fn of_the_user(path: &Utf8Path, major: u16, settings: &Settings, password: Option<&Secret>) -> Self {
        Self {
            name: "the program",
            path: path.to_owned(),
            major,
            settings: settings.clone(),
            password: password.cloned(),
            peer: None,
            application_name: "holdfast program".to_owned(),
            session: Vec::new(),
            has_all_databases: true,
        }
    }

    /// Its sessions begin with this setting, whatever the role or the database has. Neither name nor value
    /// holds a space or a backslash.
    #[must_use]
    pub fn with_setting(mut self, name: &'static str, value: &'static str) -> Self {
        self.session.retain(|(known, _)| *known != name);
        self.session.push((name, value));
        self
    }

    /// The very address that a session reached: the child goes there too, and a tunnel's end is
    /// used while certificates are still judged by the host's name.
    #[must_use]
    pub fn at(mut self, peer: &Peer) -> Self {
        self.peer = Some(peer.clone());
        self
    }

    /// What `pg_stat_activity` shows, so that its backends can be found.
    #[must_use]
    pub fn named(mut self, application_name: impl Into<String>) -> Self {
        self.application_name = application_name.into();
        self
    }

    /// The command, all streams closed, and the password's guard, which must outlive the child.
    ///
    /// # Errors
    /// The system's, when the password cannot be handed over.
    pub fn command(&self) -> Result<(Command, Passfile), ProcessError> {
        let near = self.near_end()?;
        let address = near.as_ref().map(|near| near.address());
        let address = address.or_else(|| self.peer.as_ref().and_then(Peer::address));
        let mut command = bare_command(&self.path);
        for (name, value) in self.variables(address) {
            command.env(name, value);
        }
        let settings = &self.settings;
        let of = PasswordOf {
            host: &settings.host,
            port: self.port(address),
            is_near: near.is_some(),
            user: &settings.user,
            database: (!self.has_all_databases).then_some(settings.database.as_str()),
        };
        let passfile = Passfile::give(&mut command, &of, self.password.as_ref())
            .map_err(|source| ProcessError::Start { path: self.path.clone(), source })?;
        Ok((command, passfile.holding(near)))
    }

    /// Where the way by SSH begins on this computer, for what is reached by it. Never straight to the host: the same
    /// name may be another server here.
    fn near_end(&self) -> Result<Option<Arc<NearEnd>>, ProcessError> {
        if let Some(Peer::Route { near, .. }) = &self.peer {
            return Ok(Some(Arc::clone(near)));
        }
        let route = connection::way(&self.settings).map_err(|server| ProcessError::NoGateway { server })?;
        let near = route.map(|route| route.near_end()).transpose();
        near.map_err(|source| ProcessError::NearEnd { source })
    }

    /// The same for tokio, for callers that read and write asynchronously.
    ///
    /// # Errors
    /// The system's, when the password cannot be handed over.
    pub fn tokio_command(&self) -> Result<(tokio::process::Command, Passfile), ProcessError> {
        let (command, passfile) = self.command()?;
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        Ok((command, passfile))
    }

    /// Starts it with these arguments. Standard input and output are pipes if asked for.
    ///
    /// # Errors
    /// [`ProcessError::Start`].
    pub fn spawn<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
        stdin: Stdio,
        stdout: Stdio,
    ) -> Result<Running, ProcessError> {
        let (mut command, passfile) = self.command()?;
        command.args(arguments).stdin(stdin).stdout(stdout);
        Running::start(self.name, command, Some(passfile))
    }

    fn variables(&self, address: Option<SocketAddr>) -> Vec<(&'static str, String)> {
        let settings = &self.settings;
        let mut variables = vec![
            ("PGHOST", settings.host.clone()),
            ("PGPORT", self.port(address).to_string()),
            ("PGUSER", settings.user.clone()),
            ("PGDATABASE", settings.database.clone()),
            ("PGSSLMODE", settings.tls.as_libpq().to_owned()),
            ("PGGSSENCMODE", "disable".to_owned()),
            ("PGAPPNAME", self.application_name.clone()),
            ("PGTZ", "UTC".to_owned()),
            ("PGCLIENTENCODING", "UTF8".to_owned()),
            ("PGCONNECT_TIMEOUT", CONNECT_TIMEOUT_S.to_owned()),
        ];
        if let Some(address) = address {
            variables.push(("PGHOSTADDR", address.ip().to_string()));
        }
        if let Some(roots) = self.root_certificates() {
            variables.push(("PGSSLROOTCERT", roots));
        }
        if !self.session.is_empty() {
            let options: Vec<String> =
                self.session.iter().map(|(name, value)| format!("-c{name}={value}")).collect();
            variables.push(("PGOPTIONS", options.join(" ")));
        }
        variables
    }

    /// Where a session went, a tunnel's end may have another port.
    fn port(&self, address: Option<SocketAddr>) -> u16 {
        address.map_or(self.settings.port, |address| address.port())
    }

    fn root_certificates(&self) -> Option<String> {
        if let Some(path) = &self.settings.root_certificate {
            return Some(path.to_string());
        }
        match self.settings.tls {
            TlsMode::VerifyFull if self.major >= SYSTEM_ROOTS_SINCE => Some("system".to_owned()),
            TlsMode::VerifyFull | TlsMode::VerifyCa => {
                BUNDLES.iter().find(|path| Utf8Path::new(path).is_file()).map(|path| (*path).to_owned())
            }
            TlsMode::Disable | TlsMode::Allow | TlsMode::Prefer | TlsMode::Require => None,
        }
    }
}

/// Ends what a killed child left running on the server. Returns how many backends were told to go.
///
/// # Errors
/// The server's, when the role may not see or end them.
pub async fn terminate_backends(
    session: &Session,
    application_name: &str,
) -> Result<usize, tokio_postgres::Error> {
    let rows = session
        .client
        .query(
            "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity \
             where application_name = $1 and usename = current_user and pid <> pg_catalog.pg_backend_pid()",
            &[&application_name],
        )
        .await?;
    Ok(rows.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::ToolVersion;

    fn tool(major: u16, tls: TlsMode) -> Tool {
        let settings = Settings {
            host: "db.example".into(),
            port: 5432,
            database: "shop".into(),
            user: "reader".into(),
            tls,
            root_certificate: None,
            ssh: None,
            container: None,
        };
        let set = ToolSet::new("/opt".into(), ToolVersion { major, minor: 0 }, Program::ALL);
        Tool::new(&set, Program::PgDump, &settings, Some(&Secret::new("hunter2"))).unwrap()
    }

    fn variable(tool: &Tool, name: &str) -> Option<String> {
        let address = tool.peer.as_ref().and_then(Peer::address);
        tool.variables(address).into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    #[test]
    fn a_child_goes_to_the_address_that_the_session_reached_under_the_hosts_name() {
        let tool = tool(15, TlsMode::Require).at(&Peer::Tcp("127.0.0.1:6001".parse().unwrap()));
        assert_eq!(variable(&tool, "PGHOST").unwrap(), "db.example");
        assert_eq!(variable(&tool, "PGHOSTADDR").unwrap(), "127.0.0.1");
        assert_eq!(variable(&tool, "PGPORT").unwrap(), "6001");
        assert_eq!(variable(&tool, "PGSSLROOTCERT"), None);
    }

    #[test]
    fn a_newer_libpq_checks_against_the_systems_authorities() {
        assert_eq!(variable(&tool(16, TlsMode::VerifyFull), "PGSSLROOTCERT").unwrap(), "system");
        assert_ne!(variable(&tool(15, TlsMode::VerifyFull), "PGSSLROOTCERT").as_deref(), Some("system"));
    }

    #[test]
    fn an_old_program_is_told_to_begin_with_an_empty_path_and_others_what_they_need_alone() {
        assert_eq!(variable(&tool(15, TlsMode::Prefer), "PGOPTIONS"), None);
        let old = tool(10, TlsMode::Prefer).with_setting("bytea_output", "hex");
        assert_eq!(variable(&old, "PGOPTIONS").unwrap(), "-csearch_path= -cbytea_output=hex");
        let told = tool(10, TlsMode::Prefer).with_setting("search_path", "public");
        assert_eq!(variable(&told, "PGOPTIONS").unwrap(), "-csearch_path=public");
    }

    #[test]
    fn the_command_line_and_the_debug_form_hold_no_password() {
        let tool = tool(15, TlsMode::Prefer);
        let (command, _guard) = tool.command().unwrap();
        let arguments: Vec<_> = command.get_args().collect();
        assert!(!format!("{arguments:?} {tool:?}").contains("hunter2"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_password_is_for_the_very_server_that_the_child_goes_to() {
        let tool = tool(15, TlsMode::Require).at(&Peer::Tcp("127.0.0.1:6001".parse().unwrap()));
        let (command, _guard) = tool.command().unwrap();
        let path = command.get_envs().find(|(name, _)| *name == "PGPASSFILE").unwrap().1.unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "db.example:6001:shop:reader:hunter2\n");
    }
}
