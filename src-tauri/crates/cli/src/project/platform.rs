//! The platform of a project, as it is typed.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use clap::Args;
use contract::error::UserError;
use contract::platform::{PlatformKindView, PlatformSettingsView};

use crate::error::failure;
use crate::secrets::from_file;
use base::Code;

/// A platform that makes backups by itself.
#[derive(Debug, Args)]
pub(crate) struct PlatformSource {
    /// A `SupaManager`: its address; with --ref and --email.
    #[arg(long, value_name = "URL", group = "platform")]
    supamanager: Option<String>,
    /// A project on Supabase's cloud: its reference; without one where projects of the account are listed or chosen.
    #[arg(long, value_name = "REF", group = "platform", num_args = 0..=1, default_missing_value = "")]
    supabase: Option<String>,
    /// An application with Opttius's admin API: its address; with --ref for the organisation.
    #[arg(long, value_name = "URL", group = "platform")]
    opttius: Option<String>,
    /// A platform that keeps its backups with Telegram: its address; with --ref for the project.
    #[arg(long, value_name = "URL", group = "platform")]
    telegram_platform: Option<String>,
    /// The project or organisation there.
    #[arg(long = "ref", value_name = "REF", requires = "platform")]
    reference: Option<String>,
    /// The account that signs in there.
    #[arg(long, value_name = "E-MAIL", requires = "platform")]
    email: Option<String>,
    /// What only this kind needs: `auth_address`, `session`, `cookie`, `cron_header` for Opttius; `bot_address`,
    /// `bot_folder`, `chat`, `dialect` for the Telegram platform.
    #[arg(long = "set", value_name = "NAME=VALUE", requires = "platform")]
    set: Vec<String>,
    /// A credential of the platform, in a file: `password`, `token`, `cron`, `bot`, `anon_key`.
    #[arg(long = "credential-file", value_name = "NAME=FILE")]
    credentials: Vec<String>,
}

impl PlatformSource {
    /// The settings, where a platform was named.
    pub(super) fn settings(&self) -> Result<Option<PlatformSettingsView>, UserError> {
        let account = self.account()?;
        if account.as_ref().is_some_and(|settings| settings.reference.is_empty()) {
            return Err(failure(
                Code::InvalidRequest,
                "the project or organisation there is missing",
                "Name it with --ref REF, as the platform's own page does; `holdfast platform projects` lists those of an account.",
            ));
        }
        Ok(account)
    }

    /// The same for an account: its project may be absent, and is empty then.
    pub(crate) fn account(&self) -> Result<Option<PlatformSettingsView>, UserError> {
        const SUPABASE: &str = "https://api.supabase.com";
        let named = [
            (PlatformKindView::Supamanager, &self.supamanager),
            (PlatformKindView::Opttius, &self.opttius),
            (PlatformKindView::TelegramPlatform, &self.telegram_platform),
        ];
        let mut more = BTreeMap::new();
        for pair in &self.set {
            let (name, value) = split(pair, "--set")?;
            more.insert(name.to_owned(), value.to_owned());
        }
        let (kind, address, reference) =
            match (&self.supabase, named.into_iter().find(|(_, url)| url.is_some())) {
                (Some(reference), _) => {
                    let address = more.remove("address").unwrap_or_else(|| SUPABASE.to_owned());
                    (PlatformKindView::Supabase, address, Some(reference.clone()))
                }
                (None, Some((kind, url))) => (kind, url.clone().unwrap_or_default(), self.reference.clone()),
                (None, None) => return Ok(None),
            };
        let reference = reference.unwrap_or_default();
        Ok(Some(PlatformSettingsView { kind, address, reference, account: self.email.clone(), more }))
    }

    /// The name of the credential that a password from elsewhere is meant for.
    pub(crate) fn main_credential(settings: &PlatformSettingsView) -> &'static str {
        match settings.kind {
            PlatformKindView::Supamanager => "password",
            PlatformKindView::Opttius if settings.account.is_some() => "password",
            PlatformKindView::Opttius | PlatformKindView::Supabase | PlatformKindView::TelegramPlatform => {
                "token"
            }
        }
    }

    /// The credentials that are in files.
    pub(crate) fn credentials(&self) -> Result<BTreeMap<String, String>, UserError> {
        let mut credentials = BTreeMap::new();
        for pair in &self.credentials {
            let (name, path) = split(pair, "--credential-file")?;
            credentials.insert(name.to_owned(), from_file(&Utf8PathBuf::from(path))?);
        }
        Ok(credentials)
    }
}

fn split<'a>(pair: &'a str, option: &str) -> Result<(&'a str, &'a str), UserError> {
    pair.split_once('=').ok_or_else(|| {
        failure(Code::InvalidRequest, format!("{pair:?} has no `=`"), format!("Write {option} NAME=VALUE."))
    })
}
