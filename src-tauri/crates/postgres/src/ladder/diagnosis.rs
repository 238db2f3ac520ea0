//! From an error to a code, a sentence, and a fix.

use std::time::Duration;

use super::rung::{Finding, Suggestion};
use super::ssh;
use crate::connection::{
    CertificateProblem, ConnectError, SUPABASE_SESSION_PORT, Settings, TlsMode, project_of_server,
    session_address,
};
use crate::facts::FactsError;
use crate::tools::ToolsError;

/// What an error of the connection means.
pub(super) fn of(error: &ConnectError, settings: &Settings) -> Finding {
    match error {
        ConnectError::UnknownHost { .. }
        | ConnectError::NoRoute { .. }
        | ConnectError::Ipv6Only { .. }
        | ConnectError::Refused { .. }
        | ConnectError::NoSocket { .. }
        | ConnectError::Timeout { .. }
        | ConnectError::NoGateway { .. }
        | ConnectError::Dropped { .. } => of_network(error, settings),
        ConnectError::Ssh(error) => ssh::of(error, settings),
        ConnectError::TlsNotOffered { .. }
        | ConnectError::TlsRejected { .. }
        | ConnectError::Certificate { .. }
        | ConnectError::RootCertificate { .. }
        | ConnectError::NoTrustedAuthorities
        | ConnectError::UnusableName { .. } => of_tls(error, settings),
        ConnectError::WrongPassword { .. }
        | ConnectError::PasswordMissing { .. }
        | ConnectError::UnknownDatabase { .. }
        | ConnectError::UnknownRole { .. }
        | ConnectError::NotAdmitted { .. }
        | ConnectError::TooManyConnections { .. }
        | ConnectError::StartingUp { .. }
        | ConnectError::TransactionPooler { .. }
        | ConnectError::Server { .. } => of_sign_in(error, settings),
    }
}

fn of_network(error: &ConnectError, settings: &Settings) -> Finding {
    let Settings { host, port, .. } = settings;
    match error {
        ConnectError::UnknownHost { .. } => {
            Finding::coded("HF-NET-001", format!("No address is known for {host}."))
                .fix("Check the name", "A letter may be missing, or this computer may be offline.")
        }
        ConnectError::Refused { address } => {
            Finding::coded("HF-NET-003", format!("{address} refuses connections.")).fix(
                "Check the port",
                format!("The computer is there, but nothing listens on port {port}. Is the server running?"),
            )
        }
        ConnectError::Timeout { after, .. } => Finding::coded(
            "HF-NET-004",
            format!("No answer within {} s.", after.as_secs()),
        )
        .fix(
            "Look for a firewall",
            format!(
                "Something between here and {host} drops the packets to port {port}. Or reach it over SSH."
            ),
        ),
        ConnectError::Ipv6Only { .. } => ipv6_only(settings),
        ConnectError::NoSocket { path, .. } => Finding::coded(
            "HF-NET-007",
            format!("No server listens on {path}."),
        )
        .fix("Start the server, or check the directory and the port", "The file's name ends in the port."),
        ConnectError::Dropped { .. } => Finding::coded(
            "HF-NET-008",
            format!("{host} closed the connection, or is not a Postgres server."),
        )
        .fix("Check the port", format!("Port {port} may belong to another service.")),
        ConnectError::NoGateway { server } => Finding::coded(
            "HF-SSH-009",
            format!("Nothing is known that signs in to the SSH server {server}."),
        )
        .fix("Test again", "If it stays, copy this report to the developers."),
        _ => Finding::coded("HF-NET-005", format!("No route to {host}."))
            .fix("Check the network", "A VPN may be off. Or reach the server over SSH."),
    }
}

fn ipv6_only(settings: &Settings) -> Finding {
    let message = format!("{} has an IPv6 address alone, and this computer has no IPv6.", settings.host);
    let finding = Finding::coded("HF-NET-006", message);
    match project_of_server(&settings.host) {
        Some(project) => finding.fix(
            "Use the session pooler, which answers on IPv4",
            format!(
                "Supabase shows its address under Connect, Session pooler: port {SUPABASE_SESSION_PORT}, \
                 user postgres.{project}, same password. Or reach it through a server that has IPv6, over SSH."
            ),
        ),
        None => finding.fix(
            "Use an address on IPv4, or go over SSH",
            "A server that has IPv6 can be the way there.",
        ),
    }
}

