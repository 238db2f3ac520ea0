//! What a backup says of itself in a JSON document: of ours, or of a platform's.

use std::collections::BTreeMap;
use std::io::Read;

use jiff::Timestamp;
use serde_json::Value;

use super::Counting;
use crate::BundleError;
use crate::part::PartHead;

/// A manifest of a hundred thousand tables is about 30 MiB.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What the documents said.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// A manifest of ours, with the path and SHA-256 of each part.
    pub(crate) is_ours: bool,
    pub(crate) checksums: BTreeMap<String, String>,
    pub(crate) project: Option<String>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) server_version: Option<String>,
    pub(crate) tool_version: Option<String>,
    pub(crate) version: Option<String>,
}

impl Told {
    pub(super) fn read(&mut self, head: &PartHead, reader: &mut Counting<'_>) -> Result<(), BundleError> {
        let mut text = Vec::new();
        let read = reader.by_ref().take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut text);
        read.map_err(|error| BundleError::of_read(&head.stored_name, "a document", error))?;
        let place = || head.stored_name.clone();
        if text.len() as u64 > DOCUMENT_BYTES_MAX {
            let what = format!("a document of more than {DOCUMENT_BYTES_MAX} bytes");
            return Err(BundleError::TooLarge { place: place(), what });
        }
        let document: Value = serde_json::from_slice(&text)
            .map_err(|error| BundleError::Damaged { place: place(), what: error.to_string() })?;
        if head.path.ends_with("manifest.json") && document.get("holdfast").is_some() {
            self.is_ours = true;
            self.checksums(&document);
            self.project = text_at(&document, &[&["origin", "project"]]);
            self.created_at = document.get("moment_at_ms").and_then(Value::as_i64).and_then(millis);
            self.server_version = text_at(&document, &[&["server", "version"]]);
            self.tool_version = text_at(&document, &[&["database", "tool"]]);
        } else if !self.is_ours {
            self.platform(&document);
        }
        Ok(())
    }

    /// Every object of the manifest that has a path and a SHA-256 is a part.
    fn checksums(&mut self, value: &Value) {
        match value {
            Value::Object(object) => {
                let text = |key: &str| object.get(key).and_then(Value::as_str);
                if let (Some(path), Some(sha256)) = (text("path"), text("sha256")) {
                    self.checksums.insert(path.trim_start_matches('/').to_owned(), sha256.to_owned());
                }
                object.values().for_each(|value| self.checksums(value));
            }
            Value::Array(array) => array.iter().for_each(|value| self.checksums(value)),
            _ => {}
        }
    }

    /// A platform's document, whose keys nobody promised.
    fn platform(&mut self, document: &Value) {
        let names: [&[&str]; 5] =
            [&["project_name"], &["name"], &["project", "name"], &["project_ref"], &["ref"]];
        self.project = self.project.take().or_else(|| text_at(document, &names));
        let times: [&[&str]; 4] = [&["created_at"], &["exported_at"], &["timestamp"], &["date"]];
        self.created_at = self.created_at.or_else(|| text_at(document, &times)?.parse().ok());
        let servers: [&[&str]; 3] = [&["postgres_version"], &["database", "version"], &["database_version"]];
        self.server_version = self.server_version.take().or_else(|| text_at(document, &servers));
        self.version = self.version.take().or_else(|| text_at(document, &[&["version"]]));
        if let Some(Value::Object(given)) = document.get("checksums") {
            for (component, value) in given {
                if let Some(sha256) = value.as_str() {
                    self.checksums.insert(component.clone(), sha256.to_owned());
                }
            }
        }
    }
}

/// The first text that one of the ways leads to.
fn text_at(document: &Value, ways: &[&[&str]]) -> Option<String> {
    ways.iter().find_map(|way| {
        let found = way.iter().try_fold(document, |value, key| value.get(key))?;
        found.as_str().filter(|text| !text.is_empty()).map(|text| text.chars().take(200).collect())
    })
}

fn millis(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}
