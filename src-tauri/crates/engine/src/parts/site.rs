//! The place that files came from, opened to be compared and to be written.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use camino::Utf8PathBuf;
use remote::storage_api::BucketSettings;
use source::bucket::BucketObjects;
use source::object::Writes;
use source::storage_api::StorageObjects;
use source::{Object, Objects, Place, SourceError, Target};
use tokio_util::sync::CancellationToken;

use super::plan::BucketStep;
use crate::archive::opened::blocking;
use crate::component::{secret_of, sftp_folder, storage_service};
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
        store: Arc<dyn Store>,
        /// Whether it keeps what readers are told of a file, such as its content type.
        tells: bool,
        /// Where files are in buckets that are set by themselves.
        service: Option<Arc<StorageObjects>>,
    },
}

/// Whether a bucket takes a file that is one of its own.
fn takes(bucket: &BucketSettings, file: &Object) -> bool {
    let is_own = file.key.strip_prefix(bucket.id.as_str()).is_some_and(|rest| rest.starts_with('/'));
    let is_large = bucket.file_size_limit.is_some_and(|most| file.size.is_some_and(|size| size > most));
    let is_of = |allowed: &String| match (allowed.strip_suffix("/*"), &file.content_type) {
        (Some(kind), Some(of)) => of.split('/').next() == Some(kind),
        (None, Some(of)) => of == allowed,
        (_, None) => true,
    };
    let is_odd = bucket.allowed_mime_types.as_ref().is_some_and(|all| !all.iter().any(is_of));
    !is_own || !(is_large || is_odd)
}

