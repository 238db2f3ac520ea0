//! Where the bytes of a project come from, beside its database: folders, configuration files, Redis, logs.
//!
//! It reads and writes such places, and knows no vault, no catalogue and no project.

pub mod bucket;
pub mod checkout;
pub mod chosen;
pub mod container_log;
pub mod error;
mod failure;
pub mod folder;
pub mod key;
pub mod object;
pub mod place;
mod ranged;
pub mod redis;
pub mod sftp;
pub mod storage_api;
mod target;

pub use error::SourceError;
pub use folder::Folder;
pub use object::{Found, Object, Objects, Opened};
pub use place::Place;
pub use target::Target;
