//! The encoding of a script, and its bytes as UTF-8.
//!
//! In SJIS, BIG5, GBK, GB18030 and UHC the second byte of a letter may be that of a backslash or a quote.
//! Whoever reads such a script byte by byte and whoever reads it letter by letter read two scripts. So there is
//! one reading: what a script is made of becomes UTF-8 first, and everything else sees nothing but that.
//!
//! Letters are those of the Encoding Standard (`encoding_rs`). Where Postgres has another one for the same bytes
//! (compared code by code with a server), it is Postgres' that counts, or nothing is guessed.
//! Source of the names: `PostgreSQL`, `encnames.c`.

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// How bytes become letters.
pub(super) enum Letters {
    /// They are UTF-8, or ASCII, or what the server calls neither.
    AsTheyAre,
    /// Each byte is a letter.
    Bytes(fn(u8) -> char),
    /// By a table.
    Table(Box<Table>),
}

/// A table of letters, with what Postgres has in another way.
pub(super) struct Table {
    decoder: Decoder,
    /// Letters of the table, and what the server has for their bytes.
    others: &'static [(char, char)],
    /// Some of its letters are not to be guessed.
    is_big5: bool,
    /// There, the first byte of a letter whose second one is to come.
    lead: Option<u8>,
}

/// Both are common marks.
const OF_EUC_CN: [(char, char); 2] = [('\u{b7}', '\u{30fb}'), ('\u{2014}', '\u{2015}')];
/// Signs for which the tables of BIG5 have different letters. So they have for what begins with C7 and C8, and
/// with C6 from A1 on.
const OF_BIG5: [u16; 18] = [
    0xa145, 0xa14e, 0xa15a, 0xa1c2, 0xa1c3, 0xa1c5, 0xa1e3, 0xa1f2, 0xa1f3, 0xa1fe, 0xa240, 0xa241, 0xa242,
    0xa244, 0xa246, 0xa247, 0xa2cc, 0xa2ce,
];

impl std::fmt::Debug for Letters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AsTheyAre => "UTF8",
            Self::Bytes(_) => "LATIN",
            Self::Table(table) => table.decoder.encoding().name(),
        })
    }
}

impl Letters {
    /// The encoding of this name, as Postgres reads names; nothing where no letters of it are known here.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = plain_name(name);
        let encoding = match name.as_str() {
            "utf8" | "unicode" | "sqlascii" | "default" => return Some(Self::AsTheyAre),
            "latin1" | "iso88591" => return Some(Self::Bytes(char::from)),
            "latin5" | "iso88599" => return Some(Self::Bytes(latin5)),
            _ => table(&name)?,
        };
        Some(Self::Table(Box::new(Table {
            decoder: encoding.new_decoder_without_bom_handling(),
            others: if name == "euccn" { &OF_EUC_CN } else { &[] },
            is_big5: encoding == encoding_rs::BIG5,
            lead: None,
        })))
    }

    /// Whether bytes can be taken as they are.
    pub(super) fn are_utf8(&self) -> bool {
        matches!(self, Self::AsTheyAre)
    }

    /// Adds bytes as UTF-8, cut anywhere; false where they are no letters of this encoding. `is_last` says
    /// that no more will come.
    pub(super) fn read(&mut self, bytes: &[u8], is_last: bool, into: &mut Vec<u8>) -> bool {
        match self {
            Self::AsTheyAre => into.extend_from_slice(bytes),
            Self::Bytes(letter) => {
                let mut space = [0; 4];
                for byte in bytes {
                    into.extend_from_slice(letter(*byte).encode_utf8(&mut space).as_bytes());
                }
            }
            Self::Table(table) => return table.read(bytes, is_last, into),
        }
        true
    }
}

