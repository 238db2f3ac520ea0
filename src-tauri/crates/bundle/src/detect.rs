//! What bytes begin: decided by content, never by a name.

/// Bytes that are looked at: more than a tar header, and enough of a text to know it by.
pub(super) const HEAD_BYTES: usize = 8 * 1024;
/// Fewer bytes of text prove nothing.
const TEXT_BYTES_MIN: usize = 16;

/// What a stream begins as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Magic {
    Openssl,
    Age,
    AgeArmoured,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Lz4,
    Tar,
    Zip,
    /// An archive of `pg_dump`; whether in one file stands in its header.
    PgDump,
    Redis,
    Json,
    Sql,
    Text,
    Empty,
    Unknown,
}

impl Magic {
    /// What the first bytes say.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [] => Self::Empty,
            [b'S', b'a', b'l', b't', b'e', b'd', b'_', b'_', ..] => Self::Openssl,
            // The reserved flags are zero.
            [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => Self::Gzip,
            // Or a frame to be skipped, which may come first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [b'P', b'G', b'D', b'M', b'P', ..] => Self::PgDump,
            [b'R', b'E', b'D', b'I', b'S', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => {
                Self::Redis
            }
            _ if head.starts_with(b"age-encryption.org/v1\n") => Self::Age,
            _ if head.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----") => Self::AgeArmoured,
            // Rows in an encoding of their own may follow.
            _ if head.starts_with(b"--\n-- PostgreSQL database ") => Self::Sql,
            _ if is_tar(head) => Self::Tar,
            _ => text(head).map_or(Self::Unknown, of_text),
        }
    }

    /// Whether a wrong key cannot produce this by chance.
    pub(super) fn is_telling(self, head: &[u8]) -> bool {
        match self {
            Self::Empty | Self::Unknown => false,
            Self::Json | Self::Sql | Self::Text => head.len() >= TEXT_BYTES_MIN,
            _ => true,
        }
    }
}

fn is_tar(head: &[u8]) -> bool {
    head.first_chunk::<512>().is_some_and(super::tar::is_header)
        // A tar of nothing is two blocks of zeros.
        || head.get(..1024).is_some_and(|blocks| blocks.iter().all(|byte| *byte == 0))
}

/// The text, if it is one; a letter that the head's end cut in two is left out.
fn text(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && head.len() >= HEAD_BYTES => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Rows within a script may hold any letter but this one.
    (!text.contains('\0')).then_some(text)
}

fn of_text(text: &str) -> Magic {
    let start = text.trim_start();
    if start.starts_with(['{', '[']) {
        return Magic::Json;
    }
    let mut lines = start.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
    let is_dump = start.starts_with("--\n-- PostgreSQL") || start.starts_with("--\r\n-- PostgreSQL");
    let is_statement = lines.next().is_some_and(|line| {
        let word: String = line.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '\\').collect();
        let word = word.to_ascii_uppercase();
        STATEMENTS.contains(&word.as_str()) && (line.contains(' ') || line.ends_with(';'))
    });
    if is_dump || is_statement { Magic::Sql } else { Magic::Text }
}

/// What scripts of a database begin with.
const STATEMENTS: [&str; 21] = [
    "SET",
    "SELECT",
    "CREATE",
    "ALTER",
    "INSERT",
    "COPY",
    "BEGIN",
    "COMMENT",
    "GRANT",
    "REVOKE",
    "DROP",
    "DO",
    "RESET",
    "START",
    "TRUNCATE",
    "\\CONNECT",
    "\\RESTRICT",
    "\\SET",
    "\\C",
    "DELETE",
    "UPDATE",
];

/// Unknown bytes in words, for a person to recognise.
pub(super) fn words(head: &[u8]) -> String {
    let shown = &head[..head.len().min(8)];
    if shown.is_empty() {
        return "the file is empty".into();
    }
    let hex: Vec<String> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    let letters: String =
        shown.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
    format!("it begins with the bytes {} ({letters})", hex.join(" "))
}
