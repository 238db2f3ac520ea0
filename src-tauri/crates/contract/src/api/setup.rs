//! The application: state, settings, secrets, tools, the doctor.

use base::secret::{Place, Secret, SecretsState as EngineSecretsState};
use engine::Engine;
use engine::doctor;
use engine::settings::{Appearance as EngineAppearance, Settings};
use postgres::tools::ToolSet;

use super::Answer;
use crate::command::Nothing;
use crate::setup::{
    AppState, Appearance, DoctorReport, Finding, Passphrase, SecretsPlace, SecretsState, SecretsView,
    SettingsView, Severity, ToolSetView,
};

/// What the window needs before its first screen.
///
/// # Errors
/// When the profile does not answer.
#[crate::boxed]
pub async fn app_state(engine: &Engine, _: Nothing) -> Answer<AppState> {
    let state = engine.state().await?;
    let suggested = suggested_vault(&state.home);
    Ok(AppState {
        version: env!("CARGO_PKG_VERSION").into(),
        profile: state.home.into_string(),
        vault: engine.vault_status().await?.map(Into::into),
        secrets: secrets_view(&state.place, &state.secrets),
        suggested_vault_path: suggested.into_string(),
        settings: state.settings.into(),
    })
}

/// Changes the settings.
///
/// # Errors
/// `invalid_request`.
#[crate::boxed]
pub async fn settings_set(engine: &Engine, request: SettingsView) -> Answer<SettingsView> {
    Ok(engine.set_settings(request.into()).await?.into())
}

/// Keeps secrets in a sealed file.
///
/// # Errors
/// `vault_exists`, `invalid_request`, or why the file cannot be written.
#[crate::boxed]
pub async fn secrets_use_file(engine: &Engine, request: Passphrase) -> Answer<SecretsView> {
    engine.use_secrets_file(Secret::new(request.passphrase)).await?;
    let state = engine.state().await?;
    Ok(secrets_view(&state.place, &state.secrets))
}

/// Opens the sealed file.
///
/// # Errors
/// `wrong_passphrase`, `sealed_file_missing`.
#[crate::boxed]
pub async fn secrets_unlock(engine: &Engine, request: Passphrase) -> Answer<SecretsView> {
    engine.unlock_secrets(Secret::new(request.passphrase)).await?;
    let state = engine.state().await?;
    Ok(secrets_view(&state.place, &state.secrets))
}

/// The Postgres tools of this computer.
///
/// # Errors
/// When the settings cannot be read.
#[crate::boxed]
pub async fn tool_list(engine: &Engine, _: Nothing) -> Answer<Vec<ToolSetView>> {
    Ok(engine.tools().await?.found.iter().map(ToolSetView::from).collect())
}

/// Looks at everything that Holdfast needs.
///
/// # Errors
/// When the profile does not answer.
#[crate::boxed]
pub async fn doctor(engine: &Engine, _: Nothing) -> Answer<DoctorReport> {
    let findings = engine.examine().await?.into_iter().map(Finding::from).collect();
    Ok(DoctorReport { at_ms: super::home::now(), findings })
}

/// Where a person finds it again: in their own folder; inside the profile where there is none.
fn suggested_vault(profile: &camino::Utf8Path) -> camino::Utf8PathBuf {
    let own = ["HOME", "USERPROFILE"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|path| !path.is_empty());
    own.map_or_else(|| profile.to_owned(), |path| camino::Utf8PathBuf::from(path).join("Holdfast"))
        .join("Anchor")
}

fn secrets_view(place: &Place, state: &EngineSecretsState) -> SecretsView {
    let (place, path) = match place {
        Place::Keychain => (SecretsPlace::Keychain, None),
        Place::File(path) => (SecretsPlace::File, Some(path.to_string())),
    };
    let (state, hint) = match state {
        EngineSecretsState::Ready => (SecretsState::Ready, None),
        EngineSecretsState::Locked(why) => (SecretsState::Locked, Some(why.clone())),
        EngineSecretsState::Unavailable(why) => (SecretsState::Unavailable, Some(why.clone())),
    };
    SecretsView { place, state, path, hint }
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        let Settings { appearance, tool_directories } = settings;
        let appearance = match appearance {
            EngineAppearance::System => Appearance::System,
            EngineAppearance::Light => Appearance::Light,
            EngineAppearance::Dark => Appearance::Dark,
        };
        Self { appearance, tool_directories: tool_directories.into_iter().map(Into::into).collect() }
    }
}

impl From<SettingsView> for Settings {
    fn from(view: SettingsView) -> Self {
        let SettingsView { appearance, tool_directories } = view;
        let appearance = match appearance {
            Appearance::System => EngineAppearance::System,
            Appearance::Light => EngineAppearance::Light,
            Appearance::Dark => EngineAppearance::Dark,
        };
        Self { appearance, tool_directories: tool_directories.into_iter().map(Into::into).collect() }
    }
}

impl From<&ToolSet> for ToolSetView {
    fn from(set: &ToolSet) -> Self {
        Self {
            directory: set.directory.to_string(),
            major: set.major(),
            version: set.version.to_string(),
            tools: set.programs().map(|program| program.name().to_owned()).collect(),
        }
    }
}

impl From<doctor::Finding> for Finding {
    fn from(finding: doctor::Finding) -> Self {
        let doctor::Finding { check, severity, message, hint } = finding;
        let severity = match severity {
            base::Severity::Ok | base::Severity::Info => Severity::Ok,
            base::Severity::Warning | base::Severity::Unknown => Severity::Warning,
            base::Severity::Critical => Severity::Error,
        };
        Self { check: check.to_owned(), severity, message, hint }
    }
}
