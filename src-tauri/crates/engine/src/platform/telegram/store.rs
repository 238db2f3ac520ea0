//! A store for portable bundles in a chat: parts below 20 MiB, sealed, and a manifest as the last document.
//!
//! Telegram keeps no list of what a bot sent: the caller keeps a receipt per bundle. A bundle counts as kept
//! only after its manifest was fetched back and opened; it counts as had back only when every part and the
//! whole are what was sent.

use std::io::Write as _;

use bytes::Bytes;
use camino::Utf8Path;
use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::key::{Envelope, random};
use super::part::{place, sha256};
use super::reader::{Reader, opened};
use super::{Bot, Document, Manifest, Part, StoreError, StoreKey};
use crate::disk::PrivateFile;
use crate::hex;
use crate::platform::PlatformError;

/// What a document's manifest may have.
const MANIFEST_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// What the caller keeps of a bundle, to find it again. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The bundle's id.
    pub bundle: String,
    /// Its name.
    pub name: String,
    /// When it was sent.
    pub made_at: Timestamp,
    /// Bytes in all.
    pub bytes: u64,
    /// What the bot fetches the manifest by.
    pub manifest_file_id: String,
    /// SHA-256 of the manifest's document, hexadecimal.
    pub manifest_sha256: String,
    /// Every message of it, the manifest's last.
    pub messages: Vec<i64>,
}

/// A bundle of the caller's list, as it stands with Telegram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub receipt: Receipt,
    /// Why it cannot be had, where Telegram does not even name its manifest any more.
    pub gone: Option<String>,
}

/// What became of a bundle that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deleted {
    /// Messages that could not be deleted, and why.
    pub left: Vec<(i64, String)>,
}

/// The store.
#[derive(Debug, Clone)]
pub struct PortableStore {
    bot: Bot,
    chat: String,
}

impl PortableStore {
    /// A store in this chat.
    pub fn new(bot: Bot, chat: impl Into<String>) -> Self {
        Self { bot, chat: chat.into() }
    }

