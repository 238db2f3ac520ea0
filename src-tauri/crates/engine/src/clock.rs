//! The time, in one place.

use jiff::Timestamp;

/// Now, in UTC milliseconds.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}
