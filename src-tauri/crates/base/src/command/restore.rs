//! Restores on a command line.

use super::FILE;
use super::line::{Line, joined_names};

/// Default file of a plan.
pub(super) const PLAN: &str = "plan.json";

/// A restore to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorePlan {
    /// Which backup.
    pub backup: String,
    /// Where to.
    pub to: RestoreTo,
    /// Why no safety backup is made.
    pub no_safety_because: Option<String>,
    /// Whether writers go on during the safety backup.
    pub lets_writers_write: bool,
    /// The backup made after the damage, for a merge.
    pub after: Option<String>,
    /// The plan's file.
    pub out: String,
}

/// Where a restore goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreTo {
    /// A private server here.
    Scratch,
    /// A new database.
    NewDatabase {
        /// Its name.
        name: String,
        /// The project whose server is meant.
        on: Option<String>,
    },
    /// A new database on another server.
    OtherServer {
        /// Its name.
        name: String,
        /// The server, without a password.
        url: String,
        /// Whether there is a password.
        has_password: bool,
    },
    /// Beside a database, and then in its place.
    Swap {
        /// The project.
        on: Option<String>,
        /// After so many days the old one goes.
        keep_days: Option<u16>,
    },
    /// Over a database.
    InPlace {
        /// The project.
        on: Option<String>,
    },
    /// Some tables.
    Tables {
        /// The project.
        on: Option<String>,
        /// Which.
        tables: Vec<String>,
        /// What becomes of those that are there.
        way: TableWay,
    },
    /// The rows of all tables that can be filled.
    AllRows {
        /// The project.
        on: Option<String>,
        /// What becomes of the rows that are there.
        way: TableWay,
        /// Whether what is not there is made.
        makes: bool,
    },
}

/// What becomes of tables that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableWay {
    /// They are left alone.
    Beside,
    /// Their rows are replaced.
    Replace,
    /// Missing rows come back.
    MissingRows,
    /// What was damaged between two backups is taken back.
    Merge,
}

impl TableWay {
    fn flag(self) -> &'static str {
        match self {
            Self::Beside => "beside",
            Self::Replace => "replace",
            Self::MissingRows => "missing-rows",
            Self::Merge => "merge",
        }
    }
}

impl RestorePlan {
    pub(super) fn line(&self) -> Line {
        let Self { backup, to, no_safety_because, lets_writers_write, after, out } = self;
        to.options(Line::of("restore plan").argument(backup))
            .maybe("after", after.as_ref())
            .maybe("no-safety-backup", no_safety_because.as_ref())
            .flag("let-writers-write", *lets_writers_write)
            .option("out", out)
    }
}

impl RestoreTo {
    fn options(&self, line: Line) -> Line {
        match self {
            Self::Scratch => line.flag("scratch", true),
            Self::NewDatabase { name, on } => line.option("to-new-database", name).maybe("on", on.as_ref()),
            Self::OtherServer { name, url, has_password } => line
                .option("to-new-database", name)
                .option("on-server", url)
                .flag("no-password", !has_password)
                .maybe("password-file", has_password.then_some(FILE)),
            Self::Swap { on, keep_days } => line
                .flag("swap", true)
                .maybe("keep-old", keep_days.map(|days| days.to_string()))
                .maybe("on", on.as_ref()),
            Self::InPlace { on } => line.flag("in-place", true).maybe("on", on.as_ref()),
            Self::Tables { on, tables, way } => {
                line.option("tables", joined_names(tables)).flag(way.flag(), true).maybe("on", on.as_ref())
            }
            Self::AllRows { on, way, makes } => line
                .flag("all-rows", true)
                .flag(way.flag(), true)
                .flag("make-missing", *makes)
                .maybe("on", on.as_ref()),
        }
    }
}
