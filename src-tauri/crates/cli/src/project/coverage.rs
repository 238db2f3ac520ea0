//! `holdfast project coverage`: what a project has, and what of it backups take.

use clap::Args;
use contract::api;
use contract::coverage::{ChooseParts, PartStateView, ProjectCoverageView};
use contract::project::ProjectRef;

use crate::console::Console;
use crate::error::Ended;
use crate::status::{Status, taught};
use crate::table::{Side, listed, parts, table};
use crate::words;

/// What backups take.
#[derive(Debug, Args)]
#[command(after_help = taught!(
"  holdfast project coverage shop                    looks at its database and its server, and tells what backups take
  holdfast project coverage shop --without redis    a cache that nobody wants back: named, and no finding any more
  holdfast project coverage shop --without logs --without functions
  holdfast project coverage shop --with redis       wanted again
  holdfast project coverage shop --last             as of the last look; nothing is contacted

It ends with 3 where a part is not taken, or not whole, and nobody gave it up."))]
pub(crate) struct CoverageOf {
    /// Id or name.
    project: String,
    /// A part that is not wanted, by the name that the list has for it; a kind means all of it.
    #[arg(long, value_name = "PART")]
    without: Vec<String>,
    /// A part that is wanted again.
    #[arg(long, value_name = "PART")]
    with: Vec<String>,
    /// As of the last look.
    #[arg(long)]
    last: bool,
}

impl CoverageOf {
    /// What is asked for, where anything is to change.
    pub(crate) fn request(&self) -> Option<ChooseParts> {
        let Self { project, without, with, last: _ } = self;
        let is_set = !without.is_empty() || !with.is_empty();
        is_set.then(|| ChooseParts { project: project.clone(), without: without.clone(), with: with.clone() })
    }

    /// Of whom it is asked.
    #[cfg(test)]
    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    pub(super) async fn run(self, console: &Console<'_>) -> Ended {
        let engine = &console.engine;
        let request = self.request();
        let is_choice = request.is_some();
        let view = match (request, self.last) {
            (Some(request), _) => api::project_parts_choose(engine, request).await?,
            (None, true) => api::project_coverage(engine, ProjectRef { project: self.project }).await?,
            (None, false) => api::project_coverage_look(engine, ProjectRef { project: self.project }).await?,
        };
        console.output.answer(&view, || words_of(&view));
        let is_whole = is_choice || !view.parts.iter().any(|part| is_lacking(part.state));
        Ok(if is_whole { Status::Done } else { Status::Inconclusive })
    }
}

fn words_of(view: &ProjectCoverageView) -> String {
    let rows: Vec<Vec<String>> = view
        .parts
        .iter()
        .map(|part| {
            vec![
                part.key.clone(),
                state_words(part.state).to_owned(),
                part.found.clone(),
                part.bytes.map_or_else(String::new, |bytes| words::bytes(bytes.0)),
                part.why.clone(),
            ]
        })
        .collect();
    let columns = [
        ("PART", Side::Left),
        ("TAKEN", Side::Left),
        ("FOUND", Side::Left),
        ("SIZE", Side::Right),
        ("HOW, OR WHY NOT", Side::Left),
    ];
    let when = match view.at_ms {
        Some(at_ms) => format!("looked at {}", words::moment(at_ms)),
        None => "nobody looked yet".to_owned(),
    };
    let seen =
        format!("{} of {} taken; {when}.", view.taken, words::counted(view.parts.len() as u64, "part"));
    let lacking = view.parts.iter().filter(|part| is_lacking(part.state));
    let adds: Vec<String> = lacking.filter_map(|part| part.command.clone()).collect();
    parts(&[
        table(&columns, &rows),
        seen,
        listed("What adds what is missing", &adds),
        listed("Not looked at", &view.not_looked),
        listed("Beside it", &view.beside),
    ])
}

/// Whether a part is missing, or not whole, and nobody gave it up.
fn is_lacking(state: PartStateView) -> bool {
    matches!(state, PartStateView::InPart | PartStateView::NotTaken)
}

fn state_words(state: PartStateView) -> &'static str {
    match state {
        PartStateView::Taken => "yes",
        PartStateView::InPart => "in part",
        PartStateView::NotTaken => "no",
        PartStateView::Unwanted => "not wanted",
    }
}
