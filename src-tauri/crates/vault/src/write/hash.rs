//! Two hashes of one stream: of the whole of it, and of each chunk.
//!
//! The steps of a SHA-256 wait for each other, so that one alone leaves half of a core's units
//! idle. Fed in turns, a few blocks each, two that do not depend on each other overlap: both
//! together take two thirds of the time that one after the other takes.

use ring::digest::{Context, SHA256};

use crate::id::Id;

/// What SHA-256 takes in at once. A hash that is fed less keeps and copies it.
const BLOCK_BYTES: u64 = 64;
/// What each hash is fed in turn: few enough steps that a processor looks past them.
const TURN_BYTES: usize = 128;

/// The hash of a stream, fed chunk by chunk.
pub(super) struct StreamHash {
    whole: Context,
    bytes: u64,
}

impl StreamHash {
    pub(super) fn new() -> Self {
        Self { whole: Context::new(&SHA256), bytes: 0 }
    }

    /// Goes on with the next chunk; yields its own hash.
    pub(super) fn chunk(&mut self, chunk: &[u8]) -> Id {
        let mut own = Context::new(&SHA256);
        // Chunks end anywhere: the stream's hash first gets what completes its block.
        let open = usize::try_from(self.bytes.next_multiple_of(BLOCK_BYTES) - self.bytes).unwrap_or_default();
        let (completing, aligned) = chunk.split_at(open.min(chunk.len()));
        self.whole.update(completing);
        let (turns_of_stream, rest_of_stream) = aligned.as_chunks::<TURN_BYTES>();
        let (turns, rest) = chunk.split_at(turns_of_stream.len() * TURN_BYTES);
        for (of_stream, of_chunk) in turns_of_stream.iter().zip(turns.as_chunks::<TURN_BYTES>().0) {
            self.whole.update(of_stream);
            own.update(of_chunk);
        }
        self.whole.update(rest_of_stream);
        own.update(rest);
        self.bytes += chunk.len() as u64;
        Id::from_digest(&own.finish())
    }

    /// The hash of all chunks in a row.
    pub(super) fn finish(self) -> Id {
        Id::from_digest(&self.whole.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_hashes_are_those_of_the_bytes_alone(
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..700), 0..12),
        ) {
            let mut stream = StreamHash::new();
            for chunk in &chunks {
                prop_assert_eq!(stream.chunk(chunk), Id::of(chunk));
            }
            prop_assert_eq!(stream.finish(), Id::of(&chunks.concat()));
        }
    }
}
