//! Health: what is wrong or will be, computed from what exists.
//!
//! `gather` reads the catalogue in a few queries for all projects at once; each file in `check/` is a pure function
//! of what was gathered; `report` puts the findings in order and says the one sentence. The home screen's needs are
//! findings too, so that the two cannot differ; `look` is what notifications are made of. Nothing here changes anything but what a person accepts as normal.

mod accept;
mod band;
mod check;
mod cost;
mod facts;
mod finding;
mod gather;
mod look;
mod places;
mod plots;
mod report;
pub(crate) mod tables;
pub mod words;

pub use band::{Band, Off, POINTS_MIN, Sample};
pub use check::{Copies, CopyPlace, Elsewhere};
pub use cost::{Price, PriceList, StorageCost};
pub use finding::{Act, ChannelTold, Code, Finding, FindingTold, Measure, Scope, Severity, Unit};
pub(crate) use look::Leaving;
pub use plots::{DrillPoint, Plots, RecoveryStretch, SizePoint, TablePoint, TableSeries};
pub use report::Health;
pub use tables::{Counted, OddKind, OddTable, odd_tables};
