//! Processes around a test: the test again as a child of its own, and what processes show of themselves.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Names the part that a child plays; absent in the test itself.
const PART: &str = "HOLDFAST_TEST_PART";

/// The part that this process plays, where a test started it to play one.
pub fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// The same test in a child process that plays `part`; `test` is its full name, `module::function`.
///
/// For what belongs to a process: its environment, its memory, its death.
pub fn again(test: &str, part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(PART, part);
    command
}

/// Runs a child to its end, and fails with what it said where it failed.
pub fn must_pass(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed: {said}");
    assert!(!said.contains("running 0 tests"), "{command:?} found no such test");
}

/// Runs a program to its end, and fails with what it said where it failed.
pub fn must_pass_quietly(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?} failed: {said}");
}

/// A child that is killed when its test ends, however it ends.
#[derive(Debug)]
pub struct Guarded(Child);

impl Guarded {
    /// Starts it, without input.
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    /// The child.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Holds it still, alive, until it is killed.
    pub fn pause(&self) {
        let process = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(process, rustix::process::Signal::STOP).unwrap();
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // It may have ended already; either way nothing of it is left.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The command lines of all processes that this one may see, arguments joined by spaces.
pub fn command_lines() -> Vec<String> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let lines = entries.flatten().filter_map(|entry| {
        let bytes = std::fs::read(entry.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&bytes).replace('\0', " ");
        (!line.is_empty()).then_some(line)
    });
    lines.collect()
}

/// Ids of the processes whose environment says `name=value`.
pub fn with_variable(name: &str, value: &str) -> Vec<u32> {
    let wanted = format!("{name}={value}");
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()).then_some(id)
    });
    ids.collect()
}

/// The command line's program, built beside this test; fails with what to do where it is missing.
pub fn holdfast() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(std::path::Path::parent).unwrap().join("holdfast");
    assert!(program.is_file(), "{} is missing: run `cargo build -p cli` first", program.display());
    program
}
