//! An inspection in words.

use super::layers_words;
use crate::inspection::{BundleKind, Encryption, Finding};
use crate::look::Look;
use crate::part::PartKind;
use base::words::counted;

/// How it was opened, and what that proves.
pub(super) fn encryption(encryption: Option<Encryption>, findings: &mut Vec<Finding>) {
    match encryption {
        Some(Encryption::Openssl(Some(derivation))) => {
            let words = format!("AES-256-CBC with {}; the passphrase fits", derivation.words());
            findings.push(Finding::good("Opened", words));
            findings.push(Finding::warning(
                "Not authenticated",
                "This kind of encryption cannot show changes. Checksums can, where they come from elsewhere.",
            ));
        }
        Some(Encryption::AgePassphrase) => {
            findings.push(Finding::good("Opened", "age; the passphrase fits, and nothing was changed since"));
        }
        Some(Encryption::Openssl(None) | Encryption::AgeKey) | None => {}
    }
}

/// What was opened and understood.
pub(super) fn readable(look: &Look<'_>, kind: BundleKind, findings: &mut Vec<Finding>) {
    if kind == BundleKind::Unknown {
        return;
    }
    let tables = look.tables.len() as u64;
    if tables > 0 && !look.is_uncounted {
        let words = format!("the dump lists {}; every part was read to its end", counted(tables, "table"));
        findings.push(Finding::good("Readable", words));
    } else if tables == 0 {
        findings.push(Finding::good("Readable", "every part was read to its end"));
    }
}

/// The finding about the format.
pub(super) fn format(look: &Look<'_>, kind: BundleKind, sentence: &str) -> Finding {
    if kind == BundleKind::Unknown {
        return Finding::warning("Unknown", sentence.to_owned());
    }
    let around = layers_words(&look.layers);
    let words =
        if around.is_empty() { name(kind).to_owned() } else { format!("{}, in {around}", name(kind)) };
    Finding::good("Format", words)
}

/// What made it.
pub(super) fn maker(kind: BundleKind, tool: Option<&str>) -> Option<String> {
    match kind {
        BundleKind::SupaManagerBackup | BundleKind::SupaManagerExport => Some("SupaManager".into()),
        BundleKind::SupabaseCli => Some("the Supabase CLI".into()),
        BundleKind::OpttiusOrganisation => Some("Opttius".into()),
        BundleKind::Holdfast => Some("Holdfast".into()),
        BundleKind::Redis => Some("Redis".into()),
        BundleKind::ResticRepository => Some("restic".into()),
        BundleKind::PgDumpCustom
        | BundleKind::PgDumpTar
        | BundleKind::PgDumpDirectory
        | BundleKind::PlainSql => tool.map(|version| format!("pg_dump {}", short(version))),
        BundleKind::Logs | BundleKind::Files | BundleKind::Encrypted | BundleKind::Unknown => None,
    }
}

/// The sentence above everything.
pub(super) fn sentence(
    look: &Look<'_>,
    kind: BundleKind,
    project: Option<&str>,
    made_by: Option<&str>,
    server: Option<&str>,
) -> String {
    let of = project.map(|name| format!(" of “{name}”")).unwrap_or_default();
    let what = match kind {
        BundleKind::SupaManagerBackup => format!("{} backup{of}", scope(look)),
        BundleKind::SupaManagerExport => {
            format!("an exported project{}", project.map(|name| format!(", “{name}”")).unwrap_or_default())
        }
        BundleKind::OpttiusOrganisation => format!("an organisation's backup{of}"),
        BundleKind::Holdfast => format!("a backup{of} that Holdfast exported"),
        BundleKind::Redis => "a snapshot of Redis".into(),
        BundleKind::ResticRepository => "a repository of restic; open it as a vault instead".into(),
        BundleKind::Logs => "a file of logs".into(),
        BundleKind::Files => "an archive of files, and no backup that is known".into(),
        BundleKind::SupabaseCli => format!("a database{of} as scripts"),
        BundleKind::PgDumpCustom
        | BundleKind::PgDumpTar
        | BundleKind::PgDumpDirectory
        | BundleKind::PlainSql => {
            format!("a dump of a database{}", project.map(|name| format!(", “{name}”")).unwrap_or_default())
        }
        BundleKind::Encrypted | BundleKind::Unknown => return unknown(look),
    };
    let by = made_by.filter(|_| kind != BundleKind::Holdfast).map(|maker| format!(", made by {maker}"));
    let on = server.map(|version| format!(" on Postgres {}", short(version)));
    let on = if by.is_none() { on.map(|on| format!(", made{on}")) } else { on };
    format!("This is {what}{}{}.", by.unwrap_or_default(), on.unwrap_or_default())
}

fn unknown(look: &Look<'_>) -> String {
    match &look.unknown {
        Some(words) => format!("This is nothing that Holdfast knows: {words}."),
        None => "This is nothing that Holdfast knows.".into(),
    }
}

/// `15.8 (Debian 15.8-1.pgdg120+1)` is 15.8.
fn short(version: &str) -> &str {
    version.split_whitespace().next().unwrap_or(version)
}

/// Which parts of a project it has.
fn scope(look: &Look<'_>) -> &'static str {
    let has = |kind| look.heads.iter().any(|head| head.kind == kind);
    let (database, storage) = (has(PartKind::Database), look.objects.0 > 0);
    match (database, storage, has(PartKind::Config)) {
        (true, true, true) => "a full",
        (true, false, false) => "a database",
        (false, true, false) => "a storage",
        _ => "a partial",
    }
}

fn name(kind: BundleKind) -> &'static str {
    match kind {
        BundleKind::PgDumpCustom => "pg_dump, custom format",
        BundleKind::PgDumpTar => "pg_dump, tar format",
        BundleKind::PgDumpDirectory => "pg_dump, directory format",
        BundleKind::PlainSql => "SQL script",
        BundleKind::SupabaseCli => "scripts of the Supabase CLI",
        BundleKind::SupaManagerBackup => "SupaManager backup",
        BundleKind::SupaManagerExport => "SupaManager export",
        BundleKind::OpttiusOrganisation => "Opttius organisation backup",
        BundleKind::Redis => "Redis snapshot",
        BundleKind::ResticRepository => "restic repository",
        BundleKind::Holdfast => "Holdfast export",
        BundleKind::Logs => "logs",
        BundleKind::Files => "archive of files",
        BundleKind::Encrypted => "encrypted",
        BundleKind::Unknown => "unknown",
    }
}
