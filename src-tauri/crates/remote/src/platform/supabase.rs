//! Supabase's cloud, by its Management API: lists, monitors, triggers restores and restore points, and gives
//! the configuration. It creates, deletes and gives no backups: Holdfast's own dump takes their place.
//!
//! A restore answers nothing: how it goes shows in the project's status alone.
//! Source: the published `OpenAPI` document of the Management API.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

mod address;
mod backups;
mod calls;
mod configuration;
mod logs;
mod new_project;
mod points;
mod project;
mod restore;
mod role;
mod schedule;

pub use logs::Logs;

use super::http::Http;
use super::{
    Abilities, Ability, Account, Act, BackTo, Configuration, DatabaseAddresses, LentRole, Listing, LogQuery,
    LogSender, NewRemoteProject, Platform, PlatformError, PlatformKind, PreparedProject, RemoteBackup,
    RemoteProject, RemoteSchedule, Restorable, RestoreParts, RestorePoint, Ticket, Watched,
};
use base::secret::Secret;

/// Supabase's own address.
pub const CLOUD_BASE: &str = "https://api.supabase.com";
/// A reference is so many lower-case letters.
pub(super) const REFERENCE_LETTERS: usize = 20;

/// How a project is reached.
#[derive(Debug, Clone)]
pub struct SupabaseSettings {
    /// Address of the Management API.
    pub base: String,
    /// The project's reference: 20 lower-case letters.
    pub reference: String,
    /// The access token, `sbp_…`.
    pub token: Secret,
    /// Within this time a restore that was accepted shows in the project's status, or it is not believed.
    pub begins_within: Duration,
}

impl SupabaseSettings {
    /// The cloud itself; two minutes for a restore to begin.
    pub fn cloud(reference: impl Into<String>, token: Secret) -> Self {
        let (base, begins_within) = (CLOUD_BASE.to_owned(), Duration::from_mins(2));
        Self { base, reference: reference.into(), token, begins_within }
    }
}

/// A client of one project there.
#[derive(Debug)]
pub struct Supabase {
    http: Http,
    reference: String,
    token: Secret,
    begins_within: Duration,
    learnt: Mutex<Learnt>,
}

/// What became known of the account and the project by calls.
#[derive(Debug, Default)]
struct Learnt {
    /// What was refused, and why.
    refused: BTreeMap<Act, String>,
    /// Whether any second can be gone back to.
    pitr: Option<bool>,
    /// Tickets whose work was seen under way.
    moving: BTreeSet<String>,
}

impl Supabase {
    /// A client. Makes no call.
    ///
    /// # Errors
    /// When the address is none, or the reference is not 20 lower-case letters.
    pub fn new(settings: SupabaseSettings) -> Result<Self, PlatformError> {
        let http = Http::new(&settings.base)?;
        let SupabaseSettings { reference, token, begins_within, .. } = settings;
        if reference.len() != REFERENCE_LETTERS || !reference.bytes().all(|byte| byte.is_ascii_lowercase()) {
            let what =
                format!("project {reference:?}: a reference is {REFERENCE_LETTERS} lower-case letters");
            return Err(PlatformError::NotFound { place: http.place().to_owned(), what });
        }
        Ok(Self { http, reference, token, begins_within, learnt: Mutex::default() })
    }

