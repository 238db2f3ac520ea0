//! A run that waits for a person: what to do is shown, and a terminal asks for the answer.

use base::Code;
use std::io::BufRead as _;

use base::command::Command;
use contract::api;
use contract::error::UserError;
use contract::job::JobView;
use contract::steps::{AnswerJob, AnswerView, WaitsForView};
use tokio::sync::mpsc::{Receiver, channel};

use crate::console::Console;
use crate::prompt;
use crate::words;

/// Lines that were typed and not yet looked at.
const LINES_MAX: usize = 8;

/// What a person was asked, and what comes from the terminal.
#[derive(Default)]
pub(crate) struct Waiting {
    /// The step that was shown.
    asked: Option<WaitsForView>,
    /// Lines of the terminal, once one was wanted.
    lines: Option<Receiver<String>>,
}

impl Waiting {
    /// Shows what a run waits for, once.
    pub(crate) fn show(&mut self, console: &Console<'_>, job: &JobView) {
        let is_known =
            |asked: &WaitsForView| job.waits_for.as_ref().is_some_and(|waits| waits.step_id == asked.step_id);
        if self.asked.as_ref().is_some_and(is_known) {
            return;
        }
        self.asked.clone_from(&job.waits_for);
        let Some(waits) = &self.asked else { return };
        let id = words::short_run(&job.row.id).to_owned();
        console.output.say(&format!("The run waits for you: {}\n  {}", waits.title, waits.instructions));
        console.output.say(&format!(
            "  From anywhere: `{}`, or `{}`. Until {}.",
            Command::JobContinue { job: id.clone(), stop: false },
            Command::JobContinue { job: id, stop: true },
            words::moment(waits.until_ms)
        ));
        if prompt::is_possible() {
            // What was typed before the question is no answer to it.
            match &mut self.lines {
                Some(lines) => while lines.try_recv().is_ok() {},
                None => self.lines = Some(terminal()),
            }
            console.output.say("Done, go on? Type yes, or stop:");
        }
    }

    /// The next answer of the terminal; never where nothing was asked.
    pub(crate) async fn answer(&mut self) -> AnswerView {
        loop {
            let line = match (&self.asked, &mut self.lines) {
                (Some(_), Some(lines)) => lines.recv().await,
                _ => None,
            };
            match line.as_deref().map(str::trim) {
                Some("yes" | "y") => return AnswerView::GoOn,
                Some("stop") => return AnswerView::Stop,
                Some(_) => {}
                // Nobody sits there any more; the answer comes from elsewhere.
                None => std::future::pending().await,
            }
        }
    }

    /// Gives the answer. That somebody else was faster, or the run has ended, is fine.
    pub(crate) async fn give(
        &mut self,
        console: &Console<'_>,
        job: &str,
        answer: AnswerView,
    ) -> Result<(), UserError> {
        let step = self.asked.as_ref().map(|waits| waits.step_id.clone());
        let request = AnswerJob { job: job.to_owned(), step, answer };
        match api::job_answer(&console.engine, request).await {
            Err(error) if !matches!(error.code, Code::JobNotWaiting | Code::JobOver) => Err(error),
            _ => Ok(()),
        }
    }
}

/// Lines of the terminal, read by a thread of their own, which ends with the process.
fn terminal() -> Receiver<String> {
    let (lines, receiver) = channel(LINES_MAX);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
