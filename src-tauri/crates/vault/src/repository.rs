//! The files of a repository other than packs: sealed JSON documents, named by their hash
//! (restic design, "Unpacked Data Format"), and the configuration.
//!
//! Not the blobs in packs (`pack`, `read`), and not what the documents mean.

use std::io::Read;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::crypto::{MasterKey, random_bytes};
use crate::error::VaultError;
use crate::id::Id;
use crate::polynomial::random_irreducible;
use crate::store::{FileKind, Store};

/// The format that we write.
const VERSION: u32 = 2;
/// The size of a document in the store; restic keeps its index files below 8 MiB.
const DOCUMENT_BYTES_MAX: u64 = 256 << 20;
/// The size of a document once it is decompressed.
const PLAINTEXT_BYTES_MAX: u64 = 1 << 30;
/// Marks a compressed document.
const COMPRESSED: u8 = 2;
/// zstd's level for documents: they are small.
const LEVEL: i32 = 3;

/// The configuration file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Config {
    pub(crate) version: u32,
    pub(crate) id: String,
    pub(crate) chunker_polynomial: String,
}

impl Config {
    pub(crate) fn random() -> Self {
        Self {
            version: VERSION,
            id: Id(random_bytes()).to_string(),
            chunker_polynomial: format!("{:x}", random_irreducible()),
        }
    }
}

/// A store together with the keys to what is in it.
pub(crate) struct Repository {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) master: MasterKey,
    pub(crate) config: Config,
    /// The key file that it was opened with.
    pub(crate) key_id: String,
}

impl Repository {
    /// Writes the configuration; what makes a place a repository.
    pub(crate) fn create(
        store: Arc<dyn Store>,
        master: MasterKey,
        key_id: String,
    ) -> Result<Self, VaultError> {
        let config = Config::random();
        // Not compressed: restic decides by this file whether it may be.
        let json = to_json(FileKind::Config, &config)?;
        store.put(FileKind::Config, "", &master.sealed(&json))?;
        Ok(Self { store, master, config, key_id })
    }

    /// Reads the configuration.
    pub(crate) fn open(store: Arc<dyn Store>, master: MasterKey, key_id: String) -> Result<Self, VaultError> {
        let sealed = store.get(FileKind::Config, "").map_err(|error| match VaultError::from(error) {
            VaultError::Missing { .. } => VaultError::NoRepository { place: store.place() },
            other => other,
        })?;
        let plaintext = open_document(&master, "config", sealed)?;
        let config: Config = parse("config", &plaintext)?;
        if !(1..=VERSION).contains(&config.version) {
            return Err(VaultError::UnsupportedVersion { version: config.version });
        }
        Ok(Self { store, master, config, key_id })
    }

    /// Whether the format has compression; without it, nothing is written by us.
    pub(crate) fn require_writable(&self) -> Result<(), VaultError> {
        if self.config.version == VERSION {
            return Ok(());
        }
        Err(VaultError::UnsupportedVersion { version: self.config.version })
    }

    /// Seals and stores a document; yields its name.
    pub(crate) fn save<T: Serialize>(&self, kind: FileKind, document: &T) -> Result<Id, VaultError> {
        let json = to_json(kind, document)?;
        let failed = |error: std::io::Error| VaultError::damaged(kind.to_string(), error.to_string());
        let mut plaintext = vec![COMPRESSED];
        zstd::stream::copy_encode(json.as_slice(), &mut plaintext, LEVEL).map_err(failed)?;
        let sealed = self.master.sealed(&plaintext);
        let id = Id::of(&sealed);
        self.store.put(kind, &id.to_string(), &sealed)?;
        Ok(id)
    }

    /// Reads a document, checks its name against its content, and parses it.
    pub(crate) fn load<T: DeserializeOwned>(&self, kind: FileKind, id: &Id) -> Result<T, VaultError> {
        let name = id.to_string();
        let file = kind.file(&name);
        let size = self.store.size(kind, &name)?;
        if size > DOCUMENT_BYTES_MAX {
            return Err(VaultError::damaged(file, format!("{size} bytes are too many")));
        }
        let sealed = self.store.get(kind, &name)?;
        if Id::of(&sealed) != *id {
            return Err(VaultError::damaged(file, "its content does not match its name"));
        }
        let plaintext = open_document(&self.master, &file, sealed)?;
        parse(&file, &plaintext)
    }

    /// The ids of all files of a kind.
    pub(crate) fn ids(&self, kind: FileKind) -> Result<Vec<Id>, VaultError> {
        let mut ids = Vec::new();
        for file in self.store.list(kind)? {
            if let Ok(id) = file.name.parse() {
                ids.push(id);
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }
}

fn open_document(master: &MasterKey, file: &str, mut sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
    let plaintext = master
        .open(&mut sealed)
        .map_err(|_| VaultError::damaged(file, "its authentication code does not match"))?;
    match plaintext.first() {
        Some(b'{' | b'[') => Ok(plaintext.to_vec()),
        Some(&COMPRESSED) => decompress(&plaintext[1..])
            .map_err(|error| VaultError::damaged(file, format!("it cannot be decompressed: {error}"))),
        Some(other) => Err(VaultError::damaged(file, format!("its encoding {other} is unknown"))),
        None => Err(VaultError::damaged(file, "it is empty")),
    }
}

fn decompress(compressed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plaintext = Vec::new();
    let read = zstd::stream::read::Decoder::with_buffer(compressed)?
        .take(PLAINTEXT_BYTES_MAX + 1)
        .read_to_end(&mut plaintext)?;
    if read as u64 > PLAINTEXT_BYTES_MAX {
        return Err(std::io::Error::other("it is too large"));
    }
    Ok(plaintext)
}

fn to_json<T: Serialize>(kind: FileKind, document: &T) -> Result<Vec<u8>, VaultError> {
    serde_json::to_vec(document).map_err(|error| VaultError::damaged(kind.to_string(), error.to_string()))
}

fn parse<T: DeserializeOwned>(file: &str, json: &[u8]) -> Result<T, VaultError> {
    serde_json::from_slice(json)
        .map_err(|error| VaultError::damaged(file, format!("it is not readable: {error}")))
}
