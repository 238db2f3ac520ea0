//! Passes a stream that cannot leave its thread to a reader on another, so that unpacking and storing
//! overlap.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, sync_channel};

/// Of one piece.
const PIECE_BYTES: usize = 256 * 1024;
/// Pieces on their way: a megabyte.
const PIECES: usize = 4;

/// The other end of a stream.
pub(super) struct Piped {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
    is_over: bool,
}

/// Reads `from` on this thread, and passes it to `take` on another.
///
/// # Errors
/// What `take` returns; an error of `from` reaches it as its reader's.
pub(super) fn pump<T: Send>(from: &mut dyn Read, take: impl FnOnce(Piped) -> T + Send) -> T {
    let (send, pieces) = sync_channel(PIECES);
    std::thread::scope(|scope| {
        let taking = scope.spawn(|| take(Piped { pieces, piece: Vec::new(), at: 0, is_over: false }));
        loop {
            let mut piece = vec![0; PIECE_BYTES];
            let read = fill(from, &mut piece);
            let is_last = !matches!(read, Ok(count) if count > 0);
            let delivered = send.send(read.map(|count| {
                piece.truncate(count);
                piece
            }));
            // Whoever took it had enough, or failed: that is said by what it returns.
            if is_last || delivered.is_err() {
                break;
            }
        }
        drop(send);
        match taking.join() {
            Ok(taken) => taken,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// As much as there is, up to a whole piece.
fn fill(from: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match from.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl Read for Piped {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() && !self.is_over {
            match self.pieces.recv() {
                Ok(Ok(piece)) if piece.is_empty() => self.is_over = true,
                Ok(Ok(piece)) => (self.piece, self.at) = (piece, 0),
                Ok(Err(error)) => {
                    self.is_over = true;
                    return Err(error);
                }
                // A stream whose end was not said has none.
                Err(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let count = into.len().min(self.piece.len() - self.at);
        into[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(u8);

    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 > 3 {
                return Err(io::Error::other("the disk is gone"));
            }
            into.fill(self.0);
            Ok(into.len())
        }
    }

    #[test]
    fn what_is_pumped_arrives_whole_and_an_error_arrives_as_one() {
        let bytes: Vec<u8> = (0..1_000_003_u32).map(|at| at.to_le_bytes()[0]).collect();
        let arrived = pump(&mut bytes.as_slice(), |mut piped| {
            let mut all = Vec::new();
            piped.read_to_end(&mut all).map(|_| all)
        });
        assert!(arrived.unwrap() == bytes);
        let failed = pump(&mut Failing(0), |mut piped| io::copy(&mut piped, &mut io::sink()));
        assert_eq!(failed.unwrap_err().to_string(), "the disk is gone");
    }

    #[test]
    fn whoever_has_had_enough_ends_the_pumping() {
        let taken = pump(&mut io::repeat(7), |mut piped| {
            let mut few = [0; 10];
            piped.read_exact(&mut few).map(|()| few)
        });
        assert_eq!(taken.unwrap(), [7; 10]);
    }
}
