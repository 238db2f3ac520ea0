//! Peers that may be missing, and the data that is not in the repository.

use std::io::Write as _;
use std::path::PathBuf;

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

/// Whether this runs as root, which may mount, and which no mode of a file stops.
pub fn is_root() -> bool {
    let owner =
        std::fs::metadata("/proc/self").map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata));
    owner.is_ok_and(|uid| uid == 0)
}

/// A file of the test data that is not in the repository: `HOLDFAST_TEST_DATA`, else `../shared/data`
/// beside the repository. Where it is missing, the test is skipped.
pub fn test_data(name: &str) -> Option<PathBuf> {
    let root =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("a root").to_owned();
    let folder =
        std::env::var_os("HOLDFAST_TEST_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if file.is_file() {
        return Some(file);
    }
    skip(&format!("{} is not here; HOLDFAST_TEST_DATA names its folder", file.display()));
    None
}
