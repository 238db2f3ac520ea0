//! A store for portable bundles in a chat: parts below 20 MiB, sealed, and a manifest as the last document.
//!
//! Telegram keeps no list of what a bot sent: the caller keeps a receipt per bundle. A bundle counts as kept
//! only after its manifest was fetched back and opened; it counts as had back only when every part and the
//! whole are what was sent.

use std::io::Write as _;

use async_trait::async_trait;
use bytes::Bytes;
use camino::Utf8Path;
use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::key::{Envelope, random};
use super::part::{place, sha256};
use super::reader::{Reader, opened};
use super::{Bot, Document, Manifest, Part, StoreError, StoreKey};
use crate::platform::PlatformError;
use base::disk::PrivateFile;
use base::hex;

/// What a document's manifest may have.
pub const MANIFEST_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// What the caller keeps of a bundle, to find it again. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The bundle's id.
    pub bundle: String,
    /// Its name.
    pub name: String,
    /// When it was sent.
    pub made_at: Timestamp,
    /// Bytes in all; so far, where it is being sent.
    pub bytes: u64,
    /// What the bot fetches the manifest by; empty as long as none was sent.
    pub manifest_file_id: String,
    /// SHA-256 of the manifest's document, hexadecimal.
    pub manifest_sha256: String,
    /// Every message of it, the manifest's last.
    pub messages: Vec<i64>,
    /// The chat that they are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    /// The bot that sent them, by its number, which is no secret: to others the file's ids mean nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<String>,
}

impl Receipt {
    /// Whether there is a manifest to fetch it by. One that has none is being sent, or its sending never came to its
    /// end.
    pub fn is_whole(&self) -> bool {
        !self.manifest_file_id.is_empty()
    }
}

/// Who is told of a bundle while it is sent.
#[async_trait]
pub trait Told: Send + Sync {
    /// This much of it is in the chat by now. Nothing more is sent before this is done.
    ///
    /// # Errors
    /// What keeps it from being noted: then it is taken back.
    async fn sent(&self, so_far: &Receipt) -> Result<(), StoreError>;
}

/// Whoever wants to hear of the bytes alone.
#[async_trait]
impl<F: Fn(u64) + Send + Sync> Told for F {
    async fn sent(&self, so_far: &Receipt) -> Result<(), StoreError> {
        self(so_far.bytes);
        Ok(())
    }
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

    /// The bot's number.
    pub fn bot_number(&self) -> Option<&str> {
        self.bot.number()
    }

    /// Sends a file, and fetches its manifest back. `told` is told of each message that is there.
    ///
    /// # Errors
    /// When it cannot be read, sealed, sent or fetched back; what was sent by then is deleted again.
    pub async fn put(
        &self,
        name: &str,
        file: &Utf8Path,
        key: &StoreKey,
        told: &dyn Told,
    ) -> Result<Receipt, StoreError> {
        let mut receipt = Receipt {
            bundle: uuid::Uuid::new_v4().to_string(),
            name: name.to_owned(),
            made_at: Timestamp::now(),
            bytes: 0,
            manifest_file_id: String::new(),
            manifest_sha256: String::new(),
            messages: Vec::new(),
            chat: Some(self.chat.clone()),
            bot: self.bot.number().map(str::to_owned),
        };
        let outcome = self.put_all(file, key, told, &mut receipt).await;
        let Err(cause) = outcome else { return Ok(receipt) };
        let left = self.delete_messages(&self.chat, &receipt.messages).await.left;
        if left.is_empty() {
            return Err(cause);
        }
        let messages = left.into_iter().map(|(message, _)| message).collect();
        Err(StoreError::LeftBehind { cause: Box::new(cause), messages })
    }

    /// Why a bundle cannot be had, where Telegram does not even name its manifest any more. Says nothing of its parts:
    /// `check` does.
    pub async fn gone(&self, receipt: &Receipt) -> Option<String> {
        self.bot.locate(&receipt.manifest_file_id).await.err().map(|error| error.to_string())
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
        let document = self.manifest(receipt).await?;
        self.get_by(document, key, to).await
    }

