//! Bytes as lower-case hexadecimal text, and back.

use std::fmt::Write as _;

/// Two lower-case digits per byte.
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes, or nothing when the text is not hexadecimal.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    // `from_str_radix` would take a sign.
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_back_and_a_sign_is_no_digit() {
        assert_eq!(decode(&encode(&[0, 10, 255])), Some(vec![0, 10, 255]));
        assert_eq!((decode("+a"), decode("abc"), decode("é")), (None, None, None));
    }
}
