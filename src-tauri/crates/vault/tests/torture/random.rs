//! Randomness that can be repeated, and content that repeats itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A seed to repeat a failure with.
const SEED: &str = "HOLDFAST_SEED";
/// How long to go on, in seconds; without it a fixed number of sequences is run.
const SOAK_SECONDS: &str = "HOLDFAST_SOAK_SECONDS";

/// xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 16) % limit
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

/// The seed that was asked for, or a new one.
pub(crate) fn seed() -> u64 {
    match std::env::var(SEED) {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()) + 1,
    }
}

/// How long the soak goes on, if this is one.
pub(crate) fn soak() -> Option<Duration> {
    let seconds = std::env::var(SOAK_SECONDS).ok()?;
    Some(Duration::from_secs(seconds.parse().unwrap()))
}

/// The content of this number: of few different beginnings, so that much of it is known already,
/// and of sizes from nothing to several chunks.
pub(crate) fn content(number: u64) -> Vec<u8> {
    let mut random = Random::new(number);
    let length = match random.below(60) {
        0..=2 => 0,
        3..=25 => random.below(200),
        26..=55 => random.below(30_000),
        56..=58 => 60_000 + random.below(20_000),
        _ => 200_000 + random.below(1_500_000),
    };
    noise(number % 23, usize::try_from(length).unwrap())
}

/// The first bytes of an endless stream of random bytes.
pub(crate) fn noise(stream: u64, length: usize) -> Vec<u8> {
    let mut random = Random::new(stream + 1_000_000);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&random.next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
