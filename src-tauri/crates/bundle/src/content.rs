//! What a content is: a dump, a script, a document; by its first bytes.

use super::detect::Magic;
use super::part::{DatabaseFormat, PartKind};

/// Whether a tar is what `pg_dump -Ft` makes: its first file is the table of contents, which says so itself.
pub(super) fn is_tar_dump(head: &[u8]) -> bool {
    head.starts_with(b"toc.dat\0") && head.get(512..517) == Some(b"PGDMP")
}

/// Kind and format of a part, where a folder may have said the kind already.
pub(super) fn classify(
    known: Option<PartKind>,
    path: &str,
    magic: Magic,
    head: &[u8],
) -> (PartKind, Option<DatabaseFormat>) {
    let name = path.rsplit('/').next().unwrap_or_default();
    match magic {
        Magic::PgDump => (PartKind::Database, Some(DatabaseFormat::Custom)),
        Magic::Tar => (PartKind::Database, Some(DatabaseFormat::Tar)),
        Magic::Sql if is_roles(name, head) => (PartKind::Roles, Some(DatabaseFormat::PlainSql)),
        Magic::Sql => (PartKind::Database, Some(DatabaseFormat::PlainSql)),
        Magic::Redis => (PartKind::Redis, None),
        Magic::Json => of_json(known, name, head),
        // A script may begin with nothing that tells; its place, and its ending, then do.
        Magic::Text if known == Some(PartKind::Database) || has_ending(name, "sql") => {
            (PartKind::Database, Some(DatabaseFormat::PlainSql))
        }
        Magic::Text if known.is_none() && is_log(name) => (PartKind::Logs, None),
        // An unknown thing in the database's folder is no database.
        _ => (known.filter(|kind| *kind != PartKind::Database).unwrap_or(PartKind::Other), None),
    }
}

/// Whether a script makes roles: `pg_dumpall` says so in its head, the Supabase CLI by the file's name.
fn is_roles(name: &str, head: &[u8]) -> bool {
    let says = |text: &[u8]| head.windows(text.len()).any(|part| part == text);
    name == "roles.sql" || says(b"-- PostgreSQL database cluster dump") || says(b"-- Roles\n--")
}

fn of_json(known: Option<PartKind>, name: &str, head: &[u8]) -> (PartKind, Option<DatabaseFormat>) {
    let says = |text: &[u8]| head.windows(text.len()).any(|part| part == text);
    let is_organisation = says(b"\"tables\"") && (says(b"\"backup_id\"") || says(b"\"organization_id\""));
    if is_organisation || says(b"\"backup_id\":\"backup_") && says(b"\"organization_id\"") {
        return (PartKind::Database, Some(DatabaseFormat::OrganisationJson));
    }
    // As Holdfast exports it; a stored object of that name has a folder of its own.
    if name == "access.jsonl" && matches!(known, None | Some(PartKind::Database)) {
        return (PartKind::Access, None);
    }
    if matches!(name, "metadata.json" | "manifest.json") {
        return (PartKind::Metadata, None);
    }
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let is_object = |line: &[u8]| line.starts_with(b"{") && line.ends_with(b"}");
    let is_lines =
        lines.next().is_some_and(is_object) && lines.next().is_some_and(|line| line.starts_with(b"{"));
    let kind = known.filter(|kind| *kind != PartKind::Database);
    (kind.unwrap_or(if is_lines { PartKind::Logs } else { PartKind::Other }), None)
}

fn is_log(name: &str) -> bool {
    has_ending(name, "log") || has_ending(name, "txt")
}

fn has_ending(name: &str, wanted: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case(wanted))
}
