//! Keys of a snapshot back into a server, by `RESTORE`.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read;

use super::client::{Answer, Client, RedisError, odd};
use super::rdb::{CRC, Entry, RdbError, RdbReader};
use super::snapshot::refused;

/// Commands that are on their way at once.
const AHEAD: usize = 64;
/// A key that expires so soon may be gone before somebody looks.
const SOON_MS: i64 = 60_000;
const AHEAD_BYTES: usize = 1024 * 1024;

/// What is done with a key that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// It gets the value of the snapshot.
    Replace,
    /// It stays.
    Keep,
}

/// What was put back, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PutBack {
    /// Keys that were not there.
    pub added: u64,
    /// Keys that were there.
    pub there: u64,
    /// Keys that have expired since.
    pub expired: u64,
    /// Keys that the server did not take, each with the reason; the first hundred.
    pub refused: Vec<String>,
    /// How many it did not take.
    pub refused_count: u64,
}

/// Why keys cannot be put back.
#[derive(Debug, thiserror::Error)]
pub enum PutBackError {
    /// The snapshot cannot be read.
    #[error(transparent)]
    File(#[from] RdbError),
    /// The server fails.
    #[error(transparent)]
    Server(#[from] RedisError),
}

impl From<PutBackError> for base::failure::Failure {
    fn from(error: PutBackError) -> Self {
        match error {
            PutBackError::File(error) => Self::new(
                base::Code::VaultDamaged,
                format!("the snapshot of Redis cannot be read: {error}"),
                "Verify the backup, and take another one.",
            ),
            PutBackError::Server(error) => error.into(),
        }
    }
}

/// Counts which keys of a snapshot, or of these alone, are in a server. `reader` blocks; call it where that is fine.
///
/// # Errors
/// When the snapshot is damaged, or the server refuses to tell.
pub async fn look(
    client: &mut Client,
    reader: impl Read + Send,
    only: Option<&KeySet>,
    mut beat: impl FnMut() + Send,
) -> Result<PutBack, PutBackError> {
    let mut rdb = RdbReader::new(reader, false)?;
    let (mut done, mut database, mut asked) = (PutBack::default(), None, 0);
    let soon = client.now_ms().await?.saturating_add(SOON_MS);
    while let Some(entry) = rdb.next_entry()? {
        if only.is_some_and(|only| !only.has(entry.database, &entry.key)) {
            continue;
        }
        if entry.expires_at_ms.is_some_and(|at| at <= soon) {
            done.expired += 1;
            continue;
        }
        if database != Some(entry.database) || asked >= AHEAD {
            beat();
            hear(client, &mut asked, &mut done).await?;
            select(client, &mut database, entry.database).await?;
        }
        client.send(&[b"EXISTS", &entry.key]).await?;
        asked += 1;
    }
    hear(client, &mut asked, &mut done).await?;
    Ok(done)
}

/// Reads the answers to what was asked.
async fn hear(client: &mut Client, asked: &mut usize, done: &mut PutBack) -> Result<(), RedisError> {
    for _ in 0..std::mem::take(asked) {
        match refused("EXISTS", client.answer().await?)? {
            Answer::Number(0) => done.added += 1,
            Answer::Number(_) => done.there += 1,
            other => return Err(odd(&other)),
        }
    }
    Ok(())
}

/// Which keys a snapshot has, as far as anybody has to know: hashes with seeds of this process.
#[derive(Debug, Default)]
pub struct KeySet {
    seeds: [RandomState; 2],
    hashes: HashSet<(u64, u64)>,
}

impl KeySet {
    /// The keys of a snapshot.
    ///
    /// # Errors
    /// When the snapshot is damaged.
    pub fn read(reader: impl Read) -> Result<Self, PutBackError> {
        let (mut rdb, mut all) = (RdbReader::new(reader, false)?, Self::default());
        while let Some(entry) = rdb.next_entry()? {
            let hash = all.hash(entry.database, &entry.key);
            all.hashes.insert(hash);
        }
        Ok(all)
    }

    fn hash(&self, database: u32, key: &[u8]) -> (u64, u64) {
        let [one, other] = &self.seeds;
        (one.hash_one((database, key)), other.hash_one((database, key)))
    }

    fn has(&self, database: u32, key: &[u8]) -> bool {
        self.hashes.contains(&self.hash(database, key))
    }
}

/// Puts the keys of a snapshot back; of these alone, where some are given, and no functions then.
///
/// # Errors
/// When the snapshot is damaged or the connection breaks; what was put back until then stays.
pub async fn put_back(
    client: &mut Client,
    reader: impl Read + Send,
    conflict: Conflict,
    only: Option<&KeySet>,
    mut tell: impl FnMut(u64) + Send,
) -> Result<PutBack, PutBackError> {
    let mut rdb = RdbReader::new(reader, true)?;
    let version = rdb.version;
    let (mut done, mut database, now) = (PutBack::default(), None, client.now_ms().await?);
    let (mut sent, mut bytes): (Vec<Vec<u8>>, usize) = (Vec::new(), 0);
    while let Some(entry) = rdb.next_entry()? {
        if only.is_some_and(|only| !only.has(entry.database, &entry.key)) {
            continue;
        }
        if database != Some(entry.database) {
            settle(client, &mut sent, &mut done).await?;
            select(client, &mut database, entry.database).await?;
        }
        let Entry { key, expires_at_ms, value, .. } = entry;
        if expires_at_ms.is_some_and(|at| at <= now) {
            done.expired += 1;
            continue;
        }
        let Some(mut value) = value else {
            refuse(&mut done, &key, "its value is larger than one command takes");
            continue;
        };
        value.extend_from_slice(&version.to_le_bytes());
        let sum = CRC.checksum(&value).to_le_bytes();
        value.extend_from_slice(&sum);
        let at = expires_at_ms.unwrap_or(0).to_string();
        let mut command: Vec<&[u8]> = vec![b"RESTORE", &key, at.as_bytes(), &value];
        command.extend(expires_at_ms.map(|_| &b"ABSTTL"[..]));
        command.extend((conflict == Conflict::Replace).then_some(&b"REPLACE"[..]));
        client.send(&command).await?;
        bytes += value.len();
        tell(value.len() as u64);
        sent.push(key);
        if sent.len() >= AHEAD || bytes >= AHEAD_BYTES {
            settle(client, &mut sent, &mut done).await?;
            bytes = 0;
        }
    }
    settle(client, &mut sent, &mut done).await?;
    for library in rdb.functions.iter().filter(|_| only.is_none()) {
        match client.ask(&[b"FUNCTION", b"LOAD", b"REPLACE", library]).await? {
            Answer::Error(reason) => refuse(&mut done, b"a library of functions", &reason),
            _ => done.added += 1,
        }
    }
    Ok(done)
}

async fn select(client: &mut Client, current: &mut Option<u32>, database: u32) -> Result<(), RedisError> {
    if *current != Some(database) {
        refused("SELECT", client.ask(&[b"SELECT", database.to_string().as_bytes()]).await?)?;
        *current = Some(database);
    }
    Ok(())
}

/// Reads the answers to what was sent.
async fn settle(client: &mut Client, sent: &mut Vec<Vec<u8>>, done: &mut PutBack) -> Result<(), RedisError> {
    for key in sent.drain(..) {
        match client.answer().await? {
            Answer::Word(_) => done.added += 1,
            Answer::Error(reason) if reason.starts_with("BUSYKEY") => done.there += 1,
            Answer::Error(reason) => refuse(done, &key, &reason),
            other => return Err(odd(&other)),
        }
    }
    Ok(())
}

fn refuse(done: &mut PutBack, key: &[u8], reason: &str) {
    const NAMED_MAX: usize = 100;
    done.refused_count += 1;
    if done.refused.len() < NAMED_MAX {
        done.refused.push(format!("{:?}: {reason}", String::from_utf8_lossy(key)));
    }
}
