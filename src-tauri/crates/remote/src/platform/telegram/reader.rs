//! A file as the parts of a bundle, and a part as bytes of the file again.

use std::io::Read as _;

use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use ring::digest::{Context, SHA256};
use zeroize::Zeroizing;

use super::part::{PART_BYTES, open, place, seal, sha256};
use super::{Part, StoreError};
use base::hex;

/// More parts would make a manifest that a bot may not fetch: with 19 MiB each, 380 GB.
const PARTS_MAX: u64 = 20_000;

/// What a fetched part holds, if it is the one of this place.
pub(super) fn opened(part: &Part, key: &[u8; 32], at: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let wrong = || StoreError::damaged(format!("part {} does not belong in this place", part.index + 1));
    let plain = open(key, at, sealed).ok_or_else(wrong)?;
    if plain.len() as u64 != part.bytes || sha256(&plain) != part.sha256 {
        return Err(wrong());
    }
    Ok(plain)
}

/// A file, read in parts, hashed as a whole.
pub(super) struct Reader {
    path: Utf8PathBuf,
    file: std::fs::File,
    bundle: String,
    bytes: u64,
    read: u64,
    /// How many parts it makes.
    pub(super) count: usize,
    whole: Context,
}

impl Reader {
    pub(super) fn open(path: &Utf8Path, bundle: &str) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let count = bytes.div_ceil(PART_BYTES as u64);
        if count > PARTS_MAX {
            return Err(StoreError::TooLarge { bytes, bytes_max: PARTS_MAX * PART_BYTES as u64 });
        }
        let (path, bundle, whole) = (path.to_owned(), bundle.to_owned(), Context::new(&SHA256));
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Self { path, file, bundle, bytes, read: 0, count, whole })
    }

    pub(super) fn next(&mut self, index: usize, key: &[u8; 32]) -> Result<(Bytes, Part), StoreError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(PART_BYTES.min(1 << 20)));
        let limit = PART_BYTES as u64;
        let failed = |source| StoreError::File { path: self.path.clone(), source };
        (&self.file).take(limit).read_to_end(&mut plain).map_err(failed)?;
        self.read += plain.len() as u64;
        self.whole.update(&plain);
        let sealed = seal(key, &place(&self.bundle, index, self.count), &plain)?;
        let part = Part {
            index,
            file_id: String::new(),
            message_id: 0,
            bytes: plain.len() as u64,
            sha256: sha256(&plain),
            sealed_bytes: sealed.len() as u64,
            sealed_sha256: sha256(&sealed),
        };
        Ok((sealed.into(), part))
    }

    /// Bytes and SHA-256 of the whole; a file that changed meanwhile is no bundle.
    pub(super) fn finish(mut self) -> Result<(u64, String), StoreError> {
        let failed = |source| StoreError::File { path: self.path.clone(), source };
        let more = self.file.read(&mut [0; 1]).map_err(failed)?;
        if more != 0 || self.read != self.bytes {
            return Err(StoreError::damaged("the file here changed while it was sent"));
        }
        Ok((self.bytes, hex::encode(self.whole.finish().as_ref())))
    }
}
