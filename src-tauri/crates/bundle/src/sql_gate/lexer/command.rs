//! Commands that are meant for `psql`: a line behind a backslash.

use super::super::meta::{Command, judge};
use super::super::{REFUSALS_MAX, statement::Statement};
use super::{LINE_BYTES_MAX, Lexer, Mode};

impl Lexer {
    pub(super) fn command_byte(&mut self, byte: u8) {
        if byte == b'\n' {
            self.command();
            return;
        }
        if self.word.len() < LINE_BYTES_MAX {
            self.word.push(byte);
        }
        self.mode = Mode::Command;
    }

    pub(super) fn command(&mut self) {
        let line = std::mem::take(&mut self.word);
        let judged = if line.len() >= LINE_BYTES_MAX {
            Command::Refused("is longer than any command of a backup")
        } else {
            judge(&line)
        };
        self.before = 0;
        match self.refusal(&judged) {
            Some(reason) => self.refuse(reason, &[b"\\", line.as_slice()].concat()),
            None => self.understand(judged),
        }
    }

    /// Why it must not run, or not here.
    fn refusal(&self, judged: &Command) -> Option<&'static str> {
        let lifts = match judged {
            Command::Refused(reason) => return Some(*reason),
            Command::Unrestrict(word) => Some(word),
            _ => None,
        };
        if !self.statement.is_empty() {
            return Some("stands within a statement");
        }
        let is_forbidden = self.restricted.as_ref().is_some_and(|word| lifts != Some(word));
        is_forbidden.then_some("stands where the script itself allows no command")
    }

    fn understand(&mut self, command: Command) {
        match command {
            Command::Allowed | Command::Refused(_) => {}
            Command::Restrict(word) => self.restricted = Some(word),
            Command::Unrestrict(_) => self.restricted = None,
            Command::Encoding(name) => {
                if self.tally.knows_letters(self.line, &name) {
                    self.encoding = Some(name);
                }
            }
            Command::Connect(database) => {
                if let Some(pieces) = &mut self.pieces {
                    pieces.connect(self.line, &database);
                }
                if self.tally.verdict.connects.len() < REFUSALS_MAX {
                    self.tally.verdict.connects.push(database);
                }
                // As every session of ours begins, whatever the one before was set to.
                self.is_std_off = false;
                self.tally.has_other_letters = false;
                self.encoding = Some("UTF8".into());
                self.statement = Statement::default();
            }
        }
    }
}
