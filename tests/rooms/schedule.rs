//! Schedules: the moments of rules, what is due, and a scheduler over a real catalogue whose clock the test turns.

mod claims;
mod crowd;
mod moments;
mod month;
mod planned;
mod properties;
mod world;
