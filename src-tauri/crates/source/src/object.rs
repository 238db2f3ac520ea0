//! Files of a place by their keys: what a listing says of them, and reading one.

use std::collections::BTreeMap;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::error::SourceError;

/// A vault reads back no snapshot of more than five million; several places may be in one.
const FILES_MAX: u64 = 1_000_000;

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
    /// What else a reader is told: content encoding, disposition and language, by their names of HTTP.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What its owner noted about it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl Object {
    /// Whether nothing that a change would move has moved. Without a version nobody knows.
    pub fn is_unchanged_since(&self, before: &Self) -> bool {
        self.version.is_some()
            && (&self.version, &self.etag) == (&before.version, &before.etag)
            && (self.size.is_none() || self.size == before.size)
            && self.modified_ms == before.modified_ms
    }

    /// Whether a reader is told the same of both, where a place tells such things.
    pub fn tells_the_same(&self, other: &Self) -> bool {
        let told = |of: &Self| {
            (of.content_type.clone(), of.cache_control.clone(), of.headers.clone(), of.metadata.clone())
        };
        told(self) == told(other)
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
        /// Whether it holds bytes that people expect back: a link, a pipe or a device does not.
        is_missed: bool,
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

    /// The same, of a place that `words` name, as far as a backup of it could be read back.
    ///
    /// # Errors
    /// `TooMany`, or as `list`.
    fn list_limited(&self, words: &str, each: &mut Each<'_>) -> Result<(), SourceError> {
        let mut so_far = 0;
        self.list(&mut |found| {
            so_far += 1;
            if so_far > FILES_MAX {
                let what = "files, which no backup could be proven with";
                return Err(SourceError::TooMany { place: words.to_owned(), most: FILES_MAX, what });
            }
            each(found)
        })
    }

    /// How many files are worth being read at once.
    fn at_once(&self) -> usize {
        4
    }

    /// Whether the marks of its files are such as anybody can set. Then they say what need not be read every night, and
    /// not what may be overwritten.
    fn marks_can_be_set(&self) -> bool {
        false
    }

    /// Whether a file is as the backup before has it, so that it need not be read.
    fn is_unchanged(&self, listed: &Object, before: &Object) -> bool {
        listed.is_unchanged_since(before)
    }

    /// Whether its listing is of the moment of the backup. A file that is another one by the time it is read is said to be
    /// that.
    fn is_of_moment(&self) -> bool {
        false
    }

    /// Whether what a place once had stays in the backups that follow, though the place has thrown it away: a log is no
    /// mirror.
    fn accumulates(&self) -> bool {
        false
    }

    /// Opens a file of a place that accumulates: with what the backup before has of it, where the place has less.
    ///
    /// # Errors
    /// When it cannot be read.
    fn open_after(
        &self,
        object: &Object,
        before: Box<dyn Read + Send>,
    ) -> Result<Option<Opened>, SourceError> {
        drop(before);
        self.open(object)
    }

    /// Of such a place, whether a file that the backup before has, and that is not there any more, is still wanted.
    fn keeps_when_gone(&self, object: &Object) -> bool {
        let _ = object;
        false
    }

    /// Opens a file; absent where it is gone.
    ///
    /// # Errors
    /// When it cannot be read.
    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError>;

    /// What a file is now, without its bytes; absent where it is gone.
    ///
    /// # Errors
    /// When nobody knows.
    fn look(&self, object: &Object) -> Result<Option<Object>, SourceError> {
        Ok(self.open(object)?.map(|opened| opened.object))
    }
}

/// Bytes that know at their end whether they are those that were meant.
pub trait Checked: Read {
    /// Looks at what was read.
    ///
    /// # Errors
    /// When it is something else.
    fn check(&self) -> io::Result<()>;
}

/// A place that files are written into by their keys. Its methods block.
pub trait Writes {
    /// Writes a file whole or not at all, in the place of one of the same name; yields its bytes. A place that can tell lets
    /// one that came although none `is_there` stay.
    ///
    /// # Errors
    /// When it cannot be written, or is not what was meant.
    fn put(
        &self,
        object: &Object,
        key: &str,
        is_there: bool,
        reader: &mut dyn Checked,
    ) -> Result<u64, SourceError>;

    /// Opens a file that was written.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, key: &str) -> Result<Opened, SourceError>;

    /// Removes a file; whether it was there.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    fn remove(&self, key: &str) -> Result<bool, SourceError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Endless;

    impl Objects for Endless {
        fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
            (0..).try_for_each(|at: u64| {
                each(Found::Object(Object { key: at.to_string(), ..Object::default() }))
            })
        }

        fn open(&self, _: &Object) -> Result<Option<Opened>, SourceError> {
            Ok(None)
        }
    }

    #[test]
    fn a_place_that_never_ends_is_refused() {
        let refused = Endless.list_limited("bucket uploads", &mut |_| Ok(())).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "bucket uploads holds more than 1000000 files, which no backup could be proven with"
        );
    }

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
