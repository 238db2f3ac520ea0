//! Notifications on the desktop, and what a click on one does: the window comes up with that run.

#[cfg(target_os = "linux")]
#[path = "desktop/linux.rs"]
mod board;
#[cfg(not(target_os = "linux"))]
#[path = "desktop/other.rs"]
mod board;

use std::sync::Arc;

use contract::event::{EVENT_NAME, Event};
use engine::notify::{Desk, Message, Showing};
use tauri::{AppHandle, Emitter as _};

use crate::window;

/// Longer texts are cut by every desktop.
const BODY_CHARACTERS_MAX: usize = 400;

/// The desktop of this process.
#[derive(Debug)]
pub(crate) struct Desktop {
    board: board::Board,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    title: String,
    body: String,
    /// Whether it stays until somebody looks.
    is_urgent: bool,
    /// The run that a click opens.
    job_id: Option<String>,
}

impl Desktop {
    /// The desktop that this application is on.
    pub(crate) fn of(app: &AppHandle) -> Arc<Self> {
        Arc::new(Self { board: board::Board::new(app.clone()) })
    }
}

impl Desk for Desktop {
    fn show<'a>(&'a self, message: &'a Message) -> Showing<'a> {
        Box::pin(self.board.show(Note::of(message)))
    }
}

impl Note {
    fn of(message: &Message) -> Self {
        let figures: Vec<String> =
            message.figures.iter().map(|figure| format!("{}: {}", figure.name, figure.value)).collect();
        // What, how much, how long and how well proven come first: a desktop shows a few lines.
        let mut lines = message.lines.clone();
        if !figures.is_empty() {
            lines.insert(lines.len().min(1), figures.join(" · "));
        }
        let body: String = lines.join("\n").chars().take(BODY_CHARACTERS_MAX).collect();
        Self {
            title: message.subject.clone(),
            body,
            is_urgent: message.severity == base::Severity::Critical,
            job_id: message.job_id.clone(),
        }
    }
}

/// Brings the window up, on the page of the run where it is about one.
fn open(app: &AppHandle, job_id: Option<String>) {
    window::show(app);
    if let Some(job_id) = job_id
        && let Err(error) = app.emit(EVENT_NAME, Event::OpenRun { job_id })
    {
        tracing::warn!(%error, "a click on a notification did not reach the page");
    }
}
