//! Messages as text, for every kind of channel.

use crate::notify::message::Message;
use base::Severity;

/// The word before the subject of what is not as it should be.
pub(super) fn word(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Ok | Severity::Info => None,
        Severity::Warning | Severity::Unknown => Some("Warning"),
        Severity::Critical => Some("Error"),
    }
}

/// The worst of them.
pub(super) fn worst(messages: &[Message]) -> Severity {
    messages.iter().map(|message| message.severity).max().unwrap_or(Severity::Info)
}

/// All of them in one line: the subject of the one, or how many there are and how many are bad.
pub(super) fn title(messages: &[Message]) -> String {
    match messages {
        [one] => headline(one),
        all => {
            let bad = all.iter().filter(|message| message.severity > Severity::Info).count();
            match bad {
                0 => format!("{} messages", all.len()),
                bad => format!("{} messages, {bad} of them to look at", all.len()),
            }
        }
    }
}

/// The subject of one, with the word for how bad it is.
pub(super) fn headline(message: &Message) -> String {
    match word(message.severity) {
        None => message.subject.clone(),
        Some(word) => format!("{word}: {}", message.subject),
    }
}

/// Sentences and figures of one, line by line.
pub(super) fn body(message: &Message) -> String {
    let figures = message.figures.iter().map(|figure| format!("{}: {}", figure.name, figure.value));
    message.lines.iter().cloned().chain(figures).collect::<Vec<_>>().join("\n")
}

/// All of them, one after the other.
pub(super) fn plain(messages: &[Message]) -> String {
    let one = |message: &Message| format!("{}\n{}", headline(message), body(message));
    messages.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// At most so many characters, with a sign where something was left out.
pub(super) fn shortened(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max.saturating_sub(1)) {
        Some((end, letter)) if text.len() > end + letter.len_utf8() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_to_so_many_characters_and_not_one_more() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüx", 3), "äö…");
        assert_eq!(shortened("", 3), "");
    }
}
