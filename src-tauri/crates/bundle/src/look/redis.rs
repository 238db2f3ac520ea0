//! Snapshots of Redis: their head, and the checksum at their end.
//!
//! Source: Redis, `rdb.c`, `crc64.c`. The keys themselves are not read: the checksum covers them.

use std::io::Read;

use jiff::Timestamp;

use super::{Counting, Look};
use crate::BundleError;
use crate::inspection::Finding;
use crate::part::PartHead;
use base::words::count_words;

/// The version with which the checksum came.
const CHECKSUM_SINCE: u32 = 5;
const CHECKSUM_BYTES: usize = 8;
/// What is looked at of the head.
const HEAD_BYTES: usize = 4096;
const AUXILIARY: u8 = 0xfa;
const SELECT_DATABASE: u8 = 0xfe;
const SIZES: u8 = 0xfb;
const END: u8 = 0xff;

/// The polynomial of Jones, bits turned.
const TABLE: [u64; 256] = table();

const fn table() -> [u64; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u64;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ 0x95ac_9329_ac4b_c9b5 } else { value >> 1 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
}

fn crc64(before: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(before, |crc, byte| TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8))
}

impl Look<'_> {
    pub(super) fn redis(&mut self, part: &PartHead, reader: &mut Counting<'_>) -> Result<(), BundleError> {
        let place = || part.stored_name.clone();
        let cut = |what: &str| BundleError::Truncated { place: place(), what: what.to_owned() };
        let (mut first, mut held, mut crc) = (Vec::new(), Vec::new(), 0);
        let mut space = vec![0; 128 * 1024];
        loop {
            let count = match reader.read(&mut space) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(BundleError::of_read(&part.stored_name, "a snapshot", error)),
            };
            let wanted = HEAD_BYTES.saturating_sub(first.len()).min(count);
            first.extend_from_slice(&space[..wanted]);
            held.extend_from_slice(&space[..count]);
            let known = held.len().saturating_sub(CHECKSUM_BYTES);
            crc = crc64(crc, &held[..known]);
            held.drain(..known);
        }
        let version =
            first.get(5..9).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok());
        let Some(version) = version else { return Err(cut("the head of a snapshot")) };
        let facts = facts(first.get(9..).unwrap_or_default());
        self.facts.server_version = self.facts.server_version.take().or(facts.server.clone());
        self.facts.created_at = self.facts.created_at.or(facts.created_at);
        let keys = facts.keys.map(|keys| format!(", {} keys", count_words(keys))).unwrap_or_default();
        let what = format!(
            "Redis {}, format {version}{keys}",
            facts.server.as_deref().unwrap_or("of an unknown version")
        );
        let Ok(given) = <[u8; CHECKSUM_BYTES]>::try_from(held) else { return Err(cut("a snapshot")) };
        if version < CHECKSUM_SINCE {
            let words = format!("{what}. Snapshots of this format have no checksum.");
            self.findings.push(Finding::warning("No checksum", words));
            return Ok(());
        }
        match u64::from_le_bytes(given) {
            0 => {
                let words = format!("{what}. Its server was told to write no checksum.");
                self.findings.push(Finding::warning("No checksum", words));
                Ok(())
            }
            given if given == crc => {
                self.findings.push(Finding::good("Redis", format!("{what}; its checksum matches")));
                Ok(())
            }
            _ => Err(BundleError::Damaged {
                place: place(),
                what: "the checksum at its end is not that of the snapshot; it was changed or cut".into(),
            }),
        }
    }
}

/// What the head says.
#[derive(Debug, Default)]
struct Facts {
    server: Option<String>,
    created_at: Option<Timestamp>,
    keys: Option<u64>,
}

fn facts(bytes: &[u8]) -> Facts {
    let mut facts = Facts::default();
    let mut rest = bytes;
    while let Some((opcode, after)) = rest.split_first() {
        let read = match *opcode {
            AUXILIARY => text(after).and_then(|(key, after)| {
                let (value, after) = text(after)?;
                match key.as_str() {
                    "redis-ver" | "valkey-ver" => facts.server = Some(value),
                    "ctime" => {
                        facts.created_at = value.parse().ok().and_then(|at| Timestamp::from_second(at).ok());
                    }
                    _ => {}
                }
                Some(after)
            }),
            SELECT_DATABASE => length(after).map(|(_, after)| after),
            SIZES => length(after).and_then(|(keys, after)| {
                facts.keys = Some(facts.keys.unwrap_or(0).saturating_add(keys));
                // Those that expire are counted apart.
                length(after).map(|(_, after)| after)
            }),
            END => {
                facts.keys = facts.keys.or(Some(0));
                None
            }
            _ => None,
        };
        match read {
            Some(after) => rest = after,
            None => break,
        }
    }
    facts
}

/// A length; `None` for what is no length.
fn length(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first >> 6 {
        0 => Some((u64::from(first & 0x3f), rest)),
        1 => {
            let (second, rest) = rest.split_first()?;
            Some((u64::from(first & 0x3f) << 8 | u64::from(*second), rest))
        }
        2 if *first == 0x80 => {
            let (bytes, rest) = rest.split_first_chunk::<4>()?;
            Some((u64::from(u32::from_be_bytes(*bytes)), rest))
        }
        _ => None,
    }
}

/// A short text, or a number in the place of one.
fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let number = |value: i64, rest| Some((value.to_string(), rest));
    match bytes {
        [0xc0, value, rest @ ..] => number(i64::from(value.cast_signed()), rest),
        [0xc1, low, high, rest @ ..] => number(i64::from(i16::from_le_bytes([*low, *high])), rest),
        [0xc2, one, two, three, four, rest @ ..] => {
            number(i64::from(i32::from_le_bytes([*one, *two, *three, *four])), rest)
        }
        _ => {
            let (length, rest) = length(bytes)?;
            let (text, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            Some((String::from_utf8_lossy(text).into_owned(), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::crc64;

    #[test]
    fn the_checksum_is_that_of_redis() {
        // The test vector of `crc64.c`.
        assert_eq!(crc64(0, b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }
}
