//! Commands for projects and their connections. They never contain a secret.

use std::collections::{BTreeMap, BTreeSet};

use super::FILE;
use super::line::{Line, joined_names};

/// Where Supabase's own API is.
const SUPABASE: &str = "https://api.supabase.com";

/// A project to be added, or to be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectSet {
    /// The project that is changed; absent for a new one.
    pub project: Option<String>,
    /// Its name; where it is changed, a new one.
    pub name: Option<String>,
    /// `production`, `staging`, `development`.
    pub label: Option<String>,
    /// The database's URL, without a password.
    pub postgres: Option<String>,
    /// Whether a password is given for it.
    pub has_password: bool,
    /// The SSH server by way of which it is reached.
    pub ssh: Option<SshAt>,
    /// Whether a passphrase or a password is given for that.
    pub has_ssh_secret: bool,
    /// The container that it is reached from inside of.
    pub container: Option<String>,
    /// The platform.
    pub platform: Option<PlatformAt>,
    /// Names of the platform's credentials that are given.
    pub credentials: BTreeSet<String>,
}

/// An SSH server and the account there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshAt {
    /// `USER@HOST`, with the port where it is another one than SSH's.
    pub account: String,
    /// File of the private key.
    pub key: Option<String>,
    /// The accepted fingerprint of the server's key.
    pub host_key: Option<String>,
}

/// Projects of an account, to be added at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectsAdd {
    /// Their references there.
    pub references: Vec<String>,
    /// `production`, `staging`, `development`.
    pub label: String,
    /// The platform, whose reference is empty; absent means as the project's.
    pub platform: Option<PlatformAt>,
    /// Names of the credentials that are given.
    pub credentials: BTreeSet<String>,
    /// A project that signs in with the account already.
    pub from: Option<String>,
}

/// How a platform is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformAt {
    /// `supamanager`, `supabase`, `opttius`, `telegram-platform`.
    pub kind: &'static str,
    /// Where its API is.
    pub address: String,
    /// The project there.
    pub reference: String,
    /// Who signs in.
    pub account: Option<String>,
    /// What only this kind needs.
    pub more: BTreeMap<String, String>,
}

impl ProjectSet {
    pub(super) fn line(&self) -> Line {
        let Self { project, name, label, postgres, has_password, .. } = self;
        let Self { ssh, has_ssh_secret, container, platform, credentials, .. } = self;
        // Without a word about it, a person would be asked for the password of a new one.
        let is_said = postgres.is_some() || !credentials.is_empty();
        let is_silent = project.is_none() && is_said && !has_password;
        let line = match (project, name) {
            (Some(project), name) => Line::of("project edit").argument(project).maybe("name", name.as_ref()),
            (None, name) => Line::of("project add").argument(name.as_deref().unwrap_or("NAME")),
        };
        let mut line = line.maybe("label", label.as_ref()).maybe("postgres", postgres.as_ref());
        if let Some(SshAt { account, key, host_key }) = ssh {
            line = line.option("ssh", account).maybe("ssh-key", key.as_ref());
            line = line.maybe("ssh-host-key", host_key.as_ref());
        }
        line = line.maybe("ssh-secret-file", has_ssh_secret.then_some(FILE));
        line = line.maybe("docker", container.as_ref());
        line = platform.iter().fold(line, |line, platform| platform.options(line));
        line = line.maybe("password-file", has_password.then_some(FILE)).flag("no-password", is_silent);
        credentials.iter().fold(line, |line, name| line.option("credential-file", format!("{name}={FILE}")))
    }
}

impl ProjectsAdd {
    pub(super) fn line(&self) -> Line {
        let Self { references, label, platform, credentials, from } = self;
        // Without a word about it, a person would be asked for what signs in.
        let is_silent = from.is_none() && !credentials.is_empty();
        let line = Line::of("project add")
            .option("choose", joined_names(references))
            .option("label", label)
            .maybe("from", from.as_ref());
        let line = platform.iter().fold(line, |line, platform| platform.options(line));
        credentials.iter().fold(line.flag("no-password", is_silent), |line, name| {
            line.option("credential-file", format!("{name}={FILE}"))
        })
    }
}

impl PlatformAt {
    /// Supabase's own address is the usual one, so that its projects are named by their reference alone. An account
    /// has no reference.
    fn options(&self, line: Line) -> Line {
        let Self { kind, address, reference, account, more } = self;
        let is_account = reference.is_empty();
        let line = if *kind == "supabase" {
            let other = (address != SUPABASE).then(|| format!("address={address}"));
            let line = if is_account { line.flag(kind, true) } else { line.option(kind, reference) };
            line.maybe("set", other)
        } else {
            line.option(kind, address).maybe("ref", (!is_account).then_some(reference))
        };
        let line = line.maybe("email", account.as_ref());
        more.iter().fold(line, |line, (name, value)| line.option("set", format!("{name}={value}")))
    }
}
