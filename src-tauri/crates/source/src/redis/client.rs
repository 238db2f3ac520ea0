//! A client of a Redis server: RESP2, as much of it as a backup needs.
//!
//! Source: redis.io, "Redis serialization protocol specification".

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use rustls::pki_types::ServerName;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, ReadBuf,
};
use tokio::net::TcpStream;

use super::address::RedisAddress;

/// Any single answer but a snapshot comes within it.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// A value of Redis is at most 512 MiB; none is read that is longer than this.
pub(super) const VALUE_BYTES_MAX: usize = 128 * 1024 * 1024;
/// No answer of ours has more parts: a page of a scan.
const PARTS_MAX: usize = 100_000;
const LINE_BYTES_MAX: usize = 64 * 1024;

/// The way to the server.
#[derive(Clone)]
pub enum Way {
    /// Straight to it.
    Direct,
    /// By way of an SSH server, into a container, or both.
    Ssh(ssh::Route),
}

/// What goes wrong with a Redis server.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// It cannot be reached.
    #[error("the Redis server at {address} cannot be reached: {reason}")]
    Unreachable {
        /// Which.
        address: String,
        /// Why.
        reason: String,
    },
    /// It refuses the account.
    #[error("the Redis server at {address} refuses to sign in: {reason}")]
    SignIn {
        /// Which.
        address: String,
        /// What it said.
        reason: String,
    },
    /// It refuses a command.
    #[error("the Redis server refuses {command}: {reason}")]
    Refused {
        /// Which.
        command: &'static str,
        /// What it said.
        reason: String,
    },
    /// It answers with something that it should not.
    #[error("the Redis server answers with {0}")]
    Answer(String),
    /// The connection broke.
    #[error("the connection to the Redis server broke: {0}")]
    Broken(#[from] io::Error),
    /// It did not answer in time.
    #[error("the Redis server did not answer within {} s", .0.as_secs())]
    Silent(Duration),
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        let message = error.to_string();
        match error {
            RedisError::Unreachable { .. } => Self::new(
                Code::RedisUnreachable,
                message,
                "Check host and port, and that the server listens there; rediss:// where it wants TLS.",
            ),
            RedisError::SignIn { .. } => {
                Self::new(Code::RedisSignIn, message, "Enter the password of the account again.")
            }
            RedisError::Refused { .. } => Self::new(
                Code::RedisRefused,
                message,
                "Give the account the right to PSYNC and REPLCONF, or to SCAN, DUMP and PTTL; to RESTORE for a restore.",
            ),
            RedisError::Answer(_) | RedisError::Broken(_) | RedisError::Silent(_) => {
                Self::new(Code::RedisUnreachable, message, "Look at the server's log, and start again.")
            }
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// A word, such as `OK`.
    Word(String),
    /// A refusal.
    Error(String),
    /// A number.
    Number(i64),
    /// Bytes; absent where there is no such value.
    Bytes(Option<Vec<u8>>),
    /// Several.
    Many(Vec<Answer>),
}

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// A connection.
struct Stream(Box<dyn Both>);

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A signed-in connection to a Redis server.
pub struct Client {
    stream: BufReader<Stream>,
}

impl Client {
    /// Connects and signs in. Databases of the server are numbered; the first one is selected.
    ///
    /// # Errors
    /// `Unreachable`, `SignIn`.
    pub async fn connect(
        address: &RedisAddress,
        password: Option<&Secret>,
        way: &Way,
    ) -> Result<Self, RedisError> {
        let unreachable = |reason: String| RedisError::Unreachable { address: address.to_string(), reason };
        let dialling = dial(address, way);
        let dialled = tokio::time::timeout(CONNECT_LIMIT, dialling).await;
        let stream =
            dialled.map_err(|_| unreachable(format!("no answer within {} s", CONNECT_LIMIT.as_secs())))?;
        let mut client = Self { stream: BufReader::new(stream.map_err(unreachable)?) };
        client.sign_in(address, password).await?;
        Ok(client)
    }

    async fn sign_in(&mut self, address: &RedisAddress, password: Option<&Secret>) -> Result<(), RedisError> {
        let refused = |reason: String| RedisError::SignIn { address: address.to_string(), reason };
        if let Some(password) = password {
            let mut arguments: Vec<&[u8]> = vec![b"AUTH"];
            arguments.extend(address.user.as_deref().map(str::as_bytes));
            arguments.push(password.expose().as_bytes());
            match self.ask(&arguments).await? {
                Answer::Error(reason) => return Err(refused(reason)),
                Answer::Word(_) => {}
                other => return Err(odd(&other)),
            }
        }
        match self.ask(&[b"PING"]).await? {
            Answer::Error(reason) if reason.starts_with("LOADING") || reason.starts_with("MASTERDOWN") => {
                Err(RedisError::Unreachable { address: address.to_string(), reason })
            }
            Answer::Error(reason) if reason.starts_with("NOAUTH") || reason.starts_with("WRONGPASS") => {
                Err(refused(reason))
            }
            // An account may be allowed to do a backup, and not this.
            Answer::Word(_) | Answer::Error(_) => Ok(()),
            other => Err(odd(&other)),
        }
    }

    /// The server's version, where it may be asked.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn version(&mut self) -> Result<Option<String>, RedisError> {
        let Answer::Bytes(Some(text)) = self.ask(&[b"INFO", b"server"]).await? else { return Ok(None) };
        let text = String::from_utf8_lossy(&text).into_owned();
        let version = text.lines().find_map(|line| line.strip_prefix("redis_version:"));
        Ok(version.map(|version| version.trim().to_owned()))
    }

    /// The databases with keys in them, and how many each has; absent where the account may not ask.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn key_counts(&mut self) -> Result<Option<Vec<(u32, u64)>>, RedisError> {
        let Answer::Bytes(Some(text)) = self.ask(&[b"INFO", b"keyspace"]).await? else { return Ok(None) };
        let text = String::from_utf8_lossy(&text).into_owned();
        let counts = text.lines().filter_map(|line| {
            let (database, rest) = line.strip_prefix("db")?.split_once(":keys=")?;
            Some((database.parse().ok()?, rest.split(',').next()?.parse().ok()?))
        });
        Ok(Some(counts.collect()))
    }

    /// The server's own time (UTC milliseconds), by which its keys expire; this computer's, where it may not be asked.
    pub(super) async fn now_ms(&mut self) -> Result<i64, RedisError> {
        let Answer::Many(parts) = self.ask(&[b"TIME"]).await? else { return Ok(base::clock::now_ms()) };
        let number = |part: Option<&Answer>| match part {
            Some(Answer::Bytes(Some(text))) => std::str::from_utf8(text).ok()?.parse::<i64>().ok(),
            _ => None,
        };
        let (seconds, micros) = (number(parts.first()), number(parts.get(1)));
        Ok(match (seconds, micros) {
            (Some(seconds), Some(micros)) => seconds.saturating_mul(1000).saturating_add(micros / 1000),
            _ => base::clock::now_ms(),
        })
    }

    /// Sends a command, and reads its answer.
    pub(super) async fn ask(&mut self, arguments: &[&[u8]]) -> Result<Answer, RedisError> {
        self.send(arguments).await?;
        self.answer().await
    }

    /// Sends a command without waiting for its answer.
    pub(super) async fn send(&mut self, arguments: &[&[u8]]) -> Result<(), RedisError> {
        let mut message = format!("*{}\r\n", arguments.len()).into_bytes();
        for argument in arguments {
            message.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
            message.extend_from_slice(argument);
            message.extend_from_slice(b"\r\n");
        }
        let sending = async {
            self.stream.get_mut().write_all(&message).await?;
            self.stream.get_mut().flush().await
        };
        tokio::time::timeout(ANSWER_LIMIT, sending).await.map_err(|_| RedisError::Silent(ANSWER_LIMIT))??;
        Ok(())
    }

    pub(super) async fn answer(&mut self) -> Result<Answer, RedisError> {
        let reading = self.read_answer(0);
        tokio::time::timeout(ANSWER_LIMIT, reading).await.map_err(|_| RedisError::Silent(ANSWER_LIMIT))?
    }

    fn read_answer(
        &mut self,
        depth: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, RedisError>> + Send + '_>> {
        Box::pin(async move {
            let line = self.line().await?;
            let (kind, rest) =
                line.split_at_checked(1).ok_or_else(|| RedisError::Answer("an empty line".into()))?;
            let number =
                || rest.parse::<i64>().map_err(|_| RedisError::Answer(format!("{kind:?} and no number")));
            match kind {
                "+" => Ok(Answer::Word(rest.to_owned())),
                "-" => Ok(Answer::Error(rest.to_owned())),
                ":" => Ok(Answer::Number(number()?)),
                "$" => match usize::try_from(number()?) {
                    Err(_) => Ok(Answer::Bytes(None)),
                    Ok(length) if length > VALUE_BYTES_MAX => {
                        Err(RedisError::Answer(format!("a value of {length} bytes")))
                    }
                    Ok(length) => {
                        let mut bytes = Vec::new();
                        let read = (&mut self.stream).take(length as u64).read_to_end(&mut bytes).await?;
                        let mut end = [0; 2];
                        self.stream.read_exact(&mut end).await?;
                        if read != length || &end != b"\r\n" {
                            return Err(RedisError::Answer("a value without its end".into()));
                        }
                        Ok(Answer::Bytes(Some(bytes)))
                    }
                },
                "*" if depth > 2 => Err(RedisError::Answer("lists within lists within lists".into())),
                "*" => match usize::try_from(number()?) {
                    Err(_) => Ok(Answer::Many(Vec::new())),
                    Ok(count) if count > PARTS_MAX => {
                        Err(RedisError::Answer(format!("a list of {count} parts")))
                    }
                    Ok(count) => {
                        let mut parts = Vec::new();
                        for _ in 0..count {
                            parts.push(self.read_answer(depth + 1).await?);
                        }
                        Ok(Answer::Many(parts))
                    }
                },
                other => Err(RedisError::Answer(format!("{other:?}, which is no Redis"))),
            }
        })
    }

    /// A line without its end.
    pub(super) async fn line(&mut self) -> Result<String, RedisError> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line).await?;
        if read == 0 {
            return Err(RedisError::Broken(io::ErrorKind::UnexpectedEof.into()));
        }
        if line.pop() != Some(b'\n') {
            return Err(RedisError::Answer("a line without an end".into()));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line).map_err(|_| RedisError::Answer("a line that is no text".into()))
    }

    /// Some bytes of what follows.
    pub(super) async fn bytes(&mut self, into: &mut [u8]) -> Result<usize, RedisError> {
        Ok(self.stream.read(into).await?)
    }
}

async fn dial(address: &RedisAddress, way: &Way) -> Result<Stream, String> {
    let stream = match way {
        Way::Direct => {
            let stream = TcpStream::connect((address.host.as_str(), address.port)).await;
            let stream = stream.map_err(|error| error.to_string())?;
            stream.set_nodelay(true).map_err(|error| error.to_string())?;
            Stream(Box::new(stream))
        }
        Way::Ssh(route) => {
            Stream(Box::new(route.open(CONNECT_LIMIT).await.map_err(|error| error.to_string())?))
        }
    };
    if !address.tls {
        return Ok(stream);
    }
    let config = remote::trust::client()?;
    let name = ServerName::try_from(address.host.clone()).map_err(|error| error.to_string())?;
    let tls = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    Ok(Stream(Box::new(tls.map_err(|error| error.to_string())?)))
}

/// An answer of a kind that does not fit.
pub(super) fn odd(answer: &Answer) -> RedisError {
    RedisError::Answer(match answer {
        Answer::Word(word) => format!("{word:?}"),
        Answer::Error(text) => text.clone(),
        Answer::Number(number) => number.to_string(),
        Answer::Bytes(_) => "a value".into(),
        Answer::Many(_) => "a list".into(),
    })
}
