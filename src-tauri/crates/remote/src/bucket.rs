//! A bucket of an object store that speaks S3: listing it, and reading its objects.
//!
//! Requests are signed by `rusty-s3`, which sends nothing; the client is that of every call of this crate.

mod write;

pub use write::{Upload, part_bytes};

use std::collections::BTreeMap;
use std::time::Duration;

use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, IF_MATCH, LAST_MODIFIED, RANGE,
};
use reqwest::{Response, StatusCode, Url};
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use serde::{Deserialize, Serialize};

use crate::{https, patience};

/// So long a signed address is valid: one request.
const SIGNED_FOR: Duration = Duration::from_mins(15);
/// Between two pieces of an answer.
pub(crate) const SILENCE_LIMIT: Duration = Duration::from_mins(1);
/// A page of a thousand names of 1,024 bytes, each three times as long in its encoding.
const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// A bucket, or what of it begins with a prefix, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketAddress {
    /// Its name.
    pub bucket: String,
    /// What the names of its objects begin with; empty takes all.
    #[serde(default)]
    pub prefix: String,
    /// The store: `https://s3.eu-central-1.amazonaws.com`.
    pub endpoint: String,
    /// Its region; `us-east-1` where a store has none.
    pub region: String,
    /// The id of the access key; absent asks without signing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// Whether the bucket is a part of the host's name, as AWS wants it.
    #[serde(default)]
    pub is_in_host: bool,
}

/// What goes wrong with a bucket.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BucketError {
    /// The store cannot be reached, or broke off.
    #[error("the store at {endpoint} cannot be reached: {reason}")]
    Unreachable {
        /// Which.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// It refuses.
    #[error("the store refuses: {code}{}", if message.is_empty() { String::new() } else { format!(" ({message})") })]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its code, such as `AccessDenied`.
        code: String,
        /// What it said.
        message: String,
    },
    /// There is no such object.
    #[error("there is no such object")]
    Gone,
    /// The object is another one by now.
    #[error("the object was replaced while it was read")]
    Replaced,
    /// The access key may not write.
    #[error("the store lets this access key write nothing: {code}{}", if message.is_empty() { String::new() } else { format!(" ({message})") })]
    MayNotWrite {
        /// Its code, such as `AccessDenied`.
        code: String,
        /// What it said.
        message: String,
    },
    /// The key is of a role that sees what policies show it, and the rest looks empty.
    #[error(
        "the key is that of the role {role}, which sees only what policies show it: all else looks empty"
    )]
    SmallRole {
        /// The role.
        role: String,
    },
    /// The address of a storage service, or of a file of it, cannot be used.
    #[error("{0}")]
    ServiceAddress(String),
    /// The service shows nothing, and nobody can tell whether that is all.
    #[error(
        "the service shows this key {0}, and nobody can tell whether there is nothing or the key may not see it"
    )]
    SeesNothing(&'static str),
    /// It answers with something that it should not.
    #[error("the store answers with {0}")]
    Answer(String),
    /// The address cannot be used.
    #[error("{0}")]
    Address(String),
}

impl From<BucketError> for Failure {
    fn from(error: BucketError) -> Self {
        let message = error.to_string();
        match &error {
            BucketError::Unreachable { .. } | BucketError::Answer(_) | BucketError::Replaced => Self::new(
                Code::BucketUnreachable,
                message,
                "Check the endpoint and the network, and start again.",
            ),
            BucketError::Refused { code, .. } => Self::new(
                Code::BucketRefused,
                message,
                match code.as_str() {
                    "InvalidJWT" | "Unauthorized" => {
                        "Enter the project's service key again: add the component once more under its name."
                    }
                    "NoSuchBucket" => "Check the name of the bucket, and its region.",
                    "SignatureDoesNotMatch" | "InvalidAccessKeyId" => {
                        "Enter the access key and its secret again; check the region."
                    }
                    "RequestTimeTooSkewed" => "Set the clock of this computer.",
                    _ => "Give the access key the right to list the bucket and to read its objects.",
                },
            ),
            BucketError::MayNotWrite { .. } => Self::new(
                Code::BucketRefused,
                message,
                "Give the access key the right to put and to delete objects of this bucket, or add the component again \
                 under its name with a key that has it.",
            ),
            BucketError::SmallRole { .. } | BucketError::SeesNothing(_) => Self::new(
                Code::BucketRefused,
                message,
                "Take the project's service key: the one called service_role, or one that begins with sb_secret_.",
            ),
            BucketError::Gone => Self::new(Code::BucketRefused, message, "Look at the bucket."),
            BucketError::ServiceAddress(_) => Self::invalid(
                message,
                "Write it as https://REF.supabase.co, or as the whole address of the service: https://HOST/storage/v1.",
            ),
            BucketError::Address(_) => {
                Self::invalid(message, "Write it as s3://BUCKET/PREFIX with --endpoint https://HOST.")
            }
        }
    }
}

