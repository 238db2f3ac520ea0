//! Platforms: remote services that back their projects up themselves. Holdfast triggers, watches, fetches
//! and checks; **what a platform says is a claim, what is here and checks out is a backup**.
//!
//! One trait, four implementations. What a platform cannot do is known before somebody asks for it: as an
//! `Ability` with its reason. Clients keep no state but the token, hold no bytes of artifacts, and do not
//! know projects, vaults or jobs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod act;
mod database;
mod error;
mod form;
mod http;
mod lenient;
mod log_entries;
mod open;
pub mod opttius;
mod parts;
mod project;
mod running;
mod settings;
pub mod supabase;
pub mod supamanager;
pub mod telegram;
pub mod telegram_platform;
pub mod wedsync;

pub use act::{Abilities, Ability, Act};
pub use database::DatabaseAddresses;
pub use error::PlatformError;
pub use form::{CredentialField, SettingField, credentials, settings_of};
pub use http::Pace;
pub use log_entries::halved;
pub use log_entries::{LogLimits, LogQuery, LogReceiver, LogSender, log_channel};
pub use open::bot_of;
pub use open::{check, open, open_account};
pub use parts::{BackTo, ChosenParts, Restorable, RestoreParts};
pub use project::{NewRemoteProject, PreparedProject, RemoteProject};
pub use running::Running;
pub use settings::PlatformSettings;

use base::secret::Secret;

use crate::transfer::Links;

/// The platforms that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformKind {
    /// A self-hosted Supabase manager.
    Supamanager,
    /// Supabase's own cloud, by its Management API.
    Supabase,
    /// An admin API that keeps organisations' backups and whole dumps.
    Opttius,
    /// A platform that keeps its backups with Telegram.
    TelegramPlatform,
}

impl PlatformKind {
    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supamanager => "SupaManager",
            Self::Supabase => "Supabase",
            Self::Opttius => "Opttius",
            Self::TelegramPlatform => "the Telegram platform",
        }
    }

    /// Whether a project is paused and resumed there by a call. That a server is too old for it, or an account may
    /// not, is learnt by asking.
    pub fn has_pauses(self) -> bool {
        matches!(self, Self::Supamanager | Self::Supabase)
    }

    /// Whether it gives a project's configuration by itself, beside its backups or without them.
    pub fn gives_configuration(self) -> bool {
        matches!(self, Self::Supabase)
    }
}

/// Who is signed in there, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Name or address, where the platform says.
    pub name: Option<String>,
    /// Role or scopes, as words.
    pub role: Option<String>,
    /// When the token runs out.
    pub token_expires_at: Option<Timestamp>,
}

/// How a backup stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteState {
    /// Being made; per cent, where the platform says.
    Creating {
        /// 0 to 100.
        percent: Option<u8>,
    },
    /// The platform says that it is done.
    Completed,
    /// The platform says that it failed.
    Failed {
        /// Why, as it says.
        said: String,
    },
    /// A word that is not known, as it stands.
    Other(String),
}

/// A backup there, as the platform describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteBackup {
    /// Its id there; what every other call takes.
    pub id: String,
    /// The project or organisation that it belongs to, where the platform says.
    pub owner: Option<String>,
    /// Its kind there, in its own word, lower case: `full`, `database`, `logs`, `organisation` …
    pub kind: String,
    /// How it stands.
    pub state: RemoteState,
    /// File name, where it has one.
    pub file_name: Option<String>,
    /// Bytes, where it says.
    pub bytes: Option<u64>,
    /// When it was begun.
    pub created_at: Option<Timestamp>,
    /// When the platform will delete it.
    pub expires_at: Option<Timestamp>,
    /// SHA-256 per component, hexadecimal, where it says: components as they are stored in the file.
    pub checksums: BTreeMap<String, String>,
    /// Whether it says that the file is encrypted.
    pub is_encrypted: Option<bool>,
    /// Whether its bytes can be had.
    pub download: Ability,
}

/// What a listing showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The backups, newest first.
    pub backups: Vec<RemoteBackup>,
    /// How many there are in all, where it says.
    pub total: Option<u64>,
    /// What is odd about the listing, as sentences: cut at a limit, rows of others left out …
    pub notes: Vec<String>,
}

/// What is asked for when a backup is started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateRequest {
    /// One of `creatable`; absent means the platform's usual.
    pub kind: Option<String>,
    /// Compress it, where there is a choice.
    pub compress: bool,
    /// Let the platform encrypt it, where it can.
    pub encrypt: bool,
    /// `sql`, `tar`, `json`, `text`, where there is a choice.
    pub format: Option<String>,
    /// Why, where the platform records that.
    pub reason: Option<String>,
    /// Whom the platform tells, where it does.
    pub notify_email: Option<String>,
    /// For logs: the first and the last moment.
    pub range: Option<(Timestamp, Timestamp)>,
}

/// Something that goes on there. Can be stored, and watched again after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// What goes on.
    pub act: Act,
    /// Its id there.
    pub id: String,
    /// What the client needs beside it, in words of its own; no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}

