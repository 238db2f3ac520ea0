//! Bytes of an object that is read over a network: where the connection breaks, the rest of the very same object is asked
//! for.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use remote::bucket::{Answer, BucketError, Facts};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::error::SourceError;
use crate::object::Checked;

/// How often an object that breaks off is gone on with.
const RESUMES: u32 = 5;

/// A store that gives an object from any byte on.
pub(crate) trait Ranged: Send + Sync + 'static {
    /// Begins to read an object at an offset; with a tag, only if it is that one still.
    fn get_from(
        &self,
        key: &str,
        from: u64,
        etag: Option<&str>,
    ) -> impl Future<Output = Result<(Facts, Answer), BucketError>> + Send;
}

/// A refusal of the store, or the wish to stop.
pub(crate) enum BucketOr {
    Store(BucketError),
    Cancelled,
}

pub(crate) fn wait<T>(
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

pub(crate) fn failed(place: &str, error: BucketError) -> SourceError {
    SourceError::Bucket { place: place.to_owned(), source: error }
}

impl BucketOr {
    pub(crate) fn at(self, place: &str) -> SourceError {
        match self {
            Self::Store(error) => failed(place, error),
            Self::Cancelled => SourceError::Cancelled,
        }
    }
}

/// The next bytes, as many as were asked for where there are so many.
pub(crate) fn piece(reader: &mut dyn Checked, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An object's bytes. Where the connection breaks, the rest of the very same object is asked for.
pub(crate) struct Stream<C> {
    client: Arc<C>,
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

impl<C: Ranged> Stream<C> {
    /// An object that begins to be read.
    pub(crate) fn of(
        client: Arc<C>,
        key: &str,
        (facts, answer): (&Facts, Answer),
        (runtime, token): (&Handle, &CancellationToken),
    ) -> Self {
        Self {
            client,
            key: key.to_owned(),
            etag: facts.etag.clone(),
            size: facts.size,
            answer: Some(answer),
            piece: Vec::new(),
            at: 0,
            read: 0,
            resumes: 0,
            runtime: runtime.clone(),
            token: token.clone(),
        }
    }

    /// The next piece; none at the end of a whole object.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let broke = match self.answer.take() {
                Some(mut answer) => {
                    let piece = wait(&self.runtime, &self.token, answer.piece());
                    match piece {
                        Ok(Some(piece)) => {
                            self.read += piece.len() as u64;
                            if self.size.is_some_and(|size| self.read > size) {
                                return Err(io::Error::other("more bytes come than it has"));
                            }
                            self.answer = Some(answer);
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
            self.client.get_from(&self.key, self.read, self.etag.as_deref()).await
        };
        match wait(&self.runtime, &self.token, asking) {
            Ok((facts, _)) if facts.size.is_some() && facts.size != self.size => {
                Err(io::Error::other("it has another size by now"))
            }
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

impl<C: Ranged> Read for Stream<C> {
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