/// An object as a listing has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name in the bucket.
    pub key: String,
    /// Bytes.
    pub size: Option<u64>,
    /// Its tag, without quotes.
    pub etag: Option<String>,
    /// When it was put (UTC milliseconds).
    pub modified_ms: Option<i64>,
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What is in it, in the order of the bytes of the names.
    pub listed: Vec<Listed>,
    /// Where the next one begins; absent at the end.
    pub next: Option<String>,
    /// The store's own time of it (UTC milliseconds, of whole seconds).
    pub at_ms: Option<i64>,
}

/// What is known of an object beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Bytes in all.
    pub size: Option<u64>,
    /// Its tag, without quotes.
    pub etag: Option<String>,
    /// When it was put (UTC milliseconds).
    pub modified_ms: Option<i64>,
    /// Content type.
    pub content_type: Option<String>,
    /// Cache control.
    pub cache_control: Option<String>,
    /// What else a reader is told: `content-encoding`, `content-disposition`, `content-language`.
    pub headers: BTreeMap<String, String>,
    /// What its owner noted about it, by name.
    pub metadata: BTreeMap<String, String>,
    /// The store's own time of this (UTC milliseconds, of whole seconds).
    pub at_ms: Option<i64>,
}

/// An object that is being read.
pub struct Answer {
    response: Response,
    endpoint: String,
}

impl Answer {
    pub(crate) fn new(response: Response, endpoint: &str) -> Self {
        Self { response, endpoint: endpoint.to_owned() }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// `Unreachable` when the connection breaks.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, BucketError> {
        let piece = self.response.chunk().await;
        let piece = piece.map_err(|error| patience::unreachable(&self.endpoint, error))?;
        Ok(piece.map(Vec::from))
    }
}

/// A client of one bucket.
pub struct BucketClient {
    bucket: Bucket,
    credentials: Option<Credentials>,
    client: reqwest::Client,
    /// The same for requests that send much: how long they take depends on that.
    sender: reqwest::Client,
    endpoint: String,
    prefix: String,
}

impl BucketClient {
    /// Nothing is contacted.
    ///
    /// # Errors
    /// `Address`.
    pub fn new(address: &BucketAddress, secret: Option<&Secret>) -> Result<Self, BucketError> {
        let wrong = |what: String| BucketError::Address(what);
        let endpoint: Url = address
            .endpoint
            .parse()
            .map_err(|error| wrong(format!("{} is no address of a store: {error}", address.endpoint)))?;
        let style = if address.is_in_host { UrlStyle::VirtualHost } else { UrlStyle::Path };
        let bucket = Bucket::new(endpoint, style, address.bucket.clone(), address.region.clone()).map_err(
            |error| wrong(format!("the bucket {:?} cannot be addressed: {error}", address.bucket)),
        )?;
        let credentials = match (&address.access_key, secret) {
            (Some(key), Some(secret)) => Some(Credentials::new(key.clone(), secret.expose().to_owned())),
            (Some(_), None) => return Err(wrong("the access key has no secret".into())),
            (None, _) => None,
        };
        let sender = https::builder().and_then(|builder| builder.no_gzip().build().map_err(https::causes));
        let sender = sender.map_err(wrong)?;
        let client = https::builder()
            // An object that is kept compressed comes as it is kept.
            .and_then(|builder| builder.read_timeout(SILENCE_LIMIT).no_gzip().build().map_err(https::causes))
            .map_err(wrong)?;
        Ok(Self {
            bucket,
            credentials,
            client,
            sender,
            endpoint: address.endpoint.clone(),
            prefix: address.prefix.clone(),
        })
    }

    /// A page of the listing.
    ///
    /// # Errors
    /// When the store refuses, or its answer is not whole.
    pub async fn page(&self, from: Option<&str>) -> Result<Page, BucketError> {
        let answer = self
            .tried(|| {
                let mut list = self.bucket.list_objects_v2(self.credentials.as_ref());
                if !self.prefix.is_empty() {
                    list.with_prefix(self.prefix.clone());
                }
                if let Some(from) = from {
                    list.with_continuation_token(from.to_owned());
                }
                self.client.get(list.sign(SIGNED_FOR))
            })
            .await?;
        let at_ms = time(answer.headers(), &DATE);
        let text = patience::text(&self.endpoint, answer, PAGE_BYTES_MAX).await?;
        let page = ListObjectsV2::parse_response(&text)
            .map_err(|error| BucketError::Answer(format!("a listing that cannot be read: {error}")))?;
        // A page that is cut and does not say where it goes on would pass for the end.
        if text.contains("<IsTruncated>true</IsTruncated>") && page.next_continuation_token.is_none() {
            return Err(BucketError::Answer("a listing that is cut and does not go on".into()));
        }
        let listed = page.contents.into_iter().map(|object| Listed {
            key: object.key,
            size: object.size,
            etag: object.etag.map(|etag| etag.trim_matches('"').to_owned()),
            modified_ms: object
                .last_modified
                .and_then(|at| at.parse::<Timestamp>().ok())
                .map(Timestamp::as_millisecond),
        });
        Ok(Page { listed: listed.collect(), next: page.next_continuation_token, at_ms })
    }

