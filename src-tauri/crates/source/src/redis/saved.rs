//! The third way to a snapshot: the server saves one to its own disk, and the file is read there. It is for servers that
//! refuse both a replica and the reading of keys.
//!
//! Source: Redis docs, `BGSAVE`, `CONFIG GET`, `INFO`, `DUMP`, "ACL".

use std::time::{Duration, Instant};

use base::secret::Secret;

use super::address::RedisAddress;
use super::client::{Answer, Client, RedisError, Way};

/// Between two looks at a server that saves.
const POLL: Duration = Duration::from_millis(200);
/// Saving what fits into memory takes minutes; a disk that is slower is not waited for.
const SAVE_LIMIT: Duration = Duration::from_mins(30);

/// A snapshot that a server saved just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The folder of the server's computer that it is in.
    pub folder: String,
    /// The file there.
    pub file: String,
}

impl Client {
    /// Why keys cannot be read one by one; nothing where they can.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn why_not_scanned(&mut self) -> Result<Option<String>, RedisError> {
        for command in
            [&[&b"SCAN"[..], b"0", b"COUNT", b"1"][..], &[b"DUMP", b"holdfast"], &[b"PTTL", b"holdfast"]]
        {
            // Whoever may not is told so before anything is looked for. Other errors are of the server's state.
            if let Answer::Error(why) = self.ask(command).await?
                && (why.starts_with("NOPERM") || why.contains("unknown command"))
            {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }
}

/// Has a server save a snapshot, and waits for it. One that it is saving already began before now, and is waited for as
/// well.
///
/// # Errors
/// Where the server refuses, or cannot save.
pub async fn save(address: &RedisAddress, password: Option<&Secret>, way: &Way) -> Result<Saved, RedisError> {
    let mut client = Client::connect(address, password, way).await?;
    let folder = setting(&mut client, "dir").await?;
    let file = setting(&mut client, "dbfilename").await?;
    if !folder.starts_with('/') || file.is_empty() || file.contains(['/', '\\']) {
        return Err(RedisError::Answer(format!("{folder:?} and {file:?} as the place of its snapshots")));
    }
    let deadline = Instant::now() + SAVE_LIMIT;
    loop {
        ended(&mut client, deadline).await?;
        match client.ask(&[b"BGSAVE"]).await? {
            Answer::Error(why) if why.contains("in progress") => {}
            Answer::Error(reason) => return Err(RedisError::Refused { command: "BGSAVE", reason }),
            _ => break,
        }
        wait(deadline).await?;
    }
    ended(&mut client, deadline).await?;
    match field(&mut client, "rdb_last_bgsave_status:").await?.as_str() {
        "ok" => Ok(Saved { folder, file }),
        other => Err(RedisError::Refused {
            command: "BGSAVE",
            reason: format!("it was begun, and the server says of its end: {other}"),
        }),
    }
}

async fn ended(client: &mut Client, deadline: Instant) -> Result<(), RedisError> {
    while field(client, "rdb_bgsave_in_progress:").await? != "0" {
        wait(deadline).await?;
    }
    Ok(())
}

async fn wait(deadline: Instant) -> Result<(), RedisError> {
    if Instant::now() > deadline {
        return Err(RedisError::Silent(SAVE_LIMIT));
    }
    tokio::time::sleep(POLL).await;
    Ok(())
}

async fn field(client: &mut Client, name: &'static str) -> Result<String, RedisError> {
    match client.ask(&[b"INFO", b"persistence"]).await? {
        Answer::Bytes(Some(text)) => {
            let text = String::from_utf8_lossy(&text).into_owned();
            let found = text.lines().find_map(|line| line.strip_prefix(name));
            let found = found.map(|value| value.trim().to_owned());
            found.ok_or_else(|| RedisError::Answer(format!("no {name} among what it says of its snapshots")))
        }
        Answer::Error(reason) => Err(RedisError::Refused { command: "INFO", reason }),
        _ => Err(RedisError::Answer("nothing readable about its snapshots".to_owned())),
    }
}

async fn setting(client: &mut Client, name: &str) -> Result<String, RedisError> {
    match client.ask(&[b"CONFIG", b"GET", name.as_bytes()]).await? {
        Answer::Many(parts) => match parts.into_iter().nth(1) {
            Some(Answer::Bytes(Some(text))) => {
                String::from_utf8(text).map_err(|_| RedisError::Answer(format!("a {name} that is no text")))
            }
            _ => Err(RedisError::Answer(format!("no {name} among its settings"))),
        },
        Answer::Error(reason) => Err(RedisError::Refused { command: "CONFIG GET", reason }),
        _ => Err(RedisError::Answer(format!("nothing readable as its {name}"))),
    }
}
