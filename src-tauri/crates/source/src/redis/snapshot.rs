//! A snapshot of a server as one RDB file: as a replica gets it, else key by key.
//!
//! Source: Redis, `replication.c`, `redis-cli.c` (`--rdb`).

use std::collections::HashSet;
use std::time::Duration;

use base::secret::Secret;
use tokio::sync::mpsc;

use super::address::RedisAddress;
use super::client::{Answer, Client, RedisError, Way, odd};
use super::rdb::CRC;

/// A server that saves to its disk first sends an empty line every few seconds meanwhile.
const SILENCE_LIMIT: Duration = Duration::from_mins(5);
const PIECE_BYTES: usize = 256 * 1024;
/// Before the length of a snapshot that is generated as it is sent.
const MARK_BYTES: usize = 40;
/// So many keys of one database are remembered, in 256 MiB at most.
const SCANNED_MAX: usize = 4_000_000;
/// Keys that are asked for at once.
const PAGE: &[u8] = b"200";
/// The format of a file that is put together here: what Redis 5 writes, if the server's own is not known.
const VERSION: u16 = 9;

/// How a snapshot is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As a replica gets it: one moment.
    Replica,
    /// Key by key: each key is as it was when it was read, not all of one moment.
    Scan,
}

/// A snapshot that is on its way.
pub struct Snapshot {
    client: Client,
    how: How,
    /// Why it is taken key by key, where it is.
    pub why_scan: Option<String>,
    /// The server's version, where it may be asked.
    pub version: Option<String>,
}

/// Signs in, and asks for a snapshot as a replica does; where that is refused it is taken key by key.
///
/// # Errors
/// When the server cannot be reached, refuses both ways, or breaks off.
pub async fn snapshot(
    address: &RedisAddress,
    password: Option<&Secret>,
    way: &Way,
) -> Result<Snapshot, RedisError> {
    let mut client = Client::connect(address, password, way).await?;
    let version = client.version().await?;
    // Neither is known to old servers, and neither is needed.
    client.ask(&[b"REPLCONF", b"capa", b"eof"]).await?;
    client.ask(&[b"REPLCONF", b"rdb-only", b"1"]).await?;
    client.send(&[b"PSYNC", b"?", b"-1"]).await?;
    let answer = spoken(&mut client).await?;
    match answer.split_at_checked(1) {
        Some(("+", word)) if word.starts_with("FULLRESYNC") => {
            Ok(Snapshot { client, how: How::Replica, why_scan: None, version })
        }
        Some(("-" | "+", why)) => {
            let why = why.to_owned();
            // What the server sends after a refusal is not ours: the next way has its own connection.
            let client = Client::connect(address, password, way).await?;
            Ok(Snapshot { client, how: How::Scan, why_scan: Some(why), version })
        }
        _ => Err(RedisError::Answer(format!("{answer:?} where a snapshot begins"))),
    }
}

/// The next line that is not empty: a server that prepares a snapshot sends empty ones meanwhile.
async fn spoken(client: &mut Client) -> Result<String, RedisError> {
    loop {
        let line = patient(client.line()).await?;
        if !line.is_empty() {
            return Ok(line);
        }
    }
}

impl Snapshot {
    /// How it is taken.
    pub fn how(&self) -> How {
        self.how
    }

    /// Sends the file, piece by piece. Whoever reads it has to look at its checksum: a cut one has none.
    ///
    /// # Errors
    /// When the connection breaks or falls silent, or the server refuses.
    pub async fn send(mut self, to: &mpsc::Sender<Vec<u8>>) -> Result<(), RedisError> {
        match self.how {
            How::Replica => self.replicate(to).await,
            How::Scan => self.scan(to).await,
        }
    }

