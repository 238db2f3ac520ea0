//! Names as SQL writes them, read back from the statements of an archive.
//!
//! `pg_dump` quotes every name that is more than small letters, digits and underscores, so that a bare
//! one ends at the first other character.

/// A table as an archive names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
}

impl TableName {
    /// A table by schema and name.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// The name that a text begins with, and what follows it.
pub fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '$'));
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    };
    let mut from = 0;
    loop {
        let end = from + quoted.get(from..)?.find('"')?;
        // Two quotes are one that belongs to the name.
        if quoted[end + 1..].starts_with('"') {
            from = end + 2;
        } else {
            return Some((quoted[..end].replace("\"\"", "\""), &quoted[end + 1..]));
        }
    }
}

/// The table that a text begins with, and what follows it; `schema` is meant where it names none, as
/// programs before `PostgreSQL` 10.3 wrote it.
pub(super) fn table<'a>(text: &'a str, schema: &str) -> Option<(TableName, &'a str)> {
    let (first, rest) = identifier(text)?;
    match rest.strip_prefix('.') {
        Some(rest) => identifier(rest).map(|(name, rest)| (TableName::new(first, name), rest)),
        None => Some((TableName::new(schema, first), rest)),
    }
}

/// What follows the brackets that a text begins with; those in quotes are part of a name.
pub(super) fn after_brackets(text: &str) -> Option<&str> {
    let (mut depth, mut is_quoted) = (0_u32, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(&text[at + 1..]);
                }
            }
            // Anything before the first bracket means that there are none here.
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_were_before_they_were_quoted() {
        assert_eq!(identifier("orders ADD"), Some(("orders".into(), " ADD")));
        assert_eq!(identifier("\"a \"\"b\"\".c\" ADD"), Some(("a \"b\".c".into(), " ADD")));
        assert_eq!(identifier("größe("), Some(("größe".into(), "(")));
        assert_eq!(identifier("\"without an end"), None);
        assert_eq!(identifier(""), None);
        assert_eq!(table("public.\"T x\"(id)", "s"), Some((TableName::new("public", "T x"), "(id)")));
        assert_eq!(table("customers(id)", "shop"), Some((TableName::new("shop", "customers"), "(id)")));
    }

    #[test]
    fn brackets_in_names_are_not_counted() {
        assert_eq!(after_brackets("(a, \"b)\", c) REFERENCES"), Some(" REFERENCES"));
        assert_eq!(after_brackets("(a, (b)"), None);
        assert_eq!(after_brackets("a)"), None);
    }
}