/// How something stands that goes on there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// It goes on.
    Running {
        /// Per cent, where it says.
        percent: Option<u8>,
        /// How it stands in words.
        words: String,
    },
    /// It is done, and what it left was looked up: the id of a backup where there is one.
    Done {
        /// The backup that it made, or the project.
        id: Option<String>,
        /// What it said, as sentences.
        notes: Vec<String>,
    },
    /// It failed.
    Failed {
        /// What it said.
        said: String,
        /// Whether `retry` may be asked for.
        can_retry: bool,
    },
}

/// A platform's schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteSchedule {
    /// Whether it runs.
    pub enabled: bool,
    /// `hourly`, `daily`, `weekly`.
    pub frequency: String,
    /// `HH:MM`, UTC.
    pub time: String,
    /// Kind of backup, where there is a choice.
    pub kind: Option<String>,
    /// How many are kept, where it says.
    pub retention: Option<u32>,
}

/// One file to fetch.
#[derive(Debug, Clone)]
pub struct RemoteFile {
    /// Name; never used as a path as it stands.
    pub name: String,
    /// Bytes in all, where the platform says.
    pub bytes: Option<u64>,
    /// Where links to it come from.
    pub links: Arc<dyn Links>,
}

/// A named fact, for statistics and results that have no form of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFact {
    /// Name.
    pub name: String,
    /// Value in words.
    pub value: String,
}

/// A moment that a platform keeps under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorePoint {
    /// Name, 20 characters at most.
    pub name: String,
    /// Its state, as the platform says.
    pub status: String,
}

/// A role of the database that lives for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LentRole {
    /// Its name.
    pub role: String,
    /// Its password.
    pub password: Secret,
    /// When it stops to sign in.
    pub expires_at: Timestamp,
}

/// A document of configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationFile {
    /// Path below `/config`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A project's configuration as far as it can be read back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configuration {
    /// What could be read.
    pub files: Vec<ConfigurationFile>,
    /// What was refused or not understood, as sentences without their full stops.
    pub missing: Vec<String>,
    /// Values that no call gives back, as sentences without their full stops: those of secrets.
    pub hidden: Vec<String>,
}

/// A client of one project on one platform. Everything is a claim until its bytes are here.
#[async_trait]
pub trait Platform: Send + Sync + fmt::Debug {
    /// Which platform it is.
    fn kind(&self) -> PlatformKind;

    /// Kinds of backups that can be started, the usual one first; empty where none can.
    fn creatable(&self) -> Vec<&'static str>;

    /// Whether it gives a checksum of each part of a backup.
    fn promises_checksums(&self) -> bool {
        false
    }

    /// What it can do for this account, as far as is known by now: every act of `Act::ALL`.
    /// Learns from `sign_in` and from the first refusal.
    fn abilities(&self) -> Abilities;

    /// Signs in, and asks who that is. Other calls sign in by themselves, and again when a token ran out.
    async fn sign_in(&self) -> Result<Account, PlatformError>;

    /// The project that this client is for, as the platform describes it.
    async fn project(&self) -> Result<RemoteProject, PlatformError>;

    /// The projects that the account sees.
    async fn projects(&self) -> Result<Vec<RemoteProject>, PlatformError>;

    /// Its backups; never those of another project or organisation, whatever the platform sends.
    async fn list(&self) -> Result<Listing, PlatformError>;

    /// One backup.
    async fn show(&self, id: &str) -> Result<RemoteBackup, PlatformError>;

    /// The files of one backup, each as links that can be renewed.
    async fn download(&self, id: &str) -> Result<Vec<RemoteFile>, PlatformError> {
        let _ = id;
        Err(self.cannot(Act::Download))
    }

    /// Starts a backup.
    async fn create(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        let _ = request;
        Err(self.cannot(Act::Create))
    }

    /// Looks once at something that goes on. "Done" is said only after what it left was looked up.
    async fn watch(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        let _ = ticket;
        Err(self.cannot(Act::Watch))
    }

    /// Tries a failed job again.
    async fn retry(&self, ticket: &Ticket) -> Result<Ticket, PlatformError> {
        let _ = ticket;
        Err(self.cannot(Act::Retry))
    }

    /// Deletes a backup there.
    async fn delete(&self, id: &str) -> Result<(), PlatformError> {
        let _ = id;
        Err(self.cannot(Act::Delete))
    }

    /// Which parts of a project a backup of this kind holds.
    fn holds(&self, kind: &str) -> RestoreParts;

