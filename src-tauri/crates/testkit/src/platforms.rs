//! Stand-ins for platforms that cannot be had whole: the real work behind the wire format, and the real
//! servers' misbehaviour, each switched on by itself.

mod answer;
mod archive;
mod fetch;
mod loopback;
mod place;
mod postgres;
mod prism;
mod serve;

pub mod opttius;
pub mod supabase;
pub mod supabase_storage;
pub mod supamanager;
pub mod telegram_bot;
pub mod telegram_platform;

pub use fetch::{Fetched, fetch};
pub use place::Place;
pub use postgres::Postgres;
pub use prism::Prism;
pub use serve::{Faults, Seen};
