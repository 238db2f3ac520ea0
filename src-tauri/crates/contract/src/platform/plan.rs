//! Acts on a platform that do harm, and what is given back to it: planned, shown, confirmed.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::Millis;

/// A part of a project, in a plan for a restore at its platform.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemotePartView {
    /// `database`, `storage`, `config`.
    pub part: String,
    /// Whether it is brought back.
    pub is_chosen: bool,
    /// Why it cannot be brought back; absent where it can.
    pub cannot: Option<String>,
    /// Whether the safety backup holds it as it is now.
    pub is_kept: bool,
}

/// What an act on a platform that does harm would do.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RemotePlanView {
    /// Names the plan; valid for a short time.
    pub plan_id: String,
    /// `delete`, `restore`, `restore_to`, `restore_point`, `import`.
    pub act: String,
    /// What happens, as sentences in order.
    pub effects: Vec<String>,
    /// What forbids it.
    pub blockers: Vec<String>,
    /// What to know.
    pub warnings: Vec<String>,
    /// The parts of a restore, in order; none where it is none.
    pub parts: Vec<RemotePartView>,
    /// What is kept first of the present state, and how; absent where nothing is.
    pub safety: Option<String>,
    /// What has to be typed: the project's name.
    pub confirm: String,
    /// The button's words.
    pub button: String,
    /// The same on the command line.
    pub command: String,
}

/// Plans a restore that the platform does.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanRemoteRestore {
    /// Id or name of the project.
    pub project: String,
    /// The backup's id there; or
    pub id: Option<String>,
    /// a moment; or
    pub at_ms: Option<Millis>,
    /// a restore point.
    pub point: Option<String>,
    /// Bring back the database; absent means: where it can be had, unless another part was named.
    pub database: Option<bool>,
    /// Bring back stored files.
    pub storage: Option<bool>,
    /// Bring back the configuration.
    pub config: Option<bool>,
    /// Why no safety backup is to be made first; absent means that one is.
    pub no_safety_because: Option<String>,
    /// Why what the safety backup cannot hold may be lost.
    pub uncovered_because: Option<String>,
}

/// Plans a new project on the platform of a project, made of the file of a backup in the vault.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanRemoteImport {
    /// Id or name of a project on that platform.
    pub project: String,
    /// The backup's id, or a unique prefix of one.
    pub backup: String,
    /// Name of the new project there.
    pub new_name: String,
}

/// Confirms such a plan.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ApplyRemotePlan {
    /// The plan.
    pub plan_id: String,
    /// What was typed.
    pub confirm: String,
}

/// Gives the file that a backup was made of back to the platform.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct UploadToPlatform {
    /// Id or name of the project.
    pub project: String,
    /// The backup's id, or a unique prefix of one.
    pub backup: String,
}

/// Makes a new project of an exported file on the platform of a project.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportAtPlatform {
    /// Id or name of a project on that platform.
    pub project: String,
    /// The file.
    pub path: String,
    /// Name of the new project there.
    pub new_name: String,
}
