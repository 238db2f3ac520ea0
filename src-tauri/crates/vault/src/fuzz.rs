//! One door for each parser of stored bytes, with what has to hold for every input.
//!
//! For the fuzz targets alone; not a part of the crate's interface. A door panics when something
//! does not hold; that the input is refused is always right.
#![expect(clippy::expect_used, reason = "what was accepted has to be written again")]

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::chunk::Chunker;
use crate::crypto::{MasterKey, MasterKeyJson};
use crate::id::{Id, SnapshotId};
use crate::index::file::IndexFile;
use crate::index::{Index, Location};
use crate::key::{self, KeyFile};
use crate::lock::{self, LockFile};
use crate::pack::{self, BlobKind, PackedBlob};
use crate::password::Password;
use crate::read::blob::Opener;
use crate::repository::{self, Config, Repository};
use crate::snapshot::{self, SnapshotFile};
use crate::store::{FileKind, Store, StoreError, StoredFile};
use crate::tree::{Tree, quote};

/// What a document or blob of a fuzz target may decompress to.
const PLAINTEXT_BYTES_MAX: u64 = 4 << 20;
/// The scrypt work that a fuzz target does: a thousandth of a second.
const WORK_MAX: u64 = 1 << 9;

fn key() -> MasterKey {
    MasterKey::from_derived(&[7; 64])
}

/// Reads a document; what is written of it again is read as the same.
fn document<T: Serialize + DeserializeOwned>(json: &[u8]) -> Option<T> {
    let document: T = serde_json::from_slice(json).ok()?;
    let written = serde_json::to_vec(&document).expect("a document that was read can be written");
    let again: T = serde_json::from_slice(&written).expect("a document that was written can be read");
    assert_eq!(serde_json::to_vec(&again).expect("a second time"), written);
    Some(document)
}

/// The plaintext of a pack's header.
pub fn pack_header(header: &[u8]) {
    let decoded = pack::decode_header(header);
    let mut stored = b"blobs".to_vec();
    let sealed = key().sealed(header);
    stored.extend_from_slice(&sealed);
    stored.extend_from_slice(&u32::try_from(sealed.len()).unwrap_or(u32::MAX).to_le_bytes());
    assert_eq!(pack::read_header(&key(), &stored), decoded);
    // As a whole pack it is forged, or no pack at all.
    assert!(pack::read_header(&key(), header).is_err());
    let Ok(blobs) = decoded else { return };
    assert_eq!(pack::decode_header(&pack::encode_header(&blobs)).as_ref(), Ok(&blobs));
    let mut offset = 0_u32;
    for blob in &blobs {
        assert_eq!(blob.offset, offset);
        offset = offset.checked_add(blob.length).expect("a blob ends within four GiB");
        assert!(blob.bytes_in_pack() > u64::from(blob.length));
        assert!(u32::try_from(blob.plaintext_bytes()).is_ok());
    }
}

/// An index file.
pub fn index(json: &[u8]) {
    let Some(file) = document::<IndexFile>(json) else { return };
    let mut index = Index::default();
    let mut known: Vec<PackedBlob> = Vec::new();
    for pack in file.packs {
        let blobs: Vec<PackedBlob> = pack.blobs.into_iter().map(PackedBlob::from).collect();
        known.extend(&blobs);
        index.load(pack.id, blobs);
    }
    index.settle();
    assert!(index.blobs() <= known.len());
    for blob in known {
        let found = index.find(&blob.id, blob.kind).expect("what was loaded is found");
        assert_eq!((found.blob.id, found.blob.kind), (blob.id, blob.kind));
    }
}

/// A directory.
pub fn tree(json: &[u8]) {
    let Ok(tree) = Tree::decode(json) else { return };
    let written = tree.encode().expect("a tree that was read can be written");
    let again = Tree::decode(&written).expect("a tree that was written can be read");
    assert_eq!(again.encode().expect("a second time"), written);
    for name in tree.nodes.iter().filter_map(crate::tree::Node::name_bytes) {
        assert!(!name.is_empty() && !name.contains(&b'/') && !name.contains(&0));
        assert_eq!(quote::unquote(&quote::quote(&name)).as_ref(), Some(&name));
    }
}

/// The name of a file within a directory.
pub fn name(name: &[u8]) {
    assert_eq!(quote::unquote(&quote::quote(name)).as_deref(), Some(name));
    let Ok(quoted) = std::str::from_utf8(name) else { return };
    let Some(bytes) = quote::unquote(quoted) else { return };
    assert!(bytes.len() <= quoted.len());
    assert_eq!(quote::unquote(&quote::quote(&bytes)), Some(bytes));
}

/// A snapshot.
pub fn snapshot(json: &[u8]) {
    let Some(file) = document::<SnapshotFile>(json) else { return };
    let (tree, time) = (file.tree, file.time.clone());
    if let Ok(snapshot) = snapshot::read(&SnapshotId(Id([1; 32])), file) {
        assert_eq!((snapshot.tree, snapshot.time_text), (tree, time));
    }
}

/// The configuration.
pub fn config(json: &[u8]) {
    let _ = document::<Config>(json);
}

/// A lock.
pub fn lock(json: &[u8]) {
    let Some(file) = document::<LockFile>(json) else { return };
    let now = Timestamp::UNIX_EPOCH;
    let standing = lock::judge::by_itself(&Id([1; 32]), &file, now);
    let lock = lock::read(&Id([1; 32]), file, standing);
    // Who does not say when belongs to nobody.
    assert!(lock.is_stale || lock.time.is_some());
    assert!(!lock.to_string().is_empty());
}

