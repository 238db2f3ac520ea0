//! What a person recognises their project by in a backup.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::number::Count;

/// What a person recognises their project by.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecognisedView {
    /// The platform that the database is like, by its tables; absent where it is like no platform's.
    pub provider: Option<String>,
    /// What was counted.
    pub things: Vec<ThingView>,
    /// It in words, without full stops.
    pub sentences: Vec<String>,
}

/// How many there are of something that a person recognises.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ThingView {
    /// The word for many: `users`.
    pub name: String,
    /// How many.
    pub count: Count,
    /// Their files, if each is the name of one.
    pub files: Option<ThingFilesView>,
}

/// Files of which a database knows the names.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ThingFilesView {
    /// Their bytes, as the database says; absent where it was not asked.
    pub size_bytes: Option<Count>,
    /// Whether they are in this backup too, and not their names alone.
    pub is_held: bool,
}
