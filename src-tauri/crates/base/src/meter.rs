//! Live counters of a running job.
//!
//! Workers add, the progress reporter and the stall watchdog read; nobody waits for anybody.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes, rows and objects moved so far in the current phase, and a pulse for the stall watchdog.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    rows: AtomicU64,
    pulse: AtomicU64,
}

impl Meter {
    /// Counts `bytes` that arrived from the source or went to the target.
    pub fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.beat();
    }

    /// Counts table rows that were read or written.
    pub fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.beat();
    }

    /// Says that something moved which is neither bytes nor rows (an index was built, a line was logged).
    pub fn beat(&self) {
        self.pulse.fetch_add(1, Ordering::Relaxed);
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Changes whenever anything moved; equal values over the no-progress limit mean a stall.
    pub fn pulse(&self) -> u64 {
        self.pulse.load(Ordering::Relaxed)
    }

    /// Starts a new phase at zero.
    pub fn reset(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.rows.store(0, Ordering::Relaxed);
        self.beat();
    }
}
