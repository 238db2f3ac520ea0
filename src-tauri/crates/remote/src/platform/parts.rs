//! Parts of a project that a backup holds, a restore brings back, and a person chooses.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RemoteBackup;

/// Parts of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreParts {
    /// The database.
    pub database: bool,
    /// The stored files.
    pub storage: bool,
    /// The configuration.
    pub config: bool,
}

impl RestoreParts {
    /// None of them.
    pub const NONE: Self = Self { database: false, storage: false, config: false };
    /// The database alone.
    pub const DATABASE: Self = Self { database: true, ..Self::NONE };
    /// The stored files alone.
    pub const STORAGE: Self = Self { storage: true, ..Self::NONE };
    /// All of them.
    pub const ALL: Self = Self { database: true, storage: true, config: true };

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Those that are not among the others.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self {
            database: self.database && !others.database,
            storage: self.storage && !others.storage,
            config: self.config && !others.config,
        }
    }

    /// These and the others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self {
            database: self.database || others.database,
            storage: self.storage || others.storage,
            config: self.config || others.config,
        }
    }

    /// How many there are.
    pub fn count(self) -> usize {
        [self.database, self.storage, self.config].into_iter().filter(|is_on| *is_on).count()
    }

    /// As people say it: `its database and its stored files`.
    pub fn words(self) -> String {
        let all = [
            (self.database, "its database"),
            (self.storage, "its stored files"),
            (self.config, "its configuration"),
        ];
        let words: Vec<&str> = all.into_iter().filter(|(is_on, _)| *is_on).map(|(_, words)| words).collect();
        match words.as_slice() {
            [] => "nothing".to_owned(),
            [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            [rest @ .., last] => format!("{}{last}", rest.concat()),
        }
    }
}

/// Which parts somebody wants back. Who says nothing of any wants all that can be had; who names one wants
/// that, and nothing that was not named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenParts {
    /// The database.
    #[serde(default)]
    pub database: Option<bool>,
    /// The stored files.
    #[serde(default)]
    pub storage: Option<bool>,
    /// The configuration.
    #[serde(default)]
    pub config: Option<bool>,
}

impl ChosenParts {
    /// What it comes to where this can be had. What was asked for and cannot be had is part of it.
    pub fn among(self, can: RestoreParts) -> RestoreParts {
        let is_any_named = [self.database, self.storage, self.config].contains(&Some(true));
        let of = |wanted: Option<bool>, can: bool| wanted.unwrap_or(can && !is_any_named);
        RestoreParts {
            database: of(self.database, can.database),
            storage: of(self.storage, can.storage),
            config: of(self.config, can.config),
        }
    }
}

impl From<RestoreParts> for ChosenParts {
    fn from(parts: RestoreParts) -> Self {
        let RestoreParts { database, storage, config } = parts;
        Self { database: Some(database), storage: Some(storage), config: Some(config) }
    }
}

/// To what a project there is to go back.
#[derive(Debug, Clone, Copy)]
pub enum BackTo<'a> {
    /// One of its backups.
    Backup(&'a RemoteBackup),
    /// A second.
    Moment(Timestamp),
    /// A named moment.
    Point(&'a str),
}

/// What a restore there can bring back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restorable {
    /// These parts.
    pub parts: RestoreParts,
    /// Why not the others, as a sentence without its full stop; empty where there are none.
    pub otherwise: String,
}

impl Restorable {
    /// These, and not the others, because of this.
    pub fn only(parts: RestoreParts, otherwise: impl Into<String>) -> Self {
        Self { parts, otherwise: otherwise.into() }
    }

    /// Nothing, because of this.
    pub fn nothing(why: impl Into<String>) -> Self {
        Self::only(RestoreParts::NONE, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_names_no_part_wants_what_can_be_had_and_who_names_one_wants_that_alone() {
        let can = RestoreParts { config: false, ..RestoreParts::ALL };
        assert_eq!(ChosenParts::default().among(can), can);
        let one = ChosenParts { storage: Some(true), ..ChosenParts::default() };
        assert_eq!(one.among(can), RestoreParts::STORAGE);
        let but_one = ChosenParts { storage: Some(false), ..ChosenParts::default() };
        assert_eq!(but_one.among(can), RestoreParts::DATABASE);
        // What cannot be had is not left out in silence.
        let odd = ChosenParts { config: Some(true), ..ChosenParts::default() };
        assert!(odd.among(can).config);
        let all: ChosenParts = RestoreParts::ALL.into();
        assert_eq!(all.among(RestoreParts::NONE), RestoreParts::ALL);
    }

    #[test]
    fn parts_read_as_people_say_them() {
        assert_eq!(RestoreParts::ALL.words(), "its database, its stored files and its configuration");
        assert_eq!(RestoreParts::DATABASE.words(), "its database");
        assert_eq!(
            RestoreParts::ALL.without(RestoreParts::STORAGE).words(),
            "its database and its configuration"
        );
        assert_eq!(RestoreParts::NONE.words(), "nothing");
    }
}
