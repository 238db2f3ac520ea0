//! Settings of databases and of roles in them, as statements that are built anew.
//!
//! What a server stores of a setting that is a list is text that its holder may have chosen letter by letter
//! (`set_config`, then `ALTER ROLE … SET … FROM CURRENT`). So it is split as the server splits it, and each
//! element is quoted by itself; what cannot be split is no list, and nothing is made of it.
//! Source: PostgreSQL, `varlena.c`, `SplitIdentifierString`; `dumputils.c`, `SplitGUCList` and
//! `makeAlterConfigCommand`.

use super::target::{quote_identifier, quote_literal};

/// Settings whose stored text is a list of names in quotes (`GUC_LIST_QUOTE`), and whether these are names
/// that the server takes in small letters where they are bare. Quoted as one text, they would be one element.
const LISTS: [(&str, Letters); 6] = [
    ("local_preload_libraries", Letters::Kept),
    ("search_path", Letters::Small),
    ("session_preload_libraries", Letters::Kept),
    ("shared_preload_libraries", Letters::Kept),
    ("temp_tablespaces", Letters::Small),
    ("unix_socket_directories", Letters::Kept),
];
/// What the server's scanner takes for space.
const SPACES: [char; 6] = [' ', '\t', '\n', '\r', '\u{b}', '\u{c}'];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letters {
    Kept,
    Small,
}

/// A setting with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSetting {
    /// Its name; of an extension's with a point in it.
    pub name: String,
    /// Its value, or the elements of a list: at least one.
    pub values: Vec<String>,
}

impl StoredSetting {
    /// A setting as the catalogue stores it.
    ///
    /// # Errors
    /// The name, where the value should be a list and is none.
    pub fn of_catalogue(name: &str, value: &str) -> Result<Self, String> {
        let known = LISTS.iter().find(|(list, _)| list.eq_ignore_ascii_case(name));
        let values = match known {
            None => vec![value.to_owned()],
            Some((_, letters)) => split(value, *letters).ok_or_else(|| name.to_owned())?,
        };
        // A list of nothing is written as one of an empty name, as the server does.
        let values = if values.is_empty() { vec![String::new()] } else { values };
        Ok(Self { name: name.to_owned(), values })
    }

    /// `SET "a"."b" TO 'c', 'd'`.
    pub fn assignment(&self) -> String {
        let name: Vec<String> = self.name.split('.').map(quote_identifier).collect();
        let values: Vec<String> = self.values.iter().map(|value| quote_literal(value)).collect();
        format!("SET {} TO {}", name.join("."), values.join(", "))
    }
}

/// The elements of a list; none where it is no list.
fn split(list: &str, letters: Letters) -> Option<Vec<String>> {
    let mut elements = Vec::new();
    let mut rest = list.trim_start_matches(SPACES);
    if rest.is_empty() {
        return Some(elements);
    }
    loop {
        let (element, after) = element(rest, letters)?;
        elements.push(element);
        let after = after.trim_start_matches(SPACES);
        match after.strip_prefix(',') {
            Some(next) => rest = next.trim_start_matches(SPACES),
            None => return after.is_empty().then_some(elements),
        }
    }
}

/// The element that a text begins with, and what follows it.
fn element(text: &str, letters: Letters) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|letter: char| letter == ',' || SPACES.contains(&letter)).unwrap_or(text.len());
        let (bare, after) = text.split_at(end);
        let element = match letters {
            Letters::Kept => bare.to_owned(),
            Letters::Small => bare.to_ascii_lowercase(),
        };
        return (!bare.is_empty()).then_some((element, after));
    };
    let mut element = String::new();
    let mut signs = quoted.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        if sign != '"' {
            element.push(sign);
        } else if signs.next_if(|(_, next)| *next == '"').is_some() {
            // Two are one that belongs to it.
            element.push('"');
        } else {
            return Some((element, &quoted[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sql(name: &str, value: &str) -> String {
        StoredSetting::of_catalogue(name, value).unwrap().assignment()
    }

    #[test]
    fn a_list_is_split_as_the_server_splits_it() {
        let path = |value: &str| StoredSetting::of_catalogue("search_path", value).unwrap().values;
        assert_eq!(path("\"$user\", public"), ["$user", "public"]);
        assert_eq!(path(" Foo ,\"B\"\"ar, x\"\t, baz "), ["foo", "B\"ar, x", "baz"]);
        assert_eq!(path("\"\""), [""]);
        assert_eq!(path(""), [""]);
        let libraries = StoredSetting::of_catalogue("session_preload_libraries", "Auto, \"$libdir/x y\"");
        assert_eq!(libraries.unwrap().values, ["Auto", "$libdir/x y"]);
    }

    #[test]
    fn what_the_server_would_not_take_for_a_list_is_none() {
        for value in ["a b", "a,", ",a", "\"a", "a,,b", "\"a\"b", "a;alter role low superuser"] {
            let refused = StoredSetting::of_catalogue("local_preload_libraries", value);
            assert_eq!(refused, Err("local_preload_libraries".to_owned()), "{value}");
        }
    }

    #[test]
    fn each_value_stays_in_its_quotes() {
        assert_eq!(
            sql("search_path", "a;alter/**/role/**/low/**/superuser"),
            "SET \"search_path\" TO 'a;alter/**/role/**/low/**/superuser'"
        );
        assert_eq!(sql("search_path", "\"it's\", \"b\\\""), "SET \"search_path\" TO 'it''s', E'b\\\\'");
        // What is no list of names is one text, whatever it holds.
        assert_eq!(sql("DateStyle", "ISO, MDY"), "SET \"DateStyle\" TO 'ISO, MDY'");
        assert_eq!(
            sql("plpgsql.extra_errors", "x'; drop"),
            "SET \"plpgsql\".\"extra_errors\" TO 'x''; drop'"
        );
    }

    proptest! {
        #[test]
        fn a_list_that_the_server_wrote_comes_back_element_by_element(
            elements in proptest::collection::vec(".{0,8}", 1..5),
        ) {
            let stored: Vec<String> = elements.iter().map(|element| quote_identifier(element)).collect();
            prop_assert_eq!(split(&stored.join(", "), Letters::Kept), Some(elements));
        }

        #[test]
        fn any_text_is_a_list_or_is_refused(text in ".{0,40}") {
            if let Some(elements) = split(&text, Letters::Small) {
                prop_assert!(elements.len() <= text.len());
            }
        }
    }
}
