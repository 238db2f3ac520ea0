//! Cuts a default, a computed column, a check or the partitioning out of a statement that makes a table or a domain.
//!
//! The statement stays as `pg_dump` wrote it in every other letter. One that is not written as it writes them is not
//! understood, and nothing is cut.
//! Source: PostgreSQL, `pg_dump.c`, `dumpTableSchema`, `dumpDomain`.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::custom_format::identifier;

/// What to cut out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cuts {
    /// Columns without a default.
    pub(super) defaults: BTreeSet<String>,
    /// Columns that are not computed any more; they stay empty.
    pub(super) generated: BTreeSet<String>,
    /// Checks, by their names.
    pub(super) checks: BTreeSet<String>,
    pub(super) is_partitioned: bool,
    /// The default of a domain.
    pub(super) domain_default: bool,
}

/// The statements with everything cut out. None where one of the cuts was not found.
pub(super) fn table(text: &str, cuts: &Cuts) -> Option<String> {
    let words = words(text)?;
    let open = words.iter().position(|word| word.text(text) == "(")?;
    let close =
        open + 1 + words[open + 1..].iter().position(|word| word.depth == 0 && word.text(text) == ")")?;
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut done = Cuts::default();
    let elements: Vec<&[Word]> =
        words[open + 1..close].split(|word| word.depth == 1 && word.text(text) == ",").collect();
    let mut kept = Vec::new();
    for element in elements.iter().filter(|element| !element.is_empty()) {
        let (from, to) = (element.first()?.at.start, element.last()?.at.end);
        let first = element.first()?;
        if first.is(text, "CONSTRAINT") {
            let (name, _) = identifier(&text[element.get(1)?.at.start..])?;
            if cuts.checks.contains(&name) {
                done.checks.insert(name);
            } else {
                kept.push(text[from..to].to_owned());
            }
            continue;
        }
        let (name, _) = identifier(&text[from..])?;
        let mut column = text[from..to].to_owned();
        if let Some(range) = clause(text, element, &cuts.defaults, &name, "DEFAULT") {
            column.replace_range(range.start - from..range.end - from, "");
            done.defaults.insert(name);
        } else if let Some(range) = clause(text, element, &cuts.generated, &name, "GENERATED") {
            // Nothing is in it, so that it may be empty.
            column.replace_range(range.start - from.., "");
            done.generated.insert(name);
        }
        kept.push(column.trim_end().to_owned());
    }
    if cuts.is_partitioned {
        let behind = &words[close + 1..];
        let at = behind.iter().position(|word| word.depth == 0 && word.is(text, "PARTITION"))?;
        let end = behind.iter().position(|word| word.depth == 0 && word.text(text) == ";")?;
        out.push(behind[at].at.start..behind.get(end)?.at.start);
        done.is_partitioned = true;
    }
    if done != *cuts {
        return None;
    }
    let mut cut = text.to_owned();
    for range in out.into_iter().rev() {
        cut.replace_range(range, "");
    }
    let inner = if kept.is_empty() { String::new() } else { format!("\n    {}\n", kept.join(",\n    ")) };
    cut.replace_range(words[open].at.end..words[close].at.start, &inner);
    Some(cut)
}

/// The statement that makes a domain, without a default or some of its checks.
pub(super) fn domain(text: &str, cuts: &Cuts) -> Option<String> {
    let words = words(text)?;
    let end = words.iter().position(|word| word.depth == 0 && word.text(text) == ";").unwrap_or(words.len());
    let is_clause = |word: &Word| {
        word.depth == 0 && ["CONSTRAINT", "DEFAULT", "NOT", "COLLATE"].iter().any(|one| word.is(text, one))
    };
    let starts: Vec<usize> = (0..end).filter(|at| is_clause(&words[*at])).collect();
    let (mut cut, mut done) = (text.to_owned(), Cuts::default());
    for (nth, at) in starts.iter().enumerate().rev() {
        let until = starts.get(nth + 1).map_or_else(
            || words.get(end).map_or(text.len(), |word| word.at.start),
            |next| words[*next].at.start,
        );
        let is_wanted = if words[*at].is(text, "DEFAULT") {
            done.domain_default |= cuts.domain_default;
            cuts.domain_default
        } else if words[*at].is(text, "CONSTRAINT") {
            let (name, _) = identifier(&text[words.get(at + 1)?.at.start..])?;
            cuts.checks.contains(&name) && done.checks.insert(name)
        } else {
            false
        };
        if is_wanted {
            cut.replace_range(words[*at].at.start..until, "");
        }
    }
    (done == *cuts).then_some(cut)
}

/// Where a clause of a wanted column is, to the one behind it.
fn clause(
    text: &str,
    element: &[Word],
    wanted: &BTreeSet<String>,
    name: &str,
    begins: &str,
) -> Option<Range<usize>> {
    if !wanted.contains(name) {
        return None;
    }
    let at = element.iter().position(|word| word.depth == 1 && word.is(text, begins))?;
    let behind = &element[at + 1..];
    // What `pg_dump` writes behind an expression; within one these stand in brackets.
    let is_next = |place: usize| {
        let word = &behind[place];
        let follows = |other: &str| behind.get(place + 1).is_some_and(|next| next.is(text, other));
        word.depth == 1
            && (word.is(text, "NOT") && follows("NULL")
                || word.is(text, "COLLATE")
                || word.is(text, "CONSTRAINT"))
    };
    let end = (1..behind.len()).find(|place| is_next(*place)).map(|place| behind[place].at.start);
    Some(element[at].at.start..end.unwrap_or(element.last()?.at.end))
}

/// A word, a quoted name or text, or a sign.
struct Word {
    at: Range<usize>,
    /// Brackets around it.
    depth: u32,
}

impl Word {
    fn text<'a>(&self, text: &'a str) -> &'a str {
        &text[self.at.clone()]
    }

    fn is(&self, text: &str, keyword: &str) -> bool {
        self.text(text).eq_ignore_ascii_case(keyword)
    }
}

/// The words of a text with their places. None where it holds a comment, or a quote or bracket without an end.
fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let (mut at, mut depth) = (0, 0_u32);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if rest.starts_with("--") || rest.starts_with("/*") {
            return None;
        }
        let is_escaped = matches!(first, 'E' | 'e') && rest[1..].starts_with('\'');
        let length = match first {
            '\'' => quoted(rest, '\'', false)?,
            '"' => quoted(rest, '"', false)?,
            _ if is_escaped => 1 + quoted(&rest[1..], '\'', true)?,
            letter if letter.is_alphanumeric() || letter == '_' => rest
                .find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '$'))
                .unwrap_or(rest.len()),
            '$' => return None,
            sign => sign.len_utf8(),
        };
        if first == ')' || first == ']' {
            depth = depth.checked_sub(1)?;
        }
        words.push(Word { at: at..at + length, depth });
        if first == '(' || first == '[' {
            depth += 1;
        }
        at += length;
    }
    (depth == 0).then_some(words)
}

/// How long the quote is that a text begins with.
fn quoted(text: &str, quote: char, has_escapes: bool) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && has_escapes {
            letters.next();
        } else if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
#[path = "cut_tests.rs"]
mod tests;
