//! The commands that the page can call, generated from the one list in `contract`.
//!
//! Decode, call, encode; no `if`, no SQL, no strings. A command without its function in
//! `contract::api` does not compile.

mod pick;

use contract::api;
use contract::error::UserError;
use engine::Engine;
use tauri::ipc::{Channel, Invoke};
use tauri::{AppHandle, State, Wry};

use crate::events::Telling;
use crate::login;
use crate::profile::Profile;
use crate::report::caught;

/// Writes one Tauri command per line of the list.
macro_rules! commands {
    // The rungs of this one arrive one by one, so it has a channel beside its request.
    (@one connection_test, $request:ty, $answer:ty) => {
        #[tauri::command]
        async fn connection_test(
            engine: State<'_, Engine>,
            request: $request,
            on_rung: Channel<contract::connection::RungView>,
        ) -> Result<$answer, UserError> {
            // A page that went away no longer listens, and the test goes on to its end.
            let tell = move |rung| drop(on_rung.send(rung));
            caught("connection_test", api::connection_test(&engine, request, tell)).await
        }
    };
    // So has this one, for how far the look is.
    (@one bundle_inspect, $request:ty, $answer:ty) => {
        #[tauri::command]
        async fn bundle_inspect(
            engine: State<'_, Engine>,
            request: $request,
            on_progress: Channel<contract::bundle::LookProgress>,
        ) -> Result<$answer, UserError> {
            let tell = move |progress| drop(on_progress.send(progress));
            caught("bundle_inspect", api::bundle_inspect(&engine, request, tell)).await
        }
    };
    (@one $name:ident, $request:ty, $answer:ty) => {
        #[tauri::command]
        async fn $name(engine: State<'_, Engine>, request: $request) -> Result<$answer, UserError> {
            caught(stringify!($name), api::$name(&engine, request)).await
        }
    };
    ($($name:ident($request:ty) -> $answer:ty, provides [$($provides:ident),*];)*) => {
        $(commands!(@one $name, $request, $answer);)*

        /// Answers every call of the page.
        pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name,)* pick_folder, pick_save_file, pick_file, pick_files, login_start, login_start_set, events_tell]
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name),)* "pick_folder", "pick_save_file", "pick_file", "pick_files", "login_start", "login_start_set", "events_tell"];
    };
}

#[allow(clippy::wildcard_imports, reason = "the list names requests and answers of the whole contract")]
use contract::{
    audit::*, backup::*, bundle::*, command::Nothing, command_line::*, component::*, connection::*,
    coverage::*, diff::*, drill::*, export::*, health::*, home::HomeView, job::*, noted::*, notify::*,
    paper::PaperView, platform::*, portable::*, project::*, prune::*, references::*, replica::*, report::*,
    restore::*, retention::*, rows::*, runbook::*, schedule::*, setup::*, steps::*, tables::*, vault::*,
};

contract::with_commands!(commands);

#[tauri::command]
async fn pick_folder(
    app: AppHandle,
    engine: State<'_, Engine>,
    title: String,
) -> Result<Option<String>, UserError> {
    let path = pick::folder(&app, &title).await;
    if let Some(path) = &path {
        engine.picked_by_hand(path.as_str().into());
    }
    Ok(path)
}

#[tauri::command]
async fn pick_save_file(
    app: AppHandle,
    engine: State<'_, Engine>,
    title: String,
    default_name: String,
) -> Result<Option<String>, UserError> {
    let path = pick::save_file(&app, &title, &default_name).await;
    if let Some(path) = &path {
        engine.picked_by_hand(path.as_str().into());
    }
    Ok(path)
}

#[tauri::command]
async fn pick_file(
    app: AppHandle,
    engine: State<'_, Engine>,
    title: String,
) -> Result<Option<String>, UserError> {
    let path = pick::file(&app, &title).await;
    if let Some(path) = &path {
        engine.picked_by_hand(path.as_str().into());
    }
    Ok(path)
}

#[tauri::command]
async fn pick_files(
    app: AppHandle,
    engine: State<'_, Engine>,
    title: String,
) -> Result<Vec<String>, UserError> {
    let paths = pick::files(&app, &title).await;
    for path in &paths {
        engine.picked_by_hand(path.as_str().into());
    }
    Ok(paths)
}

#[tauri::command]
async fn login_start(app: AppHandle) -> Result<bool, UserError> {
    login::is_on(&app)
}

#[tauri::command]
async fn login_start_set(
    app: AppHandle,
    profile: State<'_, Profile>,
    is_on: bool,
) -> Result<bool, UserError> {
    login::set(&app, &profile, is_on)
}

/// Tells the page at once what has happened; the number of the last change that it is told of.
#[tauri::command]
async fn events_tell(telling: State<'_, Telling>) -> Result<u64, UserError> {
    Ok(telling.now().await)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_page_may_call_exactly_the_commands_of_the_list() {
        let file = include_str!("../../permissions/commands.toml");
        let allowed: BTreeSet<&str> =
            file.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")).collect();
        let listed: BTreeSet<&str> = super::NAMES.iter().copied().collect();
        assert_eq!(
            allowed, listed,
            "src-tauri/permissions/commands.toml must name the commands of the contract"
        );
    }
}
