//! A way through an SSH server to something that it reaches.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::SshError;
use crate::gateway::Gateway;
use crate::link::Wanted;
use crate::near_end::NearEnd;
use crate::stream::Forwarded;

/// A host and a port, as they are seen from an SSH server.
#[derive(Debug, Clone)]
pub struct Route {
    gateway: Arc<Gateway>,
    host: String,
    port: u16,
}

impl Route {
    pub(crate) fn new(gateway: Arc<Gateway>, host: &str, port: u16) -> Self {
        Self { gateway, host: host.to_owned(), port }
    }

    /// The SSH server.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// [`SshError`].
    pub async fn open(&self, limit: Duration) -> Result<Forwarded, SshError> {
        self.gateway.stream(Wanted::Tcp(&self.host, self.port), limit).await
    }

    /// A port of this computer that leads there, for child processes, for as long as somebody holds it.
    ///
    /// # Errors
    /// [`SshError::NearEnd`].
    pub fn near_end(&self) -> Result<Arc<NearEnd>, SshError> {
        self.gateway.near_end(&self.host, self.port)
    }
}

impl PartialEq for Route {
    /// The same server, and the same place behind it.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.gateway, &other.gateway) && (&self.host, self.port) == (&other.host, other.port)
    }
}

impl Eq for Route {}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} by way of {}", self.host, self.port, self.gateway.address().server())
    }
}
