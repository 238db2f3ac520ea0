//! Writing an object of a storage service: whole or not at all, and in the place of nothing that nobody looked at.

use std::io;
use std::sync::Arc;

use remote::bucket::BucketError;
use remote::storage_api::{
    Resumable, SIMPLE_BYTES_MAX, StorageClient, StorageEntry, is_kept_by_resumable, is_resumable_alone,
};

use super::{StorageObjects, entry_of, parts};
use crate::error::SourceError;
use crate::object::{Checked, Object, Objects as _, Opened, Writes};
use crate::ranged::{BucketOr, failed, piece};

/// Pieces that wait to be sent.
const PIECES_AHEAD: usize = 1;
const STREAMED: usize = 1024 * 1024;

/// An object that is written.
struct Put<'a> {
    bucket: &'a str,
    key: &'a str,
    entry: &'a StorageEntry,
    /// Whether one of its name is there, which it replaces.
    is_there: bool,
    length: u64,
}

impl Put<'_> {
    fn refused(&self, error: BucketOr) -> SourceError {
        match error {
            BucketOr::Store(BucketError::Refused { status: 409, .. }) => self.came(),
            error => error.at(self.key),
        }
    }

    fn came(&self) -> SourceError {
        let why = "it came or changed while it was written, and stays as it is";
        SourceError::Io { place: self.key.to_owned(), source: io::Error::other(why) }
    }
}

impl Writes for StorageObjects {
    fn put(
        &self,
        object: &Object,
        key: &str,
        is_there: bool,
        reader: &mut dyn Checked,
    ) -> Result<u64, SourceError> {
        let (bucket, name) = parts(key)?;
        let entry = entry_of(object, name);
        let wrong = |error| SourceError::writing(key, error);
        let first = piece(reader, SIMPLE_BYTES_MAX).map_err(wrong)?;
        let bytes = first.len() as u64;
        let length = object.size.unwrap_or(bytes).max(bytes);
        let is_in_pieces = bytes > 0 && is_resumable_alone(bucket, entry.content_type.as_deref());
        let is_large = length > bytes || is_in_pieces;
        let is_there = is_there || (is_large && self.is_bare_row(key)?);
        let put = Put { bucket, key, entry: &entry, is_there, length };
        if length > bytes && !is_in_pieces && !is_kept_by_resumable(entry.cache_control.as_deref()) {
            self.put_as_stream(&put, first, reader)?;
        } else if is_large {
            self.put_in_pieces(&put, first, reader)?;
        } else {
            if !piece(reader, 1).map_err(wrong)?.is_empty() {
                return Err(wrong(io::Error::other("it is longer than the backup says")));
            }
            reader.check().map_err(wrong)?;
            let first = bytes::Bytes::from(first);
            let mut sent = self.ask(self.client.put(bucket, &entry, is_there, first.clone()));
            if !is_there
                && matches!(sent, Err(BucketOr::Store(BucketError::Refused { status: 409, .. })))
                && self.is_bare_row(key)?
            {
                sent = self.ask(self.client.put(bucket, &entry, true, first));
            }
            match sent {
                Ok(()) => {}
                // A first try may have arrived although its answer did not. Whoever reads it back sees whose it is.
                Err(BucketOr::Store(BucketError::Refused { status: 409, .. }))
                    if !is_there && self.info(key)?.is_some_and(|now| now.size == Some(length)) => {}
                Err(error) => return Err(put.refused(error)),
            }
        }
        Ok(length)
    }

    fn read(&self, key: &str) -> Result<Opened, SourceError> {
        let gone = || SourceError::NotThere { place: key.to_owned() };
        let known = self.info(key)?.ok_or_else(gone)?;
        self.open(&known)?.ok_or_else(gone)
    }

    fn remove(&self, key: &str) -> Result<bool, SourceError> {
        let (bucket, name) = parts(key)?;
        let removed = self.ask(self.client.delete(bucket, name)).map_err(|error| error.at(key))?;
        if !removed && self.info(key)?.is_some() {
            let code = "NotDeleted".to_owned();
            let message = "the service says nothing, and the object stays".to_owned();
            return Err(failed(key, BucketError::MayNotWrite { code, message }));
        }
        Ok(removed)
    }
}

