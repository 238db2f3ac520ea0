//! Schedules: the moments of rules, what is due, and a scheduler over a real catalogue whose clock the test turns.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "schedule/claims.rs"]
mod claims;
#[path = "schedule/crowd.rs"]
mod crowd;
#[path = "schedule/moments.rs"]
mod moments;
#[path = "schedule/month.rs"]
mod month;
#[path = "schedule/planned.rs"]
mod planned;
#[path = "schedule/properties.rs"]
mod properties;
#[path = "schedule/world.rs"]
mod world;
