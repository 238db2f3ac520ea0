//! Child processes of Postgres: how they are started, watched, and ended.
//!
//! Environment named in full, the password never in an argument, a process group of its own,
//! stderr kept, ended with its group. What a child does is its caller's business.
//! Source: Postgres docs, "Environment Variables", "The Password File".

mod environment;
mod own;
mod passfile;
mod running;

use std::process::{Command, Stdio};

use camino::Utf8Path;

pub(crate) use environment::OWN_PATH_SINCE;
pub use environment::{Tool, terminate_backends};
pub use own::OwnProgram;
pub use passfile::{Passfile, PasswordOf};
#[cfg(all(test, unix))]
pub(crate) use running::tests::is_gone_soon;
pub use running::{Exit, Kill, ProcessError, Running};

/// A command with nothing of our environment but what a program needs to run at all.
///
/// The single place in this module tree where a command is made.
pub fn bare_command(program: &Utf8Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place")]
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SYSTEMROOT and TEMP: Windows's sockets do not start without them.
    for name in
        ["PATH", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"]
    {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    // Messages are classified by their English text.
    command.env("LANG", "C").env("LC_ALL", "C").env("LC_MESSAGES", "C");
    own_group(&mut command);
    command
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(windows)]
fn own_group(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

/// What `program --version` prints first. `None` if it does not run.
pub(super) fn version_line(program: &Utf8Path) -> Option<String> {
    let mut command = bare_command(program);
    let output = command.arg("--version").stdout(Stdio::piped()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.lines().next().map(str::to_owned)).flatten()
}
