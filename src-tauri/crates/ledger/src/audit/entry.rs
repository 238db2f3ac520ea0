//! One entry, and the bytes of it that are hashed.

use std::fmt::Write as _;

use ring::digest::{SHA256, digest};
use serde::Serialize;

use base::hex;

/// Separates these hashes from all others that SHA-256 is used for, and names the form.
const DOMAIN: &str = "holdfast audit entry 1\n";
/// What the first entry has in the place of the hash before it.
pub(super) const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry, as it is stored: all texts are those that were hashed. Its JSON form, with the fields in this
/// order, is a line of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: i64,
    /// When (UTC milliseconds, by the clock of that computer).
    pub at_ms: i64,
    /// The account, as the operating system calls it.
    pub who: String,
    /// The computer.
    pub host: String,
    /// From where: `window`, `command_line`, `schedule`.
    pub origin: String,
    /// Program and process number, as `holdfast[4711]`.
    pub process: String,
    /// The act's stable code.
    pub act: String,
    /// What it is about: `project`, `backup`, `vault` …; empty for the profile itself.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// Its name.
    pub subject_name: String,
    /// More, as one JSON object.
    pub details: String,
    /// The hash of the entry before it.
    pub prev: String,
    /// The hash of this entry.
    pub hash: String,
}

impl Entry {
    /// The hash that belongs to the other fields: SHA-256 (hexadecimal) over the domain and, for each
    /// field in order, its length in bytes, a colon, its text and a newline.
    pub fn computed_hash(&self) -> String {
        let (seq, at_ms) = (self.seq.to_string(), self.at_ms.to_string());
        let fields = [
            &seq,
            &at_ms,
            &self.who,
            &self.host,
            &self.origin,
            &self.process,
            &self.act,
            &self.subject_kind,
            &self.subject_id,
            &self.subject_name,
            &self.details,
            &self.prev,
        ];
        let mut text = DOMAIN.to_owned();
        for field in fields {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{}:{field}", field.len());
        }
        hex::encode(digest(&SHA256, text.as_bytes()).as_ref())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::audit) fn entry(seq: i64, prev: &str) -> Entry {
        let mut entry = Entry {
            seq,
            at_ms: 1_700_000_000_000 + seq,
            who: "anna".into(),
            host: "laptop".into(),
            origin: "window".into(),
            process: "holdfast[7]".into(),
            act: "backup.started".into(),
            subject_kind: "project".into(),
            subject_id: "p1".into(),
            subject_name: "shop é".into(),
            details: "{\"run\":\"r1\"}".into(),
            prev: prev.into(),
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        entry
    }

    #[test]
    fn the_hash_of_an_entry_is_the_one_that_is_documented() {
        // `sha256sum` of the text in docs/formats.md.
        let text = format!(
            "holdfast audit entry 1\n1:1\n13:1700000000001\n4:anna\n6:laptop\n6:window\n11:holdfast[7]\n14:backup.started\n7:project\n2:p1\n7:shop é\n12:{{\"run\":\"r1\"}}\n64:{NO_HASH}\n"
        );
        assert_eq!(entry(1, NO_HASH).hash, hex::encode(digest(&SHA256, text.as_bytes()).as_ref()));
    }

    #[test]
    fn text_that_moves_from_one_field_to_the_next_is_another_entry() {
        let mut moved = entry(1, NO_HASH);
        moved.who = "ann".into();
        moved.host = "alaptop".into();
        assert_ne!(moved.computed_hash(), entry(1, NO_HASH).hash);
    }
}
