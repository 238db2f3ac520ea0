//! The one window: made hidden, shown when its page is there, so that nothing flashes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract::setup::Appearance;
use engine::Engine;
use tauri::utils::config::Color;
use tauri::webview::{PageLoadEvent, WebviewWindow, WebviewWindowBuilder};
use tauri::{AppHandle, Manager as _, Theme, Url, WebviewUrl, Window, WindowEvent};

use crate::quit;

/// Label of the window; capabilities name it.
pub(crate) const MAIN: &str = "main";

/// A page that has not loaded by then is shown as it is: an empty window beats none.
const SHOW_AT_LATEST: Duration = Duration::from_secs(5);

/// How often it is asked whether somebody looks at the window.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The smallest size that every screen is designed for.
const SIZE_MIN: (f64, f64) = (900.0, 600.0);
/// The size before the person has chosen one.
const SIZE_FIRST: (f64, f64) = (1180.0, 780.0);

/// Scheme, host and port of a page.
type Origin = (&'static str, Option<&'static str>, Option<u16>);
/// Where Tauri serves the page on this system.
const PAGE: Origin =
    if cfg!(windows) { ("http", Some("tauri.localhost"), None) } else { ("tauri", Some("localhost"), None) };
/// Where Vite serves it while it is written: `devUrl` of `tauri.conf.json`.
const PAGE_WRITTEN: Origin = ("http", Some("localhost"), Some(1420));

/// `--surface` of the page, light and dark: what is seen before the page's first paint.
const LIGHT: Color = Color(0xFF, 0xFF, 0xFF, 0xFF);
const DARK: Color = Color(0x12, 0x1A, 0x1B, 0xFF);

/// How the window begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// In front.
    Shown,
    /// In the tray.
    Hidden,
    /// Asked to be hidden, and there is no tray to find it in again.
    Minimised,
}

/// Makes the window.
///
/// # Errors
/// When the system refuses a window or a web view.
pub(crate) fn open(app: &AppHandle, appearance: Appearance, beginning: Beginning) -> tauri::Result<()> {
    let is_due = AtomicBool::new(beginning != Beginning::Hidden);
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Holdfast")
        .inner_size(SIZE_FIRST.0, SIZE_FIRST.1)
        .min_inner_size(SIZE_MIN.0, SIZE_MIN.1)
        .visible(false)
        .theme(chosen(appearance))
        .on_navigation(is_ours)
        .on_page_load(move |window, page| {
            if page.event() == PageLoadEvent::Finished && is_due.swap(false, Ordering::AcqRel) {
                reveal(&window, beginning);
            }
        })
        .build()?;
    let colour = if window.theme()? == Theme::Dark { DARK } else { LIGHT };
    window.set_background_color(Some(colour))?;
    if beginning != Beginning::Hidden {
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(SHOW_AT_LATEST).await;
            if !window.is_visible().unwrap_or(true) {
                reveal(&window, beginning);
            }
        });
    }
    Ok(())
}

fn chosen(appearance: Appearance) -> Option<Theme> {
    match appearance {
        Appearance::System => None,
        Appearance::Light => Some(Theme::Light),
        Appearance::Dark => Some(Theme::Dark),
    }
}

/// The window never goes anywhere but to its own page: whatever else this computer serves may not ask the engine.
fn is_ours(url: &Url) -> bool {
    let origin = (url.scheme(), url.host_str(), url.port());
    let is_page = origin == PAGE || (cfg!(dev) && origin == PAGE_WRITTEN) || url.as_str() == "about:blank";
    if !is_page {
        tracing::warn!(scheme = url.scheme(), "the page may not go there");
    }
    is_page
}

fn reveal(window: &WebviewWindow, beginning: Beginning) {
    let result = match beginning {
        Beginning::Minimised => window.show().and_then(|()| window.minimize()),
        Beginning::Shown | Beginning::Hidden => window.show().and_then(|()| window.set_focus()),
    };
    log(result);
}

/// Brings the window up: from the tray, a second start, the dock.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        log(window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus()));
    }
}

/// Notes, while the window has the focus, that somebody looks at it: who sees a run fail is not told of it.
pub(crate) async fn note_looks(app: AppHandle, engine: Engine) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        let is_seen = app.get_webview_window(MAIN).is_some_and(|window| {
            window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false)
        });
        if is_seen && let Err(failure) = engine.window_looked_at().await {
            tracing::debug!(%failure, "that the window is looked at is not noted");
        }
    }
}

/// Closes the window to the tray; its page lives on.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        log(window.hide());
    }
}

/// Puts the window aside where there is no tray.
pub(crate) fn minimise(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        log(window.minimize());
    }
}

/// Closing is decided elsewhere, since it may need an answer.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event {
        api.prevent_close();
        tauri::async_runtime::spawn(quit::close(window.app_handle().clone()));
    }
}

fn log(result: tauri::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the window did not do as it was told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_nowhere_but_to_its_page() {
        for (url, expected) in [
            ("tauri://localhost/runs/1", cfg!(not(windows))),
            ("http://tauri.localhost/", cfg!(windows)),
            ("about:blank", true),
            ("about:config", false),
            ("tauri://elsewhere/", false),
            ("tauri://localhost:8080/", false),
            ("https://tauri.localhost/", false),
            ("http://tauri.localhost:8080/", false),
            ("http://localhost:8080/", false),
            ("https://example.com/", false),
            ("file:///etc/passwd", false),
            ("http://tauri.localhost.example.com/", false),
        ] {
            assert_eq!(is_ours(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
