//! The place that files came from, opened to be compared and to be written.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use camino::Utf8PathBuf;
use source::bucket::BucketObjects;
use source::object::Writes;
use source::{Object, Objects, Place, SourceError, Target};
use tokio_util::sync::CancellationToken;

use crate::archive::opened::blocking;
use crate::component::{secret_of, sftp_folder};
use crate::profile::Profile;
use base::failure::Failure;
use ledger::catalog::{ProjectRecord, SourceRecord};

/// A place of files.
pub(super) enum Site {
    /// Folders of this computer. What is not there yet has no files.
    Local {
        /// Where.
        place: Place,
        /// Its files.
        objects: Option<Box<dyn Objects>>,
    },
    /// Somewhere else: a bucket, a folder of an SSH server.
    Elsewhere {
        /// For people.
        words: String,
        /// Its files.
        store: Box<dyn Store>,
        /// Whether it keeps what readers are told of a file, such as its content type.
        tells: bool,
    },
}

/// A place of files that is read and written by their names.
pub(super) trait Store: Objects + Writes {}

impl<T: Objects + Writes> Store for T {}

impl Site {
    /// Opens the place of a source.
    ///
    /// # Errors
    /// `secret_missing`, `source_unreadable`; `invalid` where it has no files.
    pub(super) async fn open(
        profile: &Profile,
        project: &ProjectRecord,
        source: &SourceRecord,
        token: &CancellationToken,
    ) -> Result<Self, Failure> {
        let place = source.place.clone();
        match &source.place {
            Place::Folder { .. } | Place::Files { .. } => {
                blocking(move || {
                    let objects = match place.objects() {
                        Err(SourceError::NotThere { .. }) => None,
                        opened => opened?,
                    };
                    Ok::<_, Failure>(Self::Local { place, objects })
                })
                .await
            }
            Place::Bucket(address) => {
                let secret = secret_of(profile, project, source).await?;
                let objects = BucketObjects::new(address, secret.as_ref(), token.clone())?;
                Ok(Self::Elsewhere { words: place.words(), store: Box::new(objects), tells: true })
            }
            Place::Sftp { .. } => {
                let folder = sftp_folder(profile, project, source, token).await?;
                Ok(Self::Elsewhere { words: place.words(), store: Box::new(folder), tells: false })
            }
            Place::Redis(_) | Place::LogTable { .. } | Place::ContainerLog { .. } => {
                Err(Failure::invalid(format!("{} has no files", place.words()), "Add the component again."))
            }
        }
    }

    /// Its files; absent where it is not there.
    pub(super) fn objects(&self) -> Option<&dyn Objects> {
        match self {
            Self::Local { objects, .. } => objects.as_deref(),
            Self::Elsewhere { store, .. } => Some(store.as_ref()),
        }
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Local { place, .. } => place.words(),
            Self::Elsewhere { words, .. } => words.clone(),
        }
    }

    /// How many files are worth being written at once: a file system takes them one after the other, and each request
    /// to others mostly waits.
    pub(super) fn at_once(&self) -> usize {
        match self {
            Self::Local { .. } => 1,
            Self::Elsewhere { store, .. } => store.at_once(),
        }
    }

    /// Whether it keeps what readers are told of a file, such as its content type.
    pub(super) fn keeps_what_is_told(&self) -> bool {
        matches!(self, Self::Elsewhere { tells: true, .. })
    }

    /// What a file is at this moment; absent where there is none.
    ///
    /// # Errors
    /// When nobody knows.
    pub(super) fn look(&self, known: &Object) -> Result<Option<Object>, SourceError> {
        self.objects().map_or(Ok(None), |objects| objects.look(known))
    }
}

/// Where the files of a site are written; each folder is opened once.
pub(super) struct Targets<'a> {
    site: &'a Site,
    folders: HashMap<Utf8PathBuf, Target>,
}

impl<'a> Targets<'a> {
    pub(super) fn of(site: &'a Site) -> Self {
        Self { site, folders: HashMap::new() }
    }

    /// What takes a file, and the file's name there; absent where nothing of the place leads to that name.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub(super) fn find(&mut self, key: &str) -> Result<Option<(&dyn Writes, String)>, Failure> {
        let place = match self.site {
            Site::Elsewhere { store, .. } => return Ok(Some((store.as_ref(), key.to_owned()))),
            Site::Local { place, .. } => place,
        };
        let Some((folder, inner)) = place.folder_of(key) else { return Ok(None) };
        let target = match self.folders.entry(folder) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let target = Target::open(free.key())?;
                free.insert(target)
            }
        };
        Ok(Some((target, inner)))
    }
}
