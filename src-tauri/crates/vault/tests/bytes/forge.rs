//! A second implementation of the repository format, for what the first would never write.
//!
//! It makes the files of a repository from the bytes up, with keys that cost nothing to derive,
//! and takes apart those that the vault wrote. Sound or not is for the scenario to say.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use base64::prelude::{BASE64_STANDARD, Engine};
use poly1305::Poly1305;
use serde_json::{Value, json};
use vault::{Id, LocalStore, Password, SnapshotId, Vault, VaultError};

/// A key file's derivation at its cheapest; restic's takes a tenth of a second.
const N: u64 = 2;

/// The master keys of a repository, and where it lies.
pub(crate) struct Forge {
    pub(crate) repo: PathBuf,
    encrypt: [u8; 32],
    mac_k: [u8; 16],
    mac_r: [u8; 16],
}

/// A blob that is to be forged into a pack.
pub(crate) struct Blob {
    pub(crate) kind: &'static str,
    /// What its id is the hash of.
    pub(crate) plaintext: Vec<u8>,
    /// What is sealed, and the length that is claimed for the plaintext.
    pub(crate) compressed: Option<(Vec<u8>, u32)>,
}

/// Where something lies in a file, for the names of what is flipped.
pub(crate) type Region = (String, std::ops::Range<usize>);

impl Forge {
    /// A new repository of this format, with one key.
    pub(crate) fn new(repo: &Path, version: u32, password: &str) -> Self {
        LocalStore::create(repo).unwrap();
        let forge = Self { repo: repo.to_owned(), encrypt: [3; 32], mac_k: [5; 16], mac_r: [2; 16] };
        forge.add_key(password);
        let config =
            json!({"version": version, "id": "ab".repeat(32), "chunker_polynomial": "25b468838dcb75"});
        fs::write(repo.join("config"), forge.seal(config.to_string().as_bytes())).unwrap();
        forge
    }

    /// The keys of a repository that somebody else made with this password.
    pub(crate) fn of(repo: &Path, password: &str) -> Self {
        let mut keys =
            fs::read_dir(repo.join("keys")).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        let forge = keys.find_map(|key| {
            let key: Value = serde_json::from_slice(&key).unwrap();
            let wrapping = wrapping(repo, password, &key);
            let master: Value = serde_json::from_slice(&wrapping.try_open(&text(&key["data"]))?).unwrap();
            let (encrypt, k, r) = (&master["encrypt"], &master["mac"]["k"], &master["mac"]["r"]);
            let [encrypt, mac_k, mac_r] = [encrypt, k, r].map(text);
            Some(Self {
                repo: repo.to_owned(),
                encrypt: encrypt.try_into().unwrap(),
                mac_k: mac_k.try_into().unwrap(),
                mac_r: mac_r.try_into().unwrap(),
            })
        });
        forge.unwrap()
    }

    /// Adds a key with the cheapest derivation there is; yields its file.
    pub(crate) fn add_key(&self, password: &str) -> PathBuf {
        let encode = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        let mut key = json!({
            "created": "2026-01-02T03:04:05.678Z", "username": "ada", "hostname": "desk",
            "kdf": "scrypt", "N": N, "r": 1, "p": 1, "salt": encode(password.as_bytes()), "data": "",
        });
        let master = json!({
            "mac": {"k": encode(&self.mac_k), "r": encode(&self.mac_r)}, "encrypt": encode(&self.encrypt),
        });
        let wrapping = wrapping(&self.repo, password, &key);
        key["data"] = Value::String(encode(&wrapping.seal(master.to_string().as_bytes())));
        let content = key.to_string();
        self.put("keys", content.as_bytes());
        self.repo.join("keys").join(Id::of(content.as_bytes()).to_string())
    }

