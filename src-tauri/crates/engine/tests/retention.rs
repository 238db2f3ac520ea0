//! What becomes of backups, over any history and any policy: `engine::retention::decide` alone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "retention/history.rs"]
mod history;
#[path = "retention/nights.rs"]
mod nights;
#[path = "retention/promises.rs"]
mod promises;
#[path = "retention/reasons.rs"]
mod reasons;
