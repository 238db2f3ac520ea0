//! From `main` to a window: profile, log, engine, tray, window, in this order.

use std::process::ExitCode;

use base::secret::Derivation;
use contract::api;
use contract::command::Nothing;
use contract::error::UserError;
use contract::setup::Appearance;
use engine::{Engine, EngineOptions};
use ledger::job::Trigger;
use postgres::tools::SearchRoots;
use tauri::utils::config::AppDirectoriesOverride;
use tauri::{App, AppHandle, Context, Manager as _, RunEvent};
use tauri_plugin_window_state::StateFlags;

use crate::desktop::Desktop;
use crate::profile::Profile;
use crate::quit::IsAsking;
use crate::tray::{self, Tray};
use crate::window::{self, Beginning};
use crate::{ask, commands, events, log, login};

/// Starts without a window, for the start at login.
pub(crate) const HIDDEN_FLAG: &str = "--hidden";

/// Runs the application until it is quit.
pub fn run() -> ExitCode {
    let profile = match Profile::find() {
        Ok(profile) => profile,
        Err(error) => return fail(&error),
    };
    // Without a log the application still works; there is no place to say so but the terminal.
    if let Err(error) = log::start(&profile.log_directory()) {
        eprintln!("no log file: {error}");
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), profile = %profile.directory(), "started");
    let context = context(&profile);
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _directory| window::show(app)))
        .plugin(tauri_plugin_window_state::Builder::new().with_state_flags(remembered()).build())
        .plugin(login::plugin(&profile, "Holdfast"))
        .manage(Tray::default())
        .manage(IsAsking::default())
        .invoke_handler(commands::handler())
        .on_window_event(window::on_event)
        .setup(move |app| {
            begin(app, &profile);
            app.manage(profile);
            Ok(())
        })
        .build(context);
    match app {
        Ok(app) => {
            app.run(on_event);
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

/// What the build put together, with this profile's own name and folders.
fn context(profile: &Profile) -> Context {
    let mut context = tauri::generate_context!("tauri.conf.json");
    let config = context.config_mut();
    config.identifier = profile.identifier(&config.identifier);
    if let Some(directory) = profile.window_directory() {
        config.app.app_directories_override = Some(AppDirectoriesOverride::Root(directory.into()));
    }
    context
}

/// The window's size and place are remembered; whether it was hidden is not.
fn remembered() -> StateFlags {
    StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN
}

/// Opens the engine, then what shows it. A profile that cannot be opened is said, not guessed around.
fn begin(app: &App, profile: &Profile) {
    let engine = match tauri::async_runtime::block_on(Engine::open(options(profile))) {
        Ok(engine) => engine,
        Err(failure) => return refuse(app.handle(), ask::sentence(&UserError::from(failure))),
    };
    let (telling, asked) = events::telling();
    app.manage(telling);
    tauri::async_runtime::spawn(events::forward(app.handle().clone(), engine.events(), asked));
    tauri::async_runtime::spawn(engine.clone().tell_of_others());
    tauri::async_runtime::spawn(engine.clone().tend_kept());
    tauri::async_runtime::spawn(engine.clone().tend_recovery_plans());
    tauri::async_runtime::spawn(engine.scheduler().run());
    tauri::async_runtime::spawn(window::note_looks(app.handle().clone(), engine.clone()));
    tauri::async_runtime::spawn(engine.notifier().with_desk(Desktop::of(app.handle())).run());
    let appearance = tauri::async_runtime::block_on(api::app_state(&engine, Nothing {}))
        .map_or(Appearance::System, |state| state.settings.appearance);
    app.manage(engine);
    let has_tray = tauri::async_runtime::block_on(tray::ensure(app.handle()));
    tauri::async_runtime::spawn(tray::follow(app.handle().clone()));
    if let Err(error) = window::open(app.handle(), appearance, beginning(has_tray)) {
        refuse(app.handle(), error.to_string());
    }
}

fn options(profile: &Profile) -> EngineOptions {
    EngineOptions {
        home: profile.directory().to_owned(),
        secrets: None,
        passphrase: None,
        keychain_wait: None,
        derivation: Derivation::Usual,
        trigger: Trigger::Window,
        tool_roots: SearchRoots::of_this_system(),
        stall_limit: None,
        lock_wait: None,
        read_older_after: None,
        platform_standing: None,
        sample_platform: std::env::var(engine::sample::PLATFORM_VARIABLE).ok(),
    }
}

fn beginning(has_tray: bool) -> Beginning {
    match (std::env::args().any(|argument| argument == HIDDEN_FLAG), has_tray) {
        (false, _) => Beginning::Shown,
        (true, true) => Beginning::Hidden,
        (true, false) => Beginning::Minimised,
    }
}

/// Says why there is nothing to show, and ends. Not while setting up: the dialog needs the event loop.
fn refuse(app: &AppHandle, reason: String) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        ask::tell("Holdfast cannot start", &reason).await;
        app.exit(1);
    });
}

fn fail(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    tracing::error!(error, "cannot start");
    eprintln!("Holdfast cannot start: {error}");
    ExitCode::FAILURE
}

#[cfg_attr(not(target_os = "macos"), expect(unused_variables, reason = "only a dock brings the window up"))]
fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        // A hidden window is no reason to end; `exit` is called with a code when it is meant.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        _ => {}
    }
}
