//! What an answer's headers say of the bytes that follow. Pure.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, HeaderMap, HeaderName,
    LAST_MODIFIED, RETRY_AFTER,
};
use reqwest::{Response, StatusCode};

use super::journal::{MARK_BYTES_MAX, Mark};

/// How the body is encoded, though it was asked not to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Other(String),
}

/// The bytes `start..end` of a file of `total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) total: Option<u64>,
}

/// What the headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    /// `Content-Length`.
    pub(super) length: Option<u64>,
    /// `Content-Range`, where it can be understood.
    pub(super) served: Option<Served>,
    /// The version, in a form that `If-Range` takes.
    pub(super) mark: Option<Mark>,
    /// The entity tag, strong or weak.
    pub(super) tag: Option<String>,
    pub(super) accepts_ranges: bool,
    pub(super) coding: Coding,
}

impl Head {
    pub(super) fn of(response: &Response) -> Self {
        Self::parse(response.status(), response.headers())
    }

    pub(super) fn parse(status: StatusCode, headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let coding = match text(CONTENT_ENCODING).map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "identity") => Coding::Identity,
            Some("gzip" | "x-gzip") => Coding::Gzip,
            Some(other) => Coding::Other(other.chars().take(40).collect()),
        };
        let tag = text(ETAG).filter(|tag| tag.len() <= MARK_BYTES_MAX && tag.len() > 2).map(str::to_owned);
        let mark = match &tag {
            Some(tag) if tag.starts_with('"') => Some(Mark::Etag(tag.clone())),
            _ => text(LAST_MODIFIED).filter(|last| is_strong(last, text(DATE))).map(modified),
        };
        Self {
            status,
            length: text(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            served: text(CONTENT_RANGE).and_then(content_range),
            mark,
            tag,
            accepts_ranges: text(ACCEPT_RANGES).is_some_and(|unit| unit.eq_ignore_ascii_case("bytes")),
            coding,
        }
    }

    /// Whether this is of another version than the one that was begun.
    pub(super) fn is_other(&self, mark: Option<&Mark>, tag: Option<&str>) -> bool {
        match (mark, &self.mark) {
            (Some(before), Some(now)) => before != now,
            // Weak tags cannot be asked for, but they can be compared.
            _ => matches!((tag, &self.tag), (Some(before), Some(now)) if before != now),
        }
    }
}

/// How long the server asks to wait: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

fn modified(text: &str) -> Mark {
    Mark::Modified(text.to_owned())
}

/// A time of change tells versions apart only when it lies before the answer: a file may change twice
/// within a second. Source: RFC 9110, "Comparison" of Last-Modified (8.8.2.2).
fn is_strong(last: &str, date: Option<&str>) -> bool {
    let parse = |text: &str| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    let (Some(last_at), Some(date)) = (parse(last), date.and_then(parse)) else { return false };
    last.len() <= MARK_BYTES_MAX && date.as_second() > last_at.as_second()
}

/// `bytes 0-99/1000`, `bytes 0-99/*`, `bytes */1000`; the last one has no bytes.
fn content_range(text: &str) -> Option<Served> {
    let rest = text.strip_prefix("bytes")?.trim_start();
    let (range, total) = rest.split_once('/')?;
    let total = if total == "*" { None } else { Some(total.parse::<u64>().ok()?) };
    if range == "*" {
        return Some(Served { start: 0, end: 0, total });
    }
    let (first, last) = range.split_once('-')?;
    let (start, end) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?.checked_add(1)?);
    (start < end && total.is_none_or(|total| end <= total)).then_some(Served { start, end, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, headers: &[(&str, &str)]) -> Head {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        Head::parse(StatusCode::from_u16(status).unwrap(), &map)
    }

    #[test]
    fn a_range_is_understood_or_refused() {
        let of = |text: &str| head(206, &[("content-range", text)]).served;
        assert_eq!(of("bytes 10-19/100"), Some(Served { start: 10, end: 20, total: Some(100) }));
        assert_eq!(of("bytes 10-19/*"), Some(Served { start: 10, end: 20, total: None }));
        assert_eq!(of("bytes */100"), Some(Served { start: 0, end: 0, total: Some(100) }));
        for odd in ["bytes 19-10/100", "bytes 0-100/100", "lines 1-2/3", "bytes 0-18446744073709551615/*", ""]
        {
            assert_eq!(of(odd), None, "{odd}");
        }
    }

    #[test]
    fn only_a_strong_mark_may_stand_behind_if_range() {
        let strong = head(200, &[("etag", "\"a\"")]);
        assert_eq!(strong.mark, Some(Mark::Etag("\"a\"".to_owned())));
        let last = "Sat, 21 Nov 2026 10:00:00 GMT";
        let weak = head(200, &[("etag", "W/\"a\""), ("last-modified", last), ("date", last)]);
        assert_eq!((weak.mark.as_ref(), weak.tag.as_deref()), (None, Some("W/\"a\"")));
        let later = "Sat, 21 Nov 2026 10:00:01 GMT";
        let dated = head(200, &[("etag", "W/\"a\""), ("last-modified", last), ("date", later)]);
        assert_eq!(dated.mark, Some(Mark::Modified(last.to_owned())));
        assert!(weak.is_other(None, Some("W/\"b\"")));
        assert!(!weak.is_other(None, Some("W/\"a\"")));
        assert!(strong.is_other(Some(&Mark::Etag("\"b\"".to_owned())), None));
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = rfc2822::parse("Sat, 21 Nov 2026 10:00:00 +0000").unwrap().timestamp();
        let of = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now)
        };
        assert_eq!(of("7"), Some(Duration::from_secs(7)));
        assert_eq!(of("Sat, 21 Nov 2026 10:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(of("Sat, 21 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(of("soon"), None);
    }
}
