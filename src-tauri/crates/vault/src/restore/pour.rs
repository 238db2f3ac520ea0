//! One file's content, from the vault to the disk.

#![expect(
    clippy::disallowed_methods,
    reason = "a file of another kind makes room for the one that is restored"
)]

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::{failed, place};
use crate::error::VaultError;
use crate::index::Location;
use crate::pack::BlobKind;
use crate::read::blob::{Opener, locate};
use crate::read::window::{WINDOW_BYTES, fetch};
use crate::tree::Node;
use crate::vault::Inner;
use crate::words::counted;

/// One thread's context.
pub(super) struct Pourer {
    inner: Arc<Inner>,
    opener: Option<Opener>,
}

impl Pourer {
    pub(super) fn new(inner: &Arc<Inner>) -> Self {
        Self { inner: Arc::clone(inner), opener: None }
    }

    /// Restores a file; yields its size. A file that fails is removed again.
    pub(super) fn pour(&mut self, path: &Path, node: &Node) -> Result<u64, VaultError> {
        let poured = self.pour_content(path, node);
        if poured.is_err() {
            let _ = std::fs::remove_file(path);
        }
        poured
    }

    fn pour_content(&mut self, path: &Path, node: &Node) -> Result<u64, VaultError> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(|error| failed(path, error))?;
        let mut opener = match self.opener.take() {
            Some(opener) => opener,
            None => Opener::new()?,
        };
        let mut written = 0;
        let mut content = node.content.as_deref().unwrap_or_default().iter().peekable();
        while content.peek().is_some() {
            let (mut window, mut bytes): (Vec<Location>, u64) = (Vec::new(), 0);
            while bytes < WINDOW_BYTES
                && let Some(id) = content.next()
            {
                let location = locate(&self.inner, id, BlobKind::Data)?;
                bytes += location.blob.plaintext_bytes();
                window.push(location);
            }
            for plaintext in fetch(&self.inner, &mut opener, &window)? {
                file.write_all(&plaintext).map_err(|error| failed(path, error))?;
                written += plaintext.len() as u64;
            }
        }
        self.opener = Some(opener);
        if written != node.size {
            let what = format!("the content has {}, and should have {}", counted(written, "byte"), node.size);
            return Err(VaultError::damaged("tree", what));
        }
        place::set_file_metadata(&file, node).map_err(|error| failed(path, error))?;
        Ok(written)
    }
}
