//! Running `pg_restore` against the target.

use std::process::Stdio;

use tokio_util::sync::CancellationToken;

use super::messages::{Message, errors_ignored, sort, sort_of_workers};
use super::{LoadError, StoredDump};
use crate::connection::Peer;
use crate::custom_format::BlockKind;
use crate::process::{Exit, Running, Tool};
use crate::target::Target;
use crate::tools::{Program, ToolSet};

/// Each object of a missing owner is an error of about 200 bytes, and every one has to be judged.
const STDERR_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How `pg_restore` is called.
pub(super) struct PgRestore<'a> {
    pub(super) tools: &'a ToolSet,
    pub(super) target: &'a Target,
    /// The address that a session to the target reached: the password goes nowhere else.
    pub(super) peer: &'a Peer,
    pub(super) token: &'a CancellationToken,
}

impl PgRestore<'_> {
    /// Runs it with `arguments` and so many workers; known messages come back, others are an error. `feed` goes to
    /// its input, from which one worker alone can read.
    pub(super) async fn run(
        &self,
        arguments: Vec<String>,
        jobs: usize,
        feed: Option<StoredDump>,
    ) -> Result<Vec<Message>, LoadError> {
        if self.token.is_cancelled() {
            return Err(LoadError::Cancelled);
        }
        let tool =
            Tool::new(self.tools, Program::PgRestore, &self.target.settings, self.target.password.as_ref())?
                .at(self.peer)
                .named(self.target.application.clone());
        let mut all = vec![
            "--no-password".to_owned(),
            format!("--dbname={}", conninfo(&self.target.settings.database)),
            format!("--jobs={jobs}"),
        ];
        all.extend(arguments);
        let stdin = if feed.is_some() { Stdio::piped() } else { Stdio::null() };
        let (mut command, passfile) = tool.command()?;
        command.args(&all).stdin(stdin).stdout(Stdio::null());
        let running = Running::start_keeping("pg_restore", command, Some(passfile), STDERR_BYTES_MAX)?;
        let kill = running.kill_handle();
        let mut waiting = tokio::task::spawn_blocking(move || finish(running, feed));
        let exit = tokio::select! {
            exit = &mut waiting => exit,
            () = self.token.cancelled() => {
                kill.kill();
                waiting.await
            }
        };
        let exit = exit.map_err(|join| LoadError::Io {
            what: "wait for pg_restore",
            source: std::io::Error::other(join),
        })??;
        judge(&exit, jobs)
    }
}

fn finish(mut running: Running, feed: Option<StoredDump>) -> Result<Exit, LoadError> {
    let io = |source| LoadError::Io { what: "read the dump from the vault", source };
    if let (Some(dump), Some(mut stdin)) = (feed, running.take_stdin()) {
        // From a pipe it looks for the blocks that it wants in the order in which they come: the head
        // and the large objects alone are an archive for it, and the tables' rows need not pass again.
        let objects = dump.blocks.iter().filter(|block| block.kind == BlockKind::LargeObjects);
        let ranges =
            std::iter::once((0, dump.prefix_bytes)).chain(objects.map(|block| (block.offset, block.length)));
        for (offset, length) in ranges {
            let mut reader = (dump.open)(offset, length).map_err(io)?;
            match std::io::copy(&mut reader, &mut stdin) {
                // It ends when it has what it wants; its exit status says whether that was well.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
                Err(error) => return Err(io(error)),
                Ok(_) => {}
            }
        }
    }
    Ok(running.finish()?)
}

fn judge(exit: &Exit, jobs: usize) -> Result<Vec<Message>, LoadError> {
    if exit.is_cancelled {
        return Err(LoadError::Cancelled);
    }
    let (known, unknown) = if jobs > 1 { sort_of_workers(&exit.stderr) } else { sort(&exit.stderr) };
    if let Some(first) = unknown.first() {
        return Err(LoadError::Tool { first: first.clone(), count: unknown.len() });
    }
    // It succeeded, or it went through to its end and counted no more errors than are known. Otherwise it failed
    // without a word, was killed, or said more than was kept. Several workers count an error again with each of
    // their further entries; they are given nothing of which one may be known (`Stages`).
    let is_through =
        exit.code == Some(1) && errors_ignored(&exit.stderr).is_some_and(|count| count <= known.len());
    if exit.is_success() || is_through {
        return Ok(known);
    }
    let first = exit.stderr.lines().last().unwrap_or("it ended without a word").to_owned();
    Err(LoadError::Tool { first, count: 1 })
}

/// The database as a connection string: a bare name with `=` in it would be taken for one.
fn conninfo(database: &str) -> String {
    format!("dbname='{}'", database.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: &str = "pg_restore: error: could not execute query: ERROR:  role \"gone\" does not exist\nCommand was: ALTER TABLE public.t OWNER TO gone;\n";

    fn judged(code: Option<i32>, stderr: String) -> Result<Vec<Message>, LoadError> {
        judge(&Exit { code, is_cancelled: false, stderr }, 1)
    }

    #[test]
    fn known_errors_that_are_all_that_it_counted_are_no_failure() {
        let said = format!("{NOISE}{NOISE}pg_restore: warning: errors ignored on restore: 2\n");
        assert_eq!(judged(Some(1), said).unwrap().len(), 2);
        assert!(judged(Some(0), String::new()).unwrap().is_empty());
    }

    #[test]
    fn a_crash_after_a_known_error_is_a_failure() {
        assert!(judged(None, NOISE.to_owned()).is_err());
        assert!(judged(Some(1), NOISE.to_owned()).is_err());
        assert!(judged(Some(1), String::new()).is_err());
    }

    #[test]
    fn errors_that_were_counted_and_not_seen_are_a_failure() {
        assert!(
            judged(Some(1), format!("{NOISE}pg_restore: warning: errors ignored on restore: 2\n")).is_err()
        );
    }
}
