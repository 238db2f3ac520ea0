//! The pictures of the tray: templates where the system colours them, coloured ones elsewhere.

use tauri::image::Image;
use tauri::include_image;

use crate::face::Mark;

/// The picture for this state.
#[cfg(target_os = "macos")]
pub(super) fn of(mark: Mark) -> Image<'static> {
    match mark {
        Mark::Well => include_image!("icons/tray/well-template.png"),
        Mark::Paused => include_image!("icons/tray/paused-template.png"),
        Mark::Running => include_image!("icons/tray/running-template.png"),
        Mark::Warning => include_image!("icons/tray/warning-template.png"),
        Mark::NeedsYou => include_image!("icons/tray/needs-you-template.png"),
    }
}

/// The picture for this state.
#[cfg(not(target_os = "macos"))]
pub(super) fn of(mark: Mark) -> Image<'static> {
    match mark {
        Mark::Well => include_image!("icons/tray/well-colour.png"),
        Mark::Paused => include_image!("icons/tray/paused-colour.png"),
        Mark::Running => include_image!("icons/tray/running-colour.png"),
        Mark::Warning => include_image!("icons/tray/warning-colour.png"),
        Mark::NeedsYou => include_image!("icons/tray/needs-you-colour.png"),
    }
}
