//! `pg_dump` and `pg_dumpall` as streams.

use std::process::Stdio;
use std::time::Duration;

use super::failure::DumpError;
use super::output::Output;
use crate::connection::{Peer, Settings};
use crate::process::{Kill, Running, Tool};
use crate::tools::{Program, ToolSet};
use base::secret::Secret;

/// What to dump.
#[derive(Debug, Clone, Copy)]
pub struct DumpRequest<'a> {
    /// The programs, chosen by `Tools::for_dump`.
    pub tools: &'a ToolSet,
    /// The database.
    pub settings: &'a Settings,
    /// Its password.
    pub password: Option<&'a Secret>,
    /// The address that the holder reached.
    pub peer: &'a Peer,
    /// The holder's snapshot.
    pub snapshot: &'a str,
    /// Under which its backends are found on the server.
    pub application_name: &'a str,
    /// How long it may wait for another session's lock.
    pub lock_wait: Duration,
    /// The encoding of its text; absent for UTF-8.
    pub encoding: Option<&'a str>,
    /// Settings under which the server has to write rows, where the role or the database say others.
    /// A pooler may refuse them, so only those that are needed.
    pub output: &'a [(&'static str, &'static str)],
}

/// Which server's roles to dump.
#[derive(Debug, Clone, Copy)]
pub struct RolesRequest<'a> {
    /// The programs, chosen by `Tools::for_dump`.
    pub tools: &'a ToolSet,
    /// A database of the server.
    pub settings: &'a Settings,
    /// Its password.
    pub password: Option<&'a Secret>,
    /// The address that the holder reached.
    pub peer: &'a Peer,
    /// Under which its backend is found on the server.
    pub application_name: &'a str,
}

/// A dump that runs. Dropped, it is killed.
#[derive(Debug)]
pub struct Dump {
    program: Program,
    running: Running,
}

impl Dump {
    /// Starts `pg_dump -Fc -Z0` at the snapshot. Uncompressed, since the vault deduplicates.
    ///
    /// # Errors
    /// [`DumpError::Process`].
    pub fn spawn(request: &DumpRequest<'_>) -> Result<Self, DumpError> {
        let snapshot = format!("--snapshot={}", request.snapshot);
        let lock_wait = format!("--lock-wait-timeout={}", request.lock_wait.as_millis().max(1));
        let mut arguments = vec![
            "--format=custom".to_owned(),
            "--compress=0".to_owned(),
            "--no-password".to_owned(),
            snapshot,
            lock_wait,
        ];
        arguments.extend(request.encoding.map(|encoding| format!("--encoding={encoding}")));
        let tool = Tool::new(request.tools, Program::PgDump, request.settings, request.password)
            .map_err(|source| DumpError::Process { source })?
            .at(request.peer)
            .named(request.application_name);
        Self::start(Program::PgDump, &tool, &arguments, request.output)
    }

    /// Starts `pg_dumpall --roles-only --no-role-passwords`. A role that may not see them fails with a reason.
    ///
    /// # Errors
    /// [`DumpError::Process`].
    pub fn spawn_roles(request: &RolesRequest<'_>) -> Result<Self, DumpError> {
        let arguments =
            ["--roles-only", "--no-role-passwords", "--no-password", "--database"].map(str::to_owned);
        let mut arguments = arguments.to_vec();
        // Otherwise it looks for a database called postgres.
        arguments.push(request.settings.database.clone());
        let tool = Tool::new(request.tools, Program::PgDumpall, request.settings, request.password)
            .map_err(|source| DumpError::Process { source })?
            .at(request.peer)
            .named(request.application_name);
        Self::start(Program::PgDumpall, &tool, &arguments, &[])
    }

    fn start(
        program: Program,
        tool: &Tool,
        arguments: &[String],
        output: &[(&'static str, &'static str)],
    ) -> Result<Self, DumpError> {
        let failed = |source| DumpError::Process { source };
        let tool = output.iter().fold(tool.clone(), |tool, &(name, value)| tool.with_setting(name, value));
        let (mut command, passfile) = tool.command().map_err(failed)?;
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let running = Running::start(program.name(), command, Some(passfile)).map_err(failed)?;
        Ok(Self { program, running })
    }

    /// The archive's bytes, once: a blocking reader for another thread.
    pub fn take_output(&mut self) -> Option<Output> {
        self.running.take_stdout().map(Output::new)
    }

    /// A handle that stops it from anywhere; `pg_dump` then cancels its query on the server.
    pub fn kill_handle(&self) -> Kill {
        self.running.kill_handle()
    }

    /// What it said so far.
    pub fn stderr_so_far(&self) -> String {
        self.running.stderr_so_far()
    }

    /// Waits for its end. Blocks: after the output was read to its end, not for long.
    ///
    /// # Errors
    /// [`DumpError`] unless it ended by itself, with status 0: bytes that came are not a dump then.
    pub fn finish(self) -> Result<(), DumpError> {
        let exit = self.running.finish().map_err(|source| DumpError::Process { source })?;
        if exit.is_success() { Ok(()) } else { Err(DumpError::of(self.program.name(), exit)) }
    }
}
