//! Keys and places of the vault and its replicas, on a command line.

use super::line::Line;

/// A key of the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultKey {
    /// Add one.
    Add {
        /// What it is called.
        name: String,
        /// The file for its kit, whose name says its form.
        kit: String,
        /// Whether this computer opens the vault with it from now on.
        use_here: bool,
    },
    /// Revoke one.
    Revoke {
        /// Its id, or the beginning of it.
        key: String,
        /// What is typed; absent only shows what it would do.
        confirm: Option<String>,
    },
}

/// Where the vault or a replica is, as a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which replica; absent for the vault.
    pub replica: Option<String>,
    /// Whether it is elsewhere; absent where nobody knows.
    pub is_elsewhere: Option<bool>,
}

impl VaultKey {
    pub(super) fn line(&self) -> Line {
        match self {
            Self::Add { name, kit, use_here } => {
                Line::of("vault key add").option("name", name).option("kit", kit).flag("use-here", *use_here)
            }
            Self::Revoke { key, confirm } => {
                Line::of("vault key revoke").argument(key).maybe("confirm", confirm.as_ref())
            }
        }
    }
}

impl Place {
    pub(super) fn line(&self) -> Line {
        let Self { replica, is_elsewhere } = self;
        let line = match replica {
            Some(replica) => Line::of("store place").argument(replica),
            None => Line::of("vault place"),
        };
        let said = match is_elsewhere {
            Some(true) => "elsewhere",
            Some(false) => "here",
            None => "not-known",
        };
        line.flag(said, true)
    }
}