    async fn replicate(&mut self, to: &mpsc::Sender<Vec<u8>>) -> Result<(), RedisError> {
        let head = spoken(&mut self.client).await?;
        if let Some(mark) = head.strip_prefix("$EOF:") {
            if mark.len() != MARK_BYTES {
                return Err(RedisError::Answer("a mark of another length than 40".into()));
            }
            return self.until(mark.as_bytes(), to).await;
        }
        let length = head.strip_prefix('$').and_then(|length| length.parse::<u64>().ok());
        let mut left =
            length.ok_or_else(|| RedisError::Answer(format!("{head:?} where a snapshot begins")))?;
        while left > 0 {
            let want = usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
            let mut piece = vec![0; want];
            let count = patient(self.client.bytes(&mut piece)).await?;
            if count == 0 {
                return Err(cut());
            }
            piece.truncate(count);
            left -= count as u64;
            if to.send(piece).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends everything before a mark, which ends the snapshot.
    async fn until(&mut self, mark: &[u8], to: &mpsc::Sender<Vec<u8>>) -> Result<(), RedisError> {
        let mut held: Vec<u8> = Vec::with_capacity(PIECE_BYTES + MARK_BYTES);
        loop {
            let before = held.len();
            held.resize(before + PIECE_BYTES, 0);
            let count = patient(self.client.bytes(&mut held[before..])).await?;
            held.truncate(before + count);
            if count == 0 {
                return Err(cut());
            }
            // With `rdb-only` nothing follows it; without it whatever was written since does.
            if let Some(at) = held.windows(mark.len()).position(|there| there == mark) {
                held.truncate(at);
                let _ = to.send(held).await;
                return Ok(());
            }
            let certain = held.len().saturating_sub(mark.len() - 1);
            let rest = held.split_off(certain);
            if to.send(std::mem::replace(&mut held, rest)).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Puts a file together from what `DUMP` gives.
    async fn scan(&mut self, to: &mpsc::Sender<Vec<u8>>) -> Result<(), RedisError> {
        let databases = self.databases().await?;
        // The server counts down what expires: its own clock says when that is.
        let begun_ms = self.client.now_ms().await?;
        let begun = std::time::Instant::now();
        let mut file = File { digest: CRC.digest(), version: None };
        for database in databases {
            refused("SELECT", self.client.ask(&[b"SELECT", database.to_string().as_bytes()]).await?)?;
            let mut cursor = b"0".to_vec();
            let (mut is_selected, mut seen) = (false, HashSet::new());
            loop {
                let page = refused("SCAN", self.client.ask(&[b"SCAN", &cursor, b"COUNT", PAGE]).await?)?;
                let (next, keys) = scan_page(page)?;
                for key in keys {
                    // A scan may name a key twice, and a file may not hold it twice.
                    if !seen.insert(fingerprint(&key)) {
                        continue;
                    }
                    if seen.len() > SCANNED_MAX {
                        return Err(RedisError::Answer(format!(
                            "more than {SCANNED_MAX} keys in one database, which only a replica can take"
                        )));
                    }
                    let Some((value, expires_in_ms)) = self.key(&key).await? else { continue };
                    let mut piece = Vec::with_capacity(value.len() + key.len() + 64);
                    let kind_and_value = File::value(&value)?;
                    if file.begin(&value, &mut piece) || !is_selected {
                        piece.push(0xfe);
                        length(u64::from(database), &mut piece);
                        is_selected = true;
                    }
                    if let Some(ms) = expires_in_ms {
                        piece.push(0xfc);
                        let since = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
                        let at = begun_ms.saturating_add(since).saturating_add(ms);
                        piece.extend_from_slice(&at.to_le_bytes());
                    }
                    piece.push(kind_and_value[0]);
                    length(key.len() as u64, &mut piece);
                    piece.extend_from_slice(&key);
                    piece.extend_from_slice(&kind_and_value[1..]);
                    file.digest.update(&piece);
                    if to.send(piece).await.is_err() {
                        return Ok(());
                    }
                }
                if next == b"0" {
                    break;
                }
                cursor = next;
            }
        }
        let mut end = Vec::new();
        if file.version.is_none() {
            end.extend_from_slice(format!("REDIS{VERSION:04}").as_bytes());
        }
        end.push(0xff);
        file.digest.update(&end);
        end.extend_from_slice(&file.digest.finalize().to_le_bytes());
        let _ = to.send(end).await;
        Ok(())
    }

    /// The databases that are read: those with keys, where the account may ask for them.
    async fn databases(&mut self) -> Result<Vec<u32>, RedisError> {
        match self.client.key_counts().await? {
            Some(counts) => Ok(counts.into_iter().map(|(database, _)| database).collect()),
            None => Err(RedisError::Refused {
                command: "INFO",
                reason: "without it nobody knows which databases have keys".into(),
            }),
        }
    }

    /// The value of a key as `DUMP` gives it, and in how many milliseconds it expires; absent where it is gone.
    async fn key(&mut self, key: &[u8]) -> Result<Option<(Vec<u8>, Option<i64>)>, RedisError> {
        self.client.send(&[b"PTTL", key]).await?;
        self.client.send(&[b"DUMP", key]).await?;
        let (ttl, value) = (self.client.answer().await?, self.client.answer().await?);
        let Answer::Number(ttl) = refused("PTTL", ttl)? else {
            return Err(RedisError::Answer("no time".into()));
        };
        match refused("DUMP", value)? {
            Answer::Bytes(Some(value)) if ttl != -2 => Ok(Some((value, (ttl >= 0).then_some(ttl)))),
            Answer::Bytes(_) => Ok(None),
            other => Err(odd(&other)),
        }
    }
}

/// A file that is put together.
struct File {
    digest: crc::Digest<'static, u64, crc::Table<16>>,
    /// The version that its values are of.
    version: Option<u16>,
}

impl File {
    /// The kind and the value of what `DUMP` gave, which ends with two bytes of a version and eight of a checksum.
    fn value(dumped: &[u8]) -> Result<&[u8], RedisError> {
        let broken = || RedisError::Answer("a DUMP whose checksum does not match".into());
        let (body, sum) = dumped.split_at_checked(dumped.len().saturating_sub(8)).ok_or_else(broken)?;
        let sum = <[u8; 8]>::try_from(sum).map_err(|_| broken())?;
        let value = body.split_at_checked(body.len().saturating_sub(2)).ok_or_else(broken)?.0;
        if value.len() < 2 || CRC.checksum(body) != u64::from_le_bytes(sum) {
            return Err(broken());
        }
        Ok(value)
    }

    /// Writes the head before the first value; whether it did.
    fn begin(&mut self, dumped: &[u8], piece: &mut Vec<u8>) -> bool {
        if self.version.is_some() {
            return false;
        }
        let at = dumped.len() - 10;
        let version = u16::from_le_bytes([dumped[at], dumped[at + 1]]);
        self.version = Some(version);
        piece.extend_from_slice(format!("REDIS{version:04}").as_bytes());
        true
    }
}

/// What a key is remembered by.
fn fingerprint(key: &[u8]) -> u128 {
    let hash = ring::digest::digest(&ring::digest::SHA256, key);
    u128::from_le_bytes(hash.as_ref()[..16].try_into().unwrap_or_default())
}

/// Writes a length as RDB files have it.
fn length(length: u64, into: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(small) if small < 0x40 => into.push(small),
        _ => {
            into.push(0x81);
            into.extend_from_slice(&length.to_be_bytes());
        }
    }
}

fn scan_page(page: Answer) -> Result<(Vec<u8>, Vec<Vec<u8>>), RedisError> {
    let odd = || RedisError::Answer("something else than a page of keys".into());
    let Answer::Many(parts) = page else { return Err(odd()) };
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next()) {
        (Some(Answer::Bytes(Some(cursor))), Some(Answer::Many(keys))) => {
            let keys = keys.into_iter().map(|key| match key {
                Answer::Bytes(Some(key)) => Ok(key),
                _ => Err(odd()),
            });
            Ok((cursor, keys.collect::<Result<_, _>>()?))
        }
        _ => Err(odd()),
    }
}

/// An answer that is no refusal.
pub(super) fn refused(command: &'static str, answer: Answer) -> Result<Answer, RedisError> {
    match answer {
        Answer::Error(reason) => Err(RedisError::Refused { command, reason }),
        answer => Ok(answer),
    }
}

fn cut() -> RedisError {
    RedisError::Broken(std::io::Error::new(
        std::io::ErrorKind::UnexpectedEof,
        "in the middle of the snapshot",
    ))
}

async fn patient<T>(reading: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    tokio::time::timeout(SILENCE_LIMIT, reading).await.map_err(|_| RedisError::Silent(SILENCE_LIMIT))?
}
