//! Fetching a link as any client of the web would: one connection, no redirects, what came of it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What came.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The headers as they stood, lower case.
    pub head: String,
    /// The bytes of the body.
    pub body: Vec<u8>,
    /// Whether as many came as were said.
    pub is_whole: bool,
}

impl Fetched {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }
}

/// Gets an address of the loopback.
pub async fn fetch(url: &str, headers: &[(&str, &str)]) -> Fetched {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let mut lines = vec![format!("GET /{path} HTTP/1.1"), format!("host: {host}")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let asked = lines.join("\r\n") + "\r\nconnection: close\r\n\r\n";
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A connection that is cut leaves what came before.
    let _ = stream.read_to_end(&mut bytes).await;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    let mut fetched = Fetched { status, head, body: bytes.split_off(end + 4), is_whole: true };
    let said = fetched.header("content-length").map(|length| length.parse::<usize>().unwrap());
    fetched.is_whole = said.is_none_or(|said| said == fetched.body.len());
    fetched
}
