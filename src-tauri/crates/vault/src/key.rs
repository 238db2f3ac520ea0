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

const OUR_LOG_N: u8 = 15;
const OUR_R: u32 = 8;
const OUR_P: u32 = 1;
/// The memory that a foreign key may ask for; restic's own take 32 to 128 MiB.
const SCRYPT_BYTES_MAX: u64 = 512 << 20;
/// The work that a foreign key may ask for, in blocks of 128 bytes mixed.
const SCRYPT_WORK_MAX: u64 = 1 << 26;
/// The size of a key file; a real one has about 450 bytes.
const KEY_FILE_BYTES_MAX: u64 = 64 << 10;
/// The keys that are tried for one password.
const KEYS_MAX: usize = 64;

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
struct KeyFile {
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

/// Wraps the master keys with a password and stores the key file.
pub(crate) fn write(
    store: &dyn Store,
    master: &MasterKey,
    password: &Password,
    by: &KeyOwner,
) -> Result<String, VaultError> {
    let salt: [u8; 64] = random_bytes();
    let wrapping = derive(password, &salt, OUR_LOG_N, OUR_R, OUR_P)
        .ok_or_else(|| VaultError::damaged("new key", "scrypt refuses its parameters"))?;
    let json = Zeroizing::new(to_json(&MasterKeyJson::from(master))?);
    let encode = |bytes: &[u8]| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    let file = to_json(&KeyFile {
        created: Timestamp::now().to_string(),
        username: by.username.clone(),
        hostname: by.hostname.clone(),
        kdf: "scrypt".to_owned(),
        n: 1 << OUR_LOG_N,
        r: OUR_R,
        p: OUR_P,
        salt: encode(&salt),
        data: encode(&wrapping.sealed(&json)),
    })?;
    let name = Id::of(&file).to_string();
    store.put(FileKind::Key, &name, &file)?;
    Ok(name)
}

/// Finds the key that this password opens; yields its name and the master keys.
pub(crate) fn open(store: &dyn Store, password: &Password) -> Result<(String, MasterKey), VaultError> {
    let mut files = store.list(FileKind::Key)?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut damaged = None;
    for file in files.iter().take(KEYS_MAX) {
        let unwrapped = load(store, &file.name, file.size).and_then(|key| unwrap(&key, &file.name, password));
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
        let key = load(store, &file.name, file.size)?;
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

fn load(store: &dyn Store, name: &str, size: u64) -> Result<KeyFile, VaultError> {
    let damaged = |what: String| VaultError::damaged(FileKind::Key.file(name), what);
    if size > KEY_FILE_BYTES_MAX {
        return Err(damaged(format!("{size} bytes are too many for a key")));
    }
    let content = store.get(FileKind::Key, name)?;
    serde_json::from_slice(&content).map_err(|error| damaged(error.to_string()))
}

/// The master keys, or nothing if the password is another one.
fn unwrap(key: &KeyFile, name: &str, password: &Password) -> Result<Option<MasterKey>, VaultError> {
    let damaged = |what: &str| VaultError::damaged(FileKind::Key.file(name), what);
    let decode = |text: &str| base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).ok();
    let memory = key.n.saturating_mul(128).saturating_mul(u64::from(key.r));
    let work = key.n.saturating_mul(u64::from(key.r)).saturating_mul(u64::from(key.p));
    if key.kdf != "scrypt" || !key.n.is_power_of_two() || memory > SCRYPT_BYTES_MAX || work > SCRYPT_WORK_MAX
    {
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
