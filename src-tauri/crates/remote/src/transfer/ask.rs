//! One request for bytes: the link, redirects followed by hand, and what the status means.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderName, HeaderValue, IF_RANGE, LOCATION, RANGE};
use reqwest::{Response, StatusCode};
use tokio::sync::Mutex;
use url::{Host, Url};

use super::error::{Fault, TransferError};
use super::head::{Head, retry_after};
use super::journal::Mark;
use super::line::Line;
use super::link::{Link, Links};
use super::notes::About;
use base::Code;
use base::failure::Retry;

/// Redirects that are followed; browsers follow twenty.
const REDIRECTS_MAX: u32 = 10;
/// New links in a row that bring no byte.
const BARREN_MAX: u32 = 2;
/// A platform may have to ask somebody else for a link.
const LINK_LIMIT: Duration = Duration::from_mins(3);
/// A link is taken for run out so long before it is, at most; a tenth of its life where that is less.
const EXPIRY_MARGIN_S_MAX: i64 = 30;

/// Bytes `start..end` that are asked for; to the end of the file without an end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) start: u64,
    pub(super) end: Option<u64>,
}

/// An answer: what its headers say, and the body behind them.
pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) response: Response,
}

/// Where bytes are asked for. One for all streams: a link that ran out is renewed once for all.
pub(super) struct Source<'a> {
    links: &'a dyn Links,
    current: Mutex<Option<Held>>,
    /// New links since bytes came last.
    barren: AtomicU32,
    promised: OnceLock<Option<u64>>,
}

#[derive(Clone)]
struct Held {
    link: Link,
    serial: u64,
    /// When it is to be renewed.
    renew_at: Option<jiff::Timestamp>,
}

impl<'a> Source<'a> {
    pub(super) fn new(links: &'a dyn Links) -> Self {
        Self { links, current: Mutex::new(None), barren: AtomicU32::new(0), promised: OnceLock::new() }
    }

    /// Bytes came: the link works.
    pub(super) fn works(&self) {
        self.barren.store(0, Ordering::Relaxed);
    }

    /// Bytes of the file, where who gives the links said so with the first one.
    pub(super) fn promised(&self) -> Option<u64> {
        self.promised.get().copied().flatten()
    }

    /// The link of now; another than `dead` where that one ran out.
    async fn link(&self, line: &Line<'_>, dead: Option<(u64, u16)>) -> Result<Held, Fault> {
        // Held while the platform is asked, so that it is asked once, whoever waits.
        let mut current = self.current.lock().await;
        let now = line.limits.clock.now();
        if let Some(held) = current.as_ref() {
            match dead {
                // Whoever of the streams sees it first has it renewed; the others find the new one.
                Some((serial, status)) if serial == held.serial => {
                    if self.barren.fetch_add(1, Ordering::Relaxed) >= BARREN_MAX {
                        return Err(TransferError::Refused { status }.into());
                    }
                }
                _ if held.renew_at.is_some_and(|at| at <= now) => {}
                _ => return Ok(held.clone()),
            }
            line.notes.say(About::Link, "the link ran out, and a new one is asked for");
        }
        let asked = tokio::time::timeout(LINK_LIMIT, self.links.link()).await;
        let given = match asked {
            Err(_) => return Err(Fault::passing("no link was given in time")),
            Ok(Err(failure)) if failure.retry == Retry::Now && failure.code != Code::Cancelled => {
                return Err(Fault::passing(failure.message));
            }
            Ok(Err(failure)) => return Err(TransferError::NoLink(failure).into()),
            Ok(Ok(given)) => given,
        };
        self.promised.get_or_init(|| given.bytes);
        let now = line.limits.clock.now();
        let renew_at = given.expires_at.and_then(|at| {
            let lasts_s = at.as_second() - now.as_second();
            // One that has run out already by our clock is used: the server's clock is the one that counts.
            let margin = jiff::SignedDuration::from_millis((lasts_s * 100).min(EXPIRY_MARGIN_S_MAX * 1000));
            (lasts_s > 0).then(|| at.checked_sub(margin).ok()).flatten()
        });
        let serial = current.as_ref().map_or(0, |held| held.serial + 1);
        Ok(current.insert(Held { link: given, serial, renew_at }).clone())
    }

