//! Which files of a component are meant, by their names.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The characters of a day: `2026-11-25`.
const DAY_BYTES: usize = 10;

/// Which files are meant: all, unless something is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNames {
    /// Only names that begin so.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Only names with a day in them, of this one or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Only names with a day in them, of this one or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

impl FileNames {
    /// Whether a file of this name is meant.
    pub fn takes(&self, name: &str) -> bool {
        let begins = self.prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix));
        begins && (!self.has_days() || day_in(name).is_some_and(|day| self.has(day)))
    }

    /// Whether days are chosen.
    pub fn has_days(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// The days, in words: `from 2026-11-01 to 2026-11-07`; nothing where none are chosen.
    pub fn days_words(&self) -> Option<String> {
        Some(match (self.from, self.to) {
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(to)) => format!("up to {to}"),
            (None, None) => return None,
        })
    }

    fn has(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The first day in the last part of a name: of `2026-11-25.jsonl`, of `app-2026-11-25.log`.
fn day_in(name: &str) -> Option<Date> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let starts = (0..file.len()).filter(|at| file.is_char_boundary(*at));
    starts.filter_map(|at| file.get(at..at + DAY_BYTES)).find_map(|text| {
        let is_day = text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        text.parse().ok().filter(|_| is_day)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(prefix: Option<&str>, from: Option<&str>, to: Option<&str>) -> FileNames {
        let day = |text: &str| text.parse().unwrap();
        FileNames { prefix: prefix.map(str::to_owned), from: from.map(day), to: to.map(day) }
    }

    #[test]
    fn a_range_takes_the_days_at_its_ends_and_nothing_without_a_day() {
        let range = names(None, Some("2026-11-02"), Some("2026-11-04"));
        for name in ["2026-11-02.jsonl", "2026-11-04 4f9c0a11b2c3.log", "app/2025-01-01/web-2026-11-03.log"] {
            assert!(range.takes(name), "{name}");
        }
        for name in ["2026-11-01.jsonl", "2026-11-05.jsonl", "app.log", "2026-13-03.log", "", "2026-11-0ü"] {
            assert!(!range.takes(name), "{name}");
        }
        assert!(names(None, Some("2026-11-02"), None).takes("2027-01-01"));
        assert!(!names(Some("web/"), Some("2026-11-02"), None).takes("app/2027-01-01"));
        assert!(names(None, None, None).takes("app.log"));
    }

    #[test]
    fn what_earlier_versions_noted_is_read() {
        let read: FileNames = serde_json::from_str(r#"{"prefix":"2026/"}"#).unwrap();
        assert_eq!(read, names(Some("2026/"), None, None));
    }
}
