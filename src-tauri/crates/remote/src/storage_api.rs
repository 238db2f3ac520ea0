//! The files of a Supabase project by its Storage API: buckets, what is in them, and reading an object.
//!
//! The service answers 400 to almost everything that it refuses; what it means is in the body.

mod address;
mod entry;
mod key;
mod write;

pub use address::StorageAddress;
pub use entry::{BucketSettings, StorageEntry};
pub use write::{Resumable, SIMPLE_BYTES_MAX, is_kept_by_resumable, is_resumable_alone};

use std::net::SocketAddr;
use std::time::Duration;

use base::secret::Secret;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_RANGE, ETAG, HOST, RANGE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};

use self::entry::{moment, number, some, unquoted};
use self::key::{Kind, kind_of};
use crate::bucket::{Answer, BucketError, Facts, SILENCE_LIMIT, addressable};
use crate::{https, patience};

/// A page of a thousand objects with what is noted about each, and all buckets of a project.
const PAGE_BYTES_MAX: usize = 32 * 1024 * 1024;
const ERROR_BYTES_MAX: usize = 64 * 1024;
/// Objects of a page; the service gives no more at once.
const PAGE: u32 = 1000;
/// Bytes of what is noted about a file; all of a thousand files are held in memory at once.
const NOTES_BYTES_MAX: usize = 64 * 1024;
/// For an answer that is no file.
const LIMIT: Duration = Duration::from_mins(2);

/// A page of a bucket.
#[derive(Debug)]
pub struct StoragePage {
    /// Its objects, in the order of the bytes of their names.
    pub entries: Vec<StorageEntry>,
    /// Where the next one begins; absent at the end.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(rename = "hasNext")]
    has_next: bool,
    #[serde(default, rename = "nextCursor")]
    next_cursor: Option<String>,
    objects: Vec<ListedObject>,
}

#[derive(Deserialize)]
struct ListedObject {
    name: String,
    #[serde(default)]
    updated_at: Option<String>,
    #[serde(default)]
    metadata: Value,
}

/// A client of one service.
pub struct StorageClient {
    client: reqwest::Client,
    /// The same for requests that send much: how long they take depends on that.
    sender: reqwest::Client,
    /// Where requests are sent to, and the host that they name.
    base: String,
    host: Option<String>,
    endpoint: String,
    key: Secret,
}

impl StorageClient {
    /// Nothing is contacted. `near` is a port of this computer that leads to the service.
    ///
    /// # Errors
    /// `ServiceAddress`; `SmallRole` where the key cannot see everything.
    pub fn new(
        address: &StorageAddress,
        key: Option<&Secret>,
        near: Option<SocketAddr>,
    ) -> Result<Self, BucketError> {
        let wrong = BucketError::ServiceAddress;
        let key = key.ok_or_else(|| wrong("the storage service has no key".into()))?;
        if let Kind::Small(role) = kind_of(key) {
            return Err(BucketError::SmallRole { role });
        }
        let mut url: Url = address
            .url
            .parse()
            .map_err(|error| wrong(format!("{} is no address of a service: {error}", address.url)))?;
        let (mut resolved, mut host) = (None, None);
        let is_open = url.scheme() == "http" || address.is_near();
        if let Some(near) = near {
            host = url.host_str().map(|name| match url.port() {
                Some(port) => format!("{name}:{port}"),
                None => name.to_owned(),
            });
            match url.host() {
                Some(Host::Domain(name)) if url.scheme() == "https" => {
                    resolved = Some((name.to_owned(), near));
                }
                _ if url.scheme() == "https" => {
                    let why = "a service with an encrypted address is reached through SSH by its name alone";
                    return Err(wrong(why.into()));
                }
                _ => url
                    .set_ip_host(near.ip())
                    .map_err(|()| wrong(format!("{} cannot be reached through SSH", address.url)))?,
            }
            let _ = url.set_port(Some(near.port()));
        }
        let made = |limit: Option<Duration>| {
            let builder = https::builder()?.no_gzip();
            let builder = match limit {
                Some(limit) => builder.read_timeout(limit),
                None => builder,
            };
            // A proxy would get the key in the open, and does not see what is near.
            let builder = if is_open { builder.no_proxy() } else { builder };
            let builder = match &resolved {
                Some((name, near)) => builder.resolve(name, *near),
                None => builder,
            };
            builder.build().map_err(https::causes)
        };
        Ok(Self {
            client: made(Some(SILENCE_LIMIT)).map_err(wrong)?,
            sender: made(None).map_err(wrong)?,
            base: url.as_str().trim_end_matches('/').to_owned(),
            host,
            endpoint: address.url.clone(),
            key: key.clone(),
        })
    }

    /// Whether the key sees everything, as far as it tells.
    pub fn sees_all(&self) -> bool {
        kind_of(&self.key) == Kind::Service
    }

