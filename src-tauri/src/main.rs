//! The window's program: `holdfast-desktop`.

// A release build opens no console window on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    holdfast_desktop::run()
}