impl Table {
    fn read(&mut self, bytes: &[u8], is_last: bool, into: &mut Vec<u8>) -> bool {
        let sure = self.sure(bytes);
        let begin = into.len();
        let is_whole = sure == bytes.len();
        let are_letters = decode(&mut self.decoder, &bytes[..sure], is_last && is_whole, into);
        if !self.others.is_empty() {
            // Only whole letters are given out.
            let mut text = String::from_utf8_lossy(&into[begin..]).into_owned();
            for (one, other) in self.others {
                text = text.replace(*one, &other.to_string());
            }
            into.truncate(begin);
            into.extend_from_slice(text.as_bytes());
        }
        are_letters && is_whole
    }

    /// How many of the bytes come before a letter that is not to be guessed.
    fn sure(&mut self, bytes: &[u8]) -> usize {
        if !self.is_big5 {
            return bytes.len();
        }
        for (at, byte) in bytes.iter().enumerate() {
            match self.lead.take() {
                Some(first) if is_unsure_in_big5(first, *byte) => return at.saturating_sub(1),
                Some(_) => {}
                None => self.lead = Some(*byte).filter(|byte| *byte >= 0x81),
            }
        }
        bytes.len()
    }
}

fn is_unsure_in_big5(first: u8, second: u8) -> bool {
    let is_of_many = matches!((first, second), (0xc6, 0xa1..) | (0xc7 | 0xc8, 0x40..));
    is_of_many || OF_BIG5.contains(&u16::from_be_bytes([first, second]))
}

fn decode(decoder: &mut Decoder, bytes: &[u8], is_last: bool, into: &mut Vec<u8>) -> bool {
    /// Enough for any letter, so that each turn of the loop takes some bytes.
    const SPACE_BYTES: usize = 4096;
    let (mut space, mut at) = ([0; SPACE_BYTES], 0);
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(&bytes[at..], &mut space, is_last);
        at += read;
        into.extend_from_slice(&space[..written]);
        match result {
            DecoderResult::InputEmpty => return true,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => return false,
        }
    }
}

/// Names are compared without case and signs: `ISO_8859-2` is `iso88592`.
fn plain_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// ISO 8859-9 is ISO 8859-1 but for six letters. The standard has Windows' variant of it alone.
fn latin5(byte: u8) -> char {
    match byte {
        0xd0 => 'Ğ',
        0xdd => 'İ',
        0xde => 'Ş',
        0xf0 => 'ğ',
        0xfd => 'ı',
        0xfe => 'ş',
        _ => char::from(byte),
    }
}

