//! A Postgres server of our own, on this computer, that nobody else can reach.
//!
//! For drills (scratch) and for the sample project. Private by a Unix socket in a directory with
//! mode 0700 and a random password; where there are no Unix sockets, by 127.0.0.1, a random port
//! and the password. It makes, runs and removes servers; what is loaded into them is others' work.
//! The operating system walls it in as far as it can. `initdb` refuses root: then everything runs as the system's user `postgres`, in a directory of his.
//! Source: Postgres docs, `initdb`, `pg_ctl`, "Server Configuration".

mod entry;
mod error;
mod place;
mod record;
mod server;
mod spec;
mod stop;
mod sweep;
mod wall;
mod walled;

use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::Utf8Path;

pub use error::ClusterError;
pub use place::Place;
pub use record::ClusterRecord;
pub use spec::{ClusterLocale, ClusterSpec, Listens, Purpose};
pub use sweep::{SweepReport, sweep};
pub use wall::{Confinement, Gap, NoWall, Wall};
pub use walled::{Walled, end_left};

use self::stop::StopMode;
use crate::connection::{Settings, TlsMode};
use crate::tools::ToolSet;
use base::secret::Secret;

/// The superuser of our clusters.
pub const SUPERUSER: &str = "holdfast";

/// A private server. A scratch cluster that is dropped is stopped and removed; a sample stays.
#[derive(Debug, Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    record: Mutex<ClusterRecord>,
    tools: ToolSet,
    password: Secret,
    /// Ours to collect when it ends; `None` for a server that another process started.
    server: Mutex<Option<Child>>,
    /// How it was walled in when we started it.
    wall: Mutex<Option<Wall>>,
    is_removed: Mutex<bool>,
}

impl Cluster {
    /// Makes the cluster, with a random password. It does not run yet.
    ///
    /// # Errors
    /// [`ClusterError`]. What was made by then is removed.
    pub async fn create(spec: ClusterSpec) -> Result<Self, ClusterError> {
        blocking(move || {
            let password = Secret::new(server::random_text()?);
            let tools = spec.tools.clone();
            let record = server::create(&spec, &password)?;
            Ok(Self { inner: Arc::new(Inner::new(record, tools, password)) })
        })
        .await
    }

    /// Takes up a cluster that was made before, running or not.
    ///
    /// # Errors
    /// [`ClusterError::NotACluster`] if the record leads nowhere.
    pub fn attach(record: ClusterRecord, tools: &ToolSet, password: Secret) -> Result<Self, ClusterError> {
        if !record.place.data().join("PG_VERSION").is_file() {
            return Err(ClusterError::NotACluster { directory: record.place.directory });
        }
        Ok(Self { inner: Arc::new(Inner::new(record, tools.clone(), password)) })
    }

    /// Starts the server and waits until it answers. Does nothing if it runs.
    ///
    /// # Errors
    /// [`ClusterError::NotReady`], with the end of the server's log.
    pub async fn start(&self) -> Result<(), ClusterError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.start()).await
    }

    /// Stops the server: sessions are ended; if that takes too long, without a checkpoint.
    ///
    /// # Errors
    /// [`ClusterError::NotStopped`].
    pub async fn stop(&self) -> Result<(), ClusterError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.stop(StopMode::Fast)).await
    }

    /// Stops the server and removes everything: data, socket, log, record.
    ///
    /// # Errors
    /// [`ClusterError::Remove`], naming what is left.
    pub async fn remove(self) -> Result<(), ClusterError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.remove()).await
    }

    /// Keeps a scratch cluster: it survives this process, and no sweep touches it.
    ///
    /// # Errors
    /// [`ClusterError::Record`].
    pub fn keep(&self) -> Result<(), ClusterError> {
        let mut record = self.inner.record();
        record.purpose = Purpose::Kept;
        record.save()
    }

    /// True if the server accepts connections.
    pub fn is_running(&self) -> bool {
        server::is_running(&self.inner.record().place)
    }

    /// How to connect to one of its databases, as the superuser.
    pub fn settings(&self, database: &str) -> Settings {
        let record = self.inner.record();
        Settings {
            host: record.place.host(),
            port: record.place.port,
            database: database.to_owned(),
            user: SUPERUSER.to_owned(),
            tls: TlsMode::Disable,
            root_certificate: None,
            ssh: None,
            container: None,
        }
    }

    /// The same over TCP, for a cluster that [`Listens::AlsoOnLoopback`].
    pub fn loopback_settings(&self, database: &str) -> Settings {
        Settings { host: "127.0.0.1".to_owned(), ..self.settings(database) }
    }

    /// The superuser's password.
    pub fn password(&self) -> &Secret {
        &self.inner.password
    }

    /// The programs that made and run it.
    pub fn tools(&self) -> &ToolSet {
        &self.inner.tools
    }

    /// Its record, to attach to it later.
    pub fn record(&self) -> ClusterRecord {
        self.inner.record().clone()
    }

    /// How the system walls it in; `None` for a server that another process started.
    pub fn wall(&self) -> Option<Wall> {
        self.inner.wall.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The end of the server's log.
    pub fn log_tail(&self) -> String {
        server::log_tail(&self.inner.record().place)
    }
}

impl Inner {
    fn new(record: ClusterRecord, tools: ToolSet, password: Secret) -> Self {
        let (record, server, is_removed) = (Mutex::new(record), Mutex::default(), Mutex::new(false));
        Self { record, tools, password, server, wall: Mutex::default(), is_removed }
    }

    fn record(&self) -> MutexGuard<'_, ClusterRecord> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn server(&self) -> MutexGuard<'_, Option<Child>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<(), ClusterError> {
        let record = self.record().clone();
        if server::is_running(&record.place) {
            return Ok(());
        }
        let server::Started { child, place, wall } = server::start(&record, &self.tools)?;
        *self.server() = Some(child);
        *self.wall.lock().unwrap_or_else(PoisonError::into_inner) = Some(wall);
        let mut record = self.record();
        if record.place != place {
            record.place = place;
            record.save()?;
        }
        Ok(())
    }

    fn stop(&self, mode: StopMode) -> Result<(), ClusterError> {
        let place = self.record().place.clone();
        let mut child = self.server().take();
        let stopped = stop::stop(&place, &self.tools, mode, child.as_mut());
        if let Some(child) = &mut child {
            server::collect(child);
        }
        stopped
    }

    fn remove(&self) -> Result<(), ClusterError> {
        // Nothing in it is worth a checkpoint.
        self.stop(StopMode::Immediate)?;
        let record = self.record().clone();
        record.place.remove()?;
        record.forget()?;
        *self.is_removed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let is_removed = *self.is_removed.lock().unwrap_or_else(PoisonError::into_inner);
        if is_removed || self.record().purpose != Purpose::Scratch {
            return;
        }
        if let Err(error) = self.remove() {
            tracing::warn!(%error, "a scratch cluster could not be removed; the next start sweeps it");
        }
    }
}

/// Starting and stopping a server blocks for seconds.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ClusterError::Interrupted),
        },
    }
}

/// The records of all clusters of the profile.
///
/// # Errors
/// [`ClusterError::Record`] if one cannot be read.
pub fn records(profile: &Utf8Path) -> Result<Vec<ClusterRecord>, ClusterError> {
    ClusterRecord::all(profile)
}
