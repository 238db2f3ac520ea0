//! Names as restic stores them: quoted as Go's `strconv.Quote` does, without the quotes, so that
//! names which are no UTF-8 survive JSON.

use std::fmt::Write;

/// Quotes a name.
pub(crate) fn quote(name: &[u8]) -> String {
    let mut quoted = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            quote_character(character, &mut quoted);
        }
        for byte in chunk.invalid() {
            let _ = write!(quoted, "\\x{byte:02x}");
        }
    }
    quoted
}

fn quote_character(character: char, quoted: &mut String) {
    let escape = match character {
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        '\\' | '"' => character,
        '\0'..=' ' | '\x7f' if character != ' ' => {
            let _ = write!(quoted, "\\x{:02x}", u32::from(character));
            return;
        }
        _ if character.is_control() => {
            let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            return;
        }
        _ => {
            quoted.push(character);
            return;
        }
    };
    quoted.push('\\');
    quoted.push(escape);
}

/// The name's bytes, or nothing if the quoting is broken.
pub(crate) fn unquote(quoted: &str) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(at) = rest.find('\\') {
        name.extend_from_slice(&rest.as_bytes()[..at]);
        rest = unescape(&rest[at + 1..], &mut name)?;
    }
    name.extend_from_slice(rest.as_bytes());
    Some(name)
}

/// Reads what follows a backslash; yields what follows that.
fn unescape<'a>(text: &'a str, name: &mut Vec<u8>) -> Option<&'a str> {
    let mut characters = text.chars();
    let code = characters.next()?;
    let rest = characters.as_str();
    let byte = match code {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' | '"' | '\'' => u8::try_from(code).ok()?,
        'x' => u8::try_from(number(rest, 2, 16)?).ok()?,
        '0'..='7' => u8::try_from(number(text, 3, 8)?).ok()?,
        'u' | 'U' => {
            let digits = if code == 'u' { 4 } else { 8 };
            let character = char::from_u32(number(rest, digits, 16)?)?;
            name.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return rest.get(digits..);
        }
        _ => return None,
    };
    name.push(byte);
    match code {
        'x' => rest.get(2..),
        '0'..='7' => text.get(3..),
        _ => Some(rest),
    }
}

fn number(text: &str, digits: usize, radix: u32) -> Option<u32> {
    let digits = text.get(..digits)?;
    // `from_str_radix` would take a sign.
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_quoted_as_restic_quotes_them() {
        assert_eq!(quote(b"a\"b\\c"), "a\\\"b\\\\c");
        assert_eq!(quote(b"bad\xff"), "bad\\xff");
        assert_eq!(quote("ünï".as_bytes()), "ünï");
        assert_eq!(quote(b"tab\tname\x01\x7f"), "tab\\tname\\x01\\x7f");
    }

    #[test]
    fn escapes_that_we_do_not_write_are_read() {
        assert_eq!(unquote("\\u00e4\\U0001f600\\101\\'"), Some("ä😀A'".as_bytes().to_vec()));
        for broken in ["\\", "\\x+1", "\\u12", "\\q", "\\ud800", "\\777", "\\xä"] {
            assert_eq!(unquote(broken), None, "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_name_survives_quoting(name in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(unquote(&quote(&name)), Some(name));
        }

        #[test]
        fn any_text_is_unquoted_or_refused(text in ".*") {
            let _ = unquote(&text);
        }
    }
}
