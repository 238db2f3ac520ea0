//! What `pg_restore` would run, as a script, for a session that runs it within its own transaction.

use std::io::Read as _;
use std::process::Stdio;

use camino::Utf8Path;
use tokio_util::sync::CancellationToken;

use super::LoadError;
use crate::process::{Running, Tool};
use crate::target::Target;
use crate::tools::{Program, ToolSet};

/// The structure of a hundred thousand tables; more is not a schema.
const SCRIPT_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The script, without what is meant for `psql` alone. It connects to nothing.
///
/// # Errors
/// `Process` when it cannot be run, `Tool` with what it said, `Cancelled`.
pub async fn script(
    tools: &ToolSet,
    target: &Target,
    arguments: Vec<String>,
    token: &CancellationToken,
) -> Result<String, LoadError> {
    if token.is_cancelled() {
        return Err(LoadError::Cancelled);
    }
    let tool = Tool::new(tools, Program::PgRestore, &target.settings, None)?;
    let (mut command, passfile) = tool.command()?;
    command.arg("--file=-").args(&arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut running = Running::start("pg_restore", command, Some(passfile))?;
    let kill = running.kill_handle();
    let mut reading = tokio::task::spawn_blocking(move || -> Result<String, LoadError> {
        let io = |source| LoadError::Io { what: "read pg_restore's script", source };
        let mut text = String::new();
        if let Some(output) = running.take_stdout() {
            output.take(SCRIPT_BYTES_MAX + 1).read_to_string(&mut text).map_err(io)?;
        }
        if text.len() as u64 > SCRIPT_BYTES_MAX {
            return Err(io(std::io::Error::other("it is longer than any schema")));
        }
        let exit = running.finish()?;
        if exit.is_success() {
            return Ok(text);
        }
        let first = exit.stderr.lines().next().unwrap_or("it ended without a word").to_owned();
        Err(LoadError::Tool { first, count: 1 })
    });
    let read = tokio::select! {
        read = &mut reading => read,
        () = token.cancelled() => {
            kill.kill();
            let _ = reading.await;
            return Err(LoadError::Cancelled);
        }
    };
    let text = read.map_err(|join| LoadError::Io {
        what: "read pg_restore's script",
        source: std::io::Error::other(join),
    })??;
    Ok(without_meta_commands(&text))
}

/// An archive on the disk as a script on the disk. It connects to nothing.
///
/// # Errors
/// As `script`.
pub async fn archive_to_script(
    tools: &ToolSet,
    target: &Target,
    archive: &Utf8Path,
    script: &Utf8Path,
    token: &CancellationToken,
) -> Result<(), LoadError> {
    let tool = Tool::new(tools, Program::PgRestore, &target.settings, None)?;
    let (mut command, passfile) = tool.command()?;
    command.arg(format!("--file={script}")).arg(archive).stdin(Stdio::null()).stdout(Stdio::null());
    let running = Running::start("pg_restore", command, Some(passfile))?;
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
    let exit = exit.map_err(|join| LoadError::Io {
        what: "wait for pg_restore",
        source: std::io::Error::other(join),
    })??;
    if exit.is_success() {
        return Ok(());
    }
    let first = exit.stderr.lines().next().unwrap_or("it ended without a word").to_owned();
    Err(LoadError::Tool { first, count: 1 })
}

/// Newer versions frame their scripts with `\restrict` and `\unrestrict`, which only `psql` knows. They
/// stand on lines of their own, the first and the last of the script.
fn without_meta_commands(script: &str) -> String {
    let is_frame = |line: &str| line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
    let (first, last) = (script.lines().position(is_frame), script.lines().rev().position(is_frame));
    let (Some(first), Some(last)) = (first, last) else { return script.to_owned() };
    let last = script.lines().count() - 1 - last;
    let kept = script.lines().enumerate().filter(|(at, _)| *at != first && *at != last);
    kept.flat_map(|(_, line)| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::without_meta_commands;

    #[test]
    fn what_is_meant_for_psql_alone_is_left_out_and_nothing_in_between() {
        let script = "--\n\n\\restrict abc\n\nSET x = 1;\nCOMMENT ON TABLE t IS '\n\\restrict me\n';\n\\unrestrict abc\n\n";
        let kept = without_meta_commands(script);
        assert_eq!(kept, "--\n\n\nSET x = 1;\nCOMMENT ON TABLE t IS '\n\\restrict me\n';\n\n");
        assert_eq!(without_meta_commands("SET x = 1;\n"), "SET x = 1;\n");
    }
}
