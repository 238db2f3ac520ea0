//! `postgresql://user:password@host:port/database?option=value`, cut into pairs.
//!
//! Not a general URL parser: libpq allows what RFC 3986 does not (an encoded directory as host,
//! several hosts), and people paste passwords with an `@` in them.

use percent_encoding::percent_decode_str;

use super::parse::{Pairs, ParseError};

/// The text behind the scheme, if the scheme is one of Postgres's.
pub(super) fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let known = ["postgresql", "postgres"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    known.then_some(rest)
}

/// Keyword and value pairs of what stands behind the scheme.
pub(super) fn pairs(rest: &str) -> Result<Pairs, ParseError> {
    let (before_query, query) =
        rest.split_once('?').map_or((rest, None), |(left, right)| (left, Some(right)));
    let (authority, path) =
        before_query.split_once('/').map_or((before_query, None), |(left, right)| (left, Some(right)));
    let mut pairs = Pairs::new();
    match authority.rsplit_once('@') {
        Some((credentials, place)) => {
            user_and_password(credentials, &mut pairs)?;
            host_and_port(place, &mut pairs)?;
        }
        None if rest[authority.len()..].contains('@') && looks_like_a_cut_password(authority) => {
            return Err(ParseError::PasswordNeedsEncoding);
        }
        None => host_and_port(authority, &mut pairs)?,
    }
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        pairs.push(("dbname".to_owned(), decode(path, "database")?));
    }
    for option in query.unwrap_or_default().split('&').filter(|option| !option.is_empty()) {
        let (key, value) = option.split_once('=').ok_or(ParseError::MissingValue)?;
        pairs.push((decode(key, "options")?, decode(value, "options")?));
    }
    Ok(pairs)
}

/// `user:pass` where a host and a port should stand: the password went on behind a `/` or `?`.
fn looks_like_a_cut_password(authority: &str) -> bool {
    !authority.starts_with('[')
        && authority.rsplit_once(':').is_some_and(|(_, port)| !port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn user_and_password(credentials: &str, pairs: &mut Pairs) -> Result<(), ParseError> {
    let (user, password) =
        credentials.split_once(':').map_or((credentials, None), |(left, right)| (left, Some(right)));
    pairs.push(("user".to_owned(), decode(user, "user")?));
    if let Some(password) = password {
        pairs.push(("password".to_owned(), decode(password, "password")?));
    }
    Ok(())
}

fn host_and_port(place: &str, pairs: &mut Pairs) -> Result<(), ParseError> {
    let (host, port) = if let Some(inside) = place.strip_prefix('[') {
        let (host, after) = inside.split_once(']').ok_or(ParseError::MissingBracket)?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err(ParseError::MissingBracket),
        }
    } else {
        if place.contains(',') {
            return Err(ParseError::SeveralHosts);
        }
        match place.split_once(':') {
            Some((_, port)) if port.contains(':') => return Err(ParseError::MissingBracket),
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    pairs.push(("host".to_owned(), decode(host, "host")?));
    if let Some(port) = port {
        pairs.push(("port".to_owned(), decode(port, "port")?));
    }
    Ok(())
}

fn decode(text: &str, part: &'static str) -> Result<String, ParseError> {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_escape = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
        if *byte == b'%' && !bytes.get(at + 1..at + 3).is_some_and(is_escape) {
            return Err(ParseError::BadEscape { part });
        }
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| ParseError::BadEscape { part })?;
    if decoded.contains('\0') {
        return Err(ParseError::BadEscape { part });
    }
    Ok(decoded.into_owned())
}
