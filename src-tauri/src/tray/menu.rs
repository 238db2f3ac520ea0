//! The tray's menu: two lines that say how it is, then the acts.

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
}

const OPEN: &str = "open";
const QUIT: &str = "quit";
const BACK_UP: &str = "back-up:";

impl Act {
    /// The act of a line's id.
    pub(super) fn of(id: &str) -> Option<Self> {
        match id {
            OPEN => Some(Self::Open),
            QUIT => Some(Self::Quit),
            _ => id.strip_prefix(BACK_UP).map(|project| Self::BackUp(project.to_owned())),
        }
    }
}

/// The menu, and the lines whose words change.
pub(super) struct Lines {
    menu: Menu<tauri::Wry>,
    proof: MenuItem<tauri::Wry>,
    job: MenuItem<tauri::Wry>,
}

impl Lines {
    /// The menu for this face.
    pub(super) fn new(app: &AppHandle, face: &Face) -> tauri::Result<Self> {
        let proof = MenuItem::with_id(app, "proof", &face.proof, false, None::<&str>)?;
        let job = MenuItem::with_id(app, "job", job_line(face), false, None::<&str>)?;
        let back_up = Submenu::new(app, "Back up now", !face.projects.is_empty())?;
        for (id, name) in &face.projects {
            back_up.append(&MenuItem::with_id(app, format!("{BACK_UP}{id}"), name, true, None::<&str>)?)?;
        }
        let menu = Menu::with_items(
            app,
            &[
                &proof,
                &job,
                &PredefinedMenuItem::separator(app)?,
                &back_up,
                &MenuItem::with_id(app, OPEN, "Open Holdfast", true, None::<&str>)?,
                &PredefinedMenuItem::separator(app)?,
                &MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?,
            ],
        )?;
        Ok(Self { menu, proof, job })
    }

    /// Changes the words without making the menu again, which would close it under the pointer.
    pub(super) fn tell(&self, face: &Face) -> tauri::Result<()> {
        self.proof.set_text(&face.proof)?;
        self.job.set_text(job_line(face))
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
        assert_eq!(Act::of("proof"), None);
    }
}
