//! The objects of a bucket as files by their names.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use base::secret::Secret;
use remote::bucket::{Answer, BucketAddress, BucketClient, BucketError, Facts};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::error::SourceError;
use crate::object::{Each, Found, Object, Objects, Opened};

/// Requests at once: what is read of a bucket mostly waits.
const AT_ONCE: usize = 8;
/// How often an object that breaks off is gone on with.
const RESUMES: u32 = 5;

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

/// A refusal of the store, or the wish to stop.
enum BucketOr {
    Store(BucketError),
    Cancelled,
}

fn wait<T>(
    runtime: &Handle,
    token: &CancellationToken,
    asking: impl Future<Output = Result<T, BucketError>>,
) -> Result<T, BucketOr> {
    runtime.block_on(async {
        tokio::select! {
            answer = asking => answer.map_err(BucketOr::Store),
            () = token.cancelled() => Err(BucketOr::Cancelled),
        }
    })
}

fn failed(place: &str, error: BucketError) -> SourceError {
    SourceError::Bucket { place: place.to_owned(), source: error }
}

impl BucketOr {
    fn at(self, place: &str) -> SourceError {
        match self {
            Self::Store(error) => failed(place, error),
            Self::Cancelled => SourceError::Cancelled,
        }
    }
}

impl Objects for BucketObjects {
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let mut from: Option<String> = None;
        loop {
            let page = self.ask(self.client.page(from.as_deref())).map_err(|error| error.at(&self.words))?;
            let (listed, next) = page;
            for one in listed {
                each(Found::Object(Object {
                    key: one.key,
                    size: one.size,
                    modified_ms: one.modified_ms,
                    etag: one.etag,
                    ..Object::default()
                }))?;
            }
            match next {
                // A store that goes on from where it is would never end.
                Some(next) if Some(&next) == from.as_ref() => {
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
        let Facts { size, etag, modified_ms, content_type, cache_control, metadata } = facts;
        let stream = Stream {
            client: Arc::clone(&self.client),
            key: object.key.clone(),
            etag: etag.clone(),
            size,
            answer: Some(answer),
            piece: Vec::new(),
            at: 0,
            read: 0,
            resumes: 0,
            runtime: self.runtime.clone(),
            token: self.token.clone(),
        };
        // What it is now, which may be another object than the one that was listed. The listing's time is finer than the
        // header's: of the same object it stays.
        let is_listed = etag.is_some() && etag == object.etag;
        let modified_ms = if is_listed { object.modified_ms } else { modified_ms };
        let object = Object {
            key: object.key.clone(),
            size,
            modified_ms,
            etag,
            content_type,
            cache_control,
            metadata,
            ..Object::default()
        };
        Ok(Some(Opened { object, reader: Box::new(stream) }))
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }
}

/// An object's bytes. Where the connection breaks, the rest of the very same object is asked for.
struct Stream {
    client: Arc<BucketClient>,
    key: String,
    etag: Option<String>,
    size: Option<u64>,
    answer: Option<Answer>,
    piece: Vec<u8>,
    at: usize,
    read: u64,
    resumes: u32,
    runtime: Handle,
    token: CancellationToken,
}

impl Stream {
    /// The next piece; none at the end of a whole object.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let broke = match self.answer.take() {
                Some(mut answer) => {
                    let piece = wait(&self.runtime, &self.token, self.client.piece(&mut answer));
                    match piece {
                        Ok(Some(piece)) => {
                            self.answer = Some(answer);
                            self.read += piece.len() as u64;
                            return Ok(Some(piece));
                        }
                        Ok(None) if self.size.is_none_or(|size| size == self.read) => return Ok(None),
                        Ok(None) => "it ended before its end".to_owned(),
                        Err(BucketOr::Cancelled) => return Err(io::Error::other("cancelled")),
                        Err(BucketOr::Store(error)) => error.to_string(),
                    }
                }
                None => "the connection broke".to_owned(),
            };
            self.resume(&broke)?;
        }
    }

    fn resume(&mut self, broke: &str) -> io::Result<()> {
        self.resumes += 1;
        // Without a tag nobody knows whether the rest is of the same object.
        if self.resumes > RESUMES || self.etag.is_none() {
            return Err(io::Error::other(broke.to_owned()));
        }
        let pause = Duration::from_millis(200 << self.resumes);
        let asking = async {
            tokio::time::sleep(pause).await;
            self.client.get(&self.key, self.read, self.etag.as_deref()).await
        };
        match wait(&self.runtime, &self.token, asking) {
            Ok((facts, _)) if facts.size != self.size => Err(io::Error::other("it has another size by now")),
            Ok((_, answer)) => {
                self.answer = Some(answer);
                Ok(())
            }
            Err(BucketOr::Cancelled) => Err(io::Error::other("cancelled")),
            Err(BucketOr::Store(error @ (BucketError::Gone | BucketError::Replaced))) => {
                Err(io::Error::other(error.to_string()))
            }
            // It is tried again, until it was tried often enough.
            Err(BucketOr::Store(_)) => Ok(()),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.next()? {
                Some(piece) => (self.piece, self.at) = (piece, 0),
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.piece.len() - self.at);
        buffer[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
