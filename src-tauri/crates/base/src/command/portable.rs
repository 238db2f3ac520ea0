//! Commands for files in a chat. The passphrase is always given by a file.

use super::backup::passphrase;
use super::line::Line;

/// A file that is sent into the chat of a project's bot, fetched back, or deleted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Portable {
    /// Send it.
    Send {
        /// The project whose bot keeps it.
        project: String,
        /// The file.
        file: String,
        /// A new file for its receipt.
        receipt: Option<String>,
    },
    /// Fetch it back.
    Fetch {
        /// The project whose bot keeps it.
        project: String,
        /// Its id; absent with a receipt.
        id: Option<String>,
        /// A file with its receipt.
        receipt: Option<String>,
        /// Where it goes.
        to: String,
    },
    /// Delete it.
    Forget {
        /// The project whose bot keeps it.
        project: String,
        /// Its id.
        id: String,
        /// What is typed.
        confirm: String,
    },
}

impl Portable {
    pub(super) fn line(&self) -> Line {
        match self {
            Self::Send { project, file, receipt } => {
                let line = Line::of("bundle send").argument(file).option("to", project);
                passphrase(line, true).maybe("receipt", receipt.as_ref())
            }
            Self::Fetch { project, id, receipt, to } => {
                let line = id.iter().fold(Line::of("bundle fetch"), |line, id| line.argument(id));
                let line = line.maybe("receipt", receipt.as_ref()).option("from", project).option("to", to);
                passphrase(line, true)
            }
            Self::Forget { project, id, confirm } => {
                Line::of("bundle forget").argument(id).option("from", project).option("confirm", confirm)
            }
        }
    }
}
