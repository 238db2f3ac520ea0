//! Loading a script with `psql`, after a gate has passed it.
//!
//! A script says itself in which schemas it works; one by hand means `public`, and the database that it is
//! loaded into was made for it, by the role that runs it: what it finds there is its own.
//!
//! `psql` stops at the first error: what follows a table whose `COPY` failed are its rows, and they would be
//! read as commands.

use std::process::Stdio;

use camino::Utf8Path;
use tokio_util::sync::CancellationToken;

use super::fill::LoadError;
use super::process::{Running, Tool};
use super::target::Target;
use super::tools::{Program, ToolSet};

/// Kept of what `psql` says: the reason stands at its end.
const STDERR_BYTES_MAX: usize = 256 * 1024;

/// Runs a script against the target, as the target's role.
///
/// # Errors
/// `Process` when `psql` cannot be run, `Script` with what it said, `Cancelled`.
pub(crate) async fn run_script(
    tools: &ToolSet,
    target: &Target,
    script: &Utf8Path,
    token: &CancellationToken,
) -> Result<(), LoadError> {
    if token.is_cancelled() {
        return Err(LoadError::Cancelled);
    }
    let tool = Tool::new(tools, Program::Psql, &target.settings, target.password.as_ref())?
        .named(target.application.clone())
        // Not what a script before it stored for the role or the database.
        .with_setting("search_path", "public");
    let (mut command, passfile) = tool.command()?;
    command
        .args(["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output"])
        .arg(if cfg!(windows) { "NUL" } else { "/dev/null" })
        .arg(format!("--file={script}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let running = Running::start_keeping("psql", command, Some(passfile), STDERR_BYTES_MAX)?;
    let kill = running.kill_handle();
    let mut waiting = tokio::task::spawn_blocking(move || running.finish());
    let exit = tokio::select! {
        exit = &mut waiting => exit,
        () = token.cancelled() => {
            kill.kill();
            let _ = waiting.await;
            return Err(LoadError::Cancelled);
        }
    };
    let exit =
        exit.map_err(|join| LoadError::Io { what: "wait for psql", source: std::io::Error::other(join) })??;
    if exit.is_success() {
        return Ok(());
    }
    Err(LoadError::Script { first: reason(&exit.stderr, script) })
}

/// The line that says what was wrong, without the path of a file that is gone by the time it is read.
fn reason(said: &str, script: &Utf8Path) -> String {
    let prefix = format!("psql:{script}:");
    let line = said.lines().find(|line| line.contains("ERROR:")).or_else(|| said.lines().last());
    let line = line.unwrap_or("it ended without a word");
    match line.strip_prefix(&prefix) {
        Some(rest) => format!("line {rest}"),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn the_reason_names_the_line_and_not_the_file() {
        let said = "psql:/x/0/dump.sql:12: NOTICE:  no\npsql:/x/0/dump.sql:40: ERROR:  type \"vector\" does not exist\n";
        assert_eq!(reason(said, "/x/0/dump.sql".into()), "line 40: ERROR:  type \"vector\" does not exist");
        assert_eq!(reason("", "/x".into()), "it ended without a word");
    }
}
