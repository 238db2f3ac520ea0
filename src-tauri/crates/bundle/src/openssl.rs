//! What `openssl enc -aes-256-cbc -salt` makes: `Salted__`, eight bytes of salt, and blocks in a chain.
//!
//! The file does not say how the key was made from the passphrase, nor whether the passphrase is right, nor
//! whether anything was changed. So each way of making keys is tried, and what comes out decides.

use std::io::{self, Read};

use aes::Aes256;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::BundleError;
use base::secret::Secret;

const MAGIC_BYTES: usize = 8;
const SALT_BYTES: usize = 8;
pub(super) const BLOCK_BYTES: usize = 16;
const BUFFER_BYTES: usize = 64 * 1024;
/// What `openssl enc -pbkdf2` does when nobody says otherwise.
const PBKDF2_ROUNDS: std::num::NonZeroU32 = std::num::NonZeroU32::new(10_000).unwrap();

/// How the key is made from the passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// `-pbkdf2`: SHA-256, 10,000 rounds.
    Pbkdf2Sha256,
    /// One round of SHA-256, the default since OpenSSL 1.1.0.
    BytesToKeySha256,
    /// One round of MD5, the default before that.
    BytesToKeyMd5,
}

impl Derivation {
    /// The better first.
    pub const ALL: [Self; 3] = [Self::Pbkdf2Sha256, Self::BytesToKeySha256, Self::BytesToKeyMd5];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pbkdf2Sha256 => "PBKDF2 with SHA-256",
            Self::BytesToKeySha256 => "the old key derivation with SHA-256",
            Self::BytesToKeyMd5 => "the old key derivation with MD5",
        }
    }

    /// Key and first chaining value.
    fn key(self, passphrase: &Secret, salt: &[u8]) -> Zeroizing<[u8; 48]> {
        let secret = passphrase.expose().as_bytes();
        let mut key = Zeroizing::new([0; 48]);
        match self {
            Self::Pbkdf2Sha256 => {
                let algorithm = ring::pbkdf2::PBKDF2_HMAC_SHA256;
                ring::pbkdf2::derive(algorithm, PBKDF2_ROUNDS, salt, secret, &mut key[..]);
            }
            Self::BytesToKeySha256 => bytes_to_key(&mut key[..], |before| {
                let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
                for part in [before, secret, salt] {
                    hash.update(part);
                }
                hash.finish().as_ref().to_vec()
            }),
            Self::BytesToKeyMd5 => bytes_to_key(&mut key[..], |before| {
                let hash = Md5::new().chain_update(before).chain_update(secret).chain_update(salt);
                hash.finalize().to_vec()
            }),
        }
        key
    }
}

/// `EVP_BytesToKey` with one round: each hash takes the one before.
fn bytes_to_key(key: &mut [u8], hash: impl Fn(&[u8]) -> Vec<u8>) {
    let mut before = Zeroizing::new(Vec::new());
    let mut filled = 0;
    while filled < key.len() {
        before = Zeroizing::new(hash(&before));
        let count = before.len().min(key.len() - filled);
        key[filled..filled + count].copy_from_slice(&before[..count]);
        filled += count;
    }
}

/// Decrypts a stream, and checks the padding at its end.
pub(super) struct Decrypted<R> {
    inner: R,
    cipher: cbc::Decryptor<Aes256>,
    /// Decrypted text; all but the last block may be handed on.
    text: Vec<u8>,
    at: usize,
    place: String,
    is_over: bool,
}

/// The bytes before the encrypted text; `None` if there are fewer.
pub(super) fn salt(inner: &mut impl Read) -> io::Result<Option<[u8; SALT_BYTES]>> {
    let mut head = [0; MAGIC_BYTES + SALT_BYTES];
    match inner.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    Ok(head.last_chunk().copied())
}

impl<R: Read> Decrypted<R> {
    /// After the salt.
    pub(super) fn new(
        inner: R,
        derivation: Derivation,
        passphrase: &Secret,
        salt: &[u8],
        place: &str,
    ) -> Self {
        let cipher = cipher(derivation, passphrase, salt);
        Self { inner, cipher, text: Vec::new(), at: 0, place: place.to_owned(), is_over: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.text.drain(..self.at);
        self.at = 0;
        let before = self.text.len();
        self.inner.by_ref().take(BUFFER_BYTES as u64).read_to_end(&mut self.text)?;
        let count = self.text.len() - before;
        let cut = |what: &str| BundleError::Truncated { place: self.place.clone(), what: what.to_owned() };
        if !count.is_multiple_of(BLOCK_BYTES) {
            return Err(cut("an encrypted block").into());
        }
        decrypt(&mut self.cipher, &mut self.text[before..]);
        if count < BUFFER_BYTES {
            self.is_over = true;
            let kept = unpadded(&self.text)
                .ok_or_else(|| cut("the encrypted text, since its last block is not one"))?;
            self.text.truncate(kept);
        }
        Ok(())
    }
}

impl<R: Read> Read for Decrypted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let held = if self.is_over { 0 } else { BLOCK_BYTES };
            let ready = self.text.len().saturating_sub(held).saturating_sub(self.at);
            if ready > 0 {
                let count = ready.min(into.len());
                into[..count].copy_from_slice(&self.text[self.at..self.at + count]);
                self.at += count;
                return Ok(count);
            }
            if self.is_over || into.is_empty() {
                return Ok(0);
            }
            self.fill()?;
        }
    }
}

fn cipher(derivation: Derivation, passphrase: &Secret, salt: &[u8]) -> cbc::Decryptor<Aes256> {
    let made = derivation.key(passphrase, salt);
    let (mut key, mut iv) = (Zeroizing::new([0; 32]), [0; BLOCK_BYTES]);
    key.copy_from_slice(&made[..32]);
    iv.copy_from_slice(&made[32..]);
    cbc::Decryptor::<Aes256>::new((&*key).into(), (&iv).into())
}

fn decrypt(cipher: &mut cbc::Decryptor<Aes256>, text: &mut [u8]) {
    for block in text.chunks_exact_mut(BLOCK_BYTES) {
        if let Ok(block) = block.try_into() {
            cipher.decrypt_block(block);
        }
    }
}

/// How much of the text is left without its padding; `None` when there is no padding.
fn unpadded(text: &[u8]) -> Option<usize> {
    let count = *text.last()?;
    let start = text.len().checked_sub(usize::from(count))?;
    let is_padding = (1..=16).contains(&count) && text[start..].iter().all(|byte| *byte == count);
    is_padding.then_some(start)
}

/// The first bytes of the text, by one derivation. `first` are the first encrypted bytes, whole blocks of
/// them; `is_all` when nothing follows them.
pub(super) fn peek(
    derivation: Derivation,
    passphrase: &Secret,
    salt: &[u8],
    first: &[u8],
    is_all: bool,
) -> Option<Vec<u8>> {
    let mut text = first[..first.len() - first.len() % BLOCK_BYTES].to_vec();
    decrypt(&mut cipher(derivation, passphrase, salt), &mut text);
    if is_all {
        text.truncate(unpadded(&text)?);
    }
    Some(text)
}
