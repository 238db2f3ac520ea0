//! Documents that a platform delivers about a project: its configuration and its logs. Their description in
//! the manifest, and the comparison of two versions.
//!
//! Values are never reported, because they may be secret: a change is reported by names of documents and
//! fields.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Part;

/// A document of which this much changed is named, and its fields are not.
const FIELDS_MAX: usize = 12;

/// Documents of a platform, as the manifest describes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Documents {
    /// What they are and where they come from, as a sentence without its full stop.
    pub what: String,
    /// The platform, by name.
    pub given_by: String,
    /// The documents, each with its hash.
    pub files: Vec<Part>,
    /// What cannot be restored from here, as sentences without their full stops: values that no API returns,
    /// documents that were refused.
    pub not_restorable: Vec<String>,
    /// The snapshot that they were compared with; absent for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<String>,
    /// What is not as it was there, as sentences without their full stops; empty where nothing changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
}

impl Documents {
    /// What changed since the one before, as sentences.
    pub fn change_words(&self) -> Vec<String> {
        match &self.compared_with {
            None => Vec::new(),
            Some(before) if self.changes.is_empty() => {
                let short = before.get(..8).unwrap_or(before);
                vec![format!("Nothing changed since {short}.")]
            }
            Some(_) => self.changes.iter().map(|change| format!("{change}.")).collect(),
        }
    }
}

/// What is not the same in two sets of documents: by hash, and of those that changed the names of fields.
/// `read_old` and `read_new` give the content, where it can be had.
pub(crate) fn changes(
    old: &[Part],
    new: &[Part],
    read_old: &dyn Fn(&str) -> Option<Vec<u8>>,
    read_new: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Vec<String> {
    let name = |path: &str| path.splitn(4, '/').last().unwrap_or(path).to_owned();
    let of = |parts: &[Part], path: &str| parts.iter().find(|part| part.path == path).cloned();
    let paths: BTreeSet<&str> = old.iter().chain(new).map(|part| part.path.as_str()).collect();
    let mut changes = Vec::new();
    for path in paths {
        match (of(old, path), of(new, path)) {
            (Some(a), Some(b)) if a.sha256 == b.sha256 => {}
            (Some(_), None) => changes.push(format!("{} is gone", name(path))),
            (None, _) => changes.push(format!("{} is new", name(path))),
            (Some(_), Some(_)) => {
                let fields = read_old(path).zip(read_new(path)).and_then(|(a, b)| fields(&a, &b));
                let fields = fields.map(|fields| format!(": {fields}")).unwrap_or_default();
                changes.push(format!("{} changed{fields}", name(path)));
            }
        }
    }
    changes
}

/// The names of fields that differ; `None` if the documents are neither objects nor lists of named ones.
fn fields(old: &[u8], new: &[u8]) -> Option<String> {
    let (old, new) = (named(old)?, named(new)?);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing: Vec<&str> =
        names.into_iter().filter(|name| old.get(*name) != new.get(*name)).map(String::as_str).collect();
    match differing.len() {
        0 => None,
        many if many > FIELDS_MAX => {
            Some(format!("{} and {} more", differing[..FIELDS_MAX].join(", "), many - FIELDS_MAX))
        }
        _ => Some(differing.join(", ")),
    }
}

/// An object's fields, or a list's entries by their names.
fn named(bytes: &[u8]) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_slice(bytes).ok()? {
        Value::Object(fields) => Some(fields),
        Value::Array(entries) => entries
            .into_iter()
            .map(|entry| {
                let name =
                    ["slug", "name", "identifier", "id"].into_iter().find_map(|key| entry[key].as_str())?;
                Some((name.to_owned(), entry.clone()))
            })
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &str, sha256: &str) -> Part {
        Part { path: path.into(), bytes: 1, sha256: sha256.into() }
    }

    #[test]
    fn what_changed_is_said_by_names_and_never_by_values() {
        let old = [part("/config/supabase/auth.json", "1"), part("/config/supabase/a.body", "1")];
        let new = [part("/config/supabase/auth.json", "2"), part("/config/supabase/b.json", "1")];
        let changes = changes(
            &old,
            &new,
            &|_| Some(br#"{"site_url":"https://old.example","smtp_pass":"hunter2","jwt_exp":1}"#.to_vec()),
            &|_| Some(br#"{"site_url":"https://new.example","smtp_pass":"hunter3","jwt_exp":1}"#.to_vec()),
        );
        assert_eq!(changes, ["a.body is gone", "auth.json changed: site_url, smtp_pass", "b.json is new"]);
    }

    #[test]
    fn entries_of_a_list_are_told_by_their_names() {
        let old = br#"[{"name":"A","value":"1"},{"name":"B","value":"2"}]"#;
        let new = br#"[{"name":"B","value":"3"},{"name":"C","value":"4"}]"#;
        assert_eq!(fields(old, new), Some("A, B, C".into()));
        assert_eq!(fields(b"[1, 2]", b"[1]"), None);
        assert_eq!(fields(b"no document", b"{}"), None);
    }
}
