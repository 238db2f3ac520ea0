//! What `strace -f -y -xx` wrote: one system call after another, in the order in which they ended.

use std::collections::HashMap;

/// A system call that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// Its name.
    pub(super) name: String,
    /// What it was given, each as it stands in the text.
    pub(super) arguments: Vec<String>,
    /// What it returned.
    pub(super) result: i64,
    /// The file that it returned.
    pub(super) opened: Option<String>,
    /// The line in which it began, and the one in which it ended.
    pub(super) began: usize,
    pub(super) ended: usize,
}

/// The calls of a trace. One that did not end, since its process did, is left out.
pub(super) fn calls(trace: &str) -> Vec<Call> {
    let (mut calls, mut open) = (Vec::new(), HashMap::new());
    for (at, line) in trace.lines().enumerate() {
        let Some((process, said)) = line.trim_start().split_once(' ') else { continue };
        let said = said.trim_start();
        if let Some(begun) = said.strip_suffix("<unfinished ...>") {
            open.insert(process, (at, begun));
        } else if said.starts_with("<... ") {
            let Some((first, start)) = open.remove(process) else { continue };
            let Some((_, rest)) = said.split_once("resumed>") else { continue };
            calls.extend(parse(&format!("{start}{rest}"), first, at));
        } else {
            calls.extend(parse(said, at, at));
        }
    }
    calls
}

fn parse(text: &str, began: usize, ended: usize) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let (given, returned) = rest.rsplit_once(" = ")?;
    let given = given.trim_end().strip_suffix(')')?;
    let number = returned.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').next()?;
    let result = match number.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).unwrap_or(0),
        None => number.parse().ok()?,
    };
    Some(Call {
        name: name.to_owned(),
        arguments: split(given),
        result,
        opened: path_of(returned),
        began,
        ended,
    })
}

/// Splits at the commas between arguments, not at those within one.
fn split(given: &str) -> Vec<String> {
    let (mut all, mut depth, mut is_quoted, mut one) = (Vec::new(), 0_u32, false, String::new());
    for letter in given.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '[' | '{' | '(' if !is_quoted => depth += 1,
            ']' | '}' | ')' if !is_quoted => depth = depth.saturating_sub(1),
            ',' if !is_quoted && depth == 0 => {
                all.push(std::mem::take(&mut one).trim().to_owned());
                continue;
            }
            _ => {}
        }
        one.push(letter);
    }
    all.push(one.trim().to_owned());
    all
}

/// The bytes of all strings in an argument. Fails where one was shortened: then the trace says too little.
pub(super) fn bytes_of(argument: &str) -> Vec<u8> {
    assert!(!argument.contains("\"..."), "the trace left out a part of what was written");
    argument.split('"').skip(1).step_by(2).flat_map(unescape).collect()
}

/// `\x2f\x74…`, as bytes.
fn unescape(text: &str) -> Vec<u8> {
    text.split("\\x").filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// The number of a descriptor, as in `3<…>`.
pub(super) fn descriptor_of(argument: &str) -> Option<i64> {
    argument.split('<').next()?.parse().ok()
}

/// What a descriptor leads to; nothing where that has no name any more.
pub(super) fn path_of(argument: &str) -> Option<String> {
    let (_, rest) = argument.split_once('<')?;
    let (path, rest) = rest.split_once('>')?;
    if rest.starts_with("(deleted)") {
        return None;
    }
    let path = if path.starts_with("\\x") { unescape(path) } else { path.as_bytes().to_vec() };
    String::from_utf8(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        use std::fmt::Write as _;
        text.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "\\x{byte:02x}");
            hex
        })
    }

    #[test]
    fn calls_of_several_threads_are_put_together_in_the_order_in_which_they_ended() {
        let (file, other) = (hex("/p/a, b"), hex("/p/c"));
        let trace = format!(
            "7  pwrite64(3<{file}>, \"\\x28\\x22\", 2, 4096 <unfinished ...>\n\
             8  fsync(4<{other}>) = 0\n\
             7  <... pwrite64 resumed>)           = 2\n\
             8  +++ exited with 0 +++\n\
             9  openat(AT_FDCWD<{other}>, \"{other}\", O_RDWR|O_CREAT, 0600) = 5<{other}>\n\
             9  openat(AT_FDCWD<{other}>, \"{other}\", O_RDONLY) = -1 ENOENT (No such file or directory)\n\
             9  write(6<{other}>(deleted), \"\\x41\", 1) = 1\n\
             9  fsync(6 <unfinished ...>"
        );

        let calls = calls(&trace);

        let names: Vec<(&str, usize, usize, i64)> =
            calls.iter().map(|call| (call.name.as_str(), call.began, call.ended, call.result)).collect();
        let expected = [
            ("fsync", 1, 1, 0),
            ("pwrite64", 0, 2, 2),
            ("openat", 4, 4, 5),
            ("openat", 5, 5, -1),
            ("write", 6, 6, 1),
        ];
        assert_eq!(names, expected);
        let written = &calls[1];
        assert_eq!(path_of(&written.arguments[0]).as_deref(), Some("/p/a, b"));
        assert_eq!(
            (bytes_of(&written.arguments[1]), descriptor_of(&written.arguments[0])),
            (b"(\"".to_vec(), Some(3))
        );
        assert_eq!(written.arguments[3], "4096");
        assert_eq!(calls[2].opened.as_deref(), Some("/p/c"));
        assert_eq!(path_of(&calls[4].arguments[0]), None);
    }

    #[test]
    fn the_pieces_of_one_write_are_one_text() {
        let all = split(
            "5<socket:[77]>, [{iov_base=\"\\x61\\x62\", iov_len=2}, {iov_base=\"\\x63\", iov_len=1}], 2",
        );
        assert_eq!(all.len(), 3);
        assert_eq!(bytes_of(&all[1]), b"abc");
        assert_eq!(path_of(&all[0]).as_deref(), Some("socket:[77]"));
    }
}
