//! A file sealed with a passphrase: Argon2id for the key, XChaCha20-Poly1305 for the content.
//!
//! The content is one JSON object of names and secrets, sealed anew as a whole with a fresh nonce at
//! each write. The header is authenticated too, so that nobody can weaken the derivation unseen.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use camino::{Utf8Path, Utf8PathBuf};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Secret, SecretError};
use crate::disk;

const FORMAT: &str = "holdfast-sealed-secrets";
/// 64 MiB, three passes: RFC 9106's second recommended option, within the memory budget of a job.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// Next to none of either.
const LEAST: (u32, u32) = (64, 1);
/// A file may ask for more, but not for so much that opening it is an attack.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 64;
/// Nobody has this many secrets; a larger file is not ours.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How much work it takes to try a passphrase or a key on what is made from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// As much as a person waits for without noticing.
    Usual,
    /// Next to none, for profiles that protect nothing, as those of tests.
    Least,
}

#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
struct Header {
    format: String,
    version: u32,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(flatten)]
    header: Header,
    nonce: String,
    content: String,
}

/// A sealed file whose passphrase is known.
pub(super) struct SealedFile {
    path: Utf8PathBuf,
    header: Header,
    key: Zeroizing<[u8; 32]>,
}

impl SealedFile {
    /// Opens the file. One that is not there is an error, and nothing is made in its place: its disk may not be
    /// connected, or the path be another one.
    pub(super) fn open(path: &Utf8Path, passphrase: &Secret) -> Result<Self, SecretError> {
        let sealed = read(path)?;
        let key = derive(path, &sealed.header, passphrase)?;
        let file = Self { path: path.to_owned(), header: sealed.header, key };
        file.load()?;
        Ok(file)
    }

    /// Makes the file, with nothing in it; opens it where another process was faster.
    pub(super) fn create(
        path: &Utf8Path,
        passphrase: &Secret,
        derivation: Derivation,
    ) -> Result<Self, SecretError> {
        let _alone = alone(path)?;
        match Self::open(path, passphrase) {
            Err(SecretError::FileMissing { .. }) => {}
            opened => return opened,
        }
        let mut salt = [0_u8; 16];
        random(path, &mut salt)?;
        let (memory_kib, passes) = match derivation {
            Derivation::Usual => (MEMORY_KIB, PASSES),
            Derivation::Least => LEAST,
        };
        let header =
            Header { format: FORMAT.into(), version: 1, memory_kib, passes, lanes: LANES, salt: hex(&salt) };
        let key = derive(path, &header, passphrase)?;
        let file = Self { path: path.to_owned(), header, key };
        file.save(&BTreeMap::new())?;
        Ok(file)
    }

    /// Reads one secret.
    pub(super) fn get(&self, name: &str) -> Result<Secret, SecretError> {
        let mut all = self.load()?;
        let found = all.remove(name).map(|text| Secret::new(text.as_str()));
        found.ok_or_else(|| SecretError::NotFound { name: name.to_owned() })
    }

    /// Changes the content under a lock, so that two processes do not undo each other's change.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, Zeroizing<String>>),
    ) -> Result<(), SecretError> {
        let _alone = alone(&self.path)?;
        let mut all = self.load()?;
        change(&mut all);
        self.save(&all)
    }

    fn load(&self) -> Result<BTreeMap<String, Zeroizing<String>>, SecretError> {
        self.unseal(&read(&self.path)?)
    }

    fn unseal(&self, sealed: &Sealed) -> Result<BTreeMap<String, Zeroizing<String>>, SecretError> {
        let damaged = |what: &str| SecretError::FileDamaged { path: self.path.clone(), what: what.into() };
        if sealed.header != self.header {
            return Err(damaged("its header changed since it was opened"));
        }
        let nonce = unhex(&sealed.nonce).filter(|n| n.len() == 24).ok_or_else(|| damaged("bad nonce"))?;
        let content = unhex(&sealed.content).ok_or_else(|| damaged("bad content"))?;
        let aad = serde_json::to_vec(&self.header).map_err(|e| damaged(&e.to_string()))?;
        let plain = XChaCha20Poly1305::new(Key::from_slice(&self.key[..]))
            .decrypt(XNonce::from_slice(&nonce), Payload { msg: &content, aad: &aad })
            .map_err(|_| SecretError::WrongPassphrase { path: self.path.clone() })?;
        let plain = Zeroizing::new(plain);
        serde_json::from_slice(&plain).map_err(|e| damaged(&e.to_string()))
    }

    fn save(&self, all: &BTreeMap<String, Zeroizing<String>>) -> Result<(), SecretError> {
        let damaged = |what: String| SecretError::FileDamaged { path: self.path.clone(), what };
        let plain = Zeroizing::new(serde_json::to_vec(all).map_err(|e| damaged(e.to_string()))?);
        let aad = serde_json::to_vec(&self.header).map_err(|e| damaged(e.to_string()))?;
        let mut nonce = [0_u8; 24];
        random(&self.path, &mut nonce)?;
        let content = XChaCha20Poly1305::new(Key::from_slice(&self.key[..]))
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &plain, aad: &aad })
            .map_err(|_| damaged("it cannot be sealed".into()))?;
        let sealed = Sealed { header: self.header.clone(), nonce: hex(&nonce), content: hex(&content) };
        let text = serde_json::to_vec_pretty(&sealed).map_err(|e| damaged(e.to_string()))?;
        disk::write_private(&self.path, &text)
            .map_err(|source| SecretError::Io { path: self.path.clone(), source })
    }
}

