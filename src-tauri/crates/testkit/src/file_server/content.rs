//! Bytes of a file that is nowhere: any length, no disk, every misplaced piece seen.

use std::sync::Arc;

/// No power of two, so that a piece in the wrong place does not look right.
const PATTERN_BYTES: usize = (1 << 20) + 7;

/// What a file holds.
#[derive(Debug, Clone)]
pub struct Content {
    pattern: Arc<Vec<u8>>,
    bytes: u64,
}

impl Content {
    /// So many bytes, others for each seed.
    pub fn of(bytes: u64, seed: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut pattern = Vec::with_capacity(PATTERN_BYTES + 8);
        while pattern.len() < PATTERN_BYTES {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            pattern.extend(state.to_le_bytes());
        }
        pattern.truncate(PATTERN_BYTES);
        Self { pattern: Arc::new(pattern), bytes }
    }

    /// How many bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes from `at` on, at most `most`, never none before the end.
    pub fn piece(&self, at: u64, most: u64) -> &[u8] {
        let start = usize::try_from(at % PATTERN_BYTES as u64).unwrap();
        let left = most.min(self.bytes.saturating_sub(at));
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(PATTERN_BYTES - start);
        &self.pattern[start..start + length]
    }

    /// All of it; for small ones.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::new();
        while (all.len() as u64) < self.bytes {
            all.extend_from_slice(self.piece(all.len() as u64, u64::MAX));
        }
        all
    }

    /// Its SHA-256.
    pub fn sha256(&self) -> [u8; 32] {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        let mut at = 0;
        while at < self.bytes {
            let piece = self.piece(at, u64::MAX);
            context.update(piece);
            at += piece.len() as u64;
        }
        context.finish().as_ref().try_into().unwrap()
    }
}