/// A handshake that stands still.
pub(super) fn silent_handshake(settings: &Settings, after: Duration) -> Finding {
    let message =
        format!("{} took the connection and then said nothing for {} s.", settings.host, after.as_secs());
    Finding::coded("HF-TLS-002", message)
        .fix("Check the port", format!("Port {} may belong to another service.", settings.port))
}

fn of_tls(error: &ConnectError, settings: &Settings) -> Finding {
    let host = &settings.host;
    match error {
        ConnectError::TlsNotOffered { .. } => {
            Finding::coded("HF-TLS-001", format!("{host} does not offer TLS.")).fix(
                "Switch TLS on at the server, or go over SSH",
                "Without TLS the password and the rows can be read on the way.",
            )
        }
        ConnectError::Certificate { problem, .. } => certificate(*problem, settings),
        ConnectError::RootCertificate { path, .. } => {
            Finding::coded("HF-TLS-008", format!("Cannot read certificates from {path}."))
                .fix("Choose another file", "A PEM file with one certificate or more is needed.")
        }
        ConnectError::NoTrustedAuthorities => {
            Finding::coded("HF-TLS-008", "This computer has no list of trusted authorities.")
                .fix("Give the server's root certificate", "Choose its PEM file beside the TLS mode.")
        }
        ConnectError::UnusableName { .. } => {
            Finding::coded("HF-TLS-004", format!("{host} is not a name that a certificate can carry."))
                .fix("Use the host's name", "Or check the authority only, with sslmode=verify-ca.")
        }
        _ => Finding::coded("HF-TLS-002", format!("The TLS handshake with {host} failed."))
            .fix("Look at the server's TLS versions", "TLS 1.2 or 1.3 is needed."),
    }
}

fn certificate(problem: CertificateProblem, settings: &Settings) -> Finding {
    let host = &settings.host;
    match problem {
        CertificateProblem::UnknownAuthority => {
            Finding::coded("HF-TLS-003", "The certificate comes from an authority that is not trusted here.")
                .fix(
                    "Give the server's root certificate",
                    "Providers offer it for download; choose its PEM file beside the TLS mode.",
                )
        }
        CertificateProblem::OtherName => {
            Finding::coded("HF-TLS-004", format!("The certificate is for another name than {host}."))
                .fix(
                    "Use the name in the certificate",
                    "If this is the right server, sslmode=verify-ca checks the authority only.",
                )
                .suggest(Suggestion::Settings(Box::new(Settings {
                    tls: TlsMode::VerifyCa,
                    ..settings.clone()
                })))
        }
        CertificateProblem::Expired => Finding::coded("HF-TLS-005", "The certificate has expired.")
            .fix("Renew it at the server", "If it is new, look at this computer's clock."),
        CertificateProblem::NotYetValid => Finding::coded("HF-TLS-006", "The certificate is not valid yet.")
            .fix("Look at this computer's clock", "It may be behind."),
        CertificateProblem::Revoked | CertificateProblem::Unusable => {
            Finding::coded("HF-TLS-007", "The certificate cannot be used.")
                .fix("Replace it at the server", "It was revoked, or is not meant for servers.")
        }
    }
}

