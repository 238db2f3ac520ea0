//! Settings of a profile, the location of its secrets, its tools.

use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::engine::Engine;
use crate::settings::{SECRETS_FILE, SETTINGS, Settings, absent, settings};
use base::Code;
use base::failure::Failure;
use base::secret::{Absent, Place, Secret, SecretsState};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, VaultRecord};
use ledger::event::Topic;
use postgres::tools::Tools;

/// The application as a whole.
#[derive(Debug, Clone)]
pub struct State {
    /// Directory of the profile.
    pub home: Utf8PathBuf,
    /// The vault, where there is one.
    pub vault: Option<VaultRecord>,
    /// Where secrets rest.
    pub place: Place,
    /// Whether they can be reached.
    pub secrets: SecretsState,
    /// Settings.
    pub settings: Settings,
}

impl Engine {
    /// The application as a whole.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn state(&self) -> Result<State, Failure> {
        let profile = &self.profile;
        Ok(State {
            home: profile.home.clone(),
            vault: profile.catalog.vault().await?,
            place: profile.secrets.place(),
            secrets: profile.secrets.state().await,
            settings: settings(&profile.catalog).await?,
        })
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// `invalid_request` when a directory of tools is not one.
    #[crate::boxed]
    pub async fn set_settings(&self, new: Settings) -> Result<Settings, Failure> {
        for directory in &new.tool_directories {
            if !directory.is_dir() {
                return Err(Failure::invalid(
                    format!("{directory} is not a folder"),
                    "Choose the folder that holds pg_dump and pg_restore.",
                ));
            }
        }
        let text =
            serde_json::to_string(&new).map_err(|e| Failure::invalid(e.to_string(), "Set them again."))?;
        let details = new.tool_directories.first().map_or_else(Details::none, |first| {
            Details::none().with("first_tool_directory", Fact::Path(first))
        });
        let details = details
            .with("appearance", Fact::Word(new.appearance.as_str()))
            .with("tool_directories", Fact::Count(new.tool_directories.len() as u64));
        self.set_recorded(Act::SettingsChanged, details, SETTINGS, &text).await?;
        self.profile.forget_tools();
        self.profile.jobs.changed(&[Topic::Setup]);
        Ok(new)
    }

    async fn set_recorded(&self, act: Act, details: Details, name: &str, value: &str) -> Result<(), Failure> {
        let mut writing = self.profile.audit.begin(act, &Subject::profile(), details).await?;
        Catalog::set_setting(writing.connection(), name, value).await?;
        Ok(writing.commit().await?)
    }

    /// Keeps secrets in a file of this profile from now on, sealed with `passphrase`. Possible as long as
    /// nothing rests in the keychain.
    ///
    /// # Errors
    /// `vault_exists` when the profile has a vault already; `invalid_request` for a short passphrase.
    #[crate::boxed]
    pub async fn use_secrets_file(&self, passphrase: Secret) -> Result<(), Failure> {
        const PASSPHRASE_CHARACTERS_MIN: usize = 8;
        let profile = &self.profile;
        if profile.secrets.place() == Place::Keychain && profile.catalog.vault().await?.is_some() {
            return Err(Failure::new(
                Code::VaultExists,
                "the key of this profile's vault is in the keychain already",
                "Start with another profile to keep secrets in a sealed file.",
            ));
        }
        if passphrase.expose().chars().count() < PASSPHRASE_CHARACTERS_MIN {
            return Err(Failure::invalid(
                format!("the passphrase has fewer than {PASSPHRASE_CHARACTERS_MIN} characters"),
                "Choose a longer one; a few unrelated words are good.",
            ));
        }
        let path = profile.home.join("secrets.sealed");
        profile.secrets.unlock(path.clone(), passphrase, Absent::New).await?;
        profile.secrets.make_missing().await?;
        let details = Details::none().with("file", Fact::Path(&path));
        self.set_recorded(Act::SecretsPlaceChanged, details, SECRETS_FILE, path.as_str()).await?;
        profile.jobs.changed(&[Topic::Setup, Topic::Vault]);
        Ok(())
    }

    /// Opens the sealed file that is in use.
    ///
    /// # Errors
    /// `wrong_passphrase`, `sealed_file_missing`, or why the file cannot be read.
    #[crate::boxed]
    pub async fn unlock_secrets(&self, passphrase: Secret) -> Result<(), Failure> {
        let Place::File(path) = self.profile.secrets.place() else {
            return Err(Failure::invalid(
                "secrets are in the keychain",
                "Unlock the keychain of this computer instead.",
            ));
        };
        let absent = absent(&self.profile.catalog).await?;
        self.profile.secrets.unlock(path, passphrase, absent).await?;
        self.profile.jobs.changed(&[Topic::Setup, Topic::Vault]);
        Ok(())
    }

    /// The Postgres tools that were found.
    ///
    /// # Errors
    /// When the settings cannot be read.
    #[crate::boxed]
    pub async fn tools(&self) -> Result<Arc<Tools>, Failure> {
        self.profile.forget_tools();
        self.profile.tools().await
    }
}
