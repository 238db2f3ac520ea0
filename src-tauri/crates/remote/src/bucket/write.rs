//! Writing into a bucket: an object in one request, or in parts, each whole or not at all.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, ETAG, HeaderValue};
use reqwest::{RequestBuilder, Response};
use rusty_s3::S3Action;
use rusty_s3::actions::{CompleteMultipartUploadResponse, CreateMultipartUpload};

use crate::patience;

use super::{BucketClient, BucketError, ERROR_BYTES_MAX, Facts, SIGNED_FOR, addressable};

/// A store takes no more parts for one object.
const PARTS_MAX: u64 = 10_000;
/// How long a store may take for its answer, beside what the way there takes.
const PATIENCE: Duration = Duration::from_mins(5);
/// Bytes in a second that a line carries at the least.
const SLOWEST: u64 = 8 * 1024;
/// The usual length of a part.
const PART_BYTES: u64 = 8 * 1024 * 1024;

/// An object that is written in parts. It is not there before it is completed.
#[derive(Debug)]
pub struct Upload {
    key: String,
    id: String,
    etags: Vec<String>,
}

/// How long the parts of an object of so many bytes have to be, which are held in memory one at a time.
pub fn part_bytes(size: u64) -> u64 {
    PART_BYTES.max(size.div_ceil(PARTS_MAX))
}

impl BucketClient {
    /// Writes an object in one request, with what a reader is told of it.
    ///
    /// # Errors
    /// `MayNotWrite`, or why it is refused.
    pub async fn put(&self, key: &str, facts: &Facts, bytes: Vec<u8>) -> Result<(), BucketError> {
        addressable(key)?;
        let mut action = self.bucket.put_object(self.credentials.as_ref(), key);
        let told = told(facts)?;
        sign_with(&mut action, &told);
        let bytes = bytes::Bytes::from(bytes);
        let request = || with(self.sender.put(action.sign(SIGNED_FOR)), &told, bytes.clone());
        self.tried(request).await.map_err(BucketError::of_writing)?;
        Ok(())
    }