    /// Asks for bytes. Gives answers with 200, 206 and 416; everything else is dealt with, or a fault.
    pub(super) async fn ask(
        &self,
        line: &Line<'_>,
        wanted: Option<Wanted>,
        mark: Option<&Mark>,
    ) -> Result<Answer, Fault> {
        let mut dead = None;
        loop {
            let held = self.link(line, dead).await?;
            let response = follow(line, &held.link, wanted, mark).await?;
            let status = response.status();
            match status {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                    return Ok(Answer { head: Head::of(&response), response });
                }
                // Servers say all of these of a link that ran out.
                StatusCode::BAD_REQUEST
                | StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::NOT_FOUND
                | StatusCode::GONE => dead = Some((held.serial, status.as_u16())),
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                    return Err(passing(line, &response));
                }
                status if status.is_server_error() => return Err(passing(line, &response)),
                status => return Err(TransferError::Refused { status: status.as_u16() }.into()),
            }
        }
    }
}

fn passing(line: &Line<'_>, response: &Response) -> Fault {
    Fault::Passing {
        what: format!("the server answered with status {}", response.status().as_u16()),
        wait: retry_after(response.headers(), line.limits.clock.now()),
    }
}

/// Sends the request, and follows where it is sent on to.
async fn follow(
    line: &Line<'_>,
    to: &Link,
    wanted: Option<Wanted>,
    mark: Option<&Mark>,
) -> Result<Response, Fault> {
    let mut url = Url::parse(to.url.expose()).map_err(|_| Fault::odd("the link is no web address"))?;
    check_scheme(&url, None)?;
    let mut is_at_home = true;
    for _ in 0..=REDIRECTS_MAX {
        let request = request(line, to, url.clone(), wanted, mark, is_at_home)?;
        let response = tokio::time::timeout(line.limits.idle, request.send())
            .await
            .map_err(|_| Fault::passing("the server did not answer"))?
            .map_err(super::client::fault)?;
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(response);
        }
        let next = response.headers().get(LOCATION).and_then(|next| next.to_str().ok());
        let next = next.and_then(|next| url.join(next).ok());
        let next = next.ok_or_else(|| Fault::odd("it redirects to nowhere"))?;
        check_scheme(&next, Some(&url))?;
        // Once away, what authorises at home is not sent again, wherever the way leads.
        is_at_home &= next.origin() == url.origin();
        url = next;
    }
    Err(TransferError::TooManyRedirects { max: REDIRECTS_MAX }.into())
}

fn request(
    line: &Line<'_>,
    to: &Link,
    mut url: Url,
    wanted: Option<Wanted>,
    mark: Option<&Mark>,
    is_at_home: bool,
) -> Result<reqwest::RequestBuilder, Fault> {
    if !is_at_home {
        // Credentials in an address that somebody else gave are none of ours.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    let mut request = line.client().get(url).header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if is_at_home {
        for (name, value) in &to.headers {
            let odd = || Fault::odd("a header of the link cannot be sent");
            let name = HeaderName::try_from(name.as_str()).map_err(|_| odd())?;
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| odd())?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
    }
    if let Some(wanted) = wanted {
        let end = wanted.end.map_or_else(String::new, |end| end.saturating_sub(1).to_string());
        request = request.header(RANGE, format!("bytes={}-{end}", wanted.start));
        if let Some(mark) = mark {
            request = request.header(IF_RANGE, mark.value());
        }
    }
    Ok(request)
}

/// Backups travel encrypted, but for what never leaves this computer.
fn check_scheme(url: &Url, before: Option<&Url>) -> Result<(), Fault> {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let was_encrypted = before.is_some_and(|before| before.scheme() == "https");
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_here && !was_encrypted => Ok(()),
        "http" => Err(TransferError::Insecure.into()),
        _ => Err(Fault::odd("the link is no web address")),
    }
}
