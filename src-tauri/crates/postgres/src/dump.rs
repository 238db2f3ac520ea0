//! One consistent dump: the transaction that holds the moment, and `pg_dump` reading at it.
//!
//! It yields bytes and an honest end; where they go, and what is in them, is not its business.
//! Source: Postgres docs, `pg_dump`, "--snapshot"; "Snapshot Synchronization Functions".

mod failure;
mod holder;
mod output;
mod run;
mod there;

pub use failure::{DumpError, DumpFailure};
pub use holder::{Holder, HolderError};
pub use output::Output;
pub use run::{Dump, DumpKill, DumpRequest, RolesRequest};
pub use there::There;
