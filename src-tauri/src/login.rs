//! The start at login: with the tray alone, in the profile that this window shows.

use base::Code;
use camino::Utf8Path;
use contract::error::UserError;
use engine::Failure;
use tauri::AppHandle;
use tauri::plugin::TauriPlugin;
use tauri_plugin_autostart::{Builder, ManagerExt as _};

use crate::profile::{HOME_FLAG, Profile};
use crate::start::HIDDEN_FLAG;

/// What registers the application with the system. A chosen profile has an entry of its own, beside the usual one.
pub(crate) fn plugin(profile: &Profile, name: &str) -> TauriPlugin<tauri::Wry> {
    let builder = Builder::new().arg(HIDDEN_FLAG);
    match profile.chosen() {
        Some(directory) => {
            builder.app_name(profile.identifier(name)).arg(format!("{HOME_FLAG}={directory}")).build()
        }
        None => builder.app_name(name).build(),
    }
}

/// Whether it starts at login.
pub(crate) fn is_on(app: &AppHandle) -> Result<bool, UserError> {
    app.autolaunch().is_enabled().map_err(|error| refused(&error))
}

/// Lets it start at login, or not any more.
pub(crate) fn set(app: &AppHandle, profile: &Profile, is_on: bool) -> Result<bool, UserError> {
    let autostart = app.autolaunch();
    if is_on {
        profile.chosen().map_or(Ok(()), require_plain)?;
        autostart.enable().map_err(|error| refused(&error))?;
    } else {
        autostart.disable().map_err(|error| refused(&error))?;
    }
    self::is_on(app)
}

/// The system's entry is a line of words; a path that would be taken apart there names another profile.
fn require_plain(directory: &Utf8Path) -> Result<(), UserError> {
    let is_plain = |c: char| c.is_alphanumeric() || "/\\:._-+~@".contains(c);
    if directory.as_str().chars().all(is_plain) {
        return Ok(());
    }
    let failure = Failure::invalid(
        format!("the path of this profile, {directory}, has characters that a start at login cannot carry"),
        "Move the profile to a path of letters, digits, dots and dashes.",
    );
    Err(failure.into())
}

fn refused(error: &tauri_plugin_autostart::Error) -> UserError {
    tracing::warn!(%error, "the start at login");
    let hint = "Add Holdfast to the programs that start at login by hand, with --hidden.";
    Failure::new(Code::LoginStart, format!("the system did not change what starts at login: {error}"), hint)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_a_line_would_take_apart_is_refused() {
        assert!(require_plain("/home/anna/.local/share/holdfast-2".into()).is_ok());
        for path in ["/home/anna/my profile", "/home/a\"b", "/home/$HOME", "/home/a;b", "/home/a%f"] {
            assert_eq!(require_plain(path.into()).unwrap_err().code, Code::InvalidRequest, "{path}");
        }
    }
}
