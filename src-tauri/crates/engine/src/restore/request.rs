//! The request for a restore: which backup, which target, which safety measures.

use serde::{Deserialize, Serialize};

use base::secret::Secret;
use postgres::connection::Settings;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// Id, prefix, or `PROJECT@latest`.
    pub backup: String,
    /// Where to.
    pub target: RestoreTarget,
    /// Why no safety backup is wanted; absent means that one is made where there is something to lose.
    pub no_safety_because: Option<String>,
    /// What becomes of those who write to what is replaced, while the safety backup is made.
    pub writers: Writers,
    /// The backup made after the damage, for `TableMode::Merge` alone: id, prefix, or `PROJECT@latest`.
    pub after: Option<String>,
}

/// Writers to rows that are replaced where they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writers {
    /// They wait from before the safety backup on: what they committed is in it, what they commit later stays.
    #[default]
    Wait,
    /// They go on until the safety backup is made; rows that they added or changed meanwhile are
    /// counted, named and kept, and rows that they deleted are not.
    GoOn,
}

/// Where a restore goes.
#[derive(Debug, Clone)]
pub enum RestoreTarget {
    /// A private cluster on this computer.
    Scratch,
    /// A new database on the server of a project; absent means the backup's own.
    NewDatabase {
        /// Its name.
        name: String,
        /// Id or name of the project.
        project: Option<String>,
    },
    /// A new database on another server.
    OtherServer {
        /// Its name.
        name: String,
        /// How the server is reached.
        connection: Box<Settings>,
        /// Password for it; it rests in the keychain until the plan is applied or runs out.
        password: Option<Secret>,
    },
    /// Beside a project's database, which it then takes the place of; absent means the backup's own.
    Swap {
        /// Id or name of the project.
        project: Option<String>,
        /// Days until the old database is dropped; absent means that it stays until discarded.
        keep_days: Option<u16>,
    },
    /// Into a project's database, in one transaction; absent means the backup's own.
    InPlace {
        /// Id or name of the project.
        project: Option<String>,
    },
    /// Some tables into a project's database, in one transaction; absent means the backup's own.
    Tables {
        /// Id or name of the project.
        project: Option<String>,
        /// Which, as `schema.name`.
        tables: Vec<String>,
        /// What becomes of the tables that are there.
        mode: TableMode,
    },
    /// The rows of every table that the role may fill, into a project's database, in one transaction: no table, right
    /// or function that is there is changed. Absent means the backup's own.
    AllRows {
        /// Id or name of the project.
        project: Option<String>,
        /// What becomes of the rows that are there; never beside.
        mode: TableMode,
        /// Whether what is not there is made first: a project that was made anew has nothing of the user's own.
        makes: bool,
    },
}

/// What becomes of tables that exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableMode {
    /// They stay unchanged; the restored tables are created in a separate schema.
    Beside,
    /// Their rows are replaced by those of the backup.
    Replace,
    /// They keep every row; rows whose key is missing come back.
    MissingRows,
    /// What was deleted or changed between the backup and a later one is taken back, column by column, where nothing
    /// was changed since. Everything else stays.
    Merge,
}

impl TableMode {
    /// Whether rows that are there stay, and those that come back are told by their keys.
    pub(super) fn keeps_rows(self) -> bool {
        matches!(self, Self::MissingRows | Self::Merge)
    }
}

impl RestoreTarget {
    /// What becomes of tables that are there, where rows alone come back.
    pub(super) fn mode(&self) -> Option<TableMode> {
        match self {
            Self::Tables { mode, .. } | Self::AllRows { mode, .. } => Some(*mode),
            Self::Scratch
            | Self::NewDatabase { .. }
            | Self::OtherServer { .. }
            | Self::Swap { .. }
            | Self::InPlace { .. } => None,
        }
    }
}

/// How a restore is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// A private cluster on this computer.
    Scratch,
    /// A database that does not exist yet.
    NewDatabase,
    /// Beside the database, and in its place once it is checked.
    Swap,
    /// In one transaction.
    InPlace,
    /// Some tables, in one transaction.
    Tables,
    /// The undo of a swap: the databases change names again.
    SwapBack,
    /// A database or schema that a restore made, or kept, is dropped.
    Drop,
}

impl Strategy {
    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scratch => "scratch",
            Self::NewDatabase => "new_database",
            Self::Swap => "swap",
            Self::InPlace => "in_place",
            Self::Tables => "tables",
            Self::SwapBack => "swap_back",
            Self::Drop => "drop",
        }
    }
}
