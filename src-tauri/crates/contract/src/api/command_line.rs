//! The command line that says the same as a request.

use base::command::Command;

use super::Answer;
use crate::command_line::{AskCommand, CommandLineView};

/// The command line of a request. Asks nobody, and changes nothing.
///
/// # Errors
/// None.
#[crate::boxed]
pub async fn command_line(_engine: &engine::Engine, request: AskCommand) -> Answer<CommandLineView> {
    Ok(CommandLineView { command: Command::from(request).to_string() })
}
