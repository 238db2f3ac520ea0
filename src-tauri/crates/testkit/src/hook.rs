//! A web server on the loopback that hooks are sent to, and that does with them what servers do.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Bytes of one request; no hook is longer.
const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// A certificate of a server on the loopback, which is no authority.
const CERTIFICATE: &str = "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=v3\n[dn]\nCN=hook\n[v3]\n\
    subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=critical,CA:FALSE\n";

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
    /// The body as it came.
    pub text: String,
}

#[derive(Debug, Default)]
struct Shared {
    calls: Vec<Call>,
    replies: Vec<(String, Reply)>,
}

/// The server; it listens until the process ends.
#[derive(Debug)]
pub struct Hook {
    address: String,
    shared: Arc<Mutex<Shared>>,
}

impl Hook {
    /// Listens on a free port, and answers every call with 200.
    pub fn start() -> Self {
        Self::listen("http", None)
    }

    /// The same over TLS, with a certificate of its own in `folder`, whose path is given back.
    pub fn start_tls(folder: &Utf8Path) -> (Self, Utf8PathBuf) {
        let (tls, certificate) = certified(folder);
        (Self::listen("https", Some(tls)), certificate)
    }

    fn listen(scheme: &str, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("{scheme}://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared::default()));
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (shared, tls) = (Arc::clone(&of_thread), tls.clone());
                std::thread::spawn(move || match tls {
                    None => serve(client, &shared),
                    Some(tls) => {
                        serve(StreamOwned::new(ServerConnection::new(tls).unwrap(), client), &shared);
                    }
                });
            }
        });
        Self { address, shared }
    }

    /// Answers calls of this path so from now on.
    #[must_use]
    pub fn with(self, path: &str, reply: Reply) -> Self {
        lock(&self.shared).replies.push((path.to_owned(), reply));
        self
    }

    /// The same, of a server that is there already.
    pub fn answer(&self, path: &str, reply: Reply) {
        lock(&self.shared).replies.push((path.to_owned(), reply));
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
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

/// What a server on the loopback shows, and the file of its certificate, made in `folder`.
pub(crate) fn certified(folder: &Utf8Path) -> (Arc<ServerConfig>, Utf8PathBuf) {
    let [config, certificate, key] = ["hook.cnf", "hook.pem", "hook.key"].map(|name| folder.join(name));
    std::fs::write(&config, CERTIFICATE).unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-config", config.as_str()])
        .args(["-keyout", key.as_str(), "-out", certificate.as_str()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let chain = vec![CertificateDer::from_pem_file(&certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (Arc::new(tls), certificate)
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut client: impl Read + Write, shared: &Mutex<Shared>) {
    let Some((call, raw)) = read(&mut client) else { return };
    let reply = {
        let mut shared = lock(shared);
        let known = shared.replies.iter().rev().find(|(path, _)| *path == call.path);
        let reply = known.map_or(Reply::Status(200, String::new()), |(_, reply)| reply.clone());
        shared.calls.push(call);
        reply
    };
    let answer = match reply {
        // The connection stays open, and silent, until the process ends.
        Reply::Nothing => loop {
            std::thread::park();
        },
        Reply::Status(status, text) => answer(status, "", &text),
        Reply::Redirect(to) => answer(302, &format!("location: {to}\r\n"), ""),
        Reply::Echo(status) => answer(status, "", &raw),
        Reply::Endless => {
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
            // Until the other side has had enough.
            let mut is_heard = client.write_all(head.as_bytes()).is_ok();
            while is_heard {
                is_heard = client.write_all(&[b'x'; 4096]).is_ok();
            }
            return;
        }
    };
    // A client that went away has its own reasons.
    let _ = client.write_all(answer.as_bytes());
    let _ = client.flush();
}

fn answer(status: u16, headers: &str, text: &str) -> String {
    format!(
        "HTTP/1.1 {status} So\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    )
}

/// A whole request: its head, then as many bytes as it says.
fn read(client: &mut impl Read) -> Option<(Call, String)> {
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
                let sent = body.to_owned();
                let body = serde_json::from_str(body).unwrap_or_default();
                return Some((Call { path, head: head.to_owned(), body, text: sent }, text));
            }
        }
        let read = client.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        assert!(bytes.len() <= REQUEST_BYTES_MAX, "a hook sent {} bytes", bytes.len());
    }
}
