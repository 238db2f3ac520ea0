//! A folder of an SSH server, by SFTP: read and written.
//!
//! As on this computer, whoever writes into the folder may be a stranger, and no link is followed. The protocol opens by
//! path alone, and follows links: so what was opened is compared with what is there, owner included, and with where the
//! path leads. Nobody gives a file of theirs the owner of another one.

mod link;
mod put;

use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use globset::GlobSet;
use ring::digest::{SHA256, digest};
use ssh::{Gateway, RemoteFacts, RemoteFile, RemoteKind};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::error::SourceError;
use crate::folder::{OF_PROGRAMS, PART, matcher};
use crate::object::{Changed, Each, Found, Object, Objects, Opened};
use link::{Link, SftpOr, failed};

const DEPTH_MAX: usize = 200;
const FOLDERS_MAX: u64 = 1_000_000;
/// No file system has longer names.
const NAME_BYTES_MAX: usize = 1024;
const ENTRIES_MAX: usize = 400_000;
/// How often what broke off is gone on with.
const RESUMES: u32 = 3;
/// Bytes that are read or written together.
const PIECE: u64 = 1024 * 1024;
/// A file that was written so shortly before may be written again within the same second, and clocks differ.
const SETTLED_AFTER_S: i64 = 60;
/// Times and sizes can be set to what they were: each file is read anew after so many days at the latest.
const DAYS_UNREAD_MAX: i64 = 30;
/// Files at once: what is read from afar mostly waits.
const AT_ONCE: usize = 8;

/// A folder of an SSH server.
pub struct SftpFolder {
    link: Arc<Link>,
    wanted: Option<GlobSet>,
    /// What tells this run's unfinished files from those of others.
    run: String,
}

impl SftpFolder {
    /// Nothing is contacted. Made within a runtime, and used outside of its threads.
    ///
    /// # Errors
    /// `Pattern`.
    pub fn new(
        gateway: Arc<Gateway>,
        root: &str,
        patterns: &[String],
        token: CancellationToken,
    ) -> Result<Self, SourceError> {
        let wanted = if patterns.is_empty() { None } else { Some(matcher(patterns)?) };
        let words = words(gateway.address(), root);
        let root = root.to_owned();
        let link =
            Link { gateway, root, words, session: Mutex::default(), runtime: Handle::current(), token };
        let run = format!("{}-{}", std::process::id(), base::clock::now_ms());
        Ok(Self { link: Arc::new(link), wanted, run })
    }

    fn walk(
        &self,
        (folder, prefix): (&str, &str),
        depth: usize,
        folders: &mut u64,
        each: &mut Each<'_>,
    ) -> Result<(), SourceError> {
        let place = || format!("{}/{prefix}", self.link.words);
        let mut entries = self
            .link
            .ask(async |sftp| sftp.entries(folder, ENTRIES_MAX).await)
            .map_err(|error| failed(&place(), error))?;
        entries.sort_by_cached_key(|(name, facts)| {
            format!("{name}{}", if facts.kind == RemoteKind::Folder { "/" } else { "" })
        });
        for (name, facts) in entries {
            let key = format!("{prefix}{name}");
            if let Some(why) = odd_name(&name) {
                each(Found::LeftOut { key, why: why.into(), is_missed: true })?;
                continue;
            }
            let is_wanted =
                || self.wanted.as_ref().is_none_or(|one| one.is_match(&name) || one.is_match(&key));
            match facts.kind {
                RemoteKind::Folder if self.wanted.is_some() && OF_PROGRAMS.contains(&name.as_str()) => {}
                RemoteKind::Folder => {
                    let left_out = |why: &str| Found::LeftOut {
                        key: format!("{key}/"),
                        why: why.into(),
                        is_missed: true,
                    };
                    if depth >= DEPTH_MAX {
                        each(left_out("it is deeper than folders are read"))?;
                        continue;
                    }
                    *folders += 1;
                    if *folders > FOLDERS_MAX {
                        let place = self.link.words.clone();
                        return Err(SourceError::TooMany { place, most: FOLDERS_MAX, what: "folders" });
                    }
                    let below = (format!("{folder}/{name}"), format!("{key}/"));
                    match self.walk((&below.0, &below.1), depth + 1, folders, each) {
                        Err(SourceError::Forbidden { .. }) => each(left_out("the account may not read it"))?,
                        Err(SourceError::NotThere { .. }) => {
                            let now =
                                self.link.ask(async |sftp| sftp.look(&format!("{folder}/{name}")).await);
                            if now.map_err(|error| failed(&place(), error))?.is_some() {
                                each(left_out("the server names it, and does not list it"))?;
                            }
                        }
                        walked => walked?,
                    }
                }
                _ if name.starts_with(PART.0) && name.ends_with(PART.1) => {}
                RemoteKind::File if is_wanted() => each(Found::Object(described(key, facts)))?,
                RemoteKind::Link if is_wanted() => {
                    let why = "it is a link, which is not followed".into();
                    each(Found::LeftOut { key, why, is_missed: false })?;
                }
                RemoteKind::Other if is_wanted() => {
                    let why = "it is no file, but a device, a pipe or a socket".into();
                    each(Found::LeftOut { key, why, is_missed: false })?;
                }
                RemoteKind::File | RemoteKind::Link | RemoteKind::Other => {}
            }
        }
        Ok(())
    }
}

