//! Calls to a platform's HTTP API: limits, retries, and errors in words without secrets.
//!
//! Parses leniently, sends strictly. Only calls that may be repeated are repeated; what a platform asks to
//! be waited for is waited for, within a limit. Redirects are not followed: a token goes to one host.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use url::Url;

use super::PlatformError;
use crate::secret::Secret;

/// An address that takes no connection in this time takes none.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// Platforms make whole dumps within one call; those calls say a limit of their own.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);
/// The longest listing of these platforms is far below this.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Of an error so much is quoted.
const SAID_CHARACTERS: usize = 300;
/// How often a call is made that may be repeated.
const TRIES: u32 = 4;
/// A platform that asks for a longer wait is taken at its word, and the call is not made again.
const WAIT_MAX: Duration = Duration::from_secs(90);
/// What is waited for when nobody says how long; doubled each time, with jitter.
const WAIT_FIRST: Duration = Duration::from_millis(500);

/// One platform's address.
#[derive(Debug, Clone)]
pub(super) struct Http {
    base: Url,
    place: String,
    first_wait: Duration,
}

/// One call.
pub(super) struct Call<'a> {
    method: Method,
    segments: &'a [&'a str],
    query: Vec<(&'a str, String)>,
    body: Option<Value>,
    headers: Vec<(HeaderName, &'a str, &'a Secret)>,
    doing: &'a str,
    limit: Duration,
    may_repeat: bool,
}

impl<'a> Call<'a> {
    /// A call of `segments` below the base, each of them encoded; `doing` completes "could not …".
    pub(super) fn new(method: Method, segments: &'a [&'a str], doing: &'a str) -> Self {
        let may_repeat = method == Method::GET;
        let (query, headers) = (Vec::new(), Vec::new());
        Self { method, segments, query, body: None, headers, doing, limit: ANSWER_LIMIT, may_repeat }
    }

    /// With a value in its query.
    pub(super) fn query(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a body.
    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// With `Authorization: Bearer …`.
    pub(super) fn bearer(self, token: &'a Secret) -> Self {
        self.header(AUTHORIZATION, "Bearer ", token)
    }

    /// With a header whose value is a secret after a prefix.
    pub(super) fn header(mut self, name: HeaderName, prefix: &'a str, value: &'a Secret) -> Self {
        self.headers.push((name, prefix, value));
        self
    }

    /// With another limit of time, for calls that work while they are waited for.
    pub(super) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Though it is no GET, it may be made twice.
    pub(super) fn may_repeat(mut self) -> Self {
        self.may_repeat = true;
        self
    }
}

/// What was answered, whatever the status.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status: a hint, never the verdict.
    pub(super) status: StatusCode,
    /// Headers.
    pub(super) headers: HeaderMap,
    /// The body; null where it is empty or no JSON.
    pub(super) body: Value,
    /// The body as text, shortened, where it is no JSON.
    text: String,
    wait: Option<Duration>,
}

impl Answer {
    /// What it says went wrong, in its own words: `error`, `error.message`, `message`, `details`.
    pub(super) fn said(&self) -> String {
        let of = |value: &Value| value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        let body = &self.body;
        let named = [
            &body["error"]["message"],
            &body["error"],
            &body["data"]["error"],
            &body["message"],
            &body["msg"],
        ]
        .into_iter()
        .find_map(of);
        let said = match (named, of(&body["details"])) {
            (Some(said), Some(details)) => format!("{said} ({details})"),
            (Some(said), None) => said,
            (None, Some(details)) => details,
            (None, None) => self.text.clone(),
        };
        let said = shortened(&said);
        if said.is_empty() { format!("status {}", self.status.as_u16()) } else { said }
    }
}

impl Http {
    /// For calls below this address.
    ///
    /// # Errors
    /// `Unintelligible` when it is no web address, or one that would carry a token without TLS over a network.
    pub(super) fn new(base: &str) -> Result<Self, PlatformError> {
        let bad =
            |what: &str| PlatformError::Unintelligible { place: shortened(base), what: what.to_owned() };
        let mut base = Url::parse(base.trim()).map_err(|_| bad("this is no web address"))?;
        let is_here = base.host().is_some_and(|host| match host {
            url::Host::Domain(name) => name == "localhost",
            url::Host::Ipv4(ip) => ip.is_loopback(),
            url::Host::Ipv6(ip) => ip.is_loopback(),
        });
        match base.scheme() {
            "https" => {}
            "http" if is_here => {}
            "http" => {
                return Err(bad("an address without TLS would show the token to the network; use https"));
            }
            _ => return Err(bad("an address begins with https")),
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(bad("credentials do not belong into the address"));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        base.set_query(None);
        base.set_fragment(None);
        let host = base.host_str().unwrap_or_default();
        let place = base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { base, place, first_wait: WAIT_FIRST })
    }

