//! `host=… dbname='my shop'`, cut into pairs (libpq, "Keyword/Value Connection Strings").

use std::iter::Peekable;
use std::str::Chars;

use super::parse::{Pairs, ParseError};

/// Keyword and value pairs of the text.
pub(super) fn pairs(text: &str) -> Result<Pairs, ParseError> {
    let mut pairs = Pairs::new();
    let mut rest = text.chars().peekable();
    loop {
        skip_spaces(&mut rest);
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let key = keyword(&mut rest)?;
        skip_spaces(&mut rest);
        let value = if rest.next_if_eq(&'\'').is_some() { quoted(&mut rest)? } else { bare(&mut rest) };
        pairs.push((key, value));
    }
}

fn keyword(rest: &mut Peekable<Chars<'_>>) -> Result<String, ParseError> {
    let mut key = String::new();
    while let Some(letter) = rest.next_if(|letter| *letter != '=' && !letter.is_whitespace()) {
        key.push(letter);
    }
    skip_spaces(rest);
    if key.is_empty() || rest.next_if_eq(&'=').is_none() {
        return Err(ParseError::MissingValue);
    }
    Ok(key)
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> Result<String, ParseError> {
    let mut value = String::new();
    loop {
        match rest.next() {
            None => return Err(ParseError::UnterminatedQuote),
            Some('\'') => return Ok(value),
            Some('\\') => value.push(rest.next().ok_or(ParseError::UnterminatedQuote)?),
            Some(letter) => value.push(letter),
        }
    }
}

fn bare(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    while let Some(letter) = rest.next_if(|letter| !letter.is_whitespace()) {
        match letter {
            '\\' => value.extend(rest.next()),
            _ => value.push(letter),
        }
    }
    value
}

fn skip_spaces(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|letter| letter.is_whitespace()).is_some() {}
}