impl StorageObjects {
    /// Whether the service lists an object whose bytes it lost: nothing of it is replaced.
    fn is_bare_row(&self, key: &str) -> Result<bool, SourceError> {
        let (bucket, name) = parts(key)?;
        let asked = |error: BucketOr| error.at(key);
        let is_listed = self.ask(self.client.listed(bucket, name)).map_err(asked)?.is_some();
        Ok(is_listed && !self.ask(self.client.has_bytes(bucket, name)).map_err(asked)?)
    }

    /// An object in pieces, each of which survives a broken connection. The last one is sent once all of it is known to
    /// be what was meant, and to take the place of what it was to take.
    fn put_in_pieces(
        &self,
        put: &Put<'_>,
        first: Vec<u8>,
        reader: &mut dyn Checked,
    ) -> Result<(), SourceError> {
        let before = if put.is_there { self.info(put.key)? } else { None };
        // To the end, whoever cancels: without the answer nobody could give the upload up.
        let begun = self.client.begin(put.bucket, put.entry, put.is_there, put.length);
        let begun = self.runtime.block_on(begun);
        let mut upload = begun.map_err(|error| put.refused(BucketOr::Store(error)))?;
        let sent = self.send_pieces(&mut upload, put, (first, before.as_ref()), reader);
        sent.map_err(|error| match self.runtime.block_on(self.client.abort(&upload)) {
            Ok(()) => error,
            Err(left) => SourceError::Io {
                place: put.key.to_owned(),
                source: io::Error::other(format!("{error}; its pieces stay at the service: {left}")),
            },
        })
    }

    fn send_pieces(
        &self,
        upload: &mut Resumable,
        put: &Put<'_>,
        (first, before): (Vec<u8>, Option<&Object>),
        reader: &mut dyn Checked,
    ) -> Result<(), SourceError> {
        let wrong = |error| SourceError::writing(put.key, error);
        let mut next = first;
        while !next.is_empty() {
            let after = piece(reader, SIMPLE_BYTES_MAX).map_err(wrong)?;
            if after.is_empty() {
                reader.check().map_err(wrong)?;
                if put.is_there && self.info(put.key)?.as_ref() != before {
                    return Err(put.came());
                }
            }
            self.ask(self.client.piece(upload, next.into())).map_err(|error| put.refused(error))?;
            next = after;
        }
        Ok(())
    }

    /// An object in one request that is as long as it is. Its end is sent once all of it is known to be what was meant;
    /// without its end the service has none of it.
    fn put_as_stream(
        &self,
        put: &Put<'_>,
        first: Vec<u8>,
        reader: &mut dyn Checked,
    ) -> Result<(), SourceError> {
        let wrong = |error| SourceError::writing(put.key, error);
        let (to, body) = StorageClient::body(PIECES_AHEAD);
        let (client, bucket, entry) = (Arc::clone(&self.client), put.bucket.to_owned(), put.entry.clone());
        let (is_there, length) = (put.is_there, put.length);
        let mut sending = self
            .runtime
            .spawn(async move { client.put_stream(&bucket, &entry, is_there, (length, body)).await });
        let give = |piece: Vec<u8>| {
            self.runtime.block_on(async {
                tokio::select! {
                    // Whoever sends may have ended by now, and says why.
                    given = to.send(piece.into()) => Ok(given.is_ok()),
                    () = self.token.cancelled() => Err(io::Error::other("cancelled")),
                }
            })
        };
        let mut next = first;
        let read = loop {
            let after = match piece(reader, STREAMED) {
                Ok(after) => after,
                Err(error) => break Err(error),
            };
            let is_last = after.is_empty();
            if is_last && let Err(error) = reader.check() {
                break Err(error);
            }
            match give(std::mem::replace(&mut next, after)) {
                Ok(true) if !is_last => {}
                Ok(_) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        drop(to);
        let sent = self.runtime.block_on(async {
            tokio::select! {
                sent = &mut sending => Some(sent),
                () = self.token.cancelled() => None,
            }
        });
        sending.abort();
        read.map_err(wrong)?;
        match sent {
            Some(Ok(sent)) => sent.map_err(|error| put.refused(BucketOr::Store(error))),
            Some(Err(error)) => Err(wrong(io::Error::other(error))),
            None => Err(SourceError::Cancelled),
        }
    }
}
