//! Health: what is wrong or will be, computed from existing records.
//!
//! `gather` reads the catalogue in a few queries for all projects at once; each file in `check/` is a pure
//! function of the gathered facts; `report` orders the findings and writes the summary sentence. The home
//! screen shows the same findings, so that the two cannot differ; `look` feeds notifications. Nothing here
//! changes state, except what a person accepts as normal.

mod accept;
mod check;
mod cost;
mod facts;
mod finding;
mod gather;
mod look;
mod places;
mod plots;
mod report;
pub mod words;

pub use check::{Copies, CopyPlace, Elsewhere};
pub use cost::{Price, PriceList, StorageCost};
pub use finding::{Act, ChannelTold, Code, Finding, FindingTold, Measure, Scope, Unit};
pub(crate) use look::Leaving;
pub use plots::{DrillPoint, Plots, RecoveryStretch, SizePoint, TablePoint, TableSeries};
pub use report::Health;
