//! An archive as SQL: `pg_restore` as a filter from a stream to a stream. It connects to nothing.
//!
//! Source: Postgres docs, `pg_restore`, "--file", "--section", "--restrict-key".

use std::io::{self, Read, Write};
use std::process::Stdio;

use super::process::{ProcessError, Running, bare_command};
use super::tools::{Program, ToolSet, ToolVersion};

const BUFFER_BYTES: usize = 256 * 1024;

/// Which part of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// All of it.
    All,
    /// Schemas, types, tables, functions.
    PreData,
    /// Rows, sequences, large objects.
    Data,
    /// Indexes, constraints, triggers.
    PostData,
}

/// How the script is made.
#[derive(Debug, Clone)]
pub struct SqlOptions {
    /// Which part.
    pub section: Section,
    /// Begin by dropping what will be made, where it is there.
    pub clean: bool,
    /// Leave out who owns what.
    pub no_owner: bool,
    /// Letters and digits that frame the script for `psql`, where the program can be told them. What stands in
    /// the archive must not be able to know them.
    pub restrict_key: String,
}

/// Why there is no script.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The program could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The program did not like the archive.
    #[error("{0}")]
    Tool(String),
    /// The archive could not be read.
    #[error("the archive cannot be read: {0}")]
    Archive(io::Error),
    /// The script could not be written.
    #[error("the script cannot be written: {0}")]
    Script(io::Error),
}

/// Feeds `archive` to `pg_restore`, and writes its script. Blocks. It may stop reading before the archive ends.
///
/// # Errors
/// See [`SqlError`]; then what was written is no script.
pub fn write_sql(
    tools: &ToolSet,
    archive: &mut (dyn Read + Send),
    options: &SqlOptions,
    script: &mut dyn Write,
) -> Result<(), SqlError> {
    let mut command = bare_command(&tools.path(Program::PgRestore));
    command.args(arguments(options, tools.version)).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = Running::start("pg_restore", command, None)?;
    let (stdin, stdout) = (running.take_stdin(), running.take_stdout());
    let kill = running.kill_handle();
    let (fed, written) = std::thread::scope(|scope| {
        let feeder = scope.spawn(|| stdin.map_or(Ok(()), |stdin| feed(archive, stdin)));
        let written = stdout.map_or(Ok(()), |stdout| copy(stdout, script));
        if written.is_err() {
            // Nobody takes what it says any more; its input ends with it.
            kill.kill();
        }
        (feeder.join().unwrap_or_else(|_| Err(io::Error::other("the feeder ended"))), written)
    });
    let exit = running.finish()?;
    written?;
    fed.map_err(SqlError::Archive)?;
    if exit.is_success() {
        return Ok(());
    }
    let said = exit.stderr.lines().next().unwrap_or("it ended without a word");
    Err(SqlError::Tool(said.trim_start_matches("pg_restore: ").to_owned()))
}

fn arguments(options: &SqlOptions, version: ToolVersion) -> Vec<String> {
    let mut arguments = vec!["--file=-".to_owned()];
    match options.section {
        Section::All => {}
        Section::PreData => arguments.push("--section=pre-data".into()),
        Section::Data => arguments.push("--section=data".into()),
        Section::PostData => arguments.push("--section=post-data".into()),
    }
    if options.clean {
        arguments.extend(["--clean".into(), "--if-exists".into()]);
    }
    if options.no_owner {
        arguments.push("--no-owner".into());
    }
    if takes_restrict_key(version) {
        arguments.push(format!("--restrict-key={}", options.restrict_key));
    }
    arguments
}

/// The option came with the minor versions of August 2025, and with 18.
fn takes_restrict_key(ToolVersion { major, minor }: ToolVersion) -> bool {
    match major {
        0..13 => false,
        13 => minor >= 22,
        14 => minor >= 19,
        15 => minor >= 14,
        16 => minor >= 10,
        17 => minor >= 6,
        18.. => true,
    }
}

/// A program that has what it wants closes its input; that is no failure.
fn feed(archive: &mut dyn Read, mut stdin: impl Write) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = archive.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        match stdin.write_all(&buffer[..count]) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            other => other?,
        }
    }
}

fn copy(mut stdout: impl Read, script: &mut dyn Write) -> Result<(), SqlError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = stdout.read(&mut buffer).map_err(SqlError::Archive)?;
        if count == 0 {
            return Ok(());
        }
        script.write_all(&buffer[..count]).map_err(SqlError::Script)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_frames_its_script_is_told_with_what() {
        let options =
            SqlOptions { section: Section::Data, clean: true, no_owner: true, restrict_key: "abc".into() };
        let old = arguments(&options, ToolVersion { major: 15, minor: 13 });
        assert_eq!(old, ["--file=-", "--section=data", "--clean", "--if-exists", "--no-owner"]);
        let new = arguments(&options, ToolVersion { major: 15, minor: 14 });
        assert_eq!(new.last().map(String::as_str), Some("--restrict-key=abc"));
    }
}
