//! What `pg_restore` says, sorted by what is known of it. What is not known is an error.

/// How a known message is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// Always so, and without consequence.
    Expected,
    /// Something of the original is missing here, and the data is not affected.
    Degraded,
}

/// A message that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How it is to be taken.
    pub noise: Noise,
    /// Its text.
    pub text: String,
}

/// Parts of messages that are known, and what they mean.
const KNOWN: &[(&str, Noise)] = &[
    // Every new database has it.
    ("schema \"public\" already exists", Noise::Expected),
    // Written by a newer pg_dump for a parameter that an older server does not know.
    ("unrecognized configuration parameter \"transaction_timeout\"", Noise::Expected),
    ("must be owner of extension", Noise::Expected),
    // Owners and grantees live in the server, not in the database.
    ("role \"", Noise::Degraded),
    ("must be member of role", Noise::Degraded),
    ("must be able to SET ROLE", Noise::Degraded),
    ("permission denied to change default privileges", Noise::Degraded),
    // Publications and event triggers need rights that a restorer need not have.
    ("must be superuser to create FOR ALL TABLES publication", Noise::Degraded),
    ("permission denied to create event trigger", Noise::Degraded),
];

/// Sorts what a tool said: known messages, and those that are not.
pub(super) fn sort(stderr: &str) -> (Vec<Message>, Vec<String>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for text in stderr.lines().filter_map(error_text) {
        match KNOWN.iter().find(|(part, _)| is_meant(text, part)) {
            Some((_, noise)) => known.push(Message { noise: *noise, text: text.to_owned() }),
            None => unknown.push(text.to_owned()),
        }
    }
    (known, unknown)
}

/// How many errors `pg_restore` went past, by its own count at its end.
pub(super) fn errors_ignored(stderr: &str) -> Option<usize> {
    let count = stderr
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("pg_restore: warning: errors ignored on restore: "));
    count?.trim().parse().ok()
}

fn is_meant(text: &str, part: &str) -> bool {
    // From its beginning: names further on are the database's own, and may be anything.
    text.starts_with(part) && (part != "role \"" || text.ends_with("does not exist"))
}

/// The text of an error line; other lines are detail, hints and progress.
fn error_text(line: &str) -> Option<&str> {
    let (_, text) = line.split_once("pg_restore: error: ")?;
    let text = text.split_once("ERROR:").map_or(text, |(_, server)| server);
    Some(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_noise_is_told_from_errors() {
        let said = "pg_restore: connecting\n\
            pg_restore: error: could not execute query: ERROR:  role \"gone\" does not exist\nCommand was: ALTER TABLE\n\
            pg_restore: error: could not execute query: ERROR:  relation \"x\" already exists\n\
            pg_restore: warning: errors ignored on restore: 2\n";
        let (known, unknown) = sort(said);
        assert_eq!(known, [Message { noise: Noise::Degraded, text: "role \"gone\" does not exist".into() }]);
        assert_eq!(unknown, ["relation \"x\" already exists"]);
    }
}
