//! Comparing the roles of two backups, by the statements that create them.

use std::collections::BTreeMap;
use std::io::{Error, Read as _};

use vault::Vault;

use super::{Found, ObjectChange, ObjectDiff};
use crate::archive::{Manifest, opened};
use base::failure::Failure;
use postgres::custom_format::identifier;
use postgres::fill::LoadError;

/// Fifty thousand roles take about so much; a larger file is not one of roles.
const ROLES_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// The roles' statements, where the backup has them.
pub(super) async fn read(vault: Vault, id: &str, manifest: &Manifest) -> Result<Option<String>, Failure> {
    let Some(part) = &manifest.roles else { return Ok(None) };
    let (snapshot, path) = (opened::snapshot_id(id)?, part.path.clone());
    opened::blocking(move || -> Result<Option<String>, LoadError> {
        let io = |source| LoadError::Io { what: "read the roles from the vault", source };
        let mut bytes = Vec::new();
        let reader = vault.read(&snapshot, &path).map_err(|error| io(Error::other(error)))?;
        reader.take(ROLES_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > ROLES_BYTES_MAX {
            return Err(io(Error::other("they are larger than roles can be")));
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    })
    .await
}

/// Compares them, role by role.
pub(super) fn compare(found: &mut Found, first: &str, second: &str) {
    let mut sides: BTreeMap<String, [Vec<&str>; 2]> = BTreeMap::new();
    for (side, text) in [first, second].into_iter().enumerate() {
        for line in text.lines().filter(|line| is_statement(line)) {
            sides.entry(role_of(line)).or_default()[side].push(line);
        }
    }
    for (name, [mut a, mut b]) in sides {
        a.sort_unstable();
        b.sort_unstable();
        let change = match (a.is_empty(), b.is_empty()) {
            _ if a == b => continue,
            (true, _) => ObjectChange::Added,
            (_, true) => ObjectChange::Removed,
            _ => ObjectChange::Changed,
        };
        found.objects.push(ObjectDiff { kind: "role".into(), schema: None, name, change });
    }
}

/// Comments, session settings, and the random key of newer `pg_dumpall` versions are not role statements.
fn is_statement(line: &str) -> bool {
    !(line.trim().is_empty() || line.starts_with("--") || line.starts_with('\\') || line.starts_with("SET "))
}

/// The role that a statement is about; of a membership, the member.
fn role_of(line: &str) -> String {
    let rest =
        ["CREATE ROLE ", "ALTER ROLE ", "COMMENT ON ROLE "].iter().find_map(|verb| line.strip_prefix(verb));
    let rest = rest.or_else(|| {
        let (_, rest) = identifier(line.strip_prefix("GRANT ")?)?;
        rest.strip_prefix(" TO ")
    });
    // What is no statement of one role stands by itself, so that nothing that differs is left out.
    rest.and_then(identifier).map_or_else(|| line.to_owned(), |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_compared_whatever_the_order_and_the_key_of_the_file() {
        let first = "\\restrict abc\n-- Roles\nSET x = y;\nCREATE ROLE shop;\nALTER ROLE shop WITH LOGIN;\n\
                     CREATE ROLE \"old \"\"one\"\"\";\nCREATE ROLE same;\n\\unrestrict abc\n";
        let second = "\\restrict xyz\nCREATE ROLE same;\nCREATE ROLE shop;\nALTER ROLE shop WITH NOLOGIN;\n\
                      CREATE ROLE new;\nGRANT pg_read_all_data TO new GRANTED BY shop;\n\\unrestrict xyz\n";
        let mut found = Found::default();
        compare(&mut found, first, second);
        let told: Vec<_> = found.objects.into_iter().map(|one| (one.name, one.change)).collect();
        let expected = [
            ("new", ObjectChange::Added),
            ("old \"one\"", ObjectChange::Removed),
            ("shop", ObjectChange::Changed),
        ];
        assert_eq!(told, expected.map(|(name, change)| (name.to_owned(), change)));
    }
}
