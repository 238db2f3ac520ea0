//! Stand-ins for platforms that cannot be had whole: the real work behind the wire format, and the real
//! servers' misbehaviour, each switched on by itself.

mod answer;
mod archive;
mod fetch;
mod postgres;
mod serve;

pub mod opttius;
pub mod supamanager;

pub use fetch::{Fetched, fetch};
pub use postgres::Postgres;
pub use serve::{Faults, Seen};
