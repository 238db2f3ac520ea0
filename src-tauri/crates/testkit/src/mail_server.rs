//! A mail server on the loopback: STARTTLS or TLS, AUTH, and whatever a server may refuse. It keeps what it took.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::hook::certified;

/// Bytes of one line; no command is longer.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// What is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing.
    Nothing,
    /// To say that it speaks TLS.
    StartTls,
    /// Whoever signs in: 535.
    Password,
    /// Every recipient, for good: 550.
    Recipient,
    /// Every mail, for now: 451.
    ForNow,
    /// To say anything at all, once a connection is there.
    Silence,
    /// To wait for TLS, as somebody in between would: all the answers to a mail come in clear, in one piece with the one
    /// to STARTTLS, and nothing is said within TLS.
    ToWait,
    /// To say goodbye: after a mail was taken nothing is answered any more.
    Goodbye,
}

/// What somebody in between answers to STARTTLS, and to a mail for two that was not sent yet.
const AHEAD: &str = "220 go ahead\r\n250-mail.test\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n235 welcome\r\n250 ok\r\n250 ok\r\n\
                     250 ok\r\n354 go ahead\r\n250 taken\r\n221 bye";

/// What came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Whether it came over TLS.
    pub was_encrypted: bool,
    /// What signed in, as it was sent: the part after `AUTH PLAIN`.
    pub signed_in: Option<String>,
    /// Its recipients.
    pub to: Vec<String>,
    /// Headers and body.
    pub text: String,
}

impl Letter {
    /// Headers and body with the encoding for seven bits taken off, as a reader shows them.
    pub fn decoded(&self) -> String {
        self.text.replace("=\n", "").replace("=3D", "=")
    }
}

#[derive(Debug)]
struct Shared {
    refuses: Refusal,
    letters: Vec<Letter>,
    /// Commands that came in clear.
    in_clear: Vec<String>,
}

/// The server; it listens until the process ends.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    shared: Arc<Mutex<Shared>>,
    certificate: Utf8PathBuf,
}

impl MailServer {
    /// Listens on a free port, in clear at first; its certificate is made in `folder`.
    pub fn start(folder: &Utf8Path) -> Self {
        Self::listen(folder, false)
    }

    /// The same, with TLS from the first byte.
    pub fn start_tls(folder: &Utf8Path) -> Self {
        Self::listen(folder, true)
    }

    fn listen(folder: &Utf8Path, is_tls: bool) -> Self {
        let (tls, certificate) = certified(folder);
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Shared { refuses: Refusal::Nothing, letters: Vec::new(), in_clear: Vec::new() };
        let shared = Arc::new(Mutex::new(shared));
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (shared, tls) = (Arc::clone(&of_thread), Arc::clone(&tls));
                std::thread::spawn(move || {
                    let line = if is_tls { Wire::encrypted(client, &tls) } else { Wire::Clear(client) };
                    // A client that went away has its own reasons.
                    let _ = Talk { wire: line, shared, tls, signed_in: None }.go();
                });
            }
        });
        Self { port, shared, certificate }
    }

    /// Refuses this from now on.
    pub fn refuse(&self, refuses: Refusal) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).refuses = refuses;
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file of its certificate.
    pub fn certificate(&self) -> &Utf8Path {
        &self.certificate
    }

    /// What it took.
    pub fn letters(&self) -> Vec<Letter> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).letters.clone()
    }

    /// What was said to it in clear.
    pub fn in_clear(&self) -> Vec<String> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).in_clear.clone()
    }
}

/// The connection stays open, and silent, until the process ends.
fn silent() -> ! {
    loop {
        std::thread::park();
    }
}

