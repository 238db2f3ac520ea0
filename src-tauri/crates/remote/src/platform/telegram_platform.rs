//! A platform that keeps its backups with Telegram: jobs that export and restore, a history with an expiry,
//! and a bot that gives the bytes.
//!
//! A job that says `completed` is believed only after the history shows a row that was not there before.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use camino::Utf8Path;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;

mod by_sql;
mod calls;
mod history;
mod jobs;
mod restore;
mod token;

pub use by_sql::history_by_sql;

use self::calls::not_possible;
use self::token::Claims;
use super::http::{Call, Http};
use super::telegram::{Bot, BotSettings, Document};
use super::{
    Abilities, Ability, Account, Act, BackTo, CreateRequest, Listing, LogLimits, Platform, PlatformError,
    PlatformKind, RemoteBackup, RemoteFact, RemoteFile, RemoteProject, Restorable, RestoreParts, Ticket,
    Watched,
};
use base::secret::Secret;

/// The most entries that one export of logs takes.
pub const LOG_ENTRIES_MAX: u32 = 100_000;
/// What an export takes where nobody says how many.
const LOG_ENTRIES_USUAL: u64 = 10_000;

/// Which shape of requests the platform wants: its document and its server disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As its document says: `start` and `end` as dates, `confirm`.
    Documented,
    /// As its server wants it: `from` and `to` as moments, `project_id` and `force`.
    Server,
}

/// How a project is reached.
#[derive(Debug, Clone)]
pub struct TelegramPlatformSettings {
    /// Address of the platform.
    pub base: String,
    /// The project; absent means the one that the token names.
    pub project: Option<String>,
    /// The JSON web token.
    pub token: Secret,
    /// Which shape of requests.
    pub dialect: Dialect,
    /// Entries per export of logs, [`LOG_ENTRIES_MAX`] at most.
    pub log_entries_max: u32,
    /// The bot that the platform's files belong to; without it there are no bytes.
    pub bot: Option<BotSettings>,
    /// The chat that files are given back into.
    pub chat: Option<String>,
}

/// A client of one project there.
#[derive(Debug)]
pub struct TelegramPlatform {
    http: Http,
    project: String,
    token: Secret,
    claims: Claims,
    dialect: Dialect,
    log_entries_max: u32,
    bot: Option<Bot>,
    chat: Option<String>,
    refused: Mutex<BTreeMap<Act, String>>,
}

impl TelegramPlatform {
    /// A client. Makes no call.
    ///
    /// # Errors
    /// When an address or token is none, or the token belongs to another project.
    pub fn new(settings: TelegramPlatformSettings) -> Result<Self, PlatformError> {
        let http = Http::new(&settings.base)?;
        let claims = Claims::read(&settings.token);
        let bad = |said: String| PlatformError::NotSignedIn { place: http.place().to_owned(), said };
        let project = match (settings.project.filter(|name| !name.is_empty()), &claims.project) {
            (Some(entered), Some(claimed)) if entered != *claimed => {
                return Err(bad(format!("the token is one for the project {claimed}, not for {entered}")));
            }
            (Some(project), _) => project,
            (None, Some(project)) => project.clone(),
            (None, None) => return Err(bad("the token names no project, and none was entered".to_owned())),
        };
        let bot = settings.bot.as_ref().map(Bot::new).transpose()?;
        let log_entries_max = settings.log_entries_max.clamp(1, LOG_ENTRIES_MAX);
        let (token, dialect, chat) = (settings.token, settings.dialect, settings.chat);
        let refused = Mutex::default();
        Ok(Self { http, project, token, claims, dialect, log_entries_max, bot, chat, refused })
    }

    /// Why something cannot be done, where that is known: by the token's scopes, or from a refusal.
    fn refusal(&self, act: Act) -> Option<String> {
        let needed = match act {
            Act::Create | Act::Restore | Act::ExportLogs | Act::Retry => "backup:write",
            Act::List | Act::Watch | Act::Statistics => "backup:read",
            _ => return None,
        };
        if self.claims.scopes.as_ref().is_some_and(|scopes| !scopes.iter().any(|scope| scope == needed)) {
            return Some(format!("the token lacks the scope {needed}"));
        }
        let refused = self.refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        refused.get(&act).cloned()
    }

    /// Whether files can be fetched at all.
    fn bytes(&self) -> Ability {
        if self.bot.is_some() {
            return Ability::Yes;
        }
        Ability::no("its files are with Telegram: enter the token of the bot that keeps them")
    }
}

#[async_trait]
impl Platform for TelegramPlatform {
    fn kind(&self) -> PlatformKind {
        PlatformKind::TelegramPlatform
    }

