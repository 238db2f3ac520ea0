//! A web server on the loopback that gives one file, well or badly, and counts what it gave.
//!
//! Its counts are the judge of what a download fetched twice, not the download's own.

mod answer;
mod content;
mod serving;

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use base::secret::Secret;
use engine::Failure;
use remote::transfer::{Link, Links};

pub use content::Content;
pub use serving::{Encoded, Marked, Parts, Said, Serving};

/// What the kernel holds back per connection counts as served: keep it small.
const SEND_BUFFER_BYTES: usize = 128 * 1024;
/// No request of a download is longer.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// One request, and what was given for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The path with its query.
    pub path: String,
    /// The headers as they stood.
    pub head: String,
    /// The status that was answered.
    pub status: u16,
    /// Bytes of the body so far.
    pub sent: u64,
    /// When it came.
    pub came_at: Instant,
}

impl Ask {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

#[derive(Debug)]
struct Shared {
    serving: Mutex<Serving>,
    asks: Mutex<Vec<Ask>>,
    served: AtomicU64,
    open: AtomicU64,
    /// When the next byte of all connections may go.
    line: Mutex<Instant>,
    /// When each link was given.
    links: Mutex<Vec<Instant>>,
}

/// The server; it listens until the process ends.
#[derive(Debug, Clone)]
pub struct FileServer {
    port: u16,
    shared: Arc<Shared>,
}

impl FileServer {
    /// Listens on a free port, and serves the file as it should be.
    pub fn start(content: Content) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            serving: Mutex::new(Serving::of(content)),
            asks: Mutex::default(),
            served: AtomicU64::new(0),
            open: AtomicU64::new(0),
            line: Mutex::new(Instant::now()),
            links: Mutex::default(),
        });
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&of_thread);
                std::thread::spawn(move || {
                    shared.open.fetch_add(1, Ordering::Relaxed);
                    shared.carry(client);
                    shared.open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Self { port, shared }
    }

    /// The same, with something changed from the start.
    pub fn with(content: Content, change: impl FnOnce(&mut Serving)) -> Self {
        let server = Self::start(content);
        server.set(change);
        server
    }

    /// Changes how the file is served.
    pub fn set(&self, change: impl FnOnce(&mut Serving)) {
        change(&mut lock(&self.shared.serving));
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a path, by the loopback's number.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What was asked, in order.
    pub fn asks(&self) -> Vec<Ask> {
        lock(&self.shared.asks).clone()
    }

    /// Bytes of bodies that were given, over all connections.
    pub fn served_bytes(&self) -> u64 {
        self.shared.served.load(Ordering::Relaxed)
    }

    /// How long the file is.
    pub fn bytes(&self) -> u64 {
        lock(&self.shared.serving).content.bytes()
    }

    /// Connections that are open.
    pub fn connections(&self) -> u64 {
        self.shared.open.load(Ordering::Relaxed)
    }

    /// Links to the file that run out where the server says so.
    pub fn links(&self) -> ServedLinks {
        ServedLinks::to(self.clone(), self.port, "/file")
    }

    /// How many links were given.
    pub fn links_given(&self) -> usize {
        lock(&self.shared.links).len()
    }

    /// When each link was given, in order.
    pub fn links_given_at(&self) -> Vec<Instant> {
        lock(&self.shared.links).clone()
    }
}

/// Links to a served file.
#[derive(Debug, Clone)]
pub struct ServedLinks {
    server: FileServer,
    port: u16,
    path: String,
    /// Sent with each link.
    pub headers: Vec<(String, String)>,
    /// What each link says of the length.
    pub bytes: Option<u64>,
    /// Whether links say when they run out.
    pub says_expiry: bool,
    /// What is said instead of giving a link.
    pub failure: Option<Failure>,
}

impl ServedLinks {
    fn to(server: FileServer, port: u16, path: &str) -> Self {
        let path = path.to_owned();
        Self { server, port, path, headers: Vec::new(), bytes: None, says_expiry: false, failure: None }
    }

    /// The same with something changed.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The same through a proxy on this port.
    #[must_use]
    pub fn through(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The same to another path.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }
}

impl Links for ServedLinks {
    fn link<'s, 'f>(&'s self) -> Pin<Box<dyn Future<Output = Result<Link, Failure>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(std::future::ready(self.give()))
    }
}

impl ServedLinks {
    fn give(&self) -> Result<Link, Failure> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let serial = {
            let mut links = lock(&self.server.shared.links);
            links.push(Instant::now());
            links.len() - 1
        };
        let life = lock(&self.server.shared.serving).link_life.filter(|_| self.says_expiry);
        let expires_at = life.map(|life| jiff::Timestamp::now() + life);
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone())));
        Ok(Link {
            url: Secret::new(format!("http://127.0.0.1:{}{}?token=signed-{serial}", self.port, self.path)),
            headers: headers.collect(),
            expires_at,
            bytes: self.bytes,
        })
    }
}

impl Shared {
    /// Answers one request after the other on a connection.
    fn carry(&self, mut client: TcpStream) {
        let _ = socket2::SockRef::from(&client).set_send_buffer_size(SEND_BUFFER_BYTES);
        let _ = client.set_nodelay(true);
        let mut rest = Vec::new();
        while let Some((path, head)) = read_head(&mut client, &mut rest) {
            if !self.answer(&mut client, &path, &head) {
                break;
            }
        }
    }

    /// Notes a request; its number.
    fn note(&self, path: &str, head: &str, status: u16) -> usize {
        let mut asks = lock(&self.asks);
        let (path, head) = (path.to_owned(), head.to_owned());
        asks.push(Ask { path, head, status, sent: 0, came_at: Instant::now() });
        asks.len() - 1
    }

    fn sent(&self, ask: usize, bytes: u64) {
        lock(&self.asks)[ask].sent += bytes;
        let served = self.served.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let mut serving = lock(&self.serving);
        if let Some((_, content)) = serving.change_after.take_if(|(after, _)| served >= *after) {
            serving.replace(content);
        }
    }

    /// Whether the link of this path runs on.
    fn is_alive(&self, path: &str, serving: &Serving) -> bool {
        let Some(life) = serving.link_life else { return true };
        let serial = path.rsplit_once("token=signed-").and_then(|(_, serial)| serial.parse::<usize>().ok());
        let given = serial.and_then(|serial| lock(&self.links).get(serial).copied());
        given.is_some_and(|given| given.elapsed() < life)
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request's path and its head; requests for files have no body.
fn read_head(client: &mut TcpStream, rest: &mut Vec<u8>) -> Option<(String, String)> {
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest.drain(..end + 4);
            let path = head.split_whitespace().nth(1)?.to_owned();
            return Some((path, head));
        }
        assert!(rest.len() <= HEAD_BYTES_MAX, "a download sent a head of {} bytes", rest.len());
        let read = client.read(&mut piece).ok().filter(|read| *read > 0)?;
        rest.extend_from_slice(&piece[..read]);
    }
}
