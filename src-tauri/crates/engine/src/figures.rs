//! Sizes and rows of backups against those before: between which values they are expected, and which tables stand out.

mod band;
mod tables;

pub use band::{Band, Off, POINTS_MIN};
pub(crate) use band::{POINTS_MAX, real, slope, whole};
pub use tables::odd_tables;
pub(crate) use tables::{ROWS_FLOOR, note, record, weigh};
