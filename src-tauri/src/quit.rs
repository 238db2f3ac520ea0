//! Closing and quitting: a run is never lost without a question.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, Manager as _};

use crate::{ask, running, tray, window};

/// True while a question is open, so that a second click does not ask twice.
#[derive(Debug, Default)]
pub(crate) struct IsAsking(AtomicBool);

/// The window is to be closed: to the tray where there is one; otherwise the application ends,
/// unless a run goes on that the person wants to keep.
pub(crate) async fn close(app: AppHandle) {
    if tray::ensure(&app).await {
        window::hide(&app);
        return;
    }
    let question = Question {
        title: "A run is going on",
        detail: "This desktop has no tray to close to. Holdfast can keep working in a minimised window. \
                 Stopping leaves nothing half-done: no backup that is not whole, no database that is half restored.",
        keep: "Keep it running, minimised",
    };
    if !end(&app, &question).await {
        window::minimise(&app);
    }
}

/// The application is to end.
pub(crate) async fn quit(app: AppHandle) {
    let question = Question {
        title: "A run is going on",
        detail: "Quitting stops it. Nothing half-done is left, no backup that is not whole and no database \
                 that is half restored, and you can start it again.",
        keep: "Keep it running",
    };
    end(&app, &question).await;
}

struct Question {
    title: &'static str,
    detail: &'static str,
    keep: &'static str,
}

/// Ends the application, after a question when a run would be lost; false when it stays.
async fn end(app: &AppHandle, question: &Question) -> bool {
    let is_asking = app.state::<IsAsking>();
    if is_asking.0.swap(true, Ordering::AcqRel) {
        return true;
    }
    let jobs = running::mine(app).await;
    let detail = format!("{}\n\n{}", running::titles(&jobs), question.detail);
    let ends = jobs.is_empty()
        || ask::is_confirmed(question.title, &detail, "Stop it and quit", question.keep).await;
    if ends {
        window::hide(app);
        running::stop(app).await;
        app.exit(0);
    }
    is_asking.0.store(false, Ordering::Release);
    ends
}
