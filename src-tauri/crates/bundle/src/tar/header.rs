//! One block that heads an entry.

/// What a header says.
pub(crate) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) bytes: u64,
    pub(super) modified: Option<i64>,
    pub(super) flag: u8,
}

/// Whether a block is a header: its checksum says so.
pub(crate) fn is_header(block: &[u8; 512]) -> bool {
    let claimed = number(&block[148..156]);
    // The checksum's own field counts as blanks. Old programs added bytes with their signs.
    let blank = |at: usize| (148..156).contains(&at);
    let value = |at: usize, byte: u8| if blank(at) { b' ' } else { byte };
    let unsigned: i64 = block.iter().enumerate().map(|(at, byte)| i64::from(value(at, *byte))).sum();
    let signed: i64 =
        block.iter().enumerate().map(|(at, byte)| i64::from(value(at, *byte).cast_signed())).sum();
    // 256 is the sum of a block of zeros.
    unsigned != 256 && claimed.is_some_and(|claimed| claimed == unsigned || claimed == signed)
}

impl Header {
    pub(super) fn parse(block: &[u8; 512]) -> Result<Self, &'static str> {
        if !is_header(block) {
            return Err("a tar's header has a wrong checksum");
        }
        let bytes = number(&block[124..136]).and_then(|value| u64::try_from(value).ok());
        let bytes = bytes.ok_or("a tar's entry has an impossible size")?;
        let text = |field: &[u8]| {
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            field[..end].to_vec()
        };
        let mut name = text(&block[..100]);
        // Only the format of POSIX has a prefix there.
        if &block[257..263] == b"ustar\0" {
            let mut prefix = text(&block[345..500]);
            if !prefix.is_empty() {
                prefix.push(b'/');
                prefix.append(&mut name);
                name = prefix;
            }
        }
        let flag = block[156];
        let bytes =
            if matches!(flag, b'1' | b'2' | b'3' | b'4' | b'5' | b'6') && flag != b'5' { 0 } else { bytes };
        Ok(Self { name, bytes, modified: number(&block[136..148]), flag })
    }
}

/// A number in octal digits, or in binary when its first bit is set.
fn number(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        // Two's complement; the first bit only says that it is binary.
        let mut value = if first & 0x40 != 0 { -1 } else { i64::from(first & 0x3f) };
        for byte in rest {
            value = value.checked_mul(256)?.checked_add(i64::from(*byte))?;
        }
        return Some(value);
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    if text.is_empty() {
        return Some(0);
    }
    // `from_str_radix` would take a sign.
    if !text.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return None;
    }
    i64::from_str_radix(text, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_octal_or_binary_and_have_no_sign() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"        "), Some(0));
        assert_eq!(number(&[0x80, 0, 0, 1, 0, 0, 0, 0]), Some(1 << 32));
        assert_eq!(number(&[0xff; 12]), Some(-1));
        assert_eq!((number(b"-644"), number(b"9"), number(b"7 7")), (None, None, None));
    }
}
