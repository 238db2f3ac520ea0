//! `SupaManager`: a self-hosted manager of Supabase projects that makes its own backups.
//!
//! Its backups, exports and restores are jobs there. Nothing of its own is asked of the server for
//! projects' health, which is a fixed text, and nothing is believed that was not looked up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

mod backup;
mod going_on;
mod project;
mod project_file;
mod session;

use super::http::{Http, Pace};
use super::{
    Abilities, Ability, Account, Act, BackTo, CreateRequest, Listing, Platform, PlatformError, PlatformKind,
    RemoteBackup, RemoteFact, RemoteFile, RemoteProject, RemoteSchedule, Restorable, RestoreParts, Ticket,
    Watched,
};
use base::secret::Secret;

const NAME: &str = "SupaManager";
/// Kinds of backups, the usual one first.
const KINDS: [&str; 4] = ["full", "database", "storage", "incremental"];
/// What needs the server's backup routes, which older servers do not have.
const BY_BACKUP_ROUTES: [Act; 9] = [
    Act::List,
    Act::Create,
    Act::Watch,
    Act::Download,
    Act::Delete,
    Act::Restore,
    Act::WriteSchedule,
    Act::Export,
    Act::Statistics,
];

/// Where a project is; everything but the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The server's address.
    pub base_url: String,
    /// The project's reference there.
    pub project_ref: String,
    /// The account's e-mail address.
    pub email: String,
}

/// A client for one project of a `SupaManager`.
#[derive(Clone)]
pub struct Supamanager {
    inner: Arc<Inner>,
}

struct Inner {
    http: Http,
    settings: Settings,
    password: Secret,
    session: Mutex<Option<session::Session>>,
    /// What was refused, and why.
    refused: std::sync::Mutex<BTreeMap<Act, String>>,
    /// Restores during which the project was seen paused.
    seen_paused: std::sync::Mutex<BTreeSet<String>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supamanager").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for Supamanager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Supamanager {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// `Unintelligible` for an address that is none, or that would show the token to a network.
    pub fn new(settings: Settings, password: Secret) -> Result<Self, PlatformError> {
        Self::paced(settings, password, Pace::default())
    }

    /// The same with other limits of time.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub fn paced(settings: Settings, password: Secret, pace: Pace) -> Result<Self, PlatformError> {
        let http = Http::new(&settings.base_url)?.with_pace(pace);
        let (session, refused, seen_paused) =
            (Mutex::default(), BTreeMap::new().into(), BTreeSet::new().into());
        Ok(Self { inner: Arc::new(Inner { http, settings, password, session, refused, seen_paused }) })
    }
}

impl Inner {
    /// Of a call about the project.
    fn path<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        [&["platform", "projects", self.settings.project_ref.as_str()], more].concat()
    }

    fn learn(&self, act: Act, refusal: Option<String>) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match refusal {
            Some(reason) => refused.insert(act, reason),
            None => refused.remove(&act),
        };
    }

    /// Learns that the server has none of the routes, and says so.
    fn has_no_backups(&self) -> PlatformError {
        let reason = "this server has no calls for backups".to_owned();
        for act in BY_BACKUP_ROUTES {
            self.learn(act, Some(reason.clone()));
        }
        PlatformError::CannotDo { platform: NAME, act: Act::List, reason }
    }

    fn ability(&self, act: Act) -> Ability {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = refused.get(&act) {
            return Ability::no(reason);
        }
        match act {
            Act::Import | Act::Pause | Act::Resume => Ability::Yes,
            act if BY_BACKUP_ROUTES.contains(&act) => Ability::Yes,
            Act::ReadSchedule => Ability::no("the server takes a schedule, and has no call that says it"),
            Act::TriggerCron => Ability::no("its schedule runs by itself; start a backup instead"),
            Act::RestorePoints | Act::PointInTime => Ability::no("it goes back to its backups alone"),
            Act::ExportLogs | Act::ReadLogs => Ability::no("it has no call for logs"),
            Act::Retry => Ability::no("a backup that failed is started anew"),
            Act::Upload => Ability::no("it takes files as new projects alone, by an import"),
            Act::ReadConfiguration => Ability::no("configuration comes with full backups and exports"),
            Act::LendRole => Ability::no("it lends no role of its database"),
            Act::NewProject => Ability::no("there is no call for it"),
            _ => Ability::no("there is no such call"),
        }
    }
}

#[async_trait]
impl Platform for Supamanager {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Supamanager
    }

    fn creatable(&self) -> Vec<&'static str> {
        if self.inner.ability(Act::Create).is_yes() { KINDS.to_vec() } else { Vec::new() }
    }

    fn promises_checksums(&self) -> bool {
        true
    }

    fn abilities(&self) -> Abilities {
        Act::ALL.into_iter().map(|act| (act, self.inner.ability(act))).collect()
    }

    async fn sign_in(&self) -> Result<Account, PlatformError> {
        self.inner.sign_in().await
    }

    async fn project(&self) -> Result<RemoteProject, PlatformError> {
        self.inner.project().await
    }

    async fn projects(&self) -> Result<Vec<RemoteProject>, PlatformError> {
        self.inner.projects().await
    }

    async fn list(&self) -> Result<Listing, PlatformError> {
        self.inner.list().await
    }

    async fn show(&self, id: &str) -> Result<RemoteBackup, PlatformError> {
        self.inner.show(id).await
    }

    async fn download(&self, id: &str) -> Result<Vec<RemoteFile>, PlatformError> {
        self.inner.files(id).await
    }

    async fn create(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        self.inner.create(request).await
    }

    async fn watch(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        self.inner.watch(ticket).await
    }

    async fn delete(&self, id: &str) -> Result<(), PlatformError> {
        self.inner.delete(id).await
    }

    fn holds(&self, kind: &str) -> RestoreParts {
        going_on::held_by(kind)
    }

    async fn restorable(&self, to: BackTo<'_>) -> Result<Restorable, PlatformError> {
        match to {
            BackTo::Backup(backup) => Ok(going_on::restorable(backup)),
            BackTo::Moment(_) => Err(self.cannot(Act::PointInTime)),
            BackTo::Point(_) => Err(self.cannot(Act::RestorePoints)),
        }
    }

    async fn restore(&self, id: &str, parts: RestoreParts) -> Result<Ticket, PlatformError> {
        self.inner.restore(id, parts).await
    }

    async fn set_schedule(&self, schedule: &RemoteSchedule) -> Result<RemoteSchedule, PlatformError> {
        self.inner.set_schedule(schedule).await
    }

    async fn export(&self) -> Result<Ticket, PlatformError> {
        self.inner.export().await
    }

    async fn import(&self, file: &Path, new_name: &str) -> Result<RemoteProject, PlatformError> {
        self.inner.import(file, new_name).await
    }

    async fn pause(&self) -> Result<(), PlatformError> {
        self.inner.change_state(Act::Pause, "pause").await
    }

    async fn resume(&self) -> Result<(), PlatformError> {
        self.inner.change_state(Act::Resume, "resume").await
    }

    async fn statistics(&self) -> Result<Vec<RemoteFact>, PlatformError> {
        Ok(project_file::statistics(&self.inner.list().await?))
    }
}