    /// The same, by the document of its manifest, as it lies in the chat.
    ///
    /// # Errors
    /// As [`PortableStore::get`].
    pub async fn get_by(
        &self,
        document: Vec<u8>,
        key: &StoreKey,
        to: &Utf8Path,
    ) -> Result<Manifest, StoreError> {
        if to.exists() {
            return Err(StoreError::Exists { path: to.to_owned() });
        }
        let failed = |source| StoreError::File { path: to.to_owned(), source };
        let mut file = PrivateFile::begin(to).map_err(failed)?;
        let manifest = self.read(document, key, &mut |bytes| file.write_all(bytes).map_err(failed)).await?;
        file.finish().map_err(failed)?;
        Ok(manifest)
    }

    /// Fetches all of a bundle, and keeps nothing: whether it could be had back.
    ///
    /// # Errors
    /// When anything is missing, changed, or in the wrong order.
    pub async fn check(&self, receipt: &Receipt, key: &StoreKey) -> Result<Manifest, StoreError> {
        let document = self.manifest(receipt).await?;
        self.read(document, key, &mut |_| Ok(())).await
    }

    /// Deletes every message of a bundle, the manifest's first, in the chat that they were sent to; names those that
    /// Telegram keeps.
    pub async fn delete(&self, receipt: &Receipt) -> Deleted {
        self.delete_messages(receipt.chat.as_ref().unwrap_or(&self.chat), &receipt.messages).await
    }

    async fn delete_messages(&self, chat: &str, messages: &[i64]) -> Deleted {
        let mut left = Vec::new();
        for message in messages.iter().rev() {
            if let Err(error) = self.bot.delete(chat, *message).await {
                left.push((*message, error.to_string()));
            }
        }
        Deleted { left }
    }

    /// Sends the parts, then the manifest; what is in the chat is in the receipt at every moment.
    async fn put_all(
        &self,
        file: &Utf8Path,
        by: &StoreKey,
        told: &dyn Told,
        receipt: &mut Receipt,
    ) -> Result<(), StoreError> {
        let bundle = receipt.bundle.clone();
        let mut reader = Reader::open(file, &bundle)?;
        let key = random::<32>()?;
        let (by, of_thread, id) = (by.clone(), key.clone(), bundle.clone());
        let envelope = blocking(move || Envelope::seal(&by, &of_thread, &id)).await?;
        let mut parts = Vec::new();
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
            receipt.messages.push(sent.message_id);
            receipt.bytes += part.bytes;
            (part.file_id, part.message_id) = (sent.file_id, sent.message_id);
            parts.push(part);
            told.sent(receipt).await?;
        }
        let (bytes, whole) = reader.finish()?;
        let (name, made_at) = (receipt.name.clone(), Timestamp::now());
        (receipt.bytes, receipt.made_at) = (bytes, made_at);
        let manifest = Manifest { bundle, name, made_at, bytes, sha256: whole, parts };
        self.close(&manifest.write(&envelope, &key)?, told, receipt).await
    }

    /// Sends the manifest, and believes it only when it came back.
    async fn close(&self, document: &[u8], told: &dyn Told, receipt: &mut Receipt) -> Result<(), StoreError> {
        let title = format!("{}.manifest", receipt.bundle);
        let content = Document::Bytes(Bytes::copy_from_slice(document));
        let sent = self.bot.send(&self.chat, &title, &content, "Holdfast bundle, manifest").await?;
        receipt.messages.push(sent.message_id);
        (receipt.manifest_file_id, receipt.manifest_sha256) = (sent.file_id, sha256(document));
        // Noted before it is fetched back: whoever dies in between leaves something that can be found.
        told.sent(receipt).await?;
        let back = self.bot.fetch(&receipt.manifest_file_id, MANIFEST_BYTES_MAX).await?;
        if back != document {
            return Err(StoreError::damaged("its manifest came back changed"));
        }
        Ok(())
    }

    /// The document of a bundle's manifest, if it is the one that was sent.
    async fn manifest(&self, receipt: &Receipt) -> Result<Vec<u8>, StoreError> {
        let document = self.bot.fetch(&receipt.manifest_file_id, MANIFEST_BYTES_MAX).await?;
        if sha256(&document) != receipt.manifest_sha256 {
            return Err(StoreError::damaged("its manifest is not the one that was sent"));
        }
        Ok(document)
    }

    async fn read(
        &self,
        document: Vec<u8>,
        by: &StoreKey,
        take: &mut (dyn FnMut(&[u8]) -> Result<(), StoreError> + Send),
    ) -> Result<Manifest, StoreError> {
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
