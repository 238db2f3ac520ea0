//! The buckets of a Supabase project as files by their names: `BUCKET/NAME`.
//!
//! What is there is told by rows of `storage.objects`, read at the moment of a backup, or else by the service itself.

mod put;
mod rows;

pub use rows::{RowLine, Rows};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::secret::Secret;
use remote::bucket::{Answer, BucketError, Facts};
use remote::storage_api::{BucketSettings, StorageAddress, StorageClient, StorageEntry};
use serde_json::Value;
use ssh::NearEnd;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::error::SourceError;
use crate::object::{Each, Found, Object, Objects, Opened};
use crate::ranged::{BucketOr, Ranged, Stream, failed, wait};

/// Requests at once: what is read of a service mostly waits.
const AT_ONCE: usize = 8;
/// How often an object is asked for that is another one each time.
const TRIES: u32 = 3;
/// For what is to be done whoever cancels.
const CLOSING: Duration = Duration::from_secs(30);
/// Between the clocks of a server and of this computer.
const CLOCKS_MS: i64 = 10 * 60 * 1000;
/// What holds notes that are more than texts, among what readers are told.
const NOTES: &str = "x-metadata";
/// What the service notes where nobody said it.
const NO_CACHE: &str = "no-cache";
const NO_TYPE: &str = "application/octet-stream";

/// The files of a storage service.
pub struct StorageObjects {
    client: Arc<StorageClient>,
    words: String,
    rows: Option<Rows>,
    buckets: Mutex<Vec<BucketSettings>>,
    runtime: Handle,
    token: CancellationToken,
    /// Held for as long as the service is spoken to.
    _near: Option<Arc<NearEnd>>,
}

/// For people: `Supabase storage at https://shop.example/storage/v1`.
pub fn words(address: &StorageAddress) -> String {
    format!("Supabase storage at {}", address.url)
}

/// An object of a bucket as a file. What the service notes where nobody said anything is what it means.
pub fn object_of(bucket: &str, entry: StorageEntry) -> Object {
    let StorageEntry { name, size, etag, updated_ms, content_type, cache_control, version, noted } = entry;
    let mut object = Object {
        key: format!("{bucket}/{name}"),
        size,
        modified_ms: updated_ms,
        // A role can set the time of a row, and not make the service give other bytes for a version.
        version: updated_ms
            .map(|at| version.map_or_else(|| at.to_string(), |version| format!("{at} {version}"))),
        etag,
        content_type: Some(content_type.unwrap_or_else(|| NO_TYPE.to_owned())),
        cache_control: Some(cache_control.unwrap_or_else(|| NO_CACHE.to_owned())),
        ..Object::default()
    };
    match noted {
        None => {}
        Some(noted) => match texts_of(&noted) {
            Some(texts) => object.metadata = texts,
            None => {
                object.headers.insert(NOTES.to_owned(), noted.to_string());
            }
        },
    }
    object
}

