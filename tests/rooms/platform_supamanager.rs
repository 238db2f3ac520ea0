//! `SupaManager`, against a stand-in that really backs up: what it claims, and what is there.

mod archives;
mod bench;
mod claims;
mod going_back;
mod reaching;
mod signing_in;