    pub(crate) fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
        self.seal_with(*b"sixteen bytes IV", plaintext)
    }

    pub(crate) fn seal_with(&self, iv: [u8; 16], plaintext: &[u8]) -> Vec<u8> {
        let mut text = plaintext.to_vec();
        self.apply_keystream(iv, &mut text);
        let mac = self.mac(iv, &text);
        [&iv[..], &text, &mac].concat()
    }

    fn try_open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (iv, rest) = sealed.split_first_chunk::<16>()?;
        let (text, mac) = rest.split_last_chunk::<16>()?;
        let mut plaintext = text.to_vec();
        self.apply_keystream(*iv, &mut plaintext);
        (self.mac(*iv, text) == *mac).then_some(plaintext)
    }

    pub(crate) fn open(&self, sealed: &[u8]) -> Vec<u8> {
        self.try_open(sealed).unwrap()
    }

    fn apply_keystream(&self, iv: [u8; 16], text: &mut [u8]) {
        ctr::Ctr128BE::<aes::Aes256>::new(&Array::from(self.encrypt), &Array::from(iv)).apply_keystream(text);
    }

    fn mac(&self, iv: [u8; 16], text: &[u8]) -> [u8; 16] {
        let mut nonce = Array::from(iv);
        aes::Aes128::new(&Array::from(self.mac_k)).encrypt_block(&mut nonce);
        let key: [u8; 32] = [&self.mac_r[..], &nonce].concat().try_into().unwrap();
        Poly1305::new(&Array::from(key)).compute_unpadded(text).into()
    }

    /// Stores a file under the hash of its content.
    pub(crate) fn put(&self, kind: &str, content: &[u8]) -> Id {
        let id = Id::of(content);
        fs::write(self.path(kind, &id.to_string()), content).unwrap();
        id
    }

    fn path(&self, kind: &str, name: &str) -> PathBuf {
        let directory = self.repo.join(kind);
        if kind == "data" { directory.join(&name[..2]).join(name) } else { directory.join(name) }
    }

    /// Stores a document as JSON.
    pub(crate) fn document(&self, kind: &str, document: &Value) -> Id {
        self.put(kind, &self.seal(document.to_string().as_bytes()))
    }

    /// A document's JSON, and whether it was compressed.
    pub(crate) fn read_document(&self, file: &Path) -> (Value, bool) {
        let plaintext = self.open(&fs::read(file).unwrap());
        match plaintext.split_first() {
            Some((2, compressed)) => {
                (serde_json::from_slice(&zstd::stream::decode_all(compressed).unwrap()).unwrap(), true)
            }
            _ => (serde_json::from_slice(&plaintext).unwrap(), false),
        }
    }

    /// Stores a pack of these blobs; yields what an index says of it.
    pub(crate) fn pack(&self, blobs: &[Blob]) -> Value {
        let (mut content, mut header, mut listed) = (Vec::new(), Vec::new(), Vec::new());
        for blob in blobs {
            let offset = content.len();
            let body = blob.compressed.as_ref().map_or(&blob.plaintext, |(body, _)| body);
            content.extend(self.seal(body));
            let length = u32::try_from(content.len() - offset).unwrap();
            let id = Id::of(&blob.plaintext);
            let mut entry =
                json!({"id": id.to_string(), "type": blob.kind, "offset": offset, "length": length});
            header.push(u8::from(blob.kind == "tree") | u8::from(blob.compressed.is_some()) << 1);
            header.extend(length.to_le_bytes());
            if let Some((_, claimed)) = &blob.compressed {
                header.extend(claimed.to_le_bytes());
                entry["uncompressed_length"] = json!(claimed);
            }
            header.extend(id.as_bytes());
            listed.push(entry);
        }
        let header = self.seal(&header);
        content.extend(&header);
        content.extend(u32::try_from(header.len()).unwrap().to_le_bytes());
        json!({"id": self.put("data", &content).to_string(), "blobs": listed})
    }

    /// Stores an index of these packs.
    pub(crate) fn index(&self, packs: &[Value]) -> Id {
        self.document("index", &json!({"packs": packs}))
    }

    /// Stores a snapshot of a tree.
    pub(crate) fn snapshot(&self, tree: Id) -> SnapshotId {
        let snapshot = json!({"time": "2026-02-03T04:05:06Z", "tree": tree.to_string(), "paths": ["/"]});
        self.document("snapshots", &snapshot).to_string().parse().unwrap()
    }

    /// The plaintext of a blob, found through the indexes.
    pub(crate) fn blob(&self, kind: &str, id: &str) -> Vec<u8> {
        let indexes = fs::read_dir(self.repo.join("index")).unwrap();
        for index in indexes.map(|entry| self.read_document(&entry.unwrap().path()).0) {
            for pack in index["packs"].as_array().unwrap() {
                let mut blobs = pack["blobs"].as_array().unwrap().iter();
                let Some(blob) = blobs.find(|blob| blob["id"] == id && blob["type"] == kind) else {
                    continue;
                };
                let [offset, length] =
                    ["offset", "length"].map(|field| usize::try_from(blob[field].as_u64().unwrap()).unwrap());
                let content = fs::read(self.path("data", pack["id"].as_str().unwrap())).unwrap();
                let plaintext = self.open(&content[offset..offset + length]);
                return match blob.get("uncompressed_length") {
                    Some(_) => zstd::stream::decode_all(&plaintext[..]).unwrap(),
                    None => plaintext,
                };
            }
        }
        panic!("{kind} {id} is in no index")
    }

    /// The entries of a pack's header: whether each is compressed, and its sealed length.
    fn entries_of_pack(&self, content: &[u8]) -> Vec<(bool, usize)> {
        let (rest, length) = content.split_last_chunk::<4>().unwrap();
        let header = self.open(&rest[rest.len() - number(*length)..]);
        let (mut entries, mut rest) = (Vec::new(), &header[..]);
        while let Some((code, entry)) = rest.split_first() {
            let is_compressed = code & 2 != 0;
            entries.push((is_compressed, number(*entry.first_chunk().unwrap())));
            rest = &entry[if is_compressed { 40 } else { 36 }..];
        }
        entries
    }

    /// How many of a pack's blobs are compressed.
    pub(crate) fn compressed_in_pack(&self, content: &[u8]) -> usize {
        self.entries_of_pack(content).iter().filter(|(is_compressed, _)| *is_compressed).count()
    }

    /// Exchanges two blobs of one sealed length in each pack that has such, as whoever can write to a store can without
    /// any key: each is whole, and its code is right. Yields the packs.
    pub(crate) fn exchange_blobs(&self) -> Vec<PathBuf> {
        let mut exchanged = Vec::new();
        for directory in fs::read_dir(self.repo.join("data")).unwrap() {
            for pack in fs::read_dir(directory.unwrap().path()).unwrap() {
                let pack = pack.unwrap().path();
                let mut content = fs::read(&pack).unwrap();
                let (mut places, mut offset) = (Vec::new(), 0);
                for (is_compressed, length) in self.entries_of_pack(&content) {
                    places.push((is_compressed, length, offset));
                    offset += length;
                }
                let alike = |one: &(bool, usize, usize), other: &(bool, usize, usize)| {
                    one.0 == other.0 && one.1 == other.1 && one.2 < other.2
                };
                let found = places.iter().find_map(|one| {
                    places.iter().find(|other| alike(one, other)).map(|other| (one.1, one.2, other.2))
                });
                if let Some((length, first, second)) = found {
                    let kept = content[first..first + length].to_vec();
                    content.copy_within(second..second + length, first);
                    content[second..second + length].copy_from_slice(&kept);
                    overwrite(&pack, &content);
                    exchanged.push(pack);
                }
            }
        }
        exchanged
    }

    /// The names of a pack's regions and where they are: of each blob, of the header, its length.
    pub(crate) fn regions_of_pack(&self, content: &[u8]) -> Vec<Region> {
        let (mut regions, mut offset, end) = (Vec::new(), 0, content.len() - 4);
        for (number, (_, sealed)) in self.entries_of_pack(content).into_iter().enumerate() {
            regions.extend(regions_of_sealed(&format!("blob {number}"), offset, sealed));
            offset += sealed;
        }
        regions.extend(regions_of_sealed("header", offset, end - offset));
        regions.push(("length".to_owned(), end..content.len()));
        regions
    }
}

