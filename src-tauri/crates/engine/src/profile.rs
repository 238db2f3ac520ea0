//! What every verb needs: the catalogue, the secrets, the vault, the jobs, the tools of this profile.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::archive::Archive;
use crate::at_work::SlotsAtWork;
use base::Code;
use base::failure::Failure;
use base::secret::{Secret, Secrets};
use ledger::audit::Recorder;
use ledger::catalog::{Catalog, ProjectRecord};
use ledger::job::{JobRunner, Trigger};
use postgres::connection::Settings;
use postgres::tools::{SearchRoots, Tools};

/// So much of a hash tells the addresses of one project apart.
const ADDRESS_BYTES: usize = 8;

/// A profile: one home directory with everything in it.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) home: Utf8PathBuf,
    pub(crate) catalog: Catalog,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) archive: Arc<Archive>,
    pub(crate) audit: Recorder,
    pub(crate) jobs: JobRunner,
    /// Where tools are looked for, before the configured directories are added.
    pub(crate) roots: SearchRoots,
    pub(crate) tools: Mutex<Option<Arc<Tools>>>,
    /// How long a dump may wait for another session's lock.
    pub(crate) lock_wait: Duration,
    /// How long older data lies unread before a backup reads a bit of it again.
    pub(crate) read_older_after: Duration,
    /// How long a platform may say the same of what goes on there.
    pub(crate) platform_standing: Duration,
    /// The slots of schedules that this process is at work on.
    pub(crate) slots_at_work: SlotsAtWork,
    /// Where a stand-in of a platform with the sample shop runs.
    pub(crate) sample_platform: Option<String>,
}

impl Profile {
    /// The same profile, for what something else starts in this process.
    pub(crate) fn started_by(&self, trigger: Trigger) -> Self {
        let tools = self.tools.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self {
            home: self.home.clone(),
            catalog: self.catalog.clone(),
            secrets: Arc::clone(&self.secrets),
            archive: Arc::clone(&self.archive),
            audit: self.audit.started_by(trigger),
            jobs: self.jobs.started_by(trigger),
            roots: self.roots.clone(),
            tools: Mutex::new(tools),
            lock_wait: self.lock_wait,
            read_older_after: self.read_older_after,
            platform_standing: self.platform_standing,
            slots_at_work: self.slots_at_work.clone(),
            sample_platform: self.sample_platform.clone(),
        }
    }

    /// What can start programs, on this computer or by way of a scratch server's superuser, is not for a
    /// page, which shows names from servers.
    pub(crate) fn only_on_the_command_line(&self, what: &str) -> Result<(), Failure> {
        match self.jobs.trigger() {
            Trigger::CommandLine => Ok(()),
            Trigger::Window | Trigger::Schedule => Err(Failure::new(
                Code::CommandLineOnly,
                format!("{what} can be given on the command line only"),
                "See `holdfast --help` there.",
            )),
        }
    }

    /// The project with this id or name.
    pub(crate) async fn project(&self, id_or_name: &str) -> Result<ProjectRecord, Failure> {
        let found = self.catalog.project(id_or_name).await?;
        found.ok_or_else(|| Failure::not_found(Code::ProjectNotFound, id_or_name))
    }

    /// The project's password, where it has one; whoever asks for it may reach the database from then on, also by SSH.
    pub(crate) async fn password(&self, project: &ProjectRecord) -> Result<Option<Secret>, Failure> {
        self.prepare_way(project).await?;
        if !project.has_password {
            return Ok(None);
        }
        match self.secrets.find(&password_name(project)).await? {
            Some(password) => Ok(Some(password)),
            None => Ok(Some(self.secrets.get(&unbound_password_name(&project.id)).await?)),
        }
    }

    /// Makes the way to a project's database known, where it leads through an SSH server. Nothing is contacted.
    async fn prepare_way(&self, project: &ProjectRecord) -> Result<(), Failure> {
        if let Some((address, name)) = ssh_secret_name(project) {
            ssh::provide(address, self.secrets.find(&name).await?.as_ref());
        }
        Ok(())
    }

    /// The Postgres tools of this computer; looked for once, and again after `forget_tools`.
    pub(crate) async fn tools(&self) -> Result<Arc<Tools>, Failure> {
        if let Some(known) = self.tools.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(known);
        }
        let mut roots = self.roots.clone();
        for directory in crate::settings::tool_directories(&self.catalog).await? {
            roots = roots.with_directory(directory);
        }
        let found = tokio::task::spawn_blocking(move || Arc::new(Tools::discover(&roots)));
        let found = found.await.map_err(|join| {
            tracing::error!(%join, "looking for tools panicked");
            Failure::new(
                Code::Internal,
                "Holdfast made a mistake while it looked for tools",
                "Copy this report to the developers.",
            )
        })?;
        *self.tools.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        Ok(found)
    }

    /// Looks for tools anew the next time.
    pub(crate) fn forget_tools(&self) {
        *self.tools.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Under which name a project's password is stored: it says for which server and role it was entered, so that an edit
/// that ends in the middle leaves none that would be sent to another one.
pub(crate) fn password_name(project: &ProjectRecord) -> String {
    let unbound = unbound_password_name(&project.id);
    match &project.connection {
        // A stronger proof of who the server is makes it no other one, so that is not part of the name.
        Some(Settings { host, port, user, root_certificate, ssh, container, database: _, tls: _ }) => {
            let server = (host, port, user, root_certificate);
            // Behind another SSH server, or in another container, the same name is another server.
            let by = ssh.as_ref().map(|ssh| (&ssh.host, ssh.port, &ssh.user));
            let mark = match (by, container) {
                (Some((host, port, user)), None) => address_mark(&(server, host, port, user)),
                (None, None) => address_mark(&server),
                (by, Some(container)) => address_mark(&(server, by, "container", container)),
            };
            format!("{unbound}:{mark}")
        }
        None => unbound,
    }
}

/// The SSH server by way of which a project is reached, and under which name the passphrase of the key, or the password,
/// for it is stored: it says for which account and which key it was entered.
pub(crate) fn ssh_secret_name(project: &ProjectRecord) -> Option<(&ssh::Address, String)> {
    let address = project.connection.as_ref()?.ssh.as_ref()?;
    let ssh::Address { host, port, user, key, host_key: _ } = address;
    let mark = address_mark(&(host, port, user, key));
    Some((address, format!("project:{}:ssh:{mark}", project.id)))
}

/// Under which name an earlier version stored it.
pub(crate) fn unbound_password_name(project_id: &str) -> String {
    format!("project:{project_id}")
}

/// An address as a part of a name.
pub(crate) fn address_mark(address: &impl Serialize) -> String {
    let text = serde_json::to_string(address).unwrap_or_default();
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    base::hex::encode(&hash.as_ref()[..ADDRESS_BYTES])
}
