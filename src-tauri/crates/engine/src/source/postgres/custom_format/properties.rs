//! What an archive says of the database itself: its settings, limits, comment and rights.
//!
//! `pg_restore` gives them to a database only where it makes that under the original's name. A restore
//! under another name takes the statements from here, with the name in them replaced.

use super::Toc;

/// A statement about the database, as it was written and with another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyStatement {
    /// `OWNER`, `COMMENT`, `ACL`, `DATABASE PROPERTIES`, `SECURITY LABEL`.
    pub kind: String,
    /// The statement.
    pub sql: String,
}

impl Toc {
    /// The statements that make a database called `name` like the original, one by one.
    ///
    /// Beside them how many are left out, since they name the original in a way that is not understood.
    pub fn database_statements(&self, name: &str) -> (Vec<PropertyStatement>, usize) {
        let Some(database) = self.entries.iter().find(|entry| entry.kind == "DATABASE") else {
            return (Vec::new(), 0);
        };
        let tag = format!("DATABASE {}", database.tag);
        let quoted_tag = format!("DATABASE {}", quoted(&database.tag));
        let is_of_database = |kind: &str, found: &str| match kind {
            "DATABASE PROPERTIES" => true,
            "COMMENT" | "ACL" | "SECURITY LABEL" => found == tag || found == quoted_tag,
            _ => false,
        };
        let entries = self.entries.iter().filter(|entry| is_of_database(&entry.kind, &entry.tag));
        let (mut renamed, mut lost) = (Vec::new(), 0);
        if let Some(owner) = &database.owner {
            let sql = format!("ALTER DATABASE {} OWNER TO {}", quoted(name), quoted(owner));
            renamed.push(PropertyStatement { kind: "OWNER".to_owned(), sql });
        }
        for entry in entries {
            for statement in statements(&entry.definition) {
                match rename(statement, &database.tag, name) {
                    Some(sql) => renamed.push(PropertyStatement { kind: entry.kind.clone(), sql }),
                    None => lost += 1,
                }
            }
        }
        (renamed, lost)
    }
}

/// Cuts a text at its semicolons; those in quotes are part of a value or a name.
fn statements(text: &str) -> Vec<&str> {
    let (mut cut, mut start) = (Vec::new(), 0);
    let mut quote: Option<(u8, bool)> = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match quote {
            Some((_, true)) if byte == b'\\' => at += 1,
            Some((end, _)) if byte == end => quote = None,
            None if byte == b'\'' => quote = Some((byte, at > 0 && bytes[at - 1] == b'E')),
            None if byte == b'"' => quote = Some((byte, false)),
            None if byte == b';' => {
                cut.push(text[start..at].trim());
                start = at + 1;
            }
            Some(_) | None => {}
        }
        at += 1;
    }
    cut.push(text.get(start..).unwrap_or_default().trim());
    cut.retain(|statement| !statement.is_empty() && !statement.starts_with("--"));
    cut
}

/// The statement with the other name. The name stands after the first `DATABASE` outside quotes.
fn rename(statement: &str, from: &str, to: &str) -> Option<String> {
    const WORD: &str = " DATABASE ";
    let mut search = 0;
    loop {
        let at = search + statement.get(search..)?.find(WORD)? + WORD.len();
        let is_in_quotes = statement[..at].matches('"').count() % 2 == 1 || statement[..at].contains('\'');
        if !is_in_quotes {
            let rest = &statement[at..];
            let after = rest.strip_prefix(&quoted(from)).or_else(|| {
                // Plain where it needs no quotes: then the name ends where a word ends.
                rest.strip_prefix(from).filter(|after| after.is_empty() || after.starts_with(' '))
            })?;
            return Some(format!("{}{}{after}", &statement[..at], quoted(to)));
        }
        search = at;
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_cut_outside_of_quotes() {
        let text =
            "ALTER DATABASE ev SET a TO 'x;''y';\nALTER ROLE \"r;s\" IN DATABASE ev SET b TO E'\\';';\n";
        assert_eq!(
            statements(text),
            ["ALTER DATABASE ev SET a TO 'x;''y'", "ALTER ROLE \"r;s\" IN DATABASE ev SET b TO E'\\';'"]
        );
    }

    #[test]
    fn the_name_is_replaced_and_nothing_else() {
        let to = "new \"one\"";
        assert_eq!(
            rename("COMMENT ON DATABASE ev IS 'about DATABASE ev '", "ev", to).unwrap(),
            "COMMENT ON DATABASE \"new \"\"one\"\"\" IS 'about DATABASE ev '"
        );
        assert_eq!(
            rename("ALTER ROLE \"in DATABASE ev \" IN DATABASE \"e\"\"v\" SET x TO 'y'", "e\"v", "b")
                .unwrap(),
            "ALTER ROLE \"in DATABASE ev \" IN DATABASE \"b\" SET x TO 'y'"
        );
        assert_eq!(rename("ALTER DATABASE evil SET x TO 'y'", "ev", "b"), None);
    }
}
