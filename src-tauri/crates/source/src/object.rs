//! Files of a place by their keys: what a listing says of them, and reading one.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::error::SourceError;

/// A file of a place, as its listing describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its name in the place, with `/` between the parts.
    #[serde(rename = "name")]
    pub key: String,
    /// Bytes, where a listing knows them.
    #[serde(default)]
    pub size: Option<u64>,
    /// When it was last changed (UTC milliseconds), where the place says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_ms: Option<i64>,
    /// Permission bits, where the place has such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// What changes with the content, where the place has such: a number of its version, or what a file system keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The same from an object store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Content type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Cache control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// What its owner noted about it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl Object {
    /// Whether nothing that a change would move has moved. Without a version or a tag nobody knows.
    pub fn is_unchanged_since(&self, before: &Self) -> bool {
        let has_mark = self.version.is_some() || self.etag.is_some();
        has_mark
            && (&self.version, &self.etag) == (&before.version, &before.etag)
            && (self.size.is_none() || self.size == before.size)
            && self.modified_ms == before.modified_ms
    }
}

/// What a listing finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file that can be read.
    Object(Object),
    /// Something that is not taken, and why, in a sentence without its full stop.
    LeftOut {
        /// Its name.
        key: String,
        /// Why.
        why: String,
    },
}

impl Found {
    /// The name of what was found.
    pub fn key(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::LeftOut { key, .. } => key,
        }
    }
}

/// A file that is being read.
pub struct Opened {
    /// What it is now, which may differ from its listing.
    pub object: Object,
    /// Its bytes. It ends with [`Changed`] where it was written to meanwhile.
    pub reader: Box<dyn Read + Send>,
}

/// A file was written to while it was read: what was read is of no one moment.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("it was changed while it was read")]
pub struct Changed;

/// What is done with each thing that a listing finds.
pub type Each<'a> = dyn FnMut(Found) -> Result<(), SourceError> + 'a;

/// A place that holds files by their keys. Its methods block.
pub trait Objects: Send + Sync {
    /// Tells of every file, in the order of the bytes of the keys.
    ///
    /// # Errors
    /// When the listing is not complete, or `each` fails.
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError>;

    /// How many files are worth being read at once.
    fn at_once(&self) -> usize {
        4
    }

    /// Opens a file; absent where it is gone.
    ///
    /// # Errors
    /// When it cannot be read.
    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_unchanged_only_where_something_says_so() {
        let plain = Object { key: "a".into(), size: Some(3), modified_ms: Some(5), ..Object::default() };
        assert!(!plain.is_unchanged_since(&plain), "size and time alone say nothing");
        let marked = Object { version: Some("7-8".into()), ..plain.clone() };
        assert!(marked.is_unchanged_since(&marked));
        let resized = Object { size: Some(4), ..marked.clone() };
        let touched = Object { version: Some("7-9".into()), ..marked.clone() };
        assert!(![resized, touched, plain].iter().any(|other| marked.is_unchanged_since(other)));
    }
}
