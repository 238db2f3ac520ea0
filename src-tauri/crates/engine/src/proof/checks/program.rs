//! A program of the user's own. It finds the database in its environment, and its exit status decides.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::super::check::{Begun, Check};
use super::Looked;
use crate::archive::opened::blocking;
use crate::failure::Failure;
use crate::source::postgres::process::{Exit, ProcessError, Running, Tool};

/// A program that goes on longer is ended, and its check fails.
const PROGRAM_LIMIT: Duration = Duration::from_mins(10);
/// Kept of each of its outputs, from its end.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;
/// Lines of it that are shown.
const LINES_SHOWN: usize = 10;
/// While it works, the run is not standing still.
const BEAT: Duration = Duration::from_secs(20);
/// How long its last words are waited for once it has ended.
const OUTPUT_PATIENCE: Duration = Duration::from_millis(500);

/// How it ended, and the end of what it printed.
struct Ended {
    exit: Exit,
    output: String,
}

pub(super) async fn check(looked: &Looked<'_>) -> Check {
    let begun = Begun::new("program", "Your program");
    let Some(path) = looked.program else {
        return begun.not_checked("None was given. Give one: `holdfast drill run PROJECT --program FILE`.");
    };
    let name = path.file_name().unwrap_or(path.as_str());
    let running = match start(looked) {
        Ok(running) => running,
        Err(error) => {
            let why = Failure::from(error).message;
            return begun.judged("not started", format!("{path} could not be started."), vec![why]);
        }
    };
    let (ended, is_late) = match wait(looked, running).await {
        Ok(ended) => ended,
        Err(failure) => return begun.inconclusive(format!("{name}: {}.", failure.message)),
    };
    let done = format!("{name} found the database in its environment, and its exit status is the verdict.");
    let figure = ended.exit.code.map_or_else(|| "ended".to_owned(), |code| format!("status {code}"));
    if ended.exit.is_success() && !is_late {
        return begun.judged(figure, done, Vec::new());
    }
    let mut findings = vec![match (is_late, ended.exit.code) {
        (true, _) => format!("{name} was ended after {} minutes", PROGRAM_LIMIT.as_secs() / 60),
        (false, Some(code)) => format!("{name} ended with status {code}"),
        (false, None) => format!("{name} was ended by a signal"),
    }];
    let said = format!("{}\n{}", ended.output, ended.exit.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    findings.extend(lines[lines.len().saturating_sub(LINES_SHOWN)..].iter().map(|line| (*line).to_owned()));
    let mut check = begun.judged(figure, done, findings);
    // The lines explain the one finding.
    check.found = 1;
    check
}

fn start(looked: &Looked<'_>) -> Result<Running, ProcessError> {
    let path = looked.program.unwrap_or(camino::Utf8Path::new(""));
    let target = looked.target;
    let tool =
        Tool::of_the_user(path, looked.manifest.server.major, &target.settings, target.password.as_ref())
            .named(target.application.clone());
    let (mut command, passfile) = tool.command()?;
    command.env("DATABASE_URL", target.settings.redacted_url());
    // Interpreters look for their own files there; a password file in it is not read, since one is named.
    if let Some(home) = std::env::var_os("HOME") {
        command.env("HOME", home);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Running::start_keeping("the program", command, Some(passfile), OUTPUT_BYTES_MAX)
}

/// Waits for its end, which is brought about when the time is over or the job is cancelled.
async fn wait(looked: &Looked<'_>, mut running: Running) -> Result<(Ended, bool), Failure> {
    let kill = running.kill_handle();
    let pipe = running.take_stdout();
    let tail = Arc::new(Mutex::new(VecDeque::new()));
    let kept = Arc::clone(&tail);
    // Read in a thread of its own: a grandchild may hold the pipe open for longer than the program lives.
    let reader = std::thread::spawn(move || pipe.map(|pipe| keep_tail(pipe, &kept)));
    let mut waiting = std::pin::pin!(blocking(move || {
        let exit = running.finish();
        let patience = Instant::now() + OUTPUT_PATIENCE;
        while !reader.is_finished() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(2));
        }
        exit
    }));
    let mut limit = std::pin::pin!(tokio::time::sleep(PROGRAM_LIMIT));
    let mut beat = tokio::time::interval(BEAT);
    let mut is_late = false;
    let exit = loop {
        tokio::select! {
            exit = &mut waiting => break exit?,
            () = &mut limit, if !is_late => {
                is_late = true;
                kill.kill();
            }
            () = looked.context.token().cancelled() => {
                kill.kill();
                break waiting.await?;
            }
            _ = beat.tick() => looked.context.meter().beat(),
        }
    };
    let output: Vec<u8> = tail.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
    Ok((Ended { exit, output: String::from_utf8_lossy(&output).into_owned() }, is_late))
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