    fn creatable(&self) -> Vec<&'static str> {
        vec!["database", "logs"]
    }

    fn abilities(&self) -> Abilities {
        let ability = |act| match act {
            Act::Delete => Ability::no("it has no call that deletes a backup; it deletes each after 30 days"),
            Act::ReadSchedule | Act::WriteSchedule | Act::TriggerCron => {
                Ability::no("it makes no backups by itself")
            }
            Act::Export | Act::Import => {
                Ability::no("its backups are its exports; it makes no project of one")
            }
            Act::RestorePoints | Act::PointInTime => Ability::no("it keeps whole dumps alone"),
            Act::Pause | Act::Resume => Ability::no("it has no call for that"),
            Act::ReadLogs => Ability::no("it exports its logs as a file"),
            Act::ReadConfiguration => Ability::no("it gives no configuration"),
            Act::LendRole => Ability::no("it lends no role of its database"),
            Act::NewProject => Ability::no("there is no call for it"),
            Act::Download => self.bytes(),
            Act::Upload if self.bot.is_none() => self.bytes(),
            Act::Upload if self.chat.is_none() => {
                Ability::no("enter the chat into which its bot gives files back")
            }
            Act::Upload => Ability::Yes,
            Act::List
            | Act::Create
            | Act::Watch
            | Act::Restore
            | Act::Statistics
            | Act::ExportLogs
            | Act::Retry => self.refusal(act).map_or(Ability::Yes, Ability::no),
        };
        Act::ALL.into_iter().map(|act| (act, ability(act))).collect()
    }

    async fn sign_in(&self) -> Result<Account, PlatformError> {
        // What was refused before may be allowed by now.
        self.refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        // There is no call for it: the first page of the history shows whether the token is good.
        self.page(None, 0, 1).await?;
        Ok(Account {
            name: self.claims.name.clone(),
            role: self.claims.scopes.as_ref().map(|scopes| scopes.join(" ")),
            token_expires_at: self.claims.expires_at,
        })
    }

    async fn project(&self) -> Result<RemoteProject, PlatformError> {
        Ok(RemoteProject {
            reference: self.project.clone(),
            name: self.project.clone(),
            status: None,
            region: None,
            server_version: None,
        })
    }

    async fn projects(&self) -> Result<Vec<RemoteProject>, PlatformError> {
        // A token is one for a project.
        Ok(vec![self.project().await?])
    }

    async fn list(&self) -> Result<Listing, PlatformError> {
        let history = self.history(None).await?;
        Ok(history.listing(Timestamp::now(), |row| self.download_of(row)))
    }

    async fn show(&self, id: &str) -> Result<RemoteBackup, PlatformError> {
        let row = self.row(id).await?;
        let download = self.download_of(&row);
        Ok(row.backup(download))
    }

    async fn download(&self, id: &str) -> Result<Vec<RemoteFile>, PlatformError> {
        let row = self.row(id).await?;
        if let Ability::No { reason } = self.download_of(&row) {
            return Err(PlatformError::CannotDo { platform: self.kind().name(), act: Act::Download, reason });
        }
        let Some(bot) = &self.bot else { return Err(self.cannot(Act::Download)) };
        let links = bot.file(&row.file_id, row.bytes);
        Ok(vec![RemoteFile { name: format!("{}_{}", row.kind, row.id), bytes: row.bytes, links }])
    }

    async fn create(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        match request.kind.as_deref() {
            None | Some("database") => self.export_database(request).await,
            Some("logs") => self.export_logs(request).await,
            Some(other) => Err(not_possible(Act::Create, format!("it makes no backup of kind {other:?}"))),
        }
    }

    async fn watch(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        self.watch_job(ticket).await
    }

    async fn retry(&self, ticket: &Ticket) -> Result<Ticket, PlatformError> {
        self.retry_job(ticket).await
    }

    fn holds(&self, kind: &str) -> RestoreParts {
        if kind == restore::DATABASE { RestoreParts::DATABASE } else { RestoreParts::NONE }
    }

    async fn restorable(&self, to: BackTo<'_>) -> Result<Restorable, PlatformError> {
        match to {
            BackTo::Backup(backup) => Ok(restore::restorable(&backup.kind, backup.expires_at)),
            BackTo::Moment(_) => Err(self.cannot(Act::PointInTime)),
            BackTo::Point(_) => Err(self.cannot(Act::RestorePoints)),
        }
    }

    async fn restore(&self, id: &str, parts: RestoreParts) -> Result<Ticket, PlatformError> {
        self.restore_row(id, parts).await
    }

    async fn statistics(&self) -> Result<Vec<RemoteFact>, PlatformError> {
        let segments = ["api", "backups", &self.project, "stats"];
        let doing = "count its backups";
        let body = self.ask(Act::Statistics, doing, Call::new(Method::GET, &segments, doing)).await?;
        self.facts(&body)
    }

    async fn export_logs(&self, request: &CreateRequest) -> Result<Ticket, PlatformError> {
        self.export_log_entries(request).await
    }

    fn log_limits(&self) -> LogLimits {
        match self.dialect {
            Dialect::Server => {
                LogLimits { entries_max: self.log_entries_max.into(), shortest: SignedDuration::from_mins(1) }
            }
            // It says nothing of a number, and takes whole days.
            Dialect::Documented => {
                LogLimits { entries_max: LOG_ENTRIES_USUAL, shortest: SignedDuration::from_hours(24) }
            }
        }
    }

    async fn upload(&self, file: &Path, name: &str) -> Result<String, PlatformError> {
        let (Some(bot), Some(chat)) = (&self.bot, &self.chat) else { return Err(self.cannot(Act::Upload)) };
        let Some(file) = Utf8Path::from_path(file) else {
            return Err(not_possible(Act::Upload, "the path holds characters that no text has".to_owned()));
        };
        let length = tokio::fs::metadata(file).await.map(|found| found.len()).unwrap_or_default();
        if length > bot.fetch_bytes_max() {
            let most = bot.fetch_bytes_max();
            let reason =
                format!("{length} bytes could be sent, but not be fetched again; a bot may fetch {most}");
            return Err(not_possible(Act::Upload, reason));
        }
        let sent = bot.send(chat, name, &Document::File(file.to_owned()), "Holdfast backup").await?;
        Ok(sent.file_id)
    }
}
