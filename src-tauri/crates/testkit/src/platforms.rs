//! Stand-ins of platforms: real work behind the wire format, and the real servers' misbehaviour on demand.
//!
//! Each listens on 127.0.0.1 and is gone when it is dropped.

mod loopback;
mod place;
mod prism;
pub mod supabase;
pub mod telegram_bot;
pub mod telegram_platform;

pub use place::Place;
pub use prism::Prism;
