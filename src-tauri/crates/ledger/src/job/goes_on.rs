//! What a run that ends in the middle of its downloads goes on with.

use serde::{Deserialize, Serialize};

/// What is still to be fetched, and how. Kept with the run's progress, so that a killed process leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoesOn {
    /// Ids at the platform, the one that is being fetched first.
    pub remote_ids: Vec<String>,
    /// Whether a passphrase was given. It is not kept, so it has to be given again.
    pub had_passphrase: bool,
    /// Streams at most.
    pub streams: Option<usize>,
    /// Bytes per second at most.
    pub bytes_per_second: Option<u64>,
    /// Whether a person ended it for now.
    pub is_paused: bool,
}
