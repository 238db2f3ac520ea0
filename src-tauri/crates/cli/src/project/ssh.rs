//! `--ssh`: the server by way of which a database is reached.

use base::Code;
use camino::Utf8PathBuf;
use clap::Args;
use contract::connection::{ConnectionView, SshView};
use contract::error::UserError;

use crate::error::failure;
use crate::prompt;
use crate::secrets::from_source;

/// An SSH server, and what signs in there.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SshSource {
    /// Reach it by way of this SSH server: USER@HOST or USER@HOST:PORT. The URL's host and port are as they are seen
    /// from there.
    #[arg(long, value_name = "USER@HOST")]
    ssh: Option<ssh::Address>,
    /// Sign in there with this private key; without it a password, the agent, or your usual keys.
    #[arg(long, value_name = "FILE")]
    ssh_key: Option<Utf8PathBuf>,
    /// The fingerprint of that server's key, which you compared: SHA256:….
    #[arg(long, value_name = "FINGERPRINT")]
    ssh_host_key: Option<String>,
    /// Read the passphrase of the key, or the account's password, from a file; - is standard input.
    #[arg(long, value_name = "FILE")]
    ssh_secret_file: Option<Utf8PathBuf>,
}

impl SshSource {
    /// Whether anything is said about it.
    pub(crate) fn is_given(&self) -> bool {
        self.ssh.is_some() || self.ssh_key.is_some() || self.ssh_host_key.is_some()
    }

    /// The server and the account, where they are given.
    pub(crate) fn account(&self) -> Option<&ssh::Address> {
        self.ssh.as_ref()
    }

    /// The server and the account with what proves who they are, where they are given.
    ///
    /// # Errors
    /// `invalid_request` where there is no server that it could be about.
    pub(crate) fn address(&self) -> Result<Option<SshView>, UserError> {
        let Some(address) = self.ssh.clone() else {
            return if self.is_given() { Err(nowhere()) } else { Ok(None) };
        };
        let key = self.ssh_key.as_ref().map(|key| {
            // Schedules run in another folder.
            camino::absolute_utf8(key).unwrap_or_else(|_| key.clone()).into()
        });
        let (host, port, user) = (address.host, address.port, address.user);
        Ok(Some(SshView { host, port, user, key, host_key: self.ssh_host_key.clone() }))
    }

    /// Puts what was given into a connection; what was not given stays as it is there.
    ///
    /// # Errors
    /// `invalid_request` where there is no server that it could be about.
    pub(crate) fn apply(&self, connection: &mut ConnectionView) -> Result<(), UserError> {
        if let Some(address) = &self.ssh {
            let (host, port, user) = (address.host.clone(), address.port, address.user.clone());
            // Another server has another key.
            let known = connection.ssh.take().filter(|known| (&known.host, known.port) == (&host, port));
            let (key, host_key) = known.map_or((None, None), |known| (known.key, known.host_key));
            connection.ssh = Some(SshView { host, port, user, key, host_key });
        }
        let Some(ssh) = &mut connection.ssh else {
            return if self.is_given() { Err(nowhere()) } else { Ok(()) };
        };
        if let Some(key) = &self.ssh_key {
            // Schedules run in another folder.
            let key = camino::absolute_utf8(key).unwrap_or_else(|_| key.clone());
            ssh.key = Some(key.into());
        }
        if let Some(host_key) = &self.ssh_host_key {
            ssh.host_key = Some(host_key.clone());
        }
        Ok(())
    }

    /// The passphrase or the password from where it was said to be; otherwise a person is asked, where one can answer
    /// and `of` is a new way.
    pub(crate) async fn secret(&self, of: Option<&SshView>) -> Result<Option<String>, UserError> {
        if let Some(file) = &self.ssh_secret_file {
            return from_source(file).await.map(Some);
        }
        let Some(ssh) = of.filter(|_| prompt::is_possible()) else { return Ok(None) };
        let question = match &ssh.key {
            Some(key) => format!("Passphrase of {key} (empty for none):"),
            None => format!("Password of {} at {} (empty to sign in with a key):", ssh.user, ssh.host),
        };
        Ok(Some(prompt::ask(&question).await?).filter(|secret| !secret.is_empty()))
    }
}

/// A way by SSH, in words.
pub(super) fn words(way: &SshView) -> String {
    let account = ssh::Address::from(way.clone()).to_string();
    let key = way.key.as_ref().map(|key| format!(", with the key {key}")).unwrap_or_default();
    let host_key = way.host_key.as_ref().map(|key| format!(", which shows {key}")).unwrap_or_default();
    format!("{account}{key}{host_key}")
}

fn nowhere() -> UserError {
    failure(
        Code::InvalidRequest,
        "a key for SSH was given, and no SSH server",
        "Name the server and the account: --ssh USER@HOST.",
    )
}
