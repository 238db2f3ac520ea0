//! What a person has set, and where secrets rest, as the catalogue keeps it.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use base::Code;
use base::failure::Failure;
use base::secret::{Absent, Place};
use ledger::catalog::Catalog;

pub(crate) const SETTINGS: &str = "settings";
pub(crate) const SECRETS_FILE: &str = "secrets_file";

/// Appearance of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Appearance {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a person can set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// Appearance of the window.
    pub appearance: Appearance,
    /// Directories to look for Postgres tools in, before all others.
    pub tool_directories: Vec<Utf8PathBuf>,
}

/// What was set, or the usual.
pub(crate) async fn settings(catalog: &Catalog) -> Result<Settings, Failure> {
    match catalog.setting(SETTINGS).await? {
        None => Ok(Settings::default()),
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            Failure::new(
                Code::SettingsDamaged,
                format!("the settings cannot be read: {error}"),
                "Set them again in the settings.",
            )
        }),
    }
}

/// Where tools are looked for before all other places.
pub(crate) async fn tool_directories(catalog: &Catalog) -> Result<Vec<Utf8PathBuf>, Failure> {
    Ok(settings(catalog).await?.tool_directories)
}

/// Where secrets rest.
pub(crate) async fn secrets_place(catalog: &Catalog) -> Result<Place, Failure> {
    Ok(match catalog.setting(SECRETS_FILE).await? {
        Some(path) => Place::File(path.into()),
        None => Place::Keychain,
    })
}

/// What it means where the sealed file is not there: the key of a vault was kept somewhere.
pub(crate) async fn absent(catalog: &Catalog) -> Result<Absent, Failure> {
    Ok(if catalog.vault().await?.is_some() { Absent::Lost } else { Absent::New })
}