/// Not here, since no table of them is known: `JOHAB`, `EUC_TW`, `EUC_JIS_2004`, `SHIFT_JIS_2004`,
/// `MULE_INTERNAL`.
fn table(name: &str) -> Option<&'static Encoding> {
    Some(match name {
        "sjis" | "shiftjis" | "mskanji" | "win932" | "windows932" => encoding_rs::SHIFT_JIS,
        "big5" | "win950" | "windows950" => encoding_rs::BIG5,
        "gbk" | "win936" | "windows936" | "euccn" => encoding_rs::GBK,
        "gb18030" => encoding_rs::GB18030,
        "uhc" | "win949" | "windows949" | "euckr" => encoding_rs::EUC_KR,
        "eucjp" => encoding_rs::EUC_JP,
        "latin2" | "iso88592" => encoding_rs::ISO_8859_2,
        "latin3" | "iso88593" => encoding_rs::ISO_8859_3,
        "latin4" | "iso88594" => encoding_rs::ISO_8859_4,
        "latin6" | "iso885910" => encoding_rs::ISO_8859_10,
        "latin7" | "iso885913" => encoding_rs::ISO_8859_13,
        "latin8" | "iso885914" => encoding_rs::ISO_8859_14,
        "latin9" | "iso885915" => encoding_rs::ISO_8859_15,
        "latin10" | "iso885916" => encoding_rs::ISO_8859_16,
        "iso88595" => encoding_rs::ISO_8859_5,
        "iso88596" => encoding_rs::ISO_8859_6,
        "iso88597" => encoding_rs::ISO_8859_7,
        "iso88598" => encoding_rs::ISO_8859_8,
        "koi8" | "koi8r" => encoding_rs::KOI8_R,
        "koi8u" => encoding_rs::KOI8_U,
        "win866" | "windows866" | "alt" => encoding_rs::IBM866,
        "win874" | "windows874" => encoding_rs::WINDOWS_874,
        "win1250" | "windows1250" => encoding_rs::WINDOWS_1250,
        "win" | "win1251" | "windows1251" => encoding_rs::WINDOWS_1251,
        "win1252" | "windows1252" => encoding_rs::WINDOWS_1252,
        "win1253" | "windows1253" => encoding_rs::WINDOWS_1253,
        "win1254" | "windows1254" => encoding_rs::WINDOWS_1254,
        "win1255" | "windows1255" => encoding_rs::WINDOWS_1255,
        "win1256" | "windows1256" => encoding_rs::WINDOWS_1256,
        "win1257" | "windows1257" => encoding_rs::WINDOWS_1257,
        "win1258" | "windows1258" | "abc" | "tcvn" | "tcvn5712" | "vscii" => encoding_rs::WINDOWS_1258,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Option<String> {
        let mut letters = Letters::of(name).unwrap();
        // Letter by letter, as a cut may come.
        let mut text = Vec::new();
        for byte in bytes {
            if !letters.read(&[*byte], false, &mut text) {
                return None;
            }
        }
        letters.read(&[], true, &mut text).then(|| String::from_utf8(text).unwrap())
    }

    #[test]
    fn a_backslash_and_a_quote_within_a_letter_belong_to_the_letter() {
        assert_eq!(read("SJIS", b"\x83\\'").unwrap(), "ソ'");
        assert_eq!(read("windows950", b"\xa5\\'").unwrap(), "功'");
        assert_eq!(read("GBK", b"\x81\\'").unwrap(), "乗'");
        assert_eq!(read("gb18030", b"\x81\x30\x84\x36'").unwrap(), "¥'");
        assert_eq!(read("UHC", b"\x81A'").unwrap(), "갂'");
    }

    #[test]
    fn names_are_read_as_the_server_reads_them() {
        assert_eq!(read("Iso_8859-9", b"\xfe\xe4").unwrap(), "şä");
        assert_eq!(read("LATIN1", b"\x80\xe9").unwrap(), "\u{80}é");
        assert_eq!(read("WIN1252", b"\x80").unwrap(), "€");
        assert_eq!(read("koi8", b"\xc1").unwrap(), "а");
        assert!(Letters::of("UTF-8").unwrap().are_utf8() && Letters::of("sql ascii").unwrap().are_utf8());
        for unknown in ["JOHAB", "EUC_TW", "EUC_JIS_2004", "SHIFT_JIS_2004", "MULE_INTERNAL", "x", ""] {
            assert!(Letters::of(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn bytes_that_are_no_letters_are_not_guessed() {
        assert_eq!(read("SJIS", b"a\x83\n"), None);
        assert_eq!(read("SJIS", b"a\x83"), None);
        assert_eq!(read("EUC_JP", b"\xff"), None);
        for unsure in [&b"a\xa1\x45"[..], b"\xa4\xa4\xc6\xa1", b"\xc7\x40", b"\xa2\xcc"] {
            assert_eq!(read("BIG5", unsure), None, "{unsure:x?}");
        }
        assert_eq!(read("BIG5", b"\xa4\xa4\xa5\xc6\xa1\x41").unwrap(), "中氾，");
    }

    #[test]
    fn letters_are_those_of_the_server() {
        assert_eq!(read("EUC_CN", b"\xa1\xa4\xa1\xaa\xb0\xa1").unwrap(), "・―啊");
        assert_eq!(read("GBK", b"\xa1\xa4\xa1\xaa").unwrap(), "·—");
    }
}