/// Notes that are texts by their names.
fn texts_of(noted: &Value) -> Option<BTreeMap<String, String>> {
    let texts = noted.as_object()?.iter();
    texts.map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// The same back. What a bucket of another kind told its readers beside it, this service cannot hold.
fn entry_of(object: &Object, name: &str) -> StorageEntry {
    let Object { size, content_type, cache_control, headers, metadata, .. } = object.clone();
    let noted = match headers.get(NOTES).and_then(|text| serde_json::from_str(text).ok()) {
        Some(noted) => Some(noted),
        None if metadata.is_empty() => None,
        None => Some(metadata.into_iter().map(|(name, value)| (name, Value::from(value))).collect()),
    };
    StorageEntry {
        name: name.to_owned(),
        size,
        content_type,
        cache_control,
        noted,
        ..StorageEntry::default()
    }
}

fn parts(key: &str) -> Result<(&str, &str), SourceError> {
    let parts = key.split_once('/').filter(|(bucket, name)| !bucket.is_empty() && !name.is_empty());
    parts.ok_or_else(|| {
        failed(
            key,
            BucketError::ServiceAddress("a file of Supabase's storage is in a bucket: BUCKET/NAME".into()),
        )
    })
}

/// Buckets whose files are not read, each with the reason.
fn unread(buckets: &[BucketSettings]) -> impl Iterator<Item = Found> {
    buckets.iter().filter_map(|bucket| {
        let why = bucket.why_not_read()?;
        Some(Found::LeftOut { key: format!("{}/", bucket.id), why, is_missed: true })
    })
}

impl Ranged for StorageClient {
    async fn get_from(
        &self,
        key: &str,
        from: u64,
        etag: Option<&str>,
    ) -> Result<(Facts, Answer), BucketError> {
        self.get(key.split_once('/').ok_or(BucketError::Gone)?, from, etag).await
    }
}

impl StorageObjects {
    /// Nothing is contacted. Made within a runtime, and used outside of its threads.
    ///
    /// # Errors
    /// When the address cannot be used, or the key sees too little.
    pub fn new(
        address: &StorageAddress,
        key: Option<&Secret>,
        near: Option<Arc<NearEnd>>,
        rows: Option<Rows>,
        token: CancellationToken,
    ) -> Result<Self, SourceError> {
        let by = near.as_ref().map(|near| near.address());
        let client = StorageClient::new(address, key, by).map_err(|error| failed(&words(address), error))?;
        Ok(Self {
            client: Arc::new(client),
            words: words(address),
            rows,
            buckets: Mutex::default(),
            runtime: Handle::current(),
            token,
            _near: near,
        })
    }

    fn ask<T>(&self, asking: impl Future<Output = Result<T, BucketError>>) -> Result<T, BucketOr> {
        wait(&self.runtime, &self.token, asking)
    }

    /// Its buckets and how they are set.
    ///
    /// # Errors
    /// Why the service refuses.
    pub fn buckets(&self) -> Result<Vec<BucketSettings>, SourceError> {
        self.ask(self.client.buckets()).map_err(|error| error.at(&self.words))
    }

    /// The buckets that the last listing found.
    pub fn listed_buckets(&self) -> Vec<BucketSettings> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets a bucket that is there, whoever cancels: what was opened is closed again.
    ///
    /// # Errors
    /// Why the service refuses.
    pub fn set_bucket_anyway(&self, settings: &BucketSettings) -> Result<(), SourceError> {
        self.ask_anyway(&format!("bucket {}", settings.id), self.client.set_bucket(settings, false))
    }

    /// Its buckets and how they are set, whoever cancels.
    ///
    /// # Errors
    /// Why the service refuses.
    pub fn buckets_anyway(&self) -> Result<Vec<BucketSettings>, SourceError> {
        self.ask_anyway(&self.words, self.client.buckets())
    }

    fn ask_anyway<T>(
        &self,
        place: &str,
        asking: impl Future<Output = Result<T, BucketError>>,
    ) -> Result<T, SourceError> {
        let _within = self.runtime.enter();
        let asking = tokio::time::timeout(CLOSING, asking);
        let silent = |_| SourceError::Io {
            place: place.to_owned(),
            source: std::io::Error::other("the service does not answer"),
        };
        self.runtime.block_on(asking).map_err(silent)?.map_err(|error| failed(place, error))
    }

    /// Makes a bucket, or sets one that is there.
    ///
    /// # Errors
    /// Why the service refuses.
    pub fn set_bucket(&self, settings: &BucketSettings, is_new: bool) -> Result<(), SourceError> {
        let place = format!("bucket {}", settings.id);
        self.ask(self.client.set_bucket(settings, is_new)).map_err(|error| error.at(&place))
    }

    fn info(&self, key: &str) -> Result<Option<Object>, SourceError> {
        let (bucket, name) = parts(key)?;
        match self.ask(self.client.info(bucket, name)) {
            Ok(entry) => Ok(Some(object_of(bucket, entry))),
            Err(BucketOr::Store(BucketError::Gone)) => Ok(None),
            Err(error) => Err(error.at(key)),
        }
    }

    /// The service knows nothing of an object, or lists it all the same.
    fn gone(&self, key: &str) -> Result<Option<Opened>, SourceError> {
        let (bucket, name) = parts(key)?;
        match self.ask(self.client.listed(bucket, name)) {
            Ok(None) => Ok(None),
            Ok(Some(_)) => Err(SourceError::NoBytes { place: key.to_owned() }),
            // An older one lists no single object.
            Err(BucketOr::Store(error)) if error.is_of_its_age() => match self.info(key)? {
                None => Ok(None),
                Some(_) => Err(SourceError::NoBytes { place: key.to_owned() }),
            },
            Err(error) => Err(error.at(key)),
        }
    }

    fn list_by_rows(&self, rows: &Rows, each: &mut Each<'_>) -> Result<(), SourceError> {
        let buckets = self.listed_buckets();
        let mut named = BTreeSet::new();
        let mut unread = unread(&buckets).peekable();
        rows.each(&mut |RowLine { object, why }| {
            // In the order of the keys, as all of them.
            while let Some(found) = unread.next_if(|found| found.key() < object.key.as_str()) {
                each(found)?;
            }
            if buckets.is_empty() {
                return Err(failed(&self.words, BucketError::SeesNothing("no bucket")));
            }
            if let Some((bucket, _)) = object.key.split_once('/')
                && !named.contains(bucket)
            {
                named.insert(bucket.to_owned());
            }
            match why {
                Some(why) => each(Found::LeftOut { key: object.key, why, is_missed: true }),
                None => each(Found::Object(object)),
            }
        })?;
        unread.try_for_each(&mut *each)?;
        // Rows of a copy of the database, or of one that was emptied, do not name what the service has.
        let unnamed = buckets.iter().filter(|bucket| bucket.why_not_read().is_none());
        for bucket in unnamed.filter(|bucket| !named.contains(&bucket.id)) {
            let page = match self.ask(self.client.page(&bucket.id, None)) {
                Ok(page) => page,
                // It cannot be compared with an older service.
                Err(BucketOr::Store(error)) if error.is_of_its_age() => continue,
                Err(error) => return Err(error.at(&format!("bucket {}", bucket.id))),
            };
            let is_older = |at: i64| at < rows.at_ms.saturating_sub(CLOCKS_MS);
            if let Some(older) = page.entries.iter().find(|entry| entry.updated_ms.is_some_and(is_older)) {
                let what = format!(
                    "files that no row of the database names, such as {}/{}: it is the storage of another project, or \
                     its rows were lost",
                    bucket.id, older.name
                );
                return Err(failed(&self.words, BucketError::Answer(what)));
            }
        }
        Ok(())
    }

    fn list_by_service(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let buckets = self.listed_buckets();
        let mut count = 0_u64;
        for bucket in &buckets {
            if let Some(found) = unread(std::slice::from_ref(bucket)).next() {
                each(found)?;
                continue;
            }
            let mut from = None;
            loop {
                let page = self.ask(self.client.page(&bucket.id, from.as_deref()));
                let page = page.map_err(|error| error.at(&format!("bucket {}", bucket.id)))?;
                for entry in page.entries {
                    count += 1;
                    each(Found::Object(object_of(&bucket.id, entry)))?;
                }
                match page.next {
                    // A service that goes on from where it is would never end.
                    Some(next) if Some(&next) == from.as_ref() => {
                        let what = BucketError::Answer("a listing that does not get on".into());
                        return Err(failed(&self.words, what));
                    }
                    Some(next) => from = Some(next),
                    None => break,
                }
            }
        }
        // A key of too small a role sees this too.
        if count == 0 && !self.client.sees_all() {
            let nothing = if buckets.is_empty() { "no bucket" } else { "no object" };
            return Err(failed(&self.words, BucketError::SeesNothing(nothing)));
        }
        Ok(())
    }
}

impl Objects for StorageObjects {
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let buckets = self.buckets()?;
        *self.buckets.lock().unwrap_or_else(PoisonError::into_inner) = buckets;
        match &self.rows {
            Some(rows) => self.list_by_rows(rows, each),
            None => self.list_by_service(each),
        }
    }

    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError> {
        let key = &object.key;
        parts(key)?;
        let mut known = object.clone();
        // A listing does not tell what was noted about an object.
        if self.rows.is_none() {
            let Some(now) = self.info(key)? else { return self.gone(key) };
            known = now;
        }
        for _ in 0..TRIES {
            let (facts, answer) = match self.ask(self.client.get_from(key, 0, None)) {
                Ok(begun) => begun,
                Err(BucketOr::Store(error)) if error.is_of_lost_bytes() => return self.gone(key),
                Err(error) => return Err(error.at(key)),
            };
            let fits = known.size.is_none() || facts.size.is_none() || known.size == facts.size;
            let mut is_known = fits && facts.etag.is_some() && facts.etag == known.etag;
            if !is_known {
                let Some(now) = self.info(key)? else { return self.gone(key) };
                // A service may tag bytes otherwise than their rows say.
                is_known = fits && now.version == known.version && now.etag == known.etag;
                known = now;
            }
            if is_known {
                let client = Arc::clone(&self.client);
                let facts = Facts { size: facts.size.or(known.size), ..facts };
                let stream = Stream::of(client, key, (&facts, answer), (&self.runtime, &self.token));
                return Ok(Some(Opened { object: known, reader: Box::new(stream) }));
            }
        }
        let what = "other bytes than it says it has, each time it is asked";
        Err(failed(key, BucketError::Answer(what.into())))
    }

    /// A listing of the service itself does not tell the version of an object.
    fn is_unchanged(&self, listed: &Object, before: &Object) -> bool {
        let time = |object: &Object| object.version.as_deref()?.split(' ').next().map(str::to_owned);
        let (now, then) = match &self.rows {
            Some(_) => (listed.version.clone(), before.version.clone()),
            None => (time(listed), time(before)),
        };
        now.is_some()
            && now == then
            && listed.etag == before.etag
            && (listed.size.is_none() || listed.size == before.size)
    }

    /// Rows stay where bytes are lost, and tell nothing of that.
    fn marks_can_be_set(&self) -> bool {
        true
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn is_of_moment(&self) -> bool {
        self.rows.is_some()
    }

    /// What it is now; absent too where its bytes are lost, of which nobody could keep a copy.
    fn look(&self, object: &Object) -> Result<Option<Object>, SourceError> {
        let Some(now) = self.info(&object.key)? else { return Ok(None) };
        let (bucket, name) = parts(&object.key)?;
        let has_bytes = self.ask(self.client.has_bytes(bucket, name));
        Ok(has_bytes.map_err(|error| error.at(&object.key))?.then_some(now))
    }
}
