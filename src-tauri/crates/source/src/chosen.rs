//! Chosen files: single ones, and of folders those whose names match.

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::SourceError;
use crate::folder::Folder;
use crate::object::{Each, Found, Object, Objects, Opened};

/// What configuration is usually called.
pub const CONFIGURATION: [&str; 20] = [
    ".env",
    ".env.*",
    "*.env",
    ".env-*",
    "*.yml",
    "*.yaml",
    "*.toml",
    "*.ini",
    "*.conf",
    "*.cnf",
    "*.pem",
    "*.crt",
    "*.cer",
    "*.key",
    "*.p12",
    "*.pfx",
    "Caddyfile",
    "Dockerfile",
    "Procfile",
    "*.properties",
];
/// More is no configuration.
const FILES_MAX: u64 = 20_000;
/// A larger file is none either.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A path that was chosen, opened.
struct Root {
    /// What its keys begin with.
    prefix: String,
    folder: Folder,
    /// The name of the one file in the folder that was chosen; absent takes what matches.
    only: Option<String>,
}

/// Chosen files.
pub struct Chosen {
    roots: Vec<Root>,
    words: String,
}

impl Chosen {
    /// Opens each path: a file as it is, of a folder what matches, by default what configuration is called.
    ///
    /// # Errors
    /// When one is not there, when two would have the same name, or when a pattern is none.
    pub fn open(paths: &[Utf8PathBuf], patterns: &[String]) -> Result<Self, SourceError> {
        let usual: Vec<String> = CONFIGURATION.iter().map(|name| (*name).to_owned()).collect();
        let patterns = if patterns.is_empty() { usual.as_slice() } else { patterns };
        let words = paths.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(", ");
        let roots = paths.iter().map(|path| Root::open(path, patterns, paths.len() > 1));
        Ok(Self { roots: roots.collect::<Result<_, _>>()?, words })
    }
}

/// The folder that a file of chosen paths is in, and its path there. A path that is gone by now was a file if it has the
/// file's name.
pub(crate) fn folder_of(paths: &[Utf8PathBuf], key: &str) -> Option<(Utf8PathBuf, String)> {
    for path in paths {
        let name = path.file_name()?;
        let real = path.canonicalize_utf8().ok();
        if real.as_ref().is_some_and(|real| real.is_dir()) {
            let inner = match paths.len() {
                1 => Some(key),
                _ => key.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')),
            };
            if let Some(inner) = inner {
                return Some((path.clone(), inner.to_owned()));
            }
        } else if key == name && !path.is_symlink() {
            // What a link leads to is read; written is only what was named.
            return Some((path.parent()?.to_owned(), name.to_owned()));
        }
    }
    None
}

impl Root {
    fn open(path: &Utf8Path, patterns: &[String], is_one_of_many: bool) -> Result<Self, SourceError> {
        // Whoever names a path by itself means what it leads to.
        let real = path.canonicalize_utf8().map_err(|error| SourceError::reading(path.as_str(), error))?;
        let name = path.file_name().unwrap_or("folder");
        if real.is_dir() {
            let prefix = if is_one_of_many { format!("{name}/") } else { String::new() };
            return Ok(Self { prefix, folder: Folder::open(&real, patterns)?, only: None });
        }
        let (folder, file) =
            (real.parent().unwrap_or(Utf8Path::new("/")), real.file_name().unwrap_or_default());
        Ok(Self { prefix: name.to_owned(), folder: Folder::open(folder, &[])?, only: Some(file.to_owned()) })
    }

    /// The key within its folder.
    fn inner<'a>(&'a self, key: &'a str) -> Option<&'a str> {
        match &self.only {
            Some(file) => (key == self.prefix).then_some(file.as_str()),
            None => key.strip_prefix(self.prefix.as_str()),
        }
    }

    fn find(&self, found: &mut Vec<Found>) -> Result<(), SourceError> {
        if let Some(file) = &self.only {
            let object = Object { key: file.clone(), ..Object::default() };
            if let Some(opened) = self.folder.open(&object)? {
                found.push(Found::Object(Object { key: self.prefix.clone(), ..opened.object }));
            }
            return Ok(());
        }
        self.folder.list(&mut |one| {
            if found.len() as u64 >= FILES_MAX {
                let place = if self.prefix.is_empty() { "it" } else { self.prefix.trim_end_matches('/') };
                return Err(SourceError::TooMany {
                    place: place.to_owned(),
                    most: FILES_MAX,
                    what: "files of configuration",
                });
            }
            found.push(match one {
                Found::Object(object) if object.size > Some(BYTES_MAX) => Found::LeftOut {
                    key: format!("{}{}", self.prefix, object.key),
                    why: "it is larger than any configuration".into(),
                    is_missed: true,
                },
                Found::Object(object) => {
                    Found::Object(Object { key: format!("{}{}", self.prefix, object.key), ..object })
                }
                Found::LeftOut { key, why, is_missed } => {
                    Found::LeftOut { key: format!("{}{key}", self.prefix), why, is_missed }
                }
            });
            Ok(())
        })
    }
}

impl Objects for Chosen {
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let mut found = Vec::new();
        for root in &self.roots {
            root.find(&mut found)?;
        }
        found.sort_by(|one, other| one.key().cmp(other.key()));
        for pair in found.windows(2) {
            if pair[0].key() == pair[1].key() {
                let found = "the name of two files; give folders of different names";
                return Err(SourceError::WrongKind {
                    place: format!("{} of {}", pair[0].key(), self.words),
                    found,
                });
            }
        }
        found.into_iter().try_for_each(each)
    }

    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError> {
        for root in &self.roots {
            let Some(inner) = root.inner(&object.key) else { continue };
            let asked = Object { key: inner.to_owned(), ..object.clone() };
            if let Some(Opened { object: now, reader }) = root.folder.open(&asked)? {
                return Ok(Some(Opened { object: Object { key: object.key.clone(), ..now }, reader }));
            }
        }
        Ok(None)
    }
}
