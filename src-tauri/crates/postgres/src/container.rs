//! A Postgres server in a container, for a drill that needs what this computer lacks: extensions, or another version.
//!
//! Docker and Podman are used by their programs, so that whoever may use those may use this, and nobody else. An image
//! is fetched only where somebody asked for it. On Linux the container has no network, and its server is reached by a
//! socket in a folder that it shares with us; elsewhere containers run in a virtual machine that shares no sockets,
//! and a port of the loopback is opened.
//! Source: Docker docs, `docker run`; Podman docs, `podman-run`; the image `postgres`, "Environment Variables".

mod error;
mod record;
mod runtime;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

pub use error::ContainerError;
pub use record::sweep;
pub use runtime::{Image, Runtime};

use self::record::ContainerRecord;
use crate::connection::{Settings, TlsMode};
use crate::guest::KEEPER;
use base::disk;
use base::secret::Secret;

/// Where the shared folder is in the container. Not where the usual images have their sockets: they give that folder
/// to their own user, and it could not be removed any more.
const SOCKETS: &str = "/holdfast";
/// The usual images prepare their cluster by the first of them.
const SOCKET_FOLDERS: &str = "unix_socket_directories=/var/run/postgresql,/holdfast";
const PORT: u16 = 5432;
/// A first start makes the cluster, and runs what the image brings for that.
const READY_MAX: Duration = Duration::from_mins(5);
const READY_PAUSE: Duration = Duration::from_millis(300);
/// A server uses some dozens of processes.
const PROCESSES_MAX: &str = "2048";
/// Parallel workers need more than the usual 64 MiB.
const SHARED_MEMORY: &str = "512m";

/// What a container is made of.
#[derive(Debug, Clone)]
pub struct ContainerSpec {
    /// The profile whose record of it is kept.
    pub profile: Utf8PathBuf,
    /// The program that makes it.
    pub runtime: Runtime,
    /// What it is made of.
    pub image: Image,
    /// The run that makes it.
    pub job: String,
    /// Held locked by this process while it lives.
    pub owner_lock: Utf8PathBuf,
    /// The database that will be filled: schedulers of an image work in one database only.
    pub database: String,
}

impl ContainerSpec {
    fn short_job(&self) -> &str {
        self.job.get(..12).unwrap_or(&self.job)
    }
}

/// A server in a container. It is removed when it is dropped.
#[derive(Debug, Clone)]
pub struct Container {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    record: ContainerRecord,
    user: String,
    host: String,
    port: u16,
    password: Secret,
    is_removed: Mutex<bool>,
}

impl Container {
    /// Makes and starts it, and waits until its server answers.
    ///
    /// # Errors
    /// [`ContainerError`]; what was made by then is removed.
    pub async fn start(spec: ContainerSpec, password: Secret) -> Result<Self, ContainerError> {
        blocking(move || start(&spec, password)).await
    }

    /// How to connect to one of its databases, as its superuser.
    pub fn settings(&self, database: &str) -> Settings {
        Settings {
            host: self.inner.host.clone(),
            port: self.inner.port,
            database: database.to_owned(),
            user: self.inner.user.clone(),
            tls: TlsMode::Disable,
            root_certificate: None,
            ssh: None,
            container: None,
        }
    }

    /// The superuser's password.
    pub fn password(&self) -> &Secret {
        &self.inner.password
    }

    /// Its name, by which the program that made it knows it.
    pub fn name(&self) -> &str {
        &self.inner.record.name
    }

    /// Whether the system keeps it from the network.
    pub fn is_walled(&self) -> bool {
        HAS_SHARED_SOCKETS
    }

    /// Removes it with its data.
    ///
    /// # Errors
    /// Why it is still there; the next start of Holdfast tries again.
    pub async fn remove(self) -> Result<(), ContainerError> {
        blocking(move || self.inner.remove()).await
    }
}

impl Inner {
    fn remove(&self) -> Result<(), ContainerError> {
        self.record.remove(&self.runtime)?;
        *self.is_removed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if *self.is_removed.lock().unwrap_or_else(PoisonError::into_inner) {
            return;
        }
        if let Err(error) = self.remove() {
            tracing::warn!(%error, "a container could not be removed; the next start sweeps it");
        }
    }
}

/// Whether a socket in a folder of this computer can be shared with a container.
const HAS_SHARED_SOCKETS: bool = cfg!(target_os = "linux");

