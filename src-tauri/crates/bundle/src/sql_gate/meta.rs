//! Commands for `psql` that may stand in a script; `sql_gate` says why. `psql` itself never sees them.

/// What a command is.
pub(super) enum Command {
    /// It says nothing that matters here.
    Allowed,
    /// Connects to this database.
    Connect(String),
    /// What follows is in this encoding.
    Encoding(String),
    /// From here on there is no other command, up to the one that lifts it with the same word.
    Restrict(String),
    /// Lifts it.
    Unrestrict(String),
    /// Must not run, and why.
    Refused(&'static str),
}

const VARIABLES: [&str; 4] = ["ECHO", "QUIET", "VERBOSITY", "SHOW_CONTEXT"];

/// Judges a command: the line after the backslash.
pub(super) fn judge(line: &[u8]) -> Command {
    let Ok(line) = std::str::from_utf8(line) else { return Command::Refused("is no known command") };
    let line = line.trim_end_matches(['\r', ' ', '\t']);
    if line.contains('`') {
        return Command::Refused("would run a program");
    }
    let end = line.find([' ', '\t', '\r', '\u{b}', '\u{c}', '\\']).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_matches([' ', '\t']);
    match name {
        "." if rest.is_empty() => Command::Allowed,
        "restrict" if is_plain(rest) && !rest.is_empty() => Command::Restrict(rest.to_owned()),
        "unrestrict" if is_plain(rest) && !rest.is_empty() => Command::Unrestrict(rest.to_owned()),
        "connect" | "c" => connect(rest),
        "set" => set(rest),
        "encoding" if is_plain(rest) && !rest.is_empty() => Command::Encoding(rest.to_owned()),
        "echo" | "pset" if rest.split([' ', '\t']).all(is_plain_or_quoted) => Command::Allowed,
        "encoding" => Command::Refused("says in a strange way how the text is to be read"),
        _ if name.starts_with('!') => Command::Refused("would run a program"),
        "copy" | "i" | "ir" | "include" | "include_relative" | "lo_import" => {
            Command::Refused("would read a file")
        }
        "o" | "out" | "w" | "write" | "lo_export" | "s" | "log" => Command::Refused("would write a file"),
        "g" | "gx" | "gexec" | "gset" | "gdesc" | "watch" | "crosstabview" => {
            Command::Refused("would run what a query returns, or a program")
        }
        _ => Command::Refused("is no command that belongs into a backup"),
    }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

fn is_plain_or_quoted(word: &str) -> bool {
    let inner = word.strip_prefix('\'').unwrap_or(word);
    let inner = inner.strip_suffix('\'').unwrap_or(inner);
    inner
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | ',' | '!' | '*' | '='))
}

/// A script stops at its first error, whatever it says.
fn set(rest: &str) -> Command {
    let mut words = rest.split_whitespace();
    let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_on = matches!(value.to_ascii_lowercase().as_str(), "1" | "on" | "true" | "yes");
    if words.next().is_none()
        && (name == "ON_ERROR_STOP" && is_on || VARIABLES.contains(&name) && is_plain(value))
    {
        Command::Allowed
    } else {
        Command::Refused("sets a variable, which a script might be read with")
    }
}

/// A database by its name alone: plain, quoted, or as the only word of a connection string.
fn connect(rest: &str) -> Command {
    const ELSEWHERE: Command = Command::Refused("would connect elsewhere than to a database by its name");
    let name = match rest.strip_prefix("-reuse-previous=on ") {
        Some(string) => {
            let inner = string.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            let inner = inner.map(|text| text.replace("\"\"", "\""));
            let Some(value) =
                inner.as_deref().and_then(|text| text.strip_prefix("dbname='")?.strip_suffix('\''))
            else {
                return ELSEWHERE;
            };
            unescaped(value)
        }
        None => match rest.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(quoted) if !quoted.replace("\"\"", "").contains('"') => Some(quoted.replace("\"\"", "\"")),
            None if is_plain(rest) => Some(rest.to_owned()),
            _ => None,
        },
    };
    // What has `=` in it, or begins as a URL, is a connection string wherever a name is expected.
    match name {
        Some(name) if rest.starts_with("-reuse") && !name.is_empty() => Command::Connect(name),
        Some(name)
            if !name.is_empty()
                && name != "-"
                && !name.contains('=')
                && !name.contains("://")
                && !name.contains('\\')
                && !name.contains(':') =>
        {
            Command::Connect(name)
        }
        _ => ELSEWHERE,
    }
}

/// A value of a connection string: backslashes escape quotes and themselves.
fn unescaped(value: &str) -> Option<String> {
    let mut name = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => name.push(letters.next().filter(|next| matches!(next, '\\' | '\''))?),
            '\'' => return None,
            _ => name.push(letter),
        }
    }
    Some(name)
}
