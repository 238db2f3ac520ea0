//! How a file is served: as it should be, or as servers do.

use std::collections::VecDeque;
use std::time::Duration;

use super::content::Content;

/// What is made of a request for a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// What was asked for.
    Honoured,
    /// Always the whole, and no word of ranges.
    Ignored,
    /// Ranges are promised, and always the whole is given.
    Promised,
    /// Other bytes than were asked for, unless they are the first ones.
    Shifted,
    /// At most so many bytes of what was asked for.
    AtMost(u64),
    /// More bytes than the headers say.
    TooMany,
    /// The first request alone is refused with 416.
    RefusedAtFirst,
}

/// How versions are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked {
    /// A strong entity tag.
    Strong,
    /// A weak one, alone.
    Weak,
    /// A time of change, alone.
    Modified,
    /// Not at all.
    Not,
}

/// What is said of the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The truth.
    Truth,
    /// So many bytes, whatever there are.
    Claimed(u64),
    /// Nothing: the body comes in chunks.
    Nothing,
}

/// How the body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoded {
    /// Not at all.
    Not,
    /// With gzip, though nobody asked for it.
    Gzip,
    /// Not at all, though it is said to be with gzip.
    InName,
}

/// How the file is served. Changes hold from the next request on.
#[derive(Debug, Clone)]
pub struct Serving {
    /// What it holds.
    pub content: Content,
    /// Counts in the entity tag.
    pub version: u32,
    /// Requests for ranges.
    pub parts: Parts,
    /// Versions.
    pub marked: Marked,
    /// Lengths.
    pub said: Said,
    /// Encoding.
    pub encoded: Encoded,
    /// These are answered first: a status, and a `Retry-After`.
    pub first: VecDeque<(u16, Option<String>)>,
    /// So many answers end after so many bytes of their body.
    pub cuts: (u32, u64),
    /// So many answers stall after so many bytes of their body.
    pub stalls: (u32, u64),
    /// Bytes per second of each connection.
    pub rate: Option<u64>,
    /// Bytes per second of all connections together.
    pub line_rate: Option<u64>,
    /// Once so many bytes were served the file is another.
    pub change_after: Option<(u64, Content)>,
    /// How long a link works. An answer that goes on when its link runs out is cut.
    pub link_life: Option<Duration>,
    /// Where `/hop/…` leads, by what stands behind it.
    pub hops: Vec<(String, String)>,
}

impl Serving {
    pub(super) fn of(content: Content) -> Self {
        Self {
            content,
            version: 1,
            parts: Parts::Honoured,
            marked: Marked::Strong,
            said: Said::Truth,
            encoded: Encoded::Not,
            first: VecDeque::new(),
            cuts: (0, 0),
            stalls: (0, 0),
            rate: None,
            line_rate: None,
            change_after: None,
            link_life: None,
            hops: Vec::new(),
        }
    }

    /// Puts another file in the place of this one.
    pub fn replace(&mut self, content: Content) {
        self.content = content;
        self.version += 1;
    }
}
