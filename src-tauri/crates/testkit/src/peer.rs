//! Peers that may be missing.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Fails in CI; elsewhere says past what a test keeps of its output that it is skipped, and why. `make test` counts
/// these lines.
pub fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "a test may not be skipped here: {reason}");
    let thread = std::thread::current();
    let _ = writeln!(std::io::stderr(), "SKIPPED: {}: {reason}", thread.name().unwrap_or("a thread"));
}

/// Where a program is on the `PATH`; without it the test is skipped.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file());
    if found.is_none() {
        skip(&format!("{program} is not installed"));
    }
    found
}

/// Where `tools/setup test` puts what no package brings.
pub(crate) fn peers() -> Option<PathBuf> {
    std::fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/peers")).ok()
}

/// Whether this runs as root, which may mount, and which no mode of a file stops.
pub fn is_root() -> bool {
    let owner =
        std::fs::metadata("/proc/self").map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata));
    owner.is_ok_and(|uid| uid == 0)
}
