//! What a storage service knows: its buckets, and what is in them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bucket::addressable;

/// A bucket, as its owner set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketSettings {
    /// Its id, which begins the names of its files.
    pub id: String,
    /// Whether everybody may read it.
    #[serde(default)]
    pub public: bool,
    /// Bytes of its largest file; absent takes the service's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient")]
    pub file_size_limit: Option<u64>,
    /// What it takes, as `image/png` or `image/*`; absent takes everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_mime_types: Option<Vec<String>>,
    /// What it is for, where that is not files.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Some versions write numbers as texts.
fn lenient<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::<Value>::deserialize(from)?.as_ref().and_then(number))
}

impl BucketSettings {
    /// Why its files are not read; absent where they are.
    pub fn why_not_read(&self) -> Option<String> {
        if let Some(kind) = &self.kind {
            return Some(format!("it is a bucket of the kind {kind}, which is read in another way"));
        }
        let is_odd = self.id.contains('/') || addressable(&self.id).is_err();
        is_odd.then(|| "no address can name this bucket".to_owned())
    }
}

/// What the service knows of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageEntry {
    /// Its name in its bucket.
    pub name: String,
    /// Bytes.
    pub size: Option<u64>,
    /// Its tag, without quotes.
    pub etag: Option<String>,
    /// When it was last written, or what is noted of it (UTC milliseconds).
    pub updated_ms: Option<i64>,
    /// Content type.
    pub content_type: Option<String>,
    /// Cache control.
    pub cache_control: Option<String>,
    /// What is another one with each upload, where it is told.
    pub version: Option<String>,
    /// What its owner noted, which is usually a map; absent where nothing is, or it was not asked for.
    pub noted: Option<Value>,
}

impl StorageEntry {
    /// An object as its row has it: `metadata` and `noted` are the texts of its columns.
    pub fn of_row(
        name: String,
        updated: Option<&str>,
        version: Option<String>,
        metadata: Option<&str>,
        noted: Option<&str>,
    ) -> Self {
        let json = |text: &str| serde_json::from_str::<Value>(text).ok();
        let kept = metadata.and_then(json).unwrap_or_default();
        Self { version, noted: noted.and_then(json).and_then(some), ..Self::of(name, updated, &kept) }
    }

    /// `kept` is what the service keeps in the column `metadata`, which a role may have written otherwise.
    pub(super) fn of(name: String, updated: Option<&str>, kept: &Value) -> Self {
        let text = |name: &str| Some(kept.get(name)?.as_str()?.to_owned());
        Self {
            name,
            size: kept.get("size").and_then(number),
            etag: text("eTag").map(|etag| unquoted(&etag)),
            updated_ms: updated.and_then(moment),
            content_type: text("mimetype"),
            cache_control: text("cacheControl"),
            version: None,
            noted: None,
        }
    }
}

/// Notes, where there are any.
pub(super) fn some(noted: Value) -> Option<Value> {
    let is_none = noted.is_null() || noted.as_object().is_some_and(serde_json::Map::is_empty);
    (!is_none).then_some(noted)
}

/// Some versions write a size as a text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

pub(super) fn unquoted(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

pub(super) fn moment(text: &str) -> Option<i64> {
    Some(text.parse::<Timestamp>().ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_tells_what_a_listing_tells() {
        let kept = r#"{"eTag":"\"abc\"","size":"7","mimetype":"text/html","cacheControl":"max-age=60"}"#;
        let row = StorageEntry::of_row(
            "a".into(),
            Some("2026-11-20T10:00:00.123456Z"),
            Some("v-1".into()),
            Some(kept),
            Some(r#"{"by":"anna"}"#),
        );
        assert_eq!((row.size, row.etag.as_deref()), (Some(7), Some("abc")));
        assert_eq!(row.updated_ms, moment("2026-11-20T11:00:00.123+01:00"));
        assert_eq!(row.noted.unwrap()["by"], "anna");
        // What a role wrote into it otherwise is no reason to lose the file.
        let odd = StorageEntry::of_row("a".into(), None, None, Some(r#"{"eTag":1,"size":{}}"#), Some("[1]"));
        assert_eq!((odd.etag, odd.size, odd.noted), (None, None, Some(json!([1]))));
    }
}
