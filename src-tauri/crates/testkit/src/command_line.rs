//! The command line, as a person or a script uses it: a program, its arguments, its exit status.

use std::process::{Command, Stdio};
use std::time::Duration;

use base::secret::{Derivation, Secret, seal};
use camino::{Utf8Path, Utf8PathBuf};

use crate::child::holdfast;
use crate::server::{Server, remove_clusters};

const PASSPHRASE: &str = "passphrase of a script";
/// How often a running program's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A profile of its own that only the command line uses.
#[derive(Debug)]
pub struct CommandLine {
    folder: tempfile::TempDir,
    /// Where programs are found before all others.
    programs: Option<Utf8PathBuf>,
}

/// What a call came to.
#[derive(Debug)]
pub struct Called {
    /// The exit status.
    pub status: Option<i32>,
    /// What it printed on standard output.
    pub output: String,
    /// What it said on standard error.
    pub said: String,
    /// The most memory that the program itself had (`VmHWM`), in KiB; 0 where it was never seen.
    pub peak_kib: u64,
}

impl CommandLine {
    /// A new profile, with a sealed file for its secrets.
    pub fn new() -> Self {
        crate::loud::from_now_on();
        let folder = tempfile::Builder::new().prefix("holdfast-test-cli-").tempdir().unwrap();
        std::fs::write(folder.path().join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
        let made = Self { folder, programs: None };
        // Each call opens it, and would take its tenth of a second for nothing.
        seal(&made.folder().join("secrets.sealed"), &Secret::new(PASSPHRASE), Derivation::Least).unwrap();
        made
    }

    /// Finds programs in this folder before all others.
    #[must_use]
    pub fn finding(mut self, folder: Utf8PathBuf) -> Self {
        self.programs = Some(folder);
        self
    }

    /// The folder that all of it is in, and that calls run in.
    pub fn folder(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    /// Writes a server's password into a file, and gives its path and the server's URL for a database.
    pub fn credentials(&self, server: &Server, database: &str) -> (Utf8PathBuf, String) {
        let file = self.folder().join("password");
        std::fs::write(&file, server.password().expose()).unwrap();
        (file, server.settings(database).redacted_url())
    }

    /// The command, to be changed or started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(holdfast());
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        command.env("HOLDFAST_HOME", self.folder().join("profile"));
        command.env("HOLDFAST_SECRETS", format!("file:{}", self.folder().join("secrets.sealed")));
        command.env("HOLDFAST_PASSPHRASE_FILE", self.folder().join("passphrase"));
        if let Some(programs) = &self.programs {
            command.env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap_or_default()));
        }
        command
    }

    /// Runs it to its end.
    pub fn call(&self, arguments: &[&str]) -> Called {
        let mut command = self.command(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        // The system keeps the peak, and the last look is at most this long before the end.
        let watching = std::thread::spawn(move || {
            let mut peak = 0;
            while let Some(now) = std::fs::read_to_string(&status).ok().as_deref().and_then(high_water_mark) {
                peak = peak.max(now);
                std::thread::sleep(LOOK_EVERY);
            }
            peak
        });
        let output = child.wait_with_output().unwrap();
        Called {
            status: output.status.code(),
            output: String::from_utf8(output.stdout).unwrap(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
            peak_kib: watching.join().unwrap(),
        }
    }

    /// Runs it, and expects the status.
    pub fn expect(&self, status: i32, arguments: &[&str]) -> Called {
        let called = self.call(arguments);
        assert_eq!(called.status, Some(status), "holdfast {}: {called:?}", arguments.join(" "));
        called
    }
}

impl Default for CommandLine {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for CommandLine {
    fn drop(&mut self) {
        remove_clusters(&self.folder().join("profile"));
    }
}

/// `VmHWM` of a process's status; nothing once it is a zombie, which has no memory.
fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
