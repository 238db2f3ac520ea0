//! Which kind of backup the parts make together.

use crate::inspection::BundleKind;
use crate::look::Look;
use crate::part::{DatabaseFormat, PartKind};

pub(super) fn of(look: &Look<'_>) -> BundleKind {
    let formats = |format| look.heads.iter().filter(move |head| head.format == Some(format)).count();
    if !look.is_archive {
        return of_one(look);
    }
    let has_root = |name: &str| look.roots.iter().any(|root| root == name);
    let has_file = |name: &str| {
        look.heads.iter().any(|head| head.path == name || head.path.ends_with(&format!("/{name}")))
    };
    let scripts = ["roles.sql", "schema.sql", "data.sql"];
    if look.told.is_ours {
        BundleKind::Holdfast
    } else if has_root("database.dump")
        && (has_root("metadata.json") || has_root("storage") || has_root("config"))
    {
        BundleKind::SupaManagerExport
    } else if ["config", "keys", "data", "index", "snapshots"].iter().all(|name| restic(look, name)) {
        BundleKind::ResticRepository
    } else if has_root("db") || has_root("storage") || has_root("config") {
        BundleKind::SupaManagerBackup
    } else if scripts.iter().filter(|name| has_file(name)).count() >= 2 {
        BundleKind::SupabaseCli
    } else if look.has_dump_files {
        BundleKind::PgDumpDirectory
    } else if look.heads.len() == 1 && look.objects.0 == 0 {
        // One unknown file in an archive is an archive of files.
        Some(of_one(look)).filter(|kind| *kind != BundleKind::Unknown).unwrap_or(BundleKind::Files)
    } else if look.heads.iter().all(|head| head.kind == PartKind::Logs) && !look.heads.is_empty() {
        BundleKind::Logs
    } else if formats(DatabaseFormat::PlainSql) == look.heads.len() && look.objects.0 == 0 {
        BundleKind::PlainSql
    } else {
        BundleKind::Files
    }
}

/// A repository has its folders at the top, or within one folder around it.
fn restic(look: &Look<'_>, name: &str) -> bool {
    look.heads.iter().any(|head| {
        let path = head.path.split_once('/').map_or("", |(_, rest)| rest);
        [head.path.as_str(), path].iter().any(|path| {
            path.strip_prefix(name).is_some_and(|rest| {
                rest.is_empty() == (name == "config") && (rest.is_empty() || rest.starts_with('/'))
            })
        })
    })
}

fn of_one(look: &Look<'_>) -> BundleKind {
    let Some(head) = look.heads.first() else { return BundleKind::Unknown };
    match (head.format, head.kind) {
        (Some(DatabaseFormat::Custom), _) => BundleKind::PgDumpCustom,
        (Some(DatabaseFormat::Tar), _) => BundleKind::PgDumpTar,
        (Some(DatabaseFormat::Directory), _) => BundleKind::PgDumpDirectory,
        (Some(DatabaseFormat::PlainSql), _) => BundleKind::PlainSql,
        (Some(DatabaseFormat::OrganisationJson), _) => BundleKind::OpttiusOrganisation,
        (None, PartKind::Redis) => BundleKind::Redis,
        (None, PartKind::Logs) => BundleKind::Logs,
        (None, PartKind::Metadata) if look.told.is_ours => BundleKind::Holdfast,
        (None, _) => BundleKind::Unknown,
    }
}
