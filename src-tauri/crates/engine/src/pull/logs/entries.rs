//! Log entries, with any platform's field names.

use std::io::Read as _;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde_json::Value;

/// More of one export is not held in memory; it is asked for in halves.
pub(super) const EXPORT_BYTES_MAX: u64 = 24 * 1024 * 1024;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// When an entry was, as far as it says: microseconds as a number, or a text.
pub(super) fn time_of(entry: &Value) -> Option<Timestamp> {
    ["timestamp", "created_at", "time"].into_iter().find_map(|name| match &entry[name] {
        Value::Number(micros) => Timestamp::from_microsecond(micros.as_i64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// The same for people; unchanged if it is not a time.
pub(super) fn time_words(entry: &Value) -> String {
    time_of(entry).map_or_else(|| "(no time)".into(), |at| at.to_string())
}

/// What an entry says, on one line; without a message the whole entry.
pub(super) fn message_of(entry: &Value) -> String {
    let said = ["event_message", "message"].into_iter().find_map(|name| entry[name].as_str());
    let level = entry["level"].as_str().map(|level| format!("{level} ")).unwrap_or_default();
    let said = said.map_or_else(|| entry.to_string(), str::to_owned);
    format!("{level}{}", said.replace('\r', "").replace('\n', "\\n"))
}

/// The entries of an exported file: a list, a list inside of an object, or one document per line; gzip is
/// detected by its first bytes. `None` for any other form; an error if it is too large.
pub(super) fn entries_of(bytes: &[u8]) -> Result<Option<Vec<Value>>, TooLarge> {
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&GZIP) {
        if GzDecoder::new(bytes).take(EXPORT_BYTES_MAX + 1).read_to_end(&mut unpacked).is_err() {
            return Ok(None);
        }
        if unpacked.len() as u64 > EXPORT_BYTES_MAX {
            return Err(TooLarge);
        }
        unpacked.as_slice()
    } else {
        bytes
    };
    match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Array(entries)) => Ok(Some(entries)),
        Ok(Value::Object(mut fields)) => {
            let list = ["logs", "entries", "data"].into_iter().find_map(|name| match fields.remove(name) {
                Some(Value::Array(entries)) => Some(entries),
                _ => None,
            });
            // One line is a list of one.
            Ok(Some(list.unwrap_or_else(|| vec![Value::Object(fields)])))
        }
        Ok(_) => Ok(None),
        Err(_) => {
            let lines = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
            Ok(lines
                .collect::<Result<Vec<_>, _>>()
                .ok()
                .filter(|entries| entries.iter().all(Value::is_object)))
        }
    }
}

/// There is more of an export than is held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn entries_are_read_from_every_form_that_a_platform_writes() {
        let one = json!({ "message": "x" });
        for text in
            [r#"[{"message":"x"}]"#, r#"{"logs":[{"message":"x"}],"total":1}"#, "{\"message\":\"x\"}\n"]
        {
            assert_eq!(entries_of(text.as_bytes()), Ok(Some(vec![one.clone()])), "{text}");
        }
        assert_eq!(entries_of(b"{\"a\":1}\n{\"a\":2}\n").unwrap().unwrap().len(), 2);
        assert_eq!(entries_of(b"no json at all"), Ok(None));
        assert_eq!(entries_of(b""), Ok(Some(Vec::new())));
    }

    #[test]
    fn a_message_stays_on_its_line() {
        let entry = json!({ "timestamp": 1_795_000_000_000_000_i64, "event_message": "a\nb" });
        assert_eq!(format!("{} {}", time_words(&entry), message_of(&entry)), "2026-11-18T11:06:40Z a\\nb");
    }
}
