//! A user's program. It gets the database in its environment, and its exit status decides.

use std::time::Duration;

use super::super::check::Begun;
use super::Looked;
use base::failure::Failure;
use ledger::job::Check;
use postgres::process::OwnProgram;

/// A program that goes on longer is ended, and its check fails.
const PROGRAM_LIMIT: Duration = Duration::from_mins(10);

pub(super) async fn check(looked: &Looked<'_>) -> Check {
    let begun = Begun::new("program", "Your program");
    let Some(path) = looked.program else {
        return begun.not_checked("None was given. Give one: `holdfast drill run PROJECT --program FILE`.");
    };
    let name = path.file_name().unwrap_or(path.as_str());
    let program = OwnProgram {
        path,
        arguments: &[],
        variables: &[],
        major: looked.manifest.server.as_ref().map_or(0, |server| server.major),
        target: Some(looked.target),
        limit: PROGRAM_LIMIT,
    };
    let running = match program.start() {
        Ok(running) => running,
        Err(error) => {
            let why = Failure::from(error).message;
            return begun.judged("not started", format!("{path} could not be started."), vec![why]);
        }
    };
    let (token, meter) = (looked.context.token(), looked.context.meter());
    let ended = match program.wait(running, token, meter).await {
        Ok(ended) => ended,
        Err(error) => return begun.inconclusive(format!("{name}: {}.", Failure::from(error).message)),
    };
    let done = format!("{name} found the database in its environment, and its exit status is the verdict.");
    let figure = ended.exit.code.map_or_else(|| "ended".to_owned(), |code| format!("status {code}"));
    if ended.is_success() {
        return begun.judged(figure, done, Vec::new());
    }
    let mut findings = vec![format!("{name} {}", ended.words(PROGRAM_LIMIT))];
    findings.extend(ended.last_lines());
    let mut check = begun.judged(figure, done, findings);
    // The lines explain the one finding.
    check.found = 1;
    check
}
