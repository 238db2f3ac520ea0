//! The request for an export: what, where to, and in which form.

use camino::{Utf8Path, Utf8PathBuf};

use super::ExportError;
use base::failure::Failure;
use base::secret::Secret;

/// Shorter ones are guessed too soon by whoever has the file.
const PASSPHRASE_CHARACTERS_MIN: usize = 8;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As they are.
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Packing {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// What happens to a file of that name; there is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfExists {
    /// It stays, and nothing is written.
    Refuse,
    /// The new file takes its place once it is complete.
    Replace,
}

/// Where it goes, and how.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The file.
    pub path: Utf8PathBuf,
    /// How it is packed.
    pub packing: Packing,
    /// Encrypts it; without one whoever has the file can read all of it.
    pub passphrase: Option<Secret>,
    /// What happens to a file of that name.
    pub if_exists: IfExists,
}

/// A whole backup as one file.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// Where to.
    pub to: Destination,
}

/// Form of a saved part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it lies in the backup.
    AsItIs,
    /// The dump as one SQL script.
    Sql {
        /// Begin by dropping what will be made.
        clean: bool,
        /// Leave out who owns what.
        no_owner: bool,
    },
    /// A tar: of a folder its files, of the database its SQL in four scripts.
    Tar {
        /// Leave out who owns what.
        no_owner: bool,
    },
    /// Rows of the database as JSON, in a tar.
    Json,
}

/// One part of a backup as a file.
#[derive(Debug, Clone)]
pub struct SaveRequest {
    /// Id, a unique prefix of one, or `PROJECT@latest`.
    pub backup: String,
    /// `database`, `roles`, or the path of a file or folder in the backup.
    pub part: String,
    /// Tables of the database, where not all are meant, as `schema.name`; a star at the end takes all that begin so.
    pub tables: Vec<String>,
    /// Its form; without one a file stays as it is, and a folder becomes a tar.
    pub form: Option<Form>,
    /// Where to.
    pub to: Destination,
}

impl Destination {
    /// Looks whether it can be written to at all, before anything begins.
    ///
    /// # Errors
    /// `file_exists`, `write_failed`, `invalid_request` for a short passphrase or no path.
    pub(super) fn checked(mut self) -> Result<Self, Failure> {
        if self
            .passphrase
            .as_ref()
            .is_some_and(|one| one.expose().chars().count() < PASSPHRASE_CHARACTERS_MIN)
        {
            return Err(Failure::invalid(
                format!("the passphrase has fewer than {PASSPHRASE_CHARACTERS_MIN} characters"),
                "Choose a longer one; a few unrelated words are good.",
            ));
        }
        self.path = crate::archive::draft::absolute(&self.path)?;
        self.look()?;
        Ok(self)
    }

    fn look(&self) -> Result<(), ExportError> {
        let path = self.path.clone();
        let folder = self.path.parent().unwrap_or(Utf8Path::new("/"));
        if self.path.file_name().is_none() {
            return Err(ExportError::NoFile { path });
        }
        if !folder.is_dir() {
            return Err(ExportError::NoFolder { path: folder.to_owned() });
        }
        match std::fs::symlink_metadata(&self.path) {
            Ok(found) if found.is_dir() => Err(ExportError::NoFile { path }),
            Ok(_) if self.if_exists == IfExists::Refuse => Err(ExportError::Exists { path }),
            _ => Ok(()),
        }
    }

    /// How it lies there, for people.
    pub(super) fn words(&self) -> &'static str {
        if self.passphrase.is_some() {
            "encrypted with a passphrase (age)"
        } else {
            "not encrypted: whoever has the file can read all data in it"
        }
    }

    /// A command that reads it without Holdfast; `last` takes what comes out.
    pub(super) fn opened_with(&self, last: &str) -> String {
        let file = base::words::argument_words(self.path.as_str());
        let unpack = match self.packing {
            Packing::Plain => None,
            Packing::Gzip => Some("gzip -dc"),
            Packing::Zstd => Some("zstd -dc"),
        };
        match (self.passphrase.is_some(), unpack) {
            (true, Some(unpack)) => format!("age --decrypt {file} | {unpack} | {last}"),
            (true, None) => format!("age --decrypt {file} | {last}"),
            (false, Some(unpack)) => format!("{unpack} {file} | {last}"),
            (false, None) => format!("{last} < {file}"),
        }
    }
}
