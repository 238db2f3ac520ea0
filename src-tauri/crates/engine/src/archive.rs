//! Projects' snapshots in the vault: tags, manifest, recovery kit, finding and reading a backup, and the open vault
//! itself.
//!
//! The crate `vault` knows nothing of projects; only this module defines the layout of a backup in it.

mod backup_type;
pub(crate) mod documents;
pub(crate) mod draft;
mod error;
pub(crate) mod failure;
mod find;
mod key;
mod kit;
mod manifest;
mod not_taken;
pub(crate) mod opened;
pub(crate) mod receipts;
mod safety;
pub(crate) mod snapshot;
mod taken;
mod turns;

pub use backup_type::BackupType;
pub use documents::Documents;
pub use draft::DraftView;
pub use error::ArchiveError;
pub use key::{KEY_GROUPS, generate_key, group_key, normalise_key};
pub use kit::{Kit, KitFormat};
pub use manifest::{
    ACCESS_PATH, ARTIFACT_DIRECTORY, Artifact, DATABASE_DIRECTORY, DatabasePart, MANIFEST_FORMAT,
    MANIFEST_FORMAT_CHOSEN, MANIFEST_FORMAT_WITHOUT_DATABASE, MANIFEST_PATH, Manifest, Origin, Part,
    ROLES_PATH, ServerStamp, TAG_KIND_IMPORT, TAG_KIND_POSTGRES, TAG_KIND_PULL, TAGS_KIND, Tree, Who,
    project_tag,
};
pub(crate) use not_taken::not_taken_sentences;
pub use opened::Archive;
pub use receipts::{RECEIPT_PATH, ReceiptDocument, TAG_KIND_RECEIPT};
pub(crate) use safety::SAFETY_REASON;
pub(crate) use taken::Inventory;
pub use taken::{Absent, FileState, Line, REDIS_FILE, Taken, component_folder, inventory_path};
