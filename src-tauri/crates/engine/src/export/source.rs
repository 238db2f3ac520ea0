//! Reads a file of the backup: counted, hashed, cancellable, compared with the manifest.

use std::io::{self, Read};

use tokio_util::sync::CancellationToken;
use vault::VaultError;

use super::ExportError;
use super::layout::{Item, mismatch};
use super::sink::Hashed;
use crate::archive::ArchiveError;
use base::meter::Meter;
use ledger::job::JobContext;

/// What every reader of a run shares.
#[derive(Clone)]
pub(super) struct Watch<'a> {
    pub(super) meter: &'a Meter,
    pub(super) token: &'a CancellationToken,
}

impl<'a> Watch<'a> {
    pub(super) fn of(context: &'a JobContext) -> Self {
        Self { meter: context.meter(), token: context.token() }
    }

    /// Ends here when somebody asked for it.
    pub(super) fn checkpoint(&self) -> Result<(), ExportError> {
        if self.token.is_cancelled() { Err(ExportError::Cancelled) } else { Ok(()) }
    }
}

/// A file of the backup being read. It keeps its own error, because the copying code sees only an
/// `io::Error`.
pub(super) struct Source<'a, R> {
    reader: Hashed<R>,
    watch: Watch<'a>,
    failure: Option<ExportError>,
}

impl<'a, R: Read> Source<'a, R> {
    pub(super) fn new(reader: R, watch: &Watch<'a>) -> Self {
        Self { reader: Hashed::new(reader), watch: watch.clone(), failure: None }
    }

    /// Why reading ended early, where it did; otherwise the error was the writer's.
    pub(super) fn failure(&mut self) -> Option<ExportError> {
        self.failure.take()
    }

    /// Its SHA-256, once it was read to its end and is the file that the manifest describes.
    pub(super) fn finish(self, item: &Item) -> Result<String, ExportError> {
        let (_, bytes, sha256) = self.reader.finish();
        if bytes != item.bytes {
            return Err(mismatch(&item.path, format!("{bytes} bytes, not {}", item.bytes)));
        }
        if item.sha256.as_ref().is_some_and(|expected| *expected != sha256) {
            return Err(mismatch(&item.path, "its SHA-256 is another one".into()));
        }
        Ok(sha256)
    }
}

impl<R: Read> Read for Source<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Err(cancelled) = self.watch.checkpoint() {
            self.failure = Some(cancelled);
            return Err(io::Error::other("cancelled"));
        }
        match self.reader.read(into) {
            Ok(count) => {
                self.watch.meter.add_bytes(count as u64);
                Ok(count)
            }
            Err(error) => {
                let text = error.to_string();
                self.failure = Some(reading(error));
                Err(io::Error::other(text))
            }
        }
    }
}

/// The vault's own error, which its reader wraps.
fn reading(error: io::Error) -> ExportError {
    let known = error.get_ref().and_then(|inner| inner.downcast_ref::<VaultError>()).cloned();
    let error = known.unwrap_or_else(|| VaultError::Io {
        action: "read",
        place: "the vault".into(),
        source: std::sync::Arc::new(error),
    });
    ExportError::Archive(ArchiveError::Vault(error))
}

impl From<VaultError> for ExportError {
    fn from(error: VaultError) -> Self {
        Self::Archive(ArchiveError::Vault(error))
    }
}