/// The lock under which the file is made and changed.
fn alone(path: &Utf8Path) -> Result<std::fs::File, SecretError> {
    let io = |source| SecretError::Io { path: path.to_owned(), source };
    let lock = disk::open_lock(&path.with_extension("lock")).map_err(io)?;
    lock.lock().map_err(io)?;
    Ok(lock)
}

fn read(path: &Utf8Path) -> Result<Sealed, SecretError> {
    // Only what the system says is not there is missing: what may not be looked at is there.
    let io = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => SecretError::FileMissing { path: path.to_owned() },
        _ => SecretError::Io { path: path.to_owned(), source },
    };
    let damaged = |what: String| SecretError::FileDamaged { path: path.to_owned(), what };
    if std::fs::metadata(path).map_err(io)?.len() > FILE_BYTES_MAX {
        return Err(damaged("it is too large".into()));
    }
    parse(path, &std::fs::read(path).map_err(io)?)
}

fn parse(path: &Utf8Path, bytes: &[u8]) -> Result<Sealed, SecretError> {
    let damaged = |what: String| SecretError::FileDamaged { path: path.to_owned(), what };
    let sealed: Sealed = serde_json::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
    if sealed.header.format != FORMAT || sealed.header.version != 1 {
        return Err(damaged(format!("format {:?} version {}", sealed.header.format, sealed.header.version)));
    }
    Ok(sealed)
}

fn derive(path: &Utf8Path, header: &Header, passphrase: &Secret) -> Result<Zeroizing<[u8; 32]>, SecretError> {
    let damaged = |what: String| SecretError::FileDamaged { path: path.to_owned(), what };
    if header.memory_kib > MEMORY_KIB_MAX || header.passes > PASSES_MAX {
        return Err(damaged("it asks for more work than is reasonable".into()));
    }
    let params = Params::new(header.memory_kib, header.passes, header.lanes, Some(32))
        .map_err(|e| damaged(e.to_string()))?;
    let salt = unhex(&header.salt).ok_or_else(|| damaged("bad salt".into()))?;
    let mut key = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), &salt, &mut key[..])
        .map_err(|e| damaged(e.to_string()))?;
    Ok(key)
}

/// For the fuzz targets: opens any bytes as a sealed file, if that is cheap or must be refused.
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let path = Utf8Path::new("secrets.sealed");
    let Ok(sealed) = parse(path, bytes) else { return };
    let Header { memory_kib, passes, .. } = sealed.header;
    let is_refused = memory_kib > MEMORY_KIB_MAX || passes > PASSES_MAX;
    if !is_refused && (memory_kib > 64 || passes > 2) {
        return;
    }
    let derived = derive(path, &sealed.header, &Secret::new("passphrase"));
    assert!(!is_refused || derived.is_err(), "{memory_kib} KiB in {passes} passes are not refused");
    let Ok(key) = derived else { return };
    let file = SealedFile { path: path.to_owned(), header: sealed.header.clone(), key };
    if let Ok(secrets) = file.unseal(&sealed) {
        assert!(serde_json::to_vec(&secrets).is_ok());
    }
}

fn random(path: &Utf8Path, into: &mut [u8]) -> Result<(), SecretError> {
    SystemRandom::new().fill(into).map_err(|_| SecretError::Io {
        path: path.to_owned(),
        source: std::io::Error::other("the system gives no random numbers"),
    })
}

fn hex(bytes: &[u8]) -> String {
    crate::hex::encode(bytes)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    crate::hex::decode(text)
}
