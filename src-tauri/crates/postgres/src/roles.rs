//! The roles that a script, or an archive, speaks of: they have to be there before it is loaded.

use std::collections::BTreeSet;

use super::custom_format::Toc;

/// A line longer than this is rows, or no statement about rights.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// More than this is no list of roles.
const ROLES_MAX: usize = 10_000;
/// Words behind which roles stand in the statements that `pg_dump` writes.
const BEFORE_ROLES: [&str; 5] = [" TO ", " FROM ", " FOR ROLE ", " AUTHORIZATION ", " OWNED BY "];
/// Statements that speak of roles.
const STATEMENTS: [&str; 8] = [
    "ALTER ",
    "GRANT ",
    "REVOKE ",
    "CREATE POLICY ",
    "CREATE SCHEMA ",
    "SET ROLE ",
    "SET SESSION ",
    "REASSIGN ",
];

/// Adds the names of roles in a statement of a script; whoever is always there is left out.
pub fn roles_of_script(statement: &str, roles: &mut BTreeSet<String>) {
    for line in statement.lines().filter(|line| line.len() <= LINE_BYTES_MAX).map(str::trim) {
        if roles.len() <= ROLES_MAX && STATEMENTS.iter().any(|statement| line.starts_with(statement)) {
            roles.extend(of_statement(line));
        }
    }
}

/// Names of roles in an archive: owners, and whoever is given a right.
pub fn roles_of(toc: &Toc) -> BTreeSet<String> {
    let owners = toc.entries.iter().filter_map(|entry| entry.owner.clone());
    let statements = toc
        .entries
        .iter()
        .filter(|entry| matches!(entry.kind.as_str(), "ACL" | "DEFAULT ACL" | "POLICY" | "SCHEMA"))
        .flat_map(|entry| entry.definition.lines().flat_map(of_statement).collect::<Vec<_>>());
    owners
        .chain(statements)
        .filter(|name| !name.is_empty() && !name.starts_with("pg_"))
        .take(ROLES_MAX)
        .collect()
}

fn of_statement(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for before in BEFORE_ROLES {
        let Some(at) = text.find(before) else { continue };
        for name in text[at + before.len()..].split(',') {
            match first_name(name.trim_start()) {
                Some((name, is_last)) => {
                    found.push(name);
                    if is_last {
                        break;
                    }
                }
                None => break,
            }
        }
    }
    let always = ["PUBLIC", "public", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", "DEFAULT"];
    found.retain(|name| !always.contains(&name.as_str()) && !name.starts_with("pg_"));
    found
}

/// The name at the beginning, and whether something else than another name follows it.
fn first_name(text: &str) -> Option<(String, bool)> {
    let (name, rest) = if let Some(quoted) = text.strip_prefix('"') {
        let mut end = 0;
        let bytes = quoted.as_bytes();
        while end < bytes.len() && (bytes[end] != b'"' || bytes.get(end + 1) == Some(&b'"')) {
            end += if bytes[end] == b'"' { 2 } else { 1 };
        }
        (quoted.get(..end)?.replace("\"\"", "\""), quoted.get(end + 1..)?)
    } else {
        let end = text.find(|c: char| !(c.is_alphanumeric() || "_$".contains(c))).unwrap_or(text.len());
        (text[..end].to_owned(), &text[end..])
    };
    let rest = rest.trim_start();
    (!name.is_empty()).then_some((name, !rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_found_where_pg_dump_names_them() {
        let of = |text| of_statement(text);
        assert_eq!(of("ALTER TABLE public.t OWNER TO shop_owner;"), ["shop_owner"]);
        assert_eq!(of("GRANT SELECT ON TABLE t TO \"a \"\"b\", c WITH GRANT OPTION;"), ["a \"b", "c"]);
        assert_eq!(of("REVOKE ALL ON SCHEMA public FROM PUBLIC;"), Vec::<String>::new());
        assert_eq!(
            of("ALTER DEFAULT PRIVILEGES FOR ROLE admin IN SCHEMA x GRANT ALL ON TABLES TO app;"),
            ["app", "admin"]
        );
        assert_eq!(of("CREATE POLICY p ON t TO authenticated USING (true);"), ["authenticated"]);
        assert_eq!(of("SET SESSION AUTHORIZATION DEFAULT;"), Vec::<String>::new());
    }

    #[test]
    fn a_statement_names_its_roles_on_any_of_its_lines() {
        let mut roles = BTreeSet::new();
        roles_of_script("GRANT ALL ON t TO one;", &mut roles);
        roles_of_script("SELECT '\nGRANT ALL ON t TO two;", &mut roles);
        roles_of_script("INSERT INTO t VALUES ('GRANT ALL ON t TO nobody');", &mut roles);
        assert_eq!(roles.into_iter().collect::<Vec<_>>(), ["one", "two"]);
    }
}