    /// Sends a file, and fetches its manifest back. `told` is told how many bytes were sent.
    ///
    /// # Errors
    /// When it cannot be read, sealed, sent or fetched back; what was sent by then is deleted again.
    pub async fn put(
        &self,
        name: &str,
        file: &Utf8Path,
        key: &StoreKey,
        told: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Receipt, StoreError> {
        let mut messages = Vec::new();
        let outcome = self.put_all(name, file, key, told, &mut messages).await;
        let Err(cause) = outcome else { return outcome };
        let left = self.delete_messages(&messages).await.left;
        if left.is_empty() {
            return Err(cause);
        }
        let messages = left.into_iter().map(|(message, _)| message).collect();
        Err(StoreError::LeftBehind { cause: Box::new(cause), messages })
    }

    /// The bundles of the caller's list, and which of them Telegram does not name any more. Says nothing of
    /// their parts: `check` does.
    pub async fn list(&self, receipts: &[Receipt]) -> Vec<Listed> {
        let mut listed = Vec::new();
        for receipt in receipts {
            let found = self.bot.locate(&receipt.manifest_file_id).await;
            let gone = found.err().map(|error| error.to_string());
            listed.push(Listed { receipt: receipt.clone(), gone });
        }
        listed
    }

    /// Fetches a bundle into a file that is not there yet; it gets its name only when all of it checks out.
    ///
    /// # Errors
    /// When anything is missing, changed, or in the wrong order.
    pub async fn get(
        &self,
        receipt: &Receipt,
        key: &StoreKey,
        to: &Utf8Path,
    ) -> Result<Manifest, StoreError> {
        if to.exists() {
            return Err(StoreError::Exists { path: to.to_owned() });
        }
        let failed = |source| StoreError::File { path: to.to_owned(), source };
        let mut file = PrivateFile::begin(to).map_err(failed)?;
        let manifest = self.read(receipt, key, &mut |bytes| file.write_all(bytes).map_err(failed)).await?;
        file.finish().map_err(failed)?;
        Ok(manifest)
    }

    /// Fetches all of a bundle, and keeps nothing: whether it could be had back.
    ///
    /// # Errors
    /// When anything is missing, changed, or in the wrong order.
    pub async fn check(&self, receipt: &Receipt, key: &StoreKey) -> Result<Manifest, StoreError> {
        self.read(receipt, key, &mut |_| Ok(())).await
    }

    /// Deletes every message of a bundle, the manifest's first; names those that Telegram keeps.
    pub async fn delete(&self, receipt: &Receipt) -> Deleted {
        self.delete_messages(&receipt.messages).await
    }

    async fn delete_messages(&self, messages: &[i64]) -> Deleted {
        let mut left = Vec::new();
        for message in messages.iter().rev() {
            if let Err(error) = self.bot.delete(&self.chat, *message).await {
                left.push((*message, error.to_string()));
            }
        }
        Deleted { left }
    }

    async fn put_all(
        &self,
        name: &str,
        file: &Utf8Path,
        by: &StoreKey,
        told: &(dyn Fn(u64) + Send + Sync),
        messages: &mut Vec<i64>,
    ) -> Result<Receipt, StoreError> {
        let bundle = uuid::Uuid::new_v4().to_string();
        let mut reader = Reader::open(file, &bundle)?;
        let key = random::<32>()?;
        let (by, of_thread, id) = (by.clone(), key.clone(), bundle.clone());
        let envelope = blocking(move || Envelope::seal(&by, &of_thread, &id)).await?;
        let (mut parts, mut sent_bytes) = (Vec::new(), 0);
        for index in 0..reader.count {
            let of_thread = key.clone();
            let mut moved = reader;
            let (sealed, mut part);
            (reader, sealed, part) = blocking(move || {
                let (sealed, part) = moved.next(index, &of_thread)?;
                Ok((moved, sealed, part))
            })
            .await?;
            // The name of the bundle is nobody's business but the manifest's.
            let title = format!("{bundle}.{:05}", index + 1);
            let caption = format!("Holdfast bundle, part {} of {}", index + 1, reader.count);
            let sent = self.bot.send(&self.chat, &title, &Document::Bytes(sealed), &caption).await?;
            messages.push(sent.message_id);
            (part.file_id, part.message_id) = (sent.file_id, sent.message_id);
            sent_bytes += part.bytes;
            parts.push(part);
            told(sent_bytes);
        }
        let (bytes, whole) = reader.finish()?;
        let made_at = Timestamp::now();
        let manifest = Manifest { bundle, name: name.to_owned(), made_at, bytes, sha256: whole, parts };
        self.close(&manifest, &envelope, &key, messages).await
    }

    /// Sends the manifest, and believes it only when it came back.
    async fn close(
        &self,
        manifest: &Manifest,
        envelope: &Envelope,
        key: &[u8; 32],
        messages: &mut Vec<i64>,
    ) -> Result<Receipt, StoreError> {
        let document = Bytes::from(manifest.write(envelope, key)?);
        let title = format!("{}.manifest", manifest.bundle);
        let sent = self
            .bot
            .send(&self.chat, &title, &Document::Bytes(document.clone()), "Holdfast bundle, manifest")
            .await?;
        messages.push(sent.message_id);
        let back = self.bot.fetch(&sent.file_id, MANIFEST_BYTES_MAX).await?;
        if back != document {
            return Err(StoreError::damaged("its manifest came back changed"));
        }
        Ok(Receipt {
            bundle: manifest.bundle.clone(),
            name: manifest.name.clone(),
            made_at: manifest.made_at,
            bytes: manifest.bytes,
            manifest_file_id: sent.file_id,
            manifest_sha256: sha256(&document),
            messages: messages.clone(),
        })
    }

    async fn read(
        &self,
        receipt: &Receipt,
        by: &StoreKey,
        take: &mut (dyn FnMut(&[u8]) -> Result<(), StoreError> + Send),
    ) -> Result<Manifest, StoreError> {
        let document = self.bot.fetch(&receipt.manifest_file_id, MANIFEST_BYTES_MAX).await?;
        if sha256(&document) != receipt.manifest_sha256 {
            return Err(StoreError::damaged("its manifest is not the one that was sent"));
        }
        let by = by.clone();
        let (manifest, key) = blocking(move || Manifest::read(&document, &by)).await?;
        let mut whole = Context::new(&SHA256);
        for part in &manifest.parts {
            let sealed = self.part(part).await?;
            let (of_thread, key, count) = (part.clone(), key.clone(), manifest.parts.len());
            let at = place(&manifest.bundle, part.index, count);
            let plain = blocking(move || opened(&of_thread, &key, &at, &sealed)).await?;
            whole.update(&plain);
            take(&plain)?;
        }
        if hex::encode(whole.finish().as_ref()) != manifest.sha256 {
            return Err(StoreError::damaged("put together, it is not what was sent"));
        }
        Ok(manifest)
    }

    async fn part(&self, part: &Part) -> Result<Vec<u8>, StoreError> {
        let number = part.index + 1;
        let sealed =
            self.bot.fetch(&part.file_id, part.sealed_bytes.max(1)).await.map_err(|error| match error {
                // What Telegram does not know, or gives in another size, is not the part.
                PlatformError::Failed { said, may_work_now: false, .. } => {
                    StoreError::damaged(format!("part {number} is missing: {said}"))
                }
                PlatformError::NotFound { .. } => StoreError::damaged(format!("part {number} is missing")),
                PlatformError::Unintelligible { what, .. } => {
                    StoreError::damaged(format!("part {number} is another: {what}"))
                }
                error => error.into(),
            })?;
        if sealed.len() as u64 != part.sealed_bytes || sha256(&sealed) != part.sealed_sha256 {
            return Err(StoreError::damaged(format!("part {number} is not what was sent")));
        }
        Ok(sealed)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|_| StoreError::Sealing { what: "its thread ended".to_owned() })?
}
