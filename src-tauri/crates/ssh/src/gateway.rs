//! An SSH server with what signs in there, and the connections that it lends.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use russh::Channel;
use russh::client::Msg;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::address::Address;
use crate::error::SshError;
use crate::identity::Identity;
use crate::link::{Link, Unopened, Wanted};
use crate::route::Route;
use crate::run::{Host, Run};
use crate::stream::Forwarded;
use base::secret::Secret;

/// Connections that are kept for the next stream: to sign in anew takes several round trips.
const IDLE_MAX: usize = 4;
/// A connection that was kept answers in this time, or is gone.
const KEPT_ANSWERS: Duration = Duration::from_secs(3);
/// Handshakes at once: OpenSSH's server hangs up at random from ten on (`MaxStartups`).
const HANDSHAKES_MAX: usize = 6;
/// Where it hangs up all the same, it is asked again after so long.
const AGAIN: [Duration; 2] = [Duration::from_millis(400), Duration::from_millis(1500)];
/// For how long.
const IDLE: Duration = Duration::from_mins(1);

/// Those that this process knows, so that whoever has an address finds what signs in there.
static KNOWN: Mutex<Vec<Arc<Gateway>>> = Mutex::new(Vec::new());

/// An SSH server with what signs in there.
pub struct Gateway {
    identity: Identity,
    idle: Mutex<Vec<Link>>,
    handshakes: Semaphore,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gateway").field(self.identity.address()).finish()
    }
}

/// Makes a server known to this process, with the passphrase of its key or the password of its account, and yields it.
/// Nothing is contacted. Whoever has no secret for it does not take away the one of another, which is for the same
/// account and the same key: both may be at work at once.
pub fn provide(address: &Address, secret: Option<&Secret>) -> Arc<Gateway> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.iter().find(|one| one.address() == address)
        && (secret.is_none() || same.identity.secret() == secret)
    {
        return Arc::clone(same);
    }
    let new = Gateway::new(address, secret);
    known.retain(|one| one.address() != address);
    known.push(Arc::clone(&new));
    new
}

/// Nobody said what signs in there, which is a mistake of Holdfast.
pub fn no_gateway(address: &Address) -> base::failure::Failure {
    base::failure::Failure::new(
        base::Code::SshFailed,
        format!("nothing is known that signs in to the SSH server {}", address.server()),
        "Start it again. If it stays, copy this report to the developers.",
    )
}

/// The server that was made known under this address.
pub fn gateway(address: &Address) -> Option<Arc<Gateway>> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.iter().find(|one| one.address() == address).cloned()
}

impl Gateway {
    /// One that nobody else finds, for a test of what was not saved.
    pub fn new(address: &Address, secret: Option<&Secret>) -> Arc<Self> {
        Arc::new(Self {
            identity: Identity::new(address, secret.cloned()),
            idle: Mutex::default(),
            handshakes: Semaphore::new(HANDSHAKES_MAX),
        })
    }

    /// Which server it is.
    pub fn address(&self) -> &Address {
        self.identity.address()
    }

    /// Connects and signs in; the connection is kept for the first stream.
    ///
    /// # Errors
    /// All of [`SshError`] but those of streams.
    pub async fn reach(self: &Arc<Self>, limit: Duration) -> Result<(), SshError> {
        let link = self.open(limit).await?;
        self.give_back(link);
        Ok(())
    }

    /// A new connection. A server that hangs up is asked again.
    async fn open(&self, limit: Duration) -> Result<Link, SshError> {
        let mut pauses = AGAIN.into_iter();
        loop {
            let opened = {
                // Never closed, so there is always room at last.
                let _room = self.handshakes.acquire().await;
                Link::open(&self.identity, limit).await
            };
            match (opened, pauses.next()) {
                (Err(SshError::Lost { .. }), Some(pause)) => tokio::time::sleep(pause).await,
                (opened, _) => return opened,
            }
        }
    }

    /// A way through it, to `host` and `port` as they are seen from there.
    pub fn route(self: &Arc<Self>, host: &str, port: u16) -> Route {
        Route::new(Host::There(Arc::clone(self)), None, host, port)
    }

    /// Runs a line in the account's shell.
    ///
    /// # Errors
    /// [`SshError`].
    pub(crate) async fn run(self: &Arc<Self>, command: &str, limit: Duration) -> Result<Run, SshError> {
        let (channel, link) = self.channel(Wanted::Run(command), limit).await?;
        Ok(Run::there(channel, link, Arc::clone(self)))
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// [`SshError`].
    pub(crate) async fn stream(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        limit: Duration,
    ) -> Result<Forwarded, SshError> {
        let (channel, link) = self.channel(wanted, limit).await?;
        Ok(Forwarded::new(channel, link, Arc::clone(self)))
    }

    /// Opens a channel, on a connection that carries nothing else.
    async fn channel(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        limit: Duration,
    ) -> Result<(Channel<Msg>, Link), SshError> {
        let server = || self.address().server();
        loop {
            let kept = self.take();
            let is_fresh = kept.is_none();
            let link = match kept {
                Some(link) => link,
                None => self.open(limit).await?,
            };
            let patience = if is_fresh { limit } else { limit.min(KEPT_ANSWERS) };
            let opened = timeout(patience, link.channel(wanted)).await;
            match opened {
                Ok(Ok(channel)) => return Ok((channel, link)),
                Ok(Err(Unopened::Forbidden)) => {
                    self.give_back(link);
                    let (server, user) = (server(), self.address().user.clone());
                    return Err(match wanted {
                        Wanted::Tcp(..) => SshError::ForwardForbidden { server, user },
                        Wanted::Subsystem(_) => SshError::NoSftp { server, user },
                        Wanted::Run(_) => SshError::RunForbidden { server, user },
                    });
                }
                Ok(Err(Unopened::NothingThere)) => {
                    self.give_back(link);
                    let target = match wanted {
                        Wanted::Tcp(host, port) => format!("{host}:{port}"),
                        Wanted::Subsystem(name) | Wanted::Run(name) => name.to_owned(),
                    };
                    return Err(SshError::NothingThere { server: server(), target });
                }
                // The network changed, or this computer slept: the connection that was kept is gone.
                Ok(Err(Unopened::Lost(error))) if !is_fresh => {
                    tracing::debug!(%error, "a kept connection to an SSH server was gone");
                    self.let_go();
                }
                Err(_) if !is_fresh => {
                    tracing::debug!("a kept connection to an SSH server does not answer");
                    self.let_go();
                }
                Ok(Err(Unopened::Lost(error))) => {
                    return Err(SshError::Lost { server: server(), source: Box::new(error) });
                }
                Err(_) => return Err(SshError::Timeout { server: server(), after: limit }),
            }
        }
    }

    /// Keeps none of the connections that are free: what one of them met, all of them did.
    fn let_go(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn take(&self) -> Option<Link> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(is_good);
        idle.pop()
    }

    /// Keeps a connection for the next stream.
    pub(crate) fn give_back(self: &Arc<Self>, mut link: Link) {
        // Outside of the runtime nobody could close it later.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        link.idle_since = Instant::now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if link.is_closed() || idle.len() >= IDLE_MAX {
            return;
        }
        idle.push(link);
        let this = Arc::downgrade(self);
        runtime.spawn(async move {
            tokio::time::sleep(IDLE).await;
            if let Some(this) = this.upgrade() {
                this.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(is_good);
            }
        });
    }
}

fn is_good(link: &Link) -> bool {
    !link.is_closed() && link.idle_since.elapsed() < IDLE
}
