//! The tray: the worst state as a shape, the last proof, the run, and the acts that need no window.

mod menu;
mod picture;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contract::api;
use contract::backup::StartBackup;
use contract::command::Nothing;
use contract::home::HomeView;
use contract::job::{JobRow, ListJobs};
use contract::number::Millis;
use contract::schedule::PauseAll;
use engine::Engine;
use jiff::Zoned;
use tauri::menu::MenuEvent;
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _};
use tokio::sync::Notify;

use crate::face::Face;
use crate::{ask, quit, tray_host, window};

/// Ages move without events: a goal is passed, a day ends.
const LOOK_AGAIN: Duration = Duration::from_mins(5);

/// A menu that changes more often cannot be read.
const REST: Duration = Duration::from_secs(1);

/// Jobs looked at for the one that runs; newest first.
const JOBS_MAX: u32 = 50;

/// The tray of this process, if there is one, and what wakes it.
#[derive(Default)]
pub(crate) struct Tray {
    shown: Mutex<Option<Shown>>,
    /// Kept over the making of the icon, so that there is never a second one.
    making: tokio::sync::Mutex<()>,
    wake: Notify,
    news: Mutex<News>,
}

/// What happened since the tray looked last.
#[derive(Default)]
struct News {
    has_changed: bool,
    /// The newest row of each job that moved.
    moved: BTreeMap<String, JobRow>,
}

/// What the tray was last told, so that a run that moves costs no question.
struct Known {
    home: HomeView,
    jobs: Vec<JobRow>,
}

struct Shown {
    icon: TrayIcon,
    menu: menu::Lines,
    face: Face,
}

/// Something changed; the tray looks when it has rested.
pub(crate) fn wake(app: &AppHandle) {
    let tray = app.state::<Tray>();
    tray.news().has_changed = true;
    tray.wake.notify_one();
}

/// A run moved; the tray shows it when it has rested, and asks nobody.
pub(crate) fn moved(app: &AppHandle, row: &JobRow) {
    let tray = app.state::<Tray>();
    tray.news().moved.insert(row.id.clone(), row.clone());
    tray.wake.notify_one();
}

impl Tray {
    fn news(&self) -> std::sync::MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// True when there is a tray icon, making it if a host has appeared meanwhile.
pub(crate) async fn ensure(app: &AppHandle) -> bool {
    let tray = app.state::<Tray>();
    let _making = tray.making.lock().await;
    if tray.shown.lock().is_ok_and(|shown| shown.is_some()) {
        return true;
    }
    if !tray_host::exists().await {
        return false;
    }
    match build(app) {
        Ok(shown) => {
            if let Ok(mut slot) = tray.shown.lock() {
                *slot = Some(shown);
            }
            tray.wake.notify_one();
            true
        }
        Err(error) => {
            tracing::warn!(%error, "no tray icon");
            false
        }
    }
}

fn build(app: &AppHandle) -> tauri::Result<Shown> {
    let face = Face::unknown();
    let menu = menu::Lines::new(app, &face)?;
    let icon = TrayIconBuilder::with_id("holdfast")
        .icon(picture::of(face.mark))
        .icon_as_template(cfg!(target_os = "macos"))
        .tooltip(&face.tooltip)
        .menu(menu.menu())
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(|app, event| on_menu(app, &event))
        .on_tray_icon_event(|icon, event| on_click(icon, &event))
        .build(app)?;
    Ok(Shown { icon, menu, face })
}

/// Keeps the tray true until the process ends.
pub(crate) async fn follow(app: AppHandle) {
    let tray = app.state::<Tray>();
    let mut known: Option<Known> = None;
    let mut is_due = true;
    loop {
        let news = std::mem::take(&mut *tray.news());
        if is_due || news.has_changed || known.is_none() {
            known = look(&app).await;
        } else if let Some(known) = &mut known {
            known.take_in(news.moved);
        }
        if let Some(face) = known.as_ref().map(Known::face) {
            let shown = tray.shown.lock().map(|mut shown| shown.as_mut().map(|shown| shown.wear(&app, face)));
            if let Ok(Some(Err(error))) = shown {
                tracing::warn!(%error, "the tray did not change");
            }
        }
        tokio::time::sleep(REST).await;
        is_due = tokio::time::timeout(LOOK_AGAIN, tray.wake.notified()).await.is_err();
    }
}

async fn look(app: &AppHandle) -> Option<Known> {
    let engine = app.try_state::<Engine>()?;
    let home = api::home(&engine, Nothing {}).await.ok()?;
    let jobs = api::job_list(&engine, ListJobs { project: None, limit: JOBS_MAX }).await.ok()?;
    Some(Known { home, jobs })
}

impl Known {
    fn take_in(&mut self, mut moved: BTreeMap<String, JobRow>) {
        for row in &mut self.jobs {
            if let Some(newer) = moved.remove(&row.id) {
                *row = newer;
            }
        }
    }

    fn face(&self) -> Face {
        Face::of(&self.home, &self.jobs, &Zoned::now())
    }
}

impl Shown {
    fn wear(&mut self, app: &AppHandle, face: Face) -> tauri::Result<()> {
        if face == self.face {
            return Ok(());
        }
        if face.mark != self.face.mark {
            self.icon.set_icon(Some(picture::of(face.mark)))?;
            self.icon.set_icon_as_template(cfg!(target_os = "macos"))?;
        }
        self.icon.set_tooltip(Some(&face.tooltip))?;
        if face.projects == self.face.projects && face.is_paused == self.face.is_paused {
            self.menu.tell(&face)?;
        } else {
            self.menu = menu::Lines::new(app, &face)?;
            self.icon.set_menu(Some(self.menu.menu().clone()))?;
        }
        self.face = face;
        Ok(())
    }
}

fn on_menu(app: &AppHandle, event: &MenuEvent) {
    match menu::Act::of(event.id().as_ref()) {
        Some(menu::Act::Open) => window::show(app),
        Some(menu::Act::Quit) => drop(tauri::async_runtime::spawn(quit::quit(app.clone()))),
        Some(menu::Act::Pause(pause)) => drop(tauri::async_runtime::spawn(pause_all(app.clone(), pause))),
        Some(menu::Act::Resume) => drop(tauri::async_runtime::spawn(resume_all(app.clone()))),
        Some(menu::Act::BackUp(project)) => drop(tauri::async_runtime::spawn(back_up(app.clone(), project))),
        None => {}
    }
}

/// A click opens the window where the platform tells clicks from the menu.
fn on_click(icon: &TrayIcon, event: &TrayIconEvent) {
    let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event
    else {
        return;
    };
    if !cfg!(target_os = "macos") {
        window::show(icon.app_handle());
    }
}

async fn back_up(app: AppHandle, project: String) {
    let engine = app.state::<Engine>();
    if let Err(error) =
        api::backup_start(&engine, StartBackup { project, reason: None, only: Vec::new(), tables: None })
            .await
    {
        ask::tell("The backup did not start", &ask::sentence(&error)).await;
    }
}

async fn pause_all(app: AppHandle, pause: menu::Pause) {
    let engine = app.state::<Engine>();
    let until_ms = pause.until(&Zoned::now()).map(|until| Millis(until.as_millisecond()));
    if let Err(error) = api::schedule_pause_all(&engine, PauseAll { until_ms }).await {
        ask::tell("The schedules were not paused", &ask::sentence(&error)).await;
    }
}

async fn resume_all(app: AppHandle) {
    let engine = app.state::<Engine>();
    if let Err(error) = api::schedule_resume_all(&engine, Nothing {}).await {
        ask::tell("The schedules were not resumed", &ask::sentence(&error)).await;
    }
}
