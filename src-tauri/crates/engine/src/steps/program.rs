//! A program of a step: its exit status decides.

use std::time::Duration;

use camino::Utf8Path;
use tokio_util::sync::CancellationToken;

use super::run::RunOf;
use base::failure::Failure;
use postgres::process::OwnProgram;

/// Runs it; what came of it in words, or why it did not work.
pub(super) async fn run(
    of: &RunOf<'_>,
    argv: &[String],
    variables: &[(&'static str, String)],
    limit: Duration,
    token: &CancellationToken,
) -> Result<String, String> {
    let Some((path, arguments)) = argv.split_first() else { return Err("it names no program".to_owned()) };
    let path = Utf8Path::new(path);
    let name = path.file_name().unwrap_or(path.as_str());
    let program =
        OwnProgram { path, arguments, variables, major: of.major, target: of.target.as_ref(), limit };
    let running = program.start().map_err(|error| Failure::from(error).message)?;
    let ended = program
        .wait(running, token, of.context.meter())
        .await
        .map_err(|error| format!("{name}: {}", Failure::from(error).message))?;
    let lines = ended.last_lines();
    let words = if token.is_cancelled() && !ended.is_success() {
        "was ended, since the run was cancelled".to_owned()
    } else {
        ended.words(limit)
    };
    let said = if lines.is_empty() {
        format!("{name} {words}")
    } else {
        format!("{name} {words}: {}", lines.join(" / "))
    };
    if ended.is_success() { Ok(said) } else { Err(said) }
}
