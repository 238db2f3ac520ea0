//! Where the database of a project is, as its platform says. These are claims of somebody else's server, and a password
//! goes where they point: only a host name and a port pass, and a person sees them first.

use postgres::connection::Settings;

/// The longest name of a host (RFC 1035, 2.3.4), and of one of its labels.
const HOST_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;
/// The longest name of a role or a database (Postgres docs, "Identifiers and Key Words").
const NAME_BYTES_MAX: usize = 63;

/// Where the database of a project is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseAddresses {
    /// A pooler that keeps sessions whole, and answers on IPv4.
    pub session_pooler: Option<Settings>,
    /// The server itself.
    pub direct: Option<Settings>,
    /// What is to be known of them, as sentences.
    pub notes: Vec<String>,
}

/// Whether a text can be the name of a host on a network: labels of letters, digits and hyphens. An address is none, and
/// neither is a name of this computer.
pub(super) fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let mut labels = text.split('.');
    let last = labels.clone().next_back().unwrap_or_default();
    text.len() <= HOST_BYTES_MAX
        && text.contains('.')
        && labels.all(is_label)
        // `127.1` and `0x7f.1` are addresses to a resolver.
        && last.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// Whether a text can be the name of a role or a database: no line breaks, no control characters, not too long.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_host_passes() {
        for good in ["aws-0-eu-central-1.pooler.supabase.com", "db.abcdefghijklmnopqrst.supabase.co"] {
            assert!(is_host_name(good), "{good}");
        }
        let long = format!("{}.example", "a".repeat(64));
        let many = format!("{}example", "a.".repeat(130));
        for bad in [
            "",
            "localhost",
            "127.0.0.1",
            "127.1",
            "::1",
            "/var/run/postgresql",
            "a.example/b",
            "a.example:5432",
            "me@a.example",
            "a example.org",
            "-a.example",
            "a..example",
            "a.example.",
            "a.example\n",
            "ä.example",
            "a.example,b.example",
            &long,
            &many,
        ] {
            assert!(!is_host_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_name_has_no_line_break_and_no_edge() {
        assert!(is_identifier("postgres.abcdefghijklmnopqrst") && is_identifier("my shop"));
        for bad in ["", " a", "a\n", "a\0b", &"a".repeat(64)] {
            assert!(!is_identifier(bad), "{bad:?}");
        }
    }
}
