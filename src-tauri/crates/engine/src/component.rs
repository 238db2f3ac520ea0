//! The parts of a project beside its database: where each is, reading it into a backup, reading it in one.

mod at_redis;
mod at_sftp;
mod at_storage;
mod files;
mod log_days;
mod manage;
mod own;
mod ready;
mod secret;
mod take;

pub(crate) use at_redis::{secret_of, way_to};
pub(crate) use at_sftp::sftp_folder;
pub(crate) use at_storage::{StorageRows, storage_service};
pub use manage::{NewSource, SourceLook};
pub(crate) use ready::{Told, ready, way_words};
pub(crate) use secret::source_secret_name;
pub(crate) use take::{Before, TakenParts, take};
