//! A snapshot of Redis, loaded into a private server on this computer, and its keys counted there.
//!
//! The server is told that it is a replica of nobody that answers: then it keeps keys that have expired since, and has
//! exactly those of the snapshot. Source: Redis docs, "Replication", "Redis configuration", `INFO`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use postgres::cluster::{Wall, Walled};
use source::redis::{Client, RedisAddress, RedisError, Way};
use uuid::Uuid;
use vault::{SnapshotId, Vault};

use crate::archive::opened::blocking;
use crate::archive::{REDIS_FILE, Taken};
use base::failure::Failure;
use base::meter::Meter;
use base::on_path;
use base::secret::Secret;
use base::words::bytes_words;
use ledger::job::JobContext;

/// A server holds several times its snapshot in memory.
const SNAPSHOT_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// A gibibyte is loaded within a minute; a computer that swaps takes longer.
const LOAD_LIMIT: Duration = Duration::from_mins(20);
const POLL: Duration = Duration::from_millis(50);
/// Databases of a server have numbers; one that is configured for fewer refuses the snapshot.
const DATABASES: u32 = 4096;
/// Programs that are a server, and what each is called. Packages that have no service still have the one that checks
/// snapshots, which is the same program.
const PROGRAMS: [(&str, &str); 3] = [
    ("redis-server", "redis-server"),
    ("valkey-server", "valkey-server"),
    ("redis-check-rdb", "redis-server"),
];

/// What came of it.
pub(super) enum Loaded {
    /// A server loaded it, and has so many keys.
    Keys {
        /// How many.
        keys: u64,
        /// The server's version.
        version: String,
        /// How it was walled in.
        wall: Wall,
    },
    /// It was not tried, and why: without a full stop.
    NotTried(String),
    /// The server here is not made for it, and says so.
    TooOld(String),
    /// The server refused it for another reason.
    Refused(String),
}

/// Loads the snapshot of a source in a folder that is there, and empty.
///
/// # Errors
/// When the vault fails, the disk is full, or the run was cancelled.
pub(super) async fn load(
    context: &JobContext,
    (vault, id): (&Vault, SnapshotId),
    taken: &Taken,
    folder: &Utf8Path,
) -> Result<Loaded, Failure> {
    let Some((program, called)) = program() else {
        return Ok(Loaded::NotTried("no redis-server is on this computer".to_owned()));
    };
    if taken.bytes > SNAPSHOT_BYTES_MAX {
        let most = bytes_words(SNAPSHOT_BYTES_MAX);
        return Ok(Loaded::NotTried(format!("only snapshots of up to {most} are")));
    }
    let (vault, path, meter) =
        (vault.clone(), format!("{}/{REDIS_FILE}", taken.path), Arc::clone(context.meter()));
    let password = Secret::new(Uuid::new_v4().simple().to_string());
    let (place, told) = (folder.to_owned(), password.clone());
    let started = blocking(move || -> Result<_, Failure> {
        let reader = vault.read(&id, &path).map_err(crate::archive::failure::vault_failure)?;
        copy(reader, &place.join(REDIS_FILE), &meter).map_err(|error| unwritten(&place, &error))?;
        let port = free_port().map_err(|error| unwritten(&place, &error))?;
        let text = configuration(&place, port, &told);
        let started = Walled::start((&program, called), &["-"], &text, (&place, port));
        Ok((port, started.map_err(|error| error.to_string())))
    });
    let (port, started) = started.await?;
    let mut server = match started {
        Ok(server) => server,
        Err(why) => return Ok(Loaded::NotTried(format!("its server does not start here ({why})"))),
    };
    let counted = counted(context, &mut server, port, &password).await;
    let wall = server.wall().clone();
    // Killing waits for its end.
    blocking(move || {
        drop(server);
        Ok::<_, Failure>(())
    })
    .await?;
    Ok(match counted? {
        Ok((keys, version)) => Loaded::Keys { keys, version, wall },
        Err(said) => refused(&said),
    })
}

