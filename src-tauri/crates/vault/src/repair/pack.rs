//! Whether a pack holds what its header says: its name, its header, and every blob in it.

use crate::error::VaultError;
use crate::id::Id;
use crate::index::Location;
use crate::pack::{PACK_BYTES_FIXED, PACK_BYTES_MAX, PackedBlob, read_header};
use crate::read::blob::Opener;
use crate::repository::Repository;
use crate::store::{FileKind, StoreError, StoredFile};
use crate::words::{counted, too_many_bytes};

/// What is read of a damaged pack's end at first: the header of some 1,500 blobs.
const TAIL_BYTES: u64 = 64 << 10;
/// The header of a pack; a pack of 16 MiB with nothing but empty blobs has less.
const HEADER_BYTES_MAX: u64 = 32 << 20;

/// What became of a look at a pack.
pub(crate) enum Verdict {
    /// All of it is as its header says.
    Sound(Vec<PackedBlob>),
    /// The first thing that is not.
    Damaged(String),
}

/// Reads packs.
pub(crate) struct Reader<'a> {
    repository: &'a Repository,
    opener: Opener,
    plaintext: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(repository: &'a Repository) -> Result<Self, VaultError> {
        Ok(Self { repository, opener: Opener::new()?, plaintext: Vec::new() })
    }

    /// Looks at a pack, and again if it seems damaged: a cable may lie once.
    pub(crate) fn look_twice(&mut self, id: Id, stored: &StoredFile) -> Result<Verdict, VaultError> {
        match self.look(id, stored)? {
            Verdict::Damaged(_) => self.look(id, stored),
            sound @ Verdict::Sound(_) => Ok(sound),
        }
    }

    fn look(&mut self, id: Id, stored: &StoredFile) -> Result<Verdict, VaultError> {
        if stored.size > PACK_BYTES_MAX {
            return Ok(Verdict::Damaged(format!("{} for a pack", too_many_bytes(stored.size))));
        }
        let mut content = match own_fault(self.repository.store.get(FileKind::Data, &stored.name))? {
            Ok(content) => content,
            Err(why) => return Ok(Verdict::Damaged(why)),
        };
        if Id::of(&content) != id {
            return Ok(Verdict::Damaged("its content does not match its name".to_owned()));
        }
        let blobs = match read_header(&self.repository.master, &content) {
            Ok(blobs) => blobs,
            Err(error) => return Ok(Verdict::Damaged(error.to_string())),
        };
        let bytes = blobs.iter().map(PackedBlob::bytes_in_pack).sum::<u64>() + PACK_BYTES_FIXED;
        if bytes != content.len() as u64 {
            let why =
                format!("it has {}, and its header says {bytes}", counted(content.len() as u64, "byte"));
            return Ok(Verdict::Damaged(why));
        }
        for blob in &blobs {
            let start = blob.offset as usize;
            let opened = match content.get_mut(start..start.saturating_add(blob.length as usize)) {
                None => Err(format!("blob {} is beyond its end", blob.id)),
                Some(sealed) => self.open(&Location { pack: id, blob: *blob }, sealed),
            };
            if let Err(why) = opened {
                return Ok(Verdict::Damaged(why));
            }
        }
        Ok(Verdict::Sound(blobs))
    }

    /// The blobs that a damaged pack's header lists, if it can be read.
    pub(crate) fn header(&self, stored: &StoredFile) -> Result<Option<Vec<PackedBlob>>, VaultError> {
        let tail = |bytes: u64| {
            let bytes = bytes.min(stored.size);
            self.repository.store.get_range(FileKind::Data, &stored.name, stored.size - bytes, bytes)
        };
        let read = tail(TAIL_BYTES).and_then(|end| {
            let length = end.last_chunk::<4>().map_or(0, |length| u64::from(u32::from_le_bytes(*length))) + 4;
            let is_longer = length > TAIL_BYTES && length <= stored.size.min(HEADER_BYTES_MAX);
            if is_longer { tail(length) } else { Ok(end) }
        });
        Ok(own_fault(read)?.ok().and_then(|end| read_header(&self.repository.master, &end).ok()))
    }

    /// One sealed blob of a damaged pack, if it is whole.
    pub(crate) fn blob(&mut self, location: &Location) -> Result<Option<Vec<u8>>, VaultError> {
        let PackedBlob { offset, length, .. } = location.blob;
        if u64::from(length) > PACK_BYTES_MAX {
            return Ok(None);
        }
        let pack = location.pack.to_string();
        let store = &self.repository.store;
        let read = own_fault(store.get_range(FileKind::Data, &pack, u64::from(offset), u64::from(length)))?;
        let Ok(sealed) = read else { return Ok(None) };
        Ok(self.open(location, &mut sealed.clone()).is_ok().then_some(sealed))
    }

    fn open(&mut self, location: &Location, sealed: &mut [u8]) -> Result<(), String> {
        self.opener.open_into(self.repository, location, sealed, &mut self.plaintext).map_err(|error| {
            match error {
                VaultError::Damaged { what, .. } => what,
                other => other.to_string(),
            }
        })
    }
}

/// Tells a file's own fault (sectors that cannot be read, a file that is shorter than its listing) from
/// a failure of the store.
fn own_fault<T>(read: Result<T, StoreError>) -> Result<Result<T, String>, VaultError> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(StoreError::Io { action, source, .. }) => Ok(Err(format!("cannot {action}: {source}"))),
        Err(error @ (StoreError::Short { .. } | StoreError::NotFound { .. })) => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}