    fn ask(&self, client: &reqwest::Client, method: Method, path: &str) -> RequestBuilder {
        let request = client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.key.expose())
            .header("apikey", self.key.expose());
        match &self.host {
            Some(host) => request.header(HOST, host),
            None => request,
        }
    }

    async fn tried(&self, request: impl Fn() -> RequestBuilder) -> Result<Response, BucketError> {
        patience::tried(&self.endpoint, request, refusal).await
    }

    async fn answered<T: serde::de::DeserializeOwned>(
        &self,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, BucketError> {
        let answer = self.tried(|| request().timeout(LIMIT)).await?;
        let text = patience::text(&self.endpoint, answer, PAGE_BYTES_MAX).await?;
        serde_json::from_str(&text)
            .map_err(|error| BucketError::Answer(format!("what cannot be read: {error}")))
    }

    /// Every bucket that the key sees, in the order of the names of their files.
    ///
    /// # Errors
    /// Why the service refuses.
    pub async fn buckets(&self) -> Result<Vec<BucketSettings>, BucketError> {
        let mut all: Vec<BucketSettings> =
            self.answered(|| self.ask(&self.client, Method::GET, "/bucket")).await?;
        for bucket in &mut all {
            // The same from a service that knows of no other kind.
            bucket.kind.take_if(|kind| kind == "STANDARD");
        }
        all.sort_by_cached_key(|bucket| format!("{}/", bucket.id));
        Ok(all)
    }

    /// A page of what is in a bucket.
    ///
    /// # Errors
    /// Why the service refuses; `Answer` where it is too old to list a bucket whole.
    pub async fn page(&self, bucket: &str, from: Option<&str>) -> Result<StoragePage, BucketError> {
        self.listing(bucket, "", PAGE, from).await
    }

    /// An object as a listing has it, which asks nobody whether its bytes are there; absent where it is not listed.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub async fn listed(&self, bucket: &str, name: &str) -> Result<Option<StorageEntry>, BucketError> {
        // It is the first of those that begin so.
        let page = self.listing(bucket, name, 1, None).await?;
        Ok(page.entries.into_iter().find(|entry| entry.name == name))
    }

    async fn listing(
        &self,
        bucket: &str,
        prefix: &str,
        limit: u32,
        from: Option<&str>,
    ) -> Result<StoragePage, BucketError> {
        addressable(bucket)?;
        let path = format!("/object/list-v2/{}", encoded(bucket));
        let mut wish = json!({ "prefix": prefix, "limit": limit, "with_delimiter": false });
        if let Some(from) = from {
            wish["cursor"] = from.into();
        }
        let listing: Listing = self
            .answered(|| self.ask(&self.client, Method::POST, &path).json(&wish))
            .await
            .map_err(|error| match error {
                BucketError::Gone => BucketError::Answer(
                    "no listing of a whole bucket: it is too old for that; where its database is backed up in the same \
                     run, the rows of that tell what is there"
                        .into(),
                ),
                other => other,
            })?;
        // A page that is cut and does not say where it goes on would pass for the end.
        if listing.has_next && listing.next_cursor.is_none() {
            return Err(BucketError::Answer("a listing that is cut and does not go on".into()));
        }
        let entries = listing.objects.into_iter().map(|object| {
            let ListedObject { name, updated_at, metadata } = object;
            StorageEntry::of(name, updated_at.as_deref(), &metadata)
        });
        Ok(StoragePage { entries: entries.collect(), next: listing.next_cursor.filter(|_| listing.has_next) })
    }

    /// What is known of an object now.
    ///
    /// # Errors
    /// `Gone`, or why it is refused.
    pub async fn info(&self, bucket: &str, name: &str) -> Result<StorageEntry, BucketError> {
        // The shorter address means something else in buckets of some names.
        let path = format!("/object/info/authenticated/{}", path_of(bucket, name)?);
        let info: Value = self.answered(|| self.ask(&self.client, Method::GET, &path)).await?;
        let text = |name: &str| Some(info.get(name)?.as_str()?.to_owned());
        let mut updated_ms = text("last_modified").as_deref().and_then(moment);
        if updated_ms.is_none() {
            // Older services tell it in their listing alone.
            updated_ms = self.listed(bucket, name).await?.and_then(|entry| entry.updated_ms);
        }
        let noted = info.get("metadata").cloned().and_then(some);
        if noted.as_ref().is_some_and(|noted| noted.to_string().len() > NOTES_BYTES_MAX) {
            return Err(BucketError::Answer(format!("notes of more than {NOTES_BYTES_MAX} bytes")));
        }
        Ok(StorageEntry {
            name: name.to_owned(),
            size: info.get("size").and_then(number),
            etag: text("etag").map(|etag| unquoted(&etag)),
            updated_ms,
            content_type: text("content_type"),
            cache_control: text("cache_control"),
            version: text("version"),
            noted,
        })
    }

    /// Whether the bytes of an object are there, which neither a listing nor what is known of it always tells.
    ///
    /// # Errors
    /// Why the service refuses.
    pub async fn has_bytes(&self, bucket: &str, name: &str) -> Result<bool, BucketError> {
        let path = fresh(bucket, name)?;
        match self.tried(|| self.ask(&self.client, Method::GET, &path).header(RANGE, "bytes=0-0")).await {
            // Of an empty one no byte can be asked for.
            Ok(_) | Err(BucketError::Refused { status: 416, .. }) => Ok(true),
            Err(error) if error.is_of_lost_bytes() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Begins to read an object at an offset; with a tag, only if it is that one still.
    ///
    /// # Errors
    /// `Gone`, `Replaced`, or why it is refused.
    pub async fn get(
        &self,
        (bucket, name): (&str, &str),
        from: u64,
        etag: Option<&str>,
    ) -> Result<(Facts, Answer), BucketError> {
        let path = fresh(bucket, name)?;
        let answer = self
            .tried(|| {
                let request = self.ask(&self.client, Method::GET, &path).header(ACCEPT_ENCODING, "identity");
                if from > 0 { request.header(RANGE, format!("bytes={from}-")) } else { request }
            })
            .await?;
        let header = |name| answer.headers().get(name)?.to_str().ok();
        let now = header(ETAG).map(unquoted);
        // The service compares no tag by itself.
        if etag.is_some() && now.as_deref() != etag {
            return Err(BucketError::Replaced);
        }
        if from > 0 && answer.status() != StatusCode::PARTIAL_CONTENT {
            return Err(BucketError::Answer(
                "an object from its beginning where the rest was asked for".into(),
            ));
        }
        let range = header(CONTENT_RANGE);
        if from > 0 && !range.is_some_and(|range| range.starts_with(&format!("bytes {from}-"))) {
            return Err(BucketError::Answer("another part of an object than was asked for".into()));
        }
        if header(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(BucketError::Answer("an object in another encoding than was asked for".into()));
        }
        let whole = range.and_then(|range| range.rsplit_once('/')?.1.parse().ok());
        let size = whole.or(answer.content_length());
        Ok((Facts { size, etag: now, ..Facts::default() }, Answer::new(answer, &self.endpoint)))
    }
}

impl BucketError {
    /// Whether a service says this of an object whose bytes it does not have: one that keeps them in a folder has no better
    /// word for that.
    pub fn is_of_lost_bytes(&self) -> bool {
        matches!(self, Self::Gone)
            || matches!(self, Self::Refused { status: 500, code, .. } if code == "Internal")
    }

    /// Whether a service is too old to have what it was asked for.
    pub fn is_of_its_age(&self) -> bool {
        matches!(self, Self::Gone | Self::Answer(_) | Self::Refused { status: 400 | 404, .. })
    }
}

/// What the service means. The status of the answer is 400 for nearly all of it.
async fn refusal(endpoint: String, answer: Response) -> BucketError {
    let sent = answer.status();
    let text = patience::text(&endpoint, answer, ERROR_BYTES_MAX).await.unwrap_or_default();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let word = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let meant = body.get("statusCode").and_then(number).and_then(|status| u16::try_from(status).ok());
    let status = meant.unwrap_or(sent.as_u16());
    let code = word("code").or_else(|| word("error")).unwrap_or_else(|| sent.to_string());
    let message =
        word("message").unwrap_or_else(|| if body.is_null() { text.clone() } else { String::new() });
    let message: String = message.chars().take(300).collect();
    let is_of_bucket = code == "NoSuchBucket" || message.to_lowercase().starts_with("bucket not found");
    // How it says it differs with its version. A name within a message is none of these words.
    let lower = message.to_lowercase();
    let of_keys = ["jwt ", "invalid jwt", "invalid compact jws", "signature verification"];
    if code == "InvalidJWT" || of_keys.iter().any(|words| lower.starts_with(words)) {
        return BucketError::Refused { status: 401, code: "InvalidJWT".into(), message };
    }
    match status {
        404 if !is_of_bucket => BucketError::Gone,
        404 => BucketError::Refused { status, code: "NoSuchBucket".into(), message },
        _ => BucketError::Refused { status, code, message },
    }
}

/// The address of an object's bytes, which no cache on the way has yet: one before the hosted service gives what was there
/// a minute ago.
fn fresh(bucket: &str, name: &str) -> Result<String, BucketError> {
    let path = path_of(bucket, name)?;
    Ok(format!("/object/authenticated/{path}?fresh={}", base::clock::now_ms()))
}

/// Bucket and name, as an address holds them.
fn path_of(bucket: &str, name: &str) -> Result<String, BucketError> {
    addressable(bucket)?;
    addressable(name)?;
    Ok(format!("{}/{}", encoded(bucket), encoded(name)))
}

/// A name in an address: all but its slashes and what every address may hold is written as bytes.
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            _ => {
                text.push('%');
                text.extend(
                    [byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])),
                );
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_sent_as_its_bytes_and_dots_that_lead_elsewhere_are_refused() {
        assert_eq!(encoded("a b/ü%41?#"), "a%20b/%C3%BC%2541%3F%23");
        assert!(path_of("uploads", "a/../b").is_err() && path_of("..", "b").is_err());
        assert_eq!(path_of("uploads", "//a").unwrap(), "uploads///a");
    }
}
