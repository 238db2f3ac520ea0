//! The vault: backups in the published format of restic repositories, version 2.
//!
//! Content-defined deduplication, zstd, AES-256-CTR with Poly1305, scrypt keys, immutable files
//! named by their SHA-256; the rules are `doc/design.rst` of restic/restic. Synchronous, on
//! bounded thread pipelines; no network, no database, no user interface, and no knowledge of
//! projects. restic itself is the judge of everything that is written here.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

mod cancel;
mod check;
mod chunk;
#[cfg(feature = "conformance")]
pub mod conformance;
mod crypto;
mod error;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod hold;
mod id;
mod index;
mod key;
mod lock;
mod mirror;
mod pack;
mod password;
mod path;
mod polynomial;
mod prune;
mod read;
mod repair;
mod repository;
mod restore;
mod snapshot;
mod store;
mod tree;
mod vault;
mod words;
mod write;

pub use cancel::Cancel;
pub use check::{
    CheckOptions, CheckProgress, CheckReport, FileReadBack, Finding, FindingKind, PackDamage, PackRead,
    PacksRead, ReadBack, ReadLimits, Slice,
};
pub use error::VaultError;
pub use hold::{Hold, Said};
pub use id::{Id, NotAnId, SnapshotId};
pub use key::{KeyEntry, KeyOwner, KeyWork};
pub use lock::LockInfo;
pub use mirror::{MirrorOptions, MirrorProgress, MirrorReport};
pub use password::Password;
pub use prune::{PackSum, PruneOptions, PrunePlan, PruneProgress, PruneReport, PruneStep};
pub use read::{Entry, EntryKind, FileReader};
pub use repair::{DamagedPack, RepairReport};
pub use restore::{NotRestored, RestoreReport};
pub use snapshot::Snapshot;
pub use store::{FileKind, LocalStore, Store, StoreError, StoredFile};
pub use vault::{Vault, VaultStats};
pub use write::{BeginOptions, Committed, Counters, FileMeta, FileWritten, SnapshotWriter};
