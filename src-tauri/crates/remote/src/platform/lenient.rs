//! Reading what platforms answer: keys in any spelling, numbers that came as text, moments that are none.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Servers without a moment to name send the first one of their calendar.
const FIRST_MOMENT: i64 = 31_536_000;

/// A field, whether it is written `backup_id`, `backupId` or `BackupID`; null where it is missing.
pub(super) fn field<'v>(value: &'v Value, name: &str) -> &'v Value {
    const NULL: &Value = &Value::Null;
    let found = value.get(name).or_else(|| {
        let wanted = plain(name);
        value.as_object()?.iter().find_map(|(key, value)| (plain(key) == wanted).then_some(value))
    });
    found.map_or(NULL, unwrapped)
}

/// Text that is not empty; numbers count as text.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    match field(value, name) {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number, also as text.
pub(super) fn number(value: &Value, name: &str) -> Option<u64> {
    match field(value, name) {
        Value::Number(number) => {
            number.as_u64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Per cent, 100 at most.
pub(super) fn percent(value: &Value, name: &str) -> Option<u8> {
    let whole = text(value, name)?.split('.').next()?.trim_end_matches('%').parse::<u64>().ok()?;
    Some(u8::try_from(whole.min(100)).unwrap_or(100))
}

/// A truth value, also as text.
pub(super) fn flag(value: &Value, name: &str) -> Option<bool> {
    match field(value, name) {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A moment; without an offset it is UTC.
pub(super) fn moment(value: &Value, name: &str) -> Option<Timestamp> {
    let text = text(value, name)?;
    let local = || Some(text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(local).filter(|at: &Timestamp| at.as_second() > FIRST_MOMENT)
}

/// The rows of a listing: the body itself, or the first of these fields that is a list.
pub(super) fn rows<'v>(body: &'v Value, names: &[&str]) -> Option<&'v Vec<Value>> {
    body.as_array().or_else(|| names.iter().find_map(|name| field(body, name).as_array()))
}

/// 64 hexadecimal digits, as in `sha256:…`; another algorithm or another length is no checksum.
pub(super) fn sha256(given: &str) -> Option<String> {
    let digits = given.trim().strip_prefix("sha256:").unwrap_or(given.trim()).to_ascii_lowercase();
    (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A column that may be null arrives from some servers as `{"String": "…", "Valid": true}`.
fn unwrapped(value: &Value) -> &Value {
    const NULL: &Value = &Value::Null;
    match (value.as_object(), value.get("Valid")) {
        (Some(fields), Some(Value::Bool(is_valid))) if fields.len() == 2 => {
            let inner = fields.iter().find(|(key, _)| *key != "Valid").map_or(NULL, |(_, inner)| inner);
            if *is_valid { inner } else { NULL }
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_found_in_every_spelling() {
        for body in [json!({"backup_id": "b"}), json!({"BackupID": "b"}), json!({"backupId": "b"})] {
            assert_eq!(text(&body, "backup_id").as_deref(), Some("b"));
        }
        assert_eq!(text(&json!({"A": {"String": "x", "Valid": true}}), "a").as_deref(), Some("x"));
        assert_eq!(text(&json!({"A": {"String": "x", "Valid": false}}), "a"), None);
    }

    #[test]
    fn numbers_and_moments_are_read_as_servers_write_them() {
        let body = json!({"a": "12", "b": 3.0, "c": "60.5%", "d": "0001-01-01T00:00:00Z", "e": "2025-03-15 02:00:00"});
        assert_eq!(
            (number(&body, "a"), number(&body, "b"), percent(&body, "c")),
            (Some(12), Some(3), Some(60))
        );
        assert_eq!(moment(&body, "d"), None);
        assert_eq!(moment(&body, "e").unwrap().to_string(), "2025-03-15T02:00:00Z");
        assert_eq!(sha256(&format!("sha256:{}", "A".repeat(64))), Some("a".repeat(64)));
        assert_eq!(sha256("sha256:abc123"), None);
    }
}