/// Its keys, once it has loaded them, and its version; or what it said last.
async fn counted(
    context: &JobContext,
    server: &mut Walled,
    port: u16,
    password: &Secret,
) -> Result<Result<(u64, String), String>, Failure> {
    let address =
        RedisAddress { host: Ipv4Addr::LOCALHOST.to_string(), port, tls: false, user: None, container: None };
    let deadline = Instant::now() + LOAD_LIMIT;
    loop {
        context.checkpoint()?;
        context.meter().beat();
        if let Some(said) = server.ended() {
            return Ok(Err(said));
        }
        match ask(&address, password).await {
            Ok(Some(told)) => return Ok(Ok(told)),
            Ok(None) | Err(RedisError::Unreachable { .. }) => {}
            Err(error) => return Ok(Err(error.to_string())),
        }
        if Instant::now() > deadline {
            return Ok(Err(format!("it was not loaded within {} min", LOAD_LIMIT.as_secs() / 60)));
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn ask(address: &RedisAddress, password: &Secret) -> Result<Option<(u64, String)>, RedisError> {
    let mut client = Client::connect(address, Some(password), &Way::Direct).await?;
    let Some(counts) = client.key_counts().await? else { return Ok(None) };
    let version = client.version().await?.unwrap_or_default();
    Ok(Some((counts.iter().map(|(_, keys)| keys).sum(), version)))
}

/// Why a server does not take a snapshot, as it says it.
fn refused(said: &str) -> Loaded {
    let lines = || said.lines().rev().map(plain).filter(|line| !line.is_empty());
    let has = |line: &str, words: &[&str]| {
        let line = line.to_ascii_lowercase();
        words.iter().any(|word| line.contains(word))
    };
    // What another version, or a server with the module, would load.
    if let Some(why) = lines().find(|line| has(line, &["rdb format version", "module", "bad directive"])) {
        return Loaded::TooOld(why);
    }
    let why = lines().find(|line| has(line, &["rdb", "loading", "error"])).or_else(|| lines().next());
    Loaded::Refused(why.unwrap_or_else(|| "it said nothing".to_owned()))
}

/// A line of its log without who said it and when: `123:S 26 Nov 2026 10:00:00.000 # Can't handle …`.
fn plain(line: &str) -> String {
    const CHARACTERS: usize = 200;
    let text = line.split_once(" # ").or_else(|| line.split_once(" * ")).map_or(line, |(_, text)| text);
    text.chars().filter(|one| !one.is_control()).take(CHARACTERS).collect::<String>().trim().to_owned()
}

fn configuration(folder: &Utf8Path, port: u16, password: &Secret) -> String {
    // Its own text has quotes and backslashes within quotes escaped.
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    [
        format!("port {port}"),
        "bind 127.0.0.1".to_owned(),
        format!("requirepass {}", password.expose()),
        format!("dir {}", quoted(folder.as_str())),
        format!("dbfilename {REDIS_FILE}"),
        format!("databases {DATABASES}"),
        "save \"\"".to_owned(),
        "appendonly no".to_owned(),
        "daemonize no".to_owned(),
        "replicaof 127.0.0.1 1".to_owned(),
        "replica-serve-stale-data yes\n".to_owned(),
    ]
    .join("\n")
}

fn program() -> Option<(Utf8PathBuf, &'static str)> {
    let can_be_called = |(name, called): &&(&str, &str)| name == called || cfg!(unix);
    PROGRAMS.iter().filter(can_be_called).find_map(|(name, called)| Some((on_path::find(name)?, *called)))
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn copy(mut from: impl Read, to: &Utf8Path, meter: &Meter) -> io::Result<()> {
    let mut file = File::create_new(to)?;
    let mut piece = vec![0; 1024 * 1024];
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 {
            return file.flush();
        }
        meter.beat();
        file.write_all(&piece[..count])?;
    }
}

fn unwritten(folder: &Utf8Path, error: &io::Error) -> Failure {
    Failure::new(
        base::Code::WriteFailed,
        format!("the snapshot cannot be written into {folder}: {error}"),
        "Check the disk of this profile.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_tells_whether_it_is_too_old_or_the_snapshot_is_bad() {
        let old = "1:S 26 Nov 2026 10:00:00.000 # Can't handle RDB format version 12\n1:S 26 Nov 2026 10:00:00.000 # Fatal error loading the DB, check server logs. Exiting.\n";
        assert!(
            matches!(refused(old), Loaded::TooOld(why) if why.starts_with("Can't handle RDB format version 12"))
        );
        let module =
            "1:S 1 # The RDB file contains AUX module data I can't load: no matching module 'graph'\n";
        assert!(matches!(refused(module), Loaded::TooOld(why) if why.contains("'graph'")));
        let bad = "1:S 1 # Short read or OOM loading DB. Unrecoverable error, aborting now.\n";
        assert!(matches!(refused(bad), Loaded::Refused(why) if why.starts_with("Short read")));
        assert!(matches!(refused(""), Loaded::Refused(why) if why == "it said nothing"));
    }

    #[test]
    fn a_folder_with_odd_characters_is_one_word_of_the_configuration() {
        let text = configuration("/a b/\"c\\".into(), 1, &Secret::new("x".to_owned()));
        assert!(text.contains("dir \"/a b/\\\"c\\\\\"\n"), "{text}");
    }
}
