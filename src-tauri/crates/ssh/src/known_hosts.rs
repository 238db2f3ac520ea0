//! The user's own list of servers, `~/.ssh/known_hosts`. It is read, never written.
//!
//! Source: sshd(8), chapter “`SSH_KNOWN_HOSTS` file format”.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8PathBuf;
use ring::hmac;

use crate::address::Address;
use crate::error::SshError;

/// A list of a hundred thousand servers has less.
const BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The port that is not written down.
const PORT: u16 = 22;

/// What the list has of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// The key that it shows.
    Same,
    /// Another key of the same kind, in this file.
    Other(Utf8PathBuf),
    /// Keys of other kinds alone, in this file.
    OtherKind(Utf8PathBuf),
    /// The key that it shows, as one that was taken back.
    Revoked(Utf8PathBuf),
    /// Nothing.
    Nothing,
}

/// Looks a server up; `key` is the key that it shows, in SSH's binary form, and `kind` names its algorithm.
///
/// # Errors
/// [`SshError::KnownHosts`] where the file is there and cannot be read.
pub(crate) fn look(address: &Address, kind: &str, key: &[u8]) -> Result<Known, SshError> {
    let Some((path, text)) = read()? else { return Ok(Known::Nothing) };
    Ok(match found(&text, address, kind, key) {
        Found::Same => Known::Same,
        Found::Other => Known::Other(path),
        Found::OtherKind => Known::OtherKind(path),
        Found::Revoked => Known::Revoked(path),
        Found::Nothing => Known::Nothing,
    })
}

/// The kinds of the keys that are listed for a server: it is asked for one of these first, since it may show only one
/// of several. A file that cannot be read has none; [`look`] says so.
pub(crate) fn kinds(address: &Address) -> Vec<String> {
    let Ok(Some((_, text))) = read() else { return Vec::new() };
    let name = name_of(address);
    let listed = text.lines().filter_map(Line::of).filter(|line| line.marker.is_none() && line.names(&name));
    listed.map(|line| line.kind.to_owned()).collect()
}

