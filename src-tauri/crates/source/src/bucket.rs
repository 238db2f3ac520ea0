//! The objects of a bucket as files by their names.

use std::io;
use std::sync::Arc;

use base::secret::Secret;
use remote::bucket::{Answer, BucketAddress, BucketClient, BucketError, Facts, Page, part_bytes};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::error::SourceError;
use crate::object::{Checked, Each, Found, Object, Objects, Opened, Writes};
use crate::ranged::{BucketOr, Ranged, Stream, failed, piece, wait};

/// Requests at once: what is read of a bucket mostly waits.
const AT_ONCE: usize = 8;
/// A store may answer with pages without an object, where it skips what was deleted, and not without an end.
const EMPTY_PAGES_MAX: u32 = 1_000;
/// Stores count whole seconds, in the time of an object and in their own.
const TICK_MS: i64 = 2_000;

/// A bucket whose objects are read.
pub struct BucketObjects {
    client: Arc<BucketClient>,
    words: String,
    runtime: Handle,
    token: CancellationToken,
}

impl BucketObjects {
    /// Nothing is contacted. Made within a runtime, and used outside of its threads.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(
        address: &BucketAddress,
        secret: Option<&Secret>,
        token: CancellationToken,
    ) -> Result<Self, SourceError> {
        let client = BucketClient::new(address, secret).map_err(|error| failed(&words(address), error))?;
        Ok(Self { client: Arc::new(client), words: words(address), runtime: Handle::current(), token })
    }

    fn ask<T>(&self, asking: impl Future<Output = Result<T, BucketError>>) -> Result<T, BucketOr> {
        wait(&self.runtime, &self.token, asking)
    }
}

/// For people: `bucket shop/uploads at https://s3.example`.
pub fn words(address: &BucketAddress) -> String {
    let BucketAddress { bucket, prefix, endpoint, .. } = address;
    let slash = if prefix.is_empty() { "" } else { "/" };
    format!("bucket {bucket}{slash}{prefix} at {endpoint}")
}

impl Ranged for BucketClient {
    fn get_from(
        &self,
        key: &str,
        from: u64,
        etag: Option<&str>,
    ) -> impl Future<Output = Result<(Facts, Answer), BucketError>> + Send {
        self.get(key, from, etag)
    }
}

