//! A statement of an archive cut into words, for the few forms that are understood.
//!
//! The words are never put together again: what is run is built of the names and values in them, each quoted
//! anew. So whatever is misread here is refused by a form, or is another name; it cannot become a statement.
//! Source: PostgreSQL, "Lexical Structure".

use super::names::identifier;

/// What SQL takes for space.
const SPACES: [char; 6] = [' ', '\t', '\n', '\r', '\u{b}', '\u{c}'];

/// A word of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word in small letters: a keyword, or a name.
    Word(String),
    /// A name in quotes, without them.
    Name(String),
    /// A text in quotes, without them.
    Text(String),
    /// Digits, perhaps with a point.
    Number(String),
    /// Any other sign.
    Sign(char),
}

/// The words of a text. None where it holds what no statement that is understood does: a comment, a quote
/// without an end, an escape other than of a backslash. `has_escapes` where a backslash has to be doubled in
/// every text.
pub(super) fn tokens(text: &str, has_escapes: bool) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(SPACES);
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("--") || rest.starts_with("/*") {
            return None;
        }
        let (token, after) = match first {
            '"' => identifier(rest).map(|(name, after)| (Token::Name(name), after))?,
            '\'' => literal(&rest[1..], has_escapes)?,
            'e' | 'E' if rest[1..].starts_with('\'') => literal(&rest[2..], true)?,
            '0'..='9' => {
                let (number, after) = cut(rest, |letter| letter.is_ascii_digit() || letter == '.');
                (Token::Number(number.to_owned()), after)
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                let (word, after) =
                    cut(rest, |letter| letter.is_alphanumeric() || letter == '_' || letter == '$');
                (Token::Word(word.to_ascii_lowercase()), after)
            }
            sign => (Token::Sign(sign), &rest[sign.len_utf8()..]),
        };
        tokens.push(token);
        rest = after.trim_start_matches(SPACES);
    }
    Some(tokens)
}

/// A text without the quote before it, up to its end, and what follows.
fn literal(text: &str, has_escapes: bool) -> Option<(Token, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' if letters.next_if(|(_, next)| *next == '\'').is_some() => value.push('\''),
            '\'' => return Some((Token::Text(value), &text[at + 1..])),
            // Nothing but the backslash itself is escaped by those who write archives.
            '\\' if has_escapes => {
                letters.next_if(|(_, next)| *next == '\\')?;
                value.push('\\');
            }
            letter => value.push(letter),
        }
    }
    None
}

/// The letters that belong together, and what follows.
fn cut(text: &str, belongs: fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|letter: char| !belongs(letter)).unwrap_or(text.len()))
}

/// Statements, each by its words, without the semicolons behind them.
pub(super) fn statements(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    tokens.split(|token| *token == Token::Sign(';')).filter(|statement| !statement.is_empty())
}

/// Goes over the words of a statement. What does not fit leaves it where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    rest: &'a [Token],
}

impl<'a> Words<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        Self { rest: tokens }
    }

    /// Whether nothing is left.
    pub(super) fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next one, which stays.
    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.rest.first()
    }

    /// The next one.
    pub(super) fn take(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Passes keywords, all of them or none.
    pub(super) fn pass(&mut self, keywords: &str) -> Option<()> {
        let mut ahead = *self;
        for keyword in keywords.split(' ') {
            match ahead.take() {
                Some(Token::Word(word)) if word == keyword => {}
                _ => return None,
            }
        }
        *self = ahead;
        Some(())
    }

    /// Passes a sign.
    pub(super) fn sign(&mut self, sign: char) -> Option<()> {
        if self.peek() != Some(&Token::Sign(sign)) {
            return None;
        }
        self.take();
        Some(())
    }

    /// A name, bare or in quotes.
    pub(super) fn name(&mut self) -> Option<String> {
        match self.peek()? {
            Token::Word(name) | Token::Name(name) => {
                self.take();
                Some(name.clone())
            }
            Token::Text(_) | Token::Number(_) | Token::Sign(_) => None,
        }
    }

    /// A text in quotes.
    pub(super) fn text(&mut self) -> Option<String> {
        let Some(Token::Text(text)) = self.peek() else { return None };
        self.take();
        Some(text.clone())
    }

    /// A whole number, perhaps below zero.
    pub(super) fn number<T: std::str::FromStr>(&mut self) -> Option<T> {
        let mut ahead = *self;
        let sign = if ahead.sign('-').is_some() { "-" } else { "" };
        let Some(Token::Number(digits)) = ahead.take() else { return None };
        let number = format!("{sign}{digits}").parse().ok()?;
        *self = ahead;
        Some(number)
    }

    /// Names in brackets, with commas between them; at least one.
    pub(super) fn names(&mut self) -> Option<Vec<String>> {
        let mut ahead = *self;
        ahead.sign('(')?;
        let mut names = Vec::new();
        loop {
            names.push(ahead.name()?);
            if ahead.sign(')').is_some() {
                *self = ahead;
                return Some(names);
            }
            ahead.sign(',')?;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::target::{quote_identifier, quote_literal};

    #[test]
    fn a_statement_is_cut_as_the_server_would_cut_it() {
        let found = tokens("SET \"a;\"\"b\".c TO 'it''s; x', E'\\\\';\nfoo -7.5", false).unwrap();
        let word = |text: &str| Token::Word(text.into());
        assert_eq!(
            found,
            [
                word("set"),
                Token::Name("a;\"b".into()),
                Token::Sign('.'),
                word("c"),
                word("to"),
                Token::Text("it's; x".into()),
                Token::Sign(','),
                Token::Text("\\".into()),
                Token::Sign(';'),
                word("foo"),
                Token::Sign('-'),
                Token::Number("7.5".into()),
            ]
        );
        assert_eq!(statements(&found).count(), 2);
    }

    #[test]
    fn comments_and_quotes_without_an_end_are_not_understood() {
        for text in ["a /* b */ c", "a -- b", "'a", "\"a", "E'\\n'", "E'\\"] {
            assert_eq!(tokens(text, false), None, "{text}");
        }
        assert_eq!(tokens("'a\\b'", false).unwrap(), [Token::Text("a\\b".into())]);
        assert_eq!(tokens("'a\\b'", true), None);
    }

    proptest! {
        #[test]
        fn any_text_is_cut_or_refused(text in "[ -~äß\n\t]{0,60}", has_escapes in proptest::bool::ANY) {
            if let Some(found) = tokens(&text, has_escapes) {
                prop_assert!(found.len() <= text.len());
            }
        }

        #[test]
        fn what_is_quoted_is_one_word_whatever_is_in_it(name in ".{1,20}", value in ".{0,20}") {
            let text = format!("{}{}", quote_identifier(&name), quote_literal(&value));
            let found = tokens(&text, false).unwrap();
            prop_assert_eq!(found, vec![Token::Name(name), Token::Text(value)]);
        }
    }
}
