//! One command line, word by word: verb, subject, options.

use std::fmt;

use crate::words::argument_words;

/// A command line that is put together.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    verb: &'static str,
    arguments: Vec<String>,
    options: Vec<String>,
}

impl Line {
    /// `holdfast VERB`.
    pub(crate) fn of(verb: &'static str) -> Self {
        Self { verb, arguments: Vec::new(), options: Vec::new() }
    }

    /// What it is about.
    pub(crate) fn argument(mut self, text: &str) -> Self {
        self.arguments.push(text.to_owned());
        self
    }

    /// An option with its value.
    pub(crate) fn option(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        // What begins with a dash would be taken for another option.
        let between = if value.starts_with('-') { '=' } else { ' ' };
        self.options.push(format!("--{name}{between}{}", argument_words(value)));
        self
    }

    /// An option with two values.
    pub(crate) fn pair(mut self, name: &str, one: &str, other: &str) -> Self {
        self.options.push(format!("--{name} {} {}", argument_words(one), argument_words(other)));
        self
    }

    /// An option, where there is a value.
    pub(crate) fn maybe(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.option(name, value),
            None => self,
        }
    }

    /// An option without a value.
    pub(crate) fn flag(mut self, name: &str, is_on: bool) -> Self {
        if is_on {
            self.options.push(format!("--{name}"));
        }
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "holdfast {}", self.verb)?;
        let arguments = || self.arguments.iter().map(|text| argument_words(text));
        // Behind two dashes nothing is taken for an option any more, so options come first there.
        let is_odd = self.arguments.iter().any(|text| text.starts_with('-'));
        if !is_odd {
            arguments().try_for_each(|text| write!(f, " {text}"))?;
        }
        self.options.iter().try_for_each(|option| write!(f, " {option}"))?;
        if is_odd {
            f.write_str(" --")?;
            arguments().try_for_each(|text| write!(f, " {text}"))?;
        }
        Ok(())
    }
}

/// Names in one word, apart by commas; a comma within a name stands behind a backslash.
pub fn joined_names(names: &[String]) -> String {
    let escaped: Vec<String> =
        names.iter().map(|name| name.replace('\\', "\\\\").replace(',', "\\,")).collect();
    escaped.join(",")
}

/// The names in such a word.
pub fn split_names(text: &str) -> Vec<String> {
    split(text, ',', usize::MAX)
}

/// A table in one word: `schema.name`; a dot within the schema stands behind a backslash.
pub fn table_word(schema: &str, name: &str) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('.', "\\.");
    format!("{}.{}", escape(schema), escape(name))
}

/// Schema and name of such a word; without a schema, `public`.
pub fn split_table(text: &str) -> (String, String) {
    let mut parts = split(text, '.', 2);
    let name = parts.pop().unwrap_or_default();
    (parts.pop().unwrap_or_else(|| "public".to_owned()), name)
}

/// Whether such a word, of which both parts may end with a star for all that begin so, names this table.
pub fn is_meant(wanted: &str, schema: &str, name: &str) -> bool {
    let fits = |wanted: &str, name: &str| match wanted.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => wanted == name,
    };
    let (of, wanted) = split_table(wanted);
    fits(&of, schema) && fits(&wanted, name)
}

/// Cuts at a letter that no backslash stands before, into so many parts at most.
fn split(text: &str, at: char, parts_max: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_last = parts.len() >= parts_max;
        let Some(part) = parts.last_mut() else { break };
        if letter == '\\' {
            match letters.next_if(|next| *next == at || *next == '\\') {
                Some(next) => part.push(next),
                None => part.push(letter),
            }
        } else if letter == at && !is_last {
            parts.push(String::new());
        } else {
            part.push(letter);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_with_a_dash_is_no_option() {
        let line = Line::of("backup hold").argument("-x").option("reason", "-y z").flag("json", true);
        assert_eq!(line.to_string(), "holdfast backup hold --reason='-y z' --json -- -x");
        let line = Line::of("backup hold").argument("my shop").option("reason", "it's so");
        assert_eq!(line.to_string(), "holdfast backup hold 'my shop' --reason 'it'\\''s so'");
    }

    proptest! {
        #[test]
        fn names_are_read_as_they_were_written(names in prop::collection::vec(".{1,9}", 1..4)) {
            prop_assert_eq!(split_names(&joined_names(&names)), names);
        }

        #[test]
        fn a_table_is_read_as_it_was_written(schema in ".{1,9}", name in ".{1,9}") {
            prop_assert_eq!(split_table(&table_word(&schema, &name)), (schema, name));
        }
    }

    #[test]
    fn names_without_a_backslash_are_what_they_were() {
        assert_eq!(split_table("orders"), ("public".to_owned(), "orders".to_owned()));
        assert_eq!(split_table("a.b.c"), ("a".to_owned(), "b.c".to_owned()));
        assert_eq!(split_names("a.b,c"), ["a.b", "c"]);
        assert_eq!(split_names(r"C:\x"), [r"C:\x"]);
    }
}
