//! Figures as people read them.

use contract::backup::{LevelView, VerdictView};
use contract::number::Millis;
// One quoter: what the engine prints and what is printed here is pasted into the same shells.
pub(crate) use engine::argument_words as quoted;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Enough of an id for people.
const SHORT_ID: usize = 8;
const SHORT_RUN_ID: usize = 16;

/// A size: `13.07 GB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    const DECIMALS: [usize; 5] = [0, 0, 1, 2, 2];
    #[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.*} {}", DECIMALS[unit], UNITS[unit])
}

/// A number with its thousands apart: `73,849`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 table`, `2 tables`.
pub(crate) fn counted(number: u64, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {one}{plural}", count(number))
}

/// A moment in the time zone of this computer, with the zone.
pub(crate) fn moment(at: Millis) -> String {
    moment_in(at, TimeZone::system())
}

/// `2026-11-14`, in this computer's time zone.
pub(crate) fn day(at: Millis) -> String {
    let at = Timestamp::from_millisecond(at.0).unwrap_or_default();
    at.to_zoned(TimeZone::system()).date().to_string()
}

fn moment_in(at: Millis, zone: TimeZone) -> String {
    let at = Timestamp::from_millisecond(at.0).unwrap_or_default();
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// A span of time: `0.8 s`, `2 min 05 s`, `3 h 12 min`.
pub(crate) fn span(milliseconds: Millis) -> String {
    let milliseconds = milliseconds.0.max(0);
    let seconds = milliseconds / 1000;
    match seconds {
        0..10 => format!("{}.{} s", seconds, milliseconds % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The beginning of an id.
pub(crate) fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

/// Ids and hashes by their beginning; other texts as they are.
pub(crate) fn short_hex(text: &str) -> &str {
    const DIGITS_MIN: usize = 32;
    let is_hex = text.len() >= DIGITS_MIN && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { short(text) } else { text }
}

/// The beginning of a run's id. Such ids begin with their time in milliseconds (12 characters); four
/// more tell runs of one moment apart.
pub(crate) fn short_run(id: &str) -> &str {
    id.get(..SHORT_RUN_ID).unwrap_or(id)
}

/// How far something is proven.
pub(crate) fn level(level: Option<LevelView>) -> &'static str {
    match level {
        None => "not proven",
        Some(LevelView::Bytes) => "bytes",
        Some(LevelView::Readable) => "readable",
        Some(LevelView::Restored) => "restored",
    }
}

/// A verdict.
pub(crate) fn verdict(verdict: VerdictView) -> &'static str {
    match verdict {
        VerdictView::Pass => "pass",
        VerdictView::Fail => "fail",
        VerdictView::Inconclusive => "inconclusive",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_read_well() {
        assert_eq!(bytes(13_070_000_000), "13.07 GB");
        assert_eq!(
            (bytes(999), bytes(3_210_000), bytes(999_600)),
            ("999 B".into(), "3.2 MB".into(), "1.0 MB".into())
        );
        assert_eq!((count(73_849), count(1_000), count(7)), ("73,849".into(), "1,000".into(), "7".into()));
    }

    #[test]
    fn moments_name_their_zone_and_spans_their_unit() {
        assert_eq!(moment_in(Millis(0), TimeZone::UTC), "1970-01-01 00:00 UTC");
        assert_eq!((span(Millis(840)), span(Millis(125_000))), ("0.8 s".into(), "2 min 05 s".into()));
    }
}
