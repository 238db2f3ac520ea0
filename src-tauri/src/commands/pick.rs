//! The system's own dialogs for a path. The page gets no other way to the file system.

use directories::BaseDirs;
use rfd::{AsyncFileDialog, FileHandle};
use tauri::{AppHandle, Manager as _};

use crate::window::MAIN;

/// Asks for an existing or new folder.
pub(super) async fn folder(app: &AppHandle, title: &str) -> Option<String> {
    path(&dialog(app, title).pick_folder().await?)
}

/// Asks where a file is to be written.
pub(super) async fn save_file(app: &AppHandle, title: &str, default_name: &str) -> Option<String> {
    path(&dialog(app, title).set_file_name(default_name).save_file().await?)
}

/// Asks for an existing file.
pub(super) async fn file(app: &AppHandle, title: &str) -> Option<String> {
    path(&dialog(app, title).pick_file().await?)
}

/// Asks for existing files, several at once.
pub(super) async fn files(app: &AppHandle, title: &str) -> Vec<String> {
    let chosen = dialog(app, title).pick_files().await.unwrap_or_default();
    chosen.iter().filter_map(path).collect()
}

fn dialog(app: &AppHandle, title: &str) -> AsyncFileDialog {
    let mut dialog = AsyncFileDialog::new().set_title(title);
    // GTK would begin with the recently used files, where no folder can be chosen.
    if let Some(directories) = BaseDirs::new() {
        dialog = dialog.set_directory(directories.home_dir());
    }
    match app.get_webview_window(MAIN) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    }
}

/// A path that is no Unicode cannot cross to the page; it counts as not chosen, and the log says so.
fn path(handle: &FileHandle) -> Option<String> {
    let text = handle.path().to_str().map(str::to_owned);
    if text.is_none() {
        tracing::warn!("a path was chosen that is not valid Unicode");
    }
    text
}
