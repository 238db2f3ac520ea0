//! Values as `INSERT` writes them.

use super::copy::unescaped;

/// The values of one row, without its brackets: `1, 'it''s', NULL, E'a\\nb', '{}'::jsonb`. What is neither a
/// text nor NULL stays as it stands there.
pub fn values(text: &str) -> Vec<Option<String>> {
    let (mut values, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => at = end_of_quote(bytes, at),
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                values.push(value(&text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    values.push(value(&text[start..]));
    values
}

/// Where the quote that begins at `at` ends: the place of its last sign.
fn end_of_quote(bytes: &[u8], at: usize) -> usize {
    let has_escapes = at > 0 && matches!(bytes[at - 1], b'e' | b'E');
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if has_escapes => at += 1,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 1,
            b'\'' => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn value(text: &str) -> Option<String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("null") {
        return None;
    }
    let quote = text.find('\'').filter(|at| matches!(&text[..*at], "" | "e" | "E" | "n" | "N"));
    let Some(start) = quote else { return Some(text.to_owned()) };
    let end = end_of_quote(text.as_bytes(), start);
    // Behind it there is nothing, or a cast.
    let behind = text.get(end + 1..).unwrap_or_default().trim_start();
    if end <= start || !(behind.is_empty() || behind.starts_with("::")) {
        return Some(text.to_owned());
    }
    let inner = text[start + 1..end.min(text.len())].replace("''", "'");
    let has_escapes = text.starts_with(['e', 'E']);
    Some(if has_escapes { unescaped(inner.as_bytes()) } else { inner })
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn a_row_of_an_insert_is_read_value_by_value() {
        let text = "1, 'it''s, (ok)', NULL, E'a\\nb\\'', '{\"a\": 1}'::jsonb, ARRAY[1, 2], now(), ''";
        let found = values(text);
        let found: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
        let wanted = [
            Some("1"),
            Some("it's, (ok)"),
            None,
            Some("a\nb'"),
            Some("{\"a\": 1}"),
            Some("ARRAY[1, 2]"),
            Some("now()"),
            Some(""),
        ];
        assert_eq!(found, wanted);
    }
}
