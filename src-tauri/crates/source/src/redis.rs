//! Redis: a snapshot of all of its keys as an RDB file, and keys from such a file back into a server.

mod address;
mod client;
mod put_back;
mod rdb;
mod rdb_value;
mod saved;
mod snapshot;

pub use address::RedisAddress;
pub use client::{Client, RedisError, Way};
pub use put_back::{Conflict, KeySet, PutBack, look, put_back};
pub use rdb::{Entry, Keys, RdbError, RdbReader, count};
pub use saved::{Saved, save};
pub use snapshot::{How, Snapshot, snapshot};
