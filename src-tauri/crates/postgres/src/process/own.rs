//! A program of the user's own: it finds a database in its environment, and what it says is kept.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use tokio_util::sync::CancellationToken;

use super::{Exit, ProcessError, Running, Tool, bare_command};
use crate::connection::{Settings, TlsMode};
use crate::target::Target;
use base::meter::Meter;

/// Kept of each of its outputs, from its end.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;
/// Lines of it that are shown.
const LINES_SHOWN: usize = 10;
/// While it works, the run is not standing still.
const BEAT: Duration = Duration::from_secs(20);
/// How long its last words are waited for once it has ended.
const OUTPUT_PATIENCE: Duration = Duration::from_millis(500);

/// A program, and the database that it finds.
pub struct OwnProgram<'a> {
    /// Where it is.
    pub path: &'a Utf8Path,
    /// What it is told; no shell reads it.
    pub arguments: &'a [String],
    /// Variables beside those of the database.
    pub variables: &'a [(&'static str, String)],
    /// The server's major version.
    pub major: u16,
    /// The database, where it finds one.
    pub target: Option<&'a Target>,
    /// After so long it is ended.
    pub limit: Duration,
}

/// How it ended, and the end of what it printed.
pub struct OwnEnd {
    /// Its exit.
    pub exit: Exit,
    /// Whether it was ended since its time was over.
    pub is_late: bool,
    output: String,
}

impl OwnEnd {
    /// Whether it ended by itself, in time, with status 0.
    pub fn is_success(&self) -> bool {
        self.exit.is_success() && !self.is_late
    }

    /// How it ended, in words that follow its name.
    pub fn words(&self, limit: Duration) -> String {
        match (self.is_late, self.exit.code) {
            (true, _) if limit.as_secs() < 120 => format!("was ended after {} seconds", limit.as_secs()),
            (true, _) => format!("was ended after {} minutes", limit.as_secs() / 60),
            (false, Some(code)) => format!("ended with status {code}"),
            (false, None) => "was ended by a signal".to_owned(),
        }
    }

    /// The last lines of what it printed.
    pub fn last_lines(&self) -> Vec<String> {
        let said = format!("{}\n{}", self.output, self.exit.stderr);
        let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(LINES_SHOWN)..].iter().map(|line| (*line).to_owned()).collect()
    }
}

impl OwnProgram<'_> {
    /// Starts it.
    ///
    /// # Errors
    /// [`ProcessError::Start`].
    pub fn start(&self) -> Result<Running, ProcessError> {
        let (mut command, passfile) = match self.target {
            Some(target) => {
                let settings = &target.settings;
                let tool = Tool::of_the_user(self.path, self.major, settings, target.password.as_ref())
                    .named(target.application.clone());
                let (mut command, passfile) = tool.command()?;
                let url = match passfile.near_end() {
                    // The certificate has the host's name; drivers that know no address beside it cannot check that.
                    Some(near) if settings.tls == TlsMode::VerifyFull => {
                        let named =
                            Settings { port: near.port(), ssh: None, container: None, ..settings.clone() };
                        format!("{}&hostaddr={}", named.redacted_url(), near.ip())
                    }
                    Some(near) => settings.at_near_end(near).redacted_url(),
                    None => settings.redacted_url(),
                };
                command.env("DATABASE_URL", url);
                (command, Some(passfile))
            }
            None => (bare_command(self.path), None),
        };
        command.args(self.arguments);
        for (name, value) in self.variables {
            command.env(name, value);
        }
        // Interpreters look for their own files there; a password file in it is not read, since one is named.
        if let Some(home) = std::env::var_os("HOME") {
            command.env("HOME", home);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Running::start_keeping("the program", command, passfile, OUTPUT_BYTES_MAX)
    }

    /// Waits for its end, which is brought about when the time is over or `token` is cancelled.
    ///
    /// # Errors
    /// [`ProcessError::Wait`]. A program that failed is not an error here.
    pub async fn wait(
        &self,
        mut running: Running,
        token: &CancellationToken,
        meter: &Meter,
    ) -> Result<OwnEnd, ProcessError> {
        let kill = running.kill_handle();
        let pipe = running.take_stdout();
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&tail);
        // Read in a thread of its own: a grandchild may hold the pipe open for longer than the program lives.
        let reader = std::thread::spawn(move || pipe.map(|pipe| keep_tail(pipe, &kept)));
        let mut waiting = tokio::task::spawn_blocking(move || {
            let exit = running.finish();
            let patience = Instant::now() + OUTPUT_PATIENCE;
            while !reader.is_finished() && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(2));
            }
            exit
        });
        let mut limit = std::pin::pin!(tokio::time::sleep(self.limit));
        let mut beat = tokio::time::interval(BEAT);
        let mut is_late = false;
        let ended = loop {
            tokio::select! {
                ended = &mut waiting => break ended,
                () = &mut limit, if !is_late => {
                    is_late = true;
                    kill.kill();
                }
                () = token.cancelled() => {
                    kill.kill();
                    break waiting.await;
                }
                _ = beat.tick() => meter.beat(),
            }
        };
        let exit = ended.map_err(|panic| ProcessError::Wait {
            name: "the program",
            source: std::io::Error::other(panic),
        })??;
        let output: Vec<u8> = tail.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        Ok(OwnEnd { exit, is_late, output: String::from_utf8_lossy(&output).into_owned() })
    }
}

fn keep_tail(mut pipe: impl std::io::Read, tail: &Mutex<VecDeque<u8>>) {
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut chunk) {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&chunk[..read]);
        let surplus = tail.len().saturating_sub(OUTPUT_BYTES_MAX);
        tail.drain(..surplus);
    }
}
