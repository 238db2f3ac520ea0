//! Connections: parse what was pasted, test rung by rung.

use base::Code;
use base::secret::Secret;
use engine::{Engine, Failure};
use postgres::connection::{self, Settings, TlsMode};
use postgres::ladder::{Fix, Rung, RungState as EngineRungState, Suggestion};

use super::Answer;
use crate::connection::{
    ConnectionView, FixView, LadderView, ParseConnection, ParsedConnection, RungState, RungView, SshView,
    TestConnection, TlsModeView,
};

/// Reads a pasted connection string.
///
/// # Errors
/// `bad_connection_string`, naming what was seen.
#[crate::boxed]
pub async fn connection_parse(_: &Engine, request: ParseConnection) -> Answer<ParsedConnection> {
    parse_connection(&request)
}

/// The same, for whoever has no profile open.
///
/// # Errors
/// `bad_connection_string`.
pub fn parse_connection(request: &ParseConnection) -> Answer<ParsedConnection> {
    let parsed = connection::parse(&request.text).map_err(|error| {
        Failure::new(
            Code::BadConnectionString,
            error.to_string(),
            "Paste a URL such as postgresql://user@host:5432/database, or key=value pairs.",
        )
    })?;
    Ok(ParsedConnection {
        connection: parsed.settings.into(),
        password: parsed.password.map(|password| password.expose().to_owned()),
    })
}

/// Tests a connection; `on_rung` hears of each rung as it is climbed.
///
/// # Errors
/// `project_not_found`, or why its password is not to be had.
pub async fn connection_test(
    engine: &Engine,
    request: TestConnection,
    on_rung: impl Fn(RungView) + Send + Sync,
) -> Answer<LadderView> {
    let TestConnection { connection, password, ssh_secret, project } = request;
    let mut hear = |rung: &Rung| on_rung(rung.clone().into());
    let (connection, password, ssh_secret) =
        (connection.map(Into::into), password.map(Secret::new), ssh_secret.map(Secret::new));
    let rungs =
        engine.test_connection(connection, password, ssh_secret, project.as_deref(), &mut hear).await?;
    let passed = !rungs.iter().any(|rung| rung.state == EngineRungState::Failed);
    Ok(LadderView {
        passed,
        server_version: None,
        size_bytes: None,
        rungs: rungs.into_iter().map(Into::into).collect(),
    })
}

impl From<Rung> for RungView {
    fn from(rung: Rung) -> Self {
        let Rung { id, title, state, message, elapsed_ms, fix, code } = rung;
        let id = serde_json::to_value(id)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default();
        let (state, is_tried) = match state {
            EngineRungState::Passed => (RungState::Passed, true),
            EngineRungState::Warned => (RungState::Warned, true),
            EngineRungState::Failed => (RungState::Failed, true),
            EngineRungState::Waiting => (RungState::Waiting, false),
        };
        Self {
            id,
            title: title.to_owned(),
            state,
            message,
            elapsed_ms: is_tried.then(|| i64::try_from(elapsed_ms).unwrap_or(i64::MAX).into()),
            code: code.map(str::to_owned),
            fix: fix.map(Into::into),
        }
    }
}

impl From<Fix> for FixView {
    fn from(fix: Fix) -> Self {
        let Fix { title, detail, suggestion } = fix;
        let (sql, connection) = match suggestion {
            None => (None, None),
            Some(Suggestion::Sql(sql)) => (Some(sql), None),
            Some(Suggestion::Settings(settings)) => (None, Some((*settings).into())),
        };
        Self { title, detail, sql, connection }
    }
}

impl From<Settings> for ConnectionView {
    fn from(settings: Settings) -> Self {
        let Settings { host, port, database, user, tls, root_certificate, ssh, container } = settings;
        let tls = match tls {
            TlsMode::Disable => TlsModeView::Disable,
            TlsMode::Allow => TlsModeView::Allow,
            TlsMode::Prefer => TlsModeView::Prefer,
            TlsMode::Require => TlsModeView::Require,
            TlsMode::VerifyCa => TlsModeView::VerifyCa,
            TlsMode::VerifyFull => TlsModeView::VerifyFull,
        };
        let root_certificate = root_certificate.map(Into::into);
        let (ssh, container) = (ssh.map(Into::into), container.map(Into::into));
        Self { host, port, database, user, tls, root_certificate, ssh, container }
    }
}

impl From<ConnectionView> for Settings {
    fn from(view: ConnectionView) -> Self {
        let ConnectionView { host, port, database, user, tls, root_certificate, ssh, container } = view;
        let tls = match tls {
            TlsModeView::Disable => TlsMode::Disable,
            TlsModeView::Allow => TlsMode::Allow,
            TlsModeView::Prefer => TlsMode::Prefer,
            TlsModeView::Require => TlsMode::Require,
            TlsModeView::VerifyCa => TlsMode::VerifyCa,
            TlsModeView::VerifyFull => TlsMode::VerifyFull,
        };
        Self {
            host: host.trim().to_owned(),
            port,
            database: database.trim().to_owned(),
            user: user.trim().to_owned(),
            tls,
            root_certificate: root_certificate.filter(|path| !path.is_empty()).map(Into::into),
            ssh: ssh.map(Into::into),
            container: container
                .filter(|name| !name.trim().is_empty())
                .map(|name| ssh::Container::new(name.trim())),
        }
    }
}

impl From<ssh::Address> for SshView {
    fn from(address: ssh::Address) -> Self {
        let ssh::Address { host, port, user, key, host_key } = address;
        Self { host, port, user, key: key.map(Into::into), host_key }
    }
}

impl From<SshView> for ssh::Address {
    fn from(view: SshView) -> Self {
        let SshView { host, port, user, key, host_key } = view;
        let given =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            host: host.trim().to_owned(),
            port,
            user: user.trim().to_owned(),
            key: given(key).map(Into::into),
            host_key: given(host_key),
        }
    }
}
