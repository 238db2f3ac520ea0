//! Outliving the question whether we live.
//!
//! restic asks whether the holder of a lock on the same machine is alive by sending it SIGHUP
//! (`restic unlock`; `internal/restic/lock_unix.go`). A process that does not expect the signal
//! is ended by it, in the middle of its backup. restic ignores it for the same reason.

use crate::error::VaultError;

/// From now on, this process is not ended by SIGHUP. Other handlers stay, and later ones may come.
#[cfg(unix)]
pub(super) fn outlive() -> Result<(), VaultError> {
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Mutex, PoisonError};

    static IS_EXPECTED: Mutex<bool> = Mutex::new(false);
    let mut is_expected = IS_EXPECTED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_expected {
        // Nobody reads the flag: a handler, whatever it does, replaces the end of the process.
        signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::new(AtomicBool::new(false))).map_err(
            |error| VaultError::Io {
                action: "prepare for SIGHUP",
                place: "this process".to_owned(),
                source: Arc::new(error),
            },
        )?;
        *is_expected = true;
    }
    Ok(())
}

/// There are no such signals.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
pub(super) fn outlive() -> Result<(), VaultError> {
    Ok(())
}
