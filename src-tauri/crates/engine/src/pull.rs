//! Platforms of projects: looking at what they have, asking them for something, watching it, and fetching
//! what they backed up.
//!
//! A verb. What a platform says stays a claim until its bytes are here; turning those into a backup is
//! `intake`'s work, for pulled and for imported files alike.

mod diagnosis;

mod look;

mod watch;

pub use look::{PlatformLook, Seen};
