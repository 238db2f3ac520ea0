//! `SupaManager`, against a stand-in that really backs up: what it claims, and what is there.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archives;
mod bench;
mod claims;
mod going_back;
mod reaching;
mod signing_in;