    /// Host and port, for sentences.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The address below which calls are made.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Makes a call; any status that is no success is an error.
    pub(super) async fn ask(&self, call: &Call<'_>) -> Result<Answer, PlatformError> {
        let answer = self.call(call).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.error(call.doing, &answer)) }
    }

    /// Makes a call, and gives what was answered whatever its status; what passes is waited for.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Answer, PlatformError> {
        let mut wait = self.first_wait;
        for attempt in 1.. {
            let is_last = attempt >= TRIES || !call.may_repeat;
            let outcome = self.once(call).await;
            let asked = match &outcome {
                // A platform that is busy did nothing: that may be asked again whatever it was.
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS && attempt < TRIES => {
                    answer.wait
                }
                Ok(answer) if answer.status.is_server_error() && !is_last => answer.wait,
                Err(PlatformError::Unreachable { .. } | PlatformError::Silent { .. }) if !is_last => None,
                _ => return outcome,
            };
            if asked.is_some_and(|asked| asked > WAIT_MAX) {
                return outcome;
            }
            tokio::time::sleep(asked.unwrap_or(wait).mul_f64(jitter())).await;
            wait *= 2;
        }
        unreachable!("the loop above ends by itself")
    }

    async fn once(&self, call: &Call<'_>) -> Result<Answer, PlatformError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(call.segments);
        }
        for (name, value) in &call.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let mut request = client()?.request(call.method.clone(), url).timeout(call.limit);
        for (name, prefix, secret) in &call.headers {
            request = request.header(name, self.header_value(prefix, secret)?);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let mut answer = request.send().await.map_err(|error| self.unreachable(call, error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.unreachable(call, error))? {
            if bytes.len() + piece.len() > ANSWER_BYTES_MAX {
                let what = format!("more than {ANSWER_BYTES_MAX} bytes");
                return Err(PlatformError::Unintelligible { place: self.place.clone(), what });
            }
            bytes.extend_from_slice(&piece);
        }
        let text = String::from_utf8_lossy(&bytes);
        // An answer may repeat what was sent; what is quoted of it must not hold it.
        let text = call.headers.iter().fold(text.into_owned(), |text, (_, _, secret)| {
            if secret.is_empty() { text } else { text.replace(secret.expose(), "****") }
        });
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let text = if body.is_null() { shortened(&text) } else { String::new() };
        let wait = headers.get(RETRY_AFTER).and_then(retry_after);
        Ok(Answer { status, headers, body, text, wait })
    }

    fn header_value(&self, prefix: &str, secret: &Secret) -> Result<HeaderValue, PlatformError> {
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", secret.expose())).map_err(|_| {
            PlatformError::NotSignedIn {
                place: self.place.clone(),
                said: "what was entered holds characters that no token has".to_owned(),
            }
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn unreachable(&self, call: &Call<'_>, error: reqwest::Error) -> PlatformError {
        let place = self.place.clone();
        if error.is_timeout() {
            return PlatformError::Silent { place, limit: call.limit };
        }
        PlatformError::Unreachable { place, what: causes(error) }
    }

    /// The error that a status and a body stand for.
    pub(super) fn error(&self, doing: &str, answer: &Answer) -> PlatformError {
        let (place, said) = (self.place.clone(), answer.said());
        match answer.status {
            StatusCode::UNAUTHORIZED => PlatformError::NotSignedIn { place, said },
            StatusCode::FORBIDDEN => PlatformError::Forbidden { place, said },
            StatusCode::NOT_FOUND => {
                PlatformError::NotFound { place, what: format!("{said} (asked to {doing})") }
            }
            StatusCode::TOO_MANY_REQUESTS => {
                PlatformError::TooMany { place, wait: answer.wait.unwrap_or(WAIT_MAX) }
            }
            status => PlatformError::Failed {
                place,
                doing: doing.to_owned(),
                said,
                may_work_now: status.is_server_error(),
            },
        }
    }

    /// What was answered is not what the contract says.
    pub(super) fn odd(&self, what: impl Into<String>) -> PlatformError {
        PlatformError::Unintelligible { place: self.place.clone(), what: what.into() }
    }
}

/// Between half and one and a half, so that many clients do not come back together.
fn jitter() -> f64 {
    0.5 + f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0
}

/// Seconds, or a date.
fn retry_after(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(jiff::Timestamp::now())).unwrap_or_default())
}

/// In one line, and not too long.
fn shortened(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SAID_CHARACTERS).collect()
}

/// Why a call did not work, without the address, which may hold a token.
fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

/// One client for all platforms: the system's authorities are read once.
pub(super) fn client() -> Result<&'static reqwest::Client, PlatformError> {
    static CLIENT: OnceLock<Result<reqwest::Client, String>> = OnceLock::new();
    CLIENT
        .get_or_init(build)
        .as_ref()
        .map_err(|what| PlatformError::Unreachable { place: "the network".to_owned(), what: what.clone() })
}

fn build() -> Result<reqwest::Client, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(causes)
}