impl Objects for BucketObjects {
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let (mut from, mut empty_pages): (Option<String>, u32) = (None, 0);
        loop {
            let page = self.ask(self.client.page(from.as_deref())).map_err(|error| error.at(&self.words))?;
            let Page { listed, next, at_ms } = page;
            empty_pages = if listed.is_empty() { empty_pages + 1 } else { 0 };
            for one in listed {
                each(Found::Object(Object {
                    key: one.key,
                    size: one.size,
                    modified_ms: one.modified_ms,
                    version: version(one.modified_ms, at_ms),
                    etag: one.etag,
                    ..Object::default()
                }))?;
            }
            match next {
                // A store that goes on from where it is would never end.
                Some(next) if Some(&next) == from.as_ref() || empty_pages >= EMPTY_PAGES_MAX => {
                    return Err(failed(
                        &self.words,
                        BucketError::Answer("a listing that does not get on".into()),
                    ));
                }
                Some(next) => from = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError> {
        let begun = match self.ask(self.client.get(&object.key, 0, None)) {
            Ok(begun) => begun,
            Err(BucketOr::Store(BucketError::Gone)) => return Ok(None),
            Err(error) => return Err(error.at(&object.key)),
        };
        let (facts, answer) = begun;
        let client = Arc::clone(&self.client);
        let stream = Stream::of(client, &object.key, (&facts, answer), (&self.runtime, &self.token));
        let object = described(object, facts);
        Ok(Some(Opened { object, reader: Box::new(stream) }))
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn look(&self, object: &Object) -> Result<Option<Object>, SourceError> {
        match self.ask(self.client.head(&object.key)) {
            Ok(facts) => Ok(Some(described(object, facts))),
            Err(BucketOr::Store(BucketError::Gone)) => Ok(None),
            Err(error) => Err(error.at(&object.key)),
        }
    }
}

/// What an object is now, which may be another one than was listed.
fn described(listed: &Object, facts: Facts) -> Object {
    let Facts { size, etag, modified_ms, content_type, cache_control, headers, metadata, at_ms } = facts;
    // The listing's time is finer than the header's: of the same object it stays.
    let is_listed = etag.is_some() && etag == listed.etag;
    Object {
        key: listed.key.clone(),
        size,
        modified_ms: if is_listed { listed.modified_ms } else { modified_ms },
        version: version(modified_ms, at_ms),
        etag,
        content_type,
        cache_control,
        headers,
        metadata,
        ..Object::default()
    }
}

/// The second in which an object was put, once that is over: a tag tells of the content alone, and what readers are told
/// of the same content may change within the same second.
fn version(modified_ms: Option<i64>, at_ms: Option<i64>) -> Option<String> {
    let (modified_ms, at_ms) = (modified_ms?, at_ms.unwrap_or_else(base::clock::now_ms));
    let is_over = modified_ms.saturating_add(TICK_MS) < at_ms;
    is_over.then(|| modified_ms.div_euclid(1000).to_string())
}

impl BucketObjects {
    /// Writes an object of which this much is known to be more than one part.
    fn put_in_parts(
        &self,
        facts: &Facts,
        key: &str,
        first: Vec<u8>,
        reader: &mut dyn Checked,
    ) -> Result<u64, SourceError> {
        let failed = |error: BucketOr| error.at(key);
        let asked = Object { key: key.to_owned(), ..Object::default() };
        let before = self.look(&asked)?.map(|there| there.etag);
        let part = first.len();
        // To the end, whoever cancels: without the answer nobody could give the upload up.
        let begun = self.runtime.block_on(self.client.begin(key, facts));
        let mut upload = begun.map_err(|error| failed(BucketOr::Store(error)))?;
        let mut written = 0;
        let (mut next, mut all) = (first, Ok(()));
        while all.is_ok() && !next.is_empty() {
            written += next.len() as u64;
            all = self.ask(self.client.part(&mut upload, std::mem::take(&mut next))).map_err(failed);
            if all.is_ok() {
                match piece(reader, part) {
                    Ok(piece) => next = piece,
                    Err(error) => all = Err(SourceError::writing(key, error)),
                }
            }
        }
        let completed = all
            .and_then(|()| reader.check().map_err(|error| SourceError::writing(key, error)))
            .and_then(|()| match self.look(&asked)?.map(|there| there.etag) {
                now if now == before => self.ask(self.client.complete(&upload)).map_err(failed),
                _ => {
                    let why = "it came or changed while it was written, and stays as it is";
                    Err(SourceError::Io { place: key.to_owned(), source: io::Error::other(why) })
                }
            });
        if let Err(error) = completed {
            // Also where the run was cancelled: its parts would be stored, and paid for, until somebody finds them.
            let aborted = self.runtime.block_on(self.client.abort(&upload));
            return Err(match aborted {
                Ok(()) => error,
                Err(left) => SourceError::Io {
                    place: key.to_owned(),
                    source: io::Error::other(format!("{error}; its parts stay in the store: {left}")),
                },
            });
        }
        Ok(written)
    }
}

impl Writes for BucketObjects {
    fn put(&self, object: &Object, key: &str, _: bool, reader: &mut dyn Checked) -> Result<u64, SourceError> {
        let Object { content_type, cache_control, headers, metadata, .. } = object.clone();
        let facts = Facts { content_type, cache_control, headers, metadata, ..Facts::default() };
        let part = usize::try_from(part_bytes(object.size.unwrap_or_default())).unwrap_or(usize::MAX);
        let failed = |error| SourceError::writing(key, error);
        let first = piece(reader, part).map_err(failed)?;
        if first.len() == part {
            return self.put_in_parts(&facts, key, first, reader);
        }
        reader.check().map_err(failed)?;
        let bytes = first.len() as u64;
        self.ask(self.client.put(key, &facts, first)).map_err(|error| error.at(key))?;
        Ok(bytes)
    }

    fn read(&self, key: &str) -> Result<Opened, SourceError> {
        let asked = Object { key: key.to_owned(), ..Object::default() };
        let gone = || SourceError::NotThere { place: key.to_owned() };
        self.open(&asked)?.ok_or_else(gone)
    }

    fn remove(&self, key: &str) -> Result<bool, SourceError> {
        self.ask(self.client.delete(key)).map_err(|error| error.at(key))?;
        Ok(true)
    }
}
