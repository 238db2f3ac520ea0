//! Notifications where the system has a call of its own for them: macOS and Windows.

use std::sync::Arc;

use notify_rust::Notification;
use tauri::AppHandle;
use tokio::sync::Semaphore;

use super::{Note, open};

/// A thread waits for the click on each; so many at most. Of further ones a click is not heard.
const WAITING_MAX: usize = 16;

/// Where notifications are shown.
#[derive(Debug)]
pub(super) struct Board {
    app: AppHandle,
    waiting: Arc<Semaphore>,
}

impl Board {
    pub(super) fn new(app: AppHandle) -> Self {
        Self { app, waiting: Arc::new(Semaphore::new(WAITING_MAX)) }
    }

    /// Shows one.
    pub(super) async fn show(&self, note: Note) -> Result<(), String> {
        let Note { title, body, is_urgent: _, job_id } = note;
        let shown = tauri::async_runtime::spawn_blocking(move || {
            Notification::new().appname("Holdfast").summary(&title).body(&body).show()
        });
        let handle = match shown.await {
            Ok(Ok(handle)) => handle,
            Ok(Err(error)) => return Err(format!("the desktop shows no notifications: {error}")),
            Err(error) => return Err(format!("the desktop shows no notifications: {error}")),
        };
        if let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() {
            let app = self.app.clone();
            // A thread of its own: the wait may be as long as a notification stays.
            std::thread::spawn(move || {
                handle.wait_for_action(|action| {
                    if action != "__closed" {
                        open(&app, job_id);
                    }
                });
                drop(place);
            });
        }
        Ok(())
    }
}
