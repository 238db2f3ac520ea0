//! Stand-ins for platforms that cannot be had whole: the real work behind the wire format, and the real
//! servers' misbehaviour, each switched on by itself.

mod answer;
mod archive;
mod postgres;
mod serve;

pub mod supamanager;

pub use postgres::Postgres;
pub use serve::{Faults, Seen};