fn read() -> Result<Option<(Utf8PathBuf, String)>, SshError> {
    let Some(path) = path() else { return Ok(None) };
    let failed = |source| SshError::KnownHosts { path: path.clone(), source };
    let text = match std::fs::metadata(&path) {
        Ok(found) if found.len() > BYTES_MAX => {
            return Err(failed(io::Error::other(format!("it is larger than {BYTES_MAX} bytes"))));
        }
        Ok(_) => std::fs::read(&path).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    Ok(Some((path, String::from_utf8_lossy(&text).into_owned())))
}

fn path() -> Option<Utf8PathBuf> {
    let home = Utf8PathBuf::from_path_buf(std::env::home_dir()?).ok()?;
    Some(home.join(".ssh").join("known_hosts"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    OtherKind,
    Other,
    Same,
    Revoked,
}

/// A line of the list.
struct Line<'a> {
    marker: Option<&'a str>,
    hosts: &'a str,
    kind: &'a str,
    key: &'a str,
}

impl<'a> Line<'a> {
    /// None of what is no entry.
    fn of(line: &'a str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace().peekable();
        let marker = fields.next_if(|field| field.starts_with('@'));
        let (hosts, kind, key) = (fields.next()?, fields.next()?, fields.next()?);
        (!hosts.starts_with('#')).then_some(Self { marker, hosts, kind, key })
    }

    fn names(&self, name: &str) -> bool {
        names(self.hosts, name)
    }
}

/// A server, as the list names it.
fn name_of(address: &Address) -> String {
    let host = address.host.to_lowercase();
    if address.port == PORT { host } else { format!("[{host}]:{}", address.port) }
}

fn found(text: &str, address: &Address, kind: &str, key: &[u8]) -> Found {
    let name = name_of(address);
    let mut found = Found::Nothing;
    for line in text.lines().filter_map(Line::of).filter(|line| line.names(&name)) {
        let is_same = STANDARD.decode(line.key).is_ok_and(|recorded| recorded == key);
        match line.marker {
            Some("@revoked") if is_same => return Found::Revoked,
            None if is_same => found = Found::Same,
            None if line.kind == kind && found != Found::Same => found = Found::Other,
            None if found == Found::Nothing => found = Found::OtherKind,
            // Certificates are not taken, so an authority vouches for nobody.
            Some(_) | None => {}
        }
    }
    found
}

/// Whether the first field of a line names the server.
fn names(field: &str, name: &str) -> bool {
    if let Some(hashed) = field.strip_prefix("|1|") {
        let Some((salt, hash)) = hashed.split_once('|') else { return false };
        let (Ok(salt), Ok(hash)) = (STANDARD.decode(salt), STANDARD.decode(hash)) else { return false };
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &salt);
        return hmac::verify(&key, name.as_bytes(), &hash).is_ok();
    }
    let mut is_named = false;
    for pattern in field.split(',') {
        match pattern.strip_prefix('!') {
            // One that is taken out is out, whatever else names it.
            Some(out) if matches(out.to_lowercase().as_bytes(), name.as_bytes()) => return false,
            Some(_) => {}
            None => is_named |= matches(pattern.to_lowercase().as_bytes(), name.as_bytes()),
        }
    }
    is_named
}

/// `*` is any text, `?` any one byte. It looks back to the last `*` alone, so no pattern is slow.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(b'?') => (at, read) = (at + 1, read + 1),
            Some(byte) if *byte == text[read] => (at, read) = (at + 1, read + 1),
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    (at, read) = (star_at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn looked(list: &str, address: &str, key: &[u8]) -> Found {
        found(list, &at(address), "ssh-ed25519", key)
    }

    #[test]
    fn a_server_is_found_by_its_name_its_port_a_pattern_and_a_hash() {
        let key = STANDARD.encode(b"one");
        let list = format!(
            "# none\ndb.example,10.0.0.1 ssh-ed25519 {key} me@here\n[db.example]:2222 ssh-ed25519 {key}\n*.corp,!old.corp ssh-ed25519 {key}\n"
        );
        for known in ["me@db.example", "me@DB.example", "me@10.0.0.1", "me@db.example:2222", "me@a.corp"] {
            assert_eq!(looked(&list, known, b"one"), Found::Same, "{known}");
            assert_eq!(looked(&list, known, b"two"), Found::Other, "{known}");
        }
        for unknown in ["me@other.example", "me@db.example:22222", "me@old.corp", "me@corp"] {
            assert_eq!(looked(&list, unknown, b"one"), Found::Nothing, "{unknown}");
        }
        let salt = [7; 20];
        let hash = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &salt), b"db.example");
        let list = format!("|1|{}|{} ssh-ed25519 {key}\n", STANDARD.encode(salt), STANDARD.encode(hash));
        assert_eq!(looked(&list, "me@db.example", b"one"), Found::Same);
        assert_eq!(looked(&list, "me@other.example", b"one"), Found::Nothing);
    }

    #[test]
    fn a_key_that_was_taken_back_is_nobodys_and_an_authority_vouches_for_nobody() {
        let key = STANDARD.encode(b"one");
        let listed = format!("db.example ssh-ed25519 {key}\n@revoked * ssh-ed25519 {key}\n");
        assert_eq!(looked(&listed, "me@db.example", b"one"), Found::Revoked);
        let authority = format!("@cert-authority * ssh-ed25519 {key}\n");
        assert_eq!(looked(&authority, "me@db.example", b"one"), Found::Nothing);
    }

    #[test]
    fn a_key_of_another_kind_is_no_other_key() {
        let key = STANDARD.encode(b"one");
        let listed = format!("db.example ecdsa-sha2-nistp256 {key}\n");
        assert_eq!(looked(&listed, "me@db.example", b"two"), Found::OtherKind);
        let both = format!("db.example ssh-ed25519 {key}\n{listed}");
        assert_eq!(looked(&both, "me@db.example", b"two"), Found::Other);
        assert_eq!(looked(&both, "me@db.example", b"one"), Found::Same);
    }

    #[test]
    fn lines_that_cannot_be_read_hide_no_line_that_can() {
        let key = STANDARD.encode(b"one");
        let list = format!(
            "garbage\n|1|x ssh-ed25519 {key}\ndb.example ssh-ed25519 %%%\n\0\ndb.example ssh-ed25519 {key}"
        );
        assert_eq!(looked(&list, "me@db.example", b"one"), Found::Same);
    }

    #[test]
    fn a_pattern_of_many_stars_is_quick() {
        let pattern = "*a".repeat(200);
        assert!(!matches(pattern.as_bytes(), "a".repeat(199).as_bytes()));
        assert!(!matches(format!("{pattern}b").as_bytes(), "a".repeat(100_000).as_bytes()));
    }
}
