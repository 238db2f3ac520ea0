//! A stand-in for a store that lets an access key read and not write: a real store behind it answers what is read.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const REFUSAL: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
    <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";

/// A door to a store, which nothing is written through until that is allowed.
#[derive(Debug)]
pub struct ReadOnlyStore {
    port: u16,
    may_write: Arc<AtomicBool>,
}

impl ReadOnlyStore {
    /// Listens on a free port of the loopback, before the store on `port`.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let may_write = Arc::new(AtomicBool::new(false));
        let may = Arc::clone(&may_write);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let may = Arc::clone(&may);
                // A peer that hangs up ends its connection alone.
                std::thread::spawn(move || answer(&stream, port, &may));
            }
        });
        Self { port: own, may_write }
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Lets everything pass from now on.
    pub fn allow_writing(&self) {
        self.may_write.store(true, Ordering::Relaxed);
    }
}

/// Answers one request, and closes.
fn answer(mut client: &TcpStream, port: u16, may_write: &AtomicBool) -> std::io::Result<()> {
    let mut reader = BufReader::new(client);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let lower = line.to_lowercase();
        if let Some(given) = lower.strip_prefix("content-length:") {
            length = given.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let is_reading = head.starts_with("GET ") || head.starts_with("HEAD ");
    if !is_reading && !may_write.load(Ordering::Relaxed) {
        let length = REFUSAL.len();
        let head = "HTTP/1.1 403 Forbidden\r\ncontent-type: application/xml\r\nconnection: close";
        return write!(client, "{head}\r\ncontent-length: {length}\r\n\r\n{REFUSAL}");
    }
    let mut store = TcpStream::connect(("127.0.0.1", port))?;
    write!(store, "{head}connection: close\r\n\r\n")?;
    store.write_all(&body)?;
    std::io::copy(&mut store, &mut client)?;
    Ok(())
}
