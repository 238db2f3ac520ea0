//! Downloads from a server that lies, breaks, runs out and changes; the server's own counts are the judge.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod killed;
mod links;
mod networks;
mod pull;
mod resume;
mod servers;
mod streams;
