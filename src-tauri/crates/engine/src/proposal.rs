//! What is proposed for the goals of a project: a policy of retention and schedules, line by line.

mod propose;
mod proposed;

pub use propose::{GoalStanding, Proposal, Schedule, propose};
pub use proposed::{Line, Part};
