//! COPY lines as they stream by: how many, how many bytes, and a fingerprint that does not depend on
//! their order.
//!
//! The fingerprint is the wrapping sum of XXH3-128 over each line without its newline. Two tables with
//! the same rows have the same one whatever the order; it guards against mistakes, not against an
//! attacker, who would have to break the vault's authentication first.

use memchr::memchr;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// The line that ends a block's rows.
const END_MARK: &[u8; 2] = b"\\.";

/// Counts and hashes lines.
#[derive(Default)]
pub struct LineDigest {
    sum: u128,
    rows: u64,
    bytes: u64,
    open: Option<Box<OpenLine>>,
    ends_at_mark: bool,
    is_over: bool,
}

/// A line that began in an earlier slice.
#[derive(Default)]
struct OpenLine {
    hash: Xxh3,
    bytes: u64,
    head: [u8; END_MARK.len()],
}

impl std::fmt::Debug for LineDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineDigest").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl LineDigest {
    /// For a stream in which each line is a row.
    pub fn of_stream() -> Self {
        Self::default()
    }

    /// For a block of an archive, whose rows end at the line `\.`; what follows is not theirs.
    pub fn of_block() -> Self {
        Self { ends_at_mark: true, ..Self::default() }
    }

    /// Takes the next bytes, cut anywhere.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !self.is_over && !bytes.is_empty() {
            let Some(end) = memchr(b'\n', bytes) else {
                self.open.get_or_insert_default().push(bytes);
                return;
            };
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            match self.open.take() {
                Some(mut open) => {
                    open.push(line);
                    self.add(open.is_mark(), open.hash.digest128(), open.bytes);
                }
                None => self.add(line == END_MARK, xxh3_128(line), line.len() as u64),
            }
            bytes = rest;
        }
    }

    fn add(&mut self, is_mark: bool, hash: u128, bytes: u64) {
        if self.ends_at_mark && is_mark {
            self.is_over = true;
            return;
        }
        self.sum = self.sum.wrapping_add(hash);
        self.rows += 1;
        self.bytes += bytes + 1;
    }

    /// Lines so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of those lines, newlines included.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The fingerprint: 32 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        format!("{:032x}", self.sum)
    }

    /// Whether the stream stopped where rows may stop: after a newline, and at the mark where one is due.
    pub fn is_complete(&self) -> bool {
        if self.ends_at_mark { self.is_over } else { self.open.is_none() }
    }
}

impl OpenLine {
    fn push(&mut self, part: &[u8]) {
        if let Some(head) = usize::try_from(self.bytes).ok().and_then(|at| self.head.get_mut(at..)) {
            head.iter_mut().zip(part).for_each(|(slot, byte)| *slot = *byte);
        }
        self.hash.update(part);
        self.bytes += part.len() as u64;
    }

    fn is_mark(&self) -> bool {
        self.bytes == END_MARK.len() as u64 && self.head == *END_MARK
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digest(bytes: &[u8], cuts: &[usize]) -> (u64, u64, String, bool) {
        let mut lines = LineDigest::of_block();
        let mut at = 0;
        for cut in cuts {
            let next = (at + cut).min(bytes.len());
            lines.push(&bytes[at..next]);
            at = next;
        }
        lines.push(&bytes[at..]);
        (lines.rows(), lines.bytes(), lines.fingerprint(), lines.is_complete())
    }

    proptest! {
        #[test]
        fn rows_cut_anywhere_give_the_same_digest(
            text in "([a-c\\\\.\t]{0,6}\n){0,12}",
            cuts in proptest::collection::vec(0usize..5, 0..40),
        ) {
            let block = format!("{text}\\.\n\n\n");
            prop_assert_eq!(digest(block.as_bytes(), &cuts), digest(block.as_bytes(), &[]));
        }

        #[test]
        fn the_order_of_rows_does_not_matter_and_their_content_does(
            mut rows in proptest::collection::vec("[a-z]{1,8}", 2..9),
        ) {
            let of = |rows: &[String]| digest(format!("{}\n\\.\n", rows.join("\n")).as_bytes(), &[]).2;
            let before = of(&rows);
            rows.reverse();
            prop_assert_eq!(&of(&rows), &before);
            rows[0].push('!');
            prop_assert_ne!(&of(&rows), &before);
        }
    }

    #[test]
    fn an_escaped_mark_is_a_row_and_the_mark_is_none() {
        let (rows, _, _, is_complete) = digest(b"\\\\.\n\\.\n\n\n", &[1, 1, 1]);
        assert_eq!((rows, is_complete), (1, true));
    }
}
