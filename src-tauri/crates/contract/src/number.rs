//! Numbers that cross: JavaScript's are doubles, exact up to 2^53, so 64-bit integers are declared.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A count or a size; the unit is in the field's name (`sizeBytes`, `rows`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Count(#[specta(type = i32)] pub u64);

impl From<u64> for Count {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

impl From<usize> for Count {
    fn from(value: usize) -> Self {
        Self(value as u64)
    }
}

/// A moment in UTC, in milliseconds since 1970; or a span of milliseconds where the name says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Millis(#[specta(type = i32)] pub i64);

impl From<i64> for Millis {
    fn from(value: i64) -> Self {
        Self(value)
    }
}
