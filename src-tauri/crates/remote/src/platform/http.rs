//! Calls to a platform's HTTP API: limits, retries, and errors in words without secrets.
//!
//! Parses leniently, sends strictly. Only calls that may be repeated are repeated; what a platform asks to
//! be waited for is waited for, within a limit. Redirects are not followed: a token goes to one host.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use serde_json::Value;
use url::Url;

mod answer;
mod call;
mod connection;
mod upload;
mod waiting;
mod words;

pub(super) use self::answer::Answer;
pub(super) use self::call::Call;
pub(super) use self::upload::Upload;
pub(super) use self::waiting::{jitter, wait_asked};
pub(super) use self::words::shortened;
use self::words::{masked, masked_in};
use super::PlatformError;
use crate::https::causes;
use base::secret::Secret;

/// Platforms make whole dumps within one call; those calls say a limit of their own.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);
/// The longest listing of these platforms is far below this.
pub(super) const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How often a call is made that may be repeated.
pub(super) const TRIES: u32 = 4;
/// A platform that asks for a longer wait is taken at its word, and the call is not made again.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(90);
/// A platform that is silent is asked once more, since each silence takes the whole limit.
const SILENCES: u32 = 2;
/// What is waited for when nobody says how long; doubled each time, with jitter.
pub(super) const WAIT_FIRST: Duration = Duration::from_millis(500);

/// How long a platform is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The limit of a call that says none of its own.
    pub answer: Duration,
    /// The first wait before a call is made again.
    pub first_wait: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { answer: ANSWER_LIMIT, first_wait: WAIT_FIRST }
    }
}

/// One platform's address.
#[derive(Debug, Clone)]
pub(super) struct Http {
    base: Url,
    place: String,
    is_here: bool,
    pace: Pace,
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
        let is_here = is_here(&base);
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
        Ok(Self { base, place, is_here, pace: Pace::default() })
    }

    /// With other limits of time.
    pub(super) fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// A link that the platform gave, relative ones below its address: `https`, or on this computer.
    ///
    /// # Errors
    /// `Unintelligible` where it is no address, or one that would show its signature to the network.
    pub(super) fn link(&self, given: &str) -> Result<Url, PlatformError> {
        let url = self.base.join(given.trim()).map_err(|_| self.odd("a link that is no address"))?;
        if !given.trim().is_empty() && (url.scheme() == "https" || (url.scheme() == "http" && is_here(&url)))
        {
            return Ok(url);
        }
        Err(self.odd("a link without TLS, which would show its signature to the network"))
    }

    /// What makes its connections.
    pub(super) fn client(&self) -> Result<&'static reqwest::Client, PlatformError> {
        connection::client(self.is_here)
    }

    /// Host and port, for sentences.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The address below which calls are made.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Makes a call; a status that is no success is an error, and so is a body that says so.
    pub(super) async fn ask(&self, call: &Call<'_>) -> Result<Answer, PlatformError> {
        self.verdict(call, self.call(call).await?)
    }

    /// The verdict on an answer: by its status, and where that is a success, by its body.
    pub(super) fn verdict(&self, call: &Call<'_>, answer: Answer) -> Result<Answer, PlatformError> {
        if !answer.status.is_success() {
            return Err(self.error(call.doing, &answer));
        }
        if answer.body["success"] == Value::Bool(false) {
            let (place, doing, said) = (self.place.clone(), call.doing.to_owned(), answer.said());
            return Err(PlatformError::Failed { place, doing, said, may_work_now: false });
        }
        Ok(answer)
    }

    /// Makes a call, and gives what was answered whatever its status; what passes is waited for.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Answer, PlatformError> {
        let mut wait = self.pace.first_wait;
        for attempt in 1.. {
            let is_last = attempt >= TRIES || !call.may_repeat;
            let outcome = self.once(call).await;
            let asked = match &outcome {
                // A platform that is busy did nothing: that may be asked again whatever it was.
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS && attempt < TRIES => {
                    answer.wait
                }
                Ok(answer) if answer.status.is_server_error() && !is_last => answer.wait,
                Err(PlatformError::Unreachable { .. }) if !is_last => None,
                Err(PlatformError::Silent { .. }) if !is_last && attempt < SILENCES => None,
                _ => return outcome,
            };
            if asked.is_some_and(|asked| asked > WAIT_MAX) {
                return outcome;
            }
            // Never earlier than asked; both so that many clients do not come back together.
            let pause =
                asked.map_or_else(|| wait.mul_f64(0.5 + jitter()), |asked| asked + wait.mul_f64(jitter()));
            tokio::time::sleep(pause).await;
            wait *= 2;
        }
        unreachable!("the loop above ends by itself")
    }

    async fn once(&self, call: &Call<'_>) -> Result<Answer, PlatformError> {
        // An id comes from the platform: one that changes the path would call something else.
        if call.segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(self.odd("an id that cannot stand in an address"));
        }
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(call.segments);
        }
        for (name, value) in &call.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let client = self.client()?;
        let mut request = client.request(call.method.clone(), url);
        for (name, prefix, secret) in &call.headers {
            request = request.header(name, self.header_value(prefix, secret)?);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let limit = call.limit.unwrap_or(self.pace.answer);
        let answer = match call.upload {
            Some(upload) => self.send_file(request, upload, limit).await?,
            None => request.timeout(limit).send().await.map_err(|error| self.unreachable(limit, error))?,
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = self.body_of(answer, limit, call.bytes_max).await?;
        let text = String::from_utf8_lossy(&bytes);
        // An answer may repeat what was sent; what is quoted of it must not hold it.
        let sent: Vec<Secret> = call.headers.iter().map(|(_, _, secret)| (*secret).clone()).collect();
        let mut body: Value = serde_json::from_str(&text).unwrap_or_default();
        masked_in(&mut body, &sent);
        let hidden: Vec<Secret> = sent.into_iter().chain(call.hidden.iter().copied().cloned()).collect();
        let text = if body.is_null() { shortened(&masked(&text, &hidden)) } else { String::new() };
        let wait = wait_asked(status, &headers, &body);
        Ok(Answer { status, headers, body, text, wait, hidden })
    }

    /// What an answer holds, up to `bytes_max`; `limit` is the time that the call was given.
    pub(super) async fn body_of(
        &self,
        mut answer: reqwest::Response,
        limit: Duration,
        bytes_max: usize,
    ) -> Result<Vec<u8>, PlatformError> {
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.unreachable(limit, error))? {
            if bytes.len() + piece.len() > bytes_max {
                return Err(self.odd(format!("more than {bytes_max} bytes")));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
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

    fn unreachable(&self, limit: Duration, error: reqwest::Error) -> PlatformError {
        let place = self.place.clone();
        // A connection that nobody takes has a limit of its own, and is another thing than silence.
        if error.is_timeout() && !error.is_connect() {
            return PlatformError::Silent { place, limit };
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
                PlatformError::NotFound { place, what: format!("such thing: {said} (asked to {doing})") }
            }
            StatusCode::TOO_MANY_REQUESTS => {
                PlatformError::TooMany { place, wait: answer.wait.unwrap_or(WAIT_MAX) }
            }
            status if status.is_redirection() => self.odd(redirection(&answer.headers)),
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

fn is_here(url: &Url) -> bool {
    url.host().is_some_and(|host| match host {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
    })
}

/// Where it sends calls, without what stands behind the path.
fn redirection(headers: &HeaderMap) -> String {
    let to = headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
    let to = shortened(to.split(['?', '#']).next().unwrap_or_default());
    format!("it sends calls elsewhere ({to}), and a token goes to the address that was entered alone")
}
