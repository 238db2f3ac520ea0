//! What the operating system keeps a private server from.

use serde::{Deserialize, Serialize};
use specta::Type;

/// How much of a wall there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum WallStateView {
    /// All of it.
    Whole,
    /// With gaps.
    Partly,
    /// None.
    None,
}

/// How the operating system walls a private server in, on which code of a backup may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WallView {
    /// How much of it there is.
    pub state: WallStateView,
    /// The same in a word.
    pub word: String,
    /// What it keeps code from, what it leaves open, or why there is none.
    pub said: String,
}
