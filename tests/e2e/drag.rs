//! A file manager's part in a drag: it offers files to a window, as the XDND protocol has it.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::screen::Screen;

/// How often the pointer moves a little, which is what makes the other side look again.
const MOVES_EVERY: Duration = Duration::from_millis(40);
/// Longest wait for the other side to say that it would take what is held, and then that it did. Whether
/// it did is for the test to see on the page.
const TAKEN_MAX: Duration = Duration::from_secs(10);
/// The version of the protocol that is spoken.
const VERSION: u32 = 5;

/// Files that are held over a window.
pub(crate) struct Drag {
    orders: Sender<()>,
    holder: JoinHandle<()>,
}

impl Drag {
    /// Takes these files over the window with this title, and holds them there.
    pub(crate) async fn over(screen: &Screen, title: &str, files: &[&Path]) -> Self {
        let target: u32 = screen.see(title).await.parse().unwrap();
        let list = files
            .iter()
            .flat_map(|file| ["file://".to_owned(), encoded(file), "\r\n".to_owned()])
            .collect::<String>();
        let (display, (orders, ordered)) = (screen.name().to_owned(), mpsc::channel());
        let holder = std::thread::spawn(move || {
            let mut source = Source::new(&display, target, list.into_bytes());
            source.tell(b"XdndEnter", [VERSION << 24, source.list_type, 0, 0]);
            let mut x = 300;
            loop {
                source.answer();
                x = if x == 300 { 301 } else { 300 };
                source.move_to(x);
                match ordered.recv_timeout(MOVES_EVERY) {
                    Ok(()) => break,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            source.drop_it();
        });
        Self { orders, holder }
    }

    /// Lets go, and waits until the window took them.
    pub(crate) fn release(self) {
        self.orders.send(()).unwrap();
        self.holder.join().unwrap();
    }
}

/// A path as a URL has it.
fn encoded(path: &Path) -> String {
    path.to_str().unwrap().replace('%', "%25").replace(' ', "%20")
}

struct Source {
    connection: RustConnection,
    window: u32,
    target: u32,
    list: Vec<u8>,
    list_type: u32,
    copy: u32,
    accepted: bool,
    finished: bool,
}

impl Source {
    fn new(display: &str, target: u32, list: Vec<u8>) -> Self {
        let (connection, number) = x11rb::connect(Some(display)).unwrap();
        let (root, visual) =
            (connection.setup().roots[number].root, connection.setup().roots[number].root_visual);
        let window = connection.generate_id().unwrap();
        let look = CreateWindowAux::new().override_redirect(1);
        connection
            .create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, visual, &look)
            .unwrap();
        let atom = |name: &[u8]| connection.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let (list_type, copy, selection) =
            (atom(b"text/uri-list"), atom(b"XdndActionCopy"), atom(b"XdndSelection"));
        connection.set_selection_owner(window, selection, x11rb::CURRENT_TIME).unwrap();
        connection.flush().unwrap();
        Self { connection, window, target, list, list_type, copy, accepted: false, finished: false }
    }

    fn atom(&self, name: &[u8]) -> u32 {
        self.connection.intern_atom(false, name).unwrap().reply().unwrap().atom
    }

    /// One message of the protocol; its first word is always who drags.
    fn tell(&self, name: &[u8], [second, third, fourth, fifth]: [u32; 4]) {
        let words = [self.window, second, third, fourth, fifth];
        let message = ClientMessageEvent::new(32, self.target, self.atom(name), words);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message).unwrap();
        self.connection.flush().unwrap();
    }

    /// Answers whatever the other side asked meanwhile.
    fn answer(&mut self) {
        let (status, finished) = (self.atom(b"XdndStatus"), self.atom(b"XdndFinished"));
        while let Some(event) = self.connection.poll_for_event().unwrap() {
            match event {
                Event::SelectionRequest(request) => self.give(&request),
                Event::ClientMessage(message) if message.type_ == finished => self.finished = true,
                Event::ClientMessage(message) if message.type_ == status => {
                    self.accepted = message.data.as_data32()[1] & 1 == 1;
                }
                _ => {}
            }
        }
    }

    /// The list of files, to whom asked for it.
    fn give(&self, request: &SelectionRequestEvent) {
        let &SelectionRequestEvent { requestor, property, target, selection, time, .. } = request;
        if target == self.list_type {
            self.connection
                .change_property8(PropMode::REPLACE, requestor, property, target, &self.list)
                .unwrap();
        } else {
            let types = [self.list_type];
            self.connection
                .change_property32(PropMode::REPLACE, requestor, property, AtomEnum::ATOM, &types)
                .unwrap();
        }
        let note = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time,
            requestor,
            selection,
            target,
            property,
        };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, note).unwrap();
        self.connection.flush().unwrap();
    }

    /// The pointer at a place over the window.
    fn move_to(&mut self, x: u32) {
        self.accepted = false;
        self.tell(b"XdndPosition", [0, (x << 16) + 300, x11rb::CURRENT_TIME, self.copy]);
    }

    /// Answers until this is so, or nobody waits any longer.
    fn answer_until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) && start.elapsed() < TAKEN_MAX {
            self.answer();
            std::thread::sleep(MOVES_EVERY);
        }
    }

    /// Lets go where the other side said last that it would take it: an earlier drop is none.
    fn drop_it(&mut self) {
        self.move_to(302);
        self.answer_until(|this| this.accepted);
        assert!(self.accepted, "the window does not take what is held over it");
        self.tell(b"XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0]);
        self.answer_until(|this| this.finished);
    }
}
