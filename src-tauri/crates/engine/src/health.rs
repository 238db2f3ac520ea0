//! Health: what is wrong or will be, computed from what exists.
//!
//! `gather` reads the catalogue in a few queries for all projects at once; each file in `check/` is a pure function
//! of what was gathered; `report` puts the findings in order and says the one sentence. The home screen's needs are
//! findings too, so that the two cannot differ. Nothing here changes anything but what a person accepts as normal.

mod accept;
mod band;
mod check;
mod cost;
mod facts;
mod finding;
mod gather;
mod plots;
mod report;
pub(crate) mod tables;
pub mod words;

pub use band::{Band, Off, POINTS_MIN, Sample};
pub use check::Copies;
pub use cost::{Price, PriceList, StorageCost};
pub use finding::{Act, Code, Finding, Measure, Scope, Severity, Unit};
pub use plots::{DrillPoint, Plots, RecoveryStretch, SizePoint, TablePoint, TableSeries};
pub use report::Health;
pub use tables::{Counted, OddKind, OddTable, odd_tables};
