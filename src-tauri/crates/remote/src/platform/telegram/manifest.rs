//! The last document of a bundle: what its parts are, in order, and how each is recognised. Sealed too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::Envelope;
use super::part::{PART_BYTES, open, seal};
use super::{StoreError, StoreKey};

/// Says in a manifest what it is of.
pub const FORMAT: &str = "holdfast-portable-bundle";
const VERSION: u32 = 1;

/// One part, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its place, from 0.
    pub index: usize,
    /// What the bot fetches it by.
    pub file_id: String,
    /// The message that holds it.
    pub message_id: i64,
    /// Bytes of the bundle in it.
    pub bytes: u64,
    /// SHA-256 of them, hexadecimal.
    pub sha256: String,
    /// Bytes as sent.
    pub sealed_bytes: u64,
    /// SHA-256 of them, hexadecimal.
    pub sealed_sha256: String,
}

/// A bundle, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its id: what its parts are bound to.
    pub bundle: String,
    /// Its name here.
    pub name: String,
    /// When it was sent.
    pub made_at: Timestamp,
    /// Bytes in all.
    pub bytes: u64,
    /// SHA-256 of them, hexadecimal.
    pub sha256: String,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    bundle: String,
    envelope: Envelope,
}

#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    header: Header,
    content: String,
}

impl Manifest {
    /// As a document, sealed with the bundle's key.
    pub(super) fn write(&self, envelope: &Envelope, key: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        let sealing = |error: serde_json::Error| StoreError::Sealing { what: error.to_string() };
        let (format, bundle) = (FORMAT.to_owned(), self.bundle.clone());
        let header = Header { format, version: VERSION, bundle, envelope: envelope.clone() };
        let associated = serde_json::to_vec(&header).map_err(sealing)?;
        let content = seal(key, &associated, &serde_json::to_vec(self).map_err(sealing)?)?;
        serde_json::to_vec(&Written { header, content: STANDARD.encode(content) }).map_err(sealing)
    }

    /// Reads a document, and the bundle's key. Works for a moment: not for the async threads.
    pub(super) fn read(
        document: &[u8],
        by: &StoreKey,
    ) -> Result<(Self, zeroize::Zeroizing<[u8; 32]>), StoreError> {
        let no_manifest = |_| StoreError::damaged("the last document is no manifest");
        let written: Written = serde_json::from_slice(document).map_err(no_manifest)?;
        let Written { header, content } = written;
        if header.format != FORMAT {
            return Err(StoreError::damaged("the last document is no manifest"));
        }
        if header.version != VERSION {
            return Err(StoreError::damaged(format!("its version is {}, not {VERSION}", header.version)));
        }
        let key = header.envelope.open(by, &header.bundle)?;
        let associated = serde_json::to_vec(&header).map_err(no_manifest)?;
        let content = STANDARD.decode(content).map_err(|_| StoreError::damaged("its manifest is cut"))?;
        let content = open(&key, &associated, &content)
            .ok_or_else(|| StoreError::damaged("its manifest was changed"))?;
        let manifest: Self = serde_json::from_slice(&content).map_err(no_manifest)?;
        manifest.check(&header.bundle)?;
        Ok((manifest, key))
    }

    /// Whether its parts follow one another, and make up what it says.
    fn check(&self, bundle: &str) -> Result<(), StoreError> {
        if self.bundle != bundle {
            return Err(StoreError::damaged("its manifest is that of another bundle"));
        }
        if let Some((at, _)) = self.parts.iter().enumerate().find(|(at, part)| part.index != *at) {
            return Err(StoreError::damaged(format!("part {} is missing or in the wrong place", at + 1)));
        }
        if self.parts.iter().any(|part| part.bytes > PART_BYTES as u64) {
            return Err(StoreError::damaged("a part is larger than parts are"));
        }
        let bytes: u64 = self.parts.iter().map(|part| part.bytes).sum();
        if bytes != self.bytes {
            return Err(StoreError::damaged(format!(
                "its parts have {bytes} bytes, and it says {}",
                self.bytes
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::telegram::part::sha256;

    fn manifest() -> Manifest {
        let part = |index: usize| Part {
            index,
            file_id: format!("file-{index}"),
            message_id: 10,
            bytes: 4,
            sha256: sha256(b"rows"),
            sealed_bytes: 44,
            sealed_sha256: String::new(),
        };
        Manifest {
            bundle: "bundle".into(),
            name: "shop".into(),
            made_at: Timestamp::UNIX_EPOCH,
            bytes: 8,
            sha256: String::new(),
            parts: vec![part(0), part(1)],
        }
    }

    fn reread(manifest: &Manifest) -> Result<Manifest, StoreError> {
        let by = StoreKey::Key(zeroize::Zeroizing::new([9; 32]));
        let envelope = Envelope::seal(&by, &[7; 32], &manifest.bundle)?;
        Manifest::read(&manifest.write(&envelope, &[7; 32])?, &by).map(|(manifest, _)| manifest)
    }

    #[test]
    fn a_manifest_reads_back_and_one_with_a_part_missing_or_in_the_wrong_place_does_not() {
        let whole = manifest();
        assert_eq!(reread(&whole).unwrap(), whole);
        let swapped = Manifest { parts: vec![whole.parts[1].clone(), whole.parts[0].clone()], ..manifest() };
        let missing = Manifest { parts: vec![whole.parts[0].clone()], ..manifest() };
        assert!(
            reread(&swapped).unwrap_err().to_string().contains("part 1 is missing or in the wrong place")
        );
        assert!(reread(&missing).unwrap_err().to_string().contains("4 bytes, and it says 8"));
    }

    #[test]
    fn another_key_or_a_changed_document_opens_nothing() {
        let by = StoreKey::Key(zeroize::Zeroizing::new([9; 32]));
        let envelope = Envelope::seal(&by, &[7; 32], "bundle").unwrap();
        let document = manifest().write(&envelope, &[7; 32]).unwrap();
        let other = StoreKey::Key(zeroize::Zeroizing::new([8; 32]));
        assert!(matches!(Manifest::read(&document, &other), Err(StoreError::WrongKey)));
        let passphrase = StoreKey::Passphrase(base::secret::Secret::new("open"));
        assert!(matches!(Manifest::read(&document, &passphrase), Err(StoreError::WrongKey)));
        let text =
            String::from_utf8(document).unwrap().replace("\"bundle\":\"bundle\"", "\"bundle\":\"other\"");
        assert!(Manifest::read(text.as_bytes(), &by).is_err());
    }
}
