//! The tray's menu: three lines that say how it is, then the acts.

use jiff::{Timestamp, ToSpan as _, Zoned};
use tauri::AppHandle;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem, Submenu};

use crate::face::Face;

/// What a line of the menu does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Bring the window up.
    Open,
    /// End the application.
    Quit,
    /// Back this project up.
    BackUp(String),
    /// Pause all schedules.
    Pause(Pause),
    /// End that pause.
    Resume,
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// An hour.
    Hour,
    /// Until eight in the morning.
    Morning,
    /// Seven days.
    Week,
    /// Until somebody resumes them.
    Open,
}

impl Pause {
    const ALL: [(Self, &str, &str); 4] = [
        (Self::Hour, "pause:hour", "For an hour"),
        (Self::Morning, "pause:morning", "Until tomorrow 08:00"),
        (Self::Week, "pause:week", "For a week"),
        (Self::Open, "pause:open", "Until they are resumed"),
    ];

    /// When it ends, as of now and by the clock of `now`.
    pub(super) fn until(self, now: &Zoned) -> Option<Timestamp> {
        let until = match self {
            Self::Hour => now.checked_add(1.hour()),
            Self::Morning => {
                now.tomorrow().and_then(|day| day.date().at(8, 0, 0, 0).to_zoned(day.time_zone().clone()))
            }
            Self::Week => now.checked_add(7.days()),
            Self::Open => return None,
        };
        until.ok().map(|until| until.timestamp())
    }
}

const OPEN: &str = "open";
const QUIT: &str = "quit";
const BACK_UP: &str = "back-up:";
const RESUME: &str = "resume";

impl Act {
    /// The act of a line's id.
    pub(super) fn of(id: &str) -> Option<Self> {
        match id {
            OPEN => Some(Self::Open),
            QUIT => Some(Self::Quit),
            RESUME => Some(Self::Resume),
            _ => Pause::ALL
                .into_iter()
                .find(|(_, name, _)| *name == id)
                .map(|(pause, _, _)| Self::Pause(pause))
                .or_else(|| id.strip_prefix(BACK_UP).map(|project| Self::BackUp(project.to_owned()))),
        }
    }
}

/// The menu, and the lines whose words change.
pub(super) struct Lines {
    menu: Menu<tauri::Wry>,
    proof: MenuItem<tauri::Wry>,
    job: MenuItem<tauri::Wry>,
    next: MenuItem<tauri::Wry>,
}

impl Lines {
    /// The menu for this face.
    pub(super) fn new(app: &AppHandle, face: &Face) -> tauri::Result<Self> {
        let proof = MenuItem::with_id(app, "proof", &face.proof, false, None::<&str>)?;
        let job = MenuItem::with_id(app, "job", job_line(face), false, None::<&str>)?;
        let next = MenuItem::with_id(app, "next", &face.next, false, None::<&str>)?;
        let back_up = Submenu::new(app, "Back up now", !face.projects.is_empty())?;
        for (id, name) in &face.projects {
            back_up.append(&MenuItem::with_id(app, format!("{BACK_UP}{id}"), name, true, None::<&str>)?)?;
        }
        let pause = Submenu::new(app, "Pause schedules", !face.is_paused)?;
        for (_, id, words) in Pause::ALL {
            pause.append(&MenuItem::with_id(app, id, words, true, None::<&str>)?)?;
        }
        let menu = Menu::with_items(
            app,
            &[
                &proof,
                &job,
                &next,
                &PredefinedMenuItem::separator(app)?,
                &back_up,
                &pause,
                &MenuItem::with_id(app, RESUME, "Resume schedules", face.is_paused, None::<&str>)?,
                &MenuItem::with_id(app, OPEN, "Open Holdfast", true, None::<&str>)?,
                &PredefinedMenuItem::separator(app)?,
                &MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?,
            ],
        )?;
        Ok(Self { menu, proof, job, next })
    }

    /// Changes the words without making the menu again, which would close it under the pointer.
    pub(super) fn tell(&self, face: &Face) -> tauri::Result<()> {
        self.proof.set_text(&face.proof)?;
        self.job.set_text(job_line(face))?;
        self.next.set_text(&face.next)
    }

    /// The menu.
    pub(super) fn menu(&self) -> &Menu<tauri::Wry> {
        &self.menu
    }
}

fn job_line(face: &Face) -> &str {
    face.job.as_deref().unwrap_or("Nothing is running")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_act() {
        assert_eq!(Act::of("open"), Some(Act::Open));
        assert_eq!(Act::of("back-up:42"), Some(Act::BackUp("42".to_owned())));
        assert_eq!(Act::of("pause:week"), Some(Act::Pause(Pause::Week)));
        assert_eq!(Act::of("resume"), Some(Act::Resume));
        assert_eq!((Act::of("proof"), Act::of("pause:ever")), (None, None));
    }

    #[test]
    fn a_pause_until_the_morning_ends_at_eight_by_the_clock_also_where_that_is_set_in_the_night() {
        let now: Zoned = "2026-10-24T23:30[Europe/Berlin]".parse().unwrap();
        let until = |pause: Pause| pause.until(&now).map(|until| until.to_string());
        assert_eq!(until(Pause::Morning).as_deref(), Some("2026-10-25T07:00:00Z"));
        assert_eq!(until(Pause::Hour).as_deref(), Some("2026-10-24T22:30:00Z"));
        assert_eq!(until(Pause::Week).as_deref(), Some("2026-10-31T22:30:00Z"));
        assert_eq!(until(Pause::Open), None);
    }
}
