//! The real window: the built application under a private display, bus, keychain and home.
//!
//! Each test has a desk of its own, so that tests do not meet in a clipboard, a keychain or a
//! single instance. What a person would do is done here: click, type, choose a path, close.

#![allow(clippy::disallowed_methods, reason = "what stands in for the world makes files and starts programs")]
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "what a helper of a test cannot do fails that test")]

mod command_line;
mod desk;
mod drag;
mod keychain;
mod notifications;
mod peer;
mod real_window;
mod screen;
mod servers;
mod shop;
mod tray;
mod window;
mod wizard;
