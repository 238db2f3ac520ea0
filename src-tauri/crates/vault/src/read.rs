//! Reading: files out of snapshots, in bounded memory, with every blob authenticated and its
//! hash checked.
//!
//! Blobs are found and opened in `read::blob`, several at once in `read::window`; directories are
//! walked in `read::walk`. Writing them to a disk is `restore`.

pub(crate) mod blob;
mod file;
pub(crate) mod recent;
pub(crate) mod walk;
pub(crate) mod window;

pub use file::FileReader;
pub use walk::{Entry, EntryKind};
