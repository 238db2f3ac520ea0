//! What a project has, and what of it backups take: found by looking at its database and its server, judged against what
//! a person added.

use serde::{Deserialize, Deserializer, Serialize};

use crate::component::Component;

/// What was seen of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// When, in UTC milliseconds.
    pub at_ms: i64,
    /// Its database; absent where it has none that is reached from here.
    #[serde(default)]
    pub database: Option<DatabaseFound>,
    /// Containers that run on its server.
    #[serde(default)]
    pub containers: Vec<ContainerFound>,
    /// Whether a Redis answers on its usual port there, outside of a container.
    #[serde(default)]
    pub has_redis: bool,
    /// What could not be looked at, and why: whole sentences.
    #[serde(default)]
    pub not_looked: Vec<String>,
    /// Sources that gave nothing in the last backup, by name, and why.
    #[serde(default)]
    pub failed: Vec<(String, String)>,
}

/// What was seen of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFound {
    /// The platform that it is like.
    #[serde(default)]
    pub provider: Option<String>,
    /// Schemas with tables, by name.
    pub schemas: Vec<SchemaFound>,
    /// Installed extensions.
    pub extensions: u32,
    /// Tables whose rows backups do not take by choice.
    pub left_out: u32,
    /// Tables and sequences that its role may not read.
    pub unreadable: u32,
    /// What a person recognises.
    #[serde(default)]
    pub things: Vec<ThingFound>,
    /// Other databases of the same owner on the server, with their bytes; absent where they were not asked for.
    #[serde(default)]
    pub others: Option<Vec<(String, u64)>>,
}

/// A schema with tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaFound {
    /// Its name.
    pub name: String,
    /// Its tables.
    pub tables: u32,
    /// Rows, by the planner's estimate.
    pub rows: u64,
    /// Tables with rows that the planner has no estimate of.
    #[serde(default)]
    pub uncounted: u32,
    /// Bytes on the server, with indexes.
    pub bytes: u64,
    /// Whether it is the platform's own.
    #[serde(default)]
    pub is_of_platform: bool,
}

/// Something that a person recognises: users, stored files, secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingFound {
    /// The word for one.
    pub one: String,
    /// The word for many.
    pub many: String,
    /// How many, by the planner's estimate; absent where it has none and there are some.
    #[serde(default)]
    pub rows: Option<u64>,
    /// Whether backups take these rows.
    pub is_taken: bool,
    /// Whether each is the name of a file that is elsewhere.
    #[serde(default)]
    pub is_of_files: bool,
}

/// A container of a project's server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerFound {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// The image that it was made of.
    pub image: String,
    /// The compose project that it belongs to.
    #[serde(default)]
    pub project: Option<String>,
    /// The folder of that project's compose file there.
    #[serde(default)]
    pub folder: Option<String>,
    /// Folders there that it sees: where there, and where inside.
    #[serde(default)]
    pub mounts: Vec<(String, String)>,
    /// Ports of the server that lead into it: there, and inside.
    #[serde(default)]
    pub ports: Vec<(u16, u16)>,
}

/// What a project has, and what of it backups take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// When it was looked at; absent where nobody looked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    /// The parts, from the one that a project can least do without.
    pub parts: Vec<CoveredPart>,
    /// What could not be looked at, and why: whole sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_looked: Vec<String>,
    /// What is there beside the project: whole sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// What a person does not want, as it was said: keys of parts, and kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwanted: Vec<String>,
}

/// A part of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredPart {
    /// What a person names it by: `redis`, or `redis:cache` where a project may have several.
    pub key: String,
    /// The component of a backup that it is in.
    pub component: Component,
    /// For people: `Redis`.
    pub title: String,
    /// What there is of it, in words.
    pub found: String,
    /// Its bytes, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Whether backups take it.
    pub state: PartState,
    /// How it is read, or why it is not: without a full stop.
    pub why: String,
    /// What adds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<PartAdd>,
    /// Whether a person added it: then it is no part that can be given up.
    #[serde(default)]
    pub is_added: bool,
    /// The command that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// What a part would be added as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PartAdd {
    /// The buckets of a Supabase project.
    StorageApi {
        /// Where its storage service most likely is.
        url: String,
    },
    /// A folder.
    Folder {
        /// What is in it: `files`, `config`.
        component: String,
        /// The folder.
        path: String,
        /// Whether it is on the SSH server of the project's database.
        is_there: bool,
    },
    /// A Redis server.
    Redis {
        /// Its URL.
        url: String,
        /// The container from inside of which it is seen.
        container: Option<String>,
    },
    /// What a container prints.
    ContainerLog {
        /// Its name.
        container: String,
    },
}

/// Whether backups take a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// All of it.
    Taken,
    /// Some of it.
    InPart,
    /// Nothing of it.
    NotTaken,
    /// Nothing of it, and a person wants it so.
    Unwanted,
}

impl Coverage {
    /// What a manifest has of it; nothing where a newer version wrote it in another form.
    ///
    /// # Errors
    /// Where it is no JSON at all.
    pub fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<Self>>, D::Error> {
        let value = Option::<serde_json::Value>::deserialize(deserializer)?;
        Ok(value.and_then(|value| serde_json::from_value(value).ok()).map(Box::new))
    }

    /// Parts that are taken whole.
    pub fn taken(&self) -> usize {
        self.parts.iter().filter(|part| part.state == PartState::Taken).count()
    }

    /// Parts that are not, or not whole, and that nobody gave up.
    pub fn lacking(&self) -> impl Iterator<Item = &CoveredPart> {
        self.parts.iter().filter(|part| matches!(part.state, PartState::InPart | PartState::NotTaken))
    }

    /// `6 of 8`.
    pub fn words(&self) -> String {
        format!("{} of {}", self.taken(), self.parts.len())
    }
}
