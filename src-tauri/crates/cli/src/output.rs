//! The only place that prints: the answer on standard output, everything else on standard error.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use contract::error::UserError;
use serde::Serialize;

/// Narrower terminals wrap; wider ones are not filled.
const COLUMNS_USUAL: usize = 80;

/// How a command prints.
#[derive(Debug)]
pub(crate) struct Output {
    is_json: bool,
    /// Whether a line on standard error can be overwritten.
    is_live: bool,
    /// Whether such a line stands there now.
    has_line: Mutex<bool>,
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: &'a UserError,
}

impl Output {
    /// Prints documents when `is_json`, otherwise words.
    pub(crate) fn new(is_json: bool) -> Self {
        Self { is_json, is_live: std::io::stderr().is_terminal(), has_line: Mutex::default() }
    }

    /// Whether standard error is a terminal, where a line can move.
    pub(crate) fn is_live(&self) -> bool {
        self.is_live
    }

    /// The answer of a command: one document, or words. Called once per command.
    pub(crate) fn answer<T: Serialize>(&self, document: &T, words: impl FnOnce() -> String) {
        self.clear();
        if self.is_json {
            print_document(document);
        } else {
            print(&harmless(&words()));
        }
    }

    /// Words on the way to the answer: on standard output, unless a document goes there.
    pub(crate) fn tell(&self, words: &str) {
        self.clear();
        if self.is_json {
            self.say(words);
        } else {
            print(&harmless(words));
        }
    }

    /// Progress and notes, on standard error.
    pub(crate) fn say(&self, words: &str) {
        self.clear();
        let _ = writeln!(std::io::stderr().lock(), "{}", harmless(words));
    }

    /// A line that the next one takes the place of.
    pub(crate) fn line(&self, words: &str) {
        if !self.is_live {
            return;
        }
        let shown: String = harmless(words).chars().take(columns().saturating_sub(1)).collect();
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[2K{shown}");
        let _ = stderr.flush();
        *self.has_line.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        let mut has_line = self.has_line.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *has_line) {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K");
        }
    }

    /// An error: a document, or message and hint.
    pub(crate) fn error(&self, error: &UserError) {
        if self.is_json {
            self.clear();
            print_document(&ErrorDocument { error });
            return;
        }
        if error.message == error.code.as_str() {
            self.say(&format!("{}.", error.message));
        } else {
            self.say(&format!("{} ({})", error.message, error.code));
        }
        if let Some(hint) = error.hint.as_deref().filter(|hint| !hint.is_empty()) {
            self.say(&format!("  {hint}"));
        }
    }
}

fn print_document<T: Serialize>(document: &T) {
    match serde_json::to_string_pretty(document) {
        Ok(text) => print(&text),
        Err(error) => tracing::error!(%error, "the answer cannot be encoded"),
    }
}

/// A reader that went away is no failure of the command.
fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{}", text.trim_end());
    let _ = stdout.flush();
}

/// Names come from servers and archives: what would move a terminal's cursor is shown as `?`.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect()
}

#[cfg(unix)]
fn columns() -> usize {
    // Some terminals say 0 for what they do not know.
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok().map(|size| usize::from(size.ws_col));
    size.filter(|columns| *columns > 0).unwrap_or(COLUMNS_USUAL)
}

#[cfg(not(unix))]
fn columns() -> usize {
    COLUMNS_USUAL
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_name_from_a_server_cannot_move_the_cursor() {
        assert_eq!(harmless("a\x1b[2Jb\r\nc"), "a?[2Jb?\nc");
    }
}
