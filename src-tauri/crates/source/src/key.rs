//! Names of files as paths of a folder.

/// A key as a path below a folder, on any file system: what cannot be a name there is percent-encoded.
pub fn path_of_key(key: &str) -> String {
    let parts = key.split('/').map(part_of_key);
    parts.collect::<Vec<_>>().join("/")
}

fn part_of_key(part: &str) -> String {
    use std::fmt::Write as _;
    if part.is_empty() {
        return "%2F".to_owned();
    }
    let is_dots = part.chars().all(|c| c == '.');
    let mut name = String::with_capacity(part.len());
    for c in part.chars() {
        if (is_dots && c == '.') || c == '%' && part.len() > 2 && is_escape(part) || is_no_name(c) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(name, "%{byte:02X}");
            }
        } else {
            name.push(c);
        }
    }
    name
}

/// Whether a name looks like one that was encoded here, so that two keys never get one path.
fn is_escape(part: &str) -> bool {
    part.split('%').skip(1).any(|rest| {
        let mut digits = rest.chars();
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || ('A'..='F').contains(&c));
        is_digit(digits.next()) && is_digit(digits.next())
    })
}

fn is_no_name(c: char) -> bool {
    c == '\0' || cfg!(windows) && (c.is_control() || r#"<>:"\|?*"#.contains(c))
}
