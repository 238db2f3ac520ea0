//! From stored settings and what the keychain holds to a client.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::opttius::{CronHeader, Opttius, SignIn};
use super::supabase::{Supabase, SupabaseSettings};
use super::supamanager::Supamanager;
use super::telegram::{Bot, BotServer, BotSettings, PUBLIC_BASE};
use super::telegram_platform::{Dialect, TelegramPlatform, TelegramPlatformSettings};
use super::{Platform, PlatformError, PlatformKind, PlatformSettings, opttius, supamanager};
use base::Code;
use base::failure::Failure;
use base::secret::Secret;

/// Entries that an export of logs asks for: all that the platform gives.
const LOG_ENTRIES: u32 = 100_000;

/// A client for these settings. Nothing is contacted.
///
/// # Errors
/// `invalid_request` when a setting cannot be what it says, `credentials_missing` when what signs in is not
/// there.
pub fn open(
    settings: &PlatformSettings,
    credentials: &BTreeMap<String, Secret>,
) -> Result<Arc<dyn Platform>, Failure> {
    if let Some(missing) = super::credentials(settings.kind)
        .iter()
        .find(|one| one.is_needed && !credentials.contains_key(one.name))
    {
        return Err(Failure::new(
            Code::CredentialsMissing,
            format!(
                "{} of {} is not stored on this computer",
                missing.title.to_lowercase(),
                settings.place()
            ),
            "Enter it in the project's connection: `holdfast project edit PROJECT --credential-file NAME=FILE`.",
        ));
    }
    Ok(client(settings, credentials)?)
}

/// A client for an account and no project of it: it says which projects the account sees, and is asked for nothing else.
///
/// # Errors
/// As [`open`].
pub fn open_account(
    settings: &PlatformSettings,
    credentials: &BTreeMap<String, Secret>,
) -> Result<Arc<dyn Platform>, Failure> {
    let mut settings = settings.clone();
    if settings.reference.is_empty() && settings.kind == PlatformKind::Supabase {
        // Shaped as a reference is; no call of an account has it in it.
        settings.reference = "a".repeat(super::supabase::REFERENCE_LETTERS);
    }
    open(&settings, credentials)
}

/// Whether the settings can be those of such a platform, before there are credentials.
///
/// # Errors
/// `invalid_request`, with what is wrong.
pub fn check(settings: &PlatformSettings) -> Result<(), Failure> {
    let wrong = |message: String| Failure::invalid(message, "Copy it from the platform's own page.");
    for field in super::settings_of(settings.kind) {
        let value = match field.name {
            "address" => Some(&settings.address),
            "reference" => Some(&settings.reference),
            "account" => settings.account.as_ref(),
            name => settings.more.get(name),
        };
        if field.is_needed && value.is_none_or(String::is_empty) {
            return Err(wrong(format!("{} is missing: {}", field.title.to_lowercase(), field.hint)));
        }
        let word = value.filter(|value| !value.is_empty() && !field.choices.is_empty());
        if let Some(word) = word.filter(|word| !field.choices.contains(&word.as_str())) {
            let (title, known) = (field.title.to_lowercase(), field.choices.join(" or "));
            return Err(wrong(format!("{title} is {known}, and not {word:?}")));
        }
    }
    let rows_max = settings.more.get(PlatformSettings::ROWS_MAX).filter(|text| !text.is_empty());
    if let Some(text) = rows_max.filter(|_| settings.rows_max().is_none()) {
        return Err(wrong(format!("{text:?} is no number of rows")));
    }
    // Texts that pass for credentials, so that the client can say what it thinks of all the rest.
    let names = super::credentials(settings.kind).iter();
    let stand_ins = names.map(|one| (one.name.to_owned(), Secret::new("1:x"))).collect();
    match client(settings, &stand_ins) {
        Ok(_) | Err(PlatformError::NotSignedIn { .. }) => Ok(()),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// The bot of a project and the chat in which it keeps files, where both are known.
pub fn bot_of(
    settings: &PlatformSettings,
    credentials: &BTreeMap<String, Secret>,
) -> Option<Result<(Bot, String), PlatformError>> {
    let chat = settings.more.get("chat").filter(|chat| !chat.is_empty())?.clone();
    let bot = bot_settings(settings, credentials)?;
    Some(Bot::new(&bot).map(|bot| (bot, chat)))
}

fn bot_settings(settings: &PlatformSettings, credentials: &BTreeMap<String, Secret>) -> Option<BotSettings> {
    let more = |name: &str| settings.more.get(name).filter(|value| !value.is_empty()).cloned();
    let token = credentials.get("bot")?.clone();
    let server =
        more("bot_folder").map_or(BotServer::Public, |folder| BotServer::Local { folder: folder.into() });
    Some(BotSettings { base: more("bot_address").unwrap_or_else(|| PUBLIC_BASE.to_owned()), token, server })
}

fn client(
    settings: &PlatformSettings,
    credentials: &BTreeMap<String, Secret>,
) -> Result<Arc<dyn Platform>, PlatformError> {
    let secret = |name: &str| credentials.get(name).cloned();
    let more = |name: &str| settings.more.get(name).filter(|value| !value.is_empty()).cloned();
    let (base, reference) = (settings.address.clone(), settings.reference.clone());
    Ok(match settings.kind {
        PlatformKind::Supamanager => {
            let email = settings.account.clone().unwrap_or_default();
            let settings = supamanager::Settings { base_url: base, project_ref: reference, email };
            Arc::new(Supamanager::new(settings, secret("password").unwrap_or_default())?)
        }
        PlatformKind::Supabase => {
            let mut settings = SupabaseSettings::cloud(reference, secret("token").unwrap_or_default());
            settings.base = base;
            Arc::new(Supabase::new(settings)?)
        }
        PlatformKind::Opttius => {
            let account = settings.account.clone().filter(|account| !account.is_empty());
            let sign_in = match (account, more("auth_address")) {
                (Some(email), Some(auth_url)) if more("session").as_deref() == Some("bearer") => {
                    SignIn::Bearer { auth_url, email }
                }
                (Some(email), Some(auth_url)) => {
                    SignIn::Cookie { auth_url, email, reference: more("cookie") }
                }
                _ => SignIn::Token,
            };
            let cron_header = match more("cron_header").as_deref() {
                Some("x-cron-secret") => CronHeader::CronSecret,
                _ => CronHeader::Authorization,
            };
            let settings =
                opttius::Settings { base_url: base, organisation: reference, sign_in, cron_header };
            let secrets = opttius::Secrets {
                password: secret("password"),
                api_key: secret("anon_key"),
                token: secret("token"),
                cron: secret("cron"),
            };
            Arc::new(Opttius::new(settings, secrets)?)
        }
        PlatformKind::TelegramPlatform => {
            let bot = bot_settings(settings, credentials);
            let dialect = match more("dialect").as_deref() {
                Some("documented") => Dialect::Documented,
                _ => Dialect::Server,
            };
            Arc::new(TelegramPlatform::new(TelegramPlatformSettings {
                base,
                project: Some(reference),
                token: secret("token").unwrap_or_default(),
                dialect,
                log_entries_max: LOG_ENTRIES,
                bot,
                chat: more("chat"),
            })?)
        }
    })
}
