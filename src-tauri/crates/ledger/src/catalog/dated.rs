//! Backups that are dated later than now: a clock was ahead when they were made, or was set back since.
//!
//! Their date is not believed. Until it has come such a backup is no recovery point, not the newest of anything, and
//! none of those that always stay: else one of them would hide that nothing arrives any more, and would make all
//! others look old.

use base::clock::now_ms;

/// Clocks are put right by a little every day; a backup may be dated later than now by so much.
pub const LATER_MAX_MS: i64 = 60 * 60 * 1000;

/// The last moment that a backup may be dated at, to be believed.
pub fn believed_until_ms() -> i64 {
    now_ms().saturating_add(LATER_MAX_MS)
}
