//! Commands for the backup records in a project's own database.

use super::line::Line;

/// Something that a project's database is asked to note, or to test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noted {
    /// Note a manual backup.
    Start {
        /// Id or name of the project.
        project: String,
        /// Why.
        reason: String,
    },
    /// Test a backup that it noted.
    Test {
        /// Id or name of the project.
        project: String,
        /// The backup's id there.
        id: String,
    },
    /// Write the result of every drill there, or not any more.
    Drills {
        /// Id or name of the project.
        project: String,
        /// Whether.
        is_on: bool,
    },
}

impl Noted {
    pub(super) fn line(&self) -> Line {
        match self {
            Self::Start { project, reason } => {
                Line::of("noted start").argument(project).option("reason", reason)
            }
            Self::Test { project, id } => Line::of("noted test").argument(project).argument(id),
            Self::Drills { project, is_on } => {
                Line::of("noted drills").argument(project).flag("on", *is_on).flag("off", !is_on)
            }
        }
    }
}
