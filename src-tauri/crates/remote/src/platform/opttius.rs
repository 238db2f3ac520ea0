//! Opttius: an admin API that keeps backups of one organisation as JSON, and dumps of the whole database.
//!
//! Ids: a file of an organisation is `<organisation>/<file>.json`, a whole dump has no slash. Both kinds
//! have roles of their own, which are learnt by asking.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError};

use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

mod cron;
mod dump;
mod listing;
mod organisation;
mod platform;
mod result;
mod session;

pub use organisation::Details;

use super::http::{Answer, Call, Http, Pace};
use super::{Ability, Act, PlatformError};
use base::secret::Secret;

const NAME: &str = "Opttius";
const ORGANISATION: &str = "organisation";
const FULL: &str = "full";
/// Its lists end here, without a word.
const LISTED_MAX: usize = 100;
const NO_CRON_SECRET: &str = "its cron secret was not entered";

/// What must be known before a restore there.
pub const RESTORE_WARNING: &str = "Opttius deletes the organisation's rows before it restores them, and makes \
    no safety backup: make one first.";

/// How the account signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum SignIn {
    /// By password at the auth server; the session goes as the application's cookie.
    Cookie {
        /// The auth server: the address of the project behind the application.
        auth_url: String,
        /// The account's e-mail address.
        email: String,
        /// The name in `sb-<name>-auth-token`, where it is not the first label of the auth server's host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// By password at the auth server; the token goes as `Authorization: Bearer`.
    Bearer {
        /// The auth server.
        auth_url: String,
        /// The account's e-mail address.
        email: String,
    },
    /// By a token that was entered, as `Authorization: Bearer`.
    Token,
}

/// The header that takes the cron secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CronHeader {
    /// `Authorization: Bearer …`
    #[default]
    Authorization,
    /// `x-cron-secret: …`
    CronSecret,
}

/// Where an organisation is; everything but the secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The application's address.
    pub base_url: String,
    /// The organisation's id: the folder of its files.
    pub organisation: String,
    /// How to sign in.
    pub sign_in: SignIn,
    /// The header that takes the cron secret.
    #[serde(default)]
    pub cron_header: CronHeader,
}

/// The secrets; each is absent where it is not needed.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// The account's password.
    pub password: Option<Secret>,
    /// The auth server's public key, sent as `apikey`.
    pub api_key: Option<Secret>,
    /// A token, for [`SignIn::Token`].
    pub token: Option<Secret>,
    /// The secret of the cron routes.
    pub cron: Option<Secret>,
}

/// A client for one organisation of an Opttius.
#[derive(Clone)]
pub struct Opttius {
    inner: Arc<Inner>,
}

/// Whose data a call is about; each has a role of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Organisation,
    Whole,
}

struct Inner {
    http: Http,
    auth: Option<Http>,
    cookie_name: String,
    settings: Settings,
    secrets: Secrets,
    session: Mutex<Option<session::Session>>,
    /// What was refused, and why.
    refused: std::sync::Mutex<BTreeMap<Scope, String>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opttius").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for Opttius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Opttius {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// `Unintelligible` for an address that is none, or that would show a secret to a network, and for an
    /// organisation that is none.
    pub fn new(settings: Settings, secrets: Secrets) -> Result<Self, PlatformError> {
        Self::paced(settings, secrets, Pace::default())
    }

    /// The same with other limits of time.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub fn paced(settings: Settings, secrets: Secrets, pace: Pace) -> Result<Self, PlatformError> {
        let http = Http::new(&settings.base_url)?.with_pace(pace);
        // It is what its files are told by: without one, all files would be its own, or none.
        if settings.organisation.trim().is_empty() || settings.organisation.contains(['/', '\\']) {
            return Err(http.odd("an organisation's id is one name without a slash"));
        }
        let (auth, reference) = match &settings.sign_in {
            SignIn::Cookie { auth_url, reference, .. } => (Some(Http::new(auth_url)?), reference.as_deref()),
            SignIn::Bearer { auth_url, .. } => (Some(Http::new(auth_url)?), None),
            SignIn::Token => (None, None),
        };
        let auth = auth.map(|auth| auth.with_pace(pace));
        let cookie_name = auth.as_ref().map(|auth| session::cookie_name(auth, reference)).unwrap_or_default();
        let (session, refused) = (Mutex::default(), BTreeMap::new().into());
        Ok(Self { inner: Arc::new(Inner { http, auth, cookie_name, settings, secrets, session, refused }) })
    }

    /// What the platform says of an organisation's backup: tables and records.
    ///
    /// # Errors
    /// Why it says nothing.
    pub async fn details(&self, id: &str) -> Result<Details, PlatformError> {
        self.inner.details(id).await
    }
}

