//! The roles that a script, or an archive, speaks of: they have to be there before it is loaded.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};

use camino::Utf8Path;

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

/// Names of roles in a script; whoever is always there is left out.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn roles_in(script: &Utf8Path) -> std::io::Result<BTreeSet<String>> {
    let mut reader = BufReader::new(File::open(script)?);
    let (mut roles, mut line, mut is_in_rows) = (BTreeSet::new(), Vec::new(), false);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 || roles.len() > ROLES_MAX {
            return Ok(roles);
        }
        if is_in_rows {
            is_in_rows = line.trim_ascii_end() != b"\\.";
            continue;
        }
        if line.len() > LINE_BYTES_MAX {
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        is_in_rows = text.starts_with("COPY ") && text.ends_with("FROM stdin;");
        if STATEMENTS.iter().any(|statement| text.starts_with(statement)) {
            roles.extend(of_statement(text));
        }
    }
}

/// Names of roles in an archive: owners, and whoever is given a right.
pub(crate) fn roles_of(toc: &Toc) -> BTreeSet<String> {
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
    fn rows_are_no_statements() {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::try_from(folder.path().join("x.sql")).unwrap();
        std::fs::write(&path, "COPY t (a) FROM stdin;\nGRANT x TO nobody;\n\\.\nGRANT ALL ON t TO real;\n")
            .unwrap();
        assert_eq!(roles_in(&path).unwrap().into_iter().collect::<Vec<_>>(), ["real"]);
    }
}
