//! Asking a person for a secret, without showing what is typed.

use std::io::{ErrorKind, IsTerminal as _};

use contract::error::UserError;

use crate::error::{cancelled, failure};
use base::Code;

/// Whether somebody sits there who can answer.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks, and waits for the answer.
///
/// # Errors
/// `cancelled` for Ctrl-C, `no_terminal` when there is no answer to be had.
pub(crate) async fn ask(question: &str) -> Result<String, UserError> {
    let question = format!("{question} ");
    let asked = tokio::task::spawn_blocking(move || rpassword::prompt_password(question)).await;
    let answer = asked.unwrap_or_else(|join| Err(std::io::Error::other(join)));
    answer.map_err(|source| match source.kind() {
        ErrorKind::Interrupted => cancelled(),
        _ => failure(
            Code::NoTerminal,
            format!("the terminal gives no answer: {source}"),
            "Use a file or standard input instead.",
        ),
    })
}
