//! Key files: the master keys, wrapped by a password (restic design, "Keys, Encryption and MAC").
//!
//! Our own keys use scrypt with N = 2^15, r = 8, p = 1, which takes 32 MiB once; keys of other
//! writers are derived with the parameters they state, within a limit.

use jiff::Timestamp;
use scrypt::{Params, scrypt};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::{MasterKey, MasterKeyJson, random_bytes};
use crate::error::VaultError;
use crate::id::Id;
use crate::password::Password;
use crate::store::{FileKind, Store};
use crate::words::too_many_bytes;

const OUR_R: u32 = 8;
const OUR_P: u32 = 1;
/// The memory that a foreign key may ask for; restic's own take 32 to 128 MiB.
const SCRYPT_BYTES_MAX: u64 = 512 << 20;
/// The work that a foreign key may ask for, in blocks of 128 bytes mixed: some seconds. restic
/// aims at half a second.
const SCRYPT_WORK_MAX: u64 = 1 << 24;
/// The size of a key file; a real one has about 450 bytes.
const KEY_FILE_BYTES_MAX: u64 = 64 << 10;
/// The keys that are tried for one password.
const KEYS_MAX: usize = 64;

/// How much work it takes to try a password on a key that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyWork {
    log_n: u8,
}

impl KeyWork {
    /// A tenth of a second and 32 MiB.
    pub const USUAL: Self = Self { log_n: 15 };
    /// Next to none, for vaults that protect nothing, as those of tests.
    pub const LEAST: Self = Self { log_n: 4 };
}

/// Whose key it is; stored in the clear, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyOwner {
    /// The machine.
    pub hostname: String,
    /// The account.
    pub username: String,
}

/// One key of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The key's file name.
    pub id: String,
    /// Whose key it is.
    pub owner: KeyOwner,
    /// When it was made, if its writer said so readably.
    pub created: Option<Timestamp>,
    /// Whether this vault was opened with it.
    pub is_in_use: bool,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct KeyFile {
    created: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    hostname: String,
    kdf: String,
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
    salt: String,
    data: String,
}

impl KeyFile {
    /// The memory in bytes that its derivation takes, and the work in blocks mixed.
    pub(crate) fn cost(&self) -> (u64, u64) {
        let (r, p) = (u64::from(self.r), u64::from(self.p));
        // Besides the table of N blocks there are the p blocks that are mixed, one by one.
        let memory = self.n.saturating_add(p).saturating_mul(128).saturating_mul(r);
        (memory, self.n.saturating_mul(r).saturating_mul(p))
    }

    /// Whether a foreign key may ask for that much.
    pub(crate) fn is_affordable(&self) -> bool {
        let (memory, work) = self.cost();
        memory <= SCRYPT_BYTES_MAX && work <= SCRYPT_WORK_MAX
    }
}

/// Wraps the master keys with a password and stores the key file.
pub(crate) fn write(
    store: &dyn Store,
    master: &MasterKey,
    password: &Password,
    by: &KeyOwner,
    work: KeyWork,
) -> Result<String, VaultError> {
    let salt: [u8; 64] = random_bytes();
    let wrapping = derive(password, &salt, work.log_n, OUR_R, OUR_P)
        .ok_or_else(|| VaultError::damaged("new key", "scrypt refuses its parameters"))?;
    let json = Zeroizing::new(to_json(&MasterKeyJson::from(master))?);
    let encode = |bytes: &[u8]| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    let file = to_json(&KeyFile {
        created: Timestamp::now().to_string(),
        username: by.username.clone(),
        hostname: by.hostname.clone(),
        kdf: "scrypt".to_owned(),
        n: 1 << work.log_n,
        r: OUR_R,
        p: OUR_P,
        salt: encode(&salt),
        data: encode(&wrapping.sealed(&json)),
    })?;
    let name = Id::of(&file).to_string();
    if let Err(error) = store.put(FileKind::Key, &name, &file) {
        // Half of it may be there, or all of it: what failed must not look like a key.
        let _ = store.remove(FileKind::Key, &name);
        return Err(error.into());
    }
    Ok(name)
}

/// Finds the key that this password opens; yields its name and the master keys.
pub(crate) fn open(store: &dyn Store, password: &Password) -> Result<(String, MasterKey), VaultError> {
    let mut files = store.list(FileKind::Key)?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut damaged = None;
    for file in files.iter().take(KEYS_MAX) {
        let unwrapped = read(store, &file.name, file.size).and_then(|content| {
            let master = unwrap(&parse(&file.name, &content)?, &file.name, password)?;
            // A key that opens is good enough, whatever became of its owner's name: `check` tells.
            if master.is_none() {
                verify(&file.name, &content)?;
            }
            Ok(master)
        });
        match unwrapped {
            Ok(Some(master)) => return Ok((file.name.clone(), master)),
            Ok(None) => {}
            Err(error @ VaultError::Damaged { .. }) => damaged = Some(error),
            Err(error) => return Err(error),
        }
    }
    match damaged {
        // A damaged key may have been the one: the password is not to blame.
        Some(error) => Err(error),
        None => Err(VaultError::WrongPassword { keys: files.len() }),
    }
}

