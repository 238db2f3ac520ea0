//! A reader of JSON that pulls one value after another and keeps the text of numbers as it is.
//!
//! Source: RFC 8259. Bounded: the bytes of one item, and the depth.

use std::io::{BufRead, BufReader, Read};

use crate::BundleError;

/// Real rows have a handful of levels.
const DEPTH_MAX: usize = 64;
const BUFFER_BYTES: usize = 128 * 1024;

pub(super) struct Json<'r> {
    inner: BufReader<&'r mut dyn Read>,
    place: String,
    /// Bytes read.
    pub(super) seen: u64,
    /// Bytes that the present item may still have.
    left: usize,
    item_bytes_max: usize,
}

impl<'r> Json<'r> {
    pub(super) fn new(inner: &'r mut dyn Read, place: &str, item_bytes_max: usize) -> Self {
        let inner = BufReader::with_capacity(BUFFER_BYTES, inner);
        Self { inner, place: place.to_owned(), seen: 0, left: item_bytes_max, item_bytes_max }
    }

    /// The next item may have all its bytes again.
    pub(super) fn begin_item(&mut self) {
        self.left = self.item_bytes_max;
    }

    pub(super) fn bad(&self, what: &str) -> BundleError {
        BundleError::Damaged { place: self.place.clone(), what: format!("at byte {}: {what}", self.seen) }
    }

    /// The next byte, which stays; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, BundleError> {
        loop {
            match self.inner.fill_buf() {
                Ok(buffer) => return Ok(buffer.first().copied()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(BundleError::of_read(&self.place, "a JSON document", error)),
            }
        }
    }

    fn take(&mut self) -> Result<u8, BundleError> {
        let Some(byte) = self.peek()? else {
            return Err(BundleError::Truncated { place: self.place.clone(), what: "a JSON document".into() });
        };
        self.inner.consume(1);
        self.seen += 1;
        let Some(left) = self.left.checked_sub(1) else {
            let what = format!("one row has more than {} bytes", self.item_bytes_max);
            return Err(BundleError::TooLarge { place: self.place.clone(), what });
        };
        self.left = left;
        Ok(byte)
    }

    /// Skips blanks; the byte behind them.
    pub(super) fn blanks(&mut self) -> Result<Option<u8>, BundleError> {
        while let Some(byte) = self.peek()? {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(Some(byte));
            }
            self.take()?;
        }
        Ok(None)
    }

    /// A byte that has to come next, blanks aside.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<(), BundleError> {
        self.blanks()?;
        let found = self.take()?;
        if found == wanted {
            return Ok(());
        }
        Err(self.bad(&format!("{:?} where {:?} belongs", char::from(found), char::from(wanted))))
    }

    /// After a value in an array or object: whether another one follows.
    pub(super) fn more(&mut self, end: u8) -> Result<bool, BundleError> {
        self.blanks()?;
        match self.take()? {
            b',' => Ok(true),
            byte if byte == end => Ok(false),
            byte => Err(self.bad(&format!("{:?} between two values", char::from(byte)))),
        }
    }

    /// Whether an array or object that was begun is empty; its end is taken then.
    pub(super) fn is_empty(&mut self, end: u8) -> Result<bool, BundleError> {
        if self.blanks()? == Some(end) {
            self.take()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// A key, and the colon behind it.
    pub(super) fn key(&mut self) -> Result<String, BundleError> {
        let key = self.string()?;
        self.expect(b':')?;
        Ok(key)
    }

    /// A text.
    pub(super) fn string(&mut self) -> Result<String, BundleError> {
        self.expect(b'"')?;
        let mut text = Vec::new();
        loop {
            match self.take()? {
                b'"' => break,
                b'\\' => self.escape(&mut text)?,
                0..=0x1f => return Err(self.bad("a control character within a text")),
                byte => text.push(byte),
            }
        }
        String::from_utf8(text).map_err(|_| self.bad("a text that is not UTF-8"))
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), BundleError> {
        let byte = match self.take()? {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let letter = self.letter()?;
                if letter == '\0' {
                    return Err(self.bad("a NUL, which no text of a database has"));
                }
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.bad("an unknown escape")),
        };
        text.push(byte);
        Ok(())
    }

    /// The letter of an escape, which may be of two halves.
    fn letter(&mut self) -> Result<char, BundleError> {
        let first = self.half()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if (self.take()?, self.take()?) != (b'\\', b'u') {
                return Err(self.bad("half of a letter"));
            }
            let second = self.half()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.bad("half of a letter"));
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.bad("half of a letter"))
    }

    fn half(&mut self) -> Result<u32, BundleError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = char::from(self.take()?).to_digit(16);
            value = value * 16 + digit.ok_or_else(|| self.bad("an escape without its digits"))?;
        }
        Ok(value)
    }

    /// A number, or one of `true`, `false`, `null`, as it stands there.
    pub(super) fn bare(&mut self) -> Result<String, BundleError> {
        self.blanks()?;
        let mut text = String::new();
        while let Some(byte) = self.peek()? {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')) {
                break;
            }
            if text.len() > 100_000 {
                return Err(self.bad("a number of more digits than a database takes"));
            }
            text.push(char::from(self.take()?));
        }
        if matches!(text.as_str(), "true" | "false" | "null") || is_number(&text) {
            return Ok(text);
        }
        Err(self.bad("no value where one belongs"))
    }

    /// A value of any kind as text, without the blanks in it. Texts within are written anew.
    pub(super) fn raw(&mut self, into: &mut String, depth: usize) -> Result<(), BundleError> {
        if depth > DEPTH_MAX {
            let what = format!("values within one another, more than {DEPTH_MAX} deep");
            return Err(BundleError::TooLarge { place: self.place.clone(), what });
        }
        let (open, end) = match self.blanks()? {
            Some(b'{') => ('{', b'}'),
            Some(b'[') => ('[', b']'),
            Some(b'"') => {
                let text = self.string()?;
                into.push_str(&quoted(&text));
                return Ok(());
            }
            _ => {
                into.push_str(&self.bare()?);
                return Ok(());
            }
        };
        self.take()?;
        into.push(open);
        if !self.is_empty(end)? {
            loop {
                if open == '{' {
                    let key = self.key()?;
                    into.push_str(&quoted(&key));
                    into.push(':');
                }
                self.raw(into, depth + 1)?;
                if !self.more(end)? {
                    break;
                }
                into.push(',');
            }
        }
        into.push(char::from(end));
        Ok(())
    }
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The grammar of numbers: no plus, no leading zeros, digits on both sides of the point.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)));
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits) && exponent_fits
}
