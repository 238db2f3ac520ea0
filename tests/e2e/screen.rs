//! The screen of a desk: what is on it, and the acts that are not the page's.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

use crate::peer::{Peer, wait_for};

/// A file dialog on a busy computer needs so long at most for what was typed.
const TAKES_IN: Duration = Duration::from_millis(700);
/// Between two presses of a key in a dialog: nobody presses faster. It waits for nothing.
const PRESSES_EVERY: Duration = Duration::from_millis(300);

/// A display of its own; it ends with the last copy of this.
#[derive(Clone)]
pub(crate) struct Screen {
    name: String,
    _server: Arc<Peer>,
}

impl Screen {
    /// Starts a display on a number that is free.
    pub(crate) fn open() -> Self {
        let mut server = Peer::start(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let mut number = String::new();
        BufReader::new(server.child().stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { name: format!(":{}", number.trim()), _server: Arc::new(server) }
    }

    /// Its name, for `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Keeps a picture of it beside the build, for people.
    pub(crate) fn picture(&self, name: &str) -> PathBuf {
        let folder = pictures();
        let path = folder.join(format!("{name}.png"));
        let status =
            Command::new("import").args(["-display", &self.name, "-window", "root"]).arg(&path).status();
        assert!(status.unwrap().success(), "no picture of the screen");
        path
    }

    /// Waits until a window with this title is to be seen, and gives its id.
    pub(crate) async fn see(&self, title: &str) -> String {
        wait_for(&format!("a window {title:?}"), async || self.visible(title)).await
    }

    /// Waits until no window with this title is to be seen.
    pub(crate) async fn lose(&self, title: &str) {
        wait_for(&format!("{title:?} to go"), async || self.visible(title).is_none().then_some(())).await;
    }

    fn visible(&self, title: &str) -> Option<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")]);
        found.lines().last().map(str::to_owned)
    }

    /// Closes a window as its frame's button does.
    pub(crate) fn close(&self, window: &str) {
        let (connection, _) = x11rb::connect(Some(&self.name)).unwrap();
        let atom = |name: &[u8]| connection.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
        let window: u32 = window.parse().unwrap();
        let message = ClientMessageEvent::new(32, window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        connection.send_event(false, window, EventMask::NO_EVENT, message).unwrap().check().unwrap();
        connection.flush().unwrap();
    }

    /// Answers a file dialog with a path.
    pub(crate) async fn answer_dialog(&self, title: &str, path: &Path) {
        let dialog = self.see(title).await;
        self.xdotool(&["windowfocus", "--sync", &dialog]);
        // What it has taken in so far nobody can see from outside: an answer before its field is there, or before it
        // has read all letters, is of the folder that it shows.
        self.xdotool(&["key", "ctrl+l"]);
        tokio::time::sleep(TAKES_IN).await;
        self.xdotool(&["key", "ctrl+a"]);
        self.xdotool(&["type", "--delay", "5", path.to_str().unwrap()]);
        tokio::time::sleep(TAKES_IN).await;
        // In a dialog for a folder the first one only goes there.
        wait_for(&format!("{title:?} to take its answer"), async || {
            self.xdotool(&["key", "Return"]);
            tokio::time::sleep(PRESSES_EVERY).await;
            self.visible(title).is_none().then_some(())
        })
        .await;
    }

    /// Presses a key in a dialog, which goes by it.
    pub(crate) async fn press_in(&self, title: &str, key: &str) {
        let dialog = self.see(title).await;
        self.xdotool(&["windowfocus", "--sync", &dialog]);
        self.xdotool(&["key", key]);
        self.lose(title).await;
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").env("DISPLAY", &self.name).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Where pictures go: the build's folder, so that they are never committed.
pub(crate) fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
