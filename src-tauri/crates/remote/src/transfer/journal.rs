//! What is known of a partial file: which bytes are durably there, and of which version of the file.
//!
//! A digest over the rest stands before it, so that a torn one is seen. It never holds an address.
//! Whoever could forge it could as well forge the file beside it: both lie in a private folder; what
//! it says is checked against the file's length all the same, and the beginning against its hash.

use serde::{Deserialize, Serialize};

use super::ranges::Ranges;
use base::hex;

/// The one that is written and read.
const FORMAT: u32 = 1;
/// Streams leave one gap each; far more ranges are no journal of ours.
const RANGES_MAX: usize = 4096;
/// So many ranges are shorter than this.
const BYTES_MAX: usize = 256 * 1024;
/// No server's mark of a version is longer.
pub(super) const MARK_BYTES_MAX: usize = 1024;

/// How the server tells one version of a file from the next. What `If-Range` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mark {
    /// A strong entity tag, with its quotes.
    Etag(String),
    /// A time of the last change, as it was said.
    Modified(String),
}

impl Mark {
    /// What stands behind `If-Range`.
    pub(super) fn value(&self) -> &str {
        let (Self::Etag(text) | Self::Modified(text)) = self;
        text
    }
}

/// A journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Journal {
    /// Bytes of the whole file.
    pub(super) total: u64,
    /// Which version it is, where the server says.
    pub(super) mark: Option<Mark>,
    /// What is durably there.
    pub(super) ranges: Ranges,
    /// So many bytes from the beginning on were hashed,
    pub(super) prefix: u64,
    /// to this.
    pub(super) sha256: [u8; 32],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    total: u64,
    mark: Option<Mark>,
    ranges: Vec<(u64, u64)>,
    prefix: u64,
    sha256: String,
}

impl Journal {
    /// As it is written.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let written = Written {
            format: FORMAT,
            total: self.total,
            mark: self.mark.clone(),
            ranges: self.ranges.as_slice().to_vec(),
            prefix: self.prefix,
            sha256: hex::encode(&self.sha256),
        };
        // Numbers and texts alone: nothing that JSON could not say.
        let json = serde_json::to_vec(&written).unwrap_or_default();
        let mut bytes = digest(&json).into_bytes();
        bytes.push(b'\n');
        bytes.extend(json);
        bytes
    }

    /// As it was written; nothing where it is torn, too new, or says what cannot be.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > BYTES_MAX {
            return None;
        }
        let at = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, json) = (&bytes[..at], &bytes[at + 1..]);
        if head != digest(json).as_bytes() {
            return None;
        }
        let written: Written = serde_json::from_slice(json).ok()?;
        if written.format != FORMAT || written.ranges.len() > RANGES_MAX {
            return None;
        }
        let is_mark_odd = written.mark.as_ref().is_some_and(|mark| {
            let text = mark.value();
            text.is_empty()
                || text.len() > MARK_BYTES_MAX
                || text.bytes().any(|byte| !(32..127).contains(&byte))
        });
        let ranges = Ranges::checked(&written.ranges, written.total)?;
        if is_mark_odd || written.prefix > ranges.prefix() {
            return None;
        }
        let sha256 = hex::decode(&written.sha256)?.try_into().ok()?;
        Some(Self { total: written.total, mark: written.mark, ranges, prefix: written.prefix, sha256 })
    }

    /// Whether nothing is missing, and all of it was hashed.
    pub(super) fn is_whole(&self) -> bool {
        self.prefix == self.total
    }
}

fn digest(json: &[u8]) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, json).as_ref())
}

/// The door for the fuzz target.
///
/// # Panics
/// Where something does not hold that has to.
#[cfg(feature = "fuzz")]
pub fn fuzz_journal(bytes: &[u8]) {
    // The digest keeps noise out: what stands behind it is tried as well.
    let mut signed = digest(bytes).into_bytes();
    signed.push(b'\n');
    signed.extend(bytes);
    for journal in [Journal::parse(bytes), Journal::parse(&signed)].into_iter().flatten() {
        assert_eq!(Journal::parse(&journal.to_bytes()).as_ref(), Some(&journal));
        assert!(journal.ranges.end() <= journal.total && journal.prefix <= journal.ranges.prefix());
        assert_eq!(journal.is_whole(), journal.prefix == journal.total);
    }
}

#[cfg(test)]
mod tests;