/// What a client is on.
enum Wire {
    Clear(TcpStream),
    Encrypted(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    fn encrypted(client: TcpStream, tls: &Arc<ServerConfig>) -> Self {
        let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
        Self::Encrypted(Box::new(StreamOwned::new(connection, client)))
    }

    fn say(&mut self, text: &str) -> std::io::Result<()> {
        let text = format!("{text}\r\n");
        match self {
            Self::Clear(wire) => wire.write_all(text.as_bytes()),
            Self::Encrypted(wire) => wire.write_all(text.as_bytes()).and_then(|()| wire.flush()),
        }
    }

    /// A line without its end; nothing once the client is gone.
    fn hear(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut byte = [0];
        while line.len() < LINE_BYTES_MAX {
            let read = match self {
                Self::Clear(wire) => wire.read(&mut byte)?,
                Self::Encrypted(wire) => wire.read(&mut byte)?,
            };
            match (read, byte[0]) {
                (0, _) => return Ok(None),
                (_, b'\n') => {
                    let text = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
                    return Ok(Some(text));
                }
                (_, other) => line.push(other),
            }
        }
        Ok(None)
    }
}

/// One connection.
struct Talk {
    wire: Wire,
    shared: Arc<Mutex<Shared>>,
    tls: Arc<ServerConfig>,
    signed_in: Option<String>,
}

impl Talk {
    fn refuses(&self) -> Refusal {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).refuses
    }

    fn is_clear(&self) -> bool {
        matches!(self.wire, Wire::Clear(_))
    }

    fn go(mut self) -> std::io::Result<()> {
        if self.refuses() == Refusal::Silence {
            silent();
        }
        self.wire.say("220 mail.test ESMTP")?;
        let mut to = Vec::new();
        while let Some(line) = self.wire.hear()? {
            if self.is_clear() {
                self.shared.lock().unwrap_or_else(PoisonError::into_inner).in_clear.push(line.clone());
            }
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("EHLO") {
                self.greet()?;
            } else if upper == "STARTTLS" {
                let is_ahead = self.refuses() == Refusal::ToWait;
                self.wire.say(if is_ahead { AHEAD } else { "220 go ahead" })?;
                let Wire::Clear(client) = self.wire else { return Ok(()) };
                self.wire = Wire::encrypted(client, &self.tls);
                if is_ahead {
                    // What is asked for was answered.
                    while self.wire.hear()?.is_some() {}
                    return Ok(());
                }
            } else if let Some(given) = line.strip_prefix("AUTH PLAIN ") {
                if self.refuses() == Refusal::Password {
                    self.wire.say("535 5.7.8 that password is not the one")?;
                } else {
                    self.signed_in = Some(given.to_owned());
                    self.wire.say("235 welcome")?;
                }
            } else if upper.starts_with("MAIL FROM:") {
                to.clear();
                let is_for_now = self.refuses() == Refusal::ForNow;
                self.wire.say(if is_for_now { "451 4.3.0 not now" } else { "250 ok" })?;
            } else if upper.starts_with("RCPT TO:") {
                if self.refuses() == Refusal::Recipient {
                    self.wire.say("550 5.1.1 nobody of that name")?;
                } else {
                    to.push(line["RCPT TO:".len()..].trim().trim_matches(['<', '>']).to_owned());
                    self.wire.say("250 ok")?;
                }
            } else if upper == "DATA" {
                self.take(std::mem::take(&mut to))?;
            } else if upper == "QUIT" && self.refuses() == Refusal::Goodbye {
                silent();
            } else if upper == "QUIT" {
                return self.wire.say("221 bye");
            } else {
                self.wire.say("250 ok")?;
            }
        }
        Ok(())
    }

    fn greet(&mut self) -> std::io::Result<()> {
        let offers_tls = self.is_clear() && self.refuses() != Refusal::StartTls;
        self.wire.say("250-mail.test")?;
        if offers_tls {
            self.wire.say("250-STARTTLS")?;
        }
        self.wire.say("250-AUTH PLAIN")?;
        self.wire.say("250 8BITMIME")
    }

    fn take(&mut self, to: Vec<String>) -> std::io::Result<()> {
        self.wire.say("354 go ahead")?;
        let mut text = String::new();
        while let Some(line) = self.wire.hear()? {
            if line == "." {
                let letter =
                    Letter { was_encrypted: !self.is_clear(), signed_in: self.signed_in.clone(), to, text };
                self.shared.lock().unwrap_or_else(PoisonError::into_inner).letters.push(letter);
                return self.wire.say("250 taken");
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push('\n');
        }
        Ok(())
    }
}