fn start(spec: &ContainerSpec, password: Secret) -> Result<Container, ContainerError> {
    let record = ContainerRecord::make(spec)?;
    let user = spec.image.user.clone().unwrap_or_else(|| KEEPER.to_owned());
    let mut inner = Inner {
        // It is removed also when the run was cancelled.
        runtime: Runtime::at(spec.runtime.program().to_owned()),
        host: record.sockets().to_string(),
        record,
        user,
        port: PORT,
        password,
        is_removed: Mutex::new(false),
    };
    // From here on whatever fails drops `inner`, which removes what there is.
    let variables = [("POSTGRES_PASSWORD", inner.password.expose().to_owned())];
    let arguments = arguments(spec, &inner.record, &inner.user);
    if let Err(error) = spec.runtime.run(&arguments, &variables, runtime::START_MAX) {
        // Its engine may still make one: then the record stays, and the next start looks again.
        if matches!(error, ContainerError::Late { .. } | ContainerError::Cancelled)
            && inner.record.sweep().is_ok()
        {
            *inner.is_removed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        }
        return Err(error);
    }
    wait_until_ready(&spec.runtime, &inner.record.name)?;
    if HAS_SHARED_SOCKETS {
        if !inner.record.sockets().join(format!(".s.PGSQL.{PORT}")).exists() {
            return Err(ContainerError::NoSocket { name: inner.record.name.clone() });
        }
    } else {
        "127.0.0.1".clone_into(&mut inner.host);
        inner.port = inner.runtime.published_port(&inner.record.name, PORT)?;
    }
    Ok(Container { inner: Arc::new(inner) })
}

fn arguments(spec: &ContainerSpec, record: &ContainerRecord, user: &str) -> Vec<String> {
    let mut all: Vec<String> =
        ["run", "--detach", "--pull", "never", "--name", &record.name].map(Into::into).into();
    let mut option = |name: &str, value: String| all.extend([name.to_owned(), value]);
    option("--security-opt", "no-new-privileges".into());
    option("--pids-limit", PROCESSES_MAX.into());
    option("--shm-size", SHARED_MEMORY.into());
    if HAS_SHARED_SOCKETS {
        option("--network", "none".into());
        // `z`: systems with SELinux keep a container from folders that are not marked for it.
        option("--volume", format!("{}:{SOCKETS}:z", record.sockets()));
    } else {
        option("--publish", format!("127.0.0.1::{PORT}"));
    }
    // Without a value: it is taken from the environment, which no other user can read.
    option("--env", "POSTGRES_PASSWORD".into());
    option("--env", format!("POSTGRES_USER={user}"));
    option("--env", "POSTGRES_DB=postgres".into());
    all.push(spec.image.name.clone());
    // What follows the image's name stands in the place of its own command.
    all.extend(spec.image.command.iter().cloned());
    if spec.image.command.is_empty() {
        all.push("postgres".into());
    }
    if HAS_SHARED_SOCKETS {
        all.extend(["-c".into(), SOCKET_FOLDERS.into()]);
    }
    all.extend(["-c".into(), format!("cron.database_name={}", spec.database)]);
    all
}

/// Over TCP inside of the container: while the image makes its cluster, its server listens on the socket alone.
fn wait_until_ready(runtime: &Runtime, name: &str) -> Result<(), ContainerError> {
    let begun = Instant::now();
    let asked = ["exec", name, "pg_isready", "-q", "-h", "127.0.0.1", "-p", "5432"].map(str::to_owned);
    loop {
        if runtime.run(&asked, &[], runtime::ASK_MAX).is_ok() {
            return Ok(());
        }
        let is_running = runtime.is_running(name, runtime::ASK_MAX)?.unwrap_or(false);
        if !is_running || begun.elapsed() >= READY_MAX {
            let log = runtime.log(name);
            return Err(ContainerError::NotReady { has_ended: !is_running, after: begun.elapsed(), log });
        }
        std::thread::sleep(READY_PAUSE);
    }
}

/// The programs take seconds.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ContainerError> + Send + 'static,
) -> Result<T, ContainerError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ContainerError::Interrupted),
        },
    }
}

/// A folder that the container's own user may write to, in one that nobody else may enter.
fn make_folders(folder: &Utf8Path, sockets: &Utf8Path) -> std::io::Result<()> {
    disk::create_private_dir(folder)?;
    disk::create_private_dir(sockets)?;
    open_to_others(sockets)
}

#[cfg(unix)]
fn open_to_others(path: &Utf8Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the Unix twin needs it")]
fn open_to_others(_: &Utf8Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_has_no_network_fetches_nothing_and_holds_no_password_in_its_command() {
        let image = Image::named("supabase/postgres:15").unwrap();
        let spec = ContainerSpec {
            profile: "/profile".into(),
            runtime: Runtime::at("/usr/bin/docker".into()),
            image: Image { command: vec!["postgres".into(), "-D".into(), "/etc/postgresql".into()], ..image },
            job: "3f2a".into(),
            owner_lock: "/profile/lock".into(),
            database: "holdfast_drill".into(),
        };
        let record = ContainerRecord::of(&spec, "/tmp/holdfast-c-3f2a".into());
        let words = arguments(&spec, &record, "supabase_admin").join(" ");
        assert!(
            words.contains("--pull never") && words.contains("--security-opt no-new-privileges"),
            "{words}"
        );
        assert!(words.contains("--env POSTGRES_PASSWORD --env"), "{words}");
        assert!(words.contains("supabase/postgres:15 postgres -D /etc/postgresql -c "), "{words}");
        assert!(words.ends_with(" -c cron.database_name=holdfast_drill"), "{words}");
        if HAS_SHARED_SOCKETS {
            assert!(words.contains("--network none") && !words.contains("--publish"), "{words}");
        }
    }
}
