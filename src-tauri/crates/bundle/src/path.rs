//! Names within archives: what may be one, and what would lead elsewhere.

/// Longer ones are no names of a backup's files.
const PATH_BYTES_MAX: usize = 4096;

/// A relative path without tricks, `/` between its parts; empty for the archive's own folder.
///
/// # Errors
/// Why it is refused.
pub(super) fn safe(raw: &[u8]) -> Result<String, &'static str> {
    if raw.len() > PATH_BYTES_MAX {
        return Err("its name is longer than 4096 bytes");
    }
    let text = std::str::from_utf8(raw).map_err(|_| "its name is not UTF-8")?;
    if text.contains('\0') {
        return Err("its name has a NUL in it");
    }
    if text.chars().any(char::is_control) {
        return Err("its name has a control character in it");
    }
    // Letters that change the direction of what is read hide what a name ends in.
    if text.chars().any(|letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')) {
        return Err("its name turns the direction of writing");
    }
    if text.starts_with('/') {
        return Err("its path is absolute");
    }
    if text.contains('\\') {
        return Err("its path has a backslash in it, which is a folder on Windows");
    }
    let mut parts = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err("its path leads out of the archive by `..`"),
            _ => parts.push(part),
        }
    }
    // A colon names a drive, or a stream behind a file, on Windows.
    let is_drive =
        |part: &&str| matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if parts.first().is_some_and(is_drive) {
        return Err("its path begins with a drive letter");
    }
    Ok(parts.join("/"))
}

/// The name of a file without the endings of layers that were taken off.
pub(super) fn without_layers(name: &str) -> &str {
    const ENDINGS: [&str; 11] =
        [".enc", ".age", ".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz", ".aes", ".z", ".openssl"];
    let mut name = name;
    loop {
        let found = ENDINGS.iter().find_map(|ending| {
            let at = name.len().checked_sub(ending.len())?;
            let is_end = name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(ending);
            // `/.gz` is a name, and no ending.
            (is_end && at > 0 && !name[..at].ends_with('/')).then(|| &name[..at])
        });
        match found {
            Some(shorter) => name = shorter,
            None => return name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused_and_others_made_plain() {
        assert_eq!(safe(b"./db//backup.dump"), Ok("db/backup.dump".into()));
        assert_eq!(safe("größe/x y:z".as_bytes()), Ok("größe/x y:z".into()));
        let refused: [&[u8]; 9] = [
            b"/etc/passwd",
            b"a/../../b",
            b"..",
            b"C:/x",
            b"a\\b",
            b"a\0b",
            b"a\nb",
            b"\xff",
            "a\u{202e}b".as_bytes(),
        ];
        for name in refused {
            assert!(safe(name).is_err(), "{name:?}");
        }
        assert_eq!((without_layers("a/x.dump.gz.ENC"), without_layers("a/.gz")), ("a/x.dump", "a/.gz"));
    }
}
