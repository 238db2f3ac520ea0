//! Writing into a storage service: an object in one request, as a stream, or in pieces that survive a broken connection;
//! buckets and how they are set.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use reqwest::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Body, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{BucketSettings, StorageClient, StorageEntry, encoded, path_of, refusal};
use crate::bucket::BucketError;
use crate::patience;

/// What is written in one request. The hosted service takes pieces of exactly this length.
pub const SIMPLE_BYTES_MAX: usize = 6 * 1024 * 1024;
/// How long a service may take for its answer, beside what the way there takes.
const PATIENCE: Duration = Duration::from_mins(5);
/// For giving up what was begun.
const ABORT_LIMIT: Duration = Duration::from_secs(30);
/// Bytes in a second that a line carries at the least.
const SLOWEST: u64 = 8 * 1024;
const VERSION: (&str, &str) = ("tus-resumable", "1.0.0");
/// How often a piece is sent that does not arrive.
const TRIES: u32 = 5;
/// What the service notes of an object without a type.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// An object that is written in pieces. It is not there before its last one.
#[derive(Debug)]
pub struct Resumable {
    path: String,
    at: u64,
    length: u64,
    is_replaced: bool,
}

/// Whether a file of this bucket and type is written in pieces alone: the address of a bucket of such a name means
/// something else, and bytes of such a type are read as a form.
pub fn is_resumable_alone(bucket: &str, content_type: Option<&str>) -> bool {
    let names = ["authenticated", "copy", "info", "list", "list-v2", "move", "public", "sign", "upload"];
    names.contains(&bucket)
        || content_type.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// Whether pieces keep this cache control: they take a number of seconds and nothing else.
pub fn is_kept_by_resumable(cache_control: Option<&str>) -> bool {
    seconds(cache_control).is_some() || cache_control == Some("no-cache")
}

/// The seconds of `max-age=60`.
fn seconds(cache_control: Option<&str>) -> Option<&str> {
    let seconds = cache_control?.strip_prefix("max-age=")?;
    let is_number = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(seconds)
}

impl StorageClient {
    /// Writes an object in one request; where one of its name is there, in its place only if that `is_replaced`.
    ///
    /// # Errors
    /// `MayNotWrite`, or why it is refused.
    pub async fn put(
        &self,
        bucket: &str,
        entry: &StorageEntry,
        is_replaced: bool,
        bytes: Bytes,
    ) -> Result<(), BucketError> {
        let path = format!("/object/{}", path_of(bucket, &entry.name)?);
        let told = told(entry, is_replaced)?;
        let request = || {
            let limit = PATIENCE + Duration::from_secs(bytes.len() as u64 / SLOWEST);
            let request = self.ask(&self.sender, Method::POST, &path).timeout(limit);
            with(request, &told).header(CONTENT_LENGTH, bytes.len()).body(bytes.clone())
        };
        self.tried(request).await.map_err(of_writing)?;
        Ok(())
    }

    /// The same of an object whose bytes come one after the other, so that it is sent once only.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub async fn put_stream(
        &self,
        bucket: &str,
        entry: &StorageEntry,
        is_replaced: bool,
        (length, body): (u64, Body),
    ) -> Result<(), BucketError> {
        let path = format!("/object/{}", path_of(bucket, &entry.name)?);
        let request = self.ask(&self.sender, Method::POST, &path);
        let request = request.timeout(PATIENCE + Duration::from_secs(length / SLOWEST));
        let request = with(request, &told(entry, is_replaced)?).header(CONTENT_LENGTH, length).body(body);
        let answer = request.send().await.map_err(|error| patience::unreachable(&self.endpoint, error))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(of_writing(refusal(self.endpoint.clone(), answer).await))
    }

    /// What [`Self::put_stream`] sends, and where its bytes are given; so many pieces wait.
    pub fn body(ahead: usize) -> (mpsc::Sender<Bytes>, Body) {
        let (to, pieces) = mpsc::channel(ahead);
        let pieces = stream::unfold(pieces, async |mut pieces: mpsc::Receiver<Bytes>| {
            Some((Ok::<_, std::convert::Infallible>(pieces.recv().await?), pieces))
        });
        (to, Body::wrap_stream(pieces))
    }

    /// Begins an object that is written in pieces.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub async fn begin(
        &self,
        bucket: &str,
        entry: &StorageEntry,
        is_replaced: bool,
        length: u64,
    ) -> Result<Resumable, BucketError> {
        path_of(bucket, &entry.name)?;
        let noted = entry.noted.as_ref().map(Value::to_string);
        let told = [
            ("bucketName", Some(bucket.to_owned())),
            ("objectName", Some(entry.name.clone())),
            ("contentType", Some(entry.content_type.clone().unwrap_or_else(|| UNKNOWN_TYPE.to_owned()))),
            ("cacheControl", seconds(entry.cache_control.as_deref()).map(str::to_owned)),
            ("metadata", noted),
        ];
        let told: Vec<String> = told
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", STANDARD.encode(value?))))
            .collect();
        let told = told.join(",");
        let request = || {
            self.tus(Method::POST, "/upload/resumable", is_replaced)
                .header("upload-length", length)
                .header("upload-metadata", &told)
                .header(CONTENT_LENGTH, 0)
                .timeout(PATIENCE)
        };
        let answer = self.tried(request).await.map_err(of_writing)?;
        // Behind a proxy the service does not know its own address: what it names is sought at the one that is known.
        let id = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let id = id.and_then(|location| location.trim_end_matches('/').rsplit('/').next());
        let fits = |id: &&str| {
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=.~".contains(&byte))
        };
        let id = id
            .filter(fits)
            .ok_or_else(|| BucketError::Answer("no upload that could be gone on with".into()))?;
        Ok(Resumable { path: format!("/upload/resumable/{id}"), at: 0, length, is_replaced })
    }

    /// Writes the next piece. The last one makes the object.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub async fn piece(&self, upload: &mut Resumable, bytes: Bytes) -> Result<(), BucketError> {
        let (begin, end) = (upload.at, upload.at + bytes.len() as u64);
        let mut tried = 0;
        while upload.at < end {
            tried += 1;
            let from = usize::try_from(upload.at - begin).unwrap_or(usize::MAX);
            let rest = bytes.slice(from..);
            let limit = PATIENCE + Duration::from_secs(rest.len() as u64 / SLOWEST);
            let request = self
                .tus(Method::PATCH, &upload.path, upload.is_replaced)
                .header("upload-offset", upload.at)
                .header(CONTENT_TYPE, "application/offset+octet-stream")
                .header(CONTENT_LENGTH, rest.len())
                .timeout(limit)
                .body(rest);
            let failed = match request.send().await {
                Ok(answer) if answer.status().is_success() => match offset(&answer) {
                    Some(at) if at > upload.at && at <= end => {
                        (upload.at, tried) = (at, 0);
                        continue;
                    }
                    _ => BucketError::Answer("a piece that it did not take".into()),
                },
                Ok(answer) => {
                    // A piece before this one is still being written, or the offset is another one.
                    let again = matches!(answer.status().as_u16(), 409 | 423 | 429 | 500 | 502..=504);
                    let refused = of_writing(refusal(self.endpoint.clone(), answer).await);
                    if !again {
                        return Err(refused);
                    }
                    refused
                }
                Err(error) => patience::unreachable(&self.endpoint, error),
            };
            if tried >= TRIES {
                return Err(failed);
            }
            tokio::time::sleep(Duration::from_millis(200 << tried.min(6))).await;
            match self.offset_of(upload).await? {
                Some(at) if at >= begin && at <= end => upload.at = at,
                // It is done with, and the answer was lost. Whoever reads it back sees which object is there.
                None if end == upload.length => upload.at = end,
                _ => return Err(failed),
            }
        }
        Ok(())
    }

    /// How far an upload is; absent where there is none.
    async fn offset_of(&self, upload: &Resumable) -> Result<Option<u64>, BucketError> {
        match self.tried(|| self.tus(Method::HEAD, &upload.path, upload.is_replaced).timeout(PATIENCE)).await
        {
            Ok(answer) => Ok(offset(&answer)),
            Err(BucketError::Gone | BucketError::Refused { status: 404 | 410, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Forgets an object whose last piece was not written.
    ///
    /// # Errors
    /// Why its pieces may stay.
    pub async fn abort(&self, upload: &Resumable) -> Result<(), BucketError> {
        // Once: whoever gives up does not wait.
        let answer =
            self.tus(Method::DELETE, &upload.path, upload.is_replaced).timeout(ABORT_LIMIT).send().await;
        let answer = answer.map_err(|error| patience::unreachable(&self.endpoint, error))?;
        if answer.status().is_success() || matches!(answer.status().as_u16(), 404 | 410) {
            return Ok(());
        }
        Err(refusal(self.endpoint.clone(), answer).await)
    }

    fn tus(&self, method: Method, path: &str, is_replaced: bool) -> RequestBuilder {
        let upsert = if is_replaced { "true" } else { "false" };
        self.ask(&self.sender, method, path).header(VERSION.0, VERSION.1).header("x-upsert", upsert)
    }

    /// Deletes an object; whether the service did.
    ///
    /// # Errors
    /// `MayNotWrite`, or why it is refused.
    pub async fn delete(&self, bucket: &str, name: &str) -> Result<bool, BucketError> {
        path_of(bucket, name)?;
        let path = format!("/object/{}", encoded(bucket));
        // They are called prefixes, and are whole names.
        let wish = json!({ "prefixes": [name] });
        let gone: Vec<Value> = self
            .answered(|| self.ask(&self.client, Method::DELETE, &path).json(&wish))
            .await
            .map_err(of_writing)?;
        Ok(!gone.is_empty())
    }

    /// Makes a bucket, or sets one that is there.
    ///
    /// # Errors
    /// `MayNotWrite`, or why it is refused.
    pub async fn set_bucket(&self, settings: &BucketSettings, is_new: bool) -> Result<(), BucketError> {
        let BucketSettings { id, public, file_size_limit, allowed_mime_types, kind: _ } = settings;
        let mut wish = json!({
            "public": public,
            "file_size_limit": file_size_limit,
            "allowed_mime_types": allowed_mime_types,
        });
        let (method, path) = if is_new {
            (wish["id"], wish["name"]) = (id.as_str().into(), id.as_str().into());
            (Method::POST, "/bucket".to_owned())
        } else {
            (Method::PUT, format!("/bucket/{}", path_of(id, "")?.trim_end_matches('/')))
        };
        let request = || self.ask(&self.client, method.clone(), &path).json(&wish).timeout(PATIENCE);
        self.tried(request).await.map_err(of_writing)?;
        Ok(())
    }
}

fn offset(answer: &Response) -> Option<u64> {
    answer.headers().get("upload-offset")?.to_str().ok()?.parse().ok()
}

fn of_writing(error: BucketError) -> BucketError {
    match error {
        BucketError::Refused { status: 403, code, message } => BucketError::MayNotWrite { code, message },
        other => other,
    }
}

/// What readers are told of an object, as headers.
fn told(entry: &StorageEntry, is_replaced: bool) -> Result<Vec<(&'static str, HeaderValue)>, BucketError> {
    let noted = entry.noted.as_ref().map(|noted| STANDARD.encode(noted.to_string()));
    let told = [
        (CONTENT_TYPE.as_str(), Some(entry.content_type.clone().unwrap_or_else(|| UNKNOWN_TYPE.to_owned()))),
        (CACHE_CONTROL.as_str(), entry.cache_control.clone()),
        ("x-metadata", noted),
        ("x-upsert", is_replaced.then(|| "true".to_owned())),
    ];
    let told = told.into_iter().filter_map(|(name, value)| Some((name, value?)));
    told.map(|(name, value)| {
        let held = HeaderValue::from_bytes(value.as_bytes());
        let held = held.map_err(|_| BucketError::Answer(format!("no header {name} that could be sent")))?;
        Ok((name, held))
    })
    .collect()
}

fn with(request: RequestBuilder, told: &[(&'static str, HeaderValue)]) -> RequestBuilder {
    told.iter().fold(request, |request, (name, value)| request.header(*name, value.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_seconds_and_nothing_else() {
        for kept in ["max-age=3600", "no-cache", "max-age=0"] {
            assert!(is_kept_by_resumable(Some(kept)), "{kept}");
        }
        for lost in [Some("public, max-age=60"), Some("max-age="), Some("max-age=-1"), Some(""), None] {
            assert!(!is_kept_by_resumable(lost), "{lost:?}");
        }
    }

    #[test]
    fn a_note_that_no_header_can_hold_is_refused() {
        let entry = StorageEntry { cache_control: Some("a\r\nx-evil: 1".into()), ..StorageEntry::default() };
        assert!(told(&entry, true).is_err());
    }
}