/// All keys with their owners.
pub(crate) fn list(store: &dyn Store, in_use: &str) -> Result<Vec<KeyEntry>, VaultError> {
    let mut entries = Vec::new();
    for file in store.list(FileKind::Key)? {
        let key = parse(&file.name, &read(store, &file.name, file.size)?)?;
        entries.push(KeyEntry {
            is_in_use: file.name == in_use,
            id: file.name,
            owner: KeyOwner { hostname: key.hostname, username: key.username },
            created: key.created.parse().ok(),
        });
    }
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(entries)
}

/// Whether a key file is what was once stored under its name, and readable.
pub(crate) fn check(store: &dyn Store, name: &str, size: u64) -> Result<(), VaultError> {
    let content = read(store, name, size)?;
    verify(name, &content)?;
    parse(name, &content).map(drop)
}

fn read(store: &dyn Store, name: &str, size: u64) -> Result<Vec<u8>, VaultError> {
    if size > KEY_FILE_BYTES_MAX {
        let what = format!("{} for a key", too_many_bytes(size));
        return Err(VaultError::damaged(FileKind::Key.file(name), what));
    }
    Ok(store.get(FileKind::Key, name)?)
}

/// Nothing else shows damage of a key file: a wrong salt looks like a wrong password.
fn verify(name: &str, content: &[u8]) -> Result<(), VaultError> {
    if name.parse() == Ok(Id::of(content)) {
        return Ok(());
    }
    Err(VaultError::damaged(FileKind::Key.file(name), "its content does not match its name"))
}

fn parse(name: &str, content: &[u8]) -> Result<KeyFile, VaultError> {
    serde_json::from_slice(content)
        .map_err(|error| VaultError::damaged(FileKind::Key.file(name), error.to_string()))
}

/// The master keys, or nothing if the password is another one.
pub(crate) fn unwrap(
    key: &KeyFile,
    name: &str,
    password: &Password,
) -> Result<Option<MasterKey>, VaultError> {
    let damaged = |what: &str| VaultError::damaged(FileKind::Key.file(name), what);
    let decode = |text: &str| base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).ok();
    if key.kdf != "scrypt" || !key.n.is_power_of_two() || !key.is_affordable() {
        return Err(damaged("its key derivation is not one that restic writes"));
    }
    let salt = decode(&key.salt).ok_or_else(|| damaged("its salt is not base64"))?;
    let mut data = Zeroizing::new(decode(&key.data).ok_or_else(|| damaged("its data is not base64"))?);
    let log_n = u8::try_from(key.n.trailing_zeros()).unwrap_or(u8::MAX);
    let wrapping = derive(password, &salt, log_n, key.r, key.p)
        .ok_or_else(|| damaged("scrypt refuses its parameters"))?;
    let Ok(json) = wrapping.open(&mut data) else { return Ok(None) };
    let keys: MasterKeyJson =
        serde_json::from_slice(json).map_err(|_| damaged("its master keys are not readable"))?;
    keys.keys().map(Some).ok_or_else(|| damaged("its master keys have wrong lengths"))
}

fn derive(password: &Password, salt: &[u8], log_n: u8, r: u32, p: u32) -> Option<MasterKey> {
    let params = Params::new(log_n, r, p).ok()?;
    let mut derived = Zeroizing::new([0; 64]);
    scrypt(password.expose().as_bytes(), salt, &params, &mut *derived).ok()?;
    Some(MasterKey::from_derived(&derived))
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, VaultError> {
    serde_json::to_vec(value).map_err(|error| VaultError::damaged("new key", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(n: u64, r: u32, p: u32) -> KeyFile {
        let text = |text: &str| text.to_owned();
        let (created, username, hostname) = (text(""), text(""), text(""));
        KeyFile { created, username, hostname, kdf: text("scrypt"), n, r, p, salt: text(""), data: text("") }
    }

    #[test]
    fn a_key_may_ask_for_what_restic_asks_for_and_not_for_the_machines_memory() {
        assert!(asking(1 << 15, 8, 1).is_affordable() && asking(1 << 17, 8, 4).is_affordable());
        for (n, r, p) in [(1 << 40, 8, 1), (2, 1 << 25, 1), (2, 1, 1 << 25), (1 << 15, 8, 1 << 20)] {
            let refused = unwrap(&asking(n, r, p), "key", &Password::new("password"));
            assert!(matches!(refused, Err(VaultError::Damaged { .. })), "{n} {r} {p}");
        }
    }

    /// Made with Python's `hashlib.scrypt`, which is openssl's.
    #[test]
    fn keys_are_derived_as_others_derive_them() {
        let salt: [u8; 64] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let expected = "c87068de97689cc25d1d4ffb6b6a243387204fce3a2c5a3f55cbfb6e2ad9aa4c\
                        7f41d1dfaff02213f7fa154183ce642033c402281173cf2db384d207f3f4c740";
        let pair = |at: usize| u8::from_str_radix(&expected[at * 2..at * 2 + 2], 16).unwrap();
        let expected = MasterKey::from_derived(&std::array::from_fn(pair));
        let derived = derive(&Password::new("correct horse"), &salt, 4, 8, 2).unwrap();
        let sealed = expected.sealed(b"text");
        assert_eq!(derived.open(&mut sealed.clone()).unwrap(), b"text");
    }
}
