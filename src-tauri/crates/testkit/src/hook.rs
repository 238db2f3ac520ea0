//! A web server on the loopback that hooks are sent to, and that does with them what servers do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of one request; no hook is longer.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A status, and a text.
    Status(u16, String),
    /// To another place.
    Redirect(String),
    /// Never anything.
    Nothing,
    /// What was sent, headers and all.
    Echo(u16),
    /// A text without an end.
    Endless,
}

/// What came, in order: path, headers as they stood, body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Path of the request.
    pub path: String,
    /// Headers as they stood.
    pub head: String,
    /// The body.
    pub body: serde_json::Value,
}

#[derive(Debug, Default)]
struct Shared {
    calls: Vec<Call>,
    replies: Vec<(String, Reply)>,
    /// Connections that get no answer stay open until the server goes.
    silent: Vec<TcpStream>,
}

/// The server; it listens until the process ends.
#[derive(Debug)]
pub struct Hook {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

impl Hook {
    /// Listens on a free port, and answers every call with 200.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&of_thread);
                std::thread::spawn(move || serve(client, &shared));
            }
        });
        Self { port, shared }
    }

    /// Answers calls of this path so from now on.
    #[must_use]
    pub fn with(self, path: &str, reply: Reply) -> Self {
        lock(&self.shared).replies.push((path.to_owned(), reply));
        self
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What came so far.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared).calls.clone()
    }

    /// The paths that were called, in order.
    pub fn paths(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.path).collect()
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut client: TcpStream, shared: &Mutex<Shared>) {
    let Some((call, raw)) = read(&mut client) else { return };
    let reply = {
        let mut shared = lock(shared);
        let known = shared.replies.iter().rev().find(|(path, _)| *path == call.path);
        let reply = known.map_or(Reply::Status(200, String::new()), |(_, reply)| reply.clone());
        shared.calls.push(call);
        if reply == Reply::Nothing {
            shared.silent.extend(client.try_clone().ok());
        }
        reply
    };
    let answer = match reply {
        Reply::Nothing => return,
        Reply::Status(status, text) => answer(status, "", &text),
        Reply::Redirect(to) => answer(302, &format!("location: {to}\r\n"), ""),
        Reply::Echo(status) => answer(status, "", &raw),
        Reply::Endless => {
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
            // Until the other side has had enough.
            let mut alive = client.write_all(head.as_bytes()).is_ok();
            while alive {
                alive = client.write_all(&[b'x'; 4096]).is_ok();
            }
            return;
        }
    };
    // A client that went away has its own reasons.
    let _ = client.write_all(answer.as_bytes());
}

fn answer(status: u16, headers: &str, text: &str) -> String {
    format!(
        "HTTP/1.1 {status} So\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    )
}

/// A whole request: its head, then as many bytes as it says.
fn read(client: &mut TcpStream) -> Option<(Call, String)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let path = head.split_whitespace().nth(1)?.to_owned();
                let body = serde_json::from_str(body).unwrap_or_default();
                return Some((Call { path, head: head.to_owned(), body }, text));
            }
        }
        let read = client.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        assert!(bytes.len() <= REQUEST_BYTES_MAX, "a hook sent {} bytes", bytes.len());
    }
}
