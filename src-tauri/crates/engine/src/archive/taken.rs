//! What Holdfast reads of a project beside its database: files by their names, and the list of them.

use std::io::{BufRead, BufReader, Read};

use remote::storage_api::BucketSettings;
use serde::{Deserialize, Serialize};
use source::checkout::Checkout;
use source::{Object, Place};
use vault::{SnapshotId, Vault};

use super::{ArchiveError, Manifest};
use ledger::component::{Component, Components};

/// What the snapshot of a Redis server is called in a backup.
pub const REDIS_FILE: &str = "dump.rdb";
/// A line of an inventory: a name of 4,096 bytes, and what an owner noted about it.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// What a source gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Name of the source; its folder in the component's.
    pub name: String,
    /// The component.
    pub component: Component,
    /// Where it came from, without secrets.
    pub place: Place,
    /// Its folder in the snapshot.
    pub path: String,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Keys of Redis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u64>,
    /// The SSH account by way of which it was reached, where it was: behind another one the same address is another server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// Buckets of a storage service, and how they are set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<BucketSettings>,
    /// Of configuration: the commit that is checked out in its folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout: Option<Checkout>,
    /// Of configuration: the images that its compose file starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// Files that had not changed since the backup before, and were not read again.
    pub unchanged: u64,
    /// Files that were gone when they were to be read.
    pub missing: u64,
    /// Files that were written to while they were read, each time that was tried.
    pub changed: u64,
    /// What is in the place and not in the backup, because it cannot be read.
    pub left_out: u64,
    /// Some of these by their names, with the reason; all are in the inventory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<String>,
    /// When reading it began (UTC milliseconds).
    pub began_at_ms: i64,
    /// When it ended.
    pub ended_at_ms: i64,
}

/// A source that gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// Name of the source.
    pub name: String,
    /// The component, for which the backup therefore does not count.
    pub component: Component,
    /// Why, in a sentence without its full stop.
    pub why: String,
}

/// How a file of an inventory stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Its bytes are in the backup, as of one moment.
    Stored,
    /// Its bytes are in the backup, and it was written to while they were read.
    Changed,
    /// It was listed, and gone when it was to be read.
    Missing,
    /// It is there and cannot be read.
    LeftOut,
}

/// A file of an inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Name of its source.
    pub bucket: String,
    /// What it is.
    #[serde(flatten)]
    pub object: Object,
    /// Whether it is in the backup.
    pub state: FileState,
    /// Where in the snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// SHA-256 of its content (hexadecimal).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Why not, or what is odd, in a sentence without its full stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Line {
    /// Its path and hash, where its bytes are in the backup.
    pub fn stored(&self) -> Option<(&str, &str)> {
        match self.state {
            FileState::Stored | FileState::Changed => Some((self.path.as_deref()?, self.sha256.as_deref()?)),
            FileState::Missing | FileState::LeftOut => None,
        }
    }
}

/// Where the files of a component are in a snapshot.
pub fn component_folder(component: Component) -> String {
    format!("/{}", component.as_str())
}

/// Where the list of them is.
pub fn inventory_path(component: Component) -> String {
    format!("{}/objects.jsonl", component_folder(component))
}

/// Reads an inventory line by line. A line that cannot be read ends it.
pub(crate) struct Inventory {
    reader: BufReader<Box<dyn Read + Send>>,
    path: String,
    is_over: bool,
}

impl Inventory {
    /// That of a component in a backup; empty where it has none.
    pub(crate) fn open(vault: &Vault, id: &SnapshotId, component: Component) -> Result<Self, ArchiveError> {
        let path = inventory_path(component);
        let reader: Box<dyn Read + Send> = match vault.read(id, &path) {
            Ok(reader) => Box::new(reader),
            Err(vault::VaultError::Missing { .. }) => Box::new(std::io::empty()),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { reader: BufReader::with_capacity(256 * 1024, reader), path, is_over: false })
    }

    /// Of a backup that has none.
    pub(crate) fn none() -> Self {
        Self { reader: BufReader::new(Box::new(std::io::empty())), path: String::new(), is_over: true }
    }

    fn read(&mut self) -> Result<Option<Line>, ArchiveError> {
        let unreadable = |what: String| ArchiveError::Manifest { snapshot: self.path.clone(), what };
        let mut line = Vec::new();
        let read = (&mut self.reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        match read.map_err(|error| unreadable(error.to_string()))? {
            0 => Ok(None),
            _ => serde_json::from_slice(&line).map(Some).map_err(|error| unreadable(error.to_string())),
        }
    }
}

impl Iterator for Inventory {
    type Item = Result<Line, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let read = self.read();
        self.is_over = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}

impl Manifest {
    /// What it is made of, in one word each: `database`, `roles`, `storage` …
    pub fn components(&self) -> Vec<&str> {
        let fixed = [
            ("database", self.database.is_some()),
            ("roles", self.roles.is_some()),
            ("artifact", self.artifact.is_some()),
        ];
        let named = fixed.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name);
        let mut words: Vec<&str> = named.collect();
        for tree in &self.trees {
            if !words.contains(&tree.component.as_str()) {
                words.push(&tree.component);
            }
        }
        words
    }

    /// The components of its project that it holds whole: none of which a source is absent.
    pub fn holds(&self) -> Components {
        let absent: Components = self.absent.iter().map(|one| one.component).collect();
        Components::of_words(self.components()).without(absent)
    }

    /// What was read of a component, by source.
    pub fn taken_of(&self, component: Component) -> impl Iterator<Item = &Taken> {
        self.taken.iter().filter(move |taken| taken.component == component)
    }
}
