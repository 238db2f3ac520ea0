//! What a bundle is sealed with: a random key of its own, itself sealed by a passphrase or a key.

use argon2::{Algorithm, Argon2, Params, Version};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::StoreError;
use super::part::{open, seal};
use base::hex;
use base::secret::Secret;

/// 64 MiB, three passes: RFC 9106's second recommended option.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// A document may ask for more, but not for so much that opening it is an attack.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 64;
const LANES_MAX: u32 = 64;

/// What the caller opens its bundles with. Neither is stored.
#[derive(Clone)]
pub enum StoreKey {
    /// A passphrase, stretched with Argon2id.
    Passphrase(Secret),
    /// 32 random bytes.
    Key(Zeroizing<[u8; 32]>),
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("****")
    }
}

/// A bundle's own key, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// How a passphrase was stretched; absent where a key was given.
    stretch: Option<Stretch>,
    /// Nonce and sealed key, hexadecimal.
    sealed: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

/// So many random bytes.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, StoreError> {
    let mut bytes = Zeroizing::new([0; N]);
    let filled = SystemRandom::new().fill(&mut bytes[..]);
    filled.map_err(|_| StoreError::Sealing { what: "this system gives no random numbers".to_owned() })?;
    Ok(bytes)
}

impl Envelope {
    /// Seals a bundle's key. Works for a moment: not for the async threads.
    pub(super) fn seal(by: &StoreKey, key: &[u8; 32], bundle: &str) -> Result<Self, StoreError> {
        let stretch = match by {
            StoreKey::Key(_) => None,
            StoreKey::Passphrase(_) => {
                let salt = hex::encode(&random::<16>()?[..]);
                Some(Stretch { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, salt })
            }
        };
        let outer = outer(by, stretch.as_ref())?;
        let sealed = seal(&outer, &associated(bundle, stretch.as_ref()), key)?;
        Ok(Self { stretch, sealed: hex::encode(&sealed) })
    }

    /// The bundle's key. Works for a moment: not for the async threads.
    pub(super) fn open(&self, by: &StoreKey, bundle: &str) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let sealed =
            hex::decode(&self.sealed).ok_or_else(|| StoreError::damaged("its key is not hexadecimal"))?;
        let outer = outer(by, self.stretch.as_ref())?;
        let opened = open(&outer, &associated(bundle, self.stretch.as_ref()), &sealed);
        let opened = Zeroizing::new(opened.ok_or(StoreError::WrongKey)?);
        let mut key = Zeroizing::new([0; 32]);
        if opened.len() != key.len() {
            return Err(StoreError::damaged("its key has the wrong length"));
        }
        key.copy_from_slice(&opened);
        Ok(key)
    }
}

/// Bound to the bundle and to how it was stretched, so that nobody weakens that unseen.
fn associated(bundle: &str, stretch: Option<&Stretch>) -> Vec<u8> {
    let how =
        stretch.map_or_else(String::new, |s| format!("{} {} {} {}", s.memory_kib, s.passes, s.lanes, s.salt));
    format!("holdfast portable bundle key\n{bundle}\n{how}").into_bytes()
}

fn outer(by: &StoreKey, stretch: Option<&Stretch>) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let (passphrase, stretch) = match (by, stretch) {
        (StoreKey::Key(key), None) => return Ok(key.clone()),
        (StoreKey::Passphrase(passphrase), Some(stretch)) => (passphrase, stretch),
        _ => return Err(StoreError::WrongKey),
    };
    if stretch.memory_kib > MEMORY_KIB_MAX || stretch.passes > PASSES_MAX || stretch.lanes > LANES_MAX {
        return Err(StoreError::damaged("it asks for more memory or time than any bundle of Holdfast does"));
    }
    let sealing = |what: argon2::Error| StoreError::Sealing { what: what.to_string() };
    let salt =
        hex::decode(&stretch.salt).ok_or_else(|| StoreError::damaged("its salt is not hexadecimal"))?;
    let params = Params::new(stretch.memory_kib, stretch.passes, stretch.lanes, Some(32)).map_err(sealing)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), &salt, &mut key[..])
        .map_err(sealing)?;
    Ok(key)
}
