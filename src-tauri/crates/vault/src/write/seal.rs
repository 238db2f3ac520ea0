//! One blob: compressed, encrypted; with buffers and contexts that are used again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

use super::pipeline::Pipeline;
use crate::crypto::{IV_BYTES, MAC_BYTES};
use crate::error::VaultError;
use crate::id::Id;
use crate::pack::BlobKind;

/// zstd's level. Half of a writer's time is zstd: on dumps, level 3 made packs at most 2 % smaller and
/// took 15 to 20 % more CPU in all; level 2 was larger than level 1.
const LEVEL: i32 = 1;
/// Where level 1 looks for matches: 256 KiB back, by longer matches in a table of twice as many entries.
/// On dumps that takes 3 % less time than what the level means, and packs are 2 % smaller.
const SEARCH: [CParameter; 3] = [CParameter::WindowLog(18), CParameter::HashLog(15), CParameter::MinMatch(7)];

/// The context of one thread.
pub(super) struct Sealer {
    compressor: Compressor<'static>,
    buffer: Vec<u8>,
}

impl Sealer {
    pub(super) fn new() -> Result<Self, VaultError> {
        let mut compressor = Compressor::new(LEVEL).map_err(compression_failed)?;
        for parameter in SEARCH {
            compressor.set_parameter(parameter).map_err(compression_failed)?;
        }
        Ok(Self { compressor, buffer: Vec::new() })
    }

    /// Seals the blob that has this hash and puts it into a pack; yields its size, or 0 if the vault
    /// has it.
    pub(super) fn seal(
        &mut self,
        pipeline: &Pipeline,
        kind: BlobKind,
        id: Id,
        plaintext: &[u8],
    ) -> Result<u64, VaultError> {
        if !pipeline.claim(id, kind) {
            return Ok(0);
        }
        let (length, uncompressed) = if pipeline.inner.repository.has_compression() {
            self.encode(kind, plaintext)?
        } else {
            self.copy(plaintext)
        };
        let sealed = &mut self.buffer[..IV_BYTES + length + MAC_BYTES];
        pipeline.inner.repository.master.seal_slice(sealed);
        pipeline.append(kind, id, sealed, uncompressed);
        let counters = &pipeline.counters;
        if kind == BlobKind::Data {
            counters.new.fetch_add(plaintext.len() as u64, Ordering::Relaxed);
        }
        counters.stored.fetch_add(sealed.len() as u64, Ordering::Relaxed);
        Ok(plaintext.len() as u64)
    }

    /// Puts the plaintext behind the place of the IV: format 1 has no compression.
    fn copy(&mut self, plaintext: &[u8]) -> (usize, u32) {
        let room = IV_BYTES + plaintext.len() + MAC_BYTES;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        self.buffer[IV_BYTES..IV_BYTES + plaintext.len()].copy_from_slice(plaintext);
        (plaintext.len(), 0)
    }

    /// Puts the compressed plaintext behind the place of the IV, or the plaintext itself if
    /// compressing does not help; yields its length, and the plaintext's if it is compressed.
    fn encode(&mut self, kind: BlobKind, plaintext: &[u8]) -> Result<(usize, u32), VaultError> {
        let bound = zstd::zstd_safe::compress_bound(plaintext.len());
        let room = IV_BYTES + bound + MAC_BYTES;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        let body = &mut self.buffer[IV_BYTES..IV_BYTES + bound];
        let length = self.compressor.compress_to_buffer(plaintext, body).map_err(compression_failed)?;
        // Trees are always compressed, as restic's are.
        if length < plaintext.len() || kind == BlobKind::Tree {
            return Ok((length, u32::try_from(plaintext.len()).unwrap_or(u32::MAX)));
        }
        body[..plaintext.len()].copy_from_slice(plaintext);
        Ok((plaintext.len(), 0))
    }
}

fn compression_failed(error: std::io::Error) -> VaultError {
    VaultError::Io { action: "compress", place: "memory".to_owned(), source: Arc::new(error) }
}
