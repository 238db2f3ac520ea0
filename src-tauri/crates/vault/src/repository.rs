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
use crate::store::{FileKind, Store, StoreError};
use crate::words::too_many_bytes;

/// The format of new repositories. Format 1 is read and written as well: it is the same without
/// compression.
const VERSION: u32 = 2;
/// The size of a document in the store; restic keeps its index files below 8 MiB.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// The size of a document once it is decompressed; an index file of restic has at most 50,000
/// blobs, which are about 10 MiB.
const PLAINTEXT_BYTES_MAX: u64 = 256 << 20;
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

    pub(crate) fn has_compression(&self) -> bool {
        self.version >= 2
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
        if let Err(error) = store.put(FileKind::Config, "", &master.sealed(&json)) {
            // As in [`Repository::save`]: what failed must not look like a repository.
            let _ = store.remove(FileKind::Config, "");
            return Err(error.into());
        }
        Ok(Self { store, master, config, key_id })
    }

    /// Reads the configuration.
    pub(crate) fn open(store: Arc<dyn Store>, master: MasterKey, key_id: String) -> Result<Self, VaultError> {
        let config = read_config(&*store, &master)?;
        Ok(Self { store, master, config, key_id })
    }

    /// The configuration as it stands in the store now.
    pub(crate) fn read_config(&self) -> Result<Config, VaultError> {
        read_config(&*self.store, &self.master)
    }

    /// Whether the format has compression. Programs that know only format 1 could not read what
    /// is compressed.
    pub(crate) fn has_compression(&self) -> bool {
        self.config.has_compression()
    }

    /// Seals and stores a document; yields its name.
    pub(crate) fn save<T: Serialize>(&self, kind: FileKind, document: &T) -> Result<Id, VaultError> {
        let (id, sealed) = self.seal(kind, document)?;
        self.put_sealed(kind, &id, &sealed)?;
        Ok(id)
    }

    /// Seals a document; yields the name that it will have, and its content.
    pub(crate) fn seal<T: Serialize>(
        &self,
        kind: FileKind,
        document: &T,
    ) -> Result<(Id, Vec<u8>), VaultError> {
        let json = to_json(kind, document)?;
        let plaintext = if self.has_compression() { compress(kind, &json)? } else { json };
        let sealed = self.master.sealed(&plaintext);
        Ok((Id::of(&sealed), sealed))
    }

    /// Stores a document that was sealed.
    pub(crate) fn put_sealed(&self, kind: FileKind, id: &Id, sealed: &[u8]) -> Result<(), VaultError> {
        let name = id.to_string();
        if let Err(error) = self.store.put(kind, &name, sealed) {
            // A failure may come after the file is there: an answer that got lost, a directory
            // that could not be synced. What the caller believes to have failed must not be seen.
            // Nobody else has a file of this name, since each sealing has random bytes of its own.
            let _ = self.store.remove(kind, &name);
            return Err(error.into());
        }
        Ok(())
    }

    /// Reads a document, checks its name against its content, and parses it.
    pub(crate) fn load<T: DeserializeOwned>(&self, kind: FileKind, id: &Id) -> Result<T, VaultError> {
        self.load_document(kind, id).map_err(|error| error.of(kind))
    }

    fn load_document<T: DeserializeOwned>(&self, kind: FileKind, id: &Id) -> Result<T, VaultError> {
        let name = id.to_string();
        let file = kind.file(&name);
        require_size(&file, self.store.size(kind, &name)?)?;
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

fn read_config(store: &dyn Store, master: &MasterKey) -> Result<Config, VaultError> {
    let none = |error: StoreError| match VaultError::from(error) {
        VaultError::Missing { .. } => VaultError::NoRepository { place: store.place() },
        other => other,
    };
    let size = store.size(FileKind::Config, "").map_err(none)?;
    require_size("config", size)?;
    let sealed = store.get(FileKind::Config, "").map_err(none)?;
    let config: Config = parse("config", &open_document(master, "config", sealed)?)?;
    if !(1..=VERSION).contains(&config.version) {
        return Err(VaultError::UnsupportedVersion { version: config.version });
    }
    Ok(config)
}

fn require_size(file: &str, size: u64) -> Result<(), VaultError> {
    if size > DOCUMENT_BYTES_MAX {
        return Err(VaultError::damaged(file, too_many_bytes(size)));
    }
    Ok(())
}

fn open_document(master: &MasterKey, file: &str, mut sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
    let plaintext = master
        .open(&mut sealed)
        .map_err(|_| VaultError::damaged(file, "its authentication code does not match"))?;
    unframe(file, plaintext, PLAINTEXT_BYTES_MAX)
}

/// The JSON of a document that was opened: as it stands there, or compressed.
pub(crate) fn unframe(file: &str, plaintext: &[u8], bytes_max: u64) -> Result<Vec<u8>, VaultError> {
    match plaintext.first() {
        Some(b'{' | b'[') => Ok(plaintext.to_vec()),
        Some(&COMPRESSED) => decompress(&plaintext[1..], bytes_max)
            .map_err(|error| VaultError::damaged(file, format!("it cannot be decompressed: {error}"))),
        Some(other) => Err(VaultError::damaged(file, format!("its encoding {other} is unknown"))),
        None => Err(VaultError::damaged(file, "it is empty")),
    }
}

fn compress(kind: FileKind, json: &[u8]) -> Result<Vec<u8>, VaultError> {
    let failed = |error: std::io::Error| VaultError::damaged(kind.to_string(), error.to_string());
    let mut plaintext = vec![COMPRESSED];
    zstd::stream::copy_encode(json, &mut plaintext, LEVEL).map_err(failed)?;
    Ok(plaintext)
}

fn decompress(compressed: &[u8], bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut plaintext = Vec::new();
    let read = zstd::stream::read::Decoder::with_buffer(compressed)?
        .take(bytes_max + 1)
        .read_to_end(&mut plaintext)?;
    if read as u64 > bytes_max {
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
