//! Encoding and locale of the database that was dumped, from the statement that would make it.

use super::Toc;

/// Encoding and locale of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseLocale {
    /// Encoding, as `UTF8`.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// `libc`, `icu` or `builtin`.
    pub provider: String,
    /// The provider's own locale.
    pub locale: Option<String>,
}

impl Toc {
    /// Encoding and locale as `CREATE DATABASE` in the archive names them; what it does not name is what a
    /// server without a locale has.
    pub fn database_locale(&self) -> DatabaseLocale {
        let entry = self.entries.iter().find(|entry| entry.kind == "DATABASE");
        let text = entry.map(|entry| entry.definition.as_str()).unwrap_or_default();
        let quoted = |name: &str| value(text, name).map(unquoted);
        let locale = quoted("LOCALE");
        let or_c = |value: Option<String>| value.or_else(|| locale.clone()).unwrap_or_else(|| "C".into());
        let provider = value(text, "LOCALE_PROVIDER").map_or_else(|| "libc".into(), unquoted);
        let own = [quoted("ICU_LOCALE"), quoted("BUILTIN_LOCALE")].into_iter().flatten().next();
        DatabaseLocale {
            encoding: quoted("ENCODING")
                .or_else(|| self.encoding().map(str::to_owned))
                .unwrap_or_else(|| "UTF8".into()),
            collate: or_c(quoted("LC_COLLATE")),
            ctype: or_c(quoted("LC_CTYPE")),
            locale: own.or_else(|| locale.filter(|_| provider != "libc")),
            provider,
        }
    }
}

/// What stands behind ` NAME = `.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let at = text.find(&format!(" {name} = "))? + name.len() + 4;
    let rest = &text[at..];
    let end = match rest.strip_prefix('\'') {
        Some(inner) => inner.find('\'')? + 2,
        None => rest.find([' ', ';']).unwrap_or(rest.len()),
    };
    Some(&rest[..end])
}

fn unquoted(value: &str) -> String {
    value.trim_matches('\'').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_whole_name_quoted_or_not() {
        let text = "CREATE DATABASE a WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'en_US.UTF-8';";
        assert_eq!(value(text, "LOCALE"), Some("'en_US.UTF-8'"));
        assert_eq!(value(text, "LOCALE_PROVIDER"), Some("libc"));
        assert_eq!(value(text, "ENCODING").map(unquoted), Some("UTF8".into()));
        assert_eq!(value(text, "LC_CTYPE"), None);
    }
}