    /// Which parts a restore there would bring back, and why not the others. Changes nothing: what it says is
    /// known before a safety backup is made.
    async fn restorable(&self, to: BackTo<'_>) -> Result<Restorable, PlatformError>;

    /// Restores a backup over the project there. The caller has made a safety backup first.
    async fn restore(&self, id: &str, parts: RestoreParts) -> Result<Ticket, PlatformError> {
        let _ = (id, parts);
        Err(self.cannot(Act::Restore))
    }

    /// Goes back to a second. The caller has made a safety backup first.
    async fn restore_to(&self, at: Timestamp) -> Result<Ticket, PlatformError> {
        let _ = at;
        Err(self.cannot(Act::PointInTime))
    }

    /// Its schedule.
    async fn schedule(&self) -> Result<RemoteSchedule, PlatformError> {
        Err(self.cannot(Act::ReadSchedule))
    }

    /// Changes its schedule.
    async fn set_schedule(&self, schedule: &RemoteSchedule) -> Result<RemoteSchedule, PlatformError> {
        let _ = schedule;
        Err(self.cannot(Act::WriteSchedule))
    }

    /// Exports the project as one file, which is then a backup like any other.
    async fn export(&self) -> Result<Ticket, PlatformError> {
        Err(self.cannot(Act::Export))
    }

    /// Makes a new project of an exported file.
    async fn import(&self, file: &Path, new_name: &str) -> Result<RemoteProject, PlatformError> {
        let _ = (file, new_name);
        Err(self.cannot(Act::Import))
    }

    /// Runs its scheduled backups now; what came of it, each failure named.
    async fn trigger_cron(&self) -> Result<Vec<RemoteFact>, PlatformError> {
        Err(self.cannot(Act::TriggerCron))
    }

    /// What it has, counted by it.
    async fn statistics(&self) -> Result<Vec<RemoteFact>, PlatformError> {
        Err(self.cannot(Act::Statistics))
    }

    /// Its restore points.
    async fn restore_points(&self) -> Result<Vec<RestorePoint>, PlatformError> {
        Err(self.cannot(Act::RestorePoints))
    }

    /// Names the present moment.
    async fn add_restore_point(&self, name: &str) -> Result<RestorePoint, PlatformError> {
        let _ = name;
        Err(self.cannot(Act::RestorePoints))
    }

    /// Goes back to a named moment. The caller has made a safety backup first.
    async fn restore_to_point(&self, name: &str) -> Result<Ticket, PlatformError> {
        let _ = name;
        Err(self.cannot(Act::RestorePoints))
    }

    /// Asks for a pause of the project; that it is paused shows in its status, some time later.
    async fn pause(&self) -> Result<(), PlatformError> {
        Err(self.cannot(Act::Pause))
    }

    /// Asks for its end.
    async fn resume(&self) -> Result<(), PlatformError> {
        Err(self.cannot(Act::Resume))
    }

    /// Exports its logs between two moments.
    async fn export_logs(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        let _ = request;
        Err(self.cannot(Act::ExportLogs))
    }

    /// How such an export is limited.
    fn log_limits(&self) -> LogLimits {
        LogLimits { entries_max: u64::MAX, shortest: jiff::SignedDuration::from_mins(1) }
    }

    /// What has logs that `read_logs` gives, the usual one first.
    fn log_sources(&self) -> &'static [&'static str] {
        &[]
    }

    /// Gives its logs at once, batch by batch; what is missing, as sentences without their full stops.
    async fn read_logs(&self, query: &LogQuery, into: LogSender) -> Result<Vec<String>, PlatformError> {
        let _ = (query, into);
        Err(self.cannot(Act::ReadLogs))
    }

    /// Gives a backup file back to it.
    async fn upload(&self, file: &Path, name: &str) -> Result<String, PlatformError> {
        let _ = (file, name);
        Err(self.cannot(Act::Upload))
    }

    /// Its configuration.
    async fn configuration(&self) -> Result<Configuration, PlatformError> {
        Err(self.cannot(Act::ReadConfiguration))
    }

    /// A role that may read the project's database for some minutes.
    async fn lend_role(&self) -> Result<LentRole, PlatformError> {
        Err(self.cannot(Act::LendRole))
    }

    /// Where the project's database is, as far as it says; most say nothing of it.
    async fn database_addresses(&self) -> Result<DatabaseAddresses, PlatformError> {
        Ok(DatabaseAddresses::default())
    }

    /// Looks at what a new project would be made of. Makes nothing.
    async fn prepare_project(&self, _new: NewRemoteProject) -> Result<PreparedProject, PlatformError> {
        Err(self.cannot(Act::NewProject))
    }

    /// Makes a new, empty project for the same account. Returns before it can be used: `watch` on a client of the new
    /// one says how far it is. Once it is asked for it may not be dropped: it may be made all the same.
    async fn new_project(&self, _prepared: &PreparedProject) -> Result<RemoteProject, PlatformError> {
        Err(self.cannot(Act::NewProject))
    }

    /// The error for something that it cannot do, with the reason that `abilities` gives.
    fn cannot(&self, act: Act) -> PlatformError {
        let reason = match self.abilities().remove(&act) {
            Some(Ability::No { reason }) => reason,
            Some(Ability::Yes) | None => "there is no such call".to_owned(),
        };
        PlatformError::CannotDo { platform: self.kind().name(), act, reason }
    }
}
