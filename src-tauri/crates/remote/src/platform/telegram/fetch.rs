//! The bytes of a file that a bot was sent.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Bot, Located};
use crate::https::causes;
use crate::platform::PlatformError;
use crate::transfer::{Link, Links};
use base::Code;
use base::failure::Failure;
use base::secret::Secret;

/// A part is at most 20 MiB; a connection that needs longer for it is none.
const FETCH_LIMIT: Duration = Duration::from_mins(10);
/// How often an address is asked for again that died.
const RENEWALS: u32 = 3;

/// Where the addresses of one file come from.
#[derive(Debug, Clone)]
pub struct BotFile {
    bot: Bot,
    file_id: String,
    bytes: Option<u64>,
}

#[async_trait]
impl Links for BotFile {
    /// A file of a local server that is on this disk has an address that begins with `file:`.
    async fn link(&self) -> Result<Link, Failure> {
        match self.bot.locate(&self.file_id).await? {
            Located::Link(link) => Ok(Link { bytes: link.bytes.or(self.bytes), ..link }),
            Located::Here(path) => {
                let bytes = std::fs::metadata(&path).ok().map(|file| file.len());
                let url = url::Url::from_file_path(&path).map_err(|()| {
                    Failure::new(Code::PlatformUnintelligible, "the path is none", "Look there.")
                })?;
                Ok(Link { url: Secret::new(url.as_str()), headers: Vec::new(), expires_at: None, bytes })
            }
        }
    }
}

impl Bot {
    /// Addresses of a file, renewed as they run out.
    pub fn file(&self, file_id: &str, bytes: Option<u64>) -> Arc<dyn Links> {
        Arc::new(BotFile { bot: self.clone(), file_id: file_id.to_owned(), bytes })
    }

    /// A whole file in memory, of `bytes_max` at most; an address that died is asked for again.
    ///
    /// # Errors
    /// When it cannot be had, or is larger.
    pub async fn fetch(&self, file_id: &str, bytes_max: u64) -> Result<Vec<u8>, PlatformError> {
        let mut renewals = 0;
        loop {
            let link = match self.locate(file_id).await? {
                Located::Link(link) => link,
                Located::Here(path) => return self.read(&path, bytes_max).await,
            };
            match self.once(&link, bytes_max).await {
                Err(PlatformError::NotFound { .. } | PlatformError::Unreachable { .. })
                    if renewals < RENEWALS =>
                {
                    renewals += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn once(&self, link: &Link, bytes_max: u64) -> Result<Vec<u8>, PlatformError> {
        let place = || self.http.place().to_owned();
        let broken = |error: reqwest::Error| {
            if error.is_timeout() {
                return PlatformError::Silent { place: place(), limit: FETCH_LIMIT };
            }
            PlatformError::Unreachable { place: place(), what: causes(error) }
        };
        let request = self.http.client()?.get(link.url.expose()).timeout(FETCH_LIMIT);
        let mut answer = request.send().await.map_err(broken)?;
        if !answer.status().is_success() {
            let status = answer.status();
            if matches!(status.as_u16(), 401 | 403 | 404 | 410) {
                return Err(PlatformError::NotFound {
                    place: place(),
                    what: "such file any more".to_owned(),
                });
            }
            return Err(PlatformError::Failed {
                place: place(),
                doing: "give the file".to_owned(),
                said: format!("status {}", status.as_u16()),
                may_work_now: status.is_server_error(),
            });
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(broken)? {
            if (bytes.len() + piece.len()) as u64 > bytes_max {
                return Err(self.http.odd(format!("a file of more than {bytes_max} bytes")));
            }
            bytes.extend_from_slice(&piece);
        }
        if link.bytes.is_some_and(|expected| expected != bytes.len() as u64) {
            let what = format!("{} bytes of {}", bytes.len(), link.bytes.unwrap_or_default());
            return Err(PlatformError::Unreachable { place: place(), what });
        }
        Ok(bytes)
    }

    async fn read(&self, path: &camino::Utf8Path, bytes_max: u64) -> Result<Vec<u8>, PlatformError> {
        let failed = |said: String| PlatformError::Failed {
            place: self.http.place().to_owned(),
            doing: "give the file".to_owned(),
            said,
            may_work_now: false,
        };
        let length = tokio::fs::metadata(path).await.map_err(|error| failed(error.kind().to_string()))?.len();
        if length > bytes_max {
            return Err(failed(format!("it has {length} bytes, more than {bytes_max}")));
        }
        tokio::fs::read(path).await.map_err(|error| failed(error.kind().to_string()))
    }
}
