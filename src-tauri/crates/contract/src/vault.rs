//! The vault: where the copies are, its key and its recovery kit.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::{Count, Millis};

/// The vault of this profile.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VaultView {
    /// Repository id (hexadecimal).
    pub id: String,
    /// Name that a person gave it, for instance `Anchor`.
    pub name: String,
    /// Directory of the repository.
    pub path: String,
    /// Whether the directory can be reached and the key opens it.
    pub state: VaultState,
    /// Why not, where the state is not `ready`.
    pub problem: Option<String>,
    /// When the recovery kit was saved and read back; until then no backup counts as done.
    pub kit_confirmed_at_ms: Option<Millis>,
    /// Bytes that the repository takes on its disk.
    pub stored_bytes: Count,
    /// Bytes free on that disk; absent when it cannot be reached.
    pub free_bytes: Option<Count>,
    /// Backups in it.
    pub backups: Count,
}

/// Whether the vault can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum VaultState {
    /// Reachable, and the key opens it.
    Ready,
    /// The directory is not there: an unplugged disk, a moved folder.
    Gone,
    /// The key is not to be had: locked or lost keychain.
    KeyMissing,
    /// Something else is wrong with it.
    Broken,
}

/// Asks for a draft of a new vault.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DraftVault {
    /// Directory to create the repository in; must be empty or absent.
    pub path: String,
    /// Name for people.
    pub name: String,
}

/// A vault that is about to be created: its key exists, its directory does not yet.
#[derive(Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VaultDraft {
    /// Names the draft in later calls; lives as long as the process.
    pub id: String,
    /// Directory.
    pub path: String,
    /// Name.
    pub name: String,
    /// Bytes free there.
    pub free_bytes: Count,
    /// The key in groups of four, the last group left out: it has to come from the saved kit.
    pub key_groups: Vec<String>,
    /// When the kit of this draft was saved, and where.
    pub kit_saved_to: Option<String>,
}

/// Format of a recovery kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum KitFormat {
    /// A page to print.
    Html,
    /// Plain text.
    Text,
}

/// Saves the recovery kit of a draft or of the vault in use.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SaveKit {
    /// The draft; absent for the vault in use.
    pub draft_id: Option<String>,
    /// File to write.
    pub path: String,
    /// Page or text.
    pub format: KitFormat,
}

/// Creates the vault of a draft.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CreateVault {
    /// The draft.
    pub draft_id: String,
    /// The last group of the key, read back from the saved kit.
    pub last_group: String,
}

/// Confirms that the kit of the vault in use was saved, by the last group of its key.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmKit {
    /// The last group of the key.
    pub last_group: String,
}

/// Opens an existing vault on this computer, and rebuilds the catalogue from it.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OpenVault {
    /// Directory of the repository.
    pub path: String,
    /// The key as the kit prints it; case and dashes do not matter.
    pub key: String,
}

/// A key that opens the vault.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VaultKeyView {
    /// Its file in the vault.
    pub id: String,
    /// What is typed to revoke it: the beginning of its id.
    pub short_id: String,
    /// What it is called: who has it, or where it lies.
    pub name: String,
    /// The computer that made it.
    pub host: String,
    /// When it was made, as far as that can be read.
    pub created_at_ms: Option<Millis>,
    /// Whether this computer opens the vault with it.
    pub is_in_use: bool,
}

/// Adds a key to the vault. It leaves on a recovery kit of its own and nowhere else.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddVaultKey {
    /// What it is called: who has it, or where it lies.
    pub name: String,
    /// File for its recovery kit; must not be there yet.
    pub path: String,
    /// Page or text.
    pub format: KitFormat,
    /// Whether this computer opens the vault with it from now on, so that its old key can be revoked.
    pub use_here: bool,
}

/// Revokes a key of the vault.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RevokeVaultKey {
    /// Its id, or the beginning of it.
    pub key: String,
    /// Its short id, typed.
    pub confirm: String,
}

/// Result of a rebuild of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RebuildView {
    /// Snapshots read from the vault.
    pub snapshots: Count,
    /// Backups in the catalogue now.
    pub backups: Count,
    /// Projects in the catalogue now.
    pub projects: Count,
    /// Snapshots that are not backups of ours, or whose manifest could not be read: which, and why.
    pub skipped: Vec<String>,
}

/// Checks the vault as a job.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CheckVault {
    /// Also read the data: the n-th of t slices; absent means structure only.
    pub slice: Option<SliceView>,
    /// Also read the part of the data whose turn it is; not together with a slice.
    #[serde(default)]
    pub next_part: Option<NextPart>,
}

/// The part of the data whose turn it is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NextPart {
    /// Into how many parts the data is cut; absent means as it is now. Another number begins a new cycle.
    pub parts: Option<u32>,
}

/// How far the vault's data was read again, part by part.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RollingView {
    /// Into how many parts it is cut.
    pub parts: u32,
    /// The parts that are done in the cycle that goes on.
    pub done: Vec<PartDoneView>,
    /// When that cycle began; absent where none goes on.
    pub started_at_ms: Option<Millis>,
    /// When the last cycle that read everything began; absent where none did yet.
    pub last_started_at_ms: Option<Millis>,
    /// When it ended.
    pub last_finished_at_ms: Option<Millis>,
    /// Packs that were damaged when they were last read, the newest finding first.
    pub damaged: Vec<DamagedPackView>,
}

/// A part that was read.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PartDoneView {
    /// Which part, from 1.
    pub n: u32,
    /// When its last pack had been read.
    pub at_ms: Millis,
}

/// A pack that was damaged when it was last read.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DamagedPackView {
    /// The file in the vault.
    pub file: String,
    /// The first thing that is wrong with it.
    pub message: String,
    /// When that was seen.
    pub at_ms: Millis,
}

/// The n-th of t slices, from 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SliceView {
    /// Which slice, from 1.
    pub n: u32,
    /// Of how many.
    pub t: u32,
}
