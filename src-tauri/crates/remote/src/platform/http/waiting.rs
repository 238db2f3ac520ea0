//! How long a platform asks to be waited for.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// Seconds beyond this are a moment since 1970, not a wait.
const MOMENTS_FROM: u64 = 1_000_000_000;

/// Between nothing and one.
pub(in crate::platform) fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0
}

/// How long it asks to wait: by its headers, in its body as Telegram does, or, where it refused for that
/// reason, by how long its window still lasts.
pub(in crate::platform) fn wait_asked(
    status: StatusCode,
    headers: &HeaderMap,
    body: &Value,
) -> Option<Duration> {
    let window = || {
        let reset = ["ratelimit-reset", "x-ratelimit-reset"].into_iter().find_map(|name| headers.get(name));
        let wait = reset.and_then(|value| seconds_or_date(value.to_str().ok()?.trim()));
        wait.filter(|_| status == StatusCode::TOO_MANY_REQUESTS)
    };
    let said = body["parameters"]["retry_after"].as_u64().map(Duration::from_secs);
    asked_to_wait(headers).or(said).or_else(window)
}

/// What `Retry-After` says, else the headers about a rate that is used up.
fn asked_to_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER.as_str()).and_then(seconds_or_date);
    let is_used_up = |name| text(name) == Some("0");
    let reset = [("ratelimit-remaining", "ratelimit-reset"), ("x-ratelimit-remaining", "x-ratelimit-reset")]
        .into_iter()
        .find_map(|(remaining, reset)| is_used_up(remaining).then(|| seconds_or_date(text(reset)?))?);
    asked.or(reset).or_else(|| text("ratelimit").and_then(structured))
}

/// Seconds, a moment since 1970, or a date.
fn seconds_or_date(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        let wait = if seconds >= MOMENTS_FROM { seconds.saturating_sub(now) } else { seconds };
        return Some(Duration::from_secs(wait));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default())
}

/// As in `"default";r=0;t=30`.
fn structured(text: &str) -> Option<Duration> {
    let of = |name: char| {
        let part = text.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        part.and_then(|number| number.trim().parse::<u64>().ok())
    };
    (of('r') == Some(0)).then(|| of('t').map(Duration::from_secs))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &str)]) -> Option<u64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        asked_to_wait(&map).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_read_in_every_way_in_which_servers_say_it() {
        assert_eq!(asked(&[("retry-after", "7")]), Some(7));
        assert_eq!(asked(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]), Some(0));
        assert_eq!(asked(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "30")]), Some(30));
        assert_eq!(asked(&[("ratelimit-remaining", "4"), ("ratelimit-reset", "30")]), None);
        assert_eq!(asked(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000000001")]), Some(0));
        assert_eq!(asked(&[("ratelimit", "\"default\";r=0;t=12")]), Some(12));
        assert_eq!(asked(&[("ratelimit", "\"default\";r=3;t=12")]), None);
        assert_eq!(
            asked(&[("retry-after", "2"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "9")]),
            Some(2)
        );
        assert_eq!(asked(&[]), None);
    }
}
