//! Recovery plans: the document, what only people know of it, its file, and checks of whether a backup is clean.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::VerdictView;
use crate::drill::CheckView;
use crate::number::{Count, Millis};
use crate::paper::PaperView;

/// Somebody who is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ContactView {
    /// What they are for.
    pub role: String,
    /// Who.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// E-mail address.
    pub email: String,
    /// Anything else.
    pub note: String,
}

/// What only people know.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ContactsView {
    /// Who is called, in this order.
    pub people: Vec<ContactView>,
    /// Where the recovery kit lies, as a person wrote it.
    pub kit_place: Option<String>,
}

/// Puts a list of people in the place of the one that a project has.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetContacts {
    /// Id or name of the project.
    pub project: String,
    /// In the order in which they are called.
    pub people: Vec<ContactView>,
}

/// Says where the recovery kit lies.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetKitPlace {
    /// Where; absent takes the note away.
    pub place: Option<String>,
}

/// The folder in which pages are kept current, and the page of a project.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanFileView {
    /// The folder; absent where nobody named one.
    pub folder: Option<String>,
    /// The page.
    pub path: Option<String>,
    /// When it was written.
    pub written_at_ms: Option<Millis>,
    /// Why it could not be the last time.
    pub problem: Option<String>,
    /// When that was tried.
    pub tried_at_ms: Option<Millis>,
}

/// Names the folder.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetPlanFolder {
    /// Its whole path; absent means none any more.
    pub folder: Option<String>,
}

/// What came of keeping the pages current.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlanExportView {
    /// The folder; absent where nobody named one.
    pub folder: Option<String>,
    /// Pages that were written anew.
    pub written: Vec<String>,
    /// So many said the same as before.
    pub unchanged: Count,
    /// What could not be written, as sentences.
    pub problems: Vec<String>,
}

/// The recovery plan of a project.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryPlanView {
    /// The project's id.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// The document.
    pub paper: PaperView,
    /// What only people know.
    pub contacts: ContactsView,
    /// Its file.
    pub file: PlanFileView,
    /// Looks whether a backup is clean, newest first.
    pub clean: Vec<CleanCheckView>,
}

/// Saves a recovery plan.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SaveRecoveryPlan {
    /// Id or name of the project.
    pub project: String,
    /// Where to; ends in `.html`. It may take the place of this very plan, and of nothing else.
    pub path: String,
}

/// Asks for the newest verified backup before a moment, and whether it is clean.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FindClean {
    /// Id or name of the project.
    pub project: String,
    /// Before this moment.
    pub before_ms: Millis,
}

/// Whether a backup is clean, as far as that was looked at.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CleanCheckView {
    /// The run.
    pub id: String,
    /// The backup.
    pub backup_id: String,
    /// Its moment, where it is still there.
    pub backup_at_ms: Option<Millis>,
    /// Before which moment one was wanted.
    pub before_ms: Millis,
    /// What it came to.
    pub verdict: VerdictView,
    /// Why.
    pub reason: String,
    /// What was looked at, and what was not.
    pub checks: Vec<CheckView>,
    /// When.
    pub at_ms: Millis,
}
