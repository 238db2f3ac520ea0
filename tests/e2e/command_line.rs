//! The command line of the same build, on the same desk and profile as the window.

use std::process::{Output, Stdio};

use serde_json::Value;

use crate::desk::Desk;

/// What the command line says; it has to work.
pub(crate) fn ask(desk: &Desk, arguments: &[&str]) -> Value {
    let mut holdfast = desk.command_line(arguments);
    json(&holdfast.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap())
}

/// The one JSON document of a call that worked.
pub(crate) fn json(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}