    fn learnt<T>(&self, look: impl FnOnce(&mut Learnt) -> T) -> T {
        look(&mut self.learnt.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    fn ability(&self, act: Act) -> Ability {
        let (refused, pitr) = self.learnt(|learnt| (learnt.refused.get(&act).cloned(), learnt.pitr));
        if let Some(reason) = refused {
            return Ability::no(reason);
        }
        match act {
            Act::Create => Ability::no(
                "Supabase makes its backups by itself and has no call that starts one; Holdfast's own dump takes \
                 their place",
            ),
            Act::Download => Ability::no(backups::NO_DOWNLOAD),
            Act::Delete => Ability::no("there is no call for it; Supabase deletes its backups by itself"),
            Act::Export | Act::Import | Act::Upload => Ability::no("there is no call for it"),
            Act::TriggerCron => Ability::no("Supabase runs its daily backup at its own time"),
            Act::Statistics => Ability::no("Supabase says no sizes of its backups"),
            Act::ExportLogs => Ability::no("Supabase gives its logs at once, and keeps no export of them"),
            Act::Retry => Ability::no("a restore that failed is asked for anew"),
            Act::PointInTime if pitr == Some(false) => {
                Ability::no("point-in-time recovery is not switched on for this project")
            }
            Act::List
            | Act::Watch
            | Act::Restore
            | Act::ReadSchedule
            | Act::WriteSchedule
            | Act::RestorePoints
            | Act::PointInTime
            | Act::Pause
            | Act::Resume
            | Act::ReadLogs
            | Act::ReadConfiguration
            | Act::LendRole
            | Act::NewProject => Ability::Yes,
        }
    }
}

#[async_trait]
impl Platform for Supabase {
    fn kind(&self) -> PlatformKind {
        PlatformKind::Supabase
    }

    fn creatable(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn abilities(&self) -> Abilities {
        Act::ALL.into_iter().map(|act| (act, self.ability(act))).collect()
    }

    async fn lend_role(&self) -> Result<LentRole, PlatformError> {
        self.login_role(true).await
    }

    async fn database_addresses(&self) -> Result<DatabaseAddresses, PlatformError> {
        self.find_database().await
    }

    async fn prepare_project(&self, new: NewRemoteProject) -> Result<PreparedProject, PlatformError> {
        self.look_at_account(new).await
    }

    async fn new_project(&self, prepared: &PreparedProject) -> Result<RemoteProject, PlatformError> {
        self.make_project(prepared).await
    }

    async fn sign_in(&self) -> Result<Account, PlatformError> {
        // What was refused before may be allowed by now.
        self.learnt(|learnt| learnt.refused.clear());
        let organizations = self.organizations().await?;
        match self.backups().await {
            // What an account may not see is no reason that it is not signed in.
            Ok(_) | Err(PlatformError::Forbidden { .. } | PlatformError::CannotDo { .. }) => {}
            Err(error) => return Err(error),
        }
        let name = Some(organizations.join(", ")).filter(|name| !name.is_empty());
        // When an access token runs out, it does not say.
        Ok(Account { name, role: None, token_expires_at: None })
    }

    async fn project(&self) -> Result<RemoteProject, PlatformError> {
        self.read_project().await
    }

    async fn projects(&self) -> Result<Vec<RemoteProject>, PlatformError> {
        self.read_projects().await
    }

    async fn list(&self) -> Result<Listing, PlatformError> {
        Ok(self.backups().await?.listing())
    }

    async fn show(&self, id: &str) -> Result<RemoteBackup, PlatformError> {
        self.backup(id).await
    }

    async fn watch(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        match ticket.act {
            Act::NewProject => self.watch_coming().await,
            _ => self.watch_status(ticket, Timestamp::now()).await,
        }
    }

    fn holds(&self, _kind: &str) -> RestoreParts {
        RestoreParts::DATABASE
    }

    async fn restorable(&self, to: BackTo<'_>) -> Result<Restorable, PlatformError> {
        self.can_go_back(to).await
    }

    async fn restore(&self, id: &str, parts: RestoreParts) -> Result<Ticket, PlatformError> {
        self.restore_backup(id, parts).await
    }

    async fn restore_to(&self, at: Timestamp) -> Result<Ticket, PlatformError> {
        self.restore_to_second(at).await
    }

    async fn schedule(&self) -> Result<RemoteSchedule, PlatformError> {
        self.read_schedule().await
    }

    async fn set_schedule(&self, schedule: &RemoteSchedule) -> Result<RemoteSchedule, PlatformError> {
        self.write_schedule(schedule).await
    }

    async fn restore_points(&self) -> Result<Vec<RestorePoint>, PlatformError> {
        self.read_points().await
    }

    async fn add_restore_point(&self, name: &str) -> Result<RestorePoint, PlatformError> {
        self.add_point(name).await
    }

    async fn restore_to_point(&self, name: &str) -> Result<Ticket, PlatformError> {
        self.undo_to_point(name).await
    }

    async fn pause(&self) -> Result<(), PlatformError> {
        self.change_state(Act::Pause, "pause", "pause the project").await
    }

    async fn resume(&self) -> Result<(), PlatformError> {
        self.change_state(Act::Resume, "restore", "resume the project").await
    }

    fn log_sources(&self) -> &'static [&'static str] {
        &logs::SOURCES
    }

    async fn read_logs(&self, query: &LogQuery, into: LogSender) -> Result<Vec<String>, PlatformError> {
        self.send_logs(query, into).await
    }

    async fn configuration(&self) -> Result<Configuration, PlatformError> {
        self.read_configuration().await
    }
}