    /// Begins an object that is written in parts.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub async fn begin(&self, key: &str, facts: &Facts) -> Result<Upload, BucketError> {
        addressable(key)?;
        let mut action = self.bucket.create_multipart_upload(self.credentials.as_ref(), key);
        let told = told(facts)?;
        sign_with(&mut action, &told);
        let request = || with(self.sender.post(action.sign(SIGNED_FOR)), &told, bytes::Bytes::new());
        let answer = self.tried(request).await.map_err(BucketError::of_writing)?;
        let text = patience::text(&self.endpoint, answer, ERROR_BYTES_MAX).await?;
        let begun = CreateMultipartUpload::parse_response(&text)
            .map_err(|error| BucketError::Answer(format!("no upload that could be gone on with: {error}")))?;
        Ok(Upload { key: key.to_owned(), id: begun.upload_id().to_owned(), etags: Vec::new() })
    }

    /// Writes the next part.
    ///
    /// # Errors
    /// As [`Self::put`]; `Answer` where the store does not say what it took.
    pub async fn part(&self, upload: &mut Upload, bytes: Vec<u8>) -> Result<(), BucketError> {
        let number = u16::try_from(upload.etags.len() + 1)
            .map_err(|_| BucketError::Answer("more parts than an object has".into()))?;
        let (bytes, of) = (bytes::Bytes::from(bytes), self.credentials.as_ref());
        let action = self.bucket.upload_part(of, &upload.key, number, &upload.id);
        let request = || with(self.sender.put(action.sign(SIGNED_FOR)), &[], bytes.clone());
        let answer = self.tried(request).await.map_err(BucketError::of_writing)?;
        let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        let tag = tag.ok_or_else(|| BucketError::Answer("a part without its tag".into()))?;
        upload.etags.push(tag.to_owned());
        Ok(())
    }

    /// Makes an object of its parts.
    ///
    /// # Errors
    /// As [`Self::put`]. A store may refuse with the status of success; that is an error too.
    pub async fn complete(&self, upload: &Upload) -> Result<(), BucketError> {
        let (of, etags) = (self.credentials.as_ref(), upload.etags.iter().map(String::as_str));
        let action = self.bucket.complete_multipart_upload(of, &upload.key, &upload.id, etags);
        let (url, body) = (action.sign(SIGNED_FOR), bytes::Bytes::from(action.body()));
        let request = || with(self.sender.post(url.clone()), &[], body.clone());
        let answer: Response = match self.tried(request).await.map_err(BucketError::of_writing) {
            // It was done, and the answer was lost. Whoever reads it back sees which object is there.
            Err(BucketError::Gone) => return Ok(()),
            answered => answered?,
        };
        let text = patience::text(&self.endpoint, answer, ERROR_BYTES_MAX).await?;
        let completed = CompleteMultipartUploadResponse::parse(&text);
        completed.map_err(|_| {
            let what: String = text.chars().take(300).collect();
            BucketError::Answer(format!("no object of its parts: {what}"))
        })?;
        Ok(())
    }

    /// Forgets an object that was not completed.
    ///
    /// # Errors
    /// Why its parts may stay, which a store counts for its owner.
    pub async fn abort(&self, upload: &Upload) -> Result<(), BucketError> {
        let action = self.bucket.abort_multipart_upload(self.credentials.as_ref(), &upload.key, &upload.id);
        let url = action.sign(SIGNED_FOR);
        match self.tried(|| self.client.delete(url.clone())).await {
            Ok(_) | Err(BucketError::Gone) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Deletes an object; of a bucket with versions the one before stays.
    ///
    /// # Errors
    /// `MayNotWrite`, or why it is refused.
    pub async fn delete(&self, key: &str) -> Result<(), BucketError> {
        addressable(key)?;
        let action = self.bucket.delete_object(self.credentials.as_ref(), key);
        let deleting = self.tried(|| self.client.delete(action.sign(SIGNED_FOR)));
        match deleting.await.map_err(BucketError::of_writing) {
            Ok(_) | Err(BucketError::Gone) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl BucketError {
    fn of_writing(self) -> Self {
        match self {
            Self::Refused { status: 401 | 403, code, message } => Self::MayNotWrite { code, message },
            other => other,
        }
    }
}

/// What a reader is told of an object, as headers.
fn told(facts: &Facts) -> Result<Vec<(String, HeaderValue)>, BucketError> {
    let plain = [("content-type", &facts.content_type), ("cache-control", &facts.cache_control)];
    let plain = plain.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    let noted = facts.metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone()));
    let headers = facts.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
    plain
        .chain(headers)
        .chain(noted)
        .map(|(name, value)| {
            let held = HeaderValue::from_bytes(value.as_bytes());
            let held =
                held.map_err(|_| BucketError::Answer(format!("no header {name} that could be sent")))?;
            Ok((name, held))
        })
        .collect()
}

/// What is signed with a request: AWS takes no `x-amz-` header that is not.
fn sign_with<'a, A: S3Action<'a>>(action: &mut A, told: &'a [(String, HeaderValue)]) {
    for (name, value) in told {
        action.headers_mut().insert(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
}

fn with(request: RequestBuilder, told: &[(String, HeaderValue)], body: bytes::Bytes) -> RequestBuilder {
    let request = told.iter().fold(request, |request, (name, value)| request.header(name, value.clone()));
    // A store may take minutes to put parts together.
    let limit = PATIENCE + Duration::from_secs(body.len() as u64 / SLOWEST);
    request.header(CONTENT_LENGTH, body.len()).timeout(limit).body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_any_size_has_no_more_parts_than_a_store_takes() {
        for size in [0, 1, PART_BYTES, 78 << 30, 79 << 30, 5 << 40] {
            let length = part_bytes(size);
            assert!(size.div_ceil(length) <= PARTS_MAX && length >= PART_BYTES, "{size}: {length}");
        }
    }

    #[test]
    fn a_name_or_a_note_that_no_header_can_hold_is_refused() {
        let facts = Facts { cache_control: Some("a\r\nx-evil: 1".into()), ..Facts::default() };
        assert!(told(&facts).is_err());
    }
}