fn of_sign_in(error: &ConnectError, settings: &Settings) -> Finding {
    let Settings { user, database, .. } = settings;
    match error {
        ConnectError::PasswordMissing { .. } => {
            Finding::coded("HF-AUTH-002", format!("The server asks for the password of {user}."))
                .fix("Enter the password", "It goes to this computer's keychain, nowhere else.")
        }
        ConnectError::UnknownDatabase { .. } => {
            Finding::coded("HF-AUTH-003", format!("The server has no database {database}."))
                .fix("Check the database's name", "Capital letters count.")
        }
        ConnectError::UnknownRole { .. } => {
            Finding::coded("HF-AUTH-004", format!("The server has no role {user}."))
                .fix("Check the user", "Behind Supabase's pooler it is postgres.<project>.")
        }
        ConnectError::NotAdmitted { .. } => Finding::coded(
            "HF-AUTH-005",
            format!("The server does not let {user} sign in to {database} from this address."),
        )
        .fix("Add an entry to pg_hba.conf", "On a managed server: add this address to the allowed ones."),
        ConnectError::TooManyConnections { .. } => {
            Finding::coded("HF-AUTH-006", "The server has no free connection. A backup needs two.")
                .fix("Try again later", "Or raise max_connections, or end sessions that idle.")
        }
        ConnectError::StartingUp { .. } => {
            Finding::coded("HF-AUTH-007", "The server does not accept connections yet.")
                .fix("Test again in a minute", "It starts, recovers or shuts down.")
        }
        ConnectError::TransactionPooler { .. } => transaction_pooler(settings),
        ConnectError::Server { sqlstate, message } => {
            Finding::coded("HF-AUTH-008", format!("The server said {sqlstate}: {message}."))
        }
        _ => Finding::coded("HF-AUTH-001", format!("The password of {user} is wrong."))
            .fix("Enter the password again", "Postgres says the same of a user that does not exist."),
    }
}

/// A pooler that cannot hold a snapshot.
pub(super) fn transaction_pooler(settings: &Settings) -> Finding {
    let finding = Finding::coded(
        "HF-AUTH-009",
        "This is a transaction pooler. It cannot hold one moment for a whole backup.",
    );
    if let Some(other) = session_address(settings) {
        let detail = format!("{}:{}, user {}, same password.", other.host, other.port, other.user);
        return finding.fix("Use the session pooler", detail).suggest(Suggestion::Settings(Box::new(other)));
    }
    finding.fix("Use the session pooler or the direct address", "The pooler's administrator knows its port.")
}

/// What a fact that cannot be read means.
pub(super) fn of_facts(error: &FactsError) -> Finding {
    let said = match error {
        FactsError::Query { source, .. } => source.as_db_error().map(|said| format!(": {}", said.message())),
        FactsError::Shape { .. } => None,
    };
    Finding::coded(
        "HF-RIGHT-003",
        format!("{}{}.", capitalised(&error.to_string()), said.unwrap_or_default()),
    )
}

/// What a missing or old client tool means.
pub(super) fn of_tools(error: &ToolsError) -> Finding {
    let code = match error {
        ToolsError::Missing { .. } => "HF-VER-001",
        ToolsError::TooOld { .. } => "HF-VER-002",
    };
    Finding::coded(code, format!("{}.", capitalised(&error.to_string())))
        .fix("Install the client tools", error.hint())
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    // Names of programs stay as they are written.
    match letters.next() {
        Some(first) if !text.starts_with("pg_") => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(host: &str, port: u16) -> Settings {
        Settings {
            host: host.into(),
            port,
            database: "postgres".into(),
            user: "postgres".into(),
            tls: TlsMode::Require,
            root_certificate: None,
            ssh: None,
            container: None,
        }
    }

    #[test]
    fn supabase_without_ipv6_is_sent_to_the_session_pooler() {
        let settings = settings("db.qhzk.supabase.co", 5432);
        let source = std::io::ErrorKind::NetworkUnreachable.into();
        let finding = of(&ConnectError::Ipv6Only { host: settings.host.clone(), source }, &settings);
        assert_eq!(finding.code, Some("HF-NET-006"));
        assert_eq!(
            finding.message,
            "db.qhzk.supabase.co has an IPv6 address alone, and this computer has no IPv6."
        );
        assert!(finding.fix.unwrap().detail.contains("user postgres.qhzk, same password"));
    }

    #[test]
    fn a_transaction_pooler_is_sent_to_its_session_port() {
        let finding = transaction_pooler(&settings("aws-0-eu-central-1.pooler.supabase.com", 6543));
        let fix = finding.fix.unwrap();
        assert_eq!(fix.detail, "aws-0-eu-central-1.pooler.supabase.com:5432, user postgres, same password.");
        let Some(Suggestion::Settings(better)) = fix.suggestion else { panic!("settings expected") };
        assert_eq!(better.port, 5432);
    }
}