/// A bucket that is not as a backup has it.
#[derive(Debug)]
pub(super) struct BucketChange {
    /// As the backup has it.
    pub(super) settings: BucketSettings,
    /// Whether it is not there.
    pub(super) is_new: bool,
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
                let store = Arc::new(objects);
                Ok(Self::Elsewhere { words: place.words(), store, tells: true, service: None })
            }
            Place::StorageApi(address) => {
                let service = storage_service(profile, project, source, address, (None, token)).await?;
                let store = Arc::new(service);
                let service = Some(Arc::clone(&store));
                Ok(Self::Elsewhere { words: place.words(), store, tells: true, service })
            }
            Place::Sftp { .. } => {
                let folder = sftp_folder(profile, project, source, token).await?;
                let store = Arc::new(folder);
                Ok(Self::Elsewhere { words: place.words(), store, tells: false, service: None })
            }
            Place::Redis(_) | Place::LogTable { .. } | Place::ContainerLog { .. } => {
                Err(Failure::invalid(format!("{} has no files", place.words()), "Add the component again."))
            }
        }
    }

    /// What a backup has of buckets and this does not, as far as files with this prefix are in them; and buckets that would
    /// not take one of these files, which are to be written.
    ///
    /// # Errors
    /// When the service cannot be asked.
    pub(super) fn other_buckets(
        &self,
        wanted: &[BucketSettings],
        files: &[&Object],
        prefix: Option<&str>,
    ) -> Result<Vec<BucketChange>, SourceError> {
        let Self::Elsewhere { service: Some(service), .. } = self else { return Ok(Vec::new()) };
        let there = service.buckets()?;
        let is_meant = |bucket: &BucketSettings| {
            let begin = format!("{}/", bucket.id);
            let within = |prefix: &str| prefix.starts_with(&begin) || begin.starts_with(prefix);
            bucket.why_not_read().is_none() && prefix.is_none_or(within)
        };
        let changes = wanted.iter().filter(|bucket| is_meant(bucket)).filter_map(|bucket| {
            let now = there.iter().find(|now| now.id == bucket.id);
            // Files may be older than the limits of their bucket.
            let is_narrow = files.iter().any(|file| !takes(bucket, file));
            let change = BucketChange { settings: bucket.clone(), is_new: now.is_none() };
            (is_narrow || now != Some(bucket)).then_some(change)
        });
        Ok(changes.collect())
    }

    /// The buckets that a restore set otherwise than they were, and that are still as it left them.
    ///
    /// # Errors
    /// When the service cannot be asked.
    pub(super) fn buckets_set_by(
        &self,
        before: &[BucketSettings],
        restored: &[BucketSettings],
    ) -> Result<Vec<BucketStep>, SourceError> {
        let Self::Elsewhere { service: Some(service), .. } = self else { return Ok(Vec::new()) };
        let there = service.buckets()?;
        let by_it = restored.iter().filter(|bucket| there.contains(bucket) && !before.contains(bucket));
        let was_there = |bucket: &&BucketSettings| before.iter().any(|one| one.id == bucket.id);
        let steps = by_it.filter(was_there).map(|bucket| BucketStep { id: bucket.id.clone(), is_new: false });
        Ok(steps.collect())
    }

    /// Makes the buckets of a plan, and lifts their limits, which may be narrower than they were when a file was put: none
    /// becomes readable by more people. Whatever may be open by then is in `opened`, also where this fails. Yields why
    /// others stay as they are.
    ///
    /// # Errors
    /// When the service cannot be asked.
    pub(super) fn open_buckets(
        &self,
        planned: &[BucketStep],
        wanted: &[BucketSettings],
        before: Option<&[BucketSettings]>,
        opened: &mut Vec<BucketSettings>,
    ) -> Result<Vec<String>, SourceError> {
        let Self::Elsewhere { service: Some(service), .. } = self else { return Ok(Vec::new()) };
        if planned.is_empty() {
            return Ok(Vec::new());
        }
        let (there, mut stay) = (service.buckets()?, Vec::new());
        for BucketStep { id, is_new } in planned {
            let Some(wanted) = wanted.iter().find(|bucket| bucket.id == *id) else { continue };
            let now = there.iter().find(|bucket| bucket.id == *id);
            let is_as_planned = match (now, is_new) {
                (None, is_new) => *is_new,
                (Some(_), true) => false,
                (Some(now), false) => before.is_none_or(|before| before.contains(now)),
            };
            if !is_as_planned {
                stay.push(format!("bucket {id}: it was set otherwise meanwhile, and stays so"));
                continue;
            }
            let public = wanted.public && now.is_some_and(|now| now.public);
            let open =
                BucketSettings { file_size_limit: None, allowed_mime_types: None, public, ..wanted.clone() };
            opened.push(wanted.clone());
            match service.set_bucket(&open, *is_new) {
                Ok(()) => {}
                Err(error) if error.is_of_all() => return Err(error),
                // A first try may have arrived although its answer did not.
                Err(_) if service.buckets()?.contains(&open) => {}
                Err(error) => {
                    opened.pop();
                    stay.push(error.to_string());
                }
            }
        }
        Ok(stay)
    }

    /// Gives these buckets the state of the backup, whoever cancels, and looks at what the service says that it did; what is
    /// otherwise, in words.
    pub(super) fn close_buckets(&self, opened: &[BucketSettings]) -> Vec<String> {
        let Self::Elsewhere { service: Some(service), .. } = self else { return Vec::new() };
        if opened.is_empty() {
            return Vec::new();
        }
        let open = |why: String| format!("{why}; its limits may be lifted until it is set again");
        let set = opened.iter().filter_map(|bucket| service.set_bucket_anyway(bucket).err());
        let refused: Vec<String> = set.map(|why| open(why.to_string())).collect();
        if !refused.is_empty() {
            return refused;
        }
        match service.buckets_anyway() {
            Ok(there) => {
                let otherwise = opened.iter().filter(|bucket| !there.contains(bucket));
                let words =
                    |id: &str| open(format!("bucket {id}: it is not set as in the backup afterwards"));
                otherwise.map(|bucket| words(&bucket.id)).collect()
            }
            Err(why) => vec![format!("how the buckets are set afterwards is not known: {why}")],
        }
    }

    /// Whether it lists rows, which stay where the bytes of a file are lost.
    pub(super) fn keeps_rows(&self) -> bool {
        matches!(self, Self::Elsewhere { service: Some(_), .. })
    }

    /// How the buckets were set that the last listing found, as what changes with it.
    pub(super) fn buckets_mark(&self) -> String {
        match self {
            Self::Elsewhere { service: Some(service), .. } => format!("{:?}", service.listed_buckets()),
            _ => String::new(),
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