/// For people: `folder /srv/uploads on deploy@shop.example`.
pub fn words(address: &ssh::Address, root: &str) -> String {
    format!("folder {root} on {address}")
}

/// What a server sends as a name goes into paths.
fn odd_name(name: &str) -> Option<&'static str> {
    match name {
        _ if name.is_empty() || name.contains(['/', '\0']) => Some("its name is none that a file can have"),
        _ if name.len() > NAME_BYTES_MAX => Some("its name is longer than any"),
        _ if name.contains(char::REPLACEMENT_CHARACTER) => Some("its name is no Unicode text"),
        _ => None,
    }
}

fn described(key: String, facts: RemoteFacts) -> Object {
    let version = version(&key, facts.modified_s, base::clock::now_ms());
    Object {
        key,
        size: facts.size,
        modified_ms: facts.modified_s.map(|seconds| i64::from(seconds) * 1000),
        mode: facts.mode,
        version,
        ..Object::default()
    }
}

/// The time of the last change, and the month in which the file is read anew whatever its time is.
fn version(key: &str, modified_s: Option<u32>, now_ms: i64) -> Option<String> {
    let (modified_s, today_s) = (i64::from(modified_s?), now_ms / 1000);
    let slot = digest(&SHA256, key.as_bytes()).as_ref().first().map_or(0, |byte| i64::from(*byte));
    let month = (today_s / 86_400 + slot).div_euclid(DAYS_UNREAD_MAX);
    (modified_s + SETTLED_AFTER_S < today_s).then(|| format!("{modified_s}.{month}"))
}

impl Objects for SftpFolder {
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let link = &self.link;
        let root = link.ask(async |sftp| sftp.real_path(&link.root).await);
        let root = root.map_err(|error| failed(&link.words, error))?;
        let kind = link.ask(async |sftp| sftp.look(&root).await);
        match kind.map_err(|error| failed(&link.words, error))? {
            Some(facts) if facts.kind == RemoteKind::Folder => {
                self.walk((if root == "/" { "" } else { &root }, ""), 0, &mut 0, each)
            }
            Some(_) => Err(SourceError::WrongKind { place: link.words.clone(), found: "no folder" }),
            None => Err(SourceError::NotThere { place: link.words.clone() }),
        }
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn marks_can_be_set(&self) -> bool {
        true
    }

    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError> {
        let link = &self.link;
        let opened = link.ask(async |sftp| link.open(sftp, &object.key).await);
        let Some((file, facts)) = opened.map_err(|error| failed(&object.key, error))? else {
            return Ok(None);
        };
        let reader = Steady {
            link: Arc::clone(link),
            key: object.key.clone(),
            file: Some(file),
            before: facts,
            left: facts.size.unwrap_or(u64::MAX),
            at: 0,
            piece: Vec::new(),
            used: 0,
            resumes: 0,
        };
        Ok(Some(Opened { object: described(object.key.clone(), facts), reader: Box::new(reader) }))
    }

