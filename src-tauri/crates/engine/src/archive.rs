//! Projects' snapshots in the vault: tags, manifest, recovery kit, and the open vault itself.
//!
//! The vault knows nothing of projects; here is the only place that says how a backup lies in it.

mod check;
pub(crate) mod documents;
pub(crate) mod draft;
mod error;
pub(crate) mod failure;
mod key;
mod keys;
mod kit;
mod manifest;
pub(crate) mod opened;
mod prune;
mod rebuild;
pub(crate) mod receipts;
mod repair;
pub(crate) mod shared;
pub(crate) mod snapshot;
mod turns;

pub use documents::Documents;
pub use draft::DraftView;
pub use error::ArchiveError;
pub use key::{KEY_GROUPS, generate_key, group_key, normalise_key};
pub use keys::{NewKeyFor, VaultKey};
pub use kit::{Kit, KitFormat};
pub use manifest::{
    ARTIFACT_DIRECTORY, Artifact, DATABASE_DIRECTORY, DatabasePart, MANIFEST_FORMAT,
    MANIFEST_FORMAT_WITHOUT_DATABASE, MANIFEST_PATH, Manifest, Origin, Part, ROLES_PATH, ServerStamp,
    TAG_KIND_IMPORT, TAG_KIND_POSTGRES, TAG_KIND_PULL, TAGS_KIND, Tree, Who, project_tag,
};
pub use opened::Archive;
pub use rebuild::{Rebuild, VaultStatus};
pub use receipts::{RECEIPT_PATH, ReceiptDocument, TAG_KIND_RECEIPT};
pub use vault::{PackSum, PruneOptions, PrunePlan};
