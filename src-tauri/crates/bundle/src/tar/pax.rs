//! Records of a pax header: a length, a key, `=`, a value, a newline.

use std::collections::BTreeMap;

/// Adds the records of a header to what is known. An empty value takes one back.
pub(super) fn read(text: &[u8], into: &mut BTreeMap<String, Vec<u8>>) -> Result<(), &'static str> {
    const BAD: &str = "a pax header's record lies about its length";
    let mut rest = text;
    // Some programs fill the block with zeros.
    while let Some(first) = rest.first().filter(|byte| **byte != 0) {
        if !first.is_ascii_digit() {
            return Err(BAD);
        }
        let blank = rest.iter().take(20).position(|byte| *byte == b' ').ok_or(BAD)?;
        let digits = std::str::from_utf8(&rest[..blank]).map_err(|_| BAD)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BAD);
        }
        let length: usize = digits.parse().map_err(|_| BAD)?;
        let record = rest.get(blank + 1..length).ok_or(BAD)?;
        let record = record.strip_suffix(b"\n").ok_or(BAD)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or(BAD)?;
        let key = String::from_utf8_lossy(&record[..equals]).into_owned();
        let value = &record[equals + 1..];
        if value.is_empty() {
            into.remove(&key);
        } else {
            into.insert(key, value.to_vec());
        }
        rest = &rest[length..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_with_honest_lengths_are_read_and_others_refused() {
        let mut records = BTreeMap::new();
        assert_eq!(
            read(b"15 path=a/b c=d\n", &mut records),
            Err("a pax header's record lies about its length")
        );
        assert_eq!(read(b"16 path=a/b c=d\n12 size=123\n\0\0", &mut records), Ok(()));
        assert_eq!(records["path"], b"a/b c=d");
        for lie in [&b"99 a=b\n"[..], b"6 a=b\nx", b"0 a=b\n", b"3 a\n", b"-7 a=b\n", b"7 a b \n"] {
            assert!(read(lie, &mut records).is_err(), "{lie:?}");
        }
    }
}