impl Inner {
    /// Makes a call, and learns from it whether this account may do such things.
    async fn answer(&self, scope: Scope, call: &Call<'_>) -> Result<Answer, PlatformError> {
        // Where nobody is signed in, whole dumps answer 403 as well; once it is known that they are refused
        // to this account, it is not signed in again for them.
        let is_known_refusal = self.refusal(scope).is_some();
        let is_signed_out = |answer: &Answer| match answer.status {
            StatusCode::UNAUTHORIZED => true,
            StatusCode::FORBIDDEN => scope == Scope::Whole && !is_known_refusal,
            // The application sends browsers to its sign-in.
            status => status.is_redirection(),
        };
        let answer = self.signed(call, is_signed_out).await?;
        match answer.status {
            StatusCode::FORBIDDEN => self.learn(scope, Some(answer.said())),
            status if status.is_success() => self.learn(scope, None),
            _ => {}
        }
        Ok(answer)
    }

    async fn ask(&self, scope: Scope, call: &Call<'_>) -> Result<Value, PlatformError> {
        let answer = self.answer(scope, call).await?;
        Ok(self.http.verdict(call, answer)?.body)
    }

    fn learn(&self, scope: Scope, refusal: Option<String>) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match refusal {
            Some(said) => refused.insert(scope, said),
            None => refused.remove(&scope),
        };
    }

    /// What was said when it was refused to this account; absent where it is allowed, or not known yet.
    fn refusal(&self, scope: Scope) -> Option<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).get(&scope).cloned()
    }

    /// Whether this kind can be had; what is not known yet is tried.
    fn may(&self, scope: Scope) -> Ability {
        match (self.refusal(scope), scope) {
            (Some(said), Scope::Organisation) => {
                Ability::no(format!("it takes an administrator of the organisation: {said}"))
            }
            (Some(said), Scope::Whole) => {
                Ability::no(format!("whole dumps take the role root, dev or super_admin: {said}"))
            }
            (None, _) => Ability::Yes,
        }
    }

    fn ability(&self, act: Act) -> Ability {
        let either = || match (self.may(Scope::Organisation), self.may(Scope::Whole)) {
            (refused @ Ability::No { .. }, Ability::No { .. }) => refused,
            _ => Ability::Yes,
        };
        match act {
            Act::List | Act::Create | Act::Watch | Act::Download | Act::Delete | Act::Statistics => either(),
            Act::Restore => self.may(Scope::Organisation),
            Act::TriggerCron if self.secrets.cron.is_some() => Ability::Yes,
            Act::TriggerCron => Ability::no(NO_CRON_SECRET),
            Act::ReadSchedule | Act::WriteSchedule => {
                Ability::no("its schedule is a file of the application: weekly, by its host's cron")
            }
            Act::Export | Act::Import => Ability::no("it has no projects to export or import"),
            Act::RestorePoints | Act::PointInTime => Ability::no("it goes back to its backups alone"),
            Act::Pause | Act::Resume => Ability::no("it has no call that stops or starts it"),
            Act::ExportLogs | Act::ReadLogs => Ability::no("it has no call for logs"),
            Act::Retry => Ability::no("a backup is made within its call; start another one"),
            Act::Upload => Ability::no("it restores the files that it made itself, and takes no others"),
            Act::ReadConfiguration => Ability::no("it has no call for its configuration"),
            Act::LendRole => Ability::no("it lends no role of its database"),
            Act::NewProject => Ability::no("there is no call for it"),
        }
    }
}
