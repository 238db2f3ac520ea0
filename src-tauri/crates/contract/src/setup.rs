//! The application itself: what is set up, settings, tools, secrets, and the doctor.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::Millis;
use crate::vault::VaultView;

/// What the window needs to know before it shows its first screen.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AppState {
    /// Version of Holdfast.
    pub version: String,
    /// The directory of this profile.
    pub profile: String,
    /// The vault of this profile; absent before the first run is over.
    pub vault: Option<VaultView>,
    /// Where secrets rest, and whether they can be reached now.
    pub secrets: SecretsView,
    /// Where a new vault would be proposed.
    pub suggested_vault_path: String,
    /// Chosen appearance and tools.
    pub settings: SettingsView,
}

/// Where secrets rest.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SecretsView {
    /// The keychain of the system, or a sealed file.
    pub place: SecretsPlace,
    /// Whether it answers.
    pub state: SecretsState,
    /// The sealed file, where there is one.
    pub path: Option<String>,
    /// What to do when it does not answer.
    pub hint: Option<String>,
}

/// Kinds of places for secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SecretsPlace {
    /// The keychain of the operating system.
    Keychain,
    /// A file sealed with a passphrase.
    File,
}

/// Whether secrets can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SecretsState {
    /// Secrets can be read and written.
    Ready,
    /// The place exists and waits for its passphrase.
    Locked,
    /// There is no such service here.
    Unavailable,
}

/// Passphrase of the sealed file: to create it, or to open it.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Passphrase {
    /// The passphrase; goes to the key derivation and nowhere else.
    pub passphrase: String,
}

/// Appearance of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What a person can set.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// Appearance of the window.
    pub appearance: Appearance,
    /// Further directories to look for Postgres client tools in, before all others.
    pub tool_directories: Vec<String>,
}

/// One directory of Postgres client tools that was found.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ToolSetView {
    /// The directory.
    pub directory: String,
    /// Major version.
    pub major: u16,
    /// Full version as the tool prints it.
    pub version: String,
    /// The tools that are there: `pg_dump`, `pg_restore`, `initdb` …
    pub tools: Vec<String>,
}

/// What the doctor found.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DoctorReport {
    /// When it looked.
    pub at_ms: Millis,
    /// One entry per thing looked at, also for what is well.
    pub findings: Vec<Finding>,
}

/// One thing that the doctor looked at.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable name of the check: `tools`, `keychain`, `vault`, `disk`, `kit` …
    pub check: String,
    /// How it is.
    pub severity: Severity,
    /// What was seen.
    pub message: String,
    /// What to do, where something is to be done.
    pub hint: Option<String>,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Works, but look at it.
    Warning,
    /// Does not work.
    Error,
}
