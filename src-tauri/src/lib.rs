//! The shell: window, tray, and the commands that the page calls.
//!
//! It decodes, calls `contract::api`, encodes. What a command does is the engine's business;
//! what a state looks like is the page's.

mod ask;
mod commands;
mod desktop;
mod events;
mod face;
mod log;
mod login;
mod profile;
mod quit;
mod report;
mod running;
mod start;
mod tray;
mod tray_host;
mod window;

pub use start::run;