/// A key file, and the keys that are in one.
pub fn key_file(json: &[u8]) {
    if let Ok(keys) = serde_json::from_slice::<MasterKeyJson>(json)
        && let Some(master) = keys.keys()
    {
        let mut sealed = master.sealed(json);
        assert_eq!(master.open(&mut sealed).as_deref(), Ok(json));
    }
    let Some(file) = document::<KeyFile>(json) else { return };
    if file.is_affordable() && file.cost().1 > WORK_MAX {
        return;
    }
    let opened = key::unwrap(&file, "key", &Password::new("password"));
    assert!(file.is_affordable() || opened.is_err(), "a derivation that costs too much is not refused");
}

/// A document as it is once it was opened: JSON, or compressed.
pub fn framed(plaintext: &[u8]) {
    let Ok(json) = repository::unframe("index/0", plaintext, PLAINTEXT_BYTES_MAX) else { return };
    assert!(json.len() as u64 <= PLAINTEXT_BYTES_MAX);
    let compressed = zstd::stream::encode_all(json.as_slice(), 1).expect("memory can be compressed");
    let again = [&[2], compressed.as_slice()].concat();
    assert_eq!(repository::unframe("index/0", &again, PLAINTEXT_BYTES_MAX).ok(), Some(json));
}

/// A blob. The first bytes say what its pack says of it, the rest is what was sealed.
pub fn blob(input: &[u8]) {
    let Some((claim, content)) = input.split_first_chunk::<3>() else { return };
    let claim = u32::from_le_bytes([claim[0], claim[1], claim[2], 0]);
    let expected = if claim == 0 { content.to_vec() } else { expand(content, claim) };
    let blob = PackedBlob {
        id: Id::of(&expected),
        kind: BlobKind::Data,
        offset: 0,
        length: u32::try_from(content.len()).unwrap_or(u32::MAX),
        uncompressed: claim,
    };
    let config = Config { version: 2, id: String::new(), chunker_polynomial: String::new() };
    let store = Arc::new(Nothing);
    let repository = Repository { store, master: key(), config, key_id: String::new() };
    let location = Location { pack: Id([1; 32]), blob };
    let mut opener = Opener::new().expect("a context for zstd");
    let mut sealed = repository.master.sealed(content);
    if let Ok(plaintext) = opener.open(&repository, &location, &mut sealed) {
        assert_eq!(plaintext, expected);
    }
    let mut sealed = content.to_vec();
    assert!(opener.open(&repository, &location, &mut sealed).is_err(), "nobody sealed this");
}

/// What a correct decompression yields, found another way.
fn expand(compressed: &[u8], bytes_max: u32) -> Vec<u8> {
    use std::io::Read as _;
    let mut plaintext = Vec::new();
    let Ok(decoder) = zstd::stream::read::Decoder::with_buffer(compressed) else { return plaintext };
    // What is longer than the claim has another hash.
    let _ = decoder.take(u64::from(bytes_max) + 1).read_to_end(&mut plaintext);
    plaintext
}

/// Where a stream is cut. The first byte says how it arrives.
pub fn chunks(input: &[u8]) {
    let Some((&window, data)) = input.split_first() else { return };
    let whole = cuts(data, data.len().max(1));
    assert_eq!(cuts(data, usize::from(window) + 1), whole);
    assert_eq!(cuts(data, usize::from(window) * 16 + 1), whole);
    assert_eq!(whole.last().copied().unwrap_or(0), data.len());
    let mut start = 0;
    for end in whole {
        let is_last = end == data.len();
        assert!(end > start && end - start <= Chunker::tiny().max() && (is_last || end - start >= 64));
        start = end;
    }
}

fn cuts(data: &[u8], window: usize) -> Vec<usize> {
    let chunker = Chunker::tiny();
    let (mut start, mut end, mut cuts) = (0, 0, Vec::new());
    while start < data.len() {
        match chunker.cut(&data[start..end], end == data.len()) {
            Some(length) => {
                start += length;
                cuts.push(start);
            }
            None => end = data.len().min(end + window),
        }
    }
    cuts
}

/// A store in which nothing is; a blob is opened without it.
struct Nothing;

impl Nothing {
    fn none<T>(kind: FileKind, name: &str) -> Result<T, StoreError> {
        Err(StoreError::NotFound { file: kind.file(name) })
    }
}

impl Store for Nothing {
    fn place(&self) -> String {
        "nowhere".to_owned()
    }

    fn put(&self, kind: FileKind, name: &str, _: &[u8]) -> Result<(), StoreError> {
        Self::none(kind, name)
    }

    fn get(&self, kind: FileKind, name: &str) -> Result<Vec<u8>, StoreError> {
        Self::none(kind, name)
    }

    fn get_range(&self, kind: FileKind, name: &str, _: u64, _: u64) -> Result<Vec<u8>, StoreError> {
        Self::none(kind, name)
    }

    fn size(&self, kind: FileKind, name: &str) -> Result<u64, StoreError> {
        Self::none(kind, name)
    }

    fn list(&self, _: FileKind) -> Result<Vec<StoredFile>, StoreError> {
        Ok(Vec::new())
    }

    fn remove(&self, kind: FileKind, name: &str) -> Result<(), StoreError> {
        Self::none(kind, name)
    }
}
