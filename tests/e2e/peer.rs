//! Programs that a desk needs, as children that end with their test.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Longest wait for anything of the desk: so that a wait in vain ends, and no promise.
pub(crate) const READY_MAX: Duration = Duration::from_secs(90);

/// How often something is looked at while waiting for it.
pub(crate) const POLL: Duration = Duration::from_millis(50);

/// A child that is killed when its test ends, however it ends.
pub(crate) struct Peer(Child);

impl Peer {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// The child.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already; either way nothing of it is left.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for `ready` to give something; panics with `what` after [`READY_MAX`].
pub(crate) async fn wait_for<T>(what: &str, mut ready: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready().await {
            return value;
        }
        assert!(start.elapsed() < READY_MAX, "waited in vain for {what}");
        tokio::time::sleep(POLL).await;
    }
}

/// The application under test, when it and all peers are there. Without them a developer's run is
/// skipped with a line that says why; in CI that is a failure.
pub(crate) fn application() -> Option<PathBuf> {
    let application = std::env::var_os("HOLDFAST_APP").map(PathBuf::from);
    let mut missing: Vec<&str> =
        ["Xvfb", "dbus-daemon", "gnome-keyring-daemon", "WebKitWebDriver", "xdotool", "import"]
            .into_iter()
            .filter(|program| find(program).is_none())
            .collect();
    match &application {
        Some(path) if path.is_file() => {}
        _ => missing.push("HOLDFAST_APP, the path of the built holdfast-desktop"),
    }
    if missing.is_empty() {
        return application;
    }
    let reason = format!("the real window is not tested, since this is missing: {}", missing.join(", "));
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
    None
}

/// Where a program is on the PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|path| path.is_file())
}
