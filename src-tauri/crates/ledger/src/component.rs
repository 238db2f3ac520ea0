//! The components of a project, as a set: which of them a backup holds or lacks.
//!
//! Each component has its own recovery point. The imported file itself and the roles of a server are parts of
//! a manifest but not components, because they alone restore nothing to the state of a moment.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A part of a project that backups hold or lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Component {
    /// The database.
    Database,
    /// Stored files.
    Files,
    /// Configuration.
    Configuration,
    /// Redis.
    Redis,
    /// Logs.
    Logs,
}

impl Component {
    /// All of them, from the one that a project can least do without.
    pub const ALL: [Self; 5] = [Self::Database, Self::Files, Self::Configuration, Self::Redis, Self::Logs];

    /// The word that is stored, as it is in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Files => "storage",
            Self::Configuration => "config",
            Self::Redis => "redis",
            Self::Logs => "logs",
        }
    }

    /// For people, within a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Files => "stored files",
            Self::Configuration => "configuration",
            Self::Redis => "Redis",
            Self::Logs => "logs",
        }
    }

    /// The component of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.as_str() == word)
    }

    /// Its bit in the catalogue (`migrations/0023`).
    const fn bit(self) -> u8 {
        match self {
            Self::Database => 1,
            Self::Files => 2,
            Self::Configuration => 4,
            Self::Redis => 8,
            Self::Logs => 16,
        }
    }
}

impl From<Component> for &'static str {
    fn from(component: Component) -> Self {
        component.as_str()
    }
}

impl TryFrom<String> for Component {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::parse(&word).ok_or_else(|| format!("there is no component {word:?}"))
    }
}

/// A set of components, in their order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Components(u8);

impl Components {
    /// None.
    pub const NONE: Self = Self(0);
    /// All that there are.
    pub const ALL: Self = Self(31);

    /// Those among the words of a manifest that are components.
    pub fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        words.into_iter().filter_map(Component::parse).collect()
    }

    /// Whether none is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is in it.
    pub const fn contains(self, component: Component) -> bool {
        self.0 & component.bit() != 0
    }

    /// With this one as well.
    #[must_use]
    pub const fn with(self, component: Component) -> Self {
        Self(self.0 | component.bit())
    }

    /// Those that are in both.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are in either.
    #[must_use]
    pub const fn either(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The components, in their order.
    pub fn iter(self) -> impl Iterator<Item = Component> {
        Component::ALL.into_iter().filter(move |component| self.contains(*component))
    }

    /// For people: `database and stored files`; empty for none.
    pub fn words(self) -> String {
        let words: Vec<&str> = self.iter().map(Component::words).collect();
        match words.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => words.concat(),
        }
    }
}

impl FromIterator<Component> for Components {
    fn from_iter<I: IntoIterator<Item = Component>>(components: I) -> Self {
        components.into_iter().fold(Self::NONE, Self::with)
    }
}

/// The bits of the catalogue; such as it does not know are none.
impl From<i64> for Components {
    fn from(bits: i64) -> Self {
        Component::ALL.into_iter().filter(|one| bits & i64::from(one.bit()) != 0).collect()
    }
}

impl From<Components> for i64 {
    fn from(components: Components) -> Self {
        Self::from(components.0)
    }
}

/// The words, with commas between them: `database,storage`.
impl fmt::Display for Components {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Component::as_str).collect();
        f.write_str(&words.join(","))
    }
}

impl fmt::Debug for Components {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Components {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Components {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Component>::deserialize(deserializer).map(|list| list.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_the_same_after_bits_words_and_a_document() {
        for bits in 0..32_i64 {
            let set = Components::from(bits);
            assert_eq!(i64::from(set), bits);
            assert_eq!(Components::of_words(set.to_string().split(',')), set);
            let document = serde_json::to_string(&set).unwrap();
            assert_eq!(serde_json::from_str::<Components>(&document).unwrap(), set, "{document}");
            assert_eq!(set.iter().count(), bits.count_ones() as usize);
        }
        assert_eq!(Components::from(-1), Components::ALL);
    }

    #[test]
    fn parts_that_bring_nothing_back_are_no_components() {
        assert!(Components::of_words(["artifact", "roles", "other", ""]).is_empty());
        let full = Components::of_words(["database", "roles", "artifact", "storage", "config"]);
        assert_eq!(full.to_string(), "database,storage,config");
        assert_eq!(full.words(), "database, stored files and configuration");
        assert_eq!(
            (Components::NONE.words(), Components::of_words(["redis"]).words()),
            (String::new(), "Redis".into())
        );
    }

    #[test]
    fn a_component_that_is_unknown_is_refused_in_a_document() {
        assert!(serde_json::from_str::<Components>(r#"["database","tape"]"#).is_err());
    }
}