    fn look(&self, object: &Object) -> Result<Option<Object>, SourceError> {
        let link = &self.link;
        let looked = link.ask(async |sftp| {
            let Some(path) = link.place_of(sftp, &object.key).await? else { return Ok(None) };
            sftp.look(&path).await
        });
        let facts = looked.map_err(|error| failed(&object.key, error))?;
        Ok(facts.map(|facts| described(object.key.clone(), facts)))
    }
}

/// A file that has to stay as it is while it is read, also where the connection breaks meanwhile.
struct Steady {
    link: Arc<Link>,
    key: String,
    file: Option<RemoteFile>,
    before: RemoteFacts,
    /// Bytes that are still read: no more than there were at the beginning, however fast it grows.
    left: u64,
    at: u64,
    piece: Vec<u8>,
    used: usize,
    resumes: u32,
}

impl Steady {
    /// The next piece; an empty one at the end of a file that stayed as it was.
    fn next(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let Some(file) = &self.file else {
                self.resume()?;
                continue;
            };
            let (at, most) = (self.at, self.left.min(PIECE));
            let asked = self.link.wait(async {
                if most > 0 {
                    let piece = file.piece(at, most).await?;
                    if !piece.is_empty() {
                        return Ok((piece, None));
                    }
                }
                Ok((Vec::new(), Some(file.facts().await?)))
            });
            match asked {
                Ok((piece, None)) => {
                    self.at += piece.len() as u64;
                    self.left -= (piece.len() as u64).min(self.left);
                    return Ok(piece);
                }
                Ok((_, Some(now))) if now == self.before && self.left == 0 => return Ok(Vec::new()),
                Ok(_) => return Err(io::Error::other(Changed)),
                Err(SftpOr::Cancelled) => return Err(io::Error::other("cancelled")),
                Err(SftpOr::Server(error)) if error.is_lost() && self.resumes < RESUMES => {
                    self.resumes += 1;
                    self.file = None;
                }
                Err(SftpOr::Server(error)) => return Err(io::Error::other(error)),
            }
        }
    }

    /// Opens it again over a new connection, if it is as it was.
    fn resume(&mut self) -> io::Result<()> {
        let (link, key) = (&self.link, &self.key);
        // The session may be one that does not know yet that it is gone.
        link.start_anew();
        match link.ask(async |sftp| link.open(sftp, key).await) {
            Ok(Some((file, facts))) if facts == self.before => {
                self.file = Some(file);
                Ok(())
            }
            Ok(_) => Err(io::Error::other(Changed)),
            Err(SftpOr::Cancelled) => Err(io::Error::other("cancelled")),
            Err(SftpOr::Server(error)) => Err(io::Error::other(error)),
        }
    }
}

impl Read for Steady {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.piece.len() {
            (self.piece, self.used) = (self.next()?, 0);
        }
        let count = buffer.len().min(self.piece.len() - self.used);
        buffer[..count].copy_from_slice(&self.piece[self.used..self.used + count]);
        self.used += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_anew_within_a_month_whatever_its_time_is_and_one_that_was_just_written_at_once() {
        let day = 86_400_000;
        let now = 20_000 * day;
        let at = |now_ms| version("a/b", Some(1_000_000), now_ms);
        assert!(at(now).is_some() && (0..30).any(|days| at(now + days * day) != at(now + (days + 1) * day)));
        let just = u32::try_from(now / 1000 - 30).unwrap();
        assert_eq!(version("a/b", Some(just), now), None);
        assert_eq!(version("a/b", None, now), None, "without a time nobody knows");
    }

    #[test]
    fn a_name_that_a_server_sends_leads_nowhere_else() {
        for name in ["", "a/b", "../../etc/passwd", "a\0b", "odd\u{fffd}"] {
            assert!(odd_name(name).is_some(), "{name:?}");
        }
        assert_eq!(odd_name("ü b.txt"), None);
    }
}