    /// Begins to read an object at an offset; with a tag, only if it is that one still.
    ///
    /// # Errors
    /// `Gone`, `Replaced`, or why it is refused.
    pub async fn get(
        &self,
        key: &str,
        from: u64,
        etag: Option<&str>,
    ) -> Result<(Facts, Answer), BucketError> {
        addressable(key)?;
        let answer = self
            .tried(|| {
                let mut request =
                    self.client.get(self.bucket.get_object(self.credentials.as_ref(), key).sign(SIGNED_FOR));
                if let Some(etag) = etag {
                    request = request.header(IF_MATCH, format!("\"{etag}\""));
                }
                if from > 0 {
                    request = request.header(RANGE, format!("bytes={from}-"));
                }
                request
            })
            .await?;
        if from > 0 && answer.status() != StatusCode::PARTIAL_CONTENT {
            return Err(BucketError::Answer(
                "an object from its beginning where the rest was asked for".into(),
            ));
        }
        Ok((facts(answer.headers(), answer.content_length()), Answer::new(answer, &self.endpoint)))
    }

    /// What is known of an object now.
    ///
    /// # Errors
    /// `Gone`, or why it is refused.
    pub async fn head(&self, key: &str) -> Result<Facts, BucketError> {
        addressable(key)?;
        let url = || self.bucket.head_object(self.credentials.as_ref(), key).sign(SIGNED_FOR);
        let answer = self.tried(|| self.client.head(url())).await?;
        // The answer has no body, and a client that knows so takes it for one without a length.
        let length =
            answer.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(facts(answer.headers(), length))
    }

    /// Sends a request that may be sent again, with patience for a store that is busy.
    async fn tried(&self, request: impl Fn() -> reqwest::RequestBuilder) -> Result<Response, BucketError> {
        patience::tried(&self.endpoint, request, refusal).await
    }
}

/// What a store says where it refuses.
async fn refusal(endpoint: String, answer: Response) -> BucketError {
    let status = answer.status();
    let text = patience::text(&endpoint, answer, ERROR_BYTES_MAX).await.unwrap_or_default();
    let part = |name: &str| {
        let rest = text.split_once(&format!("<{name}>"))?.1;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    let code = part("Code").unwrap_or_else(|| status.to_string());
    match status {
        StatusCode::NOT_FOUND if code != "NoSuchBucket" => BucketError::Gone,
        StatusCode::PRECONDITION_FAILED => BucketError::Replaced,
        _ => {
            let message = part("Message").unwrap_or_default().chars().take(300).collect();
            BucketError::Refused { status: status.as_u16(), code, message }
        }
    }
}

/// A part of a name that is one or two dots is taken out of every address on the way: another object would answer.
pub(crate) fn addressable(key: &str) -> Result<(), BucketError> {
    if key.split('/').any(|part| part == "." || part == "..") {
        return Err(BucketError::Address(format!("{key:?} has a part that no address can hold")));
    }
    Ok(())
}

/// A time of HTTP, in milliseconds.
fn time(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    let text = headers.get(name)?.to_str().ok()?;
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(at.as_millisecond())
}

fn facts(headers: &HeaderMap, length: Option<u64>) -> Facts {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    let whole = text(CONTENT_RANGE).and_then(|range| range.rsplit_once('/')?.1.parse().ok());
    let metadata = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    let told = [CONTENT_ENCODING, CONTENT_DISPOSITION, CONTENT_LANGUAGE].into_iter();
    let told = told.filter_map(|name| Some((name.as_str().to_owned(), text(name)?)));
    Facts {
        size: whole.or(length),
        etag: text(ETAG).map(|etag| etag.trim_matches('"').to_owned()),
        modified_ms: time(headers, &LAST_MODIFIED),
        content_type: text(CONTENT_TYPE),
        cache_control: text(CACHE_CONTROL),
        headers: told.collect(),
        metadata: metadata.collect(),
        at_ms: time(headers, &DATE),
    }
}
