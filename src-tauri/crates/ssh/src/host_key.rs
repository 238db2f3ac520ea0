//! Is this the server that was meant?

use std::sync::{Arc, Mutex, PoisonError};

use russh::Channel;
use russh::client::{self, ChannelOpenHandle, Msg, Session};
use russh::keys::{HashAlg, PublicKey, PublicKeyBase64 as _, PublicKeyOrCertificate};

use crate::address::Address;
use crate::error::SshError;
use crate::known_hosts::{self, Known};

/// Judges the key that the server shows, before anything is sent that proves who we are.
pub(crate) struct HostKey {
    address: Address,
    /// Why it was refused.
    refused: Arc<Mutex<Option<SshError>>>,
}

impl HostKey {
    /// A judge, and where it puts why it refused.
    pub(crate) fn of(address: &Address) -> (Self, Arc<Mutex<Option<SshError>>>) {
        let refused = Arc::new(Mutex::new(None));
        (Self { address: address.clone(), refused: Arc::clone(&refused) }, refused)
    }
}

/// The accepted key, and no other; without one, the user's own list.
fn judge(address: &Address, key: &PublicKey) -> Result<(), SshError> {
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    let (server, algorithm) = (address.server(), key.algorithm().to_string());
    let listed = known_hosts::look(address, &algorithm, &key.public_key_bytes());
    // Whatever was accepted: a key that was taken back is nobody's proof.
    if let Ok(Known::Revoked(path)) = &listed {
        return Err(SshError::HostRevoked { server, path: path.clone() });
    }
    if let Some(accepted) = &address.host_key {
        return if *accepted == fingerprint {
            Ok(())
        } else {
            let known = format!("the accepted {accepted}");
            Err(SshError::HostChanged { server, known, algorithm, fingerprint })
        };
    }
    match listed? {
        Known::Same => Ok(()),
        Known::Other(path) => {
            let known = format!("the one in {path}");
            Err(SshError::HostChanged { server, known, algorithm, fingerprint })
        }
        Known::OtherKind(path) => {
            let note = format!("; {path} has a key of another kind for it");
            Err(SshError::HostUnknown { server, algorithm, fingerprint, note })
        }
        Known::Nothing | Known::Revoked(_) => {
            Err(SshError::HostUnknown { server, algorithm, fingerprint, note: String::new() })
        }
    }
}

impl client::Handler for HostKey {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        // Certificates are not asked for, so none is taken.
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let (address, key) = (self.address.clone(), key.clone());
        let judged = tokio::task::spawn_blocking(move || judge(&address, &key)).await;
        match judged {
            Ok(Ok(())) => Ok(true),
            Ok(Err(why)) => {
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                Ok(false)
            }
            Err(_) => Ok(false),
        }
    }

    // Nothing was asked for that a server opens by itself. The library would take each, and keep it: a hostile server
    // could fill the memory.
    async fn server_channel_open_session(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        unasked()
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        unasked()
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        unasked()
    }

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        unasked()
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        unasked()
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        unasked()
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        unasked()
    }
}

/// Ends the connection.
fn unasked() -> Result<(), russh::Error> {
    Err(russh::Error::Inconsistent)
}
