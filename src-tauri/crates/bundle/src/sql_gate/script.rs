//! A script as its pieces, without more of it in memory than one statement.

use std::io::Read;

use super::{Piece, Refusal, SqlGate, SqlVerdict};
use crate::BundleError;

const SPACE_BYTES: usize = 128 * 1024;

/// Cuts a script into pieces, while it is read.
#[derive(Debug)]
pub struct Script<R> {
    reader: R,
    place: String,
    gate: SqlGate,
    space: Vec<u8>,
}

impl<R: Read> Script<R> {
    /// At its beginning. `place` is what it is called in an error.
    pub fn open(reader: R, place: impl Into<String>) -> Self {
        Self { reader, place: place.into(), gate: SqlGate::cutting(), space: vec![0; SPACE_BYTES] }
    }

    /// The next pieces, at least one; nothing at the end.
    ///
    /// # Errors
    /// As the reader's.
    pub fn pieces(&mut self) -> Result<Option<Vec<Piece>>, BundleError> {
        loop {
            match self.reader.read(&mut self.space) {
                Ok(0) => {
                    self.gate.end_line();
                    let pieces = self.gate.take_pieces();
                    return Ok(Some(pieces).filter(|pieces| !pieces.is_empty()));
                }
                Ok(count) => self.gate.push(&self.space[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(BundleError::of_read(&self.place, "a script", error)),
            }
            let pieces = self.gate.take_pieces();
            if !pieces.is_empty() {
                return Ok(Some(pieces));
            }
        }
    }

    /// What must not run, of all that was read so far.
    pub fn first_refusal(&self) -> Option<&Refusal> {
        self.gate.first_refusal()
    }

    /// What all that was read came to.
    pub fn finish(self) -> SqlVerdict {
        self.gate.finish()
    }
}
