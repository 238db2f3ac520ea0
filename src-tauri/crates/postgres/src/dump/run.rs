//! `pg_dump` and `pg_dumpall` as streams.

use std::process::Stdio;
use std::time::Duration;

use super::failure::DumpError;
use super::output::{Output, Piped};
use super::there::{self, There};
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
    /// What names that it leaves out, as `LeftOut::arguments` gives it.
    pub left_out: &'a [String],
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
    child: Child,
}

#[derive(Debug)]
enum Child {
    Here(Running),
    There(there::Running),
}

/// Stops a dump, from anywhere. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DumpKill(KillOf);

#[derive(Debug, Clone)]
enum KillOf {
    Here(Kill),
    There(there::Stop),
}

impl DumpKill {
    /// Tells it to stop. Returns at once. What runs where the server is may still wait there for a lock: its session is
    /// to be ended there.
    pub fn kill(&self) {
        match &self.0 {
            KillOf::Here(kill) => kill.kill(),
            KillOf::There(stop) => stop.stop(),
        }
    }
}

impl Dump {
    /// Starts `pg_dump -Fc -Z0` at the snapshot. Uncompressed, since the vault deduplicates.
    ///
    /// # Errors
    /// [`DumpError::Process`].
    pub fn spawn(request: &DumpRequest<'_>) -> Result<Self, DumpError> {
        let arguments = arguments(request);
        let tool = Tool::new(request.tools, Program::PgDump, request.settings, request.password)
            .map_err(|source| DumpError::Process { source })?
            .at(request.peer)
            .named(request.application_name);
        Self::start(Program::PgDump, &tool, &arguments, request.output)
    }

    /// The same where the server is.
    ///
    /// # Errors
    /// [`DumpError::There`].
    pub async fn spawn_there(request: &DumpRequest<'_>, there: &There) -> Result<Self, DumpError> {
        let running = there.spawn(request, &arguments(request)).await;
        let running = running.map_err(|source| DumpError::There { source })?;
        Ok(Self { program: Program::PgDump, child: Child::There(running) })
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
        Ok(Self { program, child: Child::Here(running) })
    }

    /// The archive's bytes, once: a blocking reader for another thread.
    pub fn take_output(&mut self) -> Option<Output> {
        match &mut self.child {
            Child::Here(running) => running.take_stdout().map(|pipe| Output::Here(Piped::new(pipe))),
            Child::There(running) => running.take_output().map(Output::There),
        }
    }

    /// A handle that stops it from anywhere; a `pg_dump` of this computer then cancels its query on the server.
    pub fn kill_handle(&self) -> DumpKill {
        DumpKill(match &self.child {
            Child::Here(running) => KillOf::Here(running.kill_handle()),
            Child::There(running) => KillOf::There(running.stop_handle()),
        })
    }

    /// Waits for its end. Blocks: after the output was read to its end, not for long.
    ///
    /// # Errors
    /// [`DumpError`] unless it ended by itself, with status 0: bytes that came are not a dump then.
    pub fn finish(self) -> Result<(), DumpError> {
        let running = match self.child {
            Child::Here(running) => running,
            Child::There(running) => return running.finish(),
        };
        let exit = running.finish().map_err(|source| DumpError::Process { source })?;
        if exit.is_success() { Ok(()) } else { Err(DumpError::of(self.program.name(), exit)) }
    }
}

/// What `pg_dump` is told.
fn arguments(request: &DumpRequest<'_>) -> Vec<String> {
    let mut arguments = vec![
        "--format=custom".to_owned(),
        "--compress=0".to_owned(),
        "--no-password".to_owned(),
        format!("--snapshot={}", request.snapshot),
        format!("--lock-wait-timeout={}", request.lock_wait.as_millis().max(1)),
    ];
    arguments.extend(request.encoding.map(|encoding| format!("--encoding={encoding}")));
    arguments.extend_from_slice(request.left_out);
    arguments
}
