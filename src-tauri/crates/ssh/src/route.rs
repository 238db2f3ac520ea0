//! A way to something that this computer does not see: through an SSH server, into a container, or both.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::container::Container;
use crate::error::SshError;
use crate::gateway::Gateway;
use crate::link::Wanted;
use crate::near_end::NearEnd;
use crate::run::Host;

/// Where ways begin on this computer, for as long as somebody holds them.
static NEAR_ENDS: Mutex<Vec<(Route, Weak<NearEnd>)>> = Mutex::new(Vec::new());

/// A stream, whatever carries it.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A host and a port, as they are seen from an SSH server, or from inside a container there or here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    by: Host,
    container: Option<Container>,
    host: String,
    port: u16,
}

impl Route {
    pub(crate) fn new(by: Host, container: Option<&Container>, host: &str, port: u16) -> Self {
        Self { by, container: container.cloned(), host: host.to_owned(), port }
    }

    /// From inside a container of this computer.
    pub fn into_container(container: &Container, host: &str, port: u16) -> Self {
        Self::new(Host::Here, Some(container), host, port)
    }

    /// The same host and port, as they are seen from inside a container of where they were seen from before.
    #[must_use]
    pub fn within(self, container: Option<&Container>) -> Self {
        Self { container: container.cloned(), ..self }
    }

    /// The SSH server; none where it leads into a container of this computer.
    pub fn gateway(&self) -> Option<&Arc<Gateway>> {
        match &self.by {
            Host::There(gateway) => Some(gateway),
            Host::Here => None,
        }
    }

    /// The container that it leads into.
    pub fn container(&self) -> Option<&Container> {
        self.container.as_ref()
    }

    /// Where programs run that are to see what it leads to.
    pub fn host(&self) -> &Host {
        &self.by
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// [`SshError`].
    pub async fn open(&self, limit: Duration) -> Result<Box<dyn Stream>, SshError> {
        match (&self.by, &self.container) {
            (by, Some(container)) => Ok(Box::new(by.bridge(container, &self.host, self.port, limit).await?)),
            (Host::There(gateway), None) => {
                Ok(Box::new(gateway.stream(Wanted::Tcp(&self.host, self.port), limit).await?))
            }
            (Host::Here, None) => {
                let target = format!("{}:{}", self.host, self.port);
                Err(SshError::NothingThere { server: self.by.to_string(), target })
            }
        }
    }

    /// A port of this computer that leads there, for child processes, for as long as somebody holds it.
    ///
    /// # Errors
    /// [`SshError::NearEnd`].
    pub fn near_end(&self) -> Result<Arc<NearEnd>, SshError> {
        let mut near_ends = NEAR_ENDS.lock().unwrap_or_else(PoisonError::into_inner);
        near_ends.retain(|(_, near)| near.strong_count() > 0);
        let there = near_ends.iter().find(|(route, _)| route == self);
        if let Some(near) = there.and_then(|(_, near)| near.upgrade()) {
            return Ok(near);
        }
        let near = Arc::new(NearEnd::open(self.clone())?);
        near_ends.push((self.clone(), Arc::downgrade(&near)));
        Ok(near)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)?;
        if let Some(container) = &self.container {
            write!(f, " in the container {container}")?;
        }
        match &self.by {
            Host::There(gateway) => write!(f, " by way of {}", gateway.address().server()),
            Host::Here => Ok(()),
        }
    }
}