fn number(bytes: [u8; 4]) -> usize {
    usize::try_from(u32::from_le_bytes(bytes)).unwrap()
}

/// IV, ciphertext and code of something sealed.
pub(crate) fn regions_of_sealed(name: &str, offset: usize, length: usize) -> [Region; 3] {
    let end = offset + length;
    [
        (format!("{name}: IV"), offset..offset + 16),
        (format!("{name}: ciphertext"), offset + 16..end - 16),
        (format!("{name}: code"), end - 16..end),
    ]
}

/// Opens a repository on the disk.
pub(crate) fn open(repo: &Path, password: &str) -> Result<Vault, VaultError> {
    Vault::open(Arc::new(LocalStore::open(repo)?), &Password::new(password))
}

/// Replaces a file's content; repositories' files are read-only.
pub(crate) fn overwrite(file: &Path, content: &[u8]) {
    if file.exists() {
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::write(file, content).unwrap();
}

/// Bytes from a JSON text in base64.
fn text(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap()
}

/// The keys that a key file's data is sealed with.
fn wrapping(repo: &Path, password: &str, key: &Value) -> Forge {
    let number = |name: &str| u32::try_from(key[name].as_u64().unwrap()).unwrap();
    let log_n = u8::try_from(number("N").trailing_zeros()).unwrap();
    let params = scrypt::Params::new(log_n, number("r"), number("p")).unwrap();
    let mut derived = [0; 64];
    scrypt::scrypt(password.as_bytes(), &text(&key["salt"]), &params, &mut derived).unwrap();
    Forge {
        repo: repo.to_owned(),
        encrypt: derived[..32].try_into().unwrap(),
        mac_k: derived[32..48].try_into().unwrap(),
        mac_r: derived[48..].try_into().unwrap(),
    }
}
