//! The test of a connection: rung by rung, in words, with a fix where it stops.
//!
//! Reads names, rights and sizes; writes nothing. Every failure has a code that is stable
//! (documented, searched for, never reused), a sentence, and where possible a safe next act.

mod climb;
mod diagnosis;
mod rights;
mod rung;
mod ssh;
mod words;

pub use climb::SKEW_MS_MAX;
pub use climb::{Ladder, climb};
pub use rights::read_only_role_sql;
pub use rung::{Fix, Rung, RungId, RungState, Suggestion};
